import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeClassGeotiff } from '../../src/cli/demo/geotiff-writer.ts';
import { MAP_NAMES } from '../../src/shared/contracts/map-names.ts';
import { sha256 } from '../../src/shared/io/stored-json.ts';
import { rectangleZones, temporaryFolder, writeCity } from '../support/city.ts';
import { runCli } from '../support/cli.ts';
import { CELL_HA, CELL_M, CITY_CORNER, CITY_EPSG, CITY_FACTORS, CITY_GREEN, MapCity } from '../support/map-city.ts';
import { gdalFindings, HAS_GDAL, readLevels, readMapFile } from '../support/map-files.ts';
import { readWhole, type StoredObject } from '../support/s3-server/buckets.ts';
import { type S3Server, startS3Server } from '../support/s3-server/s3-server.ts';
import type { Totals } from '../support/totals.ts';

/** Maps of whole runs against plain loops over the whole city, and to the byte over tilings, workers, stores and kills. */

/** 96 x 96 cells; the last six columns are in no zone. */
const SIDE = 96;
const ZONE_COLS = 90;
const NORTH_ROWS = 41;
const city = new MapCity({
  rows: SIDE,
  cols: SIDE,
  seed: 23,
  builtBlobs: [26, 44],
  otherBlobs: [420, 6],
  isInZones: (_, col) => col < ZONE_COLS,
});
const x1 = CITY_CORNER.x + ZONE_COLS * CELL_M;
const seam = CITY_CORNER.y - NORTH_ROWS * CELL_M;
const ZONES = rectangleZones(CITY_EPSG, {
  north: [CITY_CORNER.x, seam, x1, CITY_CORNER.y],
  south: [CITY_CORNER.x, CITY_CORNER.y - SIDE * CELL_M, x1, seam],
});

const NAMES_HERE = MAP_NAMES.filter((name) => name !== 'dead');

let folder = '';
const servers: S3Server[] = [];

beforeAll(async () => {
  folder = await temporaryFolder();
  await writeFile(join(folder, 'cover.tif'), city.coverFile());
  await writeFile(join(folder, 'soil.tif'), city.soilFile());
});

afterAll(async () => {
  for (const server of servers) await server.close();
  await rm(folder, { recursive: true, force: true });
});

interface Parts {
  readonly raster?: boolean;
  readonly maps?: readonly string[] | null;
  readonly place?: string;
  readonly results?: string;
  readonly name?: string;
}

async function citySpec({
  raster = false,
  maps = NAMES_HERE,
  place = `${folder}/`,
  results = './results/',
  name,
}: Parts = {}) {
  const layers = {
    landcover: { scenes: `${place}cover.tif` },
    ...(raster ? { soil: { scenes: `${place}soil.tif`, unit: 'kg/m2' } } : {}),
  };
  return writeCity({
    folder: join(folder, name ?? crypto.randomUUID()),
    scenes: '',
    zones: ZONES,
    zonesKeys: { id: 'id' },
    factors: CITY_FACTORS,
    spec: { layers, green: CITY_GREEN, results, ...(maps === null ? {} : { maps }) },
  });
}

interface Answer {
  readonly status: string;
  readonly totals: Totals;
}

async function run(spec: string, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
  const { code, stdout, stderr } = await runCli(['run', '--json', '--workers', '1', ...args, spec], { env });
  expect(code, stderr + stdout).toBe(0);
  return JSON.parse(stdout) as Answer;
}

/** Folder of the newest run of a spec with results beside it. */
async function runFolder(spec: string): Promise<string> {
  const city = join(spec, '../results/test-city');
  const { run: name } = JSON.parse(await readFile(join(city, 'latest.json'), 'utf8')) as { run: string };
  return join(city, name);
}

async function mapsOf(spec: string): Promise<Record<string, Buffer>> {
  const at = await runFolder(spec);
  const names = (await readdir(join(at, 'maps'))).filter((name) => name.endsWith('.tif')).sort();
  return Object.fromEntries(await Promise.all(names.map(async (n) => [n, await readMapFile(at, n.slice(0, -4))])));
}

async function cellsOf(spec: string, name: string): Promise<Float64Array> {
  const [full] = await readLevels(await readMapFile(await runFolder(spec), name));
  return full?.cells ?? new Float64Array();
}

/** Cells of a map as of the raster: it ends where zones do. */
async function rasterOf(spec: string, name: string): Promise<Float64Array> {
  const cells = await cellsOf(spec, name);
  expect(cells.length).toBe(SIDE * ZONE_COLS);
  return Float64Array.from({ length: SIDE * SIDE }, (_, cell) => {
    const col = cell % SIDE;
    return col < ZONE_COLS ? (cells[Math.floor(cell / SIDE) * ZONE_COLS + col] as number) : Number.NaN;
  });
}

function storedMaps(server: S3Server): Record<string, Buffer> {
  const bucket = server.bucket('results');
  const keys = bucket.keys().filter((key) => key.endsWith('.tif'));
  return Object.fromEntries(
    keys.map((key) => [key.slice(key.lastIndexOf('/') + 1), readWhole(bucket.get(key) as StoredObject)]),
  );
}

const sumOf = (cells: Float64Array, holds: (cell: number) => boolean) =>
  cells.reduce((sum, value, cell) => (Number.isNaN(value) || !holds(cell) ? sum : sum + value * CELL_HA), 0);

const isNorth = (cell: number) => cell < NORTH_ROWS * SIDE;

describe('Maps of a city', () => {
  it('hold class, patches and densities of every cell, with seams of tiles through patches', async () => {
    // All values of patches occur, and patches lie over the seams of tiles.
    expect(new Set(city.patches.filter((value) => !Number.isNaN(value)))).toEqual(new Set([0, 1, 2, 3]));
    const spec = await citySpec();
    const { totals } = await run(spec, ['--tile-size', '33']);
    for (const [name, cells] of Object.entries(city.expectedMaps(false)))
      expect(await rasterOf(spec, name), name).toEqual(cells);
    for (const zone of totals.figures.zones) {
      const isHere = (cell: number) => (zone.zone === 'north') === isNorth(cell);
      const { total } = zone;
      expect(sumOf(await rasterOf(spec, 'storage'), isHere) / (total.storage_tC ?? 0)).toBeCloseTo(1, 6);
      expect(sumOf(await rasterOf(spec, 'soil'), isHere) / (total.soil_tC ?? 0)).toBeCloseTo(1, 6);
      expect(sumOf(await rasterOf(spec, 'sequestration'), isHere) / (total.sequestration_tC_yr ?? 0)).toBeCloseTo(1, 5);
    }
  });

  it('take soil of a raster where it has a value, and the table where it has none', async () => {
    const spec = await citySpec({ raster: true });
    await run(spec);
    for (const [name, cells] of Object.entries(city.expectedMaps(true)))
      expect(await rasterOf(spec, name), name).toEqual(cells);
  });

  it('show in squares of 1 km what soil and small green add, and sum up to what scenarios leave out', async () => {
    const spec = await citySpec();
    const { totals } = await run(spec);
    const added = city.added();
    for (const what of ['storage', 'sequestration'] as const) {
      const means = city.squareMeans(added[what]);
      const cells = await cellsOf(spec, `left_out_${what}`);
      expect(cells.length).toBe(means.length);
      for (const [square, value] of cells.entries()) expect(value).toBeCloseTo(means[square] as number, 4);
      const sum = sumOf(added[what], () => true);
      const key = what === 'storage' ? 'storage_tC' : 'sequestration_tC_yr';
      expect(sum).toBeCloseTo(totals.figures.scenarios.left_out[key] ?? Number.NaN, 4);
    }
  });

  it.skipIf(!HAS_GDAL)('are COGs to GDAL, with units, statistics and places (needs osgeo_utils)', async () => {
    const spec = await citySpec();
    await run(spec);
    const at = await runFolder(spec);
    const found = gdalFindings(NAMES_HERE.map((name) => join(at, 'maps', `${name}.tif`)));
    for (const [path, one] of Object.entries(found)) {
      expect(one, path).toMatchObject({ errors: [], warnings: [], layout: 'COG', epsg: '32650' });
      const cell = path.includes('left_out') ? 1000 : 50;
      expect(one.transform).toEqual([500_000, cell, 0, 3_000_000, 0, -cell]);
    }
    const storage = found[join(at, 'maps/storage.tif')];
    expect(storage?.unit).toBe('t C/ha');
    for (const [i, value] of storage?.computed.entries() ?? []) expect(storage?.statistics[i]).toBeCloseTo(value, 6);
  });

  it('are named in the manifest with their digests, and nothing else is left of drawing them', async () => {
    const spec = await citySpec();
    await run(spec);
    const at = await runFolder(spec);
    const manifest = JSON.parse(await readFile(join(at, 'manifest.json'), 'utf8')) as {
      outputs: { name: string; sha256: string; sizeBytes: number }[];
    };
    const maps = manifest.outputs.filter(({ name }) => name.endsWith('.tif'));
    expect(maps.map(({ name }) => name)).toEqual(NAMES_HERE.map((name) => `maps/${name}.tif`));
    for (const { name, sha256: digest, sizeBytes } of maps) {
      const bytes = await readFile(join(at, name));
      expect([sha256(bytes), bytes.length]).toEqual([digest, sizeBytes]);
    }
    expect(await readdir(join(at, 'map-blocks'))).toEqual([]);
  });
});

describe('The bytes of maps', () => {
  it.each([
    ['16', '2'],
    ['33', '1'],
    ['64', '2'],
  ])('are the same in tiles of %s with %s workers, from files and from S3 to S3', async (size, workers) => {
    const plain = await citySpec({ raster: true, name: 'plain' });
    await run(plain);
    const reference = await mapsOf(plain);
    expect(Object.keys(reference)).toHaveLength(NAMES_HERE.length);
    const other = await citySpec({ raster: true });
    await run(other, ['--tile-size', size, '--workers', workers]);
    expect(await mapsOf(other)).toEqual(reference);
    const server = await startS3Server({ buckets: ['scenes', 'results'] });
    servers.push(server);
    server.put('scenes', 'cover.tif', city.coverFile());
    server.put('scenes', 'soil.tif', city.soilFile());
    const onS3 = await citySpec({ raster: true, place: 's3://scenes/', results: 's3://results/' });
    await run(onS3, ['--tile-size', size, '--workers', workers], server.env);
    expect(storedMaps(server)).toEqual(reference);
  });
});

async function refusal(spec: string): Promise<string> {
  const { code, stderr } = await runCli(['run', '--workers', '1', spec]);
  expect(code).toBe(2);
  return stderr;
}

describe('Maps that are asked for', () => {
  it('are refused by name before anything is read where they could only be empty', async () => {
    const without = await refusal(await citySpec({ maps: ['storage', 'dead'] }));
    expect(without).toMatch(/maps.*dead: the factor table has nothing to draw it from/);
    expect(without).toMatch(/the column `dead`/);
    expect(await refusal(await citySpec({ maps: ['storrage'] }))).toMatch(/maps/);
  });

  it('change no figure and no name of a run that has none', async () => {
    const [with_, without] = [await citySpec({ maps: ['class'] }), await citySpec({ maps: null })];
    const [drawn, plain] = [await run(with_), await run(without)];
    expect(drawn.totals.figures_sha256).toBe(plain.totals.figures_sha256);
    expect(await readdir(await runFolder(without))).not.toContain('maps');
    expect(JSON.parse(await readFile(join(await runFolder(without), 'plan.json'), 'utf8'))).not.toHaveProperty('maps');
    expect(await readdir(join(without, '../results/test-city'))).not.toContain('map-cells');
  });

  it('are left out of scoring again, which says so, and drawn by the next run', async () => {
    const spec = await citySpec({ maps: ['storage'] });
    await run(spec);
    const factors = join(spec, '../factors.csv');
    await writeFile(factors, CITY_FACTORS.replace('1,Trees,true,false,60', '1,Trees,true,false,61'));
    const { code, stdout, stderr } = await runCli(['rescore', '--json', spec]);
    expect(code, stderr).toBe(0);
    const rescored = (JSON.parse(stdout) as Answer).totals;
    expect(rescored.warnings).toContainEqual(expect.stringMatching(/^maps are left out: scoring again reads no scene/));
    expect(await readdir(await runFolder(spec))).not.toContain('maps');
    const again = await run(spec);
    expect(again.totals.figures_sha256).toBe(rescored.figures_sha256);
    const trees = city.whole.indexOf(1);
    expect((await rasterOf(spec, 'storage'))[trees]).toBe(61 + 15 + 90);
  });

  it('are empty where the land cover could not be read, and what could be is drawn', async () => {
    const spoiled = join(folder, 'spoiled');
    await mkdir(spoiled, { recursive: true });
    const half = SIDE / 2;
    const cols = (from: number) => city.cover.filter((_, cell) => cell % SIDE >= from && cell % SIDE < from + half);
    const place = { epsg: CITY_EPSG, originY: CITY_CORNER.y, cellM: CELL_M, nodata: 0, rows: SIDE, cols: half };
    const about = { description: '', date: '2021-01-01' };
    const encode = (from: number) =>
      encodeClassGeotiff({ ...place, ...about, codes: cols(from), originX: CITY_CORNER.x + from * CELL_M });
    const west = encode(0);
    await writeFile(join(spoiled, 'west.tif'), west.fill(0xff, Math.floor(west.length / 2)));
    await writeFile(join(spoiled, 'east.tif'), encode(half));
    const scenes = [join(spoiled, 'west.tif'), join(spoiled, 'east.tif')];
    const parts = { folder: join(folder, crypto.randomUUID()), scenes, zones: ZONES, zonesKeys: { id: 'id' } };
    const spec = await writeCity({ ...parts, factors: CITY_FACTORS, spec: { maps: ['class'] } });
    const { code, stderr } = await runCli(['run', '--workers', '1', spec]);
    expect(code, stderr).toBe(3);
    const cells = await rasterOf(spec, 'class');
    const isSeen = (cell: number) => cell % SIDE >= half && cell % SIDE < ZONE_COLS && city.cover[cell] !== 0;
    const wanted = Float64Array.from(city.cover, (one, cell) => (isSeen(cell) ? one : Number.NaN));
    expect(cells).toEqual(wanted);
  });

  /** Two halves on a server, and a spec without green spaces. */
  async function halves(): Promise<{ server: S3Server; spec: string }> {
    const server = await startS3Server({ buckets: ['scenes', 'results'] });
    servers.push(server);
    const half = SIDE / 2;
    for (const [name, from] of [
      ['west', 0],
      ['east', half],
    ] as const) {
      const codes = city.cover.filter((_, cell) => cell % SIDE >= from && cell % SIDE < from + half);
      const originX = CITY_CORNER.x + from * CELL_M;
      const place = {
        epsg: CITY_EPSG,
        originX,
        originY: CITY_CORNER.y,
        cellM: CELL_M,
        nodata: 0,
        rows: SIDE,
        cols: half,
      };
      server.put('scenes', `${name}.tif`, encodeClassGeotiff({ ...place, codes, description: '', date: '2021-01-01' }));
    }
    const scenes = ['s3://scenes/west.tif', 's3://scenes/east.tif'];
    const parts = { folder: join(folder, crypto.randomUUID()), scenes, zones: ZONES, zonesKeys: { id: 'id' } };
    const spec = { maps: ['class'], results: 's3://results/' };
    return { server, spec: await writeCity({ ...parts, factors: CITY_FACTORS, spec }) };
  }

  it('are empty in tiles that could not be counted', async () => {
    const { server, spec } = await halves();
    const action = { kind: 'status', status: 403, code: 'AccessDenied' } as const;
    server.failures.add({ match: { key: 'east.tif', range: /^bytes=[1-9]/ }, times: Number.POSITIVE_INFINITY, action });
    // One tile of the map lies over counted tiles and lost ones.
    const { code, stderr } = await runCli(['run', '--workers', '1', '--tile-size', '32', spec], { env: server.env });
    expect(code, stderr).toBe(3);
    const [full] = await readLevels(storedMaps(server)['class.tif'] as Buffer);
    const isSeen = (cell: number) => cell % ZONE_COLS < SIDE / 2;
    const wanted = Float64Array.from({ length: SIDE * ZONE_COLS }, (_, cell) => {
      const found = city.cover[Math.floor(cell / ZONE_COLS) * SIDE + (cell % ZONE_COLS)];
      return isSeen(cell) && found !== 0 ? (found as number) : Number.NaN;
    });
    expect(full?.cells).toEqual(wanted);
  });

  it('are left out, and the run says why, where a scene is replaced after it was counted', async () => {
    const { server, spec } = await halves();
    const happens = () => server.put('scenes', 'west.tif', 'another one');
    server.failures.add({
      match: { bucket: 'results', key: /partials/, operation: 'PutObject' },
      action: { kind: 'meanwhile', happens },
    });
    const { code, stdout, stderr } = await runCli(['run', '--json', '--workers', '1', spec], { env: server.env });
    expect(code, stderr).toBe(3);
    const { totals } = JSON.parse(stdout) as { totals: Totals & { causes: { code: string; message: string }[] } };
    expect(totals.causes).toEqual([
      { code: 'OBJECT_CHANGED', message: expect.stringMatching(/^maps are left out: .*west\.tif/) },
    ]);
    expect(totals.figures.city.total.coverage).toBeGreaterThan(0.9);
    expect(storedMaps(server)).toEqual({});
  });
});
