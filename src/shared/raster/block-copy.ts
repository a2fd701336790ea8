import { intersectWindows, type Window } from '../geo/window.ts';
import { type BlockPlace, blockBands, blockWindow } from './block-grid.ts';
import type { BlockLayout, SampleArray } from './raster-header.ts';
import { copyStrided, fillSamples } from './samples.ts';

/**
 * Copies one band's part of a decoded block into a window of that band (row order, no padding).
 *
 * `block` is as `decodeBlock` gives it: decoded rows x blockCols x blockBands, tile padding included.
 */
export function copyBlockToWindow(
  layout: BlockLayout,
  place: BlockPlace,
  block: SampleArray,
  band: number,
  window: Window,
  target: SampleArray,
): void {
  const inside = blockWindow(layout, place);
  const part = intersectWindows(inside, window);
  if (part === null) return;
  const stride = blockBands(layout);
  const bandOffset = stride === 1 ? 0 : band;
  for (let row = part.row; row < part.row + part.rows; row++) {
    const from = ((row - inside.row) * layout.blockCols + (part.col - inside.col)) * stride + bandOffset;
    const to = (row - window.row) * window.cols + (part.col - window.col);
    if (stride === 1) (target as Uint8Array).set((block as Uint8Array).subarray(from, from + part.cols), to);
    else copyStrided(block, from, stride, target, to, part.cols);
  }
}

/** Sets a block's part of a window to one value: what a sparse block reads as (nodata, or 0 where there is none). */
export function fillBlockInWindow(
  layout: BlockLayout,
  place: BlockPlace,
  value: number | bigint,
  window: Window,
  target: SampleArray,
): void {
  const part = intersectWindows(blockWindow(layout, place), window);
  if (part === null) return;
  for (let row = part.row; row < part.row + part.rows; row++) {
    const to = (row - window.row) * window.cols + (part.col - window.col);
    fillSamples(target.subarray(to, to + part.cols) as SampleArray, value);
  }
}
