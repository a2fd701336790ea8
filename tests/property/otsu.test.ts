import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearestThreshold, otsuThreshold } from '../../src/reducer/otsu.ts';
import { NDVI_BINS, ndviBin } from '../../src/shared/contracts/counted-names.ts';

/** Variance within the two sides of a split, bins up to `last` below it: what Otsu's threshold makes least. */
function withinSides(bins: readonly number[], last: number): number {
  const sides = [bins.slice(0, last + 1), bins.slice(last + 1)];
  return sides.reduce((sum, side) => {
    const cells = side.reduce((total, count) => total + count, 0);
    const mean = side.reduce((total, count, bin) => total + count * bin, 0) / cells;
    return sum + side.reduce((total, count, bin) => total + count * (bin - mean) ** 2, 0);
  }, 0);
}

/** The first of the best splits over all that have cells on both sides. */
function bruteForce(bins: readonly number[]): { last: number; within: number } | null {
  let best: { last: number; within: number } | null = null;
  for (let last = 0; last < bins.length - 1; last++) {
    const below = bins.slice(0, last + 1).some((count) => count > 0);
    const above = bins.slice(last + 1).some((count) => count > 0);
    if (!below || !above) continue;
    const within = withinSides(bins, last);
    if (best === null || within < best.within) best = { last, within };
  }
  return best;
}

function histogram(counts: Readonly<Record<number, number>>): number[] {
  return Array.from({ length: NDVI_BINS }, (_, bin) => counts[bin] ?? 0);
}

describe("Otsu's threshold", () => {
  it('splits any histogram as well as the best of all splits', () => {
    const few = fc.array(fc.tuple(fc.nat(NDVI_BINS - 1), fc.nat(40)), { minLength: 1, maxLength: 12 });
    const many = fc.array(fc.nat(1000), { minLength: NDVI_BINS, maxLength: NDVI_BINS });
    const bins = fc.oneof(
      few.map((pairs) => histogram(Object.fromEntries(pairs))),
      many,
    );
    fc.assert(
      fc.property(bins, (counts) => {
        const best = bruteForce(counts);
        const found = otsuThreshold(counts);
        expect(found === null).toBe(best === null);
        if (found === null || best === null) return;
        const last = Math.round((found + 1) * (NDVI_BINS / 2)) - 1;
        // Two splits may be equally good but for the last digits.
        expect(withinSides(counts, last)).toBeLessThanOrEqual(best.within + 1e-9 * (1 + best.within));
      }),
      { numRuns: 300 },
    );
  });

  it('lies at the upper edge of the lower side, so that the upper side is what reaches it', () => {
    const found = otsuThreshold(histogram({ [ndviBin(0.1)]: 70, [ndviBin(0.6)]: 30 }));
    expect(found).toBeCloseTo(0.11, 12);
    expect(ndviBin(0.1)).toBeLessThan(ndviBin((found ?? 0) + 1e-9));
  });

  it('hangs on how many cells there are, not on where they lie alone', () => {
    // 0: 100 cells, 20 and 40: whichever are many is a side of its own.
    expect(otsuThreshold(histogram({ 100: 100, 120: 100, 140: 1 }))).toBeCloseTo(0.01, 12);
    expect(otsuThreshold(histogram({ 100: 1, 120: 100, 140: 100 }))).toBeCloseTo(0.21, 12);
  });

  it('is none where all cells are in one bin, or there are none', () => {
    expect(otsuThreshold([])).toBeNull();
    expect(otsuThreshold(histogram({}))).toBeNull();
    expect(otsuThreshold(histogram({ 0: 9 }))).toBeNull();
    expect(otsuThreshold(histogram({ [NDVI_BINS - 1]: 9 }))).toBeNull();
  });

  it('holds for cities of 10^9 cells as for their thousandth', () => {
    const small = { 105: 500, 110: 3000, 130: 200, 155: 900, 160: 1100 };
    const large = Object.fromEntries(Object.entries(small).map(([bin, count]) => [bin, count * 200_000]));
    expect(otsuThreshold(histogram(large))).toBe(otsuThreshold(histogram(small)));
    expect(otsuThreshold(histogram(small))).toBeCloseTo((bruteForce(histogram(small))?.last ?? 0) / 100 - 0.99, 12);
  });
});

describe('the candidate nearest to it', () => {
  const candidates = [0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5];

  it.each([
    [0.34, 0.35],
    [0.26, 0.25],
    [0.3, 0.3],
    // Of two the lower.
    [0.225, 0.2],
    [0.475, 0.45],
    // Beyond them the outermost.
    [-0.4, 0.2],
    [0.9, 0.5],
  ])('to %d is %d', (wanted, nearest) => {
    expect(nearestThreshold(wanted, candidates)).toBe(nearest);
  });

  it('is the lowest where there is none, the only one where there is but one, and none of none', () => {
    expect(nearestThreshold(null, candidates)).toBe(0.2);
    expect(nearestThreshold(0.9, [0.3])).toBe(0.3);
    expect(nearestThreshold(0.3, [])).toBeNull();
    expect(nearestThreshold(null, [])).toBeNull();
  });
});
