import { describe, expect, it } from 'vitest';
import { classesWithoutFactor, computeFigures } from '../../../src/reducer/totals.ts';
import { CO2_PER_C } from '../../../src/shared/units.ts';
import { hectarePlan, partialOf, zoneTally } from '../../support/plan-parts.ts';

/** Zone n: 6 ha, of which 3 class 1, 2 class 2, 1 missing. Zone s: 4 ha, all class 2. */
const PARTIAL = partialOf([zoneTally(6, { 1: 3, 2: 2 }, 1), zoneTally(4, { 2: 4 })]);

describe('computeFigures', () => {
  const { zones, city, offset } = computeFigures(hectarePlan(), PARTIAL);

  it('multiplies density by area for each class, and adds the pools that the table has', () => {
    // Class 1 in n: 3 ha x (10 + 5) = 45 t C, 3 x 2 = 6 t C/yr.
    expect(zones[0]?.classes[0]).toMatchObject({
      class: 1,
      cells: 3,
      area_ha: 3,
      above_tC: 30,
      soil_tC: 15,
      storage_tC: 45,
      sequestration_tC_yr: 6,
    });
    // Class 2 in n: 2 ha x (0 + 40) = 80 t C, 2 x -0.5 = -1 t C/yr: a source.
    expect(zones[0]?.classes[1]).toMatchObject({ class: 2, storage_tC: 80, sequestration_tC_yr: -1 });
  });

  it('sums classes to zones and zones to the city', () => {
    expect(zones[0]?.total).toMatchObject({ cells: 5, area_ha: 5, storage_tC: 125, sequestration_tC_yr: 5 });
    expect(zones[1]?.total).toMatchObject({ cells: 4, area_ha: 4, storage_tC: 160, sequestration_tC_yr: -2 });
    expect(city.total).toMatchObject({ cells: 9, area_ha: 9, storage_tC: 285, sequestration_tC_yr: 3 });
    expect(city.classes.map((row) => [row.class, row.cells])).toEqual([
      [1, 3],
      [2, 6],
    ]);
  });

  it('says how much was seen: covered over zone area', () => {
    expect(zones[0]?.total).toMatchObject({
      zone_cells: 6,
      zone_area_ha: 6,
      unread_cells: 1,
      coverage: 0.833333333333,
    });
    expect(zones[1]?.total.coverage).toBe(1);
    expect(city.total.coverage).toBe(0.9);
  });

  it('gives CO2 as 44/12 of carbon, under its own name', () => {
    expect(city.total.storage_tCO2).toBe(285 * CO2_PER_C);
    expect(city.total.sequestration_tCO2_yr).toBe(11);
  });

  it('leaves a pool or rate that the table has not as null, never zero', () => {
    expect(city.total).toMatchObject({ below_tC: null, dead_tC: null, soil_sequestration_tC_yr: null });
    const plan = hectarePlan();
    const bare = computeFigures({ ...plan, factors: { ...plan.factors, coefficients: ['soil'] } }, PARTIAL).city.total;
    expect(bare).toMatchObject({ storage_tC: 15 + 240, sequestration_tC_yr: null, sequestration_tCO2_yr: null });
  });

  it('has no offset without emissions; with them it is uptake over emissions', () => {
    expect(offset).toBeNull();
    const emissions = { tCo2: 1100, year: 2021, source: 'inventory' };
    // 3 t C/yr are 11 t CO2/yr, 1 % of 1100.
    expect(computeFigures(hectarePlan({ emissions }), PARTIAL).offset).toMatchObject({
      offset_percent: 1,
      emissions_tCO2: 1100,
    });
  });

  it('knows a zone without any cell: zero figures, and no coverage', () => {
    const { zones: empty } = computeFigures(hectarePlan(), partialOf([zoneTally(6, { 1: 6 })]));
    expect(empty[1]?.total).toMatchObject({ cells: 0, storage_tC: 0, zone_cells: 0, coverage: null });
  });

  it('turns exact area units into hectares: 2^-10 m2 each', () => {
    const plan = hectarePlan({ areaExponent: 10 });
    const tally = { cells: 1, area: BigInt(2500 * 1024) };
    const zone = { all: tally, unread: { cells: 0, area: 0n }, classes: new Map([[1, tally]]) };
    // 2500 m2 are 0.25 ha: 0.25 x 15 t C.
    expect(computeFigures(plan, partialOf([zone])).city.total).toMatchObject({ area_ha: 0.25, storage_tC: 3.75 });
  });

  it('names overlapping zones by id', () => {
    expect(computeFigures(hectarePlan(), { ...PARTIAL, overlaps: new Map([['0,1', 7]]) }).overlaps).toEqual([
      { first: 'n', later: 's', cells: 7, area_ha: 7 },
    ]);
  });

  it('lists overlaps in file order of the zones, whatever the order of merging', () => {
    const list = Array.from({ length: 12 }, (_, i) => ({ id: `z${i}`, name: '' }));
    const plan = hectarePlan({ zones: { url: '', digest: '', rule: 'centre', list } });
    const overlaps = new Map([
      ['2,11', 1],
      ['10,11', 2],
      ['2,3', 3],
    ]);
    expect(computeFigures(plan, { ...PARTIAL, overlaps }).overlaps.map(({ cells }) => cells)).toEqual([3, 1, 2]);
  });
});

describe('classesWithoutFactor', () => {
  it('adds the cells of a class over zones, in order of codes', () => {
    const partial = partialOf([zoneTally(6, { 1: 3, 9: 2, 7: 1 }), zoneTally(4, { 9: 4 })]);
    expect([...classesWithoutFactor(hectarePlan(), partial)].map(([code, tally]) => [code, tally.cells])).toEqual([
      [7, 1],
      [9, 6],
    ]);
  });
});
