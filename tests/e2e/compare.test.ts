import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { PARTS, type PartName } from '../../src/reducer/compare-chain.ts';
import type { Comparison } from '../../src/reducer/compare-runs.ts';
import { bandRaster } from '../support/band-raster.ts';
import { type CliResult, runCli } from '../support/cli.ts';
import { halves, SMALL_SIDE, smallCity, smallRaster } from '../support/small-city.ts';

/**
 * Two runs of one small city, each time with one thing changed. 1024 cells of 0.01 ha: above half of them class 1, below
 * class 2. Class 1 has 1 + 0.5 + 0.25 t C/ha, class 2 has 2 + 0.5 + 0.25; both take up 0.1 t C/ha/yr.
 */
const HALF_HA = 5.12;
const OTHER = `class,name,above,below,dead,soil,sequestration
1,class 1,3,0.5,0,0.25,0.1
2,class 2,2,0.5,0,0.25,0.4
`;

interface Runs {
  readonly results: string;
  readonly old: string;
  readonly new: string;
}

async function measured(spec: string, verb = 'run', ...words: readonly string[]): Promise<string> {
  const workers = verb === 'run' ? ['--workers', '1'] : [];
  const { code, stdout, stderr } = await runCli([verb, '--json', ...workers, ...words, spec]);
  expect([0, 3], stderr + stdout).toContain(code);
  return (JSON.parse(stdout) as { run: string }).run;
}

function compare({ results, old, new: next }: Runs, ...words: readonly string[]): Promise<CliResult> {
  return runCli(['compare', '--out', results, ...words, old, next]);
}

async function compared(runs: Runs): Promise<Comparison> {
  const { code, stdout, stderr } = await compare(runs, '--json');
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as Comparison;
}

/** Parts that are not 0. */
function causes(parts: Readonly<Record<PartName, number>> | null): Partial<Record<PartName, number>> {
  return Object.fromEntries(Object.entries(parts ?? {}).filter(([, value]) => value !== 0));
}

/** The small city, before and after its only raster is another. */
async function withOtherRaster(codes: Uint8Array): Promise<Runs> {
  const { folder, spec, results } = await smallCity();
  const old = await measured(spec);
  await writeFile(join(folder, 'cover.tif'), smallRaster(codes));
  return { results, old, new: await measured(spec) };
}

describe('compare, after rescore with other factors', () => {
  let runs: Runs;

  beforeAll(async () => {
    const { folder, spec, results } = await smallCity();
    const old = await measured(spec);
    await writeFile(join(folder, 'other.csv'), OTHER);
    runs = { results, old, new: await measured(spec, 'rescore', '--factors', join(folder, 'other.csv')) };
  });

  it('gives all of the change to the factors, and names them', async () => {
    const { city, factors, scenes, classes, notes } = await compared(runs);
    // 512 cells x 0.01 ha x 2 t C/ha, and x 0.3 t C/ha/yr.
    expect(city.storage_tC).toMatchObject({ difference: 10.24, parts: { factors: 10.24 } });
    expect(causes(city.storage_tC.parts)).toEqual({ factors: 10.24 });
    expect(causes(city.sequestration_tC_yr.parts)).toEqual({ factors: 1.536 });
    expect(factors).toMatchObject([
      { class: 2, column: 'sequestration', old: 0.1, new: 0.4, storage_tC: null, sequestration_tC_yr: 1.536 },
      { class: 1, column: 'above', old: 1, new: 3, storage_tC: 10.24, sequestration_tC_yr: null },
    ]);
    expect([scenes, classes, notes]).toEqual([[], [], []]);
  });

  it('gives the same with the other sign the other way round, and nothing for a run and itself', async () => {
    const [forth, back] = [await compared(runs), await compared({ ...runs, old: runs.new, new: runs.old })];
    expect(back.city.storage_tC.parts?.factors).toBe(-(forth.city.storage_tC.parts?.factors ?? Number.NaN));
    const same = await compared({ ...runs, new: runs.old });
    expect(same.city.storage_tC).toMatchObject({
      difference: 0,
      parts: Object.fromEntries(PARTS.map((part) => [part, 0])),
    });
  });

  it('takes a run by its name, by city and name, and by its folder, without the results root', async () => {
    const { results, old } = runs;
    const expected = await compared(runs);
    expect(await compared({ ...runs, old: `test-city/${old}` })).toEqual(expected);
    const folders = [runs.old, runs.new].map((run) => join(results, 'test-city', run));
    const { code, stdout } = await runCli(['compare', '--json', ...folders]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual(expected);
  });

  it('tells a person the waterfall in a table, then sentences', async () => {
    const { code, stdout } = await compare(runs);
    expect(code).toBe(0);
    const rows = stdout.split('\n').map((line) => line.split(/ {2,}/).filter((cell) => cell !== ''));
    expect(rows).toContainEqual(['factors', '+10.24', '+1.54']);
    expect(rows).toContainEqual(['coverage', '0', '0']);
    expect(rows).toContainEqual(['difference', '+10.24', '+1.54']);
    expect(stdout).toMatch(/^Storage changes by \+10\.24 t C \(\+\d+\.\d\d %\), mostly by factors\.$/m);
    expect(stdout).toMatch(/^factor class 1, above: 1, now 3 t C\/ha \(\+10\.24 t C\)$/m);
    // Numbers end in the same column.
    const table = stdout.split('\n').filter((line) => /^(old|new|difference| {2}\w)/.test(line));
    expect(new Set(table.map((line) => line.length)).size).toBe(1);
  });

  it('refuses a run that is not there', async () => {
    const { code, stderr } = await compare({ ...runs, new: '2021-000000000000' });
    expect(code).toBe(2);
    expect(stderr).toContain('[RUN_NOT_FOUND]');
    expect(stderr).toContain('2021-000000000000');
  });
});

describe('compare, after the raster changed', () => {
  it('gives all of the change to land change, with its classes and the scene', async () => {
    // Two rows, 64 cells, go from class 1 to class 2.
    const codes = halves().map((code, cell) => (cell >= 14 * SMALL_SIDE && cell < 16 * SMALL_SIDE ? 2 : code));
    const { city, classes, scenes } = await compared(await withOtherRaster(codes));
    expect(causes(city.storage_tC.parts)).toEqual({ land_change: 0.64 });
    expect(causes(city.sequestration_tC_yr.parts)).toEqual({});
    expect(classes.map((row) => [row.class, row.area_ha])).toEqual([
      [1, -0.64],
      [2, 0.64],
    ]);
    expect(scenes).toMatchObject([
      { change: 'replaced', layers: ['landcover'], url: expect.stringMatching(/cover\.tif$/) },
    ]);
    expect(scenes[0]?.old_etag).not.toBe(scenes[0]?.new_etag);
  });

  it('gives a hole in it to coverage', async () => {
    // The first eight columns of every row: a quarter of each class.
    const codes = halves().map((code, cell) => (cell % SMALL_SIDE < 8 ? 0 : code));
    const { city, classes } = await compared(await withOtherRaster(codes));
    expect(causes(city.storage_tC.parts)).toEqual({ coverage: -(HALF_HA / 4) * (1.75 + 2.75) });
    expect(causes(city.sequestration_tC_yr.parts)).toEqual({ coverage: -0.256 });
    expect(city).toMatchObject({ old_coverage: 1, new_coverage: 0.75 });
    expect(classes).toEqual([]);
  });

  it('says of a hole over one class alone that it may look like a land change', async () => {
    const runs = await withOtherRaster(halves().map((code, cell) => (cell < 4 * SMALL_SIDE ? 0 : code)));
    const { city, notes } = await compared(runs);
    const { coverage, land_change, ...rest } = city.storage_tC.parts as Record<PartName, number>;
    expect(coverage + land_change).toBeCloseTo(city.storage_tC.difference ?? Number.NaN, 10);
    expect(Object.values(rest).every((part) => part === 0)).toBe(true);
    expect(notes.join()).toContain('a hole over one class looks like a land change');
  });

  it('gives blocks that no longer decode to coverage and says which run is PARTIAL', async () => {
    const { folder, spec, results } = await smallCity();
    const old = await measured(spec);
    const raster = smallRaster();
    await writeFile(join(folder, 'cover.tif'), raster.subarray(0, raster.length - 8));
    const runs = { results, old, new: await measured(spec) };
    const { city } = await compared(runs);
    expect(causes(city.storage_tC.parts)).toEqual({ coverage: -(HALF_HA * (1.75 + 2.75)) });
    expect(city.new_coverage).toBe(0);
    const { stdout } = await compare(runs);
    expect(stdout).toMatch(
      /^note: run \S+ is PARTIAL: 1 input could not be read, the first .*cover\.tif \[RASTER_CORRUPT\]$/m,
    );
  });

  it('refuses a run that FAILED, by its name, and says why it did', async () => {
    const { folder, spec, results } = await smallCity();
    const old = await measured(spec);
    await writeFile(join(folder, 'cover.tif'), smallRaster(halves(1, 9)));
    const failed = await runCli(['run', '--json', '--workers', '1', spec]);
    expect(failed.code).toBe(1);
    const { run } = JSON.parse(failed.stdout) as { run: string };
    const { code, stderr, stdout } = await compare({ results, old, new: run }, '--json');
    expect(code).toBe(2);
    expect(stderr).toContain(run);
    expect(stderr).toContain('FAILED');
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'REQUEST_INVALID', problems: [{ where: run }] } });
  });
});

describe('compare, where soil and green spaces are measured', () => {
  const TREES = 3;
  const TABLE = `class,name,green,built,above,soil,sequestration
1,wood,true,false,60,90,2
2,town,false,true,0,20,0
${TREES},gardens,true,false,6,50,1
40,"Urban green, large",,,30,70,1.5
41,"Urban green, small",,,10,60,1
`;
  const SOIL = { epsg: 32650, originX: 500_000, originY: 3_000_000, rows: SMALL_SIDE, cols: SMALL_SIDE, cell: 10 };
  /** Gardens of 4 x 4 cells and of 1 x 2 in the town. */
  const codes = halves().map((code, cell) => {
    const [row, col] = [Math.floor(cell / SMALL_SIDE), cell % SMALL_SIDE];
    const large = row >= 22 && row < 26 && col >= 8 && col < 12;
    return large || (row === 28 && (col === 20 || col === 21)) ? TREES : code;
  });
  const green = (small_ha: number) => ({ closing_m: 20, holes_ha: 0.2, min_ha: 0, small_ha });

  it('gives another threshold of patches to green refinement, and another soil to soil source', async () => {
    const parts = { factors: TABLE, rasters: { 'cover.tif': smallRaster(codes) } };
    const { folder, spec, results } = await smallCity({ ...parts, spec: { green: green(0.1) } });
    const first = await measured(spec);
    await smallCity({ ...parts, folder, rasters: {}, spec: { green: green(0.2) } });
    const second = await measured(spec, 'rescore');
    const sized = await compared({ results, old: first, new: second });
    // 16 cells go from 100 to 70 t C/ha and from 1.5 to 1 t C/ha/yr.
    expect(causes(sized.city.storage_tC.parts)).toEqual({ green_refinement: -4.8 });
    expect(causes(sized.city.sequestration_tC_yr.parts)).toEqual({ green_refinement: -0.08 });

    const samples = Uint16Array.from({ length: SMALL_SIDE ** 2 }, (_, cell) => 30 + (cell % 7));
    const soil = bandRaster({ ...SOIL, samples, nodata: '0' });
    await writeFile(join(folder, 'soil.tiff'), soil);
    const layers = {
      landcover: { scenes: './cover.tif' },
      soil: { scenes: './soil.tiff', unit: 't/ha', depth_cm: 30 },
    };
    await smallCity({ ...parts, folder, rasters: {}, spec: { green: green(0.2), layers } });
    const third = await measured(spec);
    const soiled = await compared({ results, old: second, new: third });
    expect(Object.keys(causes(soiled.city.storage_tC.parts))).toEqual(['soil_source']);
    expect(soiled.city.storage_tC.parts?.soil_source).toBe(soiled.city.storage_tC.difference);
    expect(soiled.scenes).toMatchObject([{ change: 'added', layers: ['soil'] }]);
  });
});
