import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { computeFigures } from '../../src/reducer/totals.ts';
import { inCellUnits } from '../../src/shared/carbon/partial.ts';
import { patchesKey } from '../../src/shared/contracts/counted-names.ts';
import { CELL_UNITS } from '../../src/shared/raster/zone-fractions.ts';
import { plannedGreen } from '../support/green-parts.ts';
import { hectarePlan, LANDCOVER, measuredLayer, partialOf, zoneTally } from '../support/plan-parts.ts';
import { patchesOf, RULE_HA, rowOf, tableOf, valuesOf } from '../unit/reducer/counted-parts.ts';

/** Soil of a raster beside soil of a table, for any densities, sealed shares and gaps. Cells of a hectare. */

const CODES = [1, 2, 5] as const;
const BUILT = 5;

const row = fc.record({
  soil: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 300 })),
  impervious: fc.option(fc.constantFrom(0, 0.25, 0.5, 1)),
  error: fc.option(fc.integer({ min: 1, max: 20 })),
});
/** Cells of a class in a zone, how many of them the raster shows, and what it shows there in kg/m2. */
const cells = fc
  .record({
    all: fc.nat(60),
    shown: fc.nat(60),
    value: fc.integer({ min: 0, max: 120 }).map((quarters) => quarters / 4),
  })
  .map(({ all, shown, value }) => ({ all, shown: Math.min(all, shown), value }));
const three = <T>(arbitrary: fc.Arbitrary<T>) => fc.array(arbitrary, { minLength: 3, maxLength: 3 });
const city = fc.record({ rows: three(row), zones: fc.array(three(cells), { minLength: 2, maxLength: 2 }) });

type City = typeof city extends fc.Arbitrary<infer T> ? T : never;

function partsOf({ rows, zones }: City) {
  const classes = rows.map(({ soil, impervious, error }, i) => {
    const standardErrors = { above: 1, ...(error === null ? {} : { soil: error }) };
    return rowOf(CODES[i] ?? 0, { above: 4, soil }, { impervious, standardErrors });
  });
  const plan = hectarePlan({
    factors: tableOf(classes),
    layers: [LANDCOVER, measuredLayer('soil', { unit: 'kg/m2' })],
  });
  const tallies = zones.map((zone) => {
    const counts = zone.flatMap(({ all }, i) => (all === 0 ? [] : [[CODES[i] ?? 0, all] as const]));
    const all = counts.reduce((sum, [, count]) => sum + count, 0);
    return zoneTally(all, Object.fromEntries(counts));
  });
  const values = zones.map((zone, index) => {
    const shown = zone.flatMap(({ shown: count, value }, i) =>
      count === 0 ? [] : [[CODES[i] ?? 0, valuesOf(count, value)] as const],
    );
    return [index, new Map(shown)] as const;
  });
  return { plan, partial: partialOf(tallies, { quantities: new Map([['soil', new Map(values)]]) }) };
}

/** Share of a row's area that has the soil of the raster. */
function openShare(one: City['rows'][number] | undefined): number {
  if (one?.impervious != null) return 1 - one.impervious;
  return one?.soil === 0 ? 0 : 1;
}

describe('soil of a raster and of a table', () => {
  it("share out the cells: what the raster shows is its, less what is sealed; the rest is the table's", () => {
    fc.assert(
      fc.property(city, (one) => {
        const { plan, partial } = partsOf(one);
        const { zones, city: whole } = computeFigures(plan, partial);
        let all = 0;
        for (const [index, zone] of one.zones.entries()) {
          const expected = zone.reduce((sum, { all: count, shown, value }, i) => {
            const raster = shown * value * 10 * openShare(one.rows[i]);
            return sum + raster + (count - shown) * (one.rows[i]?.soil ?? 0);
          }, 0);
          expect(zones[index]?.total.soil_tC).toBeCloseTo(expected, 6);
          all += expected;
        }
        expect(whole.total.soil_tC).toBeCloseTo(all, 6);
        const [bare] = computeFigures(plan, partial).scenarios.rows;
        expect(bare?.storage_tC).toBe(whole.total.above_tC);
      }),
      { numRuns: 200 },
    );
  });

  it('come to the same where zones share cells and all is counted in their fractions', () => {
    fc.assert(
      fc.property(city, (one) => {
        const { plan, partial } = partsOf(one);
        const shared = { ...plan, zones: { ...plan.zones, rule: 'coverage' as const } };
        expect(computeFigures(shared, inCellUnits(partial, CELL_UNITS))).toEqual(computeFigures(plan, partial));
      }),
      { numRuns: 100 },
    );
  });

  it('stand in intervals with the same amounts as in figures, in all zones and scenarios', () => {
    fc.assert(
      fc.property(city, (one) => {
        const { plan, partial } = partsOf(one);
        const { zones, city: whole, scenarios, uncertainty } = computeFigures(plan, partial);
        const near = (a: number | null | undefined, b: number | null | undefined) =>
          expect(Math.abs((a ?? 0) - (b ?? 0))).toBeLessThanOrEqual(1e-9 * (1 + Math.abs(b ?? 0)));
        near(uncertainty?.city.storage_tC?.value, whole.total.storage_tC);
        for (const [index, zone] of zones.entries())
          near(uncertainty?.zones[index]?.storage_tC?.value, zone.total.storage_tC);
        for (const [index, scenario] of scenarios.rows.entries())
          near(uncertainty?.scenarios[index]?.storage_tC?.value, scenario.storage_tC);
      }),
      { numRuns: 40 },
    );
  });

  it('of a patch is the mean of its class, less what is sealed in the row that it takes', () => {
    const patch = fc.record({
      all: fc.integer({ min: 1, max: 40 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(city, patch, (one, { all, share }) => {
        const [first, , built] = one.rows;
        const cellsOfPatch = Math.max(1, Math.floor(all * share));
        const zone = { all, shown: Math.floor(all / 2), value: 8 };
        const { plan, partial } = partsOf({ ...one, zones: [[zone, zone, zone]] });
        const tally = patchesOf(RULE_HA, [[[0, 1, cellsOfPatch]]]);
        const { city: found } = computeFigures(
          {
            ...plan,
            green: plannedGreen({ greenClasses: [1], builtCodes: [BUILT] }),
            // All patches are below the least size: they are built-up land.
            greenScore: { minHa: 100, smallHa: 100, small: null, large: null, built: BUILT },
          },
          { ...partial, patches: new Map([[patchesKey(null), tally]]) },
        );
        const seen = zone.shown / all;
        const half = (row: City['rows'][number] | undefined, count: number) =>
          count * (seen * 80 * openShare(row) + (1 - seen) * (row?.soil ?? 0));
        const soil = new Map(found.classes.map((row) => [row.class, row.soil_tC ?? 0]));
        expect(soil.get(1) ?? 0).toBeCloseTo(half(first, all - cellsOfPatch), 6);
        expect(soil.get(BUILT) ?? 0).toBeCloseTo(half(built, all + cellsOfPatch), 6);
      }),
      { numRuns: 100 },
    );
  });
});
