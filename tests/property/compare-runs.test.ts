import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PARTS, type Waterfall } from '../../src/reducer/compare-chain.ts';
import { type Comparison, compareRuns } from '../../src/reducer/compare-runs.ts';
import type { ComparedRun } from '../../src/reducer/compare-state.ts';
import { computeFigures } from '../../src/reducer/totals.ts';
import type { Partial, QuantityTally } from '../../src/shared/carbon/partial.ts';
import { patchRule } from '../../src/shared/carbon/patch-size.ts';
import { emptyPatches, type SizeTally } from '../../src/shared/carbon/patch-tally.ts';
import type { Plan } from '../../src/shared/contracts/plan.ts';
import { plannedGreen } from '../support/green-parts.ts';
import { factorRow, hectarePlan, LANDCOVER, measuredLayer, partialOf, zoneTally } from '../support/plan-parts.ts';

/**
 * Two random runs of one city: other counts, holes, factors, columns, sealed shares, rasters of soil, green patches and
 * sizes, zones and cells. Whatever differs, the parts are all of the difference.
 */

interface RandomRun {
  readonly cellWidth: number;
  /** The zone of each index. */
  readonly ids: readonly string[];
  readonly digest: string;
  /** Decides whether two runs have the same land cover. */
  readonly resample: 'nearest' | 'mode';
  /** Cells by zone, then class 1, 2 and 5. */
  readonly counts: readonly (readonly [number, number, number])[];
  readonly holes: readonly number[];
  readonly columns: Plan['factors']['coefficients'];
  readonly values: readonly number[];
  readonly impervious: number | null;
  /** t C/ha of a raster over half of each class; null: none. */
  readonly soil: number | null;
  /** Share of class 1 and 2 in patches; null: green is not looked for. */
  readonly green: number | null;
  readonly smallHa: number;
  readonly small: number | null;
}

const count = fc.integer({ min: 0, max: 5000 });
const value = fc.constantFrom(0, 0, 1, 0.1, 2.75, -0.3, 17, 123.456);

const randomRun: fc.Arbitrary<RandomRun> = fc.record({
  cellWidth: fc.constantFrom(100, 100, 30, 7.3),
  ids: fc.constantFrom(['n', 's'], ['n', 's'], ['s', 'n'], ['n', 'w'], ['w', 'e']),
  digest: fc.constantFrom('z', 'z', 'y'),
  resample: fc.constantFrom('nearest', 'mode'),
  counts: fc.array(fc.tuple(count, count, fc.constantFrom(0, 40)), { minLength: 2, maxLength: 2 }),
  holes: fc.array(fc.constantFrom(0, 0, 1, 777), { minLength: 2, maxLength: 2 }),
  columns: fc.subarray(['above', 'below', 'soil', 'sequestration', 'soil_sequestration']),
  values: fc.array(value, { minLength: 25, maxLength: 25 }),
  impervious: fc.constantFrom(null, 0, 0.4),
  soil: fc.constantFrom(null, null, 12.5, 80),
  green: fc.constantFrom(null, 0, 0.5, 1),
  smallHa: fc.constantFrom(1, 100, 1e6),
  small: fc.constantFrom(null, 41),
});

const COLUMNS = ['above', 'below', 'soil', 'sequestration', 'soil_sequestration'] as const;

/** As the loader makes them: a column that the table lacks has no values. */
function factorsOf({ columns, values, impervious }: RandomRun): Plan['factors'] {
  const classes = [1, 2, 5, 40, 41].map((code, row) => ({
    ...factorRow(code, 0, 0, 0),
    impervious: code === 5 ? impervious : null,
    values: Object.fromEntries(
      COLUMNS.map((column, i) => [column, values[row * COLUMNS.length + i] ?? 0] as const).filter(([column]) =>
        columns.includes(column),
      ),
    ),
  }));
  return { ...hectarePlan().factors, coefficients: [...columns], classes };
}

function planOf(run: RandomRun): Plan {
  const { grid, zones } = hectarePlan();
  const { green, smallHa, small, soil } = run;
  const landcover = { ...LANDCOVER, resample: run.resample };
  return hectarePlan({
    grid: { ...grid, cellWidth: run.cellWidth },
    zones: { ...zones, digest: run.digest, list: run.ids.map((id) => ({ id, name: id })) },
    factors: factorsOf(run),
    layers: soil === null ? [landcover] : [landcover, measuredLayer('soil', { unit: 't/ha' })],
    green: green === null ? null : plannedGreen({ builtCodes: [5] }),
    greenScore: green === null ? null : { minHa: 0.5, smallHa, small, large: 40, built: 5 },
    emissions: { tCo2: 1000 + run.cellWidth, year: 2021, source: 'none' },
  });
}

function comparedRun(run: RandomRun): ComparedRun {
  const plan = planOf(run);
  return { plan, figures: computeFigures(plan, countsOf(run, plan)) };
}

function countsOf({ counts, holes, soil, green }: RandomRun, plan: Plan): Partial {
  const zones = counts.map(([trees, grass, built], zone) => {
    const classes = Object.fromEntries(
      [[1, trees] as const, [2, grass] as const, [5, built] as const].filter(([, cells]) => cells > 0),
    );
    return zoneTally(trees + grass + built + (holes[zone] ?? 0), classes, 0);
  });
  const histogram = new Map(counts.map(([trees, grass], zone) => [zone, patchesOf([trees, grass], green ?? 0)]));
  const patches = { ...emptyPatches(patchRule(plan.grid, null, 8)), closed: histogram };
  const quantities = new Map(counts.map(([trees, grass], zone) => [zone, soilOf([trees, grass], soil ?? 0)]));
  return partialOf(zones, {
    patches: green === null ? new Map() : new Map([['all', patches]]),
    quantities: soil === null ? new Map() : new Map([['soil', quantities]]),
  });
}

/** Thirds of the share of each class in patches of 0.1, 5 and 500 ha. */
function patchesOf(cells: readonly number[], share: number): Map<number, Map<number, SizeTally>> {
  const of = (count: number) => {
    const part = Math.floor((count * share) / 3);
    return new Map([1000, 50_000, 5_000_000].map((size) => [size, { patches: 1, cells: part, area: 0n }]));
  };
  return new Map(cells.map((all, index) => [index + 1, of(all)]));
}

/** Values under half of each class, in fixed point. */
function soilOf(cells: readonly number[], tPerHa: number): Map<number, QuantityTally> {
  const half = cells.map((all) => Math.floor(all / 2));
  const tally = (all: number) => ({ cells: all, area: 0n, sum: BigInt(all * tPerHa * 2) * 2n ** 19n });
  return new Map(half.map((all, index) => [index + 1, tally(all)]));
}

function waterfalls({ city, zones }: Comparison): Waterfall[] {
  return [city, ...zones].flatMap((one) => [one.storage_tC, one.sequestration_tC_yr]);
}

function sizeOf({ old, new: next, parts }: Waterfall): number {
  return Math.max(Math.abs(old ?? 0), Math.abs(next ?? 0), ...Object.values(parts ?? {}).map(Math.abs));
}

const sum = (values: readonly number[]) => values.reduce((total, one) => total + one, 0);

describe('the parts of a difference', () => {
  it('add up to it, in the city and in each zone', () => {
    fc.assert(
      fc.property(randomRun, randomRun, (a, b) => {
        for (const one of waterfalls(compareRuns(comparedRun(a), comparedRun(b)))) {
          if (one.old === null || one.new === null) {
            expect([one.difference, one.parts]).toEqual([null, null]);
            continue;
          }
          const [difference, parts] = [one.difference ?? Number.NaN, Object.values(one.parts ?? {})];
          // Published figures have 12 digits; doubles add up to 15.
          const least = sizeOf(one) * 1e-11;
          expect(Math.abs(one.new - one.old - difference)).toBeLessThanOrEqual(least);
          expect(Math.abs(sum(parts) - difference)).toBeLessThanOrEqual(least * 1e-2);
        }
      }),
    );
  });

  it('are named: nothing is left over where grid and area rule are the same', () => {
    fc.assert(
      fc.property(randomRun, randomRun, (a, b) => {
        const compared = compareRuns(comparedRun(a), comparedRun({ ...b, cellWidth: a.cellWidth }));
        for (const { parts } of waterfalls(compared)) if (parts !== null) expect(parts.model_or_area_rule).toBe(0);
      }),
    );
  });

  it('are factors alone where nothing but the table differs', () => {
    fc.assert(
      fc.property(randomRun, randomRun, (a, { values, impervious }) => {
        for (const { parts } of waterfalls(compareRuns(comparedRun(a), comparedRun({ ...a, values, impervious })))) {
          if (parts !== null)
            expect({ ...parts, factors: 0 }).toEqual(Object.fromEntries(PARTS.map((part) => [part, 0])));
        }
      }),
    );
  });

  it('of land change and factors are the sums of their classes and coefficients', () => {
    fc.assert(
      fc.property(randomRun, randomRun, (a, b) => {
        const compared = compareRuns(comparedRun(a), comparedRun(b));
        for (const measure of ['storage_tC', 'sequestration_tC_yr'] as const) {
          const one = compared.city[measure];
          if (one.parts === null) continue;
          const least = Math.max(1e-6, sizeOf(one) * 1e-9);
          const land = sum(compared.classes.map((row) => row[measure] ?? 0));
          expect(Math.abs(land - one.parts.land_change)).toBeLessThanOrEqual(least);
          const factors = sum(compared.factors.map((row) => row[measure] ?? 0));
          expect(Math.abs(factors - one.parts.factors)).toBeLessThanOrEqual(least);
        }
      }),
    );
  });
});

describe('swapping the runs', () => {
  it('turns the sign of every difference and part', () => {
    fc.assert(
      fc.property(randomRun, randomRun, (a, b) => {
        const [there, back] = [comparedRun(a), comparedRun(b)];
        const zonesOf = (one: Comparison) => new Map(one.zones.map((zone) => [zone.zone, zone]));
        const [forth, turned] = [compareRuns(there, back), compareRuns(back, there)];
        const pairs = [
          [forth.city, turned.city] as const,
          ...forth.zones.map((zone) => [zone, zonesOf(turned).get(zone.zone)] as const),
        ];
        for (const [one, other] of pairs) {
          for (const measure of ['storage_tC', 'sequestration_tC_yr'] as const) {
            const [was, is] = [one[measure], other?.[measure]];
            if (was.parts === null) expect(is?.parts).toBeNull();
            else {
              expect((was.difference ?? 0) + (is?.difference ?? Number.NaN)).toBe(0);
              for (const part of PARTS) {
                const both = was.parts[part] + (is?.parts?.[part] ?? Number.NaN);
                expect(Math.abs(both)).toBeLessThanOrEqual(sizeOf(was) * 1e-10);
              }
            }
          }
        }
      }),
    );
  });
});

describe('a run compared with itself', () => {
  it('differs in nothing at all', () => {
    fc.assert(
      fc.property(randomRun, (a) => {
        const compared = compareRuns(comparedRun(a), comparedRun(a));
        for (const { difference, parts } of waterfalls(compared)) {
          expect([difference ?? 0, ...Object.values(parts ?? {})].every((one) => one === 0)).toBe(true);
        }
        expect([compared.classes, compared.factors, compared.scenes, compared.notes]).toEqual([[], [], [], []]);
        expect([compared.offset?.difference_points ?? 0, compared.offset?.emissions_points ?? 0]).toEqual([0, 0]);
      }),
    );
  });
});
