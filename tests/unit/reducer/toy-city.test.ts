import { describe, expect, it } from 'vitest';
import { computeFigures, type Figures } from '../../../src/reducer/totals.ts';
import { patchesKey } from '../../../src/shared/contracts/counted-names.ts';
import { CO2_PER_C } from '../../../src/shared/units.ts';
import { plannedGreen } from '../../support/green-parts.ts';
import { hectarePlan, partialOf, zoneTally } from '../../support/plan-parts.ts';
import { patchesOf, RULE_10M, rowOf, tableOf } from './counted-parts.ts';

/**
 * A city for pencil and paper, in cells of 10 m: forest 30 ha, crop 20, water 10; inside of built-up land a park of
 * 2 ha, small patches of grass of 0.05 and 0.60 ha, and one of 0.03 ha, which is below the least size of 0.04.
 */
const [FOREST, GRASS, CROP, WATER, BUILT, PARK, SMALL] = [1, 3, 4, 6, 7, 9, 10] as const;

function rates(code: number, vegetation: number, soil: number, errors: readonly [number, number], source: string) {
  const [sequestration, soil_sequestration] = errors;
  const values = { sequestration: vegetation, soil_sequestration: soil };
  return rowOf(code, values, { standardErrors: { sequestration, soil_sequestration }, source });
}

const TABLE = tableOf([
  rates(FOREST, 0.9, 0.2, [0.2, 0.1], 'plots'),
  // No cell keeps it: all grass of this city is in patches.
  rates(GRASS, 1000, 1000, [500, 500], 'none'),
  rates(CROP, 0, 0.1, [0, 0.1], 'fields'),
  rates(WATER, 0, 0.25, [0, 0.1], 'lakes'),
  rates(BUILT, 0, 0, [0, 0], 'sealed'),
  rates(PARK, 2, 0.3, [0.5, 0.15], 'trees of the city'),
  rates(SMALL, 2, 0.3, [0.5, 0.15], 'trees of the city'),
]);

const CLASSES = { [FOREST]: 3000, [CROP]: 2000, [WATER]: 1000, [GRASS]: 268, [BUILT]: 1732 };
const CELLS = Object.values(CLASSES).reduce((sum, count) => sum + count, 0);

function toyFigures(table = TABLE, rest: Parameters<typeof hectarePlan>[0] = {}): Figures {
  const { grid, zones } = hectarePlan();
  const plan = hectarePlan({
    grid: { ...grid, cellWidth: 10, cellHeight: 10 },
    zones: { ...zones, list: [{ id: 'toy', name: 'Toy' }] },
    factors: table,
    emissions: { tCo2: 1000, year: 2021, source: 'placeholder' },
    green: plannedGreen({ greenClasses: [GRASS], builtCodes: [BUILT] }),
    greenScore: { minHa: 0.04, smallHa: 1, small: SMALL, large: PARK, built: BUILT },
    ...rest,
  });
  // The park still waits for neighbours of its last tile: it counts all the same.
  const closed = [[[0, GRASS, 5]], [[0, GRASS, 60]], [[0, GRASS, 3]]] as const;
  const patches = patchesOf(RULE_10M, closed, [[[0, GRASS, 200]]]);
  return computeFigures(
    plan,
    partialOf([zoneTally(CELLS, CLASSES)], { patches: new Map([[patchesKey(null), patches]]) }),
  );
}

describe('the toy city', () => {
  const figures = toyFigures();
  const { city, scenarios, uncertainty, green, offset } = figures;

  it('has its areas: patches take rows of their own, and the one below the least size is built-up', () => {
    expect(city.classes.map((row) => [row.class, row.area_ha])).toEqual([
      [FOREST, 30],
      [CROP, 20],
      [WATER, 10],
      [BUILT, 17.35],
      [PARK, 2],
      [SMALL, 0.65],
    ]);
    expect(green?.city.total).toMatchObject({
      below_min: { patches: 1, area_ha: 0.03 },
      small: { patches: 2, area_ha: 0.65 },
      large: { patches: 1, area_ha: 2 },
    });
    expect(city.total).toMatchObject({ area_ha: 80, zone_area_ha: 80, coverage: 1 });
  });

  it.each([
    [0, false, false, 31.0, 113.6667, 11.3667],
    [1, false, true, 32.3, 118.4333, 11.8433],
    [2, true, false, 42.1, 154.3667, 15.4367],
    [3, true, true, 43.595, 159.8483, 15.9848],
  ])(
    'scenario %i, soil %s and small green %s, takes up %d t C/yr, %d t CO2/yr, %d percent',
    (at, soil, small, tC, tCo2, percent) => {
      const row = scenarios.rows[at];
      expect(row).toMatchObject({ soil, small_green: small, sequestration_tC_yr: tC, storage_tC: null });
      expect((row?.sequestration_tC_yr ?? Number.NaN) * CO2_PER_C).toBeCloseTo(tCo2, 4);
      expect(row?.offset_percent).toBeCloseTo(percent, 4);
    },
  );

  it('counts the whole in its headline, and names what the barest leaves out', () => {
    expect(scenarios.rows).toHaveLength(4);
    expect(city.total.sequestration_tC_yr).toBe(43.595);
    expect(city.total).toMatchObject({ vegetation_sequestration_tC_yr: 32.3, soil_sequestration_tC_yr: 11.295 });
    expect(offset?.offset_percent).toBeCloseTo(15.9848, 4);
    expect(scenarios.left_out.sequestration_tC_yr).toBeCloseTo(12.595, 10);
    expect(scenarios.left_out.sequestration_percent).toBeCloseTo((12.595 / 43.595) * 100, 9);
    expect(scenarios.summary).toBe(
      'Without soil and small green spaces, sequestration would be 31 in place of 43.6 t C/yr (28.9 % less).',
    );
  });

  it('has a standard error of 7.2051 t C/yr, its park and small green sharing the error of one coefficient', () => {
    const interval = uncertainty?.city.sequestration_tC_yr;
    expect(interval?.value).toBe(43.595);
    expect(interval?.sd_analytic).toBeCloseTo(7.2051, 4);
    expect(interval?.without_error).toEqual([]);
  });

  it('has 29.5 to 57.7 t C/yr as its 95 % interval, within what 10,000 draws may miss', () => {
    const { mean, sd, p2_5, p97_5 } = uncertainty?.city.sequestration_tC_yr ?? {};
    // A mean of n draws misses by sd / sqrt(n), a deviation by sd / sqrt(2 n), these quantiles by 0.027 sd.
    expect(Math.abs((mean ?? 0) - 43.595)).toBeLessThan(4 * 0.072);
    expect(Math.abs((sd ?? 0) - 7.2051)).toBeLessThan(4 * 0.051);
    expect(Math.abs((p2_5 ?? 0) - (43.595 - 14.122))).toBeLessThan(4 * 0.195);
    expect(Math.abs((p97_5 ?? 0) - (43.595 + 14.122))).toBeLessThan(4 * 0.195);
  });

  it('has an offset that is as uncertain as its uptake', () => {
    const percent = uncertainty?.city.offset_percent;
    expect(percent?.value).toBeCloseTo(15.9848, 4);
    expect(percent?.sd_analytic).toBeCloseTo((7.2051 * CO2_PER_C) / 10, 4);
  });

  it('is less uncertain with less of it: each scenario has the error of what it counts', () => {
    const errors = uncertainty?.scenarios.map((row) => row.sequestration_tC_yr?.sd_analytic ?? Number.NaN);
    const squares = [36 + 1, 36 + 1.325 ** 2, 36 + 1 + 9 + 4 + 0.3 ** 2 + 1, 36 + 1.325 ** 2 + 9 + 4 + 0.3975 ** 2 + 1];
    for (const [at, square] of squares.entries()) expect(errors?.[at], `${at}`).toBeCloseTo(Math.sqrt(square), 9);
    expect(uncertainty?.scenarios.map(({ soil, small_green }) => [soil, small_green])).toEqual(
      scenarios.rows.map(({ soil, small_green }) => [soil, small_green]),
    );
  });

  it('knows what soil and small green add far better than the difference of two totals would be known', () => {
    const found = uncertainty?.left_out.sequestration_tC_yr;
    expect(found?.value).toBe(scenarios.left_out.sequestration_tC_yr);
    // On/on minus off/off: 0.65 ha from built-up (0) to small green (2.00 +- 0.50), and soil of forest 30 ha x 0.10,
    // crop 20 x 0.10, park and small green (2 + 0.65) x 0.15, water 10 x 0.10. The vegetation of forest and park is in both.
    const variance = (0.65 * 0.5) ** 2 + 3 ** 2 + 2 ** 2 + (2.65 * 0.15) ** 2 + 1 ** 2;
    expect(variance).toBeCloseTo(14.26363125, 12);
    expect(found?.sd_analytic).toBeCloseTo(Math.sqrt(variance), 9);
    expect(found?.sd_ratio).toBeGreaterThan(0.97);
    expect(found?.sd_ratio).toBeLessThan(1.03);
    expect(Math.abs((found?.mean ?? 0) - 12.595)).toBeLessThan(4 * 0.038);
    // Independent, the totals 7.2051 and sqrt(37) would leave 9.43 t C/yr.
    const [bare, whole] = [uncertainty?.scenarios[0], uncertainty?.scenarios[3]].map(
      (row) => row?.sequestration_tC_yr?.sd,
    );
    expect(found?.sd).toBeLessThan(0.45 * Math.hypot(bare ?? 0, whole ?? 0));
    // One zone is the whole city.
    expect(uncertainty?.left_out.zones).toEqual([{ zone: 'toy', storage_tC: null, sequestration_tC_yr: found }]);
    expect(uncertainty?.left_out.storage_tC).toBeNull();
  });

  it('knows the step of one factor alone: only its own coefficients vary', () => {
    const { soil, small_green } = uncertainty?.left_out.alone ?? {};
    // Without small green there are 2 ha with soil of parks.
    expect(soil?.sequestration_tC_yr?.value).toBeCloseTo(42.1 - 31, 9);
    expect(soil?.sequestration_tC_yr?.sd_analytic).toBeCloseTo(Math.sqrt(9 + 4 + (2 * 0.15) ** 2 + 1), 9);
    expect(small_green?.sequestration_tC_yr?.value).toBeCloseTo(1.3, 9);
    expect(small_green?.sequestration_tC_yr?.sd_analytic).toBeCloseTo(0.325, 9);
  });

  it('owes most of its variance to forest, and park and small green are one cause', () => {
    const causes = uncertainty?.causes.sequestration ?? [];
    expect(causes.map(({ name }) => name)).toEqual([
      `class ${FOREST} sequestration`,
      `class ${FOREST} soil_sequestration`,
      `class ${CROP} soil_sequestration`,
      `class ${PARK} sequestration`,
      `class ${WATER} soil_sequestration`,
      `class ${PARK} soil_sequestration`,
    ]);
    expect(causes.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
    expect(causes[0]?.share).toBeCloseTo(36 / 7.2051 ** 2, 4);
  });
});

describe('the toy city measured otherwise', () => {
  it('with 0.4 ha for small, the patch of 0.60 ha is a park and stays in all scenarios', () => {
    const greenScore = { minHa: 0.04, smallHa: 0.4, small: SMALL, large: PARK, built: BUILT };
    const { scenarios, city } = toyFigures(TABLE, { greenScore });
    expect(city.classes.filter((row) => row.class >= PARK).map((row) => row.area_ha)).toEqual([2.6, 0.05]);
    expect(scenarios.rows[0]?.sequestration_tC_yr).toBeCloseTo(27 + 2.6 * 2, 10);
    expect(scenarios.rows[3]?.sequestration_tC_yr).toBe(43.595);
  });

  it('with rows of different sources, park and small green have errors of their own', () => {
    const classes = TABLE.classes.map((row) => (row.code === SMALL ? { ...row, source: 'other trees' } : row));
    const interval = toyFigures({ ...TABLE, classes }).uncertainty?.city.sequestration_tC_yr;
    const apart = Math.sqrt(36 + 1 + 0.325 ** 2 + 9 + 4 + 0.3 ** 2 + 0.0975 ** 2 + 1);
    expect(interval?.sd_analytic).toBeCloseTo(apart, 9);
  });

  it('without green asked for, grass is grass, and two scenarios are left', () => {
    const { scenarios, green, city, uncertainty } = toyFigures(TABLE, { green: null, greenScore: null });
    expect(green).toBeNull();
    expect(scenarios.rows.map(({ soil, small_green }) => [soil, small_green])).toEqual([
      [false, null],
      [true, null],
    ]);
    expect(city.classes.find((row) => row.class === GRASS)?.area_ha).toBe(2.68);
    expect(scenarios.summary).toMatch(/^Without soil, /);
    expect(uncertainty?.left_out.alone.small_green).toBeNull();
    expect(uncertainty?.left_out.alone.soil.sequestration_tC_yr).toEqual(uncertainty?.left_out.sequestration_tC_yr);
  });
});
