/** What all methods of resampling read: one band of a part of an image, in strips under a few rows of cells at a time. */

import { type PositionLattice, sourceWindowOf } from '../geo/position-lattice.ts';
import { intersectWindows, type Window, windowCells } from '../geo/window.ts';
import type { SampleArray } from './raster-header.ts';

/** One band of a part of the source image. */
export interface ResampleSource {
  /** Samples of `window`, row-major. */
  readonly samples: SampleArray;
  /** The part of the source image, in its own pixels; what lies outside counts as missing. */
  readonly window: Window;
  /** Not 0 where the pixel is nodata, masked or unreadable; as long as `samples`. */
  readonly missing: Uint8Array;
}

/** Slack at pixel edges, in pixels: above the noise of positions, below anything that matters. */
export const EDGE = 2 ** -20;

/** Samples with a mark in place of missing ones: few array types and one question a pixel keep the inner loops fast. */
export type MarkedSamples = Int32Array | Float32Array | Float64Array;

/** A source as the inner loops read it. */
export interface MarkedSource<Samples extends MarkedSamples = MarkedSamples> {
  readonly samples: Samples;
  readonly window: Window;
}

/** Rows of cells whose pixels are brought together at a time: few enough for the processor's cache. */
const STRIP_ROWS = 64;
const NOWHERE: Window = { row: 0, col: 0, rows: 0, cols: 0 };

/**
 * Calls `visit` with each strip of rows of the target and the pixels that it can need, missing ones replaced by
 * `missingMark`. Samples become what `allocate` makes of them (64-bit integers: doubles, exact to 2^53); they are in one
 * buffer, used again and again.
 */
export function forStrips<Samples extends MarkedSamples>(
  source: ResampleSource,
  positions: PositionLattice,
  target: Window,
  missingMark: number,
  allocate: (length: number) => Samples,
  visit: (strip: MarkedSource<Samples>, rows: Window) => void,
): void {
  let buffer = allocate(0);
  // Where meshes are torn, what a strip needs is dear to know.
  const height = positions.torn === null ? STRIP_ROWS : target.rows;
  for (let from = 0; from < target.rows; from += height) {
    const rows = { ...target, row: target.row + from, rows: Math.min(height, target.rows - from) };
    const window = positions.torn === null ? pixelsUnder(source, positions, rows) : source.window;
    const pixels = windowCells(window);
    if (buffer.length < pixels) buffer = allocate(Math.ceil(pixels * 1.1));
    fillStrip(buffer, source, window, missingMark);
    visit({ samples: buffer, window }, rows);
  }
}

function pixelsUnder({ window }: ResampleSource, positions: PositionLattice, rows: Window): Window {
  const image = { rows: window.row + window.rows, cols: window.col + window.cols };
  const spanned = sourceWindowOf(positions, rows, 1, image);
  return (spanned && intersectWindows(spanned, window)) ?? NOWHERE;
}

/** Values with NaN for missing pixels: single precision where it holds every value. */
export function allocateValues({ samples }: ResampleSource): (length: number) => Float32Array | Float64Array {
  const single = samples.BYTES_PER_ELEMENT < 4 || samples instanceof Float32Array;
  return (length) => (single ? new Float32Array(length) : new Float64Array(length));
}

/** Codes as `out` holds them. */
export function allocateCodes(out: Int32Array | Float64Array): (length: number) => Int32Array | Float64Array {
  return (length) => (out instanceof Int32Array ? new Int32Array(length) : new Float64Array(length));
}

const NO_WORDS = new Uint32Array(0);

/** Row by row; `strip` lies in the source's window. */
function fillStrip(to: MarkedSamples, { samples, window, missing }: ResampleSource, strip: Window, mark: number): void {
  for (let r = 0; r < strip.rows; r++) {
    const from = (strip.row - window.row + r) * window.cols + strip.col - window.col;
    const at = r * strip.cols;
    if (samples instanceof BigInt64Array || samples instanceof BigUint64Array) {
      for (let k = 0; k < strip.cols; k++) to[at + k] = Number(samples[from + k]!);
    } else to.set(samples.subarray(from, from + strip.cols), at);
    markRow(to, at, missing, from, strip.cols, mark);
  }
}

function markRow(to: MarkedSamples, at: number, missing: Uint8Array, from: number, count: number, mark: number): void {
  const shift = at - from;
  const end = from + count;
  // Four at a time where memory allows: most are 0.
  const head = Math.min(end, from + ((4 - ((missing.byteOffset + from) & 3)) & 3));
  // A view may not begin between words, even an empty one.
  const words =
    end - head < 4 ? NO_WORDS : new Uint32Array(missing.buffer, missing.byteOffset + head, (end - head) >> 2);
  const tail = head + words.length * 4;
  for (let k = from; k < head; k++) if (missing[k]! !== 0) to[k + shift] = mark;
  for (let word = 0; word < words.length; word++) {
    if (words[word]! === 0) continue;
    const k = head + word * 4;
    for (let i = k; i < k + 4; i++) if (missing[i]! !== 0) to[i + shift] = mark;
  }
  for (let k = tail; k < end; k++) if (missing[k]! !== 0) to[k + shift] = mark;
}

/** Where the positions start, start + slope, ... stay in pixel `whole`: the first of k + 1 to `end` that is not in it. */
export function runEnd(start: number, slope: number, offset: number, k: number, end: number, whole: number): number {
  if (((start + (offset + end - 1) * slope) | 0) === whole) return end;
  const edge = slope > 0 ? whole + 1 : whole;
  // Division may be off by one: positions themselves decide.
  let next = Math.min(end - 1, Math.max(k + 1, Math.ceil((edge - start) / slope - offset)));
  while (next < end && ((start + (offset + next) * slope) | 0) === whole) next++;
  while (next > k + 1 && ((start + (offset + next - 1) * slope) | 0) !== whole) next--;
  return next;
}
