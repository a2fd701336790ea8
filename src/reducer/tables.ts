import type { ClassRow, Figures, SumRow } from './totals.ts';

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

/** RFC 4180 with line feeds; an empty field is a figure that was not measured. */
export function totalsCsv(figures: Figures, cityName: string): string {
  const lines = [TOTALS_COLUMNS.join(',')];
  for (const zone of figures.zones) lines.push(...zoneLines(zone.zone, zone.name, zone.classes, zone.total));
  lines.push(...zoneLines('all', cityName, figures.city.classes, figures.city.total));
  return `${lines.join('\n')}\n`;
}

function zoneLines(zone: string, name: string, classes: readonly ClassRow[], total: SumRow): string[] {
  const rows = classes.map((row) => line({ ...row, zone, zone_name: name, class_name: row.name }));
  return [...rows, line({ ...total, zone, class: 'all', zone_name: name })];
}

function line(values: Readonly<Partial<Record<string, unknown>>>): string {
  return TOTALS_COLUMNS.map((column) => field((values[column] ?? null) as Cell)).join(',');
}

function field(value: Cell): string {
  if (value === null) return '';
  const text = String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
