import { FRACTION_BITS, greenFraction } from '../shared/carbon/green-fraction.ts';
import { addQuantities, type Partial, type QuantityTally } from '../shared/carbon/partial.ts';
import { addTallies, NO_TALLY, type Tally } from '../shared/carbon/tally.ts';
import { GREEN_GAPS, mixtureKey } from '../shared/contracts/counted-names.ts';
import type { Plan } from '../shared/contracts/plan.ts';
import { CELL_BITS } from '../shared/geo/window-areas.ts';
import { roundFigure } from '../shared/units.ts';

/** @pure Green smaller than a cell: what workers summed up of cells that show none, as areas that factors can be applied to. */

/** Cells of built-up land that were looked into, and the green in them. */
export interface MixtureRow {
  readonly cells: number;
  readonly area_ha: number;
  readonly green_ha: number;
  /** green_ha over area_ha; null where no cell was looked into. */
  readonly mean_fraction: number | null;
}

export interface MixtureFigures extends MixtureRow {
  /** Share of such cells that have an NDVI; null where there are none. */
  readonly coverage: number | null;
  readonly classes: readonly (MixtureRow & { readonly class: number })[];
}

export interface SubPixelGreen {
  readonly ndvi_bare: number;
  readonly ndvi_full: number;
  /** Share of green by the mixture in a cell at the NDVI threshold, from which on it counts as all green; null without one. */
  readonly threshold_fraction: number | null;
  readonly city: MixtureFigures;
  readonly zones: readonly (MixtureFigures & { readonly zone: string })[];
}

/** Areas of green in cells of a class, by zone index and class. */
export type GreenParts = ReadonlyMap<number, ReadonlyMap<number, Tally>>;

export interface FoundParts {
  readonly figures: SubPixelGreen;
  readonly parts: GreenParts;
}

/** Of one class or of several. */
interface Mixed {
  readonly lookedAt: QuantityTally;
  readonly green: Tally;
}

const NO_MIXED: Mixed = { lookedAt: { ...NO_TALLY, sum: 0n }, green: NO_TALLY };

/** `threshold` in force, null without one. null where the plan does not ask for it. */
export function findSubPixel(
  plan: Plan,
  partial: Partial,
  threshold: number | null,
  areaHa: (tally: Tally) => number,
): FoundParts | null {
  const mixture = plan.green?.mixture ?? null;
  if (mixture === null) return null;
  const sums = partial.quantities.get(mixtureKey(threshold));
  const gapsOf = (index: number) => cellsOf(partial.quantities.get(GREEN_GAPS)?.get(index));
  const zones = plan.zones.list.map((_, index) => mixedOf(plan, sums?.get(index)));
  const city = new Map<number, Mixed>();
  for (const classes of zones) {
    for (const [code, one] of classes) city.set(code, addMixed(city.get(code) ?? NO_MIXED, one));
  }
  const figures = {
    ndvi_bare: mixture.bare,
    ndvi_full: mixture.full,
    threshold_fraction: threshold === null ? null : roundFigure(greenFraction(threshold, mixture)),
    city: figuresOf(
      city,
      zones.reduce((gaps, _, index) => gaps + gapsOf(index), 0),
      areaHa,
    ),
    zones: zones.map((classes, index) => ({
      zone: plan.zones.list[index]?.id ?? '',
      ...figuresOf(classes, gapsOf(index), areaHa),
    })),
  };
  const parts = zones.map(
    (classes, index) => [index, new Map([...classes].map(([code, { green }]) => [code, green]))] as const,
  );
  return { figures, parts: new Map(parts) };
}

function mixedOf(plan: Plan, classes: ReadonlyMap<number, QuantityTally> = new Map()): Map<number, Mixed> {
  return new Map([...classes].map(([code, lookedAt]) => [code, { lookedAt, green: greenOf(plan, lookedAt) }]));
}

/**
 * Area of the fractions. In the plane the sum is in parts of a cell, so cells are whole parts; on the ellipsoid it is in
 * parts of the largest cell's units, and cells follow from the area, rounded to parts: either adds up without rounding.
 */
function greenOf({ areaBy }: Plan, { cells, area, sum }: QuantityTally): Tally {
  const parts = 2 ** FRACTION_BITS;
  if (areaBy === null) return { cells: Number(sum) / parts, area: 0n };
  const units = sum << BigInt(CELL_BITS[areaBy] - FRACTION_BITS);
  // Each cell's part was rounded, so that cells that are all green may come to a little more than they are.
  const green = units < area ? units : area;
  return { cells: Math.round(cells * parts * (Number(green) / Number(area))) / parts, area: green };
}

function addMixed(a: Mixed, b: Mixed): Mixed {
  return { lookedAt: addQuantities(a.lookedAt, b.lookedAt), green: addTallies(a.green, b.green) };
}

function cellsOf(classes: ReadonlyMap<number, Tally> = new Map()): number {
  return [...classes.values()].reduce((sum, { cells }) => sum + cells, 0);
}

function figuresOf(
  classes: ReadonlyMap<number, Mixed>,
  gapCells: number,
  areaHa: (tally: Tally) => number,
): MixtureFigures {
  const total = [...classes.values()].reduce(addMixed, NO_MIXED);
  const all = total.lookedAt.cells + gapCells;
  return {
    ...rowOf(total, areaHa),
    coverage: all === 0 ? null : roundFigure(total.lookedAt.cells / all),
    classes: [...classes].sort(([a], [b]) => a - b).map(([code, one]) => ({ class: code, ...rowOf(one, areaHa) })),
  };
}

function rowOf({ lookedAt, green }: Mixed, areaHa: (tally: Tally) => number): MixtureRow {
  const [wholeHa, greenHa] = [areaHa(lookedAt), areaHa(green)];
  return {
    cells: lookedAt.cells,
    area_ha: roundFigure(wholeHa),
    green_ha: roundFigure(greenHa),
    mean_fraction: lookedAt.cells === 0 ? null : roundFigure(greenHa / wholeHa),
  };
}
