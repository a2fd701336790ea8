import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rankCorrelation } from '../../../src/reducer/rank-correlation.ts';

describe("Spearman's rank correlation", () => {
  it('is -29/165 for ten pairs without ties: 1 - 6 x 194 / 990', () => {
    const a = [106, 100, 86, 101, 99, 103, 97, 113, 112, 110];
    const b = [7, 27, 2, 50, 28, 29, 20, 12, 6, 17];
    expect(rankCorrelation(a, b)).toBeCloseTo(-29 / 165, 12);
  });

  it('gives equal values the mean of their ranks', () => {
    // Ranks 1, 2.5, 2.5, 4 and 1, 3, 2, 4: 4.5 / sqrt(4.5 x 5).
    expect(rankCorrelation([1, 2, 2, 3], [1, 3, 2, 4])).toBeCloseTo(4.5 / Math.sqrt(22.5), 12);
    // Ranks 1.5, 1.5, 3.5, 3.5 and 1, 2.5, 2.5, 4: 3 / sqrt(4 x 4.5).
    expect(rankCorrelation([5, 5, 9, 9], [-1, 0, 0, 7])).toBeCloseTo(3 / Math.sqrt(18), 12);
    // Ranks 2, 2, 2, 4 and 4, 2, 2, 2: (-0.75 + 0.25 + 0.25 - 0.75) / 3.
    expect(rankCorrelation([1, 1, 1, 2], [2, 1, 1, 1])).toBeCloseTo(-1 / 3, 12);
  });

  it('is 1 for the same order and -1 for the reverse, however far values lie apart', () => {
    expect(rankCorrelation([1, 2, 3], [10, 1000, 1e9])).toBe(1);
    expect(rankCorrelation([1, 2, 3], [0.3, 0.2, -5])).toBe(-1);
  });

  it('is none for fewer than three pairs, for lists that are not pairs, and where a side is all equal', () => {
    expect(rankCorrelation([1, 2], [1, 2])).toBeNull();
    expect(rankCorrelation([], [])).toBeNull();
    expect(rankCorrelation([1, 2, 3], [1, 2])).toBeNull();
    expect(rankCorrelation(null, [1, 2, 3])).toBeNull();
    expect(rankCorrelation([1, 2, 3], null)).toBeNull();
    expect(rankCorrelation([4, 4, 4], [1, 2, 3])).toBeNull();
    expect(rankCorrelation([1, 2, 3], [4, 4, 4])).toBeNull();
  });

  it('does not hang on the order of pairs or on which side is which, and rises with no scale', () => {
    const pairs = fc.array(fc.tuple(fc.integer({ min: -4, max: 4 }), fc.integer({ min: -4, max: 4 })), {
      minLength: 3,
      maxLength: 12,
    });
    fc.assert(
      fc.property(pairs, (list) => {
        const [a, b] = [list.map(([x]) => x), list.map(([, y]) => y)];
        const found = rankCorrelation(a, b);
        expect(rankCorrelation(b, a)).toBe(found);
        expect(rankCorrelation([...a].reverse(), [...b].reverse())).toBe(found);
        expect(
          rankCorrelation(
            a.map((x) => x ** 3 + 100),
            b,
          ),
        ).toBe(found);
        if (found !== null) expect(Math.abs(found)).toBeLessThanOrEqual(1);
      }),
    );
  });
});
