import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { resolveStac, type StacScenes } from '../../src/producer/stac/resolve-stac.ts';
import { STAC_LIMITS } from '../../src/producer/stac/walk-stac.ts';
import { readStacItem } from '../../src/shared/contracts/stac.ts';
import type { CitysinkError } from '../../src/shared/errors.ts';
import { StoreRegistry } from '../../src/shared/io/open-store.ts';
import { DEFAULT_STORE_SETTINGS } from '../../src/shared/io/store-settings.ts';
import { NO_TEST_DATA, testData } from '../support/test-data.ts';

/** Items as Earth Search, Planetary Computer, USGS and others publish them, against what was read from them by hand. */

interface ExpectedItem {
  readonly stac_version: string;
  readonly id: string;
  readonly collection: string | null;
  readonly datetime: string;
  readonly assets: number;
  readonly epsg: number | null;
  readonly cloud_cover: number | null;
  readonly bbox: readonly number[];
}

const root = testData();
const real = join(root ?? '', 'data/real');

function expectedItems(): [string, ExpectedItem][] {
  if (root === null) return [['(none)', {} as ExpectedItem]];
  const { json } = JSON.parse(readFileSync(join(real, 'expected.json'), 'utf8')) as { json: Record<string, object> };
  return Object.entries(json).filter((entry): entry is [string, ExpectedItem] => 'stac_version' in entry[1]);
}

function resolve(path: string, asset: string): Promise<StacScenes> {
  const url = pathToFileURL(join(real, path)).href;
  const stac = { url, asset, datetime: null, maxCloudCover: null, bbox: null, api: null };
  const layer = { anonymous: true, requesterPays: true, stac };
  return resolveStac(layer, new StoreRegistry(DEFAULT_STORE_SETTINGS), STAC_LIMITS);
}

const RED_OF_USGS =
  's3://usgs-landsat/collection02/level-2/standard/oli-tirs/2020/028/030/LC08_L2SP_028030_20200114_20200824_02_T1/LC08_L2SP_028030_20200114_20200824_02_T1';
const COGS = 's3://sentinel-cogs/sentinel-s2-l2a-cogs';
const L1C =
  'S2A_MSIL1C_20200615T060641_N0209_R134_T45WWS_20200615T080720.SAFE/GRANULE/L1C_T45WWS_A026014_20200615T060638/IMG_DATA/T45WWS_20200615T060641_B04.jp2';

/** What is decided for an asset of each item: place, band, and value = stored * scale + offset; and the rule. */
const DECISIONS: readonly (readonly [path: string, asset: string, scene: object])[] = [
  [
    'sentinel-2/S2A_29RKH_20200219_0_L2A/S2A_29RKH_20200219_0_L2A.json',
    'nir',
    {
      url: `${COGS}/29/R/KH/2020/2/S2A_29RKH_20200219_0_L2A/B08.tif`,
      scale: 0.0001,
      offset: 0,
      nodata: 0,
      radiometry: { why: 'Sentinel-2: offset as stated for the band', doubt: null },
    },
  ],
  [
    // Its roles say reflectance; its values are classes.
    'sentinel-2/S2A_29RKH_20200219_0_L2A/S2A_29RKH_20200219_0_L2A.json',
    'scl',
    { assetKey: 'scl', scale: null, offset: null, nodata: 0 },
  ],
  [
    // Baseline 05.11 with -0.1 stated and the flag set: the offset is in the samples already, so none is left.
    'stac/earth-search-v1_S2B_24MWV_20250731_0_L2A.json',
    'red',
    {
      url: `${COGS}/24/M/WV/2025/7/S2B_24MWV_20250731_0_L2A/B04.tif`,
      scale: 0.0001,
      offset: 0,
      nodata: 0,
      radiometry: { why: 'Sentinel-2: the provider has applied the offset', doubt: null },
    },
  ],
  [
    'stac/earth-search-v1_S2B_24MWV_20250731_0_L2A.json',
    'red-jp2',
    { scale: 0.0001, offset: -0.1, radiometry: { why: 'Sentinel-2: offset as stated for the band', doubt: null } },
  ],
  [
    // Collection 1 keeps ESA's numbers and has no flag.
    'stac/earth-search-v1_S2B_T24MUV_20250731T130245_L2A.json',
    'red',
    {
      url: 's3://e84-earth-search-sentinel-data/sentinel-2-c1-l2a/24/M/UV/2025/7/S2B_T24MUV_20250731T130245_L2A/B04.tif',
      scale: 0.0001,
      offset: -0.1,
      nodata: 0,
      radiometry: { why: 'Sentinel-2: offset as stated for the band', doubt: null },
    },
  ],
  [
    'stac/LC08_L2SP_028030_20200114_20200824_02_T1_SR.json',
    'red',
    {
      url: `${RED_OF_USGS}_SR_B4.TIF`,
      scale: 0.0000275,
      offset: -0.2,
      nodata: 0,
      mask: { kind: 'qa_pixel', assetKey: 'qa_pixel', url: `${RED_OF_USGS}_QA_PIXEL.TIF` },
    },
  ],
  ['stac/LC08_L2SP_028030_20200114_20200824_02_T1_SR.json', 'qa_pixel', { scale: null, offset: null, nodata: 1 }],
  [
    'stac/eo-sentinel2-item.json',
    'red',
    {
      url: pathToFileURL(join(real, 'stac', L1C)).href,
      assetKey: 'B04',
      band: 1,
      scale: 0.0001,
      offset: 0,
      nodata: 0,
      radiometry: { why: 'Sentinel-2 L1C, top of atmosphere: processing baseline 02.09', doubt: null },
    },
  ],
];

/** Items whose rasters lie where nothing is read: the host is named. */
const ELSEWHERE: readonly (readonly [path: string, asset: string, host: string])[] = [
  [
    'stac/S2B_MSIL2A_20190629T212529_R043_T06VVN_20201006T080531.json',
    'red',
    'https://sentinel2l2a01.blob.core.windows.net/',
  ],
  ['landsat-c2/LC08_L2SP_008059_20191201_20200825_02_T1_SR_stac.json', 'nir08', 'https://landsatlook.usgs.gov/'],
];

describe.skipIf(root === null)(`real STAC items${root === null ? ` (${NO_TEST_DATA})` : ''}`, () => {
  it.each(expectedItems())('%s is read as it was by hand', (path, expected) => {
    const item = readStacItem(JSON.parse(readFileSync(join(real, path), 'utf8')), path);
    const { properties } = item;
    expect({
      stac_version: item.stac_version,
      id: item.id,
      collection: item.collection ?? null,
      datetime: properties.datetime,
      assets: Object.keys(item.assets).length,
      epsg: properties['proj:epsg'] ?? null,
      cloud_cover: properties['eo:cloud_cover'] ?? null,
      bbox: item.bbox,
    }).toEqual({ ...expected, extensions: undefined });
  });

  it.each(DECISIONS)('%s: %s', async (path, asset, scene) => {
    const { scenes, unread } = await resolve(path, asset);
    expect(unread).toEqual([]);
    expect(scenes).toHaveLength(1);
    expect(scenes[0]).toMatchObject(scene);
    const expected = expectedItems().find(([name]) => name === path)?.[1];
    expect(scenes[0]).toMatchObject({
      itemId: expected?.id,
      collection: expected?.collection,
      epsg: expected?.epsg,
      cloudCover: expected?.cloud_cover,
      datetime: new Date(expected?.datetime ?? '').toISOString(),
    });
  });

  it.each(ELSEWHERE)('%s: %s lies at a host that is not read', async (path, asset, host) => {
    const failure = await resolve(path, asset).then(
      () => null,
      (error: CitysinkError) => error,
    );
    expect(failure?.problems).toMatchObject([{ found: expect.stringContaining(host) }]);
  });
});
