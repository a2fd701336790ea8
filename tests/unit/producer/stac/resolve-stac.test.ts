import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolveStac } from '../../../../src/producer/stac/resolve-stac.ts';
import { STAC_LIMITS, type StacLimits } from '../../../../src/producer/stac/walk-stac.ts';
import type { StacSource } from '../../../../src/shared/contracts/city-spec.ts';
import { CitysinkError } from '../../../../src/shared/errors.ts';
import { StoreRegistry } from '../../../../src/shared/io/open-store.ts';
import { DEFAULT_STORE_SETTINGS } from '../../../../src/shared/io/store-settings.ts';
import { temporaryFolder } from '../../../support/city.ts';
import { itemCollection, stacCatalog, stacItem } from '../../../support/stac-items.ts';

const ALL: Omit<StacSource, 'url'> = { asset: null, datetime: null, maxCloudCover: null, bbox: null, api: null };

/** Files by name below a new folder; its URL. */
async function folderWith(files: Readonly<Record<string, unknown>>): Promise<string> {
  const folder = await temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  }
  return pathToFileURL(`${folder}/`).href;
}

function resolve(url: string, source: Partial<StacSource> = {}, limits: StacLimits = STAC_LIMITS) {
  const layer = { anonymous: false, requesterPays: false, stac: { ...ALL, url, ...source } };
  return resolveStac(layer, new StoreRegistry(DEFAULT_STORE_SETTINGS), limits);
}

async function idsOf(url: string, source: Partial<StacSource> = {}): Promise<string[]> {
  return (await resolve(url, source)).scenes.map(({ itemId }) => itemId);
}

async function failureOf(work: Promise<unknown>): Promise<CitysinkError> {
  return work.then(
    () => Promise.reject(new Error('did not fail')),
    (error: CitysinkError) => error,
  );
}

describe('a place of STAC', () => {
  it('is an item, with its raster beside it', async () => {
    const base = await folderWith({ 'a/one.json': stacItem({ cloud: 12.5, properties: { 'proj:epsg': 32632 } }) });
    const { scenes, unread } = await resolve(`${base}a/one.json`);
    expect(unread).toEqual([]);
    expect(scenes).toEqual([
      {
        url: `${base}a/one.tif`,
        datetime: '2021-06-01T10:00:00.000Z',
        cloudCover: 12.5,
        itemId: 'one',
        collection: null,
        assetKey: 'map',
        band: null,
        epsg: 32632,
        scale: null,
        offset: null,
        nodata: null,
        radiometry: { why: 'no product with rules of its own: nothing is stated', doubt: null },
        mask: null,
      },
    ]);
  });

  it('is an ItemCollection', async () => {
    const base = await folderWith({ 'all.json': itemCollection([stacItem({ id: 'b' }), stacItem({ id: 'a' })]) });
    expect(await idsOf(`${base}all.json`)).toEqual(['a', 'b']);
  });

  it('is a folder, in which other JSON and catalogs are passed over', async () => {
    const base = await folderWith({
      'x/a.json': stacItem({ id: 'a' }),
      'x/deep/b.geojson': stacItem({ id: 'b' }),
      'x/tileinfo.json': { path: 'tiles' },
      'x/zones.geojson': { type: 'FeatureCollection', features: [{ type: 'Feature', properties: {}, geometry: null }] },
      'x/catalog.json': stacCatalog({ item: ['./elsewhere.json'] }),
      'x/notes.txt': 'no JSON',
    });
    expect(await idsOf(`${base}x/`)).toEqual(['a', 'b']);
  });

  it('is a catalog whose links lead down, in circles and twice to the same item', async () => {
    const base = await folderWith({
      'catalog.json': stacCatalog({ child: ['./c/collection.json', 'c/collection.json'], root: ['./catalog.json'] }),
      'c/collection.json': stacCatalog(
        {
          item: ['../i/a.json', '../i/b.json'],
          child: ['../catalog.json', '../more.json'],
          parent: ['../catalog.json'],
        },
        'Collection',
      ),
      'more.json': stacCatalog({ item: ['i/b.json', 'all.json'], child: ['./c/collection.json'] }),
      'i/a.json': stacItem({ id: 'a' }),
      'i/b.json': stacItem({ id: 'b' }),
      'all.json': itemCollection([stacItem({ id: 'c' })]),
    });
    expect((await idsOf(`${base}catalog.json`)).sort()).toEqual(['a', 'b', 'c']);
  });

  it('names the same raster once, whatever the order of the items', async () => {
    const twins = ['y', 'x'].map((id) => stacItem({ id, assets: { map: { href: 'same.tif' } } }));
    const base = await folderWith({
      'all.json': itemCollection(twins),
      'all2.json': itemCollection(twins.toReversed()),
    });
    expect(await idsOf(`${base}all.json`)).toEqual(['x']);
    expect(await idsOf(`${base}all2.json`)).toEqual(['x']);
  });

  it('goes on without an item that is not there, and says so', async () => {
    const base = await folderWith({
      'catalog.json': stacCatalog({ item: ['a.json', 'gone.json'] }),
      'a.json': stacItem({ id: 'a' }),
    });
    const { scenes, unread } = await resolve(`${base}catalog.json`);
    expect(scenes.map(({ itemId }) => itemId)).toEqual(['a']);
    expect(unread).toMatchObject([{ url: `${base}gone.json`, code: 'OBJECT_NOT_FOUND' }]);
  });

  it('that is not there is an error', async () => {
    const base = await folderWith({});
    expect(await failureOf(resolve(`${base}none.json`))).toMatchObject({ code: 'OBJECT_NOT_FOUND' });
  });

  it('of the time before STAC 1.0 is read: bands by number, a bare date', async () => {
    const old = stacItem({
      version: '0.7.0',
      datetime: '2019-12-01',
      properties: { 'eo:bands': [{ common_name: 'blue' }, { common_name: 'red' }], 'eo:epsg': 32618 },
      assets: {
        B2: { href: 'b2.tif', 'eo:bands': [0] },
        B4: { href: 'b4.tif', 'eo:bands': [1] },
        txt: { href: 'm.txt' },
      },
    });
    const base = await folderWith({ 'old.json': old });
    const { scenes } = await resolve(`${base}old.json`, { asset: 'red' });
    expect(scenes).toMatchObject([
      { url: `${base}b4.tif`, band: 1, epsg: 32618, datetime: '2019-12-01T00:00:00.000Z' },
    ]);
  });

  it('of STAC 1.1 is read: common bands, codes', async () => {
    const asset = {
      href: 'm.tif',
      nodata: 0,
      bands: [{ name: 'B04', 'eo:common_name': 'red', 'raster:scale': 0.0001 }],
    };
    const item = stacItem({ version: '1.1.0', properties: { 'proj:code': 'EPSG:32650' }, assets: { m: asset } });
    const base = await folderWith({ 'i.json': item });
    expect((await resolve(`${base}i.json`, { asset: 'red' })).scenes).toMatchObject([
      { assetKey: 'm', band: 1, epsg: 32650, scale: 0.0001, offset: null, nodata: 0 },
    ]);
  });
});

describe('limits', () => {
  it('end a chain of catalogs that goes too deep', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 12 }, (_, n) => [`${n}.json`, stacCatalog({ child: [`${n + 1}.json`] })]),
    );
    const base = await folderWith({ ...files, '12.json': stacItem() });
    expect(await failureOf(resolve(`${base}0.json`))).toMatchObject({
      code: 'REQUEST_INVALID',
      problems: [{ message: 'has links too deep', expected: 'at most 8 levels' }],
    });
    expect(await idsOf(`${base}4.json`)).toEqual(['one']);
  });

  it('end a catalog with too many items and one with too many documents', async () => {
    const items = itemCollection([stacItem({ id: 'a' }), stacItem({ id: 'b' }), stacItem({ id: 'c' })]);
    const base = await folderWith({ 'all.json': items, 'catalog.json': stacCatalog({ item: ['1', '2', '3', '4'] }) });
    const few = { ...STAC_LIMITS, items: 2, documents: 3 };
    expect((await failureOf(resolve(`${base}all.json`, {}, few))).message).toMatch(
      /too many items: expected at most 2/,
    );
    expect((await failureOf(resolve(`${base}catalog.json`, {}, few))).message).toMatch(/too many documents/);
  });

  it('refuse a document that is too large', async () => {
    const base = await folderWith({ 'i.json': stacItem() });
    const failure = await failureOf(resolve(`${base}i.json`, {}, { ...STAC_LIMITS, documentBytes: 50 }));
    expect(failure).toMatchObject({ code: 'OBJECT_TOO_LARGE', message: expect.stringMatching(/i\.json/) });
  });
});

describe('filters', () => {
  const items = itemCollection([
    stacItem({ id: 'apr', datetime: '2021-04-30T23:59:59Z', cloud: 5, bbox: [6, 0, 7, 1] }),
    stacItem({ id: 'may', datetime: '2021-05-01T00:00:00Z', cloud: 20, bbox: [6, 0, -100, 7, 1, 100] }),
    stacItem({ id: 'sep', datetime: '2021-09-30T23:00:00Z', cloud: 20.1, bbox: [179, 0, -179, 1] }),
    stacItem({
      id: 'year',
      datetime: null,
      cloud: 0,
      properties: { start_datetime: '2020-01-01T00:00:00Z', end_datetime: '2021-05-02T00:00:00Z' },
    }),
  ]);

  it.each([
    [{ datetime: '2021-05/2021-09' }, ['may', 'sep', 'year']],
    [{ datetime: '2021-04' }, ['apr', 'year']],
    [{ maxCloudCover: 20 }, ['apr', 'may', 'year']],
    // An item without a box is kept: its raster tells where it lies.
    [{ bbox: [-180, 0, -179.5, 1] }, ['sep', 'year']],
    [{ bbox: [6.5, 0.5, 8, 2] }, ['apr', 'may', 'year']],
    [{ bbox: [170, 0.5, -170, 2] }, ['sep', 'year']],
  ])('%j keeps %j', async (filter, ids) => {
    const base = await folderWith({ 'all.json': items });
    expect(await idsOf(`${base}all.json`, filter)).toEqual(ids);
  });

  it('that leave nothing say why', async () => {
    const base = await folderWith({
      'all.json': itemCollection([stacItem({ cloud: 50 }), stacItem({ datetime: '1999-01-01' })]),
    });
    const failure = await failureOf(resolve(`${base}all.json`, { maxCloudCover: 20, datetime: '2021' }));
    expect(failure.problems).toMatchObject([{ found: 'items left out: 1 by datetime, 1 by max_cloud_cover' }]);
  });

  it('on clouds refuse an item that does not tell its own', async () => {
    const base = await folderWith({ 'i.json': stacItem() });
    expect((await failureOf(resolve(`${base}i.json`, { maxCloudCover: 20 }))).problems).toMatchObject([
      { message: 'cannot be filtered', found: 'none' },
    ]);
  });
});

describe('the asset', () => {
  const tiff = 'image/tiff; application=geotiff';
  const assets = {
    visual: {
      href: 'tci.tif',
      type: tiff,
      roles: ['visual'],
      'eo:bands': [{ common_name: 'red' }, { common_name: 'nir' }],
    },
    B04: { href: 'b04.tif', type: tiff, roles: ['data'], 'eo:bands': [{ common_name: 'red' }] },
    'B04-jp2': { href: 'b04.jp2', type: 'image/jp2', roles: ['data'], 'eo:bands': [{ common_name: 'red' }] },
    B05: { href: 'b05.tif', type: tiff, roles: ['data'], 'eo:bands': [{ common_name: 'rededge' }] },
    B06: { href: 'b06.tif', type: tiff, roles: ['data'], 'eo:bands': [{ common_name: 'rededge' }] },
    all: {
      href: 'all.tif',
      type: tiff,
      roles: ['stack'],
      'eo:bands': [{ common_name: 'blue' }, { common_name: 'swir16' }],
    },
    SCL: { href: 'scl.tif', type: tiff, roles: ['data', 'cloud'] },
  };

  it.each([
    ['SCL', 'SCL', null],
    ['red', 'B04', 1],
    ['swir16', 'all', 2],
    ['cloud', 'SCL', null],
    ['stack', 'all', null],
  ])('%s is %s', async (asset, assetKey, band) => {
    const base = await folderWith({ 'i.json': stacItem({ assets }) });
    expect((await resolve(`${base}i.json`, { asset })).scenes).toMatchObject([
      { assetKey, band, mask: { kind: 'scl', url: `${base}scl.tif` } },
    ]);
  });

  it.each([
    ['rededge', /has several assets for "rededge"/, 'B05 (rededge), B06 (rededge)'],
    ['data', /has several assets for "data"/, 'B04 (red), B05 (rededge), B06 (rededge), SCL'],
    ['SLC', /did you mean "SCL"/, /^visual \(red, nir\), B04 \(red\), /],
    [null, /has several rasters/, 'B04 (red), B05 (rededge), B06 (rededge), all (blue, swir16), SCL'],
  ])('%s is refused with a list', async (asset, message, found) => {
    const base = await folderWith({ 'i.json': stacItem({ assets }) });
    const failure = await failureOf(resolve(`${base}i.json`, { asset }));
    expect(`${failure.problems[0]?.message} ${failure.problems[0]?.expected}`).toMatch(message);
    expect(failure.problems[0]?.found).toEqual(typeof found === 'string' ? found : expect.stringMatching(found));
  });

  it('is taken where it lies beside the item, else from its alternate in S3', async () => {
    const alternate = { s3: { href: 's3://usgs/x.tif', 'storage:requester_pays': false } };
    const base = await folderWith({
      'near.json': stacItem({ id: 'near', assets: { map: { href: './x.tif', alternate } } }),
      'far.json': stacItem({ id: 'far', assets: { map: { href: 'https://usgs.example/x.tif', alternate } } }),
    });
    expect((await resolve(`${base}near.json`)).scenes[0]?.url).toBe(`${base}x.tif`);
    expect((await resolve(`${base}far.json`)).scenes[0]?.url).toBe('s3://usgs/x.tif');
  });

  it('whose reader pays wants the reader to agree', async () => {
    const alternate = { s3: { href: 's3://usgs/x.tif', 'storage:requester_pays': true } };
    const base = await folderWith({
      'i.json': stacItem({ assets: { map: { href: 'https://u.example/x.tif', alternate } } }),
    });
    expect((await failureOf(resolve(`${base}i.json`))).problems).toMatchObject([
      { expected: 'requester_pays: true in the layer', found: 's3://usgs/x.tif' },
    ]);
  });

  it('is read alone: a broken one beside it does not matter when the key is given', async () => {
    const base = await folderWith({ 'i.json': stacItem({ assets: { map: { href: 'x.tif' }, thumb: { href: 7 } } }) });
    expect((await resolve(`${base}i.json`, { asset: 'map' })).scenes).toHaveLength(1);
    expect((await failureOf(resolve(`${base}i.json`))).problems[0]?.where).toMatch(/assets\.thumb href$/);
  });
});

describe('documents that are none', () => {
  it.each([
    ['not JSON', '{', /is not JSON/],
    ['a number', 7, /is not STAC/],
    ['a future version', { ...stacItem(), stac_version: '2.0.0' }, /stac_version that is not read/],
    ['no version', { type: 'Feature', properties: {} }, /is not STAC/],
    ['no time', stacItem({ datetime: null }), /has no time/],
    ['a time that is none', stacItem({ datetime: 'yesterday' }), /has a time that is none/],
    ['no assets', stacItem({ assets: {} }), /has no such asset/],
    ['a list of links that is none', { type: 'Catalog', stac_version: '1.0.0', links: [{ rel: 'item' }] }, /links/],
    ['a cloud cover above 100', stacItem({ cloud: 101 }), /properties\.eo:cloud_cover/],
  ])('%s', async (_, content, message) => {
    const base = await folderWith({ 'i.json': content });
    const failure = await failureOf(resolve(`${base}i.json`));
    expect(failure.code).toBe('REQUEST_INVALID');
    expect(failure.problems.map(({ where, message: said }) => `${where} ${said}`).join()).toMatch(message);
  });

  it('names every item of a collection that has a mistake', async () => {
    const bad = itemCollection([stacItem(), stacItem({ datetime: 'x' }), { type: 'Feature', stac_version: '1.0.0' }]);
    const base = await folderWith({ 'all.json': bad });
    const { problems } = await failureOf(resolve(`${base}all.json`));
    expect(new Set(problems.map(({ where }) => where.slice(base.length).split(' ', 2).join(' ')))).toEqual(
      new Set(['all.json one', 'all.json features.2']),
    );
  });
});

describe('a search', () => {
  const features = [
    stacItem({ id: 'a', cloud: 5, assets: { map: { href: 's3://maps/a.tif' } } }),
    stacItem({ id: 'b', cloud: 50, assets: { map: { href: 's3://maps/b.tif' } } }),
  ];
  const search = (items: readonly object[]) => ({
    hosts: ['api.example'],
    client: async () => Response.json(itemCollection(items)),
  });
  const layer = {
    anonymous: true,
    requesterPays: false,
    stac: { ...ALL, url: 'https://api.example/v1', maxCloudCover: 20, api: { collections: ['lc'] } },
  };
  const stores = new StoreRegistry(DEFAULT_STORE_SETTINGS);

  it('gives scenes of what comes back, filtered here', async () => {
    const { scenes } = await resolveStac(layer, stores, STAC_LIMITS, search(features));
    expect(scenes.map(({ url }) => url)).toEqual(['s3://maps/a.tif']);
  });

  it('gives no file of this machine, and none beside the API', async () => {
    const hrefs = ['file:///etc/a.tif', '/etc/a.tif', 'a.tif'];
    const items = hrefs.map((href, n) => stacItem({ id: `${n}`, cloud: 0, assets: { map: { href } } }));
    const failure = await failureOf(resolveStac(layer, stores, STAC_LIMITS, search(items)));
    expect(failure.problems.map(({ found }) => found)).toEqual(hrefs);
  });

  it('is refused where no host is allowed', async () => {
    expect((await failureOf(resolveStac(layer, stores))).problems).toMatchObject([{ found: 'https://api.example' }]);
  });
});

describe('mutated documents', () => {
  it('give scenes or an error of ours, never a crash', async () => {
    const base = await folderWith({ 'i.json': '{}', 'none/x': '' });
    const path = new URL('i.json', base);
    const whole = stacItem({
      bbox: [0, 0, 1, 1],
      cloud: 3,
      properties: {
        'eo:bands': [{ common_name: 'red' }],
        's2:processing_baseline': '05.11',
        constellation: 'sentinel-2',
      },
      assets: {
        B04: {
          href: 'b.tif',
          type: 'image/tiff',
          roles: ['data'],
          'eo:bands': [0],
          'raster:bands': [{ nodata: 0, scale: 1 }],
        },
        __proto: { href: 's3://b/k', alternate: { s3: { href: '/vsis3/b/k' } } },
        SCL: { href: 'https://b.s3.amazonaws.com/k' },
      },
    });
    const documents = [
      whole,
      itemCollection([whole, whole]),
      stacCatalog({ child: ['none/x'], item: ['../../../i.json'] }),
    ];
    const odd = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom(
        '__proto__',
        '..',
        's3://',
        's3://b/../k',
        '/etc/passwd',
        'file:///etc',
        -1,
        1e308,
        [],
        {},
        null,
        '2021',
        'a\0b',
      ),
    );
    const property = fc.asyncProperty(
      fc.constantFrom(...documents),
      fc.nat(),
      odd,
      fc.boolean(),
      async (document, at, value, remove) => {
        await writeFile(path, JSON.stringify(mutated(document, at, value, remove)));
        for (const asset of ['red', 'B04', null]) {
          try {
            await resolve(path.href, { asset, maxCloudCover: 50, datetime: '2021', bbox: [0, 0, 1, 1] });
          } catch (error) {
            if (!(error instanceof CitysinkError) || error.code === 'INTERNAL') throw error;
          }
        }
      },
    );
    await fc.assert(property, { numRuns: 600 });
  });
});

/** A copy in which the value at the `at`-th place (counted over all, round and round) is another or gone. */
function mutated(document: unknown, at: number, value: unknown, remove: boolean): unknown {
  const copy = structuredClone(document);
  const places: [Record<string, unknown>, string][] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const key of Object.keys(node)) {
      places.push([node as Record<string, unknown>, key]);
      visit((node as Record<string, unknown>)[key]);
    }
  };
  visit(copy);
  const [parent, key] = places[at % places.length] ?? [{}, ''];
  if (remove) delete parent[key];
  else parent[key] = value;
  return copy;
}
