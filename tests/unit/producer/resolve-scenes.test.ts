import { mkdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type NamedLayer, resolveScenes } from '../../../src/producer/resolve-scenes.ts';
import type { LayerSpec } from '../../../src/shared/contracts/city-spec.ts';
import { StoreRegistry } from '../../../src/shared/io/open-store.ts';
import { DEFAULT_STORE_SETTINGS } from '../../../src/shared/io/store-settings.ts';
import { baseNameOf, pathToUrl } from '../../../src/shared/io/store-url.ts';
import { temporaryFolder } from '../../support/city.ts';

const stores = new StoreRegistry(DEFAULT_STORE_SETTINGS);
let folder = '';

/** Names, with the day of January on which each was changed: neither order is that of the other. */
const DAYS = { 'b.tif': 1, 'a.tif': 2, 'c.TIFF': 3, 'sub/a.tif': 2 };

beforeAll(async () => {
  folder = await temporaryFolder();
  await mkdir(join(folder, 'sub'));
  for (const [name, day] of Object.entries(DAYS)) {
    await writeFile(join(folder, name), name);
    await utimes(join(folder, name), new Date(2021, 0, day), new Date(2021, 0, day));
  }
  await writeFile(join(folder, 'readme.txt'), '');
});

afterAll(() => rm(folder, { recursive: true, force: true }));

function layer(scenes: readonly string[], changes: Partial<LayerSpec> = {}): LayerSpec {
  const urls = scenes.map((name) => pathToUrl(`${folder}/${name}`).replaceAll('%3F', '?'));
  const reading = {
    band: 1,
    nodata: null,
    scale: null,
    offset: null,
    unit: null,
    depthCm: null,
    relativeSe: null,
    crs: null,
    resample: null,
    composite: 'first' as const,
    mask: null,
    anonymous: false,
    requesterPays: false,
  };
  return { scenes: urls, match: null, order: 'newest', ...reading, ...changes };
}

function named(scenes: readonly string[], changes: Partial<LayerSpec> = {}): NamedLayer {
  return { name: 'landcover', layer: layer(scenes, changes) };
}

async function names(scenes: readonly string[], changes: Partial<LayerSpec> = {}): Promise<string[]> {
  const resolved = await resolveScenes(named(scenes, changes), stores);
  return resolved.scenes.map(({ info }) => info.url.slice(pathToUrl(`${folder}/`).length));
}

describe('resolveScenes', () => {
  it('a folder gives the GeoTIFFs below it, and nothing else', async () => {
    expect((await names([''])).toSorted()).toEqual(['a.tif', 'b.tif', 'c.TIFF', 'sub/a.tif']);
  });

  it('the newest scene owns first, or the oldest, or the first by name; the URL decides between equals', async () => {
    expect(await names([''])).toEqual(['c.TIFF', 'a.tif', 'sub/a.tif', 'b.tif']);
    expect(await names([''], { order: 'oldest' })).toEqual(['b.tif', 'a.tif', 'sub/a.tif', 'c.TIFF']);
    expect(await names([''], { order: 'name' })).toEqual(['a.tif', 'sub/a.tif', 'b.tif', 'c.TIFF']);
  });

  it('as listed: in the order of the spec, those of a folder by name', async () => {
    expect(await names(['b.tif', 'a.tif'], { order: 'listed' })).toEqual(['b.tif', 'a.tif']);
    expect(await names(['sub/', 'b.tif', ''], { order: 'listed' })).toEqual(['sub/a.tif', 'b.tif', 'a.tif', 'c.TIFF']);
  });

  it('`match` holds for file names, at any depth', async () => {
    expect((await names([''], { match: 'a.*' })).toSorted()).toEqual(['a.tif', 'sub/a.tif']);
  });

  it('a star stays in its folder, two go deeper, a question mark is one character', async () => {
    expect(await names(['*.tif'], { order: 'name' })).toEqual(['a.tif', 'b.tif']);
    expect(await names(['**.tif'], { order: 'name' })).toEqual(['a.tif', 'sub/a.tif', 'b.tif']);
    expect(await names(['?.tif'], { order: 'name' })).toEqual(['a.tif', 'b.tif']);
  });

  it('a scene that is named twice is one scene', async () => {
    expect(await names(['a.tif', '*.tif', 'a.tif'], { order: 'name' })).toEqual(['a.tif', 'b.tif']);
  });

  it('a scene of a list that is not there is told by name, and the others are taken', async () => {
    const { scenes, unread } = await resolveScenes(named(['a.tif', 'gone.tif']), stores);
    expect(scenes.map(({ info }) => baseNameOf(info.url))).toEqual(['a.tif']);
    expect(unread).toEqual([
      { url: pathToUrl(`${folder}/gone.tif`), code: 'OBJECT_NOT_FOUND', message: expect.stringContaining('gone.tif') },
    ]);
  });

  it('where nothing at all can be had, the reason of the first is the error', async () => {
    await expect(resolveScenes(named(['gone.tif', 'lost.tif']), stores)).rejects.toMatchObject({
      code: 'OBJECT_NOT_FOUND',
      message: expect.stringContaining('gone.tif'),
    });
  });

  it('a pattern that matches nothing is a mistake of the request, and says which', async () => {
    const refusal = { code: 'REQUEST_INVALID', problems: [{ found: 'no object that matches *.jp2' }] };
    await expect(resolveScenes(named([''], { match: '*.jp2' }), stores)).rejects.toMatchObject(refusal);
  });
});
