import { describe, expect, it } from 'vitest';
import { PARTS } from '../../../src/reducer/compare-chain.ts';
import { compareRuns } from '../../../src/reducer/compare-runs.ts';
import { findSubPixel } from '../../../src/reducer/sub-pixel-green.ts';
import { computeFigures, type Figures } from '../../../src/reducer/totals.ts';
import { FRACTION_BITS } from '../../../src/shared/carbon/green-fraction.ts';
import type { Partial, QuantityTally } from '../../../src/shared/carbon/partial.ts';
import { GREEN_GAPS, mixtureKey, patchesKey } from '../../../src/shared/contracts/counted-names.ts';
import type { Plan } from '../../../src/shared/contracts/plan.ts';
import { CELL_BITS } from '../../../src/shared/geo/window-areas.ts';
import { plannedGreen } from '../../support/green-parts.ts';
import { hectarePlan, measuredLayer, partialOf, zoneTally } from '../../support/plan-parts.ts';
import { patchesOf, RULE_HA, rowOf, tableOf, valuesOf } from './counted-parts.ts';

/** Grass 2, built-up 5 and 6, small and large urban green 10 and 9. Cells are hectares. */
const ROWS = [
  rowOf(2, { above: 4, soil: 60, sequestration: 0.5 }),
  rowOf(5, { above: 0, soil: 20, sequestration: 0 }),
  rowOf(6, { above: 2, soil: 30, sequestration: 0 }),
  rowOf(9, { above: 30, soil: 70, sequestration: 2 }),
  rowOf(10, { above: 20, soil: 40, sequestration: 1 }),
];
const [BUILT, LARGE, SMALL] = [5, 9, 10];
const SCORE = { minHa: 2, smallHa: 10, small: SMALL, large: LARGE, built: BUILT };
const GREEN = plannedGreen({ greenClasses: [2], mixture: { bare: 0.05, full: 0.8 } });

/** So many cells, all of one share of green. */
const share = (cells: number, fraction: number) => valuesOf(cells, fraction);

/** Zone n: a patch of 3 ha and one of 1 ha in class 5; of its other cells 24 are a quarter green. Zone s: half of 8. */
const MIXED = new Map([
  [
    0,
    new Map([
      [5, share(24, 0.25)],
      [6, share(10, 0)],
    ]),
  ],
  [1, new Map([[6, share(8, 0.5)]])],
]);
const PARTIAL = partialOf([zoneTally(50, { 2: 6, 5: 30, 6: 10 }), zoneTally(12, { 6: 12 })], {
  patches: new Map([[patchesKey(null), patchesOf(RULE_HA, [[[0, 5, 3]], [[0, 5, 1]]])]]),
  quantities: new Map([[mixtureKey(null), MIXED]]),
});

function planOf(changes: globalThis.Partial<Plan> = {}): Plan {
  return hectarePlan({ factors: tableOf(ROWS), green: GREEN, greenScore: SCORE, ...changes });
}

const withGaps = (cells: number): Partial => ({
  ...PARTIAL,
  quantities: new Map([...PARTIAL.quantities, [GREEN_GAPS, new Map([[0, new Map([[5, share(cells, 0)]])]])]]),
});

function areas({ classes }: Figures['city']): Record<number, [number, number]> {
  return Object.fromEntries(classes.map((row) => [row.class, [row.cells, row.area_ha]]));
}

describe('green smaller than a cell', () => {
  const figures = computeFigures(planOf(), PARTIAL);

  it('is told by zone, class and city, with what was looked into', () => {
    const { sub_pixel: found } = figures.green ?? {};
    expect(found).toMatchObject({ ndvi_bare: 0.05, ndvi_full: 0.8 });
    expect(found?.city).toMatchObject({ cells: 42, area_ha: 42, green_ha: 10, coverage: 1 });
    expect(found?.city.mean_fraction).toBeCloseTo(10 / 42, 11);
    expect(found?.zones[0]).toEqual({
      zone: 'n',
      cells: 34,
      area_ha: 34,
      green_ha: 6,
      mean_fraction: Number((6 / 34).toPrecision(12)),
      coverage: 1,
      classes: [
        { class: 5, cells: 24, area_ha: 24, green_ha: 6, mean_fraction: 0.25 },
        { class: 6, cells: 10, area_ha: 10, green_ha: 0, mean_fraction: 0 },
      ],
    });
    expect(found?.zones[1]).toMatchObject({ zone: 's', cells: 8, green_ha: 4, mean_fraction: 0.5 });
  });

  it('takes its area from the class of its cells to small green space; cells stay whole, and areas add up', () => {
    // Class 5: 30 cells, 3 of a small patch gone; 6 ha of the others are green.
    expect(areas(figures.zones[0] as Figures['city'])).toEqual({ 2: [6, 6], 5: [27, 21], 6: [10, 10], 10: [3, 9] });
    expect(areas(figures.zones[1] as Figures['city'])).toEqual({ 6: [12, 8], 10: [0, 4] });
    expect(figures.city.total).toMatchObject({ cells: 58, area_ha: 58 });
    const above = 6 * 4 + 18 * 2 + 13 * 20;
    const soil = 6 * 60 + 21 * 20 + 18 * 30 + 13 * 40;
    expect(figures.city.total).toMatchObject({ above_tC: above, soil_tC: soil, sequestration_tC_yr: 6 * 0.5 + 13 });
  });

  it('stays with its class where small green space is left out', () => {
    const [, , , whole] = figures.scenarios.rows;
    const without = figures.scenarios.rows.find((row) => row.soil && row.small_green === false);
    // The small patch of 3 ha and the one below the least size are built-up land.
    expect(without?.storage_tC).toBe(6 * 64 + 30 * 20 + 22 * 32);
    expect(whole?.storage_tC).toBe(figures.city.total.storage_tC);
    const gained = 3 * 40 + 6 * 40 + 4 * 28;
    expect((whole?.storage_tC ?? 0) - (without?.storage_tC ?? 0)).toBe(gained);
    expect(figures.scenarios.left_out.zones[1]?.sequestration_tC_yr).toBe(4);
  });

  it('has the intervals of the row that it goes to', () => {
    const factors = tableOf(
      ROWS.map((row) => ({ ...row, standardErrors: { above: row.code === SMALL ? 2 : 0, soil: 0 } })),
    );
    const { uncertainty } = computeFigures(planOf({ factors }), PARTIAL);
    expect(uncertainty?.city.storage_tC?.sd_analytic).toBeCloseTo(13 * 2, 9);
  });

  it('is of the threshold in force alone', () => {
    const green = { ...GREEN, from: 'ndvi' as const, thresholds: [0.3] };
    const other = new Map([[0, new Map([[5, share(24, 0.5)]])]]);
    const quantities = new Map([
      [mixtureKey(0.3), MIXED],
      [mixtureKey(0.35), other],
    ]);
    const found = computeFigures(planOf({ green }), { ...PARTIAL, quantities });
    expect(found.green?.sub_pixel?.city.green_ha).toBe(10);
  });

  it('is nothing where no cell was looked into, and null where it was not asked for', () => {
    const bare = { ...PARTIAL, quantities: new Map() };
    const none = { cells: 0, area_ha: 0, green_ha: 0, mean_fraction: null, coverage: null, classes: [] };
    expect(computeFigures(planOf(), bare).green?.sub_pixel?.city).toEqual(none);
    const plan = planOf({ green: { ...GREEN, mixture: null } });
    expect(computeFigures(plan, PARTIAL).green?.sub_pixel).toBeNull();
    expect(areas(computeFigures(plan, PARTIAL).city)).toEqual({ 2: [6, 6], 5: [27, 27], 6: [22, 22], 10: [3, 3] });
  });

  it('takes soil of a raster with it, as it is under the class where it lies', () => {
    const soil = new Map([[0, new Map([[5, valuesOf(30, 50)]])]]);
    const partial = { ...PARTIAL, quantities: new Map([...PARTIAL.quantities, ['soil', soil]]) };
    const layers = [...planOf().layers, measuredLayer('soil', { unit: 't/ha' })];
    const { zones } = computeFigures(planOf({ layers }), partial);
    const soilOf = Object.fromEntries(zones[0]?.classes.map((row) => [row.class, row.soil_tC]) ?? []);
    expect(soilOf).toEqual({ 2: 6 * 60, 5: 21 * 50, 6: 10 * 30, 10: 9 * 50 });
  });
});

describe('notes on green smaller than a cell', () => {
  const notesOf = (plan: Plan, partial: Partial) => computeFigures(plan, partial).notes.join('\n');

  it('name green below a pixel as not seen, how it could be, or that it is estimated', () => {
    const plain = planOf({ green: { ...GREEN, mixture: null }, greenPixelM2: 10_000 });
    expect(notesOf(plain, PARTIAL)).toContain('what shows it (10000 m2) is not seen;');
    const withNdvi = { ...plain, layers: [...plain.layers, measuredLayer('ndvi')] };
    expect(notesOf(withNdvi, PARTIAL)).toContain('is not seen (`green.mixture` estimates it);');
    const mixed = { ...withNdvi, green: GREEN };
    expect(notesOf(mixed, PARTIAL)).toContain('what shows it (10000 m2) is estimated by `green.mixture`;');
  });

  it('name green cells that the least size of patches leaves out beside it', () => {
    expect(notesOf(planOf(), PARTIAL)).toContain(
      '1 ha of green cells are in patches below 2 ha and count as built-up land',
    );
    const all = planOf({ greenScore: { ...SCORE, minHa: 0 } });
    expect(notesOf(all, PARTIAL)).not.toContain('green cells');
  });

  it('name a threshold from which on cells count whole that are much less green', () => {
    const at = (threshold: number) => {
      const green = { ...GREEN, from: 'ndvi' as const, thresholds: [threshold] };
      return computeFigures(planOf({ green }), { ...PARTIAL, quantities: new Map([[mixtureKey(threshold), MIXED]]) });
    };
    expect(at(0.35).green?.sub_pixel?.threshold_fraction).toBe(0.4);
    expect(at(0.35).notes.join('\n')).toContain(
      'a cell at the NDVI threshold of 0.35 is 40 % green by `green.mixture`',
    );
    expect(at(0.65).green?.sub_pixel?.threshold_fraction).toBe(0.8);
    expect(at(0.65).notes.join('\n')).not.toContain('NDVI threshold');
    expect(notesOf(planOf(), PARTIAL)).not.toContain('NDVI threshold');
  });

  it('name cells without NDVI', () => {
    const { green, notes } = computeFigures(planOf(), withGaps(8));
    expect(green?.sub_pixel?.city.coverage).toBe(0.84);
    expect(green?.sub_pixel?.zones.map(({ coverage }) => coverage)).toEqual([Number((34 / 42).toPrecision(12)), 1]);
    expect(notes.join('\n')).toContain('16 % of the cells that `green.mixture` would look into have no NDVI');
  });
});

describe('areas of green on the ellipsoid', () => {
  /** A cell of 2^44 units of the 2^50 that the largest may have; each part is rounded, as in counting. */
  const [unit, cells] = [2n ** 44n, 1000];
  const tally = (fraction: number): QuantityTally => {
    const part = Math.round(fraction * 2 ** (44 - CELL_BITS.row + FRACTION_BITS));
    return { cells, area: unit * BigInt(cells), sum: BigInt(part) * BigInt(cells) };
  };
  const found = (fraction: number) => {
    const quantities = new Map([[mixtureKey(null), new Map([[0, new Map([[5, tally(fraction)]])]])]]);
    const plan = planOf({ areaBy: 'row', areaExponent: 30 });
    const { parts } = findSubPixel(plan, { ...PARTIAL, quantities }, null, ({ area }) => Number(area)) ?? {};
    return parts?.get(0)?.get(5);
  };

  it('are whole units, and cells their share to a 2^-20 of a cell', () => {
    expect(found(0.25)).toEqual({ cells: 250, area: unit * 250n });
    const third = found(1 / 3);
    expect(Number(third?.area) / Number(unit)).toBeCloseTo(1000 / 3, 1);
    expect(((third?.cells ?? 0.1) * 2 ** FRACTION_BITS) % 1).toBe(0);
  });

  it('are never more than the cells have', () => {
    expect(found(1)).toEqual({ cells, area: unit * BigInt(cells) });
    expect(found(1.00003)).toEqual({ cells, area: unit * BigInt(cells) });
  });
});

it('two runs of which one looks for green smaller than a cell differ by the green refinement alone', () => {
  const plain = planOf({ green: { ...GREEN, mixture: null } });
  const [old, next] = [plain, planOf()].map((plan) => ({ plan, figures: computeFigures(plan, PARTIAL) }));
  if (old === undefined || next === undefined) throw new Error('two runs');
  const { city } = compareRuns(old, next);
  const none = Object.fromEntries(PARTS.map((part) => [part, 0]));
  expect(city.storage_tC.parts).toEqual({ ...none, green_refinement: 6 * 40 + 4 * 28 });
  expect(city.sequestration_tC_yr.parts).toEqual({ ...none, green_refinement: 10 });
});
