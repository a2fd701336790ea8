import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { FluxByModel } from '../../src/reducer/casa-figures.ts';
import type { FluxAmounts, FluxFigures } from '../../src/reducer/flux-model.ts';
import { DEFAULT_STRESS_RULES, type FparRule, limitsFromNdvi } from '../../src/shared/carbon/casa.ts';
import { evaporativeRatio } from '../../src/shared/carbon/evapotranspiration.ts';
import { bandRaster } from '../support/band-raster.ts';
import {
  CASA_KEYS,
  CASA_LAYERS,
  CELL_M,
  type CellYear,
  COLS,
  cellYears,
  classAt,
  EPSG,
  ROWS,
  rowOf,
  writeCasaRasters,
  X0,
  Y0,
} from '../support/casa-city.ts';
import { rectangleZones, temporaryFolder, writeCity } from '../support/city.ts';
import { runCli } from '../support/cli.ts';
import type { Totals } from '../support/totals.ts';

/** The flux by model through whole runs, against plain loops over cells with the scalar functions. */

const HALF_M = (ROWS / 2) * CELL_M;
const WIDTH_M = COLS * CELL_M;
const ZONES = rectangleZones(EPSG, {
  north: [X0, Y0 - HALF_M, X0 + WIDTH_M, Y0],
  south: [X0, Y0 - 2 * HALF_M, X0 + WIDTH_M, Y0 - HALF_M],
});

/** g C/MJ and standard error of forest, grass and cropland; built-up land has none. */
const EPS: ReadonlyMap<number, readonly [number, number]> = new Map([
  [1, [0.528, 0.35]],
  [2, [0.542, 0.047]],
  [3, [0.542, 0.044]],
]);

const FACTORS = [
  'class,name,above,sequestration,eps_max,eps_max_se,crop',
  '1,Forest,100,2,0.528,0.35,',
  '2,Grass,10,0.5,0.542,0.047,false',
  '3,Paddy,5,0,0.542,0.044,true',
  '4,Built-up,0,0,,,',
  '',
].join('\n');

const LINEAR: FparRule = { form: 'linear' };
const ALL_LINEAR = new Map([1, 2, 3, 4].map((code) => [code, LINEAR]));

interface Asked {
  readonly casa?: Readonly<Record<string, unknown>>;
  readonly layers?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly zones?: object;
  readonly zonesKeys?: Readonly<Record<string, unknown>>;
  readonly factors?: string;
  readonly folder?: string;
}

let rasters: string;
beforeAll(async () => {
  rasters = await temporaryFolder();
  await writeCasaRasters(rasters);
});

/** The spec of a city with results of its own beside the shared rasters. */
async function citySpec({ casa = {}, layers = {}, zones = ZONES, ...asked }: Asked = {}): Promise<string> {
  const path = await writeCity({
    folder: asked.folder ?? rasters,
    scenes: './cover.tif',
    zones,
    zonesKeys: { id: 'id', ...asked.zonesKeys },
    factors: asked.factors ?? FACTORS,
    spec: { layers: { ...CASA_LAYERS, ...layers }, casa: { ...CASA_KEYS, ...casa }, results: await temporaryFolder() },
  });
  return path;
}

interface Answer {
  readonly run: string;
  readonly status: string;
  readonly totals: Totals;
}

async function run(spec: string, args: readonly string[] = [], exit = 0): Promise<Answer> {
  const { code, stdout, stderr } = await runCli(['run', '--json', '--workers', '1', ...args, spec]);
  expect(code, stderr + stdout).toBe(exit);
  return JSON.parse(stdout) as Answer;
}

function fluxOf({ totals }: Answer): FluxByModel {
  const flux = totals.figures.flux_by_model;
  if (flux === null) throw new Error('no flux by model');
  return flux;
}

const CELL_HA = 0.01;

/** Cells of a zone with the part of each that counts. */
type Part = (cell: number) => number;
const NORTH: Part = (cell) => (rowOf(cell) < ROWS / 2 ? 1 : 0);
const SOUTH: Part = (cell) => 1 - NORTH(cell);
const CITY: Part = () => 1;

/** What a class of a zone should have: hectares, modelled hectares, t C/yr. */
function wanted(years: readonly CellYear[], part: Part, code: number) {
  const sum = { area: 0, modelled: 0, light: 0, respiration: 0 };
  for (const [cell, year] of years.entries()) {
    if (classAt(cell) !== code) continue;
    const ha = part(cell) * CELL_HA;
    sum.area += ha;
    if (year === null) continue;
    sum.modelled += ha;
    sum.light += year.light * ha;
    sum.respiration += year.respiration * ha;
  }
  const [eps, se] = EPS.get(code) ?? [0, 0];
  const perG = 0.01;
  const [npp, error] = [eps * sum.light * perG, se * sum.light * perG];
  return { area: sum.area, modelled: sum.modelled, npp, error, rh: sum.respiration * perG };
}

/** Bilinear places are interpolated between exact ones: a few 1e-9 of a value, and more of a difference. */
function near(found: number | null, expected: number): void {
  expect(found).not.toBeNull();
  expect(Math.abs((found as number) - expected)).toBeLessThanOrEqual(5e-8 * Math.abs(expected));
}

function expectAmounts(found: FluxAmounts, parts: readonly ReturnType<typeof wanted>[]): void {
  const sum = (key: 'modelled' | 'npp' | 'error' | 'rh') => parts.reduce((total, part) => total + part[key], 0);
  near(found.modelled_area_ha, sum('modelled'));
  near(found.npp_tC_yr, sum('npp'));
  near(found.npp_se_tC_yr, sum('error'));
  near(found.rh_tC_yr, sum('rh'));
  near(found.nep_tC_yr, sum('npp') - sum('rh'));
  near(found.nep_tCO2_yr, ((sum('npp') - sum('rh')) * 44) / 12);
}

function expectAsWanted(found: FluxFigures, years: readonly CellYear[], part: Part): void {
  const classes = [1, 2, 3].map((code) => wanted(years, part, code));
  expect(found.classes.map((row) => [row.class, row.crop])).toEqual([
    [1, false],
    [2, false],
    [3, true],
  ]);
  for (const [index, row] of found.classes.entries()) {
    const one = classes[index] as ReturnType<typeof wanted>;
    expectAmounts(row, [one]);
    near(row.coverage, one.modelled / one.area);
    near(row.npp_tC_ha_yr, one.npp / one.modelled);
  }
  expectAmounts(found.total, classes);
  expectAmounts(found.headline, classes.slice(0, 2));
  expect(found.not_modelled.map((row) => row.class)).toEqual([4]);
  near(found.not_modelled[0]?.area_ha ?? null, wanted(years, part, 4).area);
}

describe('flux by model', () => {
  it('is that of the equations cell by cell, for the cells that have all months', async () => {
    const answer = await run(await citySpec());
    const years = await cellYears({ fpar: ALL_LINEAR, givenPet: false, ...DEFAULT_STRESS_RULES });
    const missing = years.filter((year) => year === null).length;
    expect(missing).toBeGreaterThan(100);
    const flux = fluxOf(answer);
    expect(flux.respiration).toBe('pei');
    expectAsWanted(flux.city, years, CITY);
    expectAsWanted(flux.zones[0] as FluxFigures, years, NORTH);
    expectAsWanted(flux.zones[1] as FluxFigures, years, SOUTH);
    expect(flux.zones.map(({ zone }) => zone)).toEqual(['north', 'south']);
    // Coefficients are beside it: 2 t C/ha/yr of forest.
    const [forest] = flux.city.classes;
    near(forest?.nep_over_coefficient ?? null, (forest?.nep_tC_ha_yr ?? 0) / 2);
    near(answer.totals.figures.city.total.sequestration_tC_yr, 480 * 0.01 * (2 + 0.5));
  });

  it('tells in warnings and in the table what it is of', async () => {
    const spec = await citySpec();
    const plan = await runCli(['plan', spec]);
    const { totals } = await run(spec);
    const told = totals.warnings.join('\n');
    expect(told).toContain('cropland is not in the NEP of the headline, as its harvest leaves: 3 Paddy');
    expect(told).toMatch(/flux by model is of cells with all months only .* 1 Forest \d\d\.?\d? %/);
    expect(told).toContain('classes without flux by model: 4');
    expect(told).not.toContain('layers.greenness');
    const shown = await runCli(['run', '--workers', '1', spec]);
    expect(shown.stdout).toMatch(/By the model \(CASA\) plants take up [\d.,]+ ± [\d.,]+ t C a year \(NPP\)/);
    expect(shown.stdout).toMatch(/Less respiration of [\d.,]+ t C that leaves -?[\d.,]+ t C/);
    expect(plan.stdout).toContain('layer    greenness: months for the flux by model; January first; on the grid');
    expect(plan.stdout).toContain('model    CASA; FPAR linear in NDVI; evaporation after Thornthwaite');
  });

  it('has one digest whatever the tiles', async () => {
    const spec = await citySpec();
    const digests = new Set<string>();
    for (const args of [[], ['--tile-size', '16'], ['--tile-size', '29']]) {
      digests.add((await run(spec, args)).totals.figures_sha256);
    }
    expect(digests.size).toBe(1);
  });

  it('takes limits of NDVI by class, evaporation of a layer, and no respiration', async () => {
    const limits = { 1: [0.1, 0.8], other: [0.05, 0.7] };
    const answer = await run(await citySpec({ casa: { ndvi_limits: limits, pet: 'pet', respiration: 'none' } }));
    const rule = (least: number, greatest: number): FparRule => ({
      form: 'limits',
      limits: limitsFromNdvi(least, greatest),
      ndviWeight: 0.5,
    });
    const fpar = new Map([1, 2, 3, 4].map((code) => [code, code === 1 ? rule(0.1, 0.8) : rule(0.05, 0.7)]));
    const years = await cellYears({ fpar, givenPet: true, ...DEFAULT_STRESS_RULES });
    const flux = fluxOf(answer);
    expect(flux.respiration).toBe('none');
    for (const [index, code] of [1, 2, 3].entries()) {
      near(flux.city.classes[index]?.npp_tC_yr ?? null, wanted(years, CITY, code).npp);
    }
    expect(flux.city.total).toMatchObject({ rh_tC_yr: null, nep_tC_yr: null, nep_tCO2_yr: null });
    expect(answer.totals.warnings.join('\n')).toContain('respiration is not modelled');
  });

  it('counts shares of cells where zones share them', async () => {
    // The west zone ends in the middle of column 17, three tenths of a cell above the middle row.
    const zones = rectangleZones(EPSG, { west: [X0, Y0 - HALF_M + 3, X0 + 175, Y0] });
    const answer = await run(await citySpec({ zones, zonesKeys: { rule: 'coverage' } }));
    const years = await cellYears({ fpar: ALL_LINEAR, givenPet: false, ...DEFAULT_STRESS_RULES });
    const share: Part = (cell) => {
      const width = Math.min(1, Math.max(0, 17.5 - (cell % COLS)));
      return width * Math.min(1, Math.max(0, ROWS / 2 - 0.3 - rowOf(cell)));
    };
    const [zone] = fluxOf(answer).zones;
    for (const [index, code] of [1, 2, 3].entries()) {
      const one = wanted(years, share, code);
      expect(zone?.classes[index]?.modelled_area_ha).toBeCloseTo(one.modelled, 6);
      expect(zone?.classes[index]?.npp_tC_yr).toBeCloseTo(one.npp, 5);
    }
  });
});

describe('a run of one cell', () => {
  /** Rain that, with 120 mm of demand, makes E / Ep 0.8. */
  function rainOf(ratio: number): number {
    let [low, high] = [0, 500];
    for (let step = 0; step < 60; step++) {
      const middle = (low + high) / 2;
      if (evaporativeRatio(middle, 120) < ratio) low = middle;
      else high = middle;
    }
    return low;
  }

  it('gives the NPP of the worked month: 93.34979 g C/m2 at SOL 550, NDVI 0.6, 25 degrees, optimum 28.5', async () => {
    const folder = await temporaryFolder();
    const cell = { rows: 1, cols: 1, epsg: EPSG, originX: X0, originY: Y0, cell: CELL_M };
    const months = async (name: string, of: (month: number) => number) => {
      const samples = Float32Array.from({ length: 12 }, (_, month) => of(month));
      await writeFile(join(folder, `${name}.tif`), bandRaster({ ...cell, bands: 12, samples }));
    };
    await writeFile(join(folder, 'cover.tif'), bandRaster({ ...cell, samples: Uint8Array.of(1) }));
    // July is the greenest month and has no light; all light is in May.
    await months('ndvi', (month) => [0.6, 0.7][month === 6 ? 1 : 0] ?? 0);
    await months('t', (month) => (month === 6 ? 28.5 : 25));
    await months('p', () => rainOf(0.8));
    await months('sol', (month) => (month === 4 ? 550 : 0));
    await months('pet', () => 120);
    const layers = Object.fromEntries(
      ['ndvi', 't', 'p', 'sol', 'pet'].map((name) => [name, { scenes: `./${name}.tif` }]),
    );
    const spec = await writeCity({
      folder,
      scenes: './cover.tif',
      zones: rectangleZones(EPSG, { one: [X0, Y0 - CELL_M, X0 + CELL_M, Y0] }),
      factors: 'class,name,above,eps_max\n1,Forest,1,0.692\n',
      spec: {
        layers: { landcover: { scenes: './cover.tif' }, ...layers, sol: { ...layers.sol, unit: 'MJ/m2' } },
        casa: {
          ...{ ndvi: 'ndvi', temperature: 't', precipitation: 'p', radiation: 'sol', pet: 'pet' },
          ndvi_limits: [0.023, 0.747],
        },
      },
    });
    const [forest] = fluxOf(await run(spec)).city.classes;
    expect(forest?.npp_tC_ha_yr).toBeCloseTo(0.9334979, 6);
  });
});

describe('another table on a flux that was measured', () => {
  const OTHER = FACTORS.replace('0.528,0.35', '0.7,0.2').replace('4,Built-up,0,0,,,', '4,Built-up,0,0,0.3,,');

  async function tables(folder: string, name: string): Promise<string[]> {
    return Promise.all(
      ['totals.json', 'totals.csv'].map((file) => readFile(join(folder, 'results/test-city', name, file), 'utf8')),
    );
  }

  it('gives the bytes of a fresh run, and refuses other rules', async () => {
    const folder = await temporaryFolder();
    await writeCasaRasters(folder);
    const write = (factors: string, casa: object = {}) =>
      writeCity({
        folder,
        scenes: './cover.tif',
        zones: ZONES,
        zonesKeys: { id: 'id' },
        factors,
        spec: { layers: CASA_LAYERS, casa: { ...CASA_KEYS, ...casa } },
      });
    const first = await run(await write(FACTORS));
    const spec = await write(OTHER);
    const rescored = await runCli(['rescore', '--json', spec]);
    expect(rescored.code, rescored.stderr).toBe(0);
    const { run: name } = JSON.parse(rescored.stdout) as Answer;
    expect(name).not.toBe(first.run);
    const found = await tables(folder, name);
    await rm(join(folder, 'results'), { recursive: true });
    const fresh = await run(spec);
    expect(fresh.run).toBe(name);
    expect(await tables(folder, name)).toEqual(found);
    expect(fluxOf(fresh).city.not_modelled).toEqual([]);
    const other = await runCli(['rescore', await write(OTHER, { respiration: 'none' })]);
    expect(other.code).toBe(2);
    expect(other.stderr).toContain('flux by model under other rules');
  });
});

describe('months that are not as they should be', () => {
  async function refusal(asked: Asked, exit = 2): Promise<string> {
    const { code, stdout, stderr } = await runCli(['run', '--workers', '1', await citySpec(asked)]);
    expect(code, stderr + stdout).toBe(exit);
    return stderr + stdout;
  }

  it('are refused by name before anything is read', async () => {
    const text = await refusal({
      casa: { precipitation: 'rains', pet: 't2m', ndvi_limits: [0.7, 0.1] },
      layers: {
        t2m: { ...CASA_LAYERS.t2m, unit: 'K' },
        sun: { scenes: './flux/*.tif' },
      },
    });
    expect(text).toContain('casa.precipitation: names no layer');
    expect(text).toContain('did you mean "rain"?');
    expect(text).toContain('casa.pet: is casa.temperature too');
    expect(text).toContain('layers.t2m.unit: does not go with casa.temperature');
    expect(text).toContain('offset: -273.15');
    expect(text).toContain('layers.sun.unit: has to be stated');
    expect(text).toContain('casa.ndvi_limits: are not in order');
  });

  it('are refused where they are not twelve, or a table has no eps_max', async () => {
    const eleven = CASA_LAYERS.t2m.scenes.slice(1);
    const layers = { t2m: { ...CASA_LAYERS.t2m, scenes: eleven }, rain: { scenes: './cover.tif' } };
    const text = await refusal({ layers });
    expect(text).toContain('layers.t2m: has another number of months');
    expect(text).toContain('11 files');
    expect(text).toContain('one file of 1 band');
    expect(await refusal({ factors: 'class,name,above\n1,a,1\n2,b,1\n3,c,1\n4,d,1\n' })).toContain('eps_max');
  });

  it('are refused where names put October before February', async () => {
    const folder = await temporaryFolder();
    await writeCasaRasters(folder);
    await mkdir(join(folder, 'plain'));
    for (let month = 1; month <= 12; month++) {
      const from = join(folder, `ndvi/ndvi-${String(month).padStart(2, '0')}.tif`);
      await copyFile(from, join(folder, `plain/ndvi-${month}.tif`));
    }
    const text = await refusal({ folder, layers: { greenness: { scenes: './plain/', scale: 0.0001 } } });
    expect(text).toContain('layers.greenness.scenes: has names whose order is not that of months');
  });

  it('end the run where values show another unit, with the layer, the month and the value', async () => {
    const text = await refusal({ layers: { greenness: { scenes: './ndvi/' } } }, 1);
    expect(text).toMatch(/layers\.greenness: ndvi of month 1 has the value \d+; expected within -1 and 1/);
  });

  it('leave the flux out and the run partial where one cannot be read', async () => {
    const scenes = CASA_LAYERS.t2m.scenes.map((scene, month) => (month === 4 ? './gone.tif' : scene));
    const answer = await run(await citySpec({ layers: { t2m: { ...CASA_LAYERS.t2m, scenes } } }), [], 3);
    expect(answer.status).toBe('PARTIAL');
    const { city } = fluxOf(answer);
    expect(city.classes).toEqual([]);
    expect(city.not_modelled.map((row) => row.class)).toEqual([1, 2, 3, 4]);
    expect(answer.totals.unread[0]?.url).toContain('gone.tif');
    expect(answer.totals.warnings.join('\n')).toContain('no class has an eps_max and cells with all months');
  });
});

describe('explain', () => {
  it('tells each month of a cell', async () => {
    const place = `${X0 + 5},${Y0 - 5}`;
    const { code, stdout, stderr } = await runCli(['explain', await citySpec(), '--at', place, '--crs', String(EPSG)]);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('layer    t2m: 12 months');
    expect(stdout.match(/t\d\d\.tif, band 1: nearest from/g)).toHaveLength(12);
    expect(stdout).toMatch(/rain\.tif, band 12: nearest/);
  });
});
