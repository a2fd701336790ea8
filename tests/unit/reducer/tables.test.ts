import { parse } from 'csv-parse/sync';
import { expect, it } from 'vitest';
import { TOTALS_COLUMNS, totalsCsv } from '../../../src/reducer/tables.ts';
import { computeFigures } from '../../../src/reducer/totals.ts';
import { hectarePlan, partialOf, zoneTally } from '../../support/plan-parts.ts';

const FIGURES = computeFigures(hectarePlan(), partialOf([zoneTally(6, { 1: 3, 2: 2 }), zoneTally(4, { 2: 4 })]));
const CSV = totalsCsv(FIGURES, 'Test City');

it('begins with the ten columns of the contract, in its order', () => {
  const contract = 'zone,class,cells,area_ha,above_tC,below_tC,dead_tC,soil_tC,storage_tC,sequestration_tC_yr';
  expect(CSV.split('\n')[0]?.startsWith(`${contract},`)).toBe(true);
  expect(TOTALS_COLUMNS.slice(0, 10).join(',')).toBe(contract);
});

it('has zone by class, each zone as all, then the city as all', () => {
  const rows = parse(CSV, { columns: true }) as Record<string, string>[];
  expect(rows.map((row) => [row.zone, row.class])).toEqual([
    ['n', '1'],
    ['n', '2'],
    ['n', 'all'],
    ['s', '2'],
    ['s', 'all'],
    ['all', '1'],
    ['all', '2'],
    ['all', 'all'],
  ]);
  // 3 ha x 15 + 2 ha x 40 t C.
  expect(rows[2]).toMatchObject({
    cells: '5',
    area_ha: '5',
    storage_tC: '125',
    zone_name: 'North',
    coverage: '0.833333333333',
  });
});

it('leaves a figure that was not measured empty', () => {
  const rows = parse(CSV, { columns: true }) as Record<string, string>[];
  expect(rows.map((row) => row.below_tC)).toEqual(rows.map(() => ''));
});

it('quotes names with commas and quotes as RFC 4180 says, and ends lines with a line feed', () => {
  expect(CSV).toContain('"South, ""old"""');
  expect(CSV).not.toContain('\r');
  expect(CSV.endsWith('\n')).toBe(true);
});
