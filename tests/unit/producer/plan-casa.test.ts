import { describe, expect, it } from 'vitest';
import { refuseWithoutEpsMax } from '../../../src/producer/casa-rules.ts';
import { draftLayers } from '../../../src/producer/draft-layers.ts';
import { parseFactors } from '../../../src/producer/load-factors.ts';
import { readSpec } from '../../../src/producer/load-spec.ts';
import { ownedShares } from '../../../src/producer/owned-areas.ts';
import { planCasa } from '../../../src/producer/plan-casa.ts';
import { TileScenes, tileMemory } from '../../../src/producer/tile-scenes.ts';
import { limitsFromNdvi } from '../../../src/shared/carbon/casa.ts';
import { dayLengthHours } from '../../../src/shared/carbon/evapotranspiration.ts';
import type { CitySpec } from '../../../src/shared/contracts/city-spec.ts';
import { fparRules } from '../../../src/shared/contracts/fpar-rules.ts';
import type { PlannedCasa } from '../../../src/shared/contracts/plan-casa.ts';
import { crsFromEpsg } from '../../../src/shared/geo/crs-registry.ts';
import type { AnalysisGrid } from '../../../src/shared/geo/grid.ts';
import { packZones } from '../../../src/shared/geo/packed-zones.ts';
import { catalogScene, layerOf, placedScene } from '../../support/placed-scenes.ts';
import { UTM_50N } from '../../support/plan-parts.ts';
import { LATTICE } from '../../support/tile-parts.ts';

const LAYERS = ['landcover', 'ndvi', 't', 'p', 's', 'pet'];

async function specOf(casa: object): Promise<CitySpec> {
  const text = {
    city: 'a',
    year: 2021,
    zones: { url: 'z.geojson' },
    layers: Object.fromEntries(
      LAYERS.map((name) => [name, { scenes: './m/', ...(name === 's' ? { unit: 'W/m2' } : {}) }]),
    ),
    factors: 'f.csv',
    casa: { ndvi: 'ndvi', temperature: 't', precipitation: 'p', radiation: 's', ...casa },
  };
  return readSpec(new TextEncoder().encode(JSON.stringify(text)), 'file:///city/spec.yaml');
}

const WINDOW = { row: 0, col: 0, rows: 100, cols: 100 };
/** Around 27.12 degrees north. */
const GRID: AnalysisGrid = {
  crs: UTM_50N,
  originX: 500_000,
  originY: 3_000_000,
  cellWidth: 10,
  cellHeight: 10,
  window: WINDOW,
};

async function planned(casa: object, grid = GRID): Promise<PlannedCasa> {
  const plan = await planCasa(await specOf(casa), grid);
  if (plan === null) throw new Error('no flux by model was planned');
  return plan;
}

describe('the flux by model in a plan', () => {
  it('has defaults, factors of the unit and lengths of months at the latitude of the city', async () => {
    const plan = await planned({});
    expect(plan).toMatchObject({
      inputs: { ndvi: 'ndvi', temperature: 't', precipitation: 'p', radiation: 's', pet: null },
      fpar: { form: 'linear' },
      coldStop: true,
      halveOutside: true,
      respiration: 'pei',
      hotMonths: 'parabola',
    });
    expect(plan.radiationFactors[3]).toBeCloseTo(0.0864 * 30, 12);
    // Mid-January and mid-July stand for their months to a few thousandths.
    expect(plan.monthLengths[0]).toBeCloseTo((dayLengthHours(27.12, 16) * 31) / 360, 2);
    expect(plan.monthLengths[6]).toBeCloseTo((dayLengthHours(27.12, 197) * 31) / 360, 2);
  });

  it('has the latitude of a grid in degrees from the grid itself', async () => {
    const crs = await crsFromEpsg(4326);
    const grid = { ...GRID, crs, originX: 117, originY: 27.17, cellWidth: 0.001, cellHeight: 0.001 };
    expect((await planned({}, grid)).monthLengths).toEqual((await planned({})).monthLengths);
  });

  it('needs no latitude where evaporation is given', async () => {
    expect((await planned({ pet: 'pet' })).monthLengths).toEqual(new Array(12).fill(1));
  });

  it('has limits in order of codes, those of all others last, and none for classes that are not named', async () => {
    const plan = await planned({ ndvi_limits: { other: [0, 0.7], 30: [0.1, 0.6], 10: [0.1, 0.8] } });
    expect(plan.fpar).toMatchObject({ form: 'limits', ndviWeight: 0.5 });
    const rules = fparRules(plan, [30, 50]);
    expect(rules.get(30)).toMatchObject({ limits: limitsFromNdvi(0.1, 0.6) });
    expect(rules.get(50)).toMatchObject({ limits: limitsFromNdvi(0, 0.7) });
    const named = fparRules(await planned({ ndvi_limits: { 10: [0.1, 0.8] } }), [10, 50]);
    expect([...named.keys()]).toEqual([10]);
  });

  it('is refused for a table that has an eps_max for no class', async () => {
    const table = (text: string) => ({ url: 'f.csv', digest: '', ...parseFactors(text, 'f.csv') });
    const spec = await specOf({});
    expect(() => refuseWithoutEpsMax(spec, table('class,name,above\n1,a,1\n'))).toThrow('1 mistake');
    expect(() => refuseWithoutEpsMax(spec, table('class,name,above,eps_max\n1,a,1,\n'))).toThrow('1 mistake');
    expect(() => refuseWithoutEpsMax(spec, table('class,name,above,eps_max\n1,a,1,0.5\n'))).not.toThrow();
    expect(() => refuseWithoutEpsMax({ casa: null }, table('class,name,above\n1,a,1\n'))).not.toThrow();
  });
});

describe('layers of months', () => {
  it('are drafted as such, and measured as nothing else', async () => {
    const spec = await specOf({});
    const scenes = Array.from({ length: 12 }, (_, month) => catalogScene(`m${month + 10}.tif`));
    const catalogs = new Map(
      LAYERS.map((name) => [name, { scenes: name === 'landcover' ? scenes.slice(1, 2) : scenes, unread: [] }]),
    );
    // `pet` is not named by casa here: it is a quantity like any other.
    expect(draftLayers(spec, catalogs).map(({ name, kind, takes }) => [name, kind, takes.length])).toEqual([
      ['landcover', 'classes', 1],
      ['pet', 'quantity', 12],
      ['ndvi', 'months', 12],
      ['t', 'months', 12],
      ['p', 'months', 12],
      ['s', 'months', 12],
    ]);
  });

  const wide = placedScene({ row: 0, col: 0, rows: 100, cols: 100 }, { nodata: null });
  const scenes = Array.from({ length: 13 }, () => wide);
  const months = layerOf([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], { name: 't', kind: 'months' });

  it('are read whole, though the first month has data everywhere', () => {
    const tiles = new TileScenes([layerOf([0]), months], scenes, { rows: 10, cols: 10 }, 0);
    expect(tiles.of({ row: 0, col: 0, rows: 10, cols: 10 })).toHaveLength(13);
  });

  it('take twelve values a cell of memory, and the two sums of the year', () => {
    const tile = { row: 0, col: 0, rows: 10, cols: 10 };
    const without = tileMemory(tile, [0, 1], [layerOf([0]), layerOf([1], { kind: 'quantity' })], scenes, 0);
    const withMonths = tileMemory(tile, [0, 1], [layerOf([0]), months], scenes, 0);
    expect(withMonths - without).toBe(100 * 8 * 14);
  });

  it('have a share of the city each', () => {
    const half = placedScene({ row: 0, col: 0, rows: 10, cols: 5 });
    const zone = { id: 'a', name: '', polygons: [[Float64Array.of(0, 0, 10, 0, 10, -10, 0, -10, 0, 0)]] };
    const grid = { ...LATTICE, window: { row: 0, col: 0, rows: 10, cols: 10 } };
    const layer = layerOf([0, 1], { kind: 'months' });
    expect(ownedShares(grid, packZones(LATTICE, [zone]), [layer], [wide, half])).toEqual([
      { shares: [1, 0.5], uncovered: 0.5, stride: 1 },
    ]);
  });
});

describe('columns of the flux by model in a factor table', () => {
  it('are read, and empty where the class is not modelled', () => {
    const { classes } = parseFactors(
      'class,name,above,eps_max,eps_max_se,crop\n1,a,1,0.5,0.1,true\n2,b,1,,,\n',
      'f.csv',
    );
    expect(classes.map(({ epsMax, epsMaxSe, crop }) => [epsMax, epsMaxSe, crop])).toEqual([
      [0.5, 0.1, true],
      [null, null, null],
    ]);
  });

  it.each([
    ['class,name,above,eps_max\n1,a,1,0\n', 'not above 0'],
    ['class,name,above,eps_max\n1,a,1,x\n', 'not a number'],
    ['class,name,above,eps_max_se\n1,a,1,0.1\n', 'column "eps_max_se" without its value'],
    ['class,name,above,eps_max,crop\n1,a,1,0.5,maybe\n', 'not a yes or no'],
  ])('%j: %s', (text, message) => {
    expect(() => parseFactors(text, 'f.csv')).toThrowError(
      expect.objectContaining({ problems: [expect.objectContaining({ message })] }),
    );
  });
});
