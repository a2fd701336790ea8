import { describe, expect, it } from 'vitest';
import { computeFigures } from '../../../src/reducer/totals.ts';
import type { Plan } from '../../../src/shared/contracts/plan.ts';
import { hectarePlan, LANDCOVER, measuredLayer, partialOf, zoneTally } from '../../support/plan-parts.ts';
import { rowOf, tableOf, valuesOf } from './counted-parts.ts';

/** Figures that others published, from their own areas and densities: they hold our units to account, not the science. */

const HA_PER_KM2 = 100;
const T_PER_TG = 1e6;

/** The city of square cells, by class. */
function cityOf(factors: Plan['factors'], cellM: number, counts: Readonly<Record<number, number>>) {
  const { grid, zones } = hectarePlan();
  const list = [{ id: 'all', name: 'All' }];
  const plan = hectarePlan({
    grid: { ...grid, cellWidth: cellM, cellHeight: cellM },
    zones: { ...zones, list },
    factors,
  });
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return computeFigures(plan, partialOf([zoneTally(all, counts)])).city;
}

describe("InVEST's own unit test (natcap/invest, tests/test_carbon.py)", () => {
  const pools = tableOf([
    rowOf(1, { above: 15, below: 10, soil: 60, dead: 1 }),
    rowOf(2, { above: 5, below: 3, soil: 20, dead: 0 }),
    rowOf(3, { above: 2, below: 1, soil: 5, dead: 0 }),
  ]);
  const storage = (code: number) => cityOf(pools, 1, { [code]: 100 }).total.storage_tC ?? Number.NaN;

  it('stores 0.86 t on 100 cells of a metre of class 1, 0.28 of class 2, and loses 0.58 from one to the other', () => {
    expect([storage(1), storage(2), storage(3)]).toEqual([0.86, 0.28, 0.08]);
    expect(storage(2) - storage(1)).toBeCloseTo(-0.58, 12);
  });

  it('has all four pools in it', () => {
    expect(cityOf(pools, 1, { 1: 100 }).total).toMatchObject({
      above_tC: 0.15,
      below_tC: 0.1,
      soil_tC: 0.6,
      dead_tC: 0.01,
    });
  });
});

/** Sci. Rep. 2025, s41598-025-24820-z, table 4: km2 and Tg C of six classes in five years. */
const CLASSES = ['crop', 'wood', 'grass', 'water', 'built', 'unused'] as const;
const YEARS: readonly (readonly [year: number, km2: readonly number[], tg: readonly number[]])[] = [
  [2000, [19309.2, 8923.89, 27.6, 2753.68, 1107.07, 15.57], [227.37, 200.34, 0.39, 21.78, 5.31, 0.05]],
  [2005, [18932.67, 9271.81, 28.73, 2597.46, 1296.98, 9.36], [222.93, 208.15, 0.41, 20.54, 6.23, 0.03]],
  [2010, [18233.95, 9461.69, 29.19, 2727.55, 1679.93, 4.7], [214.7, 212.41, 0.42, 21.57, 8.06, 0.02]],
  [2015, [17431.97, 9823.61, 16.55, 2833.47, 2028.51, 2.9], [205.26, 220.54, 0.24, 22.41, 9.72, 0.01]],
  [2020, [17460.85, 9663.52, 8.61, 2619.28, 2381.98, 2.77], [205.6, 216.94, 0.12, 20.72, 11.42, 0.01]],
];

describe('a region at five dates', () => {
  const [, km2 = [], tg = []] = YEARS[0] ?? [];
  /** Densities that the first year implies, t C/ha. */
  const fitted = tableOf(
    CLASSES.map((name, code) =>
      rowOf(code, { above: ((tg[code] ?? 0) * T_PER_TG) / ((km2[code] ?? 0) * HA_PER_KM2) }, { name }),
    ),
  );

  it('has the densities that were derived from it', () => {
    const [crop, wood, , water, built] = fitted.classes.map(({ values }) => values.above ?? 0);
    expect(crop).toBeCloseTo(117.75, 2);
    expect(wood).toBeCloseTo(224.5, 1);
    expect(water).toBeCloseTo(79.09, 1);
    expect(built).toBeCloseTo(47.95, 1);
  });

  it.each(YEARS.slice(1))('stores in %i what its first year predicts, to 0.02 Tg', (_, areas, published) => {
    // Printed to 0.01 km2, a hectare: cells are whole.
    const cells = Object.fromEntries(areas.map((area, code) => [code, Math.round(area * HA_PER_KM2)]));
    const { classes } = cityOf(fitted, 100, cells);
    expect(classes).toHaveLength(CLASSES.length);
    for (const row of classes) {
      const found = (row.storage_tC ?? Number.NaN) / T_PER_TG;
      expect(Math.abs(found - (published[row.class] ?? 0)), row.name).toBeLessThanOrEqual(0.02);
    }
  });
});

/** Wei and Zhan 2019, J. Zhejiang Univ. (Eng. Sci.) 53(8):1478, table 5, of Hangzhou 2015: 10^4 t C, km2, kg C/m2. */
const COUNTIES = [
  ['six main districts', 1524.868, 706.61, 21.58],
  ['Yuhang', 4216.304, 1228.28, 34.33],
  ['Xiaoshan', 4270.76, 1413.11, 30.22],
  ["Lin'an", 15824.076, 3119.49, 50.73],
  ['Fuyang', 8431.081, 1821.08, 46.3],
  ['Jiande', 11372.14, 2314.45, 49.14],
  ['Tonglu', 9100.181, 1829.02, 49.75],
  ["Chun'an", 20408.948, 4418.81, 46.19],
] as const;

describe('Hangzhou by county', () => {
  const list = COUNTIES.map(([name]) => ({ id: name, name }));
  const cells = COUNTIES.map(([, , km2]) => Math.round(km2 * HA_PER_KM2));
  const layers = [LANDCOVER, measuredLayer('soil', { unit: 'kg/m2' })];
  const factors = tableOf([rowOf(1, { above: 0, soil: 1000 })]);
  const plan = hectarePlan({ factors, layers, zones: { url: '', digest: '', rule: 'centre', list } });
  const densities = COUNTIES.map(
    ([, , , kgM2], zone) => [zone, new Map([[1, valuesOf(cells[zone] ?? 0, kgM2)]])] as const,
  );
  const quantities = new Map([['soil', new Map(densities)]]);
  const tallies = cells.map((count) => zoneTally(count, { 1: count }));
  const { zones, city } = computeFigures(plan, partialOf(tallies, { quantities }));

  it.each(COUNTIES)('%s has %d x 10^4 t C on %d km2 with %d kg C/m2', (name, stock, km2, kgM2) => {
    const total = zones.find(({ zone }) => zone === name)?.total;
    expect(total?.area_ha).toBeCloseTo(km2 * HA_PER_KM2, 6);
    // Densities are printed to 0.01 kg/m2.
    expect(Math.abs((total?.storage_tC ?? 0) / 1e4 / stock - 1)).toBeLessThan(0.0051 / kgM2);
  });

  it('adds up to 75148.358 x 10^4 t C on 16850.86 km2, 44.60 kg C/m2', () => {
    const { storage_tC, area_ha } = city.total;
    expect(area_ha / HA_PER_KM2).toBeCloseTo(16850.86, 1);
    expect(Math.abs((storage_tC ?? 0) / 1e4 / 75_148.358 - 1)).toBeLessThan(1e-4);
    expect((storage_tC ?? 0) / area_ha / 10).toBeCloseTo(44.6, 2);
    expect(city.layers[0]?.mean).toBeCloseTo(44.6, 2);
  });
});

describe('densities and totals of other cities', () => {
  it('Leicester: 3.16 kg C/m2 on 73.27 km2 are 231,521 t C, to the last digit of its density', () => {
    const { total } = cityOf(tableOf([rowOf(1, { above: 31.6 })]), 100, { 1: 7327 });
    expect(Math.abs((total.storage_tC ?? 0) / 231_521 - 1)).toBeLessThan(0.005 / 3.16);
  });

  it('Zijin Mountain: each stand has its t C from hectares and t C/ha', () => {
    const stands = [
      [518.3, 31042.0, 59.9],
      [215.9, 7895.5, 36.6],
      [49.4, 2266.0, 45.9],
      [32.3, 1404.0, 43.4],
      [968.9, 45601.3, 47.1],
      [433.4, 13507.2, 31.2],
      [56.2, 3065.8, 54.5],
      [36.6, 1498.8, 41.0],
    ] as const;
    const table = tableOf(stands.map(([, , density], code) => rowOf(code, { above: density })));
    // Cells of 10 ares: hectares are printed to 0.1.
    const counts = Object.fromEntries(stands.map(([ha], code) => [code, Math.round(ha * 10)]));
    const { classes, total } = cityOf(table, Math.sqrt(1000), counts);
    for (const [code, [ha, stock, density]] of stands.entries()) {
      const slack = 0.05 / density + 0.05 / ha;
      expect(Math.abs((classes[code]?.storage_tC ?? 0) / stock - 1), `${code}`).toBeLessThan(slack);
    }
    expect(Math.abs((total.storage_tC ?? 0) / 106_280.6 - 1)).toBeLessThan(0.001);
  });
});
