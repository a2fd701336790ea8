import { describe, expect, it } from 'vitest';
import { computeFigures } from '../../../src/reducer/totals.ts';
import { figureWarnings } from '../../../src/reducer/warnings.ts';
import type { Plan } from '../../../src/shared/contracts/plan.ts';
import { plannedGreen } from '../../support/green-parts.ts';
import { hectarePlan, partialOf, zoneTally } from '../../support/plan-parts.ts';
import { rowOf, tableOf } from './counted-parts.ts';

/** What is said beside an offset and intervals: 100 ha of one class, all of it seen. */
function notesOf(factors: Plan['factors'], changes: Parameters<typeof hectarePlan>[0] = {}): string[] {
  const { zones } = hectarePlan();
  const plan = hectarePlan({ factors, zones: { ...zones, list: [{ id: 'all', name: 'All' }] }, ...changes });
  return figureWarnings(plan, computeFigures(plan, partialOf([zoneTally(100, { 1: 100 })])));
}

const POOLS = { above: 10, below: 2, dead: 1, soil: 50 };
const emissions = (tCo2: number) => ({ emissions: { tCo2, year: 2021, source: 'inventory' } });
const table = (sequestration: number) => tableOf([rowOf(1, { ...POOLS, sequestration })]);

describe('an offset', () => {
  it('that cities hardly have is questioned, with both of its sides', () => {
    // 300 t C/yr are 1100 t CO2/yr: half of 2200.
    expect(notesOf(table(3), emissions(2200))).toEqual([
      'sequestration offsets 50.0 % of the emissions, which cities hardly do; are `emissions.t_co2` tonnes of CO2 of the whole city, and rates positive for uptake?',
    ]);
  });

  it.each([
    [2749, 1],
    // 40 % and the highest of 35 Chinese cities, 22.45 %.
    [2750, 0],
    [1100 / 0.2245, 0],
  ])('of 1100 t CO2/yr on emissions of %d t makes %i notes', (tCo2, count) => {
    expect(notesOf(table(3), emissions(tCo2))).toHaveLength(count);
  });

  it('below zero is questioned: rates may have the other sign', () => {
    expect(notesOf(table(-3), emissions(110_000))).toEqual([
      expect.stringMatching(/^sequestration offsets -1\.00 % of/),
    ]);
    expect(notesOf(table(0), emissions(110_000))).toEqual([]);
  });

  it('that is not asked for is not talked of', () => {
    expect(notesOf(table(300))).toEqual([]);
  });
});

describe('intervals of storage', () => {
  const withErrors = (standardErrors: Plan['factors']['classes'][number]['standardErrors']) =>
    tableOf([rowOf(1, { ...POOLS, sequestration: 1 }, { standardErrors })]);

  it('are called lower bounds where inputs have no error, counted', () => {
    expect(notesOf(withErrors({ above: 1 }))).toEqual([
      '3 inputs of storage without a standard error: intervals are lower bounds of their width',
    ]);
    expect(notesOf(withErrors({ above: 1, below: 1, dead: 0 }))).toEqual([
      '1 input of storage without a standard error: intervals are lower bounds of their width',
    ]);
  });

  it('are not talked of where all have one, or none has', () => {
    expect(notesOf(withErrors({ above: 1, below: 1, dead: 1, soil: 9 }))).toEqual([]);
    expect(notesOf(withErrors({}))).toEqual([]);
  });
});

it('notes on green spaces stand among the warnings', () => {
  const green = plannedGreen({ greenClasses: [1], builtCodes: [5] });
  const greenScore = { minHa: 2, smallHa: 10, small: null, large: null, built: 1 };
  expect(notesOf(table(1), { green, greenScore })).toEqual([
    "green smaller than one pixel of what shows it (10000 m2) is not seen; a green patch of 2 ha is 2 such pixels: sizes near that are the grid's as much as the patch's",
  ]);
});
