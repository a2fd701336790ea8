/**
 * Limits of NDVI by class from the imagery itself: the 5 % and 95 % that FPAR is scaled between (C4 to C6). Values are
 * counted in bins of 0.001, integers that merge in any order, so that limits can be found before the flux is computed.
 */

import { CitysinkError } from '../errors.ts';
import { type FparLimits, limitsFromNdvi } from './casa.ts';

/** Bins from -1 to 1. */
export const NDVI_BINS = 2000;

/** Cells by bin, by class code; a cell counts once for each month. */
export type NdviHistograms = ReadonlyMap<number, Float64Array>;

/** Bin of an NDVI within -1 .. 1; 1 itself is in the last. */
export function ndviBin(ndvi: number): number {
  return Math.min(NDVI_BINS - 1, Math.floor(((ndvi + 1) / 2) * NDVI_BINS));
}

/** Adds the cells of one month to `histograms`; NaN and cells of code `missing` count nowhere. */
export function countNdvi(
  ndvi: Float64Array,
  { codes, missing }: { readonly codes: Int32Array; readonly missing: number },
  histograms: Map<number, Float64Array>,
): void {
  let code = missing;
  let bins: Float64Array | undefined;
  for (let cell = 0; cell < codes.length; cell++) {
    if (codes[cell] === missing || Number.isNaN(ndvi[cell]!)) continue;
    if (bins === undefined || codes[cell] !== code) {
      code = codes[cell]!;
      bins = histograms.get(code) ?? new Float64Array(NDVI_BINS);
      histograms.set(code, bins);
    }
    const value = ndvi[cell]!;
    if (!(value >= -1 && value <= 1)) refuseNdvi(value);
    bins[ndviBin(value)]! += 1;
  }
}

function refuseNdvi(value: number): never {
  throw new CitysinkError('RASTER_UNSUPPORTED', `an NDVI of ${value}; expected within -1 and 1`, {
    remedy: 'Check the scale of the layer, and for a nodata value that its file does not name.',
  });
}

/** Sum of two; commutative and associative. */
export function mergeNdvi(a: NdviHistograms, b: NdviHistograms): Map<number, Float64Array> {
  const merged = new Map([...a].map(([code, bins]) => [code, bins.slice()]));
  for (const [code, bins] of b) {
    const present = merged.get(code);
    if (present === undefined) merged.set(code, bins.slice());
    else for (let bin = 0; bin < NDVI_BINS; bin++) present[bin]! += bins[bin]!;
  }
  return merged;
}

/** NDVI below which `share` of the cells lie, as if those of a bin lay evenly in it; null where there are none. */
export function ndviQuantile(bins: Float64Array, share: number): number | null {
  const count = bins.reduce((sum, cells) => sum + cells, 0);
  if (count === 0) return null;
  const wanted = share * count;
  let below = 0;
  let bin = 0;
  while (bin < NDVI_BINS - 1 && below + bins[bin]! < wanted) below += bins[bin++]!;
  const within = bins[bin] === 0 ? 0 : (wanted - below) / bins[bin]!;
  return ((bin + within) / NDVI_BINS) * 2 - 1;
}

/** Limits by the quantiles `low` and `high`; null where a class has no cells, or nearly all within a bin. */
export function limitsFromHistogram(bins: Float64Array, low = 0.05, high = 0.95): FparLimits | null {
  const [min, max] = [ndviQuantile(bins, low), ndviQuantile(bins, high)];
  if (min === null || max === null || min <= -1 || max >= 1 || max - min <= 2 / NDVI_BINS) return null;
  return limitsFromNdvi(min, max);
}
