import type { YearTotals } from '../../reducer/region-totals.ts';
import { amountText } from '../../shared/carbon/figure-text.ts';
import { coverageText } from '../../shared/carbon/number-text.ts';
import { alignedRows, plainLine } from '../terminal-text.ts';

/** Cities as rows of a table for a terminal, then their sums by year. */

export interface CityLine {
  readonly city: string;
  readonly year: number | null;
  readonly status: string;
  readonly run: string;
  readonly areaHa: number | null;
  readonly storageTC: number | null;
  readonly sequestrationTCYr: number | null;
  readonly coverage: number | null;
}

const HEADINGS = ['city', 'year', 'status', 'area ha', 'storage t C', 'sequestration t C/yr', 'coverage', 'run'];
/** Columns of text stand to the left, figures to the right. */
const TEXTS = new Set([0, 2, 7]);

export function regionTable(lines: readonly CityLine[], years: readonly YearTotals[]): string {
  const sums = years.map(({ year, cities, sum }): string[] => [
    `all ${cities}`,
    String(year),
    '',
    amountText(sum.area_ha),
    amountText(sum.storage_tC),
    amountText(sum.sequestration_tC_yr),
    coverageText(sum.coverage),
    '',
  ]);
  return alignedRows([HEADINGS, ...lines.map(cellsOf), ...sums], TEXTS).join('\n');
}

function cellsOf({ city, year, status, run, areaHa, storageTC, sequestrationTCYr, coverage }: CityLine): string[] {
  const seen = areaHa !== null;
  return [
    plainLine(city),
    year === null ? '' : String(year),
    status,
    seen ? amountText(areaHa) : '',
    seen ? amountText(storageTC) : '',
    seen ? amountText(sequestrationTCYr) : '',
    seen ? coverageText(coverage) : '',
    run,
  ];
}
