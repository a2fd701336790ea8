import type { ClassRow, SumRow } from './carbon-model.ts';
import type { LayerFigures } from './layer-figures.ts';
import type { Figures } from './totals.ts';

/** @pure The figures as rows of totals.csv: zone by class, each zone's total, then the city. */

/** Columns in the order of the file; the first ten are the contract, later ones may grow at the end. */
export const TOTALS_COLUMNS = [
  'zone',
  'class',
  'cells',
  'area_ha',
  'above_tC',
  'below_tC',
  'dead_tC',
  'soil_tC',
  'storage_tC',
  'sequestration_tC_yr',
  'zone_name',
  'class_name',
  'coverage',
  'zone_area_ha',
  'unread_cells',
  'vegetation_sequestration_tC_yr',
  'soil_sequestration_tC_yr',
  'storage_tCO2',
  'sequestration_tCO2_yr',
] as const;

type Cell = string | number | null;

/** RFC 4180 with line feeds; an empty field is a figure that was not measured. Measured layers add two columns each. */
export function totalsCsv(figures: Figures, cityName: string): string {
  const columns = totalsColumns(figures);
  const rows = totalsRows(figures, cityName);
  const lines = rows.map((row) => columns.map((column) => field((row[column] ?? null) as Cell)).join(','));
  return `${[columns.join(','), ...lines].join('\n')}\n`;
}

/** Columns of this run. */
export function totalsColumns(figures: Figures): string[] {
  return [...TOTALS_COLUMNS, ...figures.city.layers.flatMap(({ layer }) => layerColumns(layer))];
}

/** Rows of the table, for every format of it; a column that a row has not is a figure that was not measured. */
export function totalsRows(figures: Figures, cityName: string): Row[] {
  return [
    ...figures.zones.flatMap((zone) => zoneRows(zone.zone, zone.name, zone)),
    ...zoneRows('all', cityName, figures.city),
  ];
}

function layerColumns(layer: string): [string, string] {
  return [`${layer}_mean`, `${layer}_area_ha`];
}

type Row = Readonly<Record<string, unknown>>;

function zoneRows(
  zone: string,
  name: string,
  figures: { readonly classes: readonly ClassRow[]; readonly total: SumRow; readonly layers: readonly LayerFigures[] },
): Row[] {
  const { classes, total, layers } = figures;
  const valuesOf = (code: number | null) =>
    Object.fromEntries(
      layers.flatMap((layer) => {
        const row = code === null ? layer : layer.classes.find((candidate) => candidate.class === code);
        const [mean, area] = layerColumns(layer.layer);
        return [
          [mean, row?.mean ?? null],
          [area, row?.area_ha ?? 0],
        ];
      }),
    );
  const rows = classes.map((row) => ({ ...row, zone, zone_name: name, class_name: row.name, ...valuesOf(row.class) }));
  return [...rows, { ...total, zone, class: 'all', zone_name: name, ...valuesOf(null) }];
}

/** What begins like a formula gets an apostrophe before it, so that no spreadsheet runs a name; plain numbers stay as they are. */
export function harmlessText(text: string): string {
  return /^[=+\-@\t\r]/.test(text) && !/^[+-]?\d+([.,]\d+)?$/.test(text) ? `'${text}` : text;
}

function field(value: Cell): string {
  if (value === null) return '';
  const text = typeof value === 'number' ? String(value) : harmlessText(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
