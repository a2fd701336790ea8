import { describe, expect, it } from 'vitest';
import { loadLibraryFactors } from '../../../src/producer/factor-library.ts';
import { parseFactors } from '../../../src/producer/load-factors.ts';
import { computeFigures } from '../../../src/reducer/totals.ts';
import type { FactorTable } from '../../../src/shared/carbon/factors.ts';
import { hectarePlan, partialOf, zoneTally } from '../../support/plan-parts.ts';

/**
 * Areas that others published times the tables of the library, through the reducer's own arithmetic, give the carbon
 * that they published.
 */

const M2 = { side: 1, perHa: 1e4, perKm2: 1e6 };
const T_PER_TG = 1e6;

/** Figures of one zone with so many square cells (side in m) of each class. */
function figuresOf(
  table: Omit<FactorTable, 'url' | 'digest'>,
  cellSide: number,
  cells: Readonly<Record<number, number>>,
) {
  const { grid } = hectarePlan();
  const plan = hectarePlan({
    grid: { ...grid, cellWidth: cellSide, cellHeight: cellSide },
    zones: { url: '', digest: '', rule: 'centre', list: [{ id: 'all', name: 'All' }] },
    factors: {
      url: '',
      digest: '',
      coefficients: [...table.coefficients],
      classes: table.classes.map((row) => ({ ...row, values: { ...row.values }, standardErrors: {} })),
      warnings: [],
    },
  });
  const all = Object.values(cells).reduce((sum, count) => sum + count, 0);
  return computeFigures(plan, partialOf([zoneTally(all, cells)])).city.total;
}

describe('the forests of Zhejiang (Li et al. 2016)', () => {
  // km2 of the types, in the order of the table.
  const areas = [24, 167, 216, 240, 671, 744, 1366, 2030, 3520, 5676, 8116, 8209, 8834, 10_028];
  const hectares = Object.fromEntries(areas.map((km2, index) => [index + 1, km2 * 100]));
  const tg = (value: number | null) => Number(((value ?? Number.NaN) / T_PER_TG).toFixed(3));

  it('hold 602.729 Tg C, layer by layer, as published to 0.01 %', async () => {
    const total = figuresOf(await loadLibraryFactors('zhejiang-forest-layers'), 100, hectares);
    const layers = [total.above_tC, total.below_tC, total.dead_tC, total.soil_tC, total.storage_tC].map(tg);
    expect(layers).toEqual([122.869, 16.73, 11.366, 451.764, 602.729]);
    expect(Math.abs((layers[4] ?? 0) / 602.73 - 1)).toBeLessThan(1e-4);
  });

  it('hold the same in our pools, with roots 0.23 of what is above ground', async () => {
    const total = figuresOf(await loadLibraryFactors('zhejiang-forest'), 100, hectares);
    expect([total.dead_tC, total.soil_tC, total.storage_tC].map(tg)).toEqual([11.366, 451.764, 602.729]);
    expect((total.below_tC ?? 0) / (total.above_tC ?? 1)).toBeCloseTo(0.23, 4);
  });
});

describe('Minnesota counties (Metropolitan-Council/ghg-cprg)', () => {
  // km2 of grassland, tree, urban grassland, urban tree, wetland; t CO2e/yr and t CO2e, negative for uptake.
  const COUNTIES: readonly [string, readonly number[], number, number][] = [
    ['Anoka', [276.403278, 359.340394, 97.539636, 117.889814, 23.584209], -281499.466733, -29724204.737466],
    ['Carver', [146.682713, 174.259759, 39.287415, 32.13995, 6.363542], -114495.335071, -13505999.263971],
    ['Chisago', [256.836061, 430.155118, 40.734722, 33.276605, 12.907082], -220888.137113, -28686355.000632],
    ['Dakota', [146.433165, 237.808469, 95.331674, 128.385336, 4.246973], -209564.890889, -18580798.150502],
    ['Hennepin', [177.211098, 237.667499, 146.005801, 292.330693, 17.107418], -344627.769518, -24555464.74784],
    ['Pierce', [199.278902, 557.012829, 33.970569, 28.832868, 3.447382], -240109.737235, -31543202.485642],
    ['Ramsey', [19.892352, 42.866693, 44.846281, 115.30301, 3.065791], -105009.885211, -5451135.159464],
    ['Scott', [175.68441, 218.180797, 57.723073, 40.018556, 5.861583], -142438.552923, -16571530.96071],
    ['Sherburne', [277.753601, 395.91853, 47.386578, 40.974748, 15.863196], -222304.310277, -28287869.241044],
    ['St. Croix', [375.814409, 543.525843, 75.344033, 45.527593, 2.79132], -279765.249069, -36152231.39357],
    ['Washington', [211.715586, 334.677582, 82.065205, 94.415938, 8.840633], -229653.278319, -24403454.216397],
    ['all', [2263.705574, 3531.413512, 760.234987, 969.095111, 104.079127], -2390356.612357, -257462245.357238],
  ];
  /** What the source makes of t C to t CO2e: not 44/12. */
  const CO2_PER_C_THERE = 3.67;
  /** Areas are printed to 1 m2, so each can be off by half of one: that much per km2 of coefficient. */
  const AREA_ROUNDING_KM2 = 0.5e-6;
  const COEFFICIENTS = {
    rates: 124.78 + 329.074827 + 300.745 + 620.23 + 1115.43411,
    stocks: 24589 + 45141 + 16808.6 + 16148 + 134138.5,
  };

  it.each(COUNTIES)('%s: uptake and stock as printed', async (_, areasKm2, uptake, stock) => {
    const cells = Object.fromEntries(areasKm2.map((km2, index) => [index + 1, Math.round(km2 * M2.perKm2)]));
    const total = figuresOf(await loadLibraryFactors('minnesota'), M2.side, cells);
    const [rate, stored] = [total.sequestration_tC_yr, total.storage_tC].map((tC) => -(tC ?? 0) * CO2_PER_C_THERE);
    expect(Math.abs((rate ?? 0) - uptake)).toBeLessThan(COEFFICIENTS.rates * AREA_ROUNDING_KM2);
    expect(Math.abs((stored ?? 0) - stock)).toBeLessThan(COEFFICIENTS.stocks * AREA_ROUNDING_KM2);
  });
});

describe('Mata watershed (ChinaXiv-202103.00039)', () => {
  // ha from 1999 (rows) to 2016 (columns): forest, shrub, grass, orchard, crop, other.
  const CODES = [1, 2, 3, 11, 4, 8];
  const CHANGES = [
    [5.21, 2.07, 1.96, 1.94, 0.27, 0.15],
    [7.53, 15.23, 17.96, 26.32, 3.08, 6.66],
    [0.83, 1.06, 4.99, 10.37, 1.55, 2.66],
    [6.1, 8.59, 20.43, 43.07, 2.68, 3.27],
    [0.11, 0.53, 3.38, 12.01, 1.28, 1.85],
    [0.15, 0.35, 5.86, 21.26, 1.05, 0.67],
  ];
  const PRINTED = { 1999: [11.6, 76.78, 21.46, 84.14, 19.16, 29.34], 2016: [19.93, 27.83, 54.58, 114.97, 9.91, 15.26] };
  /** Cells of 10 m: printed areas are whole numbers of them. */
  const cellsOf = (areasHa: readonly number[]) =>
    Object.fromEntries(areasHa.map((ha, index) => [CODES[index] ?? 0, Math.round(ha * 100)]));
  const stored = async (areasHa: readonly number[]) =>
    figuresOf(await loadLibraryFactors('mata-watershed'), 10, cellsOf(areasHa)).storage_tC ?? Number.NaN;

  it('holds 21 916.85 t C in 1999 and 23 584.88 t C in 2016', async () => {
    expect((await stored(PRINTED[1999])).toFixed(2)).toBe('21916.85');
    expect((await stored(PRINTED[2016])).toFixed(2)).toBe('23584.88');
  });

  it('is within 1 % of the published totals and 0.05 points of the change', async () => {
    const [before, after] = [await stored(PRINTED[1999]), await stored(PRINTED[2016])];
    expect(Math.abs(22_120.25 / before - 1)).toBeLessThan(0.01);
    expect(Math.abs(23_808.61 / after - 1)).toBeLessThan(0.01);
    expect(Math.abs(((after - before) / before) * 100 - 7.63)).toBeLessThan(0.05);
  });

  it('has the areas that its matrix of changes sums to, as printed', () => {
    const rows = CHANGES.map((row) => row.reduce((sum, ha) => sum + ha, 0));
    const columns = CODES.map((_, col) => CHANGES.reduce((sum, row) => sum + (row[col] ?? 0), 0));
    for (const [index] of CODES.entries()) {
      expect(rows[index]).toBeCloseTo(PRINTED[1999][index] ?? 0, 1);
      expect(columns[index]).toBeCloseTo(PRINTED[2016][index] ?? 0, 1);
    }
  });
});

describe("InVEST's own unit test", () => {
  const pools = parseFactors(
    'lucode,c_above,c_below,c_soil,c_dead\n1,15,10,60,1\n2,5,3,20,0\n3,2,1,5,0\n',
    'pools.csv',
  );

  it('finds 0.86 t C in 100 cells of 1 m, 0.28 t C after the change, 0.58 t C less', () => {
    const [before, after] = [1, 2].map((code) => figuresOf(pools, 1, { [code]: 100 }).storage_tC ?? Number.NaN);
    expect([before, after]).toEqual([0.86, 0.28]);
    expect((after ?? 0) - (before ?? 0)).toBeCloseTo(-0.58, 12);
  });
});

describe("the example of InVEST's user's guide", () => {
  it('holds by class what its columns sum to', async () => {
    const table = await loadLibraryFactors('invest-example');
    const totals = table.classes.map(({ code }) => figuresOf(table, 100, { [code]: 1 }).storage_tC);
    expect(totals).toEqual([140 + 70 + 35 + 12, 65 + 40 + 25 + 6, 15 + 35 + 30 + 4, 30 + 30 + 30 + 13, 5 + 5 + 15 + 2]);
  });
});
