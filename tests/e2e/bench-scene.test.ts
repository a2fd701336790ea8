import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { SumRow } from '../../src/reducer/carbon-model.ts';
import { temporaryFolder, writeCity } from '../support/city.ts';
import { runCli } from '../support/cli.ts';
import { NO_TEST_DATA, testData } from '../support/test-data.ts';
import { classCells, type Totals } from '../support/totals.ts';

/** The benchmark's generated scene against what every peer agreed on: counts exactly, tonnes to the last digit. */

const root = testData();
const python = '/usr/bin/python3';
const hasGdal = spawnSync(python, ['-c', 'import osgeo, numpy, shapely'], { stdio: 'ignore' }).status === 0;
const reason = root === null ? NO_TEST_DATA : hasGdal ? '' : `needs ${python} with python3-gdal, numpy and shapely`;

/** The generator's own coefficients, in the columns of this project's table. */
const FACTORS = `class,name,above,below,dead,soil,sequestration
10,tree,105.0,28.0,6.5,82.0,2.1
20,shrub,18.0,9.5,1.2,58.0,0.65
30,grass,3.2,4.1,0.4,64.0,0.42
40,crop,4.5,1.0,0.0,47.0,0.1
50,built,2.0,0.5,0.0,22.0,0.05
60,bare,0.6,0.2,0.0,15.0,0.0
80,water,0.0,0.0,0.0,0.0,0.0
90,wetland,12.0,7.0,2.2,120.0,1.3
`;

interface ExpectedZone {
  readonly count: Record<string, number>;
  readonly area_ha: number;
  readonly above: number;
  readonly below: number;
  readonly dead: number;
  readonly soil: number;
  readonly storage: number;
  readonly seq: number;
}

interface Expected {
  readonly zones: Record<string, ExpectedZone>;
}

/** Published figures keep 12 significant digits. */
function published(value: number): number {
  return Number(value.toPrecision(12));
}

function expectSums(total: SumRow, wanted: ExpectedZone): void {
  expect(total.area_ha).toBe(published(wanted.area_ha));
  expect(total.above_tC).toBe(published(wanted.above));
  expect(total.below_tC).toBe(published(wanted.below));
  expect(total.dead_tC).toBe(published(wanted.dead));
  expect(total.soil_tC).toBe(published(wanted.soil));
  expect(total.storage_tC).toBe(published(wanted.storage));
  expect(total.sequestration_tC_yr).toBe(published(wanted.seq));
}

async function totalsOf(folder: string, scene: string, options: readonly string[]): Promise<Totals> {
  const zones = join(folder, 'zones.geojson');
  const spec = await writeCity({
    folder: await temporaryFolder(),
    scenes: join(folder, scene),
    zones,
    zonesKeys: { id: 'id' },
    factors: FACTORS,
  });
  const { code, stdout, stderr } = await runCli(['run', '--json', '--workers', '2', ...options, spec]);
  expect(code, stderr).toBe(0);
  return (JSON.parse(stdout) as { totals: Totals }).totals;
}

function expectAll({ figures }: Totals, expected: Expected): void {
  for (const { zone, total } of figures.zones) {
    const wanted = expected.zones[zone] as ExpectedZone;
    const { 0: _nodata, ...counts } = wanted.count as Record<number, number>;
    expect(classCells(figures, zone), `zone ${zone}`).toEqual(counts);
    expectSums(total, wanted);
  }
  // Zone 0 is what lies outside of all districts.
  expect(figures.zones).toHaveLength(Object.keys(expected.zones).length - 1);
}

describe.skipIf(reason !== '')(`the benchmark's scene${reason === '' ? '' : ` (${reason})`}`, () => {
  let folder = '';
  let expected: Expected;

  beforeAll(async () => {
    const made = await temporaryFolder();
    execFileSync(python, [join(root as string, 'bench/make_scene.py'), made, 'small', '--no-bands'], {
      stdio: 'ignore',
    });
    folder = join(made, 'small');
    expected = JSON.parse(readFileSync(join(root as string, 'bench/expected_small.json'), 'utf8')) as Expected;
  });

  it.each([
    ['lc_deflate.tif', '--tile-size=4096'],
    ['lc_lzw.tif', '--tile-size=100'],
    ['lc_zstd.tif', '--tile-size=333'],
    ['lc_cog.tif', '--tile-size=512'],
  ])('%s with %s: counts, areas and tonnes of all districts', async (scene, tileSize) => {
    expectAll(await totalsOf(folder, scene, [tileSize]), expected);
  });
});

describe.skipIf(process.env.CITYSINK_TEST_LARGE === undefined || reason !== '')(
  'the large scene (CITYSINK_TEST_LARGE=1)',
  () => {
    it('gives counts and tonnes of one whole Sentinel-2 tile', async () => {
      const made = await temporaryFolder();
      execFileSync(python, [join(root as string, 'bench/make_scene.py'), made, 'tile', '--no-bands'], {
        stdio: 'ignore',
      });
      const expected = JSON.parse(readFileSync(join(root as string, 'bench/expected_tile.json'), 'utf8')) as Expected;
      expectAll(await totalsOf(join(made, 'tile'), 'lc_deflate.tif', []), expected);
    });
  },
);
