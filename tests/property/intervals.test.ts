import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { UncertainCoefficient } from '../../src/reducer/interval-coefficients.ts';
import type { Term } from '../../src/reducer/interval-model.ts';
import { differenceTerms, type Interval, Intervals } from '../../src/reducer/intervals.ts';
import { stratifiedAreas } from '../../src/shared/carbon/stratified-areas.ts';

/** Laws of intervals for any table and any figure: what areas may be scaled, split, ordered and added without a trace. */

const CODES = [1, 2, 3, 4];
const COLUMNS = ['above', 'soil', 'sequestration'] as const;
const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });

/** Some errors are zero or not given, some make a stock log-normal. */
const table: fc.Arbitrary<UncertainCoefficient[]> = fc
  .array(
    fc.record({
      mean: number(-5, 200),
      standardError: fc.option(fc.oneof(fc.constant(0), number(0.001, 80)), { freq: 8 }),
    }),
    { minLength: 12, maxLength: 12 },
  )
  .map((rows) =>
    rows.map((row, n) => ({ ...row, code: CODES[n % 4] as number, column: COLUMNS[Math.floor(n / 4)] as 'soil' })),
  );
const figure: fc.Arbitrary<Term[]> = fc.array(
  fc.record({ areaHa: number(0.01, 5000), code: fc.constantFrom(...CODES), column: fc.constantFrom(...COLUMNS) }),
  { minLength: 1, maxLength: 8 },
);
const counts = fc.array(fc.array(fc.nat(60), { minLength: 4, maxLength: 4 }), { minLength: 4, maxLength: 4 });
const matrix = counts.map((rows) => ({
  classes: CODES,
  counts: rows.map((row, i) => row.map((count, j) => (i === j ? count + 2 : count))),
}));
const areaError = fc.option(fc.record({ matrix, centre: fc.constantFrom('mapped' as const, 'adjusted' as const) }));
const options = areaError.map((error) => ({ seed: 'property', draws: 200, areaError: error }));

const RUNS = { numRuns: 60 };

function near(a: number | null, b: number | null, scale: number): boolean {
  return a === b || (a !== null && b !== null && Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(scale)));
}

/** Differences are judged by the size of what was added up, not by that of its sum. */
function expectSame(a: Interval, b: Interval, size: number): void {
  for (const name of ['value', 'mean', 'sd', 'p2_5', 'p97_5', 'sdAnalytic'] as const) {
    expect(near(a[name], b[name], size), `${name}: ${a[name]} and ${b[name]}`).toBe(true);
  }
  expect(a.withoutError).toEqual(b.withoutError);
}

const sizeOf = (terms: readonly Term[]) => 1000 * terms.reduce((sum, { areaHa }) => sum + Math.abs(areaHa), 0);

describe('intervals', () => {
  it('scale with their areas', () => {
    fc.assert(
      fc.property(table, options, figure, number(0.001, 1000), (rows, option, terms, factor) => {
        const intervals = new Intervals(rows, option);
        const one = intervals.interval(terms);
        const scaled = intervals.interval(terms.map((term) => ({ ...term, areaHa: term.areaHa * factor })));
        const times = (value: number | null) => (value === null ? null : value * factor);
        const expected = {
          ...one,
          value: one.value * factor,
          mean: times(one.mean),
          sd: times(one.sd),
          p2_5: times(one.p2_5),
          p97_5: times(one.p97_5),
          sdAnalytic: times(one.sdAnalytic),
        };
        expectSame(scaled, expected, sizeOf(terms) * factor);
      }),
      RUNS,
    );
  });

  it('do not change when areas are split or terms come in another order', () => {
    fc.assert(
      fc.property(table, options, figure, number(0.1, 0.9), (rows, option, terms, share) => {
        const intervals = new Intervals(rows, option);
        const split = terms.flatMap((term) => [
          { ...term, areaHa: term.areaHa * share },
          { ...term, areaHa: term.areaHa * (1 - share) },
        ]);
        expectSame(intervals.interval(split.reverse()), intervals.interval(terms), sizeOf(terms));
      }),
      RUNS,
    );
  });

  it('of a sum: means add up, and the deviation is at most the sum of deviations', () => {
    fc.assert(
      fc.property(table, options, figure, figure, (rows, option, a, b) => {
        const intervals = new Intervals(rows, option);
        const [first, second, both] = [a, b, [...a, ...b]].map((terms) => intervals.interval(terms)) as Three;
        const size = sizeOf([...a, ...b]);
        expect(near(both.value, first.value + second.value, size)).toBe(true);
        if (first.mean === null || second.mean === null || both.mean === null) return;
        expect(near(both.mean, first.mean + second.mean, size)).toBe(true);
        expect(both.sd!).toBeLessThanOrEqual(first.sd! + second.sd! + 1e-9 * size);
        expect(both.sdAnalytic!).toBeLessThanOrEqual(first.sdAnalytic! + second.sdAnalytic! + 1e-9 * size);
      }),
      RUNS,
    );
  });

  it('of what two scenarios have in common cancels in their difference', () => {
    fc.assert(
      fc.property(table, options, figure, figure, (rows, option, common, extra) => {
        const intervals = new Intervals(rows, option);
        const difference = intervals.interval(differenceTerms([...common, ...extra], common));
        const alone = intervals.interval(extra);
        const size = sizeOf([...common, ...extra]);
        expect(near(difference.value, alone.value, size)).toBe(true);
        expect(near(difference.sd ?? 0, alone.sd ?? 0, size)).toBe(true);
      }),
      RUNS,
    );
  });

  it('have causes that add up to the variance, none below zero', () => {
    fc.assert(
      fc.property(table, options, figure, (rows, option, terms) => {
        const intervals = new Intervals(rows, option);
        const causes = intervals.causes(terms);
        const whole = causes.reduce((sum, { variance }) => sum + variance, 0);
        const sd = intervals.interval(terms).sdAnalytic ?? 0;
        expect(Math.abs(Math.sqrt(whole) - sd)).toBeLessThanOrEqual(1e-9 * sd);
        for (const { share } of causes) expect(share).toBeGreaterThanOrEqual(0);
      }),
      RUNS,
    );
  });
});

type Three = [Interval, Interval, Interval];

describe('areas adjusted by a sample', () => {
  it('add up to the area mapped, and have covariances that add up to zero', () => {
    fc.assert(
      fc.property(matrix, fc.array(number(0.01, 1e6), { minLength: 4, maxLength: 4 }), (sample, mapped) => {
        const { classes, covarianceHa2 } = stratifiedAreas(sample, mapped);
        const total = mapped.reduce((a, b) => a + b, 0);
        const adjusted = classes.reduce((sum, one) => sum + one.adjustedHa.value, 0);
        expect(Math.abs(adjusted / total - 1)).toBeLessThan(1e-12);
        for (const row of covarianceHa2) {
          expect(Math.abs(row.reduce((a, b) => a + b, 0))).toBeLessThanOrEqual(1e-12 * total * total);
        }
      }),
    );
  });
});
