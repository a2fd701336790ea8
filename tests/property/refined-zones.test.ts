import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { computeFigures } from '../../src/reducer/totals.ts';
import { patchesKey } from '../../src/shared/contracts/counted-names.ts';
import { plannedGreen } from '../support/green-parts.ts';
import { hectarePlan, partialOf, zoneTally } from '../support/plan-parts.ts';
import { type Cells, patchesOf, RULE_HA, rowOf, tableOf } from '../unit/reducer/counted-parts.ts';

/** Whatever patches a city has and whatever sizes are asked for, cells only change their class. */

const GREEN = [1, 2];
const [BUILT, LARGE, SMALL] = [5, 9, 10];
const TABLE = tableOf([1, 2, BUILT, LARGE, SMALL].map((code) => rowOf(code, { above: code * 7, soil: 3 })));

/** Patches over two zones and two classes; a zone and class at most once in each. */
const patch: fc.Arbitrary<Cells> = fc
  .uniqueArray(
    fc.record({ zone: fc.nat(1), code: fc.constantFrom(...GREEN), cells: fc.integer({ min: 1, max: 40 }) }),
    {
      minLength: 1,
      maxLength: 4,
      selector: ({ zone, code }) => `${zone} ${code}`,
    },
  )
  .map((parts) => parts.map(({ zone, code, cells }) => [zone, code, cells] as const));

const city = fc.record({
  closed: fc.array(patch, { maxLength: 12 }),
  open: fc.array(patch, { maxLength: 4 }),
  // Cells of zone and class that are in no patch, then built-up ones.
  rest: fc.array(fc.nat(50), { minLength: 6, maxLength: 6 }),
  sizes: fc
    .tuple(fc.nat(60), fc.integer({ min: 1, max: 80 }))
    .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const),
  small: fc.option(fc.constant(SMALL)),
  large: fc.option(fc.constant(LARGE)),
});

type City = typeof city extends fc.Arbitrary<infer T> ? T : never;

function cellsIn(patches: readonly Cells[], zone: number, code: number): number {
  return patches
    .flat()
    .filter(([at, own]) => at === zone && own === code)
    .reduce((sum, [, , cells]) => sum + cells, 0);
}

function figuresOf({ closed, open, rest, sizes: [minHa, smallHa], small, large }: City) {
  const patches = [...closed, ...open];
  const zones = [0, 1].map((zone) => {
    const counts = GREEN.map((code, i) => [code, cellsIn(patches, zone, code) + (rest[zone * 2 + i] ?? 0)] as const);
    const classes = Object.fromEntries(
      [...counts, [BUILT, rest[4 + zone] ?? 0] as const].filter(([, cells]) => cells > 0),
    );
    return zoneTally(
      Object.values(classes).reduce((sum, cells) => sum + cells, 0),
      classes,
    );
  });
  const greenScore = { minHa, smallHa, small, large, built: BUILT };
  const plan = hectarePlan({ factors: TABLE, green: plannedGreen({ builtCodes: [BUILT] }), greenScore });
  const tally = patchesOf(RULE_HA, closed, open);
  return { zones, figures: computeFigures(plan, partialOf(zones, { patches: new Map([[patchesKey(null), tally]]) })) };
}

/** Cells of a zone's class by the definition: each patch on its own. */
function expected(
  { closed, open, sizes: [minHa, smallHa], small, large }: City,
  zone: number,
  counts: Map<number, number>,
) {
  const result = new Map(counts);
  const move = (from: number, to: number, cells: number) => {
    result.set(from, (result.get(from) ?? 0) - cells);
    result.set(to, (result.get(to) ?? 0) + cells);
  };
  for (const one of [...closed, ...open]) {
    const size = one.reduce((sum, [, , cells]) => sum + cells, 0);
    for (const [at, code, cells] of one) {
      if (at !== zone) continue;
      if (size < minHa) move(code, BUILT, cells);
      else if (size < smallHa) move(code, small ?? code, cells);
      else move(code, large ?? code, cells);
    }
  }
  return [...result].filter(([, cells]) => cells > 0).sort(([a], [b]) => a - b);
}

describe('cells of green patches', () => {
  it('go where the size of their own patch sends them', () => {
    fc.assert(
      fc.property(city, (one) => {
        const { zones, figures } = figuresOf(one);
        for (const [index, { classes }] of zones.entries()) {
          const counts = new Map([...classes].map(([code, { cells }]) => [code, cells]));
          const found = figures.zones[index]?.classes.map((row) => [row.class, row.cells]);
          expect(found).toEqual(expected(one, index, counts));
        }
      }),
      { numRuns: 200 },
    );
  });

  it('neither come nor go: zones keep their cells, and zones add up to the city', () => {
    fc.assert(
      fc.property(city, (one) => {
        const { zones, figures } = figuresOf(one);
        let all = 0;
        for (const [index, { all: counted }] of zones.entries()) {
          const zone = figures.zones[index];
          const sum = zone?.classes.reduce((cells, row) => cells + row.cells, 0);
          expect([sum, zone?.total.cells, zone?.total.zone_cells]).toEqual([
            counted.cells,
            counted.cells,
            counted.cells,
          ]);
          all += counted.cells;
        }
        expect(figures.city.classes.reduce((cells, row) => cells + row.cells, 0)).toBe(all);
        const amounts = figures.zones.reduce((sum, { total }) => sum + (total.storage_tC ?? 0), 0);
        expect(figures.city.total.storage_tC).toBeCloseTo(amounts, 6);
      }),
      { numRuns: 200 },
    );
  });

  it('of small patches are all that scenarios with and without them differ by', () => {
    fc.assert(
      fc.property(city, (one) => {
        const { figures } = figuresOf(one);
        const [, , without, whole] = figures.scenarios.rows;
        const factor = new Map(
          TABLE.classes.map(({ code, values }) => [code, (values.above ?? 0) + (values.soil ?? 0)]),
        );
        const of = (code: number) => factor.get(code) ?? Number.NaN;
        const gained = (figures.green?.city.classes ?? []).reduce(
          (sum, { class: code, small }) => sum + small.cells * (of(one.small ?? code) - of(BUILT)),
          0,
        );
        expect((whole?.storage_tC ?? 0) - (without?.storage_tC ?? 0)).toBeCloseTo(gained, 6);
      }),
      { numRuns: 100 },
    );
  });
});
