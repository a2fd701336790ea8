import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  countNdvi,
  limitsFromHistogram,
  mergeNdvi,
  NDVI_BINS,
  ndviQuantile,
} from '../../../../src/shared/carbon/ndvi-limits.ts';

const MISSING = -1;

function histogramOf(values: readonly number[], codes: readonly number[] = values.map(() => 10)) {
  const histograms = new Map<number, Float64Array>();
  countNdvi(Float64Array.from(values), { codes: Int32Array.from(codes), missing: MISSING }, histograms);
  return histograms;
}

const ndvis = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 200 });

describe('limits of NDVI from the imagery', () => {
  it('are within a bin of the sorted values', () => {
    fc.assert(
      fc.property(ndvis, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (values, share) => {
        const sorted = [...values].sort((a, b) => a - b);
        const exact = sorted[Math.max(0, Math.ceil(share * values.length) - 1)] as number;
        const found = ndviQuantile(histogramOf(values).get(10) as Float64Array, share) as number;
        return Math.abs(found - exact) <= 2 / NDVI_BINS + 1e-12;
      }),
    );
  });

  it('do not depend on how cells are cut into tiles', () => {
    fc.assert(
      fc.property(ndvis, fc.nat(200), (values, cut) => {
        const codes = values.map((_, cell) => [10, 30, MISSING][cell % 3] as number);
        const whole = histogramOf(values, codes);
        const [a, b] = [
          histogramOf(values.slice(0, cut), codes.slice(0, cut)),
          histogramOf(values.slice(cut), codes.slice(cut)),
        ];
        expect(mergeNdvi(a, b)).toEqual(whole);
        expect(mergeNdvi(b, a)).toEqual(whole);
      }),
    );
  });

  it('leave out cells without class or value, and keep classes apart', () => {
    const histograms = histogramOf([0.5, Number.NaN, 0.7, 0.2, 0.6], [10, 10, MISSING, 30, 10]);
    const counts = [...histograms].map(([code, bins]) => [code, bins.reduce((a, b) => a + b)]);
    expect(counts).toEqual([
      [10, 2],
      [30, 1],
    ]);
  });

  it('are those of FPAR, with the simple ratios that follow', () => {
    const even = Array.from({ length: 1000 }, (_, n) => n / 1000 + 0.0005);
    const limits = limitsFromHistogram(histogramOf(even.map((value) => value * 0.9)).get(10) as Float64Array);
    expect(limits?.ndviMin).toBeCloseTo(0.045, 3);
    expect(limits?.ndviMax).toBeCloseTo(0.855, 3);
    expect(limits?.srMax).toBeCloseTo(1.855 / 0.145, 1);
  });

  it('are not known of no cells, nor of cells that are all alike', () => {
    expect(limitsFromHistogram(new Float64Array(NDVI_BINS))).toBeNull();
    expect(limitsFromHistogram(histogramOf([0.5, 0.5, 0.5]).get(10) as Float64Array)).toBeNull();
  });

  it('refuse NDVI in another scale', () => {
    expect(() => histogramOf([7400])).toThrow('an NDVI of 7400');
    expect(() => histogramOf([-3000])).toThrow('expected within -1 and 1');
  });
});
