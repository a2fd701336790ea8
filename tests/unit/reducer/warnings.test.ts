import { expect, it } from 'vitest';
import { computeFigures } from '../../../src/reducer/totals.ts';
import { figureWarnings } from '../../../src/reducer/warnings.ts';
import type { Partial } from '../../../src/shared/carbon/partial.ts';
import type { Plan } from '../../../src/shared/contracts/plan.ts';
import { hectarePlan, partialOf, zoneTally } from '../../support/plan-parts.ts';

function warningsOf(partial: Partial, plan: Plan = hectarePlan()): string[] {
  return figureWarnings(plan, computeFigures(plan, partial));
}

const WHOLE = partialOf([zoneTally(6, { 1: 6 }), zoneTally(4, { 2: 4 })]);

it('pools that the table has not are named once, and nothing else where all is well', () => {
  expect(warningsOf(WHOLE)).toEqual(['pools without a column in the factor table, so not in storage: below, dead']);
});

it('overlaps, zones without a cell and zones that nobody saw are named', () => {
  const text = warningsOf({ ...partialOf([zoneTally(6, {})]), overlaps: new Map([['0,1', 68]]) }).join('\n');
  expect(text).toMatch(/n and s \(68 cells, 68 ha\)/);
  expect(text).toMatch(/no cell has its centre.*: s$/m);
  expect(text).toMatch(/nothing was seen \(coverage 0\): n$/m);
});

it('a table without rates says that sequestration is not measured', () => {
  const plan = hectarePlan();
  const factors = { ...plan.factors, coefficients: ['above', 'below', 'dead', 'soil'] as const };
  expect(warningsOf(WHOLE, { ...plan, factors: { ...factors, coefficients: [...factors.coefficients] } })).toEqual([
    'the factor table has no rates: sequestration and offset are not measured',
  ]);
});

it('long lists name ten and count the rest', () => {
  const list = Array.from({ length: 13 }, (_, i) => ({ id: `z${i}`, name: `z${i}` }));
  const plan = hectarePlan();
  const text = warningsOf(partialOf([]), { ...plan, zones: { ...plan.zones, list } }).join('\n');
  expect(text).toMatch(/z0, z1, .*z9 and 3 more$/m);
  expect(text).not.toMatch(/z10/);
});
