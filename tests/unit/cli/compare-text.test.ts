import { describe, expect, it } from 'vitest';
import { comparisonText } from '../../../src/cli/compare-text.ts';
import { compareRuns } from '../../../src/reducer/compare-runs.ts';
import { computeFigures } from '../../../src/reducer/totals.ts';
import type { Plan } from '../../../src/shared/contracts/plan.ts';
import { factorRow, hectarePlan, LANDCOVER, partialOf, zoneTally } from '../../support/plan-parts.ts';

/** What a person reads of two runs that differ in coverage, land, factors and emissions at once. */

function textOf(factors: Partial<Plan['factors']> = {}): string {
  const old = hectarePlan({ emissions: { tCo2: 1e6, year: 2020, source: 'inventory' } });
  const classes = [factorRow(1, 11, 5, 2.5), factorRow(2, 0, 40, -0.5)];
  const next = hectarePlan({
    run: '2022-aaaaaaaaaaaa',
    year: 2022,
    // Another land cover by another rule of sampling, so that its classes may differ.
    layers: [{ ...LANDCOVER, resample: 'mode' }],
    emissions: { tCo2: 9e5, year: 2022, source: 'inventory' },
    factors: { ...old.factors, classes, ...factors },
  });
  const before = computeFigures(old, partialOf([zoneTally(6000, { 1: 4000, 2: 2000 }), zoneTally(4000, { 2: 4000 })]));
  const after = computeFigures(
    next,
    partialOf([zoneTally(6000, { 1: 3000, 2: 2900 }, 100), zoneTally(4000, { 1: 3, 2: 3997 })]),
  );
  return comparisonText(compareRuns({ plan: old, figures: before }, { plan: next, figures: after }));
}

/** Numbers of a line, column by column. */
function numbersOf(line: string): number[] {
  return [...line.matchAll(/[+-]?[\d,]+(\.\d+)?(?= |$)/g)].map(([text]) => Number(text.replaceAll(',', '')));
}

describe('the text of a comparison', () => {
  const lines = textOf().split('\n');
  const row = (name: string) => numbersOf(lines.find((line) => line.trim().startsWith(name)) ?? '');

  it('names both runs with their years', () => {
    expect(lines[0]).toBe('Test City: from run 2021-0123456789ab (2021) to run 2022-aaaaaaaaaaaa (2022)');
  });

  it('has a waterfall whose printed numbers add up from old to new', () => {
    const names = ['coverage', 'land change', 'green refinement', 'soil source', 'factors', 'model or area rule'];
    for (const col of [0, 1]) {
      const parts = names.map((name) => row(name)[col] ?? Number.NaN);
      expect((row('old')[col] ?? 0) + parts.reduce((sum, one) => sum + one, 0)).toBe(row('new')[col]);
      expect((row('new')[col] ?? 0) - (row('old')[col] ?? 0)).toBe(row('difference')[col]);
    }
    expect(row('old')).toEqual([300_000, 5000]);
  });

  it('tells zones, classes, factors and the offset', () => {
    const text = lines.join('\n');
    expect(text).toMatch(/^North +\+24,000 +-950 {2}mostly land change$/m);
    expect(text).toContain('Seen were 10,000 ha (100.00 %), now 9,900 ha (99.00 %).');
    expect(text).toMatch(/^Shrank: class 1 -\d+ ha\.$/m);
    expect(text).toMatch(/^factor class 1, above: 10, now 11 t C\/ha \(\+[\d,]+ t C\)$/m);
    expect(text).toMatch(
      /^The offset was 1\.83 %, now 1\.65 %: -0\.18 points, .* by sequestration, .* by emissions\.$/m,
    );
  });

  it('says of a table without pools that storage cannot be compared', () => {
    const text = textOf({ coefficients: ['sequestration'] });
    expect(text).toContain('Storage cannot be compared: a factor table has no columns for it.');
    expect(text).toMatch(/^difference +- +-941$/m);
  });
});
