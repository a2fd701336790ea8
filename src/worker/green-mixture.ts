/** Green that is smaller than a cell: shares of cells that do not show as green, summed by zone and class. */

import { greenFraction, type NdviMixture } from '../shared/carbon/green-fraction.ts';
import { addQuantities, type QuantityTally } from '../shared/carbon/partial.ts';
import { NO_TALLY } from '../shared/carbon/tally.ts';
import { GREEN_GAPS, mixtureKey } from '../shared/contracts/counted-names.ts';
import { type BandedCells, type BandTallies, NO_BAND, tallyBands } from './kernels/mixture-tally.ts';

export interface MixedCells extends Pick<BandedCells, 'spans' | 'areas' | 'codes'> {
  /** 1 where a cell with a class is in built-up land. */
  readonly footprint: Uint8Array;
  /** By cell; NaN where there is none. */
  readonly ndvi: Float64Array;
  /** Classes that are green themselves: their cells are not looked into. */
  readonly greenClasses: ReadonlySet<number>;
}

/** What shows a cell as green itself: an NDVI, of rising candidates, or what is set here. */
export type ShownBy = { readonly thresholds: readonly number[] } | { readonly shows: Uint8Array };

/** By zone index, then class code. */
export type MixedSums = Map<number, Map<number, QuantityTally>>;

/**
 * By name among the quantities of a partial: for each threshold (or for what is set) the shares of green in cells of the
 * footprint that have an NDVI and do not show as green; and such cells without NDVI, each with the value 0.
 *
 * A cell that is below a threshold is below all higher ones: it is summed once, in the band of the first that it is below.
 */
export function mixedGreen(mixture: NdviMixture, cells: MixedCells, shownBy: ShownBy): Map<string, MixedSums> {
  const thresholds = 'thresholds' in shownBy ? shownBy.thresholds : null;
  const shows = 'shows' in shownBy ? shownBy.shows : null;
  const keys = (thresholds ?? [null]).map(mixtureKey);
  const gaps = keys.length;
  const { codes, footprint, ndvi, greenClasses } = cells;
  const bands = new Uint8Array(codes.length).fill(NO_BAND);
  const fractions = new Float64Array(codes.length);
  for (let cell = 0; cell < codes.length; cell++) {
    if (footprint[cell] !== 1 || shows?.[cell] === 1 || greenClasses.has(codes[cell]!)) continue;
    const value = ndvi[cell]!;
    if (Number.isNaN(value)) bands[cell] = gaps;
    else bands[cell] = thresholds === null ? 0 : firstAbove(thresholds, value);
    if (bands[cell]! < gaps) fractions[cell] = greenFraction(value, mixture);
  }
  const tallies = tallyBands({ ...cells, bands, fractions, bandCount: gaps + 1 });
  const sums = keys.map((key, band): [string, MixedSums] => [key, bandSums(tallies, 0, band)]);
  return new Map([...sums, [GREEN_GAPS, bandSums(tallies, gaps, gaps)]]);
}

/** Index of the first threshold above an NDVI; NO_BAND: it reaches all. */
function firstAbove(thresholds: readonly number[], ndvi: number): number {
  for (let at = 0; at < thresholds.length; at++) if (ndvi < thresholds[at]!) return at;
  return NO_BAND;
}

/** Sums over the bands `from` to `to`; zones and classes without cells are left out. */
function bandSums(tallies: BandTallies, from: number, to: number): MixedSums {
  const zones: MixedSums = new Map();
  for (const [zone, classes] of tallies) {
    const found = [...classes].map(([code, bands]): [number, QuantityTally] => [
      code,
      bands.slice(from, to + 1).reduce(addQuantities, { ...NO_TALLY, sum: 0n }),
    ]);
    const some = found.filter(([, { cells }]) => cells > 0);
    if (some.length > 0) zones.set(zone, new Map(some));
  }
  return zones;
}
