import type { UnreadInput } from '../shared/carbon/partial.ts';
import { intersectWindows, type Window, windowRelativeTo } from '../shared/geo/window.ts';
import { blockBands } from '../shared/raster/block-grid.ts';
import { isReserved, MISSING, refuseCode, type TilePlace, UNREAD, warpedCodes } from './aligned-scene.ts';
import { decodeTileBlock } from './decoded-blocks.ts';
import { type Codes, countRowPiece, type TileCounters } from './kernels/count-runs.ts';
import { dropCells, keptCells } from './mask-rule.ts';
import type { TileLayer, TileScene } from './tile-task.ts';

/** One marker, so that a run of unread cells is a run. */
const UNREAD_CLASS = 0;

/**
 * Codes of a tile from any number of scenes: each cell takes the first, in order, with valid data there.
 * A cell whose owner cannot be known, because the block that would tell is unreadable, is UNREAD: a later scene
 * must not take it in silence. Shape: rows x cols of the tile; MISSING where no scene has data.
 */
export function mosaicCodes(layer: TileLayer, place: TilePlace, unread: UnreadInput[]): Int32Array {
  const { window } = place;
  const buffer = new Int32Array(window.rows * window.cols).fill(MISSING);
  for (const take of layer.takes) {
    const [scene] = take.scenes;
    if (scene === undefined) continue;
    if (!buffer.includes(MISSING)) break; // Every cell has its owner: later scenes are not decoded.
    if (take.mask !== null) claimCodes(buffer, maskedCodes(layer, scene, take.mask, place, unread));
    else if (scene.warp === null) claimScene(buffer, scene, window, unread);
    else claimCodes(buffer, warpedCodes(scene, scene.warp, layer, place, unread));
  }
  return buffer;
}

/** Codes of the mask of one take. */
export function maskCodes(layer: TileLayer, mask: TileScene, place: TilePlace, unread: UnreadInput[]): Int32Array {
  const takes = [{ scenes: [mask], mask: null, date: null }];
  return mosaicCodes({ ...layer, kind: 'codes', resample: 'nearest', takes }, place, unread);
}

/** Codes of a scene that has a mask of its own. */
function maskedCodes(
  layer: TileLayer,
  scene: TileScene,
  mask: TileScene,
  place: TilePlace,
  unread: UnreadInput[],
): Int32Array {
  const takes = [{ scenes: [scene], mask: null, date: null }];
  const codes = mosaicCodes({ ...layer, takes }, place, unread);
  dropCells(codes, keptCells(layer.mask, maskCodes(layer, mask, place, unread)));
  return codes;
}

function claimCodes(buffer: Int32Array, codes: Int32Array): void {
  for (let cell = 0; cell < buffer.length; cell++) if (buffer[cell] === MISSING) buffer[cell] = codes[cell]!;
}

/** A scene on the grid's own lattice. */
function claimScene(buffer: Int32Array, scene: TileScene, window: Window, unread: UnreadInput[]): void {
  const valid = scene.maskLayout === null ? null : readMask(scene, window, unread);
  for (const block of scene.blocks) {
    const decoded = decodeTileBlock(scene, scene.layout, block, unread);
    const at = placeOnTile(decoded.window, scene, window);
    if (at === null) continue;
    if (decoded.kind === 'unread') claim(buffer, at, window, valid, () => UNREAD);
    else if (decoded.kind === 'samples') claimSamples(buffer, at, window, valid, scene, decoded.samples as Codes);
    else if (scene.nodata === null) claim(buffer, at, window, valid, () => 0);
  }
}

interface BlockPlace {
  /** Part of the block in the tile, from the tile's own origin. */
  readonly cells: Window;
  /** The same part from the block's own origin. */
  readonly inBlock: Window;
}

function placeOnTile(pixels: Window, scene: TileScene, tile: Window): BlockPlace | null {
  const { row, col } = scene.origin ?? { row: 0, col: 0 };
  const onLattice = { ...pixels, row: pixels.row + row, col: pixels.col + col };
  const common = intersectWindows(onLattice, tile);
  return common === null
    ? null
    : { cells: windowRelativeTo(common, tile), inBlock: windowRelativeTo(common, onLattice) };
}

/** Gives each free cell of a block the value of `valueAt`; MISSING leaves it free. */
function claim(
  buffer: Int32Array,
  at: BlockPlace,
  tile: Window,
  valid: Uint8Array | null,
  valueAt: (row: number, col: number) => number,
): void {
  for (let row = 0; row < at.cells.rows; row++) {
    let cell = (at.cells.row + row) * tile.cols + at.cells.col;
    for (let col = 0; col < at.cells.cols; col++, cell++) {
      if (buffer[cell] !== MISSING || (valid !== null && valid[cell] === MASKED)) continue;
      buffer[cell] = valid !== null && valid[cell] === MASK_UNREAD ? UNREAD : valueAt(row, col);
    }
  }
}

function claimSamples(
  buffer: Int32Array,
  at: BlockPlace,
  tile: Window,
  valid: Uint8Array | null,
  scene: TileScene,
  samples: Codes,
): void {
  const { nodata, layout } = scene;
  const stride = blockBands(layout);
  const bandOffset = stride === 1 ? 0 : scene.band;
  // As `claim`, written out: this is most of the time of a tile with green spaces.
  for (let row = 0; row < at.cells.rows; row++) {
    let cell = (at.cells.row + row) * tile.cols + at.cells.col;
    let from = ((at.inBlock.row + row) * layout.blockCols + at.inBlock.col) * stride + bandOffset;
    for (const end = cell + at.cells.cols; cell < end; cell++, from += stride) {
      if (buffer[cell] !== MISSING || (valid !== null && valid[cell] === MASKED)) continue;
      const code = samples[from]!;
      if (valid !== null && valid[cell] === MASK_UNREAD) buffer[cell] = UNREAD;
      else if (code !== nodata) {
        if (isReserved(code)) refuseCode(scene, code);
        buffer[cell] = code;
      }
    }
  }
}

/** States of a cell in the mask of one scene. */
const MASKED = 1;
const MASK_UNREAD = 2;

/** Where the scene's internal mask hides cells (0 in the mask, or its block sparse) or cannot be read. */
function readMask(scene: TileScene, tile: Window, unread: UnreadInput[]): Uint8Array {
  const states = new Uint8Array(tile.rows * tile.cols);
  if (scene.maskLayout === null) return states;
  for (const block of scene.maskBlocks) {
    const decoded = decodeTileBlock(scene, scene.maskLayout, block, unread);
    const at = placeOnTile(decoded.window, scene, tile);
    if (at === null) continue;
    for (let row = 0; row < at.cells.rows; row++) {
      const cell = (at.cells.row + row) * tile.cols + at.cells.col;
      const from = (at.inBlock.row + row) * scene.maskLayout.blockCols + at.inBlock.col;
      for (let col = 0; col < at.cells.cols; col++) {
        if (decoded.kind === 'unread') states[cell + col] = MASK_UNREAD;
        else if (decoded.kind !== 'samples' || Number(decoded.samples[from + col]) === 0) states[cell + col] = MASKED;
      }
    }
  }
  return states;
}

/** Counts the codes of a tile; UNREAD cells count as such and become MISSING. */
export function countBuffer(buffer: Int32Array, counters: TileCounters): void {
  const { rows, cols } = counters.spans.window;
  const unreadCounters = { ...counters, classes: counters.unread };
  const marked = new Int32Array(cols);
  for (let row = 0; row < rows; row++) {
    const codes = buffer.subarray(row * cols, (row + 1) * cols);
    const piece = { codes, from: 0, stride: 1, count: cols, row, col: 0 };
    if (codes.includes(UNREAD)) {
      for (let col = 0; col < cols; col++) marked[col] = codes[col] === UNREAD ? UNREAD_CLASS : MISSING;
      countRowPiece(unreadCounters, { ...piece, codes: marked }, MISSING);
      for (let col = 0; col < cols; col++) if (codes[col] === UNREAD) codes[col] = MISSING;
    }
    countRowPiece(counters, piece, MISSING);
  }
}
