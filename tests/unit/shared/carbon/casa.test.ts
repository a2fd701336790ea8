import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  absorbedRadiation,
  DEFAULT_STRESS_RULES,
  fparFromLimits,
  fparLinear,
  fparOf,
  gramsPerM2ToTonnesPerHa,
  lightUseEfficiency,
  limitsFromNdvi,
  netPrimaryProduction,
  optimumMonth,
  scaledFraction,
  simpleRatio,
  te1,
  te2,
} from '../../../../src/shared/carbon/casa.ts';
import { AVHRR_LIMITS, EPS_MAX, EPS_MAX_DEFAULTS } from '../../../../src/shared/carbon/casa-tables.ts';
import { waterStress } from '../../../../src/shared/carbon/evapotranspiration.ts';

const RULES = DEFAULT_STRESS_RULES;
const LIMITS = limitsFromNdvi(0.023, 0.747);
const ndvis = fc.double({ min: -1, max: 1, noNaN: true });
const degrees = fc.double({ min: -40, max: 45, noNaN: true });

/** The vectors are printed to five or six digits and hold to 1e-4 relative. */
function expectVector(actual: number, expected: number): void {
  expect(Math.abs(actual / expected - 1)).toBeLessThan(1e-4);
}

describe('the fraction of light absorbed', () => {
  it.each([
    [0.3, 0.36408, 0.13223, 0.24816],
    [0.5, 0.62624, 0.31737, 0.4718],
    [0.6, 0.75732, 0.47937, 0.61834],
    [0.7, 0.88839, 0.74937, 0.81888],
  ])('at NDVI %f has the published terms', (ndvi, byNdvi, byRatio, both) => {
    expectVector(scaledFraction(ndvi, LIMITS.ndviMin, LIMITS.ndviMax), byNdvi);
    expectVector(scaledFraction(simpleRatio(ndvi), LIMITS.srMin, LIMITS.srMax), byRatio);
    expectVector(fparFromLimits(ndvi, LIMITS, 0.5), both);
  });

  it('is cut at 0.001 and 0.95, at NDVI 1 and -1 too', () => {
    expect([-1, 0].map((ndvi) => fparFromLimits(ndvi, LIMITS, 0.5))).toEqual([0.001, 0.001]);
    expect([0.8, 1].map((ndvi) => fparFromLimits(ndvi, LIMITS, 0.5))).toEqual([0.95, 0.95]);
  });

  it('never falls as NDVI rises, in either form, and stays between 0 and 0.95', () => {
    const rules = [{ form: 'limits', limits: LIMITS, ndviWeight: 0.5 } as const, { form: 'linear' } as const];
    fc.assert(
      fc.property(ndvis, ndvis, fc.constantFrom(...rules), (a, b, rule) => {
        const [low, high] = [fparOf(rule, Math.min(a, b)), fparOf(rule, Math.max(a, b))];
        return low <= high && low >= 0 && high <= 0.95;
      }),
    );
  });

  it('by the linear form is nothing up to 0.075, then 1.16 NDVI - 0.0439, at most 0.9', () => {
    expect([0.075, 0.5, 0.9].map(fparLinear)).toEqual([0, 1.16 * 0.5 - 0.0439, 0.9]);
  });

  it('of missing NDVI is missing', () => {
    expect(fparFromLimits(Number.NaN, LIMITS, 0.5)).toBeNaN();
    expect(fparLinear(Number.NaN)).toBeNaN();
  });

  it('needs limits in order and below 1', () => {
    expect(() => limitsFromNdvi(0.7, 0.1)).toThrow('expected -1 < min < max < 1');
    expect(() => limitsFromNdvi(0.1, 1)).toThrow(RangeError);
    expect(() => limitsFromNdvi(Number.NaN, 0.5)).toThrow(RangeError);
  });
});

describe('temperature stress', () => {
  it('by the optimum has the published values', () => {
    expectVector(te1(25, 28.5, RULES), 0.963875);
    expectVector(te1(25, 20, RULES), 1);
  });

  it('stops growth at -10 and below, unless told not to', () => {
    expect(te1(-10, 20, RULES)).toBe(0);
    expect(te1(-9.99, 20, RULES)).toBeCloseTo(1, 12);
    expect(te1(-10, 20, { ...RULES, coldStop: false })).toBeCloseTo(1, 12);
  });

  it.each([
    [28.5, 0.993405],
    [25, 0.914496],
    [20, 0.677506],
    [15.5, 0.419121],
    [15, 0.496703],
    [5, 0.496703],
    [38.6, 0.496703],
  ])('away from an optimum of 28.5 at %f has the published value', (t, expected) => {
    expectVector(te2(t, 28.5, RULES), expected);
  });

  it('is C9 as printed, by two exponentials, within 13 below and 10 above the optimum', () => {
    fc.assert(
      fc.property(degrees, fc.double({ min: -13, max: 10, noNaN: true }), (optimum, apart) => {
        const t = optimum + apart;
        const printed = 1.184 / (1 + Math.exp(0.2 * (optimum - 10 - t))) / (1 + Math.exp(0.3 * (-optimum - 10 + t)));
        const ours = te2(t, optimum, { ...RULES, halveOutside: false });
        return Math.abs(ours / printed - 1) < 1e-12;
      }),
    );
  });

  it('jumps up below 13 degrees under the optimum, and without the rule falls on', () => {
    const smooth = { ...RULES, halveOutside: false };
    expect(te2(15.4999, 28.5, RULES) - te2(15.5, 28.5, RULES)).toBeGreaterThan(0.07);
    expect(te2(15.4999, 28.5, smooth)).toBeLessThan(te2(15.5, 28.5, smooth));
    expect(te2(38.5001, 28.5, RULES)).toBeLessThan(te2(38.5, 28.5, RULES));
  });

  it('lies between 0 and 1', () => {
    fc.assert(
      fc.property(degrees, degrees, fc.boolean(), (t, optimum, halveOutside) => {
        const rules = { coldStop: true, halveOutside };
        const [one, two] = [te1(t, optimum, rules), te2(t, optimum, rules)];
        return one >= 0 && one <= 1 && two >= 0 && two < 1;
      }),
    );
  });

  it('is missing where the temperature is', () => {
    expect(te2(Number.NaN, 20, RULES)).toBeNaN();
  });
});

describe('production of a month', () => {
  it('has the published value, with all that leads to it', () => {
    const fpar = fparFromLimits(0.6, LIMITS, 0.5);
    const absorbed = absorbedRadiation(550, fpar);
    const stresses = { te1: te1(25, 28.5, RULES), te2: te2(25, 28.5, RULES), we: waterStress(0.8) };
    const efficiency = lightUseEfficiency(0.692, stresses);
    expectVector(fpar, 0.618343);
    expectVector(absorbed, 170.04437);
    expectVector(efficiency, 0.548973);
    expectVector(netPrimaryProduction(absorbed, efficiency), 93.34979);
  });

  it('is a hundredth of it in t/ha', () => {
    expect(gramsPerM2ToTonnesPerHa(638)).toBeCloseTo(6.38, 12);
  });
});

describe('the month of the optimum', () => {
  it('is that of greatest NDVI, of equals the first, and never one without NDVI', () => {
    expect(optimumMonth([0.1, 0.8, 0.8, 0.2])).toBe(1);
    expect(optimumMonth([Number.NaN, 0.1, Number.NaN, 0.2])).toBe(3);
  });
});

describe('tables of vegetation', () => {
  it('have a factor of 1.0 to 2.7 between their columns', () => {
    for (const { zhu, running } of EPS_MAX) {
      if (zhu === null || running === null) continue;
      const factor = Math.max(zhu, running) / Math.min(zhu, running);
      expect(factor).toBeGreaterThan(1);
      expect(factor).toBeLessThan(2.7);
    }
  });

  it('give evergreen broadleaf more than deciduous, which one text prints the other way round', () => {
    const zhu = (name: string) => EPS_MAX.find(({ vegetation }) => vegetation === name)?.zhu;
    expect([zhu('evergreen broadleaf'), zhu('deciduous broadleaf')]).toEqual([0.985, 0.692]);
  });

  it('carry that spread into the standard error of their defaults', () => {
    expect(EPS_MAX_DEFAULTS.shrub).toMatchObject({ value: 0.429, se: (0.768 - 0.429) / Math.SQRT2 });
    expect(EPS_MAX_DEFAULTS.forest.value).toBeCloseTo(0.5276, 4);
    expect(EPS_MAX_DEFAULTS.forest.se).toBeCloseTo((1.0225 - 0.5276) / Math.SQRT2, 3);
    const three = [0.859, 1.257, 1.667];
    const mean = three.reduce((a, b) => a + b) / 3;
    const deviation = Math.sqrt(three.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 2);
    expect(EPS_MAX_DEFAULTS.wetland.se).toBeCloseTo(deviation, 3);
  });

  it('print simple ratios that follow from their NDVI', () => {
    for (const { ndviMin, ndviMax, srMin, srMax } of Object.values(AVHRR_LIMITS)) {
      expect(Math.abs(simpleRatio(ndviMax) - srMax)).toBeLessThan(0.02);
      expect(Math.abs(simpleRatio(ndviMin) - srMin)).toBeLessThan(0.01);
    }
  });
});
