import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Figures } from '../../src/reducer/totals.ts';
import { bandRaster } from '../support/band-raster.ts';
import { plainFactors } from '../support/city.ts';
import { runCli } from '../support/cli.ts';
import { halves, SMALL_SIDE, smallCity } from '../support/small-city.ts';

/** Other factors on what a run measured. */

const OTHER = 'class,name,above,soil,sequestration\n1,wood,7,3,0.5\n2,meadow,2,9,-0.25\n';

interface Answer {
  readonly run: string;
  readonly status: string;
  readonly url: string;
}

async function cli(args: readonly string[]): Promise<Answer> {
  const { code, stdout, stderr } = await runCli(args);
  expect(code, stderr + stdout).toBe(0);
  return JSON.parse(stdout) as Answer;
}

async function tables(results: string, run: string): Promise<string[]> {
  const at = (name: string) => join(results, 'test-city', run, name);
  return Promise.all(['totals.json', 'totals.csv'].map((name) => readFile(at(name), 'utf8')));
}

describe('rescore', () => {
  it('gives the bytes of a fresh run with those factors, though the scenes are gone', async () => {
    const { folder, spec, results } = await smallCity();
    await cli(['run', '--json', '--workers', '1', spec]);
    await writeFile(join(folder, 'factors.csv'), OTHER);
    await rename(join(folder, 'cover.tif'), join(folder, 'cover.gone'));
    const rescored = await cli(['rescore', '--json', spec]);
    const found = await tables(results, rescored.run);
    expect(found[0]).toContain('meadow');
    // Scenes back, results away: a run of the same request.
    await rename(join(folder, 'cover.gone'), join(folder, 'cover.tif'));
    await rm(results, { recursive: true });
    const fresh = await cli(['run', '--json', '--workers', '1', spec]);
    expect(fresh.run).toBe(rescored.run);
    expect(await tables(results, fresh.run)).toEqual(found);
  });

  it('takes a table beside the spec, answers again without work, and makes the result the newest', async () => {
    const { folder, spec, results } = await smallCity();
    const first = await cli(['run', '--json', '--workers', '1', spec]);
    await writeFile(join(folder, 'other.csv'), OTHER);
    const rescored = await cli(['rescore', '--json', '--factors', join(folder, 'other.csv'), spec]);
    expect(rescored.run).not.toBe(first.run);
    expect(await cli(['rescore', '--json', '--factors', join(folder, 'other.csv'), spec])).toMatchObject({
      run: rescored.run,
    });
    const latest = JSON.parse(await readFile(join(results, 'test-city/latest.json'), 'utf8')) as { run: string };
    expect(latest.run).toBe(rescored.run);
    // The old factors again: the first run stands for them.
    expect((await cli(['rescore', '--json', spec])).run).toBe(first.run);
  });

  it('refuses a class without factors as a run does, and a city that was never run', async () => {
    const { folder, spec } = await smallCity();
    const never = await runCli(['rescore', spec]);
    expect(never.code).toBe(2);
    expect(never.stderr).toContain('no finished run');
    await cli(['run', '--json', '--workers', '1', spec]);
    await writeFile(join(folder, 'one.csv'), plainFactors([1]));
    const lacking = await runCli(['rescore', '--factors', join(folder, 'one.csv'), spec]);
    expect(lacking.code).toBe(1);
    expect(lacking.stderr).toContain('class 2 occurs in the city (512 cells');
  });
});

describe('rescore with another error of soil', () => {
  const SOIL = { epsg: 32650, originX: 500_000, originY: 3_000_000, rows: SMALL_SIDE, cols: SMALL_SIDE, cell: 10 };
  const FACTORS = 'class,name,above,above_se,soil\n1,wood,100,10,50\n2,field,20,2,0\n';

  async function city(relative_se: number | undefined, folder?: string) {
    const layers = {
      landcover: { scenes: './cover.tif' },
      soil: { scenes: './soil.tiff', unit: 't/ha', ...(relative_se === undefined ? {} : { relative_se }) },
    };
    const place = folder === undefined ? {} : { folder, rasters: {} };
    return smallCity({ factors: FACTORS, spec: { layers }, ...place });
  }

  /** Storage of the city in a run's totals. */
  async function storageOf(results: string, run: string) {
    const [totals = ''] = await tables(results, run);
    return (JSON.parse(totals) as { figures: Figures }).figures.uncertainty?.city.storage_tC;
  }

  it('reads no scene, gives the bytes of a fresh run, and leaves the tiles of the first to be found again', async () => {
    const { folder, spec, results } = await city(undefined);
    // 60 t/ha under wood, 40 under fields, where the table's 0 says that no soil is taken.
    const samples = Uint16Array.from(halves(60, 40));
    await writeFile(join(folder, 'soil.tiff'), bandRaster({ ...SOIL, samples, nodata: '0' }));
    const first = await cli(['run', '--json', '--workers', '1', spec]);
    const named = await storageOf(results, first.run);
    expect(named?.without_error).toEqual(['layers.soil']);
    expect(named?.sd_analytic).toBeCloseTo(5.12 * Math.hypot(10, 2), 9);

    await city(0.25, folder);
    await rename(join(folder, 'soil.tiff'), join(folder, 'soil.gone'));
    await rename(join(folder, 'cover.tif'), join(folder, 'cover.gone'));
    const rescored = await cli(['rescore', '--json', spec]);
    expect(rescored.run).not.toBe(first.run);
    const found = await tables(results, rescored.run);
    const known = await storageOf(results, rescored.run);
    expect(known?.value).toBe(named?.value);
    expect(known?.without_error).toEqual([]);
    expect(known?.sd_analytic).toBeCloseTo(5.12 * Math.hypot(10, 2, 0.25 * 60), 9);

    // Scenes back, results away: a run of the same request.
    await rename(join(folder, 'soil.gone'), join(folder, 'soil.tiff'));
    await rename(join(folder, 'cover.gone'), join(folder, 'cover.tif'));
    const partials = async () => (await readdir(join(results, 'test-city/partials'), { recursive: true })).sort();
    const before = await partials();
    await rm(results, { recursive: true });
    const fresh = await cli(['run', '--json', '--workers', '1', spec]);
    expect(fresh.run).toBe(rescored.run);
    expect(await tables(results, fresh.run)).toEqual(found);
    expect(await partials()).toEqual(before);
  });

  it('is refused on another layer, in another unit, at 0 and as a percentage, all at once', async () => {
    const { folder, spec } = await city(30);
    expect((await runCli(['plan', spec])).stderr).toContain('layers.soil.relative_se');
    const layers = {
      landcover: { scenes: './cover.tif', relative_se: 0.1 },
      soil: { scenes: './soil.tiff', unit: 'g/kg', relative_se: 0.2 },
      canopy: { scenes: './soil.tiff', unit: 't/ha', relative_se: 0 },
    };
    await smallCity({ folder, rasters: {}, factors: FACTORS, spec: { layers } });
    const { code, stderr } = await runCli(['plan', spec]);
    expect(code).toBe(2);
    for (const name of ['landcover', 'soil', 'canopy']) expect(stderr).toContain(`layers.${name}.relative_se`);
  });
});
