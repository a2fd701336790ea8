/** @pure Totals of a region: sums over its cities, what of them is counted twice, and what is missing. */

import { roundFigure } from '../shared/units.ts';
import type { SumRow } from './carbon-model.ts';

export const REGION_SCHEMA = 'citysink-region-1';

/** A city whose run has figures. */
export interface CityTotals {
  readonly city: string;
  readonly name: string;
  readonly year: number;
  readonly run: string;
  readonly url: string;
  readonly status: 'DONE' | 'PARTIAL';
  readonly figures_sha256: string;
  readonly total: SumRow;
}

/** A city without figures, and why. */
export interface MissingCity {
  readonly spec: string;
  readonly code: string;
  readonly message: string;
}

/** Cells of a city that cities before it in the list have too. */
export interface CityOverlap {
  readonly city: string;
  readonly year: number;
  readonly with: readonly string[];
  /** On the grid of `city`; null: the outlines could not be brought together. */
  readonly cells: number | null;
  readonly area_ha: number | null;
  /** All of them on one grid: the cells are the very same, and counted exactly. */
  readonly same_grid: boolean;
  /** What `city` has of its own without them was counted, and stands in the sum in place of all it has. */
  readonly left_out: boolean;
  /** What it has of its own, where it was counted. */
  readonly own?: RegionSum;
}

/** Figures that add up over cities. */
const SUMMED = [
  'cells',
  'area_ha',
  'above_tC',
  'below_tC',
  'dead_tC',
  'soil_tC',
  'storage_tC',
  'sequestration_tC_yr',
  'vegetation_sequestration_tC_yr',
  'soil_sequestration_tC_yr',
  'storage_tCO2',
  'sequestration_tCO2_yr',
  'zone_cells',
  'zone_area_ha',
  'unread_cells',
] as const;

type Summed = (typeof SUMMED)[number];

/** A sum of totals. null: one of them has no such figure. */
export type RegionSum = Readonly<Record<Summed, number | null>> & { readonly coverage: number | null };

/** Sum of rows in their order; carbon that one of them did not measure is not measured of all. */
export function sumOfRows(rows: readonly Readonly<Record<Summed, number | null>>[]): RegionSum {
  const sums = Object.fromEntries(SUMMED.map((column) => [column, sumOf(rows, column)])) as Record<
    Summed,
    number | null
  >;
  const { area_ha: area, zone_area_ha: zoneArea } = sums;
  const coverage = area === null || zoneArea === null || zoneArea === 0 ? null : roundFigure(area / zoneArea);
  return { ...sums, coverage };
}

export interface YearTotals {
  readonly year: number;
  readonly cities: number;
  /** null: a city has no such figure; `lacking` names it. */
  readonly sum: RegionSum;
  readonly lacking: Readonly<Record<string, readonly string[]>>;
  /** Every cell stands in the sum once. */
  readonly each_cell_once: boolean;
  /** Area that stands in the sum more than once; null: it could not be found for all cities. */
  readonly counted_twice_ha: number | null;
}

/** Sums by year, since land of two years is two states of it. Cities are added in order of their names, so the bits are the same. */
export function yearTotals(cities: readonly CityTotals[], overlaps: readonly CityOverlap[]): YearTotals[] {
  const sorted = [...cities].sort((a, b) => a.year - b.year || (a.city < b.city ? -1 : 1));
  return [...Map.groupBy(sorted, ({ year }) => year)].map(([year, members]) => {
    const ownOf = (city: CityTotals) =>
      overlaps.find((one) => one.left_out && one.city === city.city && one.year === year)?.own ?? city.total;
    const lacking = SUMMED.flatMap((column) => {
      const without = members.filter(({ total }) => total[column] === null).map(({ city }) => city);
      return without.length === 0 ? [] : [[column, without] as const];
    });
    const twice = overlaps.filter((one) => one.year === year && !one.left_out && one.cells !== 0);
    return {
      year,
      cities: members.length,
      sum: sumOfRows(members.map(ownOf)),
      lacking: Object.fromEntries(lacking),
      each_cell_once: twice.length === 0,
      counted_twice_ha: twice.reduce<number | null>(
        (sum, { area_ha }) => (sum === null || area_ha === null ? null : roundFigure(sum + area_ha)),
        0,
      ),
    };
  });
}

function sumOf(rows: readonly Readonly<Record<Summed, number | null>>[], column: Summed): number | null {
  let sum = 0;
  for (const row of rows) {
    const value = row[column];
    if (value === null) return null;
    sum += value;
  }
  return roundFigure(sum);
}

const COLUMNS = ['region', 'year', 'city', 'status', 'run', ...SUMMED, 'coverage'] as const;

/** totals.csv of a region: its cities, then `city` = `all` for each year. An empty field was not measured. */
export function regionCsv(region: string, cities: readonly CityTotals[], years: readonly YearTotals[]): string {
  const rows = [
    ...cities.map(({ total, ...city }) => ({ region, ...city, ...total })),
    ...years.map(({ year, sum }) => ({ region, year, city: 'all', status: '', run: '', ...sum })),
  ];
  const lines = rows.map((row) => COLUMNS.map((column) => String(row[column] ?? '')).join(','));
  return `${[COLUMNS.join(','), ...lines].join('\n')}\n`;
}
