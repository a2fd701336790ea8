import { soilUnit } from '../carbon/soil-unit.ts';
import type { Plan } from './plan.ts';

/** Soil of a raster in a plan: which layer it is, and which classes have it. */

/**
 * Share of a class's area that has the soil of a raster: all but what is sealed. A class to which the table gives no soil
 * (water, or sealed land taken as empty) has none of the raster either: rasters of soil go on under both.
 */
export function soilShares({ factors }: Pick<Plan, 'factors'>): (code: number) => number {
  const rows = new Map(factors.classes.map((row) => [row.code, row]));
  return (code) => {
    const row = rows.get(code);
    if (row?.impervious != null) return 1 - row.impervious;
    return row?.values.soil === 0 ? 0 : 1;
  };
}

/** The layer whose values are the pool of soil: the one named `soil` with a unit of carbon over area. */
export function soilLayer(plan: Pick<Plan, 'layers'>): Plan['layers'][number] | null {
  return (
    plan.layers.find(({ name, kind, unit }) => name === 'soil' && kind === 'quantity' && soilUnit(unit) !== null) ??
    null
  );
}
