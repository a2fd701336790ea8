import { describe, expect, it } from 'vitest';
import { PARTS } from '../../../src/reducer/compare-chain.ts';
import { compareRuns } from '../../../src/reducer/compare-runs.ts';
import type { ComparedRun } from '../../../src/reducer/compare-state.ts';
import { computeFigures } from '../../../src/reducer/totals.ts';
import type { Partial } from '../../../src/shared/carbon/partial.ts';
import { patchRule } from '../../../src/shared/carbon/patch-size.ts';
import { emptyPatches, type PatchTally } from '../../../src/shared/carbon/patch-tally.ts';
import type { Plan } from '../../../src/shared/contracts/plan.ts';
import type { PlannedScene } from '../../../src/shared/contracts/plan-layers.ts';
import { plannedGreen } from '../../support/green-parts.ts';
import { factorRow, hectarePlan, LANDCOVER, measuredLayer, partialOf, zoneTally } from '../../support/plan-parts.ts';

/** Cells are hectares. Class 1 stores 10 + 5 t C/ha and takes up 2 t C/ha/yr; class 2 stores 40 and gives off 0.5. */

const NONE = Object.fromEntries(PARTS.map((part) => [part, 0]));

/** Zone n: 4 ha class 1, 2 ha class 2. Zone s: 4 ha class 2. */
const WHOLE = partialOf([zoneTally(6, { 1: 4, 2: 2 }), zoneTally(4, { 2: 4 })]);

function runOf(partial: Partial = WHOLE, changes: globalThis.Partial<Plan> = {}): ComparedRun {
  const plan = hectarePlan(changes);
  return { plan, figures: computeFigures(plan, partial) };
}

function tableOf(classes: Plan['factors']['classes'], columns?: Plan['factors']['coefficients']): Plan['factors'] {
  const { factors } = hectarePlan();
  return { ...factors, classes, coefficients: columns ?? factors.coefficients };
}

function scene(url: string, changes: globalThis.Partial<PlannedScene> = {}): PlannedScene {
  const window = { row: 0, col: 0, rows: 10, cols: 10 };
  return {
    url,
    etag: '"1"',
    sizeBytes: 100,
    modified: '2021-01-01T00:00:00Z',
    datetime: null,
    window,
    warp: null,
    band: 1,
    nodata: 0,
    gain: 1,
    bias: 0,
    anonymous: false,
    requesterPays: false,
    ...changes,
  };
}

function scenesPlan(scenes: readonly PlannedScene[]): globalThis.Partial<Plan> {
  const takes = scenes.map(({ datetime }, index) => ({ scenes: [index], mask: null, date: datetime }));
  return { scenes: [...scenes], layers: [{ ...LANDCOVER, takes }] };
}

/** A land cover of other scenes than that of `runOf()`, so that its classes may differ. */
const OTHER_SCENES = scenesPlan([scene('s3://a/2021.tif')]);

describe('a run and itself', () => {
  const { city, zones, classes, factors, scenes, notes } = compareRuns(runOf(), runOf());

  it('differ in nothing', () => {
    for (const one of [city, ...zones]) {
      expect(one.storage_tC).toMatchObject({ difference: 0, parts: NONE });
      expect(one.sequestration_tC_yr).toMatchObject({ difference: 0, parts: NONE });
    }
    expect([classes, factors, scenes, notes]).toEqual([[], [], [], []]);
  });
});

describe('other factors on the same land', () => {
  const factors = tableOf([factorRow(1, 10, 7, 3), factorRow(2, 1, 40, -0.5)]);
  const compared = compareRuns(runOf(), runOf(WHOLE, { factors }));

  it('are all of the change', () => {
    // Soil of class 1: 4 ha x 2 t C/ha. Above of class 2: 6 ha x 1 t C/ha. Uptake of class 1: 4 ha x 1 t C/ha/yr.
    expect(compared.city.storage_tC).toEqual({ old: 300, new: 314, difference: 14, parts: { ...NONE, factors: 14 } });
    expect(compared.city.sequestration_tC_yr.parts).toEqual({ ...NONE, factors: 4 });
    expect(compared.zones.map((zone) => zone.storage_tC.parts?.factors)).toEqual([10, 4]);
  });

  it('are named by class and column with both values, the largest effect first', () => {
    const rows = compared.factors.map((row) => [row.class, row.column, row.old, row.new, row.storage_tC]);
    expect(rows).toEqual([
      [1, 'sequestration', 2, 3, null],
      [1, 'soil', 5, 7, 8],
      [2, 'above', 0, 1, 6],
    ]);
    expect(compared.factors[0]).toMatchObject({ unit: 't C/ha/yr', sequestration_tC_yr: 4 });
  });

  it('of a column that one table lacks come as a whole, and are said to be missing', () => {
    const bare = tableOf([factorRow(1, 10, 5, 2), factorRow(2, 0, 40, -0.5)], ['above', 'sequestration']);
    const { city, factors: rows, notes } = compareRuns(runOf(WHOLE, { factors: bare }), runOf());
    expect(city.storage_tC).toMatchObject({ old: 40, new: 300, parts: { ...NONE, factors: 260 } });
    expect(rows).toContainEqual(expect.objectContaining({ class: 2, column: 'soil', old: null, new: 40 }));
    expect(notes).toContain('only the new factor table has soil');
  });

  it('without pools leave nothing to compare, never zero', () => {
    const { city } = compareRuns(
      runOf(WHOLE, { factors: tableOf([factorRow(1, 1, 1, 2), factorRow(2, 1, 1, 1)], ['sequestration']) }),
      runOf(),
    );
    expect(city.storage_tC).toEqual({ old: null, new: 300, difference: null, parts: null });
    expect(city.sequestration_tC_yr.difference).not.toBeNull();
  });
});

describe('another land cover', () => {
  it('is land change, by class at the same seen area', () => {
    // One hectare of zone n goes from class 1 to class 2: 40 - 15 t C, -0.5 - 2 t C/yr.
    const next = runOf(partialOf([zoneTally(6, { 1: 3, 2: 3 }), zoneTally(4, { 2: 4 })]), OTHER_SCENES);
    const { city, classes } = compareRuns(runOf(), next);
    expect(city.storage_tC).toMatchObject({ difference: 25, parts: { ...NONE, land_change: 25 } });
    expect(city.sequestration_tC_yr.parts).toEqual({ ...NONE, land_change: -2.5 });
    expect(classes).toEqual([
      { class: 1, name: 'class 1', area_ha: -1, storage_tC: -15, sequestration_tC_yr: -2 },
      { class: 2, name: 'class 2', area_ha: 1, storage_tC: 40, sequestration_tC_yr: -0.5 },
    ]);
  });

  it('with a class that only the new table knows is land change, not a new factor', () => {
    const factors = tableOf([factorRow(1, 10, 5, 2), factorRow(2, 0, 40, -0.5), factorRow(3, 100, 0, 0)]);
    const partial = partialOf([zoneTally(6, { 1: 4, 2: 1, 3: 1 }), zoneTally(4, { 2: 4 })]);
    const { city } = compareRuns(runOf(), runOf(partial, { ...OTHER_SCENES, factors }));
    expect(city.storage_tC).toMatchObject({ difference: 60, parts: { ...NONE, land_change: 60 } });
  });
});

describe('less that was seen', () => {
  it('of the same mix of classes is coverage alone', () => {
    const { city } = compareRuns(runOf(), runOf(partialOf([zoneTally(6, { 1: 2, 2: 1 }), zoneTally(4, { 2: 4 })])));
    expect(city.storage_tC).toMatchObject({ difference: -70, parts: { ...NONE, coverage: -70 } });
    expect(city).toMatchObject({ old_area_ha: 10, new_area_ha: 7, old_coverage: 1, new_coverage: 0.7 });
  });

  it('in a zone that is not seen at all is coverage too: nothing is known of its classes', () => {
    const { zones, classes } = compareRuns(runOf(), runOf(partialOf([zoneTally(6, { 1: 4, 2: 2 }), zoneTally(4, {})])));
    expect(zones[1]?.storage_tC).toMatchObject({ difference: -160, parts: { ...NONE, coverage: -160 } });
    expect(classes).toEqual([]);
  });

  it('together with another mix is shared by the mean of both orders', () => {
    // 6 ha of 2/3 class 1 (23 1/3 t C/ha) to 3 ha of class 2 (40 t C/ha).
    const partial = partialOf([zoneTally(6, { 2: 3 }), zoneTally(4, { 2: 4 })]);
    const { city, notes } = compareRuns(runOf(), runOf(partial, OTHER_SCENES));
    const { parts } = city.storage_tC;
    expect(notes.join()).toContain('a hole over one class looks like a land change: n');
    expect(parts?.coverage).toBeCloseTo((-3 * (70 / 3 + 40)) / 2, 8);
    expect(parts?.land_change).toBeCloseTo(((6 + 3) / 2) * (40 - 70 / 3), 8);
    expect((parts?.coverage ?? 0) + (parts?.land_change ?? 0)).toBeCloseTo(-20, 8);
  });
});

describe('the same scenes', () => {
  /** Zone n lost 3 of its 4 ha of class 1 to blocks that could not be read. */
  const holed = partialOf([zoneTally(6, { 1: 1, 2: 2 }, 3), zoneTally(4, { 2: 4 })]);

  it('read in part are coverage alone, though the mix that was seen is another', () => {
    const { city, classes, notes } = compareRuns(runOf(), runOf(holed));
    expect(city.storage_tC).toMatchObject({ difference: -45, parts: { ...NONE, coverage: -45 } });
    expect([classes, notes]).toEqual([[], []]);
  });

  it('under other outlines, or on another grid, are no land change', () => {
    const partial = partialOf([zoneTally(6, { 1: 5, 2: 1 }), zoneTally(4, { 2: 4 })]);
    const zones = { ...hectarePlan().zones, digest: 'other' };
    const grid = { ...hectarePlan().grid, originX: 500_010 };
    const parts = (changes: globalThis.Partial<Plan>) =>
      compareRuns(runOf(), runOf(partial, changes)).city.storage_tC.parts;
    expect(parts({ zones })).toEqual({ ...NONE, zones: -25 });
    expect(parts({ grid })).toEqual({ ...NONE, model_or_area_rule: -25 });
    expect(parts({ grid, zones, ...OTHER_SCENES })).toEqual({ ...NONE, land_change: -25 });
  });
});

describe('zones', () => {
  it('that one run alone has are named, and come as a whole', () => {
    const list = [
      { id: 'n', name: 'North' },
      { id: 'w', name: 'West' },
    ];
    const zones = { ...hectarePlan().zones, digest: 'other', list };
    const compared = compareRuns(
      runOf(),
      runOf(partialOf([zoneTally(6, { 1: 4, 2: 2 }), zoneTally(1, { 1: 1 })]), { zones }),
    );
    expect(compared.zones.map(({ zone }) => zone)).toEqual(['n']);
    expect(compared.zones_only_old).toEqual([{ zone: 's', name: 'South, "old"' }]);
    expect(compared.zones_only_new).toEqual([{ zone: 'w', name: 'West' }]);
    expect(compared.city.storage_tC).toMatchObject({ difference: -145, parts: { ...NONE, zones: -145 } });
    expect(compared.notes.join('\n')).toMatch(/zones of the old run alone: s\nzones of the new run alone: w/);
  });

  it('of another size, by another outline, are no other coverage', () => {
    const zones = { ...hectarePlan().zones, digest: 'other' };
    const { city } = compareRuns(
      runOf(),
      runOf(partialOf([zoneTally(12, { 1: 8, 2: 4 }), zoneTally(4, { 2: 4 })]), { zones }),
    );
    expect(city.storage_tC).toMatchObject({ difference: 140, parts: { ...NONE, zones: 140 } });
  });

  it('counted on another grid leave the rest to the area rule', () => {
    const grid = { ...hectarePlan().grid, cellWidth: 101 };
    const { city, notes } = compareRuns(runOf(), runOf(WHOLE, { grid }));
    expect(city.storage_tC).toMatchObject({ difference: 3, parts: { ...NONE, model_or_area_rule: 3 } });
    expect(notes[0]).toContain('not counted alike: grid:');
  });
});

describe('soil of a raster', () => {
  /** All cells of zone n have 20 t C/ha in fixed point, those of s none. */
  const soilOf = (tPerHa: number) => {
    const tally = (cells: number) => ({ cells, area: 0n, sum: BigInt(cells * tPerHa) * 2n ** 20n });
    const byClass = new Map([1, 2].map((code) => [code, tally(code === 1 ? 4 : 2)]));
    return { ...WHOLE, quantities: new Map([['soil', new Map([[0, byClass]])]]) };
  };
  const layers = [LANDCOVER, measuredLayer('soil', { unit: 't/ha' })];

  it('in place of the table is soil source', () => {
    // Class 1: 4 ha x (20 - 5). Class 2: 2 ha x (20 - 40). Zone s keeps the table.
    const { city, zones } = compareRuns(runOf(), runOf(soilOf(20), { layers }));
    expect(city.storage_tC).toMatchObject({ difference: 20, parts: { ...NONE, soil_source: 20 } });
    expect(zones[1]?.storage_tC.difference).toBe(0);
    expect(city.sequestration_tC_yr.difference).toBe(0);
  });

  it('of another raster is soil source, and of sealed shares a factor', () => {
    const takes = [{ scenes: [0], mask: null, date: null }];
    const other = {
      layers: [LANDCOVER, { ...measuredLayer('soil', { unit: 't/ha' }), takes }],
      scenes: [scene('s3://a/soil.tif')],
    };
    expect(compareRuns(runOf(soilOf(20), { layers }), runOf(soilOf(30), other)).city.storage_tC.parts).toEqual({
      ...NONE,
      soil_source: 60,
    });
    const sealed = tableOf([{ ...factorRow(1, 10, 5, 2), impervious: 0.5 }, factorRow(2, 0, 40, -0.5)]);
    const { city, factors } = compareRuns(
      runOf(soilOf(20), { layers }),
      runOf(soilOf(20), { layers, factors: sealed }),
    );
    expect(city.storage_tC.parts).toEqual({ ...NONE, factors: -40 });
    expect(factors).toMatchObject([
      { class: 1, column: 'impervious', old: null, new: 0.5, unit: 'share', storage_tC: -40 },
    ]);
  });
});

describe('green spaces', () => {
  /** Built-up land is 5, its trees 1; 40 large and 41 small green. Patches by their size in ha, all of class 1 in zone n. */
  const rows = [factorRow(1, 10, 0, 1), factorRow(5, 0, 0, 0), factorRow(40, 50, 0, 4), factorRow(41, 30, 0, 3)];
  const counted = (sizes: readonly number[]): Partial => {
    const closed = new Map([
      [0, new Map([[1, new Map(sizes.map((ha) => [ha * 10_000, { patches: 1, cells: ha, area: 0n }]))]])],
    ]);
    const rule = patchRule(hectarePlan().grid, null, 8);
    const patches: PatchTally = { ...emptyPatches(rule), closed };
    return partialOf([zoneTally(20, { 1: 10, 5: 10 }), zoneTally(0, {})], { patches: new Map([['all', patches]]) });
  };
  const green = { green: plannedGreen({}), factors: tableOf(rows) };
  const score = { minHa: 0, smallHa: 3, small: 41, large: 40, built: 5 };

  it('sized by another threshold are green refinement', () => {
    // 2 and 5 ha; from 6 ha on large: the 5 ha go from 50 to 30 t C/ha.
    const old = runOf(counted([2, 5]), { ...green, greenScore: score });
    const { city, notes } = compareRuns(
      old,
      runOf(counted([2, 5]), { ...green, greenScore: { ...score, smallHa: 6 } }),
    );
    expect(city.storage_tC).toMatchObject({ old: 340, difference: -100, parts: { ...NONE, green_refinement: -100 } });
    expect(notes).toContain('green spaces are found or sized by other rules');
  });

  it('that only one run looks for are green refinement, and no class grew', () => {
    const { city, classes } = compareRuns(
      runOf(counted([]), { factors: tableOf(rows) }),
      runOf(counted([2, 5]), { ...green, greenScore: score }),
    );
    expect(city.storage_tC).toMatchObject({ old: 100, new: 340, parts: { ...NONE, green_refinement: 240 } });
    expect(classes).toEqual([]);
  });
});

describe('scenes', () => {
  it('are added, dropped or replaced, with their dates', () => {
    const old = [scene('s3://a/1.tif', { datetime: '2020-05-01' }), scene('s3://a/2.tif')];
    const next = [
      scene('s3://a/1.tif', { etag: '"2"', datetime: '2021-05-01' }),
      scene('s3://a/3.tif', { datetime: '2021-06-01' }),
    ];
    const { scenes } = compareRuns(runOf(WHOLE, scenesPlan(old)), runOf(WHOLE, scenesPlan(next)));
    expect(scenes.map(({ change, url, old_date, new_date }) => [change, url, old_date, new_date])).toEqual([
      ['replaced', 's3://a/1.tif', '2020-05-01', '2021-05-01'],
      ['dropped', 's3://a/2.tif', null, null],
      ['added', 's3://a/3.tif', null, '2021-06-01'],
    ]);
    expect(scenes[0]).toMatchObject({ layers: ['landcover'], old_etag: '"1"', new_etag: '"2"' });
  });

  it('with another marker are read otherwise, and in another order own cells otherwise', () => {
    const two = [scene('s3://a/1.tif'), scene('s3://a/2.tif')];
    const marked = compareRuns(
      runOf(WHOLE, scenesPlan(two)),
      runOf(WHOLE, scenesPlan([scene('s3://a/1.tif', { nodata: 9 }), two[1] as PlannedScene])),
    );
    expect(marked.scenes.map(({ change }) => change)).toEqual(['read_otherwise']);
    const turned = compareRuns(runOf(WHOLE, scenesPlan(two)), runOf(WHOLE, scenesPlan([...two].reverse())));
    expect(turned.scenes).toEqual([]);
    expect(turned.notes).toEqual(['scenes of landcover own cells in another order']);
  });
});

describe('the offset', () => {
  const emissions = (tCo2: number) => ({ emissions: { tCo2, year: 2021, source: 'inventory' } });

  it('changes by sequestration and by emissions, and both add up', () => {
    // 5 t C/yr are 55/3 t CO2; of 1000 and of 500 t.
    const { offset } = compareRuns(runOf(WHOLE, emissions(1000)), runOf(WHOLE, emissions(500)));
    expect(offset).toMatchObject({ sequestration_points: 0, emissions_points: offset?.difference_points });
    expect(offset?.difference_points).toBeCloseTo(((5 * 44) / 12) * 0.1, 9);
    const factors = tableOf([factorRow(1, 10, 5, 4), factorRow(2, 0, 40, -0.5)]);
    const both = compareRuns(runOf(WHOLE, emissions(1000)), runOf(WHOLE, { ...emissions(500), factors })).offset;
    expect((both?.sequestration_points ?? 0) + (both?.emissions_points ?? 0)).toBeCloseTo(
      both?.difference_points ?? 0,
      10,
    );
    expect(both?.sequestration_points).toBeCloseTo(((8 * 44) / 12) * 100 * ((1 / 1000 + 1 / 500) / 2), 9);
  });

  it('is null where a run has no emissions', () => {
    expect(compareRuns(runOf(), runOf(WHOLE, emissions(10))).offset).toBeNull();
  });
});

describe('runs of two cities', () => {
  it('are told to be that', () => {
    expect(compareRuns(runOf(), runOf(WHOLE, { city: 'other' })).notes).toEqual([
      'these are runs of two cities: test-city and other',
    ]);
  });
});
