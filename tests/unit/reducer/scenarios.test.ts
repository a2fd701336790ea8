import { describe, expect, it } from 'vitest';
import { computeFigures } from '../../../src/reducer/totals.ts';
import type { Plan } from '../../../src/shared/contracts/plan.ts';
import { hectarePlan, partialOf, zoneTally } from '../../support/plan-parts.ts';
import { rowOf, tableOf } from './counted-parts.ts';

/** What soil changes in cities of a few zones, in cells of a hectare. */
function scenariosOf(
  classes: Plan['factors']['classes'],
  zones: readonly Readonly<Record<number, number>>[],
  unseen = 0,
) {
  const list = zones.map((_, index) => ({ id: `z${index}`, name: `Z${index}` }));
  const plan = hectarePlan({ factors: tableOf(classes), zones: { url: '', digest: '', rule: 'centre', list } });
  const tallies = zones.map((counts) => {
    const cells = Object.values(counts).reduce((sum, count) => sum + count, 0);
    return zoneTally(cells === 0 ? unseen : cells, counts);
  });
  return computeFigures(plan, partialOf(tallies)).scenarios;
}

describe('scenarios with and without soil', () => {
  const CLASSES = [
    rowOf(1, { above: 30, soil: 10, sequestration: 2, soil_sequestration: -0.5 }),
    rowOf(2, { above: 1, soil: 90, sequestration: 0, soil_sequestration: 1 }),
  ];
  const { rows, left_out, summary } = scenariosOf(CLASSES, [{ 1: 10 }, { 1: 5, 2: 5 }, { 2: 10 }]);

  it('have their amounts by zone and class, and both add up to the city', () => {
    expect(rows.map(({ storage_tC, sequestration_tC_yr }) => [storage_tC, sequestration_tC_yr])).toEqual([
      [465, 30],
      [1965, 37.5],
    ]);
    expect(rows[0]?.zones.map(({ zone, storage_tC }) => [zone, storage_tC])).toEqual([
      ['z0', 300],
      ['z1', 155],
      ['z2', 10],
    ]);
    expect(rows[1]?.zones.map(({ storage_tC }) => storage_tC)).toEqual([400, 655, 910]);
    expect(rows[1]?.classes).toEqual([
      { class: 1, storage_tC: 600, sequestration_tC_yr: 22.5 },
      { class: 2, storage_tC: 1365, sequestration_tC_yr: 15 },
    ]);
  });

  it('say what would be left out of the whole, zone by zone', () => {
    expect(left_out).toMatchObject({ storage_tC: 1500, sequestration_tC_yr: 7.5, sequestration_percent: 20 });
    expect(left_out.zones).toEqual([
      { zone: 'z0', storage_tC: 100, sequestration_tC_yr: -5 },
      { zone: 'z1', storage_tC: 500, sequestration_tC_yr: 2.5 },
      { zone: 'z2', storage_tC: 900, sequestration_tC_yr: 10 },
    ]);
  });

  it('compare the pattern: soil turns the order of zones by storage, and leaves that by uptake', () => {
    expect(left_out.storage_rank_correlation).toBe(-1);
    expect(left_out.sequestration_rank_correlation).toBe(1);
    expect(summary).toBe(
      'Without soil, storage would be 465 in place of 1,965 t C (76.3 % less) and sequestration would be 30 in place of 37.5 t C/yr (20.0 % less); zones by storage a hectare would rank with a correlation of -1.000 to the order with it.',
    );
  });

  it('rank zones by what a hectare holds, not by their size', () => {
    const sized = scenariosOf(CLASSES, [{ 1: 1000 }, { 1: 5, 2: 5 }, { 2: 10 }]).left_out;
    expect(sized.storage_rank_correlation).toBe(-1);
  });

  it('rank no zones of one make, whatever their sizes do to the last digits', () => {
    const forest = [rowOf(1, { above: 22.77, soil: 90.51, sequestration: 0.89 })];
    const zones = Array.from({ length: 40 }, (_, i) => ({ 1: 3 + 7 * i }));
    const { storage_rank_correlation, sequestration_rank_correlation } = scenariosOf(forest, zones).left_out;
    expect([storage_rank_correlation, sequestration_rank_correlation]).toEqual([null, null]);
  });

  it('pass over zones of which nothing was seen, and rank fewer than three not at all', () => {
    const seen = scenariosOf(CLASSES, [{ 1: 10 }, { 1: 5, 2: 5 }, {}, { 2: 10 }], 7);
    expect(seen.left_out.storage_rank_correlation).toBe(-1);
    expect(scenariosOf(CLASSES, [{ 1: 10 }, {}, { 2: 10 }], 7).left_out.storage_rank_correlation).toBeNull();
  });

  it('have no amount where the table has nothing but soil, and all of it is left out', () => {
    const soil = scenariosOf([rowOf(1, { soil: 10 }), rowOf(2, { soil: 90 })], [{ 1: 10, 2: 1 }]);
    expect(soil.rows.map((row) => row.storage_tC)).toEqual([null, 190]);
    expect(soil.left_out).toMatchObject({ storage_tC: 190, storage_percent: 100, sequestration_tC_yr: null });
    expect(soil.summary).toBe('Without soil, no storage would be measured in place of 190 t C.');
  });

  it('call a city that would emit less a source of less: signs are those of the amounts', () => {
    // Drained fields: vegetation -1, soil -3 t C/ha/yr. The barest, -10, is more than -40; 75 % more could be -70 too.
    const { summary: source, left_out: left } = scenariosOf(
      [rowOf(1, { sequestration: -1, soil_sequestration: -3 })],
      [{ 1: 10 }],
    );
    expect(left.sequestration_percent).toBe(75);
    expect(source).toBe('Without soil, sequestration would be -10 in place of -40 t C/yr (30 t C/yr more).');
    // A balance without its soil: -10 in place of 0 has no share.
    const { summary: even } = scenariosOf([rowOf(1, { sequestration: -1, soil_sequestration: 1 })], [{ 1: 10 }]);
    expect(even).toBe('Without soil, sequestration would be -10 in place of 0 t C/yr (10 t C/yr less).');
    const { summary: sink } = scenariosOf([rowOf(1, { sequestration: -2, soil_sequestration: 1 })], [{ 1: 10 }]);
    expect(sink).toBe('Without soil, sequestration would be -20 in place of -10 t C/yr (10 t C/yr less).');
  });
});
