import { describe, expect, it } from 'vitest';
import type { AreaError } from '../../../src/reducer/interval-areas.ts';
import type { UncertainCoefficient } from '../../../src/reducer/interval-coefficients.ts';
import { distributionOf, uncertainCoefficients } from '../../../src/reducer/interval-coefficients.ts';
import type { Term } from '../../../src/reducer/interval-model.ts';
import { differenceTerms, Intervals, scaledInterval } from '../../../src/reducer/intervals.ts';
import type { Coefficient } from '../../../src/shared/carbon/factors.ts';
import { CitysinkError } from '../../../src/shared/errors.ts';

const SEED = 'sha256 of the inputs';
const [FOREST, CROP, GREEN, WATER, BUILT] = [10, 40, 11, 80, 50];

function coefficient(
  code: number,
  column: Coefficient,
  mean: number,
  standardError: number | null,
): UncertainCoefficient {
  return { code, column, mean, standardError };
}

/** The toy city: rates in t C/ha/yr with standard errors; large and small green share theirs. */
const RATES = [
  coefficient(FOREST, 'sequestration', 0.9, 0.2),
  coefficient(GREEN, 'sequestration', 2, 0.5),
  coefficient(BUILT, 'sequestration', 0, 0),
  coefficient(FOREST, 'soil_sequestration', 0.2, 0.1),
  coefficient(CROP, 'soil_sequestration', 0.1, 0.1),
  coefficient(GREEN, 'soil_sequestration', 0.3, 0.15),
  coefficient(WATER, 'soil_sequestration', 0.25, 0.1),
  coefficient(BUILT, 'soil_sequestration', 0, 0),
];

function term(areaHa: number, code: number, column: Term['column']): Term {
  return { areaHa, code, column };
}

/** Small green that is not counted is built-up. The third small patch, 0.03 ha, is below the smallest that counts. */
function toy(soil: boolean, small: boolean): Term[] {
  const smallClass = small ? GREEN : BUILT;
  const vegetation = [term(30, FOREST, 'sequestration'), term(2, GREEN, 'sequestration')];
  const patches = [0.05, 0.6].map((ha) => term(ha, smallClass, 'sequestration'));
  if (!soil) return [...vegetation, ...patches];
  return [
    ...vegetation,
    ...patches,
    term(30, FOREST, 'soil_sequestration'),
    term(20, CROP, 'soil_sequestration'),
    term(10, WATER, 'soil_sequestration'),
    term(2, GREEN, 'soil_sequestration'),
    ...[0.05, 0.6].map((ha) => term(ha, smallClass, 'soil_sequestration')),
  ];
}

const TOY_SD = Math.sqrt(6 ** 2 + 1.325 ** 2 + 3 ** 2 + 2 ** 2 + 0.3975 ** 2 + 1 ** 2);

describe('the toy city', () => {
  const intervals = new Intervals(RATES, { seed: SEED });
  const all = intervals.interval(toy(true, true));

  it.each([
    [false, false, 31, 113.6667],
    [false, true, 32.3, 118.4333],
    [true, false, 42.1, 154.3667],
    [true, true, 43.595, 159.8483],
  ])('with soil %s and small green %s takes up %s t C/yr', (soil, small, tC, tCo2) => {
    const interval = intervals.interval(toy(soil, small));
    expect(interval.value).toBeCloseTo(tC, 10);
    expect(scaledInterval(interval, 44 / 12).value).toBeCloseTo(tCo2, 4);
  });

  it('has a standard error of 7.2051 t C/yr, and 14.122 or 32.39 % as half of the 95 % interval', () => {
    expect(all.sdAnalytic).toBeCloseTo(7.2051, 4);
    expect(all.sdAnalytic).toBeCloseTo(TOY_SD, 12);
    expect(1.96 * all.sdAnalytic!).toBeCloseTo(14.122, 3);
    expect((196 * all.sdAnalytic!) / all.value).toBeCloseTo(32.39, 2);
  });

  it('has the same in Monte Carlo, within the error of 10,000 draws', () => {
    expect(Math.abs(all.mean! - all.value)).toBeLessThan((4 * TOY_SD) / Math.sqrt(10_000));
    expect(Math.abs(all.ratio! - 1)).toBeLessThan(4 / Math.sqrt(20_000));
    // Deviation of a 2.5 % quantile: sqrt(p (1 - p) / n) / density = 0.027 standard deviations.
    expect(Math.abs(all.p2_5! - (all.value - 1.96 * TOY_SD))).toBeLessThan(4 * 0.027 * TOY_SD);
    expect(Math.abs(all.p97_5! - (all.value + 1.96 * TOY_SD))).toBeLessThan(4 * 0.027 * TOY_SD);
    expect(all.withoutError).toEqual([]);
  });

  it('is no surer for being given cell by cell: cells share the draw of their coefficient', () => {
    const cellHa = 0.01;
    const cells = toy(true, true).flatMap(({ areaHa, code, column }) =>
      Array.from({ length: Math.round(areaHa / cellHa) }, () => term(cellHa, code, column)),
    );
    expect(cells.length).toBeGreaterThan(9000);
    const byCell = intervals.interval(cells);
    expect(byCell.sdAnalytic).toBeCloseTo(TOY_SD, 8);
    expect(byCell.sd).toBeCloseTo(all.sd!, 8);
    // What draws by cell would give: the errors of thousands of cells cancel. No tolerance here may let that pass.
    const errors = new Map(RATES.map((one) => [`${one.code} ${one.column}`, one.standardError ?? 0]));
    const independent = cells.reduce(
      (sum, { code, column }) => sum + (cellHa * errors.get(`${code} ${column}`)!) ** 2,
      0,
    );
    expect(Math.sqrt(independent)).toBeCloseTo(0.159, 3);
    expect(byCell.sd! / Math.sqrt(independent)).toBeGreaterThan(40);
  });

  it('owes its variance to six coefficients, most to those of forest', () => {
    const causes = intervals.causes(toy(true, true));
    expect(causes.map(({ name, variance }) => [name, Number(variance.toPrecision(8))])).toEqual([
      ['class 10 sequestration', 36],
      ['class 10 soil_sequestration', 9],
      ['class 11 sequestration', 1.755625],
      ['class 11 soil_sequestration', 0.15800625],
      ['class 40 soil_sequestration', 4],
      ['class 80 soil_sequestration', 1],
    ]);
    expect(causes.reduce((sum, { share }) => sum + share!, 0)).toBeCloseTo(1, 12);
  });

  it('knows the effect of small green better than the two totals that it is the difference of', () => {
    const difference = intervals.interval(differenceTerms(toy(true, true), toy(true, false)));
    expect(difference.value).toBeCloseTo(1.495, 10);
    expect(difference.sdAnalytic).toBeCloseTo(Math.hypot(0.65 * 0.5, 0.65 * 0.15), 10);
    const other = intervals.interval(toy(true, false));
    expect(difference.sd).toBeLessThan(0.05 * Math.hypot(all.sd!, other.sd!));
    expect(Math.abs(difference.ratio! - 1)).toBeLessThan(4 / Math.sqrt(20_000));
  });
});

describe('draws', () => {
  it('are the same bits for the same seed, whatever else is asked for and in whatever order the table is', () => {
    const a = new Intervals(RATES, { seed: SEED });
    const b = new Intervals([...RATES].reverse(), { seed: SEED });
    for (const [soil, small] of [[true, false], [false, true]] as const) b.interval(toy(soil, small)); // biome-ignore format: pairs
    expect(b.interval(toy(true, true).reverse())).toEqual(a.interval(toy(true, true)));
    expect(new Intervals(RATES, { seed: 'another' }).interval(toy(true, true)).sd).not.toBe(
      a.interval(toy(true, true)).sd,
    );
  });

  it('mirror under a change of sign', () => {
    const intervals = new Intervals(RATES, { seed: SEED });
    const plus = intervals.interval(toy(true, true));
    const minus = intervals.interval(differenceTerms([], toy(true, true)));
    expect([minus.p2_5, minus.p97_5, minus.sd]).toEqual([-plus.p97_5!, -plus.p2_5!, plus.sd]);
    expect(scaledInterval(plus, -1)).toMatchObject({ p2_5: minus.p2_5, p97_5: minus.p97_5, sd: minus.sd });
  });
});

describe('distributions', () => {
  it('are normal below an error of 0.3 of the mean, log-normal from there for stocks, normal for rates', () => {
    expect(distributionOf(coefficient(1, 'soil', 100, 29.9))).toBe('normal');
    expect(distributionOf(coefficient(1, 'soil', 100, 30))).toBe('log-normal');
    expect(distributionOf(coefficient(1, 'sequestration', 1, 5))).toBe('normal');
    expect(distributionOf(coefficient(1, 'soil', 0, 5))).toBe('normal');
    expect(distributionOf(coefficient(1, 'soil', -1, 5))).toBe('normal');
    expect(distributionOf(coefficient(1, 'soil', 5e-324, 5))).toBe('normal');
    expect(distributionOf(coefficient(1, 'soil', 100, 0))).toBe('exact');
    expect(distributionOf(coefficient(1, 'soil', 100, null))).toBe('exact');
  });

  it('of a stock have the mean and deviation of the table and no draw below zero', () => {
    const intervals = new Intervals([coefficient(1, 'soil', 100, 60)], { seed: SEED, draws: 100_000 });
    const { mean, sd, p2_5, p97_5 } = intervals.interval([term(1, 1, 'soil')]);
    expect(Math.abs(mean! - 100)).toBeLessThan((4 * 60) / Math.sqrt(100_000));
    expect(Math.abs(sd! / 60 - 1)).toBeLessThan(0.02);
    // Quantiles of the log-normal distribution in closed form.
    const sigma = Math.sqrt(Math.log(1.36));
    expect(Math.abs(p2_5! / (100 * Math.exp(-1.96 * sigma - sigma ** 2 / 2)) - 1)).toBeLessThan(0.02);
    expect(Math.abs(p97_5! / (100 * Math.exp(1.96 * sigma - sigma ** 2 / 2)) - 1)).toBeLessThan(0.02);
  });

  it('of a rate of mean zero spread to both sides', () => {
    const intervals = new Intervals([coefficient(1, 'sequestration', 0, 2)], { seed: SEED });
    const interval = intervals.interval([term(3, 1, 'sequestration')]);
    expect(interval).toMatchObject({ value: 0, sdAnalytic: 6 });
    expect(interval.p2_5).toBeLessThan(-11);
    expect(interval.p97_5).toBeGreaterThan(11);
  });
});

describe('coefficients without an error', () => {
  const table = [
    coefficient(1, 'soil', 100, 10),
    coefficient(2, 'soil', 50, null),
    coefficient(2, 'above', 5, null),
    coefficient(3, 'soil', 40, 0),
  ];
  const intervals = new Intervals(table, { seed: SEED });

  it('are named where a figure hangs on them: its interval is a lower bound', () => {
    const mixed = intervals.interval([term(2, 1, 'soil'), term(3, 2, 'soil'), term(3, 2, 'above')]);
    expect(mixed).toMatchObject({ value: 365, sdAnalytic: 20, withoutError: ['class 2 above', 'class 2 soil'] });
    expect(intervals.interval([term(2, 1, 'soil'), term(0, 2, 'soil')]).withoutError).toEqual([]);
  });

  it('alone give no interval, where an error of zero gives one without width', () => {
    expect(intervals.interval([term(3, 2, 'soil')])).toEqual({
      value: 150,
      mean: null,
      sd: null,
      p2_5: null,
      p97_5: null,
      sdAnalytic: null,
      ratio: null,
      withoutError: ['class 2 soil'],
    });
    expect(intervals.interval([term(3, 3, 'soil')])).toMatchObject({ value: 120, sd: 0, p2_5: 120, p97_5: 120 });
    expect(intervals.interval([])).toMatchObject({ value: 0, sd: 0, p2_5: 0, p97_5: 0, ratio: null });
    expect(intervals.causes([term(3, 3, 'soil')])).toEqual([]);
  });

  it('come from the table as they are: a column that it has not is no coefficient', () => {
    const row = {
      name: 'a',
      nameZh: null,
      green: null,
      built: null,
      impervious: null,
      epsMax: null,
      epsMaxSe: null,
      crop: null,
      source: null,
    };
    const found = uncertainCoefficients({
      coefficients: ['above', 'soil'],
      classes: [{ ...row, code: 7, values: { above: 1, soil: 2 }, standardErrors: { soil: 0.5 } }],
    });
    expect(found).toEqual([coefficient(7, 'above', 1, null), coefficient(7, 'soil', 2, 0.5)]);
  });
});

describe('errors of areas', () => {
  const stocks = [
    coefficient(1, 'above', 60, 6),
    coefficient(1, 'soil', 100, 15),
    coefficient(2, 'above', 4, 1),
    coefficient(2, 'soil', 50, 5),
  ];
  const areaError: AreaError = {
    matrix: { classes: [1, 2], counts: [[45, 5], [8, 92]] }, // biome-ignore format: a matrix
    centre: 'adjusted',
  };
  const city = (forest: number, other: number) => [
    term(forest, 1, 'above'),
    term(forest, 1, 'soil'),
    term(other, 2, 'above'),
    term(other, 2, 'soil'),
  ];

  it('move the figure to adjusted areas, or only widen its interval about the mapped ones', () => {
    const adjusted = new Intervals(stocks, { seed: SEED, areaError });
    const mapped = new Intervals(stocks, { seed: SEED, areaError: { ...areaError, centre: 'mapped' } });
    const none = new Intervals(stocks, { seed: SEED });
    const forest = 300 * 0.9 + 700 * 0.08;
    expect(adjusted.interval(city(300, 700)).value).toBeCloseTo(forest * 160 + (1000 - forest) * 54, 8);
    expect(mapped.interval(city(300, 700)).value).toBeCloseTo(300 * 160 + 700 * 54, 8);
    expect(mapped.interval(city(300, 700)).sdAnalytic).toBeGreaterThan(none.interval(city(300, 700)).sdAnalytic!);
  });

  it('count by the difference that a wrong class makes: var = sum of area^2 p (1 - p) / (n - 1) x difference^2', () => {
    const exact = stocks.map((one) => ({ ...one, standardError: 0 }));
    const intervals = new Intervals(exact, { seed: SEED, areaError });
    const first = (300 * (160 - 54)) ** 2 * ((0.9 * 0.1) / 49);
    const second = (700 * (160 - 54)) ** 2 * ((0.08 * 0.92) / 99);
    const interval = intervals.interval(city(300, 700));
    expect(interval.sdAnalytic).toBeCloseTo(Math.sqrt(first + second), 6);
    expect(Math.abs(interval.ratio! - 1)).toBeLessThan(4 / Math.sqrt(20_000));
    expect(intervals.causes(city(300, 700)).map(({ name }) => name)).toEqual(['area of class 1', 'area of class 2']);
  });

  it('add up with those of coefficients to the whole variance of the draws, within 1 %', () => {
    const intervals = new Intervals(stocks, { seed: SEED, areaError, draws: 200_000 });
    const causes = intervals.causes(city(300, 700));
    const whole = causes.reduce((sum, { variance }) => sum + variance, 0);
    const interval = intervals.interval(city(300, 700));
    expect(whole / interval.sdAnalytic! ** 2).toBeCloseTo(1, 12);
    expect(Math.abs(whole / interval.sd! ** 2 - 1)).toBeLessThan(0.01);
    expect(causes.map(({ kind }) => kind)).toEqual([...new Array(4).fill('coefficient'), 'area', 'area', 'both']);
  });

  it('cancel in scenarios that differ in other classes only', () => {
    const intervals = new Intervals(stocks, { seed: SEED, areaError });
    const same = intervals.interval(differenceTerms(city(300, 700), city(300, 700)));
    expect(same).toMatchObject({ value: 0, sd: 0 });
  });
});

describe('what cannot be used', () => {
  const codeOf = (make: () => unknown): string => {
    try {
      make();
    } catch (error) {
      if (error instanceof CitysinkError) return `${error.code}: ${error.message}`;
    }
    return 'none';
  };
  const matrix = { classes: [1, 99], counts: [[9, 1], [1, 9]] }; // biome-ignore format: a matrix
  const one = coefficient(1, 'soil', 100, 10);

  it('is refused with a name', () => {
    expect(codeOf(() => new Intervals([{ ...one, standardError: -1 }], { seed: SEED }))).toMatch(
      /REQUEST_INVALID: class 1 soil/,
    );
    expect(codeOf(() => new Intervals([one, one], { seed: SEED }))).toMatch(/class 1 soil has two values/);
    expect(codeOf(() => new Intervals([one], { seed: SEED, draws: 5 }))).toMatch(/CONFIG_INVALID: draws/);
    expect(codeOf(() => new Intervals([one], { seed: SEED, areaError: { matrix, centre: 'mapped' } }))).toMatch(
      /confusion matrix, class 99: the factor table has no soil/,
    );
    expect(codeOf(() => new Intervals([one], { seed: SEED }).interval([term(1, 2, 'soil')]))).toMatch(/class 2 soil/);
    expect(codeOf(() => new Intervals([one], { seed: SEED }).interval([term(Number.NaN, 1, 'soil')]))).toMatch(/NaN/);
  });
});
