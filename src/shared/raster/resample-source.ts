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

/** Few array types keep the inner loops fast; the rarer ones are copied once. */
export type Samples = Uint8Array | Uint16Array | Float32Array | Float64Array;

/** A source as the inner loops read it. */
export interface PlainSource {
  readonly samples: Samples;
  readonly window: Window;
  readonly missing: Uint8Array;
  /** Whether any pixel is missing: loops over whole images ask once. */
  readonly hasMissing: boolean;
}

/** 64-bit integers become doubles: exact to 2^53. */
export function plainSource({ samples, window, missing }: ResampleSource): PlainSource {
  return { samples: plainSamples(samples), window, missing, hasMissing: anyMissing(missing) };
}

function plainSamples(samples: SampleArray): Samples {
  if (samples instanceof BigInt64Array || samples instanceof BigUint64Array) return Float64Array.from(samples, Number);
  if (samples instanceof Uint8Array || samples instanceof Uint16Array) return samples;
  if (samples instanceof Float32Array || samples instanceof Float64Array) return samples;
  return new Float64Array(samples);
}

function anyMissing(missing: Uint8Array): boolean {
  // Four at a time where memory allows.
  const words = missing.byteOffset % 4 === 0 ? missing.length >> 2 : 0;
  const view = new Uint32Array(missing.buffer, words === 0 ? 0 : missing.byteOffset, words);
  for (let k = 0; k < words; k++) if (view[k]! !== 0) return true;
  for (let k = words * 4; k < missing.length; k++) if (missing[k]! !== 0) return true;
  return false;
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
