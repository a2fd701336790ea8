import { describe, expect, it } from 'vitest';
import { sizeKey, thresholdKey } from '../../../../src/shared/carbon/patch-size.ts';

describe('size keys of patches', () => {
  it('are whole m2 below 10 ha and three digits from there on, rounded down', () => {
    expect([0.4, 399.99, 400, 99_999.9].map(sizeKey)).toEqual([0, 399, 400, 99_999]);
    expect([100_000, 100_999, 123_456, 999_999, 1_234_567, 98_765_432].map(sizeKey)).toEqual([
      100_000, 100_000, 123_000, 999_000, 1_230_000, 98_700_000,
    ]);
  });

  it('rise with the area, and do not fall below a size that cells add up to but for rounding', () => {
    let last = -1;
    for (let m2 = 1; m2 < 1e10; m2 *= 1.0007) {
      expect(sizeKey(m2)).toBeGreaterThanOrEqual(last);
      last = sizeKey(m2);
    }
    for (const side of [0.1, 0.2, 0.4, 0.8]) {
      const cellM2 = side * side;
      const cells = Math.round(400 / cellM2);
      expect(sizeKey(cells * cellM2)).toBe(400);
      expect(sizeKey((cells - 1) * cellM2)).toBe(399);
    }
  });

  it('compare with thresholds as areas do, for every threshold that is a key', () => {
    for (const ha of [0.04, 0.07, 0.1, 0.29, 0.4, 0.57, 1, 9.9999, 10, 12.3, 100]) {
      const m2 = Math.round(ha * 10_000);
      expect(thresholdKey(ha)).toBe(m2);
      expect([sizeKey(m2) >= thresholdKey(ha), sizeKey(m2 - 0.01) >= thresholdKey(ha)]).toEqual([true, false]);
    }
  });

  it('take the next key for a threshold between keys', () => {
    expect(thresholdKey(0.00005)).toBe(1);
    expect(thresholdKey(12.34)).toBe(124_000);
    expect(thresholdKey(99.95)).toBe(1_000_000);
    expect(thresholdKey(0)).toBe(0);
  });
});
