import type { UnreadInput } from '../shared/carbon/partial.ts';
import { intersectWindows, type Window, windowRelativeTo } from '../shared/geo/window.ts';
import { blockBands } from '../shared/raster/block-grid.ts';
import { type DecodedBlock, decodeTileBlock } from './decoded-blocks.ts';
import { ByteCounter } from './kernels/count-bytes.ts';
import { type Codes, countConstant, countRowPiece, type TileCounters } from './kernels/count-runs.ts';
import type { TileScene } from './tile-task.ts';

/** The hot path: one scene on the grid's lattice, no mask. Cells are counted straight from each decoded block, without a tile buffer. */
export function countScene(scene: TileScene, counters: TileCounters, unread: UnreadInput[]): void {
  const { row, col } = scene.origin ?? { row: 0, col: 0 };
  const bytes = new ByteCounter(counters);
  for (const block of scene.blocks) {
    const decoded = decodeTileBlock(scene, scene.layout, block, unread);
    const onLattice = {
      ...decoded.window,
      row: decoded.window.row + row,
      col: decoded.window.col + col,
    };
    const common = intersectWindows(onLattice, counters.spans.window);
    if (common === null) continue;
    const cells = windowRelativeTo(common, counters.spans.window);
    if (decoded.kind === 'samples')
      countBlock(scene, decoded, windowRelativeTo(common, onLattice), cells, { counters, bytes });
    else if (decoded.kind === 'unread') countConstant(counters.unread, counters, cells, 0);
    else if (scene.nodata === null) countConstant(counters.classes, counters, cells, 0);
  }
}

function countBlock(
  scene: TileScene,
  block: DecodedBlock & { kind: 'samples' },
  inBlock: Window,
  cells: Window,
  { counters, bytes }: { readonly counters: TileCounters; readonly bytes: ByteCounter },
): void {
  const stride = blockBands(scene.layout);
  const bandOffset = stride === 1 ? 0 : scene.band;
  const codes = block.samples as Codes;
  if (codes instanceof Uint8Array && stride === 1) {
    const rowStride = scene.layout.blockCols;
    const from = inBlock.row * rowStride + inBlock.col;
    bytes.add({ codes, from, rowStride, cells }, scene.nodata);
    return;
  }
  for (let row = 0; row < cells.rows; row++) {
    const from = ((inBlock.row + row) * scene.layout.blockCols + inBlock.col) * stride + bandOffset;
    countRowPiece(
      counters,
      { codes, from, stride, count: cells.cols, row: cells.row + row, col: cells.col },
      scene.nodata,
    );
  }
}
