import { describe, expect, test } from 'vitest';
import type { SumRow } from '../../../src/reducer/carbon-model.ts';
import {
  type CityOverlap,
  type CityTotals,
  regionCsv,
  sumOfRows,
  yearTotals,
} from '../../../src/reducer/region-totals.ts';

/** Sums over cities: by year, with what is lacking, doubled or left out. */

function totalOf(areaHa: number, parts: Partial<SumRow> = {}): SumRow {
  return {
    cells: areaHa * 100,
    area_ha: areaHa,
    zone_cells: areaHa * 200,
    zone_area_ha: areaHa * 2,
    unread_cells: 0,
    coverage: 0.5,
    above_tC: areaHa,
    below_tC: 0,
    dead_tC: null,
    soil_tC: areaHa * 3,
    storage_tC: areaHa * 4,
    sequestration_tC_yr: areaHa / 10,
    vegetation_sequestration_tC_yr: areaHa / 10,
    soil_sequestration_tC_yr: null,
    storage_tCO2: (areaHa * 4 * 44) / 12,
    sequestration_tCO2_yr: ((areaHa / 10) * 44) / 12,
    ...parts,
  };
}

function cityOf(city: string, year: number, total: SumRow): CityTotals {
  return {
    city,
    name: city,
    year,
    run: `${year}-0`,
    url: 's3://results/',
    status: 'DONE',
    figures_sha256: city,
    total,
  };
}

describe('Totals of a region', () => {
  test('go by year, in any order of the cities, and have no sum where one did not measure.', () => {
    const cities = [
      cityOf('b', 2021, totalOf(0.2)),
      cityOf('a', 2021, totalOf(0.1, { soil_tC: null })),
      cityOf('a', 2020, totalOf(0.7)),
    ];
    const years = yearTotals(cities, []);
    expect(years).toEqual(yearTotals([...cities].reverse(), []));
    expect(years.map(({ year, cities: count }) => [year, count])).toEqual([
      [2020, 1],
      [2021, 2],
    ]);
    expect(years[1]?.sum).toMatchObject({ area_ha: 0.3, cells: 30, soil_tC: null, dead_tC: null, coverage: 0.5 });
    expect(years[1]?.lacking).toMatchObject({ soil_tC: ['a'], dead_tC: ['a', 'b'] });
    const csv = regionCsv('delta', cities, years).split('\n');
    expect(csv.at(-2)).toMatch(/^delta,2021,all,,,30,0\.3,0\.3,0,,,1\.2,/);
  });

  test('take what a city has of its own where that was counted, and say what stands in them twice elsewhere.', () => {
    const cities = ['a', 'b', 'c'].map((city) => cityOf(city, 2021, totalOf(10)));
    const overlap = { year: 2021, with: ['a'], cells: 100, area_ha: 1 };
    const overlaps: CityOverlap[] = [
      { ...overlap, city: 'b', same_grid: true, left_out: true, own: sumOfRows([totalOf(9)]) },
      { ...overlap, city: 'c', same_grid: false, left_out: false },
    ];
    const [year] = yearTotals(cities, overlaps);
    expect(year).toMatchObject({ each_cell_once: false, counted_twice_ha: 1, sum: { area_ha: 29, storage_tC: 116 } });
    expect(yearTotals(cities, overlaps.slice(0, 1))[0]).toMatchObject({ each_cell_once: true, counted_twice_ha: 0 });
    const unknown = { ...overlap, city: 'c', same_grid: false, left_out: false, cells: null, area_ha: null };
    expect(yearTotals(cities, [unknown])[0]).toMatchObject({ each_cell_once: false, counted_twice_ha: null });
  });
});
