import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadZones, ZONE_LIMITS } from '../../../src/producer/load-zones.ts';
import { crsFromEpsg } from '../../../src/shared/geo/crs-registry.ts';
import { FileStore } from '../../../src/shared/io/store-file.ts';

const store = new FileStore();
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'citysink-zones-'));
});
afterAll(() => rm(folder, { recursive: true }));

const RING = [
  [9, 45],
  [9.1, 45],
  [9.1, 45.1],
  [9, 45],
];

async function source(text: string | object, crs: string | null = null, name = 'districts.geojson') {
  const path = join(folder, name);
  await writeFile(path, typeof text === 'string' ? text : JSON.stringify(text));
  return { url: pathToFileURL(path).href, id: null, label: null, crs };
}

const POLYGON = { type: 'Polygon', coordinates: [RING] };

describe('loadZones', () => {
  it('leaves coordinates in the CRS of the grid untouched, bit for bit', async () => {
    const { zones } = await loadZones(store, await source(POLYGON), await crsFromEpsg(4326));
    expect([...(zones[0]?.polygons[0]?.[0] ?? [])]).toEqual(RING.flat());
  });

  it('projects to the CRS of the grid', async () => {
    const { zones } = await loadZones(store, await source(POLYGON), await crsFromEpsg(32632));
    // GDAL: 9 E 45 N is 500000, 4982950.400 in UTM 32N.
    expect(zones[0]?.polygons[0]?.[0]?.[0]).toBeCloseTo(500_000, 3);
    expect(zones[0]?.polygons[0]?.[0]?.[1]).toBeCloseTo(4_982_950.4, 1);
  });

  it("takes the spec's CRS before the file's own, and the file's own before WGS 84", async () => {
    const utm = await crsFromEpsg(32632);
    const map = [
      [500_000, 5_000_000],
      [501_000, 5_000_000],
      [501_000, 5_001_000],
      [500_000, 5_000_000],
    ];
    const own = {
      type: 'Polygon',
      coordinates: [map],
      crs: { type: 'name', properties: { name: 'urn:ogc:def:crs:EPSG::32632' } },
    };
    const byFile = await loadZones(store, await source(own), utm);
    const bySpec = await loadZones(
      store,
      await source({ ...own, crs: { type: 'name', properties: { name: 'EPSG:4326' } } }, 'EPSG:32632'),
      utm,
    );
    expect([...(byFile.zones[0]?.polygons[0]?.[0] ?? [])]).toEqual(map.flat());
    expect(bySpec.digest).toBe(byFile.digest);
    await expect(loadZones(store, await source({ ...own, crs: undefined }), utm)).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
    });
  });

  it('gives a digest that depends on ids and coordinates and on nothing else', async () => {
    const grid = await crsFromEpsg(4326);
    const first = await loadZones(store, await source(POLYGON), grid);
    const spaced = await loadZones(store, await source(JSON.stringify(POLYGON, null, 2), null, 'other.geojson'), grid);
    const moved = await loadZones(
      store,
      await source({ ...POLYGON, coordinates: [RING.map(([x = 0, y = 0]) => [x + 1e-12, y])] }),
      grid,
    );
    expect(first.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(spaced.digest).toBe(first.digest);
    expect(moved.digest).not.toBe(first.digest);
  });

  it('names the line of an error in JSON', async () => {
    const text = '{\n"type": "Polygon",\n"coordinates": [,]\n}';
    await expect(loadZones(store, await source(text), await crsFromEpsg(4326))).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
      problems: [{ where: 'districts.geojson:3', message: expect.stringMatching(/^not JSON/) }],
    });
  });

  it('refuses files of other encodings, and larger ones than the limit', async () => {
    const grid = await crsFromEpsg(4326);
    const path = join(folder, 'utf16.geojson');
    await writeFile(path, Buffer.from('\ufeff{}', 'utf16le'));
    const utf16 = { url: pathToFileURL(path).href, id: null, label: null, crs: null };
    await expect(loadZones(store, utf16, grid)).rejects.toMatchObject({
      problems: [{ message: 'not UTF-8 text', found: 'UTF-16 text' }],
    });
    const limits = { ...ZONE_LIMITS, maxBytes: 10 };
    await expect(loadZones(store, await source(POLYGON), grid, limits)).rejects.toMatchObject({
      code: 'OBJECT_TOO_LARGE',
    });
  });

  it('refuses a CRS that needs a shift grid', async () => {
    const nad27 = await source(POLYGON, 'EPSG:4267');
    await expect(loadZones(store, nad27, await crsFromEpsg(32632))).rejects.toMatchObject({ code: 'CRS_UNSUPPORTED' });
  });

  it('names zones that lie where the grid is not defined', async () => {
    const pole = {
      type: 'Polygon',
      coordinates: [
        [
          [0, 89],
          [1, 90],
          [0, 90],
          [0, 89],
        ],
      ],
    };
    await expect(loadZones(store, await source(pole), await crsFromEpsg(3857))).rejects.toMatchObject({
      problems: [
        { where: 'districts.geojson: feature 1 (id "1")', message: expect.stringMatching(/outside the area/) },
      ],
    });
  });
});
