import { describe, expect, it } from 'vitest';
import { computeFigures, type Figures } from '../../../src/reducer/totals.ts';
import type { Uncertainty } from '../../../src/reducer/uncertainty.ts';
import { mergeAllPartials, type Partial, type ZoneTally } from '../../../src/shared/carbon/partial.ts';
import { patchesKey } from '../../../src/shared/contracts/counted-names.ts';
import type { Plan } from '../../../src/shared/contracts/plan.ts';
import { plannedGreen } from '../../support/green-parts.ts';
import { hectarePlan, LANDCOVER, measuredLayer, partialOf, zoneTally } from '../../support/plan-parts.ts';
import { patchesOf, RULE_HA, rowOf, tableOf, valuesOf } from './counted-parts.ts';

/** Cells of a hectare; t C/ha and t C/ha/yr. */
const ERRORS = { above: 2, soil: 8, sequestration: 0.5 };
const FOREST = rowOf(1, { above: 10, soil: 50, sequestration: 2 }, { standardErrors: ERRORS, source: 'plots' });
const PARK = rowOf(
  2,
  { above: 6, soil: 30, sequestration: 1 },
  { standardErrors: { above: 1, soil: 4 }, source: null },
);
const BUILT = rowOf(5, { above: 0, soil: 0, sequestration: 0 });
const TABLE = tableOf([FOREST, PARK, BUILT]);

const PARTIAL_ZONES = [zoneTally(20, { 1: 6, 5: 14 }), zoneTally(10, { 1: 4, 2: 3, 5: 3 })];
const PARTIAL = partialOf(PARTIAL_ZONES);

function figuresOf(changes: Parameters<typeof hectarePlan>[0] = {}, partial: Partial = PARTIAL): Figures {
  return computeFigures(hectarePlan({ factors: TABLE, ...changes }), partial);
}

function uncertaintyOf(...args: Parameters<typeof figuresOf>): Uncertainty {
  return figuresOf(...args).uncertainty as Uncertainty;
}

describe('intervals of a run', () => {
  it('are none where the table has no standard error, or none above zero', () => {
    const withErrors = (errors: Plan['factors']['classes'][number]['standardErrors']) =>
      tableOf(TABLE.classes.map((row) => ({ ...row, standardErrors: errors })));
    expect(figuresOf({ factors: withErrors({}) }).uncertainty).toBeNull();
    expect(figuresOf({ factors: withErrors({ above: 0, soil: 0, sequestration: 0 }) }).uncertainty).toBeNull();
    expect(figuresOf({ factors: withErrors({ above: 0.1 }) }).uncertainty).not.toBeNull();
  });

  it('stand at the figures themselves: city, zones and scenarios', () => {
    const figures = figuresOf();
    const { city, zones, scenarios } = figures.uncertainty as Uncertainty;
    expect(city.storage_tC?.value).toBe(figures.city.total.storage_tC);
    expect(city.sequestration_tC_yr?.value).toBe(figures.city.total.sequestration_tC_yr);
    expect(zones.map(({ zone, storage_tC }) => [zone, storage_tC?.value])).toEqual(
      figures.zones.map(({ zone, total }) => [zone, total.storage_tC]),
    );
    expect(scenarios.map(({ soil, storage_tC }) => [soil, storage_tC?.value])).toEqual(
      figures.scenarios.rows.map(({ soil, storage_tC }) => [soil, storage_tC]),
    );
  });

  it('have the error of all area that shares a coefficient, pools apart', () => {
    const { city, zones, scenarios } = uncertaintyOf();
    // 10 ha of forest with 2 and 8, 3 ha of park with 1 and 4.
    expect(city.storage_tC?.sd_analytic).toBeCloseTo(Math.hypot(20, 80, 3, 12), 9);
    expect(zones[0]?.storage_tC?.sd_analytic).toBeCloseTo(Math.hypot(12, 48), 9);
    // Zones share the draws of forest: their errors add up, and are no smaller together.
    expect(scenarios[0]?.storage_tC?.sd_analytic).toBeCloseTo(Math.hypot(20, 3), 9);
    expect(city.storage_tC?.sd_ratio).toBeGreaterThan(0.97);
    expect(city.storage_tC?.sd_ratio).toBeLessThan(1.03);
    expect(city.storage_tC?.p2_5).toBeLessThan(city.storage_tC?.value ?? 0);
    expect(city.storage_tC?.p97_5).toBeGreaterThan(city.storage_tC?.value ?? 0);
  });

  it('take a 0 without an error for exact, and name any other number without one', () => {
    const { city, zones } = uncertaintyOf();
    expect(city.storage_tC?.without_error).toEqual([]);
    // Built-up land has rates of 0; the park's rate of 1 has no error.
    expect(city.sequestration_tC_yr?.without_error).toEqual(['class 2 sequestration']);
    expect(city.sequestration_tC_yr?.sd_analytic).toBeCloseTo(5, 9);
    expect(zones[0]?.sequestration_tC_yr?.without_error).toEqual([]);
  });

  it('of what is left out have a value that is the figure, by zone too, and name only what differs', () => {
    const figures = figuresOf();
    const { left_out } = figures.uncertainty as Uncertainty;
    expect(left_out.storage_tC?.value).toBe(figures.scenarios.left_out.storage_tC);
    // Soil of 10 ha of forest with 8 and of 3 ha of park with 4; what is above ground is in both.
    expect(left_out.storage_tC?.sd_analytic).toBeCloseTo(Math.hypot(80, 12), 9);
    expect(left_out.zones.map(({ zone, storage_tC }) => [zone, storage_tC?.value])).toEqual(
      figures.scenarios.left_out.zones.map(({ zone, storage_tC }) => [zone, storage_tC]),
    );
    expect(left_out.zones[0]?.storage_tC?.sd_analytic).toBeCloseTo(48, 9);
    // No rate of soil: nothing differs, and that is certain. The park's rate without an error is in both, so it is not named.
    expect(left_out.sequestration_tC_yr).toMatchObject({ value: 0, sd: 0, sd_ratio: null, without_error: [] });
  });

  it('of what is left out know of no difference where the same areas are in both, though their sums round apart', () => {
    // Cells of a ninth of a hectare, in three rows of one source that share a coefficient.
    const twins = [1, 2, 3].map((code) => ({ ...FOREST, code }));
    const { grid } = hectarePlan();
    const cut = { ...grid, cellWidth: 100 / 3 };
    const counted = partialOf([zoneTally(60, { 1: 7, 2: 11, 3: 13 })]);
    const { left_out } = uncertaintyOf({ factors: tableOf([...twins, BUILT]), grid: cut }, counted);
    expect(left_out.sequestration_tC_yr).toMatchObject({ value: 0, sd: 0, p2_5: 0, p97_5: 0 });
  });

  it('are none for rates that the table does not have, bounds of coverage neither', () => {
    const factors = tableOf([rowOf(1, { above: 10 }, { standardErrors: { above: 2 } }), rowOf(5, { above: 0 })]);
    const partial = partialOf([zoneTally(20, { 1: 6, 5: 4 })]);
    const { city, coverage_bounds } = uncertaintyOf({ factors }, partial);
    expect(city.sequestration_tC_yr).toBeNull();
    expect(city.offset_percent).toBeNull();
    expect(coverage_bounds).toEqual({ storage_tC: { low: 60, high: 160 }, sequestration_tC_yr: null });
  });

  it('of an offset are those of uptake over emissions', () => {
    const emissions = { tCo2: 1100, year: 2021, source: 'inventory' };
    const { city } = uncertaintyOf({ emissions });
    // 23 t C/yr; 1 % is 3 t C.
    expect(city.offset_percent?.value).toBeCloseTo(23 / 3, 10);
    expect(city.offset_percent?.sd_analytic).toBeCloseTo(5 / 3, 10);
    expect(uncertaintyOf().city.offset_percent).toBeNull();
  });
});

describe('rows of one measurement', () => {
  const twin = (source: string | null, changes: object = {}) => [
    { ...FOREST, source },
    { ...FOREST, code: 2, source, ...changes },
    BUILT,
  ];
  const partial = partialOf([zoneTally(10, { 1: 6, 2: 4 })]);
  const sd = (classes: Plan['factors']['classes']) =>
    uncertaintyOf({ factors: tableOf(classes) }, partial).city.sequestration_tC_yr;

  it('share their draws: equal numbers of one source', () => {
    expect(sd(twin('plots'))?.sd_analytic).toBeCloseTo(10 * 0.5, 9);
    expect(sd(twin('plots'))?.sd).toBeGreaterThan(10 * 0.5 * 0.97);
  });

  it('are apart without a source, of another source, or with another number', () => {
    const apart = Math.hypot(3, 2);
    expect(sd(twin(null))?.sd_analytic).toBeCloseTo(apart, 9);
    expect(sd(twin('plots', { source: 'others' }))?.sd_analytic).toBeCloseTo(apart, 9);
    const values = { above: 10, soil: 50, sequestration: 2.5 };
    expect(sd(twin('plots', { values }))?.sd_analytic).toBeCloseTo(apart, 9);
    expect(sd(twin('plots', { standardErrors: { ...ERRORS, above: 3 } }))?.sd_analytic).toBeCloseTo(apart, 9);
  });
});

describe('soil of a raster', () => {
  const layers = [LANDCOVER, measuredLayer('soil', { unit: 'kg/m2' })];
  const soilOf = (cells: number): Partial => {
    const quantities = new Map([['soil', new Map([[0, new Map([[1, valuesOf(cells, 8)]])]])]]);
    return partialOf([zoneTally(10, { 1: 10 })], { quantities });
  };

  it('has no error unless one is stated: it moves the interval of the rest, and is named', () => {
    const figures = figuresOf({ layers }, soilOf(10));
    const storage = figures.uncertainty?.city.storage_tC;
    expect(storage?.value).toBe(figures.city.total.storage_tC);
    expect(storage?.value).toBe(900);
    expect(storage?.sd_analytic).toBeCloseTo(20, 9);
    expect(Math.abs((storage?.mean ?? 0) - 900)).toBeLessThan(1);
    expect(storage?.without_error).toEqual(['layers.soil']);
  });

  it('leaves the table its error where it has no value', () => {
    const storage = uncertaintyOf({ layers }, soilOf(7)).city.storage_tC;
    expect(storage?.value).toBe(100 + 560 + 150);
    expect(storage?.sd_analytic).toBeCloseTo(Math.hypot(20, 3 * 8), 9);
    // Without any value it is the table alone.
    expect(uncertaintyOf({ layers }, soilOf(0)).city.storage_tC?.without_error).toEqual([]);
  });

  it('is a stock: the interval of uptake is without it', () => {
    const figures = figuresOf({ layers }, soilOf(10));
    expect(figures.uncertainty?.city.sequestration_tC_yr).toMatchObject({ value: 20, without_error: [] });
    expect(figures.city.total.sequestration_tC_yr).toBe(20);
  });

  it('is out of scenarios without soil, and with it its name', () => {
    const [bare, whole] = uncertaintyOf({ layers }, soilOf(10)).scenarios;
    expect(bare?.storage_tC).toMatchObject({ value: 100, without_error: [] });
    expect(whole?.storage_tC).toMatchObject({ value: 900, without_error: ['layers.soil'] });
  });

  it('alone has no interval: that nothing varies does not make it exact', () => {
    const factors = tableOf([rowOf(1, { sequestration: 2 }, { standardErrors: { sequestration: 0.5 } })]);
    expect(uncertaintyOf({ layers, factors }, soilOf(10)).city.storage_tC).toEqual({
      value: 800,
      mean: null,
      sd: null,
      p2_5: null,
      p97_5: null,
      sd_analytic: null,
      sd_ratio: null,
      without_error: ['layers.soil'],
    });
  });

  it('errs together over all its cells, zones and classes where its error is known', () => {
    const quantities = new Map([
      [
        'soil',
        new Map([
          [0, new Map([[1, valuesOf(6, 8)]])],
          [
            1,
            new Map([
              [1, valuesOf(4, 5)],
              [2, valuesOf(3, 2)],
            ]),
          ],
        ]),
      ],
    ]);
    const figures = figuresOf({ layers, soilRelativeSe: 0.2 }, partialOf(PARTIAL_ZONES, { quantities }));
    const { city, zones, scenarios, left_out, causes } = figures.uncertainty as Uncertainty;
    // 6 ha of 80 t C/ha in the north; 4 of 50 and 3 of 20 in the south. Above ground 10 ha with 2 and 3 ha with 1.
    const [north, south] = [480, 200 + 60];
    expect(city.storage_tC?.value).toBe(figures.city.total.storage_tC);
    expect(city.storage_tC?.value).toBe(100 + 18 + north + south);
    expect(city.storage_tC?.sd_analytic).toBeCloseTo(Math.hypot(20, 3, 0.2 * (north + south)), 9);
    expect(zones[0]?.storage_tC?.sd_analytic).toBeCloseTo(Math.hypot(12, 0.2 * north), 9);
    expect(zones[1]?.storage_tC?.sd_analytic).toBeCloseTo(Math.hypot(8, 3, 0.2 * south), 9);
    expect(city.storage_tC?.sd_ratio).toBeGreaterThan(0.97);
    expect(city.storage_tC?.sd_ratio).toBeLessThan(1.03);
    expect(city.storage_tC?.without_error).toEqual([]);
    // Without soil it is in nothing; what soil adds is the raster, and nothing else varies.
    expect(scenarios[0]?.storage_tC?.sd_analytic).toBeCloseTo(Math.hypot(20, 3), 9);
    expect(left_out.storage_tC?.sd_analytic).toBeCloseTo(0.2 * (north + south), 9);
    expect(left_out.zones[1]?.storage_tC?.sd_analytic).toBeCloseTo(0.2 * south, 9);
    expect(causes.storage[0]?.name).toBe('layers.soil');
    expect(causes.storage[0]?.share).toBeCloseTo(148 ** 2 / (148 ** 2 + 20 ** 2 + 3 ** 2), 9);
    expect(causes.sequestration.map(({ name }) => name)).not.toContain('layers.soil');
  });

  it('has the error of its own part where the table stands in for the rest', () => {
    const storage = uncertaintyOf({ layers, soilRelativeSe: 0.2 }, soilOf(7)).city.storage_tC;
    expect(storage?.sd_analytic).toBeCloseTo(Math.hypot(20, 3 * 8, 0.2 * 560), 9);
    expect(storage?.without_error).toEqual([]);
  });

  it('has an interval with its error alone, and is never below zero with a large one', () => {
    const factors = tableOf([rowOf(1, { sequestration: 2 })]);
    const storage = uncertaintyOf({ layers, factors, soilRelativeSe: 0.8 }, soilOf(10)).city.storage_tC;
    expect(storage?.sd_analytic).toBeCloseTo(0.8 * 800, 9);
    expect(storage?.p2_5).toBeGreaterThan(0);
    // Log-normal: sigma^2 = ln 1.64, median 800 / sqrt(1.64); 97.5 % at 2423. Four errors of that quantile are 220.
    const sigma = Math.sqrt(Math.log(1.64));
    const high = (800 / Math.sqrt(1.64)) * Math.exp(1.959964 * sigma);
    expect(Math.abs((storage?.p97_5 ?? 0) - high)).toBeLessThan(4 * 0.027 * sigma * high);
  });

  it('has no error of areas from a confusion matrix, and adds its own to theirs', () => {
    const accuracy = {
      url: '',
      digest: 'a',
      matrix: {
        classes: [1, 5],
        counts: [
          [90, 10],
          [0, 100],
        ],
      },
    };
    const storage = (soilRelativeSe: number | null) =>
      uncertaintyOf({ layers, accuracy, soilRelativeSe }, soilOf(10)).city.storage_tC?.sd_analytic ?? 0;
    expect(storage(0.2)).toBeCloseTo(Math.hypot(storage(null), 160), 9);
  });

  it('is applied last: another error of it draws the same, and stretches', () => {
    const spread = (soilRelativeSe: number) => {
      const factors = tableOf([rowOf(1, { sequestration: 2 })]);
      return uncertaintyOf({ layers, factors, soilRelativeSe }, soilOf(10)).city.storage_tC?.sd ?? 0;
    };
    expect(spread(0.2)).toBeCloseTo(2 * spread(0.1), 6);
  });

  it('counts in the bounds of coverage with what it has of each class', () => {
    const quantities = new Map([['soil', new Map([[0, new Map([[1, valuesOf(6, 8)]])]])]]);
    const partial = partialOf([zoneTally(10, { 1: 6, 5: 2 })], { quantities });
    // Forest has 10 + 80 t C/ha, built-up 0; 2 ha are unseen.
    expect(uncertaintyOf({ layers }, partial).coverage_bounds.storage_tC).toEqual({ low: 540, high: 720 });
  });
});

describe('bounds of coverage', () => {
  it('take what was not seen for all of the poorest or all of the richest class that occurs', () => {
    const partial = partialOf([zoneTally(12, { 1: 5, 2: 3 }, 1), zoneTally(1, { 2: 1 })]);
    const { coverage_bounds, city } = uncertaintyOf({}, partial);
    // 5 x 60 + 4 x 36 t C; 4 ha unseen of 36 or 60. Built-up land with its 0 does not occur.
    expect(city.storage_tC?.value).toBe(444);
    expect(coverage_bounds).toEqual({
      storage_tC: { low: 444 + 4 * 36, high: 444 + 4 * 60 },
      sequestration_tC_yr: { low: 14 + 4, high: 14 + 8 },
    });
  });

  it('are none where all was seen', () => {
    expect(uncertaintyOf({}, partialOf([zoneTally(8, { 1: 5, 2: 3 })])).coverage_bounds).toEqual({
      storage_tC: null,
      sequestration_tC_yr: null,
    });
  });
});

describe('the same city', () => {
  const green = plannedGreen({ greenClasses: [1, 2], builtCodes: [5] });
  const greenScore = { minHa: 2, smallHa: 4, small: 2, large: null, built: 5 };
  const layers = [LANDCOVER, measuredLayer('soil', { unit: 'kg/m2' })];
  const changes = { green, greenScore, layers };

  /** Quarters as they come from tiles; the order in which maps are filled is that of the tiles. */
  const part = (zone: number, counts: Record<number, number>, patches: number[], soil: number): Partial => {
    const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
    const zones: [number, ZoneTally][] = [[zone, zoneTally(all, counts)]];
    return partialOf([], {
      zones: new Map(zones),
      quantities: new Map([['soil', new Map([[zone, new Map([[1, valuesOf(soil, 7.25)]])]])]]),
      patches: new Map([
        [
          patchesKey(null),
          patchesOf(
            RULE_HA,
            patches.map((cells) => [[zone, 1, cells] as const]),
          ),
        ],
      ]),
    });
  };
  const tiles = [
    part(0, { 1: 9, 5: 4 }, [1, 3], 5),
    part(1, { 5: 4, 2: 3, 1: 8 }, [5], 8),
    part(1, { 1: 2, 5: 1 }, [2], 1),
    part(0, { 2: 7, 1: 3 }, [], 3),
  ];
  const whole = computeFigures(hectarePlan({ factors: TABLE, ...changes }), mergeAllPartials('b', tiles));

  it.each([
    ['the other way round', [3, 2, 1, 0]],
    ['from the middle', [2, 0, 3, 1]],
  ])('has the same bits with tiles that come %s', (_, order) => {
    const merged = mergeAllPartials(
      'b',
      order.map((index) => tiles[index] as Partial),
    );
    expect(JSON.stringify(figuresOf(changes, merged))).toBe(JSON.stringify(whole));
    expect(whole.uncertainty?.city.storage_tC?.sd).toBeGreaterThan(0);
    const { storage_tC, zones, alone } = whole.uncertainty?.left_out ?? {};
    for (const interval of [
      storage_tC,
      zones?.[0]?.storage_tC,
      zones?.[1]?.storage_tC,
      alone?.small_green?.storage_tC,
    ]) {
      expect(interval?.sd).toBeGreaterThan(0);
    }
  });

  it('has the same draws however it was cut and wherever it is kept', () => {
    const cut = { tileSize: 512, tileRows: 512, tileCols: 512, tileCount: 9, basis: 'other', run: '2021-ffffffffffff' };
    const places = { resultsUrl: 's3://elsewhere/', partialsUrl: 's3://elsewhere/p/', measured: 'other' };
    const merged = mergeAllPartials('b', tiles);
    expect(uncertaintyOf({ ...changes, ...cut, ...places }, merged)).toEqual(whole.uncertainty);
  });

  it('has other draws in another year, city or with another table, of the same law', () => {
    const sd = ({ city }: Uncertainty) => [city.storage_tC?.sd, city.storage_tC?.sd_analytic];
    const [drawn, analytic] = sd(uncertaintyOf());
    for (const other of [{ year: 2020 }, { city: 'elsewhere' }, { factors: { ...TABLE, digest: 'g' } }]) {
      const [sdOther, analyticOther] = sd(uncertaintyOf(other));
      expect(sdOther).not.toBe(drawn);
      expect(analyticOther).toBe(analytic);
    }
  });
});
