import { describe, expect, it } from 'vitest';
import type { UncertainCoefficient } from '../../../src/reducer/interval-coefficients.ts';
import { coefficientDraws } from '../../../src/reducer/interval-coefficients.ts';
import type { Term } from '../../../src/reducer/interval-model.ts';
import { Intervals } from '../../../src/reducer/intervals.ts';
import { generatorOf, normalDraws, type Xoshiro128 } from '../../../src/shared/carbon/random-draws.ts';

/** Cities of known truth. Of 500 intervals of 95 %, 475 should hold it, with a deviation of 5: 1 %. */
const CITIES = 500;
const DRAWS = 1000;
const CODES = [1, 2, 3];
const COLUMNS = ['above', 'soil', 'sequestration'] as const;
const SAMPLES = 120;

interface City {
  readonly truth: number;
  readonly intervals: Intervals;
  readonly terms: readonly Term[];
}

function coverage(cityOf: (n: number) => City, cities = CITIES): number {
  let held = 0;
  for (let n = 0; n < cities; n++) {
    const { truth, intervals, terms } = cityOf(n);
    const { p2_5, p97_5 } = intervals.interval(terms);
    if ((p2_5 as number) <= truth && truth <= (p97_5 as number)) held++;
  }
  return held / cities;
}

function termsOf(areas: readonly number[], columns: readonly (typeof COLUMNS)[number][]): Term[] {
  return CODES.flatMap((code, i) => columns.map((column) => ({ areaHa: areas[i] as number, code, column })));
}

function areasOf(random: Xoshiro128): number[] {
  return CODES.map(() => 10 + 990 * random.uniform());
}

/** Sample units of one map class, by reference class, for true shares. */
function sampled(random: Xoshiro128, shares: readonly number[]): number[] {
  const counts = shares.map(() => 0);
  for (let n = 0; n < SAMPLES; n++) {
    let u = random.uniform();
    let j = 0;
    while (j < shares.length - 1 && u > (shares[j] as number)) u -= shares[j++] as number;
    counts[j] = (counts[j] as number) + 1;
  }
  return counts;
}

describe('an interval of 95 %', () => {
  it('holds the truth in 93 to 97 of 100 cities whose coefficients are measured with an error', () => {
    const held = coverage((n) => {
      const random = generatorOf('truth', `city ${n}`);
      const errors = normalDraws('truth', `errors of city ${n}`, 9);
      const areas = areasOf(random);
      const truths = CODES.map(() => COLUMNS.map(() => 20 + 100 * random.uniform()));
      const coefficients = CODES.flatMap((code, i) =>
        COLUMNS.map((column, c): UncertainCoefficient => {
          const standardError = 4 * random.uniform();
          return { code, column, mean: truths[i]![c]! + standardError * errors[3 * i + c]!, standardError };
        }),
      );
      const truth = areas.reduce((sum, area, i) => sum + area * (truths[i]![0]! + truths[i]![1]!), 0);
      const intervals = new Intervals(coefficients, { seed: `${n}`, draws: DRAWS });
      return { truth, intervals, terms: termsOf(areas, ['above', 'soil']) };
    });
    expect(held).toBeGreaterThanOrEqual(0.93);
    expect(held).toBeLessThanOrEqual(0.97);
  });

  it('does so where stocks are uncertain enough to be log-normal', () => {
    const held = coverage((n) => {
      const random = generatorOf('truth', `log-normal city ${n}`);
      const areas = areasOf(random);
      const coefficients = CODES.map((code): UncertainCoefficient => {
        const mean = 20 + 100 * random.uniform();
        return { code, column: 'soil', mean, standardError: mean * (0.3 + 0.7 * random.uniform()) };
      });
      const truth = coefficients.reduce((sum, coefficient, i) => {
        const [deviation] = coefficientDraws(coefficient, `truth of ${n}`, 1) as Float64Array;
        return sum + areas[i]! * (coefficient.mean + deviation!);
      }, 0);
      return {
        truth,
        intervals: new Intervals(coefficients, { seed: `${n}`, draws: DRAWS }),
        terms: termsOf(areas, ['soil']),
      };
    });
    expect(held).toBeGreaterThanOrEqual(0.93);
    expect(held).toBeLessThanOrEqual(0.97);
  });

  it('does so where areas are adjusted by a sample, and errs where the sample is left out', () => {
    const city = (n: number, adjust: boolean): City => {
      const random = generatorOf('truth', `mapped city ${n}`);
      const errors = normalDraws('truth', `errors of mapped city ${n}`, 3);
      const areas = areasOf(random);
      const shares = CODES.map((_, i) => CODES.map((_, j) => (i === j ? 0.8 : 0.1)));
      const densities = [150, 60, 20];
      const carried = shares.map((row) => row.reduce((sum, share, j) => sum + share * densities[j]!, 0));
      const truth = areas.reduce((sum, area, i) => sum + area * carried[i]!, 0);
      const coefficients = CODES.map((code, j): UncertainCoefficient => {
        return { code, column: 'soil', mean: densities[j]! + 3 * errors[j]!, standardError: 3 };
      });
      const counts = shares.map((row) => sampled(random, row));
      const areaError = adjust ? ({ matrix: { classes: CODES, counts }, centre: 'adjusted' } as const) : null;
      const intervals = new Intervals(coefficients, { seed: `${n}`, draws: DRAWS, areaError });
      return { truth, intervals, terms: termsOf(areas, ['soil']) };
    };
    const held = coverage((n) => city(n, true));
    expect(held).toBeGreaterThanOrEqual(0.93);
    expect(held).toBeLessThanOrEqual(0.97);
    expect(coverage((n) => city(n, false), 100)).toBeLessThan(0.8);
  });
});
