/** What all methods of resampling read: one band of a part of an image, and the slack at the edges of its pixels. */

import type { Window } from '../geo/window.ts';
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

/** Values with NaN in place of missing pixels. */
export function markedValues(source: ResampleSource): MarkedSource<Float32Array | Float64Array> {
  const { samples, window, missing } = source;
  const values = isSingle(samples) ? new Float32Array(samples.length) : new Float64Array(samples.length);
  fill(values, samples);
  mark(values, missing, Number.NaN);
  return { samples: values, window };
}

/** Codes with `missingMark` in place of missing pixels; they become what `out` would make of them. */
export function markedCodes(
  source: ResampleSource,
  out: Int32Array | Float64Array,
  missingMark: number,
): MarkedSource<Int32Array | Float64Array> {
  const { samples, window, missing } = source;
  const codes = out instanceof Int32Array ? new Int32Array(samples.length) : new Float64Array(samples.length);
  fill(codes, samples);
  mark(codes, missing, missingMark);
  return { samples: codes, window };
}

/** Whether single precision holds every value. */
function isSingle(samples: SampleArray): boolean {
  return samples.BYTES_PER_ELEMENT < 4 || samples instanceof Float32Array;
}

/** 64-bit integers become doubles: exact to 2^53. */
function fill(to: MarkedSamples, samples: SampleArray): void {
  if (samples instanceof BigInt64Array || samples instanceof BigUint64Array) {
    for (let k = 0; k < samples.length; k++) to[k] = Number(samples[k]!);
  } else to.set(samples);
}

function mark(samples: MarkedSamples, missing: Uint8Array, missingMark: number): void {
  // Four at a time where memory allows: most are 0.
  const words = missing.byteOffset % 4 === 0 ? missing.length >> 2 : 0;
  const view = new Uint32Array(missing.buffer, words === 0 ? 0 : missing.byteOffset, words);
  for (let word = 0; word < words; word++) {
    if (view[word]! === 0) continue;
    for (let k = word * 4; k < word * 4 + 4; k++) if (missing[k]! !== 0) samples[k] = missingMark;
  }
  for (let k = words * 4; k < missing.length; k++) if (missing[k]! !== 0) samples[k] = missingMark;
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
