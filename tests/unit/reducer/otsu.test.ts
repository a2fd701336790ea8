import { describe, expect, it } from 'vitest';
import { nearestThreshold, otsuThreshold } from '../../../src/reducer/otsu.ts';
import { NDVI_BINS, ndviBin } from '../../../src/shared/contracts/counted-names.ts';
import { below } from '../../support/patch-rasters.ts';
import { seeded } from '../../support/random-mosaics.ts';

/** Cells by NDVI. */
function bins(cells: Readonly<Record<string, number>>): number[] {
  const counts = new Array<number>(NDVI_BINS).fill(0);
  for (const [ndvi, count] of Object.entries(cells)) counts[ndviBin(Number(ndvi))] = count;
  return counts;
}

/** Sum of squares within both sides of a cut after each bin; the least is the best. */
function bestCuts(counts: readonly number[]): number[] {
  const cells = counts.flatMap((count, bin) => new Array<number>(count).fill(bin));
  const squares = (side: readonly number[]) => {
    const mean = side.reduce((sum, bin) => sum + bin, 0) / side.length;
    return side.reduce((sum, bin) => sum + (bin - mean) ** 2, 0);
  };
  const cuts = [...new Set(cells)].slice(0, -1);
  const within = cuts.map((cut) => squares(cells.filter((bin) => bin <= cut)) + squares(cells.filter((b) => b > cut)));
  const least = Math.min(...within);
  return cuts.filter((_, index) => (within[index] as number) <= least + 1e-6);
}

describe("Otsu's threshold", () => {
  it('parts two humps at the upper edge of the lower one', () => {
    expect(otsuThreshold(bins({ 0.105: 50, 0.115: 50, 0.605: 50, 0.615: 50 }))).toBeCloseTo(0.12, 12);
  });

  it('leaves the least variance within both sides, of all cuts', () => {
    for (let seed = 0; seed < 200; seed++) {
      const random = seeded(seed);
      const counts = bins(
        Object.fromEntries(Array.from({ length: 12 }, () => [random() * 2 - 1, 1 + below(random, 9)])),
      );
      const threshold = otsuThreshold(counts);
      const cut = Math.round((((threshold ?? Number.NaN) + 1) * NDVI_BINS) / 2) - 1;
      expect(bestCuts(counts), `seed ${seed}`).toContain(cut);
    }
  });

  it('is none where there is nothing to part', () => {
    expect(otsuThreshold([])).toBeNull();
    expect(otsuThreshold(bins({}))).toBeNull();
    expect(otsuThreshold(bins({ 0.3: 1000 }))).toBeNull();
  });
});

describe('the candidate for a threshold', () => {
  const candidates = [0.2, 0.25, 0.3];

  it('is the nearest, of two the lower', () => {
    expect(nearestThreshold(0.24, candidates)).toBe(0.25);
    expect(nearestThreshold(0.275, candidates)).toBe(0.25);
    expect(nearestThreshold(-0.8, candidates)).toBe(0.2);
    expect(nearestThreshold(0.9, candidates)).toBe(0.3);
  });

  it('is the first where none was found, and none where there are none', () => {
    expect(nearestThreshold(null, candidates)).toBe(0.2);
    expect(nearestThreshold(null, [])).toBeNull();
    expect(nearestThreshold(0.3, [])).toBeNull();
  });
});
