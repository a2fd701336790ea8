/** Green that is smaller than a cell: shares of cells that do not show as green, summed by zone and class. */

import { FRACTION_BITS, greenFraction, type NdviMixture } from '../shared/carbon/green-fraction.ts';
import type { QuantityTally } from '../shared/carbon/partial.ts';
import { GREEN_GAPS } from '../shared/contracts/plan-green.ts';
import { MISSING } from './aligned-scene.ts';
import { type QuantityCells, tallyQuantity } from './kernels/quantity-tally.ts';

export interface MixedCells extends Omit<QuantityCells, 'missing'> {
  /** 1 where a cell with a class is in built-up land. */
  readonly footprint: Uint8Array;
  /** By cell; NaN where there is none. */
  readonly ndvi: Float64Array;
  /** Classes that are green themselves: their cells are not looked into. */
  readonly greenClasses: ReadonlySet<number>;
}

/** By zone index, then class code. */
export type MixedSums = Map<number, Map<number, QuantityTally>>;

/** One buffer for all thresholds of a tile. */
export class GreenMixture {
  private readonly mixture: NdviMixture;
  private readonly cells: MixedCells;
  private readonly values: Float64Array;

  constructor(mixture: NdviMixture, cells: MixedCells) {
    this.mixture = mixture;
    this.cells = cells;
    this.values = new Float64Array(cells.codes.length);
  }

  /** Shares of green in cells of the footprint that have an NDVI and do not show as green themselves. */
  sums(name: string, shows: Uint8Array): MixedSums {
    return this.tally(name, shows, (ndvi) => greenFraction(ndvi, this.mixture));
  }

  /** Such cells without NDVI, each with the value 0: nothing is known of them. */
  gaps(shows: Uint8Array): MixedSums {
    return this.tally(GREEN_GAPS, shows, (ndvi) => (Number.isNaN(ndvi) ? 0 : Number.NaN));
  }

  private tally(name: string, shows: Uint8Array, known: (ndvi: number) => number): MixedSums {
    const { footprint, ndvi, greenClasses, codes } = this.cells;
    for (let cell = 0; cell < this.values.length; cell++) {
      const isLookedAt = footprint[cell] === 1 && shows[cell] === 0 && !greenClasses.has(codes[cell]!);
      this.values[cell] = isLookedAt ? known(ndvi[cell]!) : Number.NaN;
    }
    return tallyQuantity({ name, values: this.values, bits: FRACTION_BITS }, { ...this.cells, missing: MISSING });
  }
}
