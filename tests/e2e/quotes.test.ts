import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { plainFactors, rectangleZones, temporaryFolder, writeCity } from '../support/city.ts';
import { runCli } from '../support/cli.ts';
import { NO_TEST_DATA, testData } from '../support/test-data.ts';
import { cellRectangle, EPSG, quarterZones, SIDE, sceneBytes } from '../support/two-scenes.ts';

/** What a plan says that a run will take, against what the run took: many kinds of grids, tiles and layers. */

interface Quote {
  readonly name: string;
  readonly requests: { readonly said: number; readonly took: number };
  readonly bytes: { readonly said: number; readonly took: number };
}

async function quoted(name: string, spec: string, words: readonly string[] = []): Promise<Quote> {
  const plan = await runCli(['plan', '--json', ...words, spec]);
  expect(plan.code, plan.stderr).toBe(0);
  const { estimate } = JSON.parse(plan.stdout) as { estimate: { requests: number; bytes: number } };
  const run = await runCli(['run', '--json', '--workers', '1', ...words, spec]);
  expect([0, 3], run.stderr + run.stdout.slice(0, 500)).toContain(run.code);
  const { took } = JSON.parse(run.stdout) as { took: { requests: number; bytes: number } };
  return {
    name,
    requests: { said: estimate.requests, took: took.requests },
    bytes: { said: estimate.bytes, took: took.bytes },
  };
}

function expectNear({ name, requests, bytes }: Quote): void {
  expect(requests.took, name).toBeGreaterThan(0);
  expect(Math.abs(requests.said / requests.took - 1), `${name}: ${JSON.stringify(requests)}`).toBeLessThanOrEqual(0.02);
  expect(Math.abs(bytes.said / bytes.took - 1), `${name}: ${JSON.stringify(bytes)}`).toBeLessThanOrEqual(0.05);
}

interface Variant {
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly landcover?: Readonly<Record<string, unknown>>;
  readonly zones?: object;
  readonly words?: readonly string[];
}

const INNER = rectangleZones(EPSG, { inner: cellRectangle(137, 411, 700, 1200) });

const VARIANTS: Readonly<Record<string, Variant>> = {
  'the grid of the land cover': {},
  'small tiles': { words: ['--tile-size', '256'] },
  'tiles that share no edge with blocks': { words: ['--tile-size', '300'] },
  'a part of the scenes': { zones: INNER, words: ['--tile-size', '400'] },
  'cells of 25 m': { spec: { grid: { crs: 'EPSG:32650', resolution: 25 } }, words: ['--tile-size', '256'] },
  'the next UTM zone': { spec: { grid: { crs: 'EPSG:32651', resolution: 10 } }, words: ['--tile-size', '256'] },
  degrees: { spec: { grid: { crs: 'EPSG:4326', resolution: 0.0001 } }, words: ['--tile-size', '300'] },
  'an equal-area grid, by mode': {
    spec: { grid: { crs: 'EPSG:6933', resolution: 30 } },
    landcover: { resample: 'mode' },
    words: ['--tile-size', '256'],
  },
  'maps, which read a second time': {
    spec: { maps: ['class', 'above'] },
    words: ['--tile-size', '512'],
  },
  'the oldest scene first': { landcover: { order: 'oldest' }, words: ['--tile-size', '512'] },
};

describe('a quote and what the run took: GETs within 2 %, bytes within 5 %', () => {
  test.each(Object.entries(VARIANTS))('%s', async (name, { spec = {}, landcover = {}, zones, words = [] }) => {
    const folder = await temporaryFolder();
    const path = await writeCity({
      folder,
      scenes: ['./west.tif', './east.tif'],
      zones: zones ?? quarterZones(),
      zonesKeys: { id: 'id' },
      factors: plainFactors([1, 2, 3, 4]),
      spec,
      landcover,
    });
    await writeFile(join(folder, 'west.tif'), sceneBytes(0, 20_211));
    // Half of each lies over the other: who owns a cell decides what is read.
    await writeFile(join(folder, 'east.tif'), sceneBytes(SIDE / 2, 90_210));
    expectNear(await quoted(name, path, words));
  });
});

const root = testData();
const real = join(root ?? '', 'data/real');

describe.skipIf(root === null)(`quotes of real scenes${root === null ? ` (${NO_TEST_DATA})` : ''}`, () => {
  const CODES = Array.from({ length: 256 }, (_, code) => code);

  test('São Tomé: land cover, soil in another CRS, green with a halo', async () => {
    const cover = join(real, 'sao-tome/worldcover_2021_v200_sao_tome_city.tif');
    const zones = {
      type: 'FeatureCollection',
      features: [
        {
          type: 'Feature',
          properties: { id: 'city' },
          geometry: {
            type: 'Polygon',
            coordinates: [
              [
                [6.68, 0.3],
                [6.76, 0.3],
                [6.76, 0.38],
                [6.68, 0.38],
                [6.68, 0.3],
              ],
            ],
          },
        },
      ],
    };
    const layers = {
      landcover: { scenes: cover },
      soil: { scenes: join(real, 'sao-tome/soc_0_30cm_2010_10km.tif'), unit: 't/ha', depth_cm: 30 },
    };
    const spec = { layers, green: { min_ha: 0.04, small_ha: 1 }, factors: 'library:default+worldcover' };
    const parts = { scenes: cover, zones, zonesKeys: { id: 'id' }, factors: '', spec };
    for (const size of ['256', '400']) {
      const path = await writeCity({ folder: await temporaryFolder(), ...parts });
      expectNear(await quoted(`tiles of ${size}`, path, ['--tile-size', size]));
    }
  });

  test('Olinda: red and nir of one file with bands interleaved, on its grid and in degrees', async () => {
    const zones = join(real, 'olinda/olinda_census_tracts.geojson');
    const olinda = join(real, 'olinda/L7_ETMs.tif');
    const bands = {
      landcover: { scenes: olinda, band: 3 },
      red: { scenes: olinda, band: 3 },
      nir: { scenes: olinda, band: 4 },
    };
    const spec = { layers: bands, factors: './factors.csv' };
    const factors = plainFactors(CODES);
    const plain = await writeCity({ folder: await temporaryFolder(), scenes: '', zones, factors, spec });
    expectNear(await quoted('Olinda', plain, ['--tile-size', '256']));
    const warped = { ...spec, grid: { crs: 'EPSG:4326', resolution: 0.0003 } };
    const bent = await writeCity({ folder: await temporaryFolder(), scenes: '', zones, factors, spec: warped });
    expectNear(await quoted('Olinda in degrees', bent, ['--tile-size', '256']));
  });
});
