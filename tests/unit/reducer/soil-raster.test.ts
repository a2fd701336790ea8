import { describe, expect, it } from 'vitest';
import { computeFigures, type Figures } from '../../../src/reducer/totals.ts';
import { figureWarnings } from '../../../src/reducer/warnings.ts';
import type { QuantityTally } from '../../../src/shared/carbon/partial.ts';
import { patchesKey } from '../../../src/shared/contracts/counted-names.ts';
import { plannedGreen } from '../../support/green-parts.ts';
import { hectarePlan, LANDCOVER, measuredLayer, partialOf, zoneTally } from '../../support/plan-parts.ts';
import { patchesOf, RULE_HA, rowOf, tableOf, valuesOf } from './counted-parts.ts';

/** Cells of a hectare. Densities in t C/ha; a quarter of parks and 60 % of mixed built-up land are sealed. */
const [FOREST, WATER, MIXED, SEALED, PARK] = [1, 3, 4, 5, 9] as const;
const TABLE = tableOf([
  rowOf(FOREST, { above: 10, soil: 50 }),
  rowOf(WATER, { above: 0, soil: 0 }),
  rowOf(MIXED, { above: 1, soil: 0 }, { impervious: 0.6 }),
  rowOf(SEALED, { above: 0, soil: 0 }),
  rowOf(PARK, { above: 5, soil: 30 }, { impervious: 0.25 }),
]);

type Changes = NonNullable<Parameters<typeof hectarePlan>[0]>;
type ByClass = Readonly<Record<number, QuantityTally>>;

const soilPlan = (unit: string | null = 'kg/m2', changes: Changes = {}) =>
  hectarePlan({ factors: TABLE, layers: [LANDCOVER, measuredLayer('soil', { unit })], ...changes });

/** Figures of zone n with these classes and values of the plan's last layer. */
function figuresOf(counts: Readonly<Record<number, number>>, soil: ByClass, plan = soilPlan()): Figures {
  const layer = plan.layers.at(-1)?.name ?? '';
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const values = new Map(Object.entries(soil).map(([code, tally]) => [Number(code), tally]));
  const quantities = new Map([[layer, new Map([[0, values]])]]);
  return computeFigures(plan, partialOf([zoneTally(all, counts)], { quantities }));
}

function soilByClass({ city }: Figures): (number | null)[] {
  return city.classes.map((row) => row.soil_tC);
}

describe('soil of a raster', () => {
  it('takes the place of the pool of the table: kg/m2 times ten, never both', () => {
    const figures = figuresOf({ [FOREST]: 6 }, { [FOREST]: valuesOf(6, 8) });
    expect(soilByClass(figures)).toEqual([480]);
    expect(figures.city.total).toMatchObject({ above_tC: 60, soil_tC: 480, storage_tC: 540 });
  });

  it.each([
    ['kg/m2', 480],
    ['kg C/m2', 480],
    ['t/ha', 48],
    ['Mg/ha', 48],
    ['t C/ha', 48],
    // No carbon over an area: the table's 50 t C/ha stand.
    ['g/kg', 300],
    [null, 300],
  ])('of unit %s makes %d t C of 6 ha with the value 8', (unit, tC) => {
    expect(soilByClass(figuresOf({ [FOREST]: 6 }, { [FOREST]: valuesOf(6, 8) }, soilPlan(unit)))).toEqual([tC]);
  });

  it('of another name is a layer like any other', () => {
    const plan = soilPlan('kg/m2', { layers: [LANDCOVER, measuredLayer('peat', { unit: 'kg/m2' })] });
    expect(soilByClass(figuresOf({ [FOREST]: 6 }, { [FOREST]: valuesOf(6, 8) }, plan))).toEqual([300]);
  });

  it('leaves to the table the cells that have no value, each cell counted by one of the two', () => {
    // 4 ha x 80 + 2 ha x 50.
    expect(soilByClass(figuresOf({ [FOREST]: 6 }, { [FOREST]: valuesOf(4, 8) }))).toEqual([420]);
    expect(soilByClass(figuresOf({ [FOREST]: 6 }, {}))).toEqual([300]);
    // A value of 0 is a value.
    expect(soilByClass(figuresOf({ [FOREST]: 6 }, { [FOREST]: valuesOf(6, 0) }))).toEqual([0]);
  });

  it('goes on under water and sealed land, and is not counted there: the table gives them none', () => {
    const figures = figuresOf({ [WATER]: 5, [SEALED]: 7 }, { [WATER]: valuesOf(5, 12), [SEALED]: valuesOf(7, 9) });
    expect(soilByClass(figures)).toEqual([0, 0]);
  });

  it('is taken without the sealed share of a class, stated with or without soil of the table', () => {
    const figures = figuresOf({ [MIXED]: 5, [PARK]: 4 }, { [MIXED]: valuesOf(5, 5), [PARK]: valuesOf(4, 6) });
    // 5 ha x 50 x 0.4; 4 ha x 60 x 0.75.
    expect(soilByClass(figures)).toEqual([100, 180]);
    // The table's density is that of the class as it is: nothing is taken off it.
    expect(soilByClass(figuresOf({ [PARK]: 4 }, { [PARK]: valuesOf(1, 6) }))).toEqual([45 + 90]);
  });

  it('is left out with soil: scenarios without it have neither the raster nor the table', () => {
    const { rows, left_out } = figuresOf({ [FOREST]: 6 }, { [FOREST]: valuesOf(4, 8) }).scenarios;
    expect(rows.map(({ soil, storage_tC }) => [soil, storage_tC])).toEqual([
      [false, 60],
      [true, 480],
    ]);
    expect(left_out).toMatchObject({ storage_tC: 420, storage_percent: 87.5 });
  });

  it('goes with green patches to the row that they take, less what is sealed there', () => {
    const greenScore = { minHa: 1, smallHa: 3, small: PARK, large: null, built: SEALED };
    const green = plannedGreen({ greenClasses: [FOREST], builtCodes: [SEALED] });
    const plan = soilPlan('kg/m2', { green, greenScore });
    const values = new Map([[FOREST, valuesOf(10, 8)]]);
    const patches = patchesOf(RULE_HA, [[[0, FOREST, 2]], [[0, FOREST, 5]]]);
    const figures = computeFigures(
      plan,
      partialOf([zoneTally(14, { [FOREST]: 10, [SEALED]: 4 })], {
        quantities: new Map([['soil', new Map([[0, values]])]]),
        patches: new Map([[patchesKey(null), patches]]),
      }),
    );
    // Forest keeps 8 ha x 80; the patch of 2 ha is a park with 2 x 80 x 0.75.
    expect(figures.city.classes.map((row) => [row.class, row.cells, row.soil_tC])).toEqual([
      [FOREST, 8, 640],
      [SEALED, 4, 0],
      [PARK, 2, 120],
    ]);
    // Left out, it is sealed land without soil: 640 + 80 above in place of 760 + 90.
    expect(figures.scenarios.rows.map((row) => row.storage_tC)).toEqual([80, 90, 720, 850]);
  });

  it('is a mean by area where cells are of different sizes', () => {
    // Units of 2^-30 m2, cells of 1 ha and half a ha with 8 and 2 kg/m2: 80 + 10 t C, not 1.5 ha x 50.
    const unitsHa = 10_000n << 30n;
    const plan = soilPlan('kg/m2', { area: 'ellipsoid', areaBy: 'row', areaExponent: 30 });
    const tally = { cells: 2, area: unitsHa + unitsHa / 2n };
    // A cell's share of the largest is its units over 2^50; values are in 2^-20.
    const sum = 8n * 10_000n + 2n * 5000n;
    const zone = { all: tally, unread: { cells: 0, area: 0n }, classes: new Map([[FOREST, tally]]) };
    const quantities = new Map([['soil', new Map([[0, new Map([[FOREST, { ...tally, sum }]])]])]]);
    expect(computeFigures(plan, partialOf([zone], { quantities })).city.total).toMatchObject({
      area_ha: 1.5,
      soil_tC: 90,
    });
  });

  it('of zones adds up to that of the city', () => {
    const values = (tally: QuantityTally) => new Map([[FOREST, tally]]);
    const quantities = new Map([
      [
        'soil',
        new Map([
          [0, values(valuesOf(4, 8))],
          [1, values(valuesOf(3, 2))],
        ]),
      ],
    ]);
    const partial = partialOf([zoneTally(6, { [FOREST]: 6 }), zoneTally(3, { [FOREST]: 3 })], { quantities });
    const { zones, city } = computeFigures(soilPlan(), partial);
    expect([...zones.map(({ total }) => total.soil_tC), city.total.soil_tC]).toEqual([420, 60, 480]);
  });
});

describe('what is said beside soil of a raster', () => {
  const notesOf = (soil: ByClass, plan = soilPlan()) => figureWarnings(plan, figuresOf({ [FOREST]: 6 }, soil, plan));
  const bare = tableOf([rowOf(FOREST, { above: 10 })]);

  it('where the table stands in', () => {
    const note = 'where layers.soil has no value, soil comes from the factor table; both stand in soil_tC';
    expect(notesOf({ [FOREST]: valuesOf(4, 8) })).toContain(note);
    expect(notesOf({})).toContain(note);
    expect(notesOf({ [FOREST]: valuesOf(6, 8) }).join()).not.toContain('layers.soil');
  });

  it('where a table without soil cannot stand in', () => {
    const plan = soilPlan('kg/m2', { factors: bare });
    expect(soilByClass(figuresOf({ [FOREST]: 6 }, { [FOREST]: valuesOf(4, 8) }, plan))).toEqual([320]);
    const notes = notesOf({ [FOREST]: valuesOf(4, 8) }, plan);
    expect(notes).toContain('where layers.soil has no value, no soil is counted: the factor table has no column of it');
    expect(notes.join()).not.toContain('both stand in soil_tC');
  });

  it('that soil is in storage, though the table has no column of it', () => {
    const plan = soilPlan('kg/m2', { factors: bare });
    expect(notesOf({ [FOREST]: valuesOf(6, 8) }, plan)).toContain(
      'pools without a column in the factor table, so not in storage: below, dead',
    );
    expect(notesOf({ [FOREST]: valuesOf(6, 8) }, { ...plan, layers: [LANDCOVER] })).toContain(
      'pools without a column in the factor table, so not in storage: below, dead, soil',
    );
  });
});
