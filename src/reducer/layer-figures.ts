import {
  addImagery,
  addQuantities,
  type ImageryTally,
  type Partial,
  type QuantityTally,
} from '../shared/carbon/partial.ts';
import type { Tally } from '../shared/carbon/tally.ts';
import { fractionBits } from '../shared/contracts/counted-names.ts';
import type { Plan } from '../shared/contracts/plan.ts';
import type { PlannedLayer } from '../shared/contracts/plan-layers.ts';
import { CELL_BITS } from '../shared/geo/window-areas.ts';
import { roundFigure } from '../shared/units.ts';

/** @pure Means and sums of measured layers by zone and class, from fixed-point sums; and where their values come from. */

/** Values of a layer over the cells of a class, or of all classes. */
export interface LayerRow {
  /** Cells with a class and a value. */
  readonly cells: number;
  readonly area_ha: number;
  /** Weighted by area; null where no cell has a value. */
  readonly mean: number | null;
  /** Mean x area: t where the unit is t/ha. */
  readonly sum_unit_ha: number | null;
}

export interface LayerFigures extends LayerRow {
  readonly layer: string;
  /** null: none was stated (NDVI has none). */
  readonly unit: string | null;
  /** Area with a value over the area with a class; null where no cell has a class. */
  readonly coverage: number | null;
  readonly classes: readonly (LayerRow & { readonly class: number })[];
  /** Cells by day of the imagery, classed or not; empty where days are not known, or many make one value. */
  readonly dates: readonly { readonly date: string; readonly cells: number }[];
  /** Cells that are shown on some date and that the mask hides on every one, and their share of the zone's cells; null without mask. */
  readonly masked_cells: number | null;
  readonly masked_share: number | null;
}

/** What a zone has of cells and classes, to say how much of it a layer covers. */
export interface ZoneCells {
  readonly cells: number;
  /** Area with a class. */
  readonly seenHa: number;
  /** What a whole cell counts. */
  readonly units: number;
}

type Classes = ReadonlyMap<number, QuantityTally>;

const NO_IMAGERY: ImageryTally = { dates: new Map(), masked: 0 };
const NO_QUANTITY: QuantityTally = { cells: 0, area: 0n, sum: 0n };

/** Figures of every measured layer of one zone; `zone` null: of the city. */
export function layerFigures(
  plan: Plan,
  partial: Partial,
  zone: number | null,
  size: ZoneCells,
  areaHa: (tally: Tally) => number,
): LayerFigures[] {
  return measuredLayers(plan).map((layer) => {
    const classes = zone === null ? cityClasses(partial, layer.name) : partial.quantities.get(layer.name)?.get(zone);
    const imagery = zone === null ? cityImagery(partial, layer.name) : partial.imagery.get(layer.name)?.get(zone);
    return figuresOf(plan, layer, classes ?? new Map(), imagery ?? NO_IMAGERY, size, areaHa);
  });
}

/** Figures of a quantity that workers made of several layers; `zone` null: of the city. */
export function quantityFigures(
  plan: Plan,
  partial: Partial,
  zone: number | null,
  { name, unit }: Pick<PlannedLayer, 'name' | 'unit'>,
  size: ZoneCells,
  areaHa: (tally: Tally) => number,
): LayerFigures {
  const classes = zone === null ? cityClasses(partial, name) : partial.quantities.get(name)?.get(zone);
  const layer = { name, unit, kind: 'quantity', mask: null } as const;
  return figuresOf(plan, layer, classes ?? new Map(), NO_IMAGERY, size, areaHa);
}

export function measuredLayers(plan: Plan): PlannedLayer[] {
  return plan.layers.filter(({ kind }) => kind === 'ndvi' || kind === 'quantity');
}

function cityClasses(partial: Partial, name: string): Classes {
  const city = new Map<number, QuantityTally>();
  for (const classes of partial.quantities.get(name)?.values() ?? []) {
    for (const [code, tally] of classes) city.set(code, addQuantities(city.get(code) ?? NO_QUANTITY, tally));
  }
  return city;
}

function cityImagery(partial: Partial, name: string): ImageryTally {
  return [...(partial.imagery.get(name)?.values() ?? [])].reduce(addImagery, NO_IMAGERY);
}

function figuresOf(
  plan: Plan,
  layer: Pick<PlannedLayer, 'name' | 'unit' | 'kind' | 'mask'>,
  classes: Classes,
  imagery: ImageryTally,
  size: ZoneCells,
  areaHa: (tally: Tally) => number,
): LayerFigures {
  const total = [...classes.values()].reduce(addQuantities, NO_QUANTITY);
  const sorted = [...classes].sort(([a], [b]) => a - b);
  const dates = [...imagery.dates].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    layer: layer.name,
    unit: layer.unit,
    ...rowOf(plan, layer, total, size.units, areaHa),
    coverage: size.seenHa === 0 ? null : roundFigure(areaHa(total) / size.seenHa),
    classes: sorted.map(([code, tally]) => ({ class: code, ...rowOf(plan, layer, tally, size.units, areaHa) })),
    dates: dates.map(([date, cells]) => ({ date, cells: roundFigure(cells / size.units) })),
    masked_cells: layer.mask === null ? null : roundFigure(imagery.masked / size.units),
    masked_share: layer.mask === null || size.cells === 0 ? null : roundFigure(imagery.masked / size.cells),
  };
}

function rowOf(
  plan: Plan,
  { kind }: Pick<PlannedLayer, 'kind'>,
  tally: QuantityTally,
  cellUnits: number,
  areaHa: (tally: Tally) => number,
): LayerRow {
  const area = areaHa(tally);
  if (tally.cells === 0) return { cells: 0, area_ha: 0, mean: null, sum_unit_ha: null };
  // sum = value x share x 2^bits, share = units / 2^cellBits: over the units themselves the mean is left.
  // Units of a cell, where zones share cells, are in both and cancel.
  const weight = plan.areaBy === null ? tally.cells : Number(tally.area) * 2 ** -CELL_BITS[plan.areaBy];
  const mean = (Number(tally.sum) * 2 ** -fractionBits(kind)) / weight;
  return {
    cells: roundFigure(tally.cells / cellUnits),
    area_ha: roundFigure(area),
    mean: roundFigure(mean),
    sum_unit_ha: roundFigure(mean * area),
  };
}
