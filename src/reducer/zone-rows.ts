import { roundFigure } from '../shared/units.ts';
import type { SumRow } from './carbon-model.ts';
import type { Figures, ZoneFigures } from './totals.ts';

/** @pure One flat row a zone, units in the names: properties of zones.geojson and columns of zones.gpkg. */

/** null: not measured. */
export type ZoneValue = string | number | null;

/** Columns that are whole or real numbers; `zone` and `name` are texts. */
export type ZoneRow = Readonly<Record<string, ZoneValue>> & { readonly zone: string; readonly name: string };

/** All zones in file order; every row has the same columns in the same order. */
export function zoneRows(figures: Figures): ZoneRow[] {
  return figures.zones.map((zone, index) => ({
    zone: zone.zone,
    name: zone.name,
    ...zone.total,
    ...densities(zone.total),
    polygon_area_ha: zone.polygon_area_ha,
    below_cell: Number(zone.below_cell),
    ...intervalColumns(figures, index),
    ...layerColumns(zone),
  }));
}

/** A hectare that was seen; null where nothing was. */
export function perHectare(amount: number | null, areaHa: number): number | null {
  return amount === null || areaHa === 0 ? null : amount / areaHa;
}

function densities({ storage_tC, sequestration_tC_yr, area_ha }: SumRow): Record<string, number | null> {
  return {
    storage_tC_ha: rounded(perHectare(storage_tC, area_ha)),
    sequestration_tC_ha_yr: rounded(perHectare(sequestration_tC_yr, area_ha)),
  };
}

function rounded(value: number | null): number | null {
  return value === null ? null : roundFigure(value);
}

function intervalColumns({ uncertainty }: Figures, index: number): Record<string, number | null> {
  if (uncertainty === null) return {};
  const { storage_tC: storage, sequestration_tC_yr: taken } = uncertainty.zones[index] ?? {};
  return {
    storage_tC_p2_5: storage?.p2_5 ?? null,
    storage_tC_p97_5: storage?.p97_5 ?? null,
    sequestration_tC_yr_p2_5: taken?.p2_5 ?? null,
    sequestration_tC_yr_p97_5: taken?.p97_5 ?? null,
  };
}

function layerColumns({ layers }: ZoneFigures): Record<string, number | null> {
  return Object.fromEntries(
    layers.flatMap(({ layer, mean, area_ha }) => [
      [`${layer}_mean`, mean],
      [`${layer}_area_ha`, area_ha],
    ]),
  );
}
