import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plainFactors, rectangleZones, temporaryFolder, writeCity } from '../support/city.ts';
import { runCli } from '../support/cli.ts';
import { type S3Server, startS3Server } from '../support/s3-server/s3-server.ts';
import { halves, smallCity, smallRaster } from '../support/small-city.ts';
import { itemCollection, stacCatalog, stacItem } from '../support/stac-items.ts';
import { NO_TEST_DATA, testData } from '../support/test-data.ts';
import type { Totals } from '../support/totals.ts';

/** Land cover that is named by STAC items, in files and in a bucket, through the command line. */

let s3: S3Server;
beforeAll(async () => {
  s3 = await startS3Server({ buckets: { scenes: {} } });
});
afterAll(async () => {
  await s3?.close();
});

async function run(spec: string) {
  const { code, stdout, stderr } = await runCli(['run', '--json', '--workers', '1', spec], { env: s3.env });
  return {
    code,
    stderr,
    answer: JSON.parse(stdout) as { totals?: Totals; error?: { problems: { where: string; found?: string }[] } },
  };
}

async function figuresOf(spec: string): Promise<unknown> {
  const { code, stderr, answer } = await run(spec);
  expect(code, stderr).toBe(0);
  return answer.totals?.figures;
}

const root = testData();
const WORLD_COVER = 'worldcover_2021_v200_sao_tome_city.tif';

describe.skipIf(root === null)(`São Tomé by STAC${root === null ? ` (${NO_TEST_DATA})` : ''}`, () => {
  const raster = join(root ?? '', 'data/real/sao-tome', WORLD_COVER);
  const city = {
    zones: rectangleZones(4326, { west: [6.68, 0.3, 6.72, 0.38], east: [6.72, 0.3, 6.76, 0.38] }),
    zonesKeys: { id: 'id' },
    factors: plainFactors([10, 20, 30, 40, 50, 60, 80, 90, 95]),
  };
  // The period of a map, as ESA's own items give it.
  const properties = {
    start_datetime: '2021-01-01T00:00:00Z',
    end_datetime: '2021-12-31T23:59:59Z',
    'proj:epsg': 4326,
  };
  const item = (href: string) =>
    stacItem({
      id: 'ESA_WorldCover_10m_2021_v200_N00E006',
      datetime: null,
      properties,
      assets: {
        map: { href, type: 'image/tiff; application=geotiff; profile=cloud-optimized', roles: ['data'] },
        input_quality: { href: './quality.tif', type: 'image/tiff; application=geotiff', roles: ['metadata'] },
      },
    });

  let wanted: unknown;
  beforeAll(async () => {
    wanted = await figuresOf(await writeCity({ ...city, folder: await temporaryFolder(), scenes: raster }));
    expect(JSON.stringify(wanted)).toContain('"west"');
  });

  it('in files with relative hrefs gives the figures of the file itself', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'stac/tiles'), { recursive: true });
    await copyFile(raster, join(folder, 'stac/tiles', WORLD_COVER));
    await writeFile(join(folder, 'stac/item.json'), JSON.stringify(item(`./tiles/${WORLD_COVER}`)));
    await writeFile(
      join(folder, 'stac/collection.json'),
      JSON.stringify(stacCatalog({ item: ['./item.json'] }, 'Collection')),
    );
    await writeFile(join(folder, 'stac/catalog.json'), JSON.stringify(stacCatalog({ child: ['./collection.json'] })));
    for (const stac of [
      './stac/item.json',
      './stac/catalog.json',
      './stac/',
      { url: 'stac/item.json', datetime: '2021' },
    ]) {
      const spec = await writeCity({
        ...city,
        folder,
        scenes: [],
        landcover: { scenes: undefined, stac, asset: 'map' },
      });
      expect(await figuresOf(spec)).toEqual(wanted);
    }
  });

  it('in a bucket gives the figures of the file itself', async () => {
    s3.put('scenes', `sao-tome/tiles/${WORLD_COVER}`, await readFile(raster));
    s3.put('scenes', 'sao-tome/items/one.json', JSON.stringify(item(`../tiles/${WORLD_COVER}`)));
    const address = `https://scenes.s3.eu-central-1.amazonaws.com/sao-tome/tiles/${WORLD_COVER}`;
    s3.put('scenes', 'sao-tome/all.json', JSON.stringify(itemCollection([item(address)])));
    for (const stac of ['s3://scenes/sao-tome/items/', 's3://scenes/sao-tome/all.json']) {
      const folder = await temporaryFolder();
      const spec = await writeCity({ ...city, folder, scenes: [], landcover: { scenes: undefined, stac } });
      expect(await figuresOf(spec)).toEqual(wanted);
    }
  });
});

describe('scenes of STAC items', () => {
  /** Two rasters over the same cells: the one of the later imagery was written first. */
  async function overlapping(order: string) {
    const dated = (id: string, datetime: string) => stacItem({ id, datetime });
    const { spec, folder } = await smallCity({
      scenes: [],
      landcover: { scenes: undefined, stac: './items.json', order },
      rasters: { 'late.tif': smallRaster(halves(1, 1)), 'early.tif': smallRaster(halves(2, 2)) },
    });
    const items = [dated('early', '2020-06-01T00:00:00Z'), dated('late', '2021-06-01T00:00:00Z')];
    await writeFile(join(folder, 'items.json'), JSON.stringify(itemCollection(items)));
    return figuresOf(spec) as Promise<{ zones: { classes: { class: number; cells: number }[] }[] }>;
  }

  it.each([
    ['newest', 1],
    ['oldest', 2],
  ])('are ordered by their imagery where the %s owns a cell, not by their files', async (order, owner) => {
    const text = JSON.stringify(await overlapping(order));
    expect(text).toContain(`"class":${owner}`);
    expect(text).not.toContain(`"class":${3 - owner}`);
  });

  it('that are not there make the run partial and are named', async () => {
    const { spec, folder } = await smallCity({ scenes: [], landcover: { scenes: undefined, stac: './items.json' } });
    await writeFile(
      join(folder, 'items.json'),
      JSON.stringify(itemCollection([stacItem({ id: 'cover' }), stacItem({ id: 'gone' })])),
    );
    const { code, answer } = await run(spec);
    expect(code).not.toBe(0);
    expect(JSON.stringify(answer)).toContain('gone.tif');
  });

  it('in a bucket may not be files of this machine', async () => {
    const { spec, folder } = await smallCity({
      scenes: [],
      landcover: { scenes: undefined, stac: 's3://scenes/evil/i.json' },
    });
    s3.put(
      'scenes',
      'evil/i.json',
      JSON.stringify(stacItem({ assets: { map: { href: `file://${folder}/cover.tif` } } })),
    );
    const { code, answer } = await run(spec);
    expect(code).toBe(2);
    expect(answer.error?.problems).toMatchObject([{ found: expect.stringContaining('cover.tif') }]);
  });

  it('of an API are refused while its host is not allowed, and it is not asked', async () => {
    let asked = 0;
    const server: Server = createServer((_, response) => {
      asked += 1;
      response.end('{}');
    });
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { spec } = await smallCity({
      scenes: [],
      landcover: { scenes: undefined, stac_api: { url, collections: ['lc'] } },
    });
    const { code, answer, stderr } = await run(spec);
    server.close();
    expect(code, stderr).toBe(2);
    expect(answer.error?.problems).toMatchObject([{ found: url }]);
    expect(asked).toBe(0);
  });
});
