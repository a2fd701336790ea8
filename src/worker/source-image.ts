/** The pixels of a warped scene that a tile needs, decoded into one image with their states. */

import type { UnreadInput } from '../shared/carbon/partial.ts';
import { intersectWindows, type Window, windowCells, windowRelativeTo } from '../shared/geo/window.ts';
import { blockBands } from '../shared/raster/block-grid.ts';
import { isNodata } from '../shared/raster/nodata.ts';
import type { BlockLayout, Dtype, SampleArray } from '../shared/raster/raster-header.ts';
import { DTYPE_BYTES, viewSamples } from '../shared/raster/samples.ts';
import { decodeTileBlock } from './decoded-blocks.ts';
import type { TileScene } from './tile-task.ts';

/** States of a pixel. */
export const VALID = 0;
export const MISSING_PIXEL = 1;
export const UNREAD_PIXEL = 2;

export interface SourceImage {
  /** In the scene's own pixels. */
  readonly window: Window;
  /** Stored samples, row-major. */
  readonly samples: SampleArray;
  /** VALID, MISSING_PIXEL or UNREAD_PIXEL by pixel. */
  readonly states: Uint8Array;
  readonly hasUnread: boolean;
}

/** Decodes the window's blocks of a scene, and of its internal mask. Pixels in no block that came are missing. */
export function sourceImage(scene: TileScene, window: Window, unread: UnreadInput[]): SourceImage {
  const { dtype } = scene.layout;
  const pixels = windowCells(window);
  const samples = viewSamples(dtype, new ArrayBuffer(pixels * DTYPE_BYTES[dtype]), 0, pixels);
  const states = new Uint8Array(pixels).fill(MISSING_PIXEL);
  let hasUnread = false;
  for (const block of scene.blocks) {
    const decoded = decodeTileBlock(scene, scene.layout, block, unread);
    const part = intersectWindows(decoded.window, window);
    if (part === null) continue;
    if (decoded.kind === 'samples')
      copyBlock(scene, decoded.samples, decoded.window, part, { window, samples, states });
    else if (decoded.kind === 'unread') fillStates(states, window, part, UNREAD_PIXEL);
    // A block that the file leaves out reads as 0 where there is no nodata, and the new buffer is 0.
    else if (scene.nodata === null) fillStates(states, window, part, VALID);
    hasUnread ||= decoded.kind === 'unread';
  }
  const masked = scene.maskLayout === null ? false : applyMask(scene, scene.maskLayout, window, states, unread);
  return { window, samples, states, hasUnread: hasUnread || masked };
}

interface Target {
  readonly window: Window;
  readonly samples: SampleArray;
  readonly states: Uint8Array;
}

function copyBlock(scene: TileScene, from: SampleArray, block: Window, part: Window, target: Target): void {
  const { layout } = scene;
  const stride = blockBands(layout);
  const bandOffset = stride === 1 ? 0 : scene.band;
  const inBlock = windowRelativeTo(part, block);
  const inTarget = windowRelativeTo(part, target.window);
  for (let row = 0; row < part.rows; row++) {
    const source = ((inBlock.row + row) * layout.blockCols + inBlock.col) * stride + bandOffset;
    const at = (inTarget.row + row) * target.window.cols + inTarget.col;
    copyRow(from, source, stride, target.samples, at, part.cols);
    markRow(target.samples, target.states, at, part.cols, scene.nodata, layout.dtype);
  }
}

/** Both arrays are of one type. */
function copyRow(from: SampleArray, source: number, stride: number, to: SampleArray, at: number, count: number): void {
  const [a, b] = [from as Float64Array, to as Float64Array];
  if (stride === 1) b.set(a.subarray(source, source + count), at);
  else for (let k = 0; k < count; k++) b[at + k] = a[source + k * stride]!;
}

function markRow(
  samples: SampleArray,
  states: Uint8Array,
  at: number,
  count: number,
  nodata: number | null,
  dtype: Dtype,
): void {
  const isFloat = dtype === 'float32' || dtype === 'float64';
  const isWide = dtype === 'uint64' || dtype === 'int64';
  if (!isFloat && nodata === null) {
    states.fill(VALID, at, at + count);
    return;
  }
  const numbers = samples as Float64Array;
  states.fill(VALID, at, at + count);
  // Most rows have no nodata, and a search is several times as fast as this loop.
  if (!isFloat && !isWide && !numbers.subarray(at, at + count).includes(nodata as number)) return;
  for (let k = at; k < at + count; k++) {
    const value = isWide ? Number(numbers[k]) : numbers[k]!;
    const missing = isFloat ? Number.isNaN(value) || isNodata(value, nodata, dtype) : value === nodata;
    if (missing) states[k] = MISSING_PIXEL;
  }
}

function fillStates(states: Uint8Array, window: Window, part: Window, state: number): void {
  const { row, col } = windowRelativeTo(part, window);
  for (let r = row; r < row + part.rows; r++) {
    states.fill(state, r * window.cols + col, r * window.cols + col + part.cols);
  }
}

/** Hides what the internal mask hides: 0 in it, or its block left out. True where a block of the mask cannot be read. */
function applyMask(
  scene: TileScene,
  layout: BlockLayout,
  window: Window,
  states: Uint8Array,
  unread: UnreadInput[],
): boolean {
  let lost = false;
  for (const block of scene.maskBlocks) {
    const decoded = decodeTileBlock(scene, layout, block, unread);
    const part = intersectWindows(decoded.window, window);
    if (part === null) continue;
    const inBlock = windowRelativeTo(part, decoded.window);
    const inImage = windowRelativeTo(part, window);
    lost ||= decoded.kind === 'unread';
    for (let row = 0; row < part.rows; row++) {
      const at = (inImage.row + row) * window.cols + inImage.col;
      const from = (inBlock.row + row) * layout.blockCols + inBlock.col;
      for (let col = 0; col < part.cols; col++) {
        if (decoded.kind === 'unread') {
          if (states[at + col] === VALID) states[at + col] = UNREAD_PIXEL;
        } else if (decoded.kind !== 'samples' || Number(decoded.samples[from + col]) === 0) {
          states[at + col] = MISSING_PIXEL;
        }
      }
    }
  }
  return lost;
}
