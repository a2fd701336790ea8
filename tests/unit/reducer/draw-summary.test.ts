import { describe, expect, it } from 'vitest';
import { selectRank, summarise } from '../../../src/reducer/draw-summary.ts';
import { exponential } from '../../../src/shared/carbon/portable-logs.ts';
import { normalDraws } from '../../../src/shared/carbon/random-draws.ts';

/** The rule as it is written: linear between the sorted draws, at (n - 1) q. */
function sortedQuantile(draws: Float64Array, q: number): number {
  const sorted = Float64Array.from(draws).sort();
  const at = (draws.length - 1) * q;
  const low = sorted[Math.floor(at)]!;
  return low + (at - Math.floor(at)) * (sorted[Math.ceil(at)]! - low);
}

const NORMAL = normalDraws('summary', 'normal', 4001);
const SHAPES: [string, Float64Array][] = [
  ['normal', NORMAL],
  ['skewed, with no draw 1.6 deviations below the mean', NORMAL.map((z) => exponential(1.5 * z))],
  ['skewed to the other side', NORMAL.map((z) => -exponential(1.5 * z))],
  ['of few values', NORMAL.map((z) => Math.round(z))],
  ['all equal', NORMAL.map(() => 7)],
  ['sorted', Float64Array.from(NORMAL).sort()],
  ['few', NORMAL.slice(0, 100)],
];

describe('a summary of draws', () => {
  it.each(SHAPES)('has the quantiles of the sorted draws: %s', (_, draws) => {
    const { p2_5, p97_5 } = summarise(draws, new Float64Array(draws.length));
    expect(p2_5).toBeCloseTo(sortedQuantile(draws, 0.025), 12);
    expect(p97_5).toBeCloseTo(sortedQuantile(draws, 0.975), 10);
  });

  it('has the mean, and the deviation with n - 1', () => {
    const draws = Float64Array.of(1, 2, 3, 4, 10);
    expect(summarise(draws, new Float64Array(5))).toMatchObject({ mean: 4, sd: Math.sqrt(50 / 4) });
  });

  it('leaves the draws as they were', () => {
    const draws = Float64Array.from(NORMAL);
    summarise(draws, new Float64Array(draws.length));
    expect(draws).toEqual(NORMAL);
  });

  it('selects any rank as sorting does', () => {
    const sorted = Float64Array.from(NORMAL.slice(0, 500)).sort();
    for (const rank of [0, 1, 249, 498, 499]) {
      expect(selectRank(NORMAL.slice(0, 500), 500, rank)).toBe(sorted[rank]);
    }
  });
});
