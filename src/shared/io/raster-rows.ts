/** Reading rows and windows of a raster in bounded memory. */
import { CitysinkError } from '../errors.ts';
import { type Window, windowCells } from '../geo/window.ts';
import { copyBlockToWindow, fillBlockInWindow } from '../raster/block-copy.ts';
import type { BandHeader, SampleArray } from '../raster/raster-header.ts';
import { allocateSamples, DTYPE_BYTES } from '../raster/samples.ts';
import {
  type BlockRead,
  decodeFetched,
  fetchBlocks,
  planBlockReads,
  planMaskReads,
  type RasterFile,
} from './raster-file.ts';
import type { ObjectStore } from './store.ts';

/** Samples that one step aims at, in bytes over all its bands. */
const STEP_BYTES = 16 * 1024 * 1024;
/** Largest memory for one step or one window, in bytes of samples. */
const MAX_WINDOW_BYTES = 512 * 1024 * 1024;

/** Some full rows of a window: one array a band asked for, in the order asked. */
export interface BandRows {
  readonly window: Window;
  readonly bands: readonly SampleArray[];
}

export interface ReadOptions {
  readonly signal?: AbortSignal;
}

/** The whole image as a window. */
export function wholeWindow(raster: RasterFile): Window {
  return { row: 0, col: 0, rows: raster.header.rows, cols: raster.header.cols };
}

/**
 * One band (from 0) of a window in row order. Sparse blocks read as the band's nodata, or 0 where it has none.
 *
 * Errors: REQUEST_INVALID where band or window is not in the raster, RASTER_TOO_LARGE over 512 MiB, RASTER_CORRUPT.
 */
export async function readWindow(
  store: ObjectStore,
  raster: RasterFile,
  band: number,
  window: Window,
  options: ReadOptions = {},
): Promise<SampleArray> {
  refuseOutside(raster, window);
  const header = bandOf(raster, band);
  refuseLarge(raster, windowCells(window) * DTYPE_BYTES[header.dtype]);
  const target = allocateSamples(header.dtype, windowCells(window));
  await readInto(store, raster, [band], planBlockReads(raster, band, window), window, [target], options);
  return target;
}

/** The internal mask over a window, 0 where a pixel is missing; null where the raster has no mask. */
export async function readMaskWindow(
  store: ObjectStore,
  raster: RasterFile,
  window: Window,
  options: ReadOptions = {},
): Promise<SampleArray | null> {
  const { mask } = raster.header;
  if (mask === null) return null;
  refuseOutside(raster, window);
  refuseLarge(raster, windowCells(window) * DTYPE_BYTES[mask.dtype]);
  const target = allocateSamples(mask.dtype, windowCells(window));
  await readInto(store, raster, [0], planMaskReads(raster, window), window, [target], options);
  return target;
}

/**
 * Streams bands over a window from top to bottom, a few rows of blocks a step; every block is read and decoded once
 * even where bands are interleaved. Arrays are new in each step.
 */
export async function* streamRows(
  store: ObjectStore,
  raster: RasterFile,
  bands: readonly number[],
  window: Window,
  options: ReadOptions = {},
): AsyncGenerator<BandRows> {
  refuseOutside(raster, window);
  const { layout } = raster.header;
  const rowBytes = window.cols * DTYPE_BYTES[layout.dtype] * bands.length;
  const blockRowBytes = rowBytes * Math.min(layout.blockRows, window.rows);
  refuseLarge(raster, blockRowBytes);
  const rowsAStep = layout.blockRows * Math.max(1, Math.floor(STEP_BYTES / (rowBytes * layout.blockRows)));
  const end = window.row + window.rows;
  for (let row = window.row; row < end; ) {
    // Steps end where rows of blocks end, so no block is decoded twice.
    const stepEnd = Math.min(end, Math.floor(row / layout.blockRows) * layout.blockRows + rowsAStep);
    const step: Window = { row, col: window.col, rows: stepEnd - row, cols: window.cols };
    const targets = bands.map((band) => allocateSamples(bandOf(raster, band).dtype, windowCells(step)));
    await readStep(store, raster, bands, step, targets, options);
    yield { window: step, bands: targets };
    row = stepEnd;
  }
}

/** Interleaved bands come out of the same blocks; separate ones are read band by band. */
async function readStep(
  store: ObjectStore,
  raster: RasterFile,
  bands: readonly number[],
  step: Window,
  targets: readonly SampleArray[],
  options: ReadOptions,
): Promise<void> {
  if (raster.header.layout.interleave === 'pixel') {
    await readInto(store, raster, bands, planBlockReads(raster, 0, step), step, targets, options);
    return;
  }
  for (const [i, band] of bands.entries()) {
    const target = targets.slice(i, i + 1);
    await readInto(store, raster, [band], planBlockReads(raster, band, step), step, target, options);
  }
}

async function readInto(
  store: ObjectStore,
  raster: RasterFile,
  bands: readonly number[],
  reads: readonly BlockRead[],
  window: Window,
  targets: readonly SampleArray[],
  options: ReadOptions,
): Promise<void> {
  for await (const block of fetchBlocks(store, raster, reads, options)) {
    const isMask = block.image === 'mask';
    const layout = isMask && raster.header.mask !== null ? raster.header.mask : raster.header.layout;
    const samples = block.bytes === null ? null : decodeFetched(raster, block, block.bytes);
    for (const [i, band] of bands.entries()) {
      const target = targets[i]!;
      if (samples !== null) copyBlockToWindow(layout, block, samples, band, window, target);
      else fillBlockInWindow(layout, block, isMask ? 0 : (bandOf(raster, band).nodata ?? 0), window, target);
    }
  }
}

function bandOf(raster: RasterFile, band: number): BandHeader {
  const header = raster.header.bands[band];
  if (header !== undefined) return header;
  const count = raster.header.bands.length;
  throw new CitysinkError('REQUEST_INVALID', `${raster.url}: there is no band ${band + 1}, the raster has ${count}`);
}

function refuseOutside(raster: RasterFile, { row, col, rows, cols }: Window): void {
  const whole = [row, col, rows, cols].every(Number.isSafeInteger);
  const inside = row >= 0 && col >= 0 && rows > 0 && cols > 0;
  const fits = row + rows <= raster.header.rows && col + cols <= raster.header.cols;
  if (whole && inside && fits) return;
  const size = `${raster.header.rows} rows x ${raster.header.cols} columns`;
  const asked = `rows ${row} + ${rows}, columns ${col} + ${cols}`;
  throw new CitysinkError('REQUEST_INVALID', `${raster.url}: the window (${asked}) is not inside the raster (${size})`);
}

function refuseLarge(raster: RasterFile, bytes: number): void {
  if (bytes <= MAX_WINDOW_BYTES) return;
  throw new CitysinkError(
    'RASTER_TOO_LARGE',
    `${raster.url}: ${bytes} bytes of samples at once, the limit is ${MAX_WINDOW_BYTES}`,
  );
}
