import { describe, expect, it } from 'vitest';
import { computeFigures, type Figures } from '../../../src/reducer/totals.ts';
import { hectarePlan, partialOf, zoneTally } from '../../support/plan-parts.ts';
import { rowOf, tableOf } from './counted-parts.ts';

/** Cells of a ninth of a hectare with 2 t C/ha/yr, a quarter of it by soil; emissions of 1,100 t CO2, which are 300 t C. */
function figuresOf(cells: number, standardErrors = {}): Figures {
  const { grid } = hectarePlan();
  const plan = hectarePlan({
    grid: { ...grid, cellWidth: 100 / 3, cellHeight: 100 / 3 },
    factors: tableOf([rowOf(1, { sequestration: 1.5, soil_sequestration: 0.5 }, { standardErrors })]),
    emissions: { tCo2: 1100, year: 2021, source: 'inventory' },
  });
  return computeFigures(plan, partialOf([zoneTally(cells, { 1: cells })]));
}

/** cells / 9 ha x 2 t C/ha / 300 t C, in %. */
const percentOf = (cells: number) => (2 * cells) / 27;

describe('the offset', () => {
  it.each([1, 3, 6, 7, 8, 100])('of %i cells is rounded once: the digits of the unrounded number', (cells) => {
    expect(figuresOf(cells).offset?.offset_percent).toBe(Number(percentOf(cells).toPrecision(12)));
  });

  it('is one number in the headline, in the last scenario and in its interval', () => {
    for (const cells of [1, 3, 6, 7, 8, 100]) {
      const { offset, scenarios, uncertainty } = figuresOf(cells, { sequestration: 0.3 });
      expect(scenarios.rows.at(-1)?.offset_percent, `${cells}`).toBe(offset?.offset_percent);
      expect(uncertainty?.city.offset_percent?.value, `${cells}`).toBe(offset?.offset_percent);
    }
  });

  it('of the scenario without soil has no uptake by soil', () => {
    expect(figuresOf(270).scenarios.rows[0]?.offset_percent).toBe(15);
    expect(figuresOf(270).offset?.offset_percent).toBe(20);
  });

  it('is none without emissions, and unknown where the table has no rates', () => {
    const factors = tableOf([rowOf(1, { above: 10 })]);
    const partial = partialOf([zoneTally(9, { 1: 9 })]);
    expect(computeFigures(hectarePlan({ factors }), partial).offset).toBeNull();
    const emissions = { tCo2: 1100, year: 2021, source: 'inventory' };
    const { offset, scenarios } = computeFigures(hectarePlan({ factors, emissions }), partial);
    expect(offset?.offset_percent).toBeNull();
    expect(scenarios.rows.map((row) => row.offset_percent)).toEqual([null, null]);
  });
});
