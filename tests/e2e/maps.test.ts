import { once } from 'node:events';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAP_NAMES } from '../../src/shared/contracts/map-names.ts';
import { sha256 } from '../../src/shared/io/stored-json.ts';
import { bandRaster } from '../support/band-raster.ts';
import { rectangleZones, temporaryFolder, writeCity } from '../support/city.ts';
import { runCli, startCli } from '../support/cli.ts';
import { plainFootprint } from '../support/green-oracle.ts';
import { gdalFindings, HAS_GDAL, readLevels, readMapFile } from '../support/map-files.ts';
import { readWhole, type StoredObject } from '../support/s3-server/buckets.ts';
import { type S3Server, startS3Server } from '../support/s3-server/s3-server.ts';
import type { Totals } from '../support/totals.ts';

/**
 * Maps of whole runs against plain loops over the whole city, and to the byte over tilings, workers, stores and kills.
 *
 * 96 x 96 cells of 50 m; built-up land with gardens and parks in it, soil from a raster; a strip in the east is in no zone.
 */
const SIDE = 96;
const CELLS = SIDE * SIDE;
const CELL_HA = 0.25;
const WINDOW = { row: 0, col: 0, rows: SIDE, cols: SIDE };
const PLACE = { epsg: 32650, originX: 500_000, originY: 3_000_000, rows: SIDE, cols: SIDE, cell: 50 };
/** Cells along a square of the maps of means: 1 km. */
const SQUARE = 20;

const [TREES, GRASS, WATER, BUILT, BARE, LARGE, SMALL] = [1, 2, 3, 5, 7, 40, 41];
const ROWS: Readonly<Record<number, readonly [above: number, below: number, soil: number, rate: number, soilRate: number]>> = {
  [TREES]: [60, 15, 90, 2, 0.3],
  [GRASS]: [5, 4, 80, 0.5, 0.1],
  [WATER]: [0, 0, 0, 0, 0],
  [BUILT]: [0, 0, 20, 0, 0],
  [BARE]: [1, 0.5, 30, 0, -0.05],
  [LARGE]: [30, 8, 70, 1.5, 0.2],
  [SMALL]: [10, 3, 60, 1, 0.1],
};
const NAMES = 'Trees,Grass,Water,Built-up,Bare,"Urban green, large","Urban green, small"'.match(/"[^"]*"|[^,]+/g) ?? [];
const FACTORS = `class,name,green,built,above,below,soil,sequestration,soil_sequestration
${[TREES, GRASS, WATER, BUILT, BARE, LARGE, SMALL]
  .map((code, i) => [code, NAMES[i], code <= 2, code === BUILT, ...(ROWS[code] as readonly number[])].join(','))
  .join('\n')}
`;

const GREEN = { from: 'classes', closing_m: 100, holes_ha: 2.5, min_ha: 1, small_ha: 5 };
const FOOTPRINT = { closingCells: 2, holeCells: 10 };
const [MIN_CELLS, LARGE_CELLS] = [4, 20];

let state = 23;
function draw(limit: number): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * limit);
}

function blobs(ground: number, kinds: readonly number[], count: number, most: number): Uint8Array {
  const codes = new Uint8Array(CELLS).fill(ground);
  for (let i = 0; i < count; i++) {
    const [top, left, rows, cols, kind] = [draw(SIDE), draw(SIDE), 1 + draw(most), 1 + draw(most), draw(kinds.length)];
    for (let row = top; row < Math.min(SIDE, top + rows); row++)
      codes.fill(kinds[kind] as number, row * SIDE + left, row * SIDE + Math.min(SIDE, left + cols));
  }
  return codes;
}

const built = blobs(BARE, [BUILT], 26, 44);
const on = blobs(0, [TREES, GRASS, WATER, BUILT, TREES], 420, 6);
const cover = built.map((code, cell) => (draw(70) === 0 ? 0 : on[cell] || code));
/** kg/m2 x 10 = t/ha; some cells have none. */
const soil = Float32Array.from({ length: CELLS }, () => (draw(9) === 0 ? -1 : draw(160) / 8));

const ZONE_COLS = 90;
const NORTH_ROWS = 41;
const x1 = PLACE.originX + ZONE_COLS * 50;
const seam = PLACE.originY - NORTH_ROWS * 50;
const ZONES = rectangleZones(PLACE.epsg, {
  north: [PLACE.originX, seam, x1, PLACE.originY],
  south: [PLACE.originX, PLACE.originY - SIDE * 50, x1, seam],
});

const isCounted = (cell: number) => cell % SIDE < ZONE_COLS && cover[cell] !== 0;
const footprint = plainFootprint(WINDOW, FOOTPRINT, (row, col) => {
  return row >= 0 && col >= 0 && row < SIDE && col < SIDE && cover[row * SIDE + col] === BUILT;
});

/** Size in cells of the patch of each green cell of zones, over the whole city; 0: not green. */
function patchSizes(): Int32Array {
  const isGreen = (cell: number) => isCounted(cell) && (cover[cell] === TREES || cover[cell] === GRASS);
  const sizes = new Int32Array(CELLS);
  const seen = new Uint8Array(CELLS);
  for (let first = 0; first < CELLS; first++) {
    if (seen[first] === 1 || !isGreen(first)) continue;
    const patch = [first];
    seen[first] = 1;
    for (const cell of patch) {
      for (const [down, right] of [-1, 0, 1].flatMap((d) => [-1, 0, 1].map((r) => [d, r] as const))) {
        const [row, col] = [Math.floor(cell / SIDE) + down, (cell % SIDE) + right];
        const next = row * SIDE + col;
        if (row < 0 || col < 0 || row >= SIDE || col >= SIDE || seen[next] === 1 || !isGreen(next)) continue;
        seen[next] = 1;
        patch.push(next);
      }
    }
    for (const cell of patch) sizes[cell] = patch.length;
  }
  return sizes;
}

interface Refined {
  readonly whole: Float64Array;
  readonly bare: Float64Array;
  readonly patches: Float64Array;
}

/** Codes with and without small green, and patch values; NaN where no map has anything. */
function refined(): Refined {
  const sizes = patchSizes();
  const [whole, bare, patches] = [0, 0, 0].map(() => new Float64Array(CELLS).fill(Number.NaN)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let cell = 0; cell < CELLS; cell++) {
    if (!isCounted(cell)) continue;
    const size = footprint[cell] === 1 ? (sizes[cell] as number) : 0;
    const value = size === 0 ? 0 : size < MIN_CELLS ? 1 : size < LARGE_CELLS ? 2 : 3;
    patches[cell] = value;
    whole[cell] = [cover[cell] as number, BUILT, SMALL, LARGE][value] as number;
    bare[cell] = [cover[cell] as number, BUILT, BUILT, LARGE][value] as number;
  }
  return { whole, bare, patches };
}

const wanted = refined();
const column = (code: number, at: number) => (Number.isNaN(code) ? Number.NaN : (ROWS[code]?.[at] as number));

/** Soil in t/ha: the raster's where it has a value (none under water), else the table's. */
function soilOf(cell: number, hasRaster: boolean): number {
  const code = wanted.whole[cell] as number;
  const measured = soil[cell] as number;
  if (!hasRaster || measured === -1 || Number.isNaN(code)) return column(code, 2);
  return code === WATER ? 0 : measured * 10;
}

const float32 = (values: Iterable<number>) => Float64Array.from(values, Math.fround);
const byCell = (of: (cell: number) => number) => float32(Array.from({ length: CELLS }, (_, cell) => of(cell)));

function expectedMaps(hasRaster: boolean): Record<string, Float64Array> {
  const { whole, patches } = wanted;
  const codeOf = (cell: number) => whole[cell] as number;
  return {
    storage: byCell((cell) => column(codeOf(cell), 0) + column(codeOf(cell), 1) + soilOf(cell, hasRaster)),
    above: byCell((cell) => column(codeOf(cell), 0)),
    below: byCell((cell) => column(codeOf(cell), 1)),
    soil: byCell((cell) => soilOf(cell, hasRaster)),
    sequestration: byCell((cell) => column(codeOf(cell), 3) + column(codeOf(cell), 4)),
    class: whole,
    green_patches: patches,
  };
}

/** Means over squares of what soil and small green add. */
function squareMeans(added: (cell: number) => number): number[] {
  const side = Math.ceil(SIDE / SQUARE);
  return Array.from({ length: side * side }, (_, square) => {
    const values: number[] = [];
    for (let cell = 0; cell < CELLS; cell++) {
      const [row, col] = [Math.floor(cell / SIDE), cell % SIDE];
      if (Math.floor(row / SQUARE) === Math.floor(square / side) && Math.floor(col / SQUARE) === square % side)
        values.push(added(cell));
    }
    const valid = values.filter((value) => !Number.isNaN(value));
    return valid.length === 0 ? Number.NaN : valid.reduce((sum, value) => sum + value, 0) / valid.length;
  });
}

const NAMES_HERE = MAP_NAMES.filter((name) => name !== 'dead');

let folder = '';
const servers: S3Server[] = [];
const cityCover = () => bandRaster({ ...PLACE, samples: cover, nodata: '0' });
const citySoil = () => bandRaster({ ...PLACE, samples: soil, nodata: '-1' });

beforeAll(async () => {
  folder = await temporaryFolder();
  await writeFile(join(folder, 'cover.tif'), cityCover());
  await writeFile(join(folder, 'soil.tif'), citySoil());
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

async function citySpec({ raster = false, maps = NAMES_HERE, place = `${folder}/`, results = './results/', name }: Parts = {}) {
  const layers = {
    landcover: { scenes: `${place}cover.tif` },
    ...(raster ? { soil: { scenes: `${place}soil.tif`, unit: 'kg/m2' } } : {}),
  };
  return writeCity({
    folder: join(folder, name ?? crypto.randomUUID()),
    scenes: '',
    zones: ZONES,
    zonesKeys: { id: 'id' },
    factors: FACTORS,
    spec: { layers, green: GREEN, results, ...(maps === null ? {} : { maps }) },
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
  return Float64Array.from({ length: CELLS }, (_, cell) => {
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
    expect(new Set(wanted.patches.filter((value) => !Number.isNaN(value)))).toEqual(new Set([0, 1, 2, 3]));
    const spec = await citySpec();
    const { totals } = await run(spec, ['--tile-size', '33']);
    for (const [name, cells] of Object.entries(expectedMaps(false))) expect(await rasterOf(spec, name), name).toEqual(cells);
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
    for (const [name, cells] of Object.entries(expectedMaps(true))) expect(await rasterOf(spec, name), name).toEqual(cells);
  });

  it('show in squares of 1 km what soil and small green add, and sum up to what scenarios leave out', async () => {
    const spec = await citySpec();
    const { totals } = await run(spec);
    const { whole, bare } = wanted;
    const storage = (cell: number) =>
      [0, 1, 2].reduce((sum, at) => sum + column(whole[cell] as number, at), 0) -
      [0, 1].reduce((sum, at) => sum + column(bare[cell] as number, at), 0);
    const rate = (cell: number) =>
      column(whole[cell] as number, 3) + column(whole[cell] as number, 4) - column(bare[cell] as number, 3);
    for (const [name, added] of [
      ['left_out_storage', storage],
      ['left_out_sequestration', rate],
    ] as const) {
      const means = squareMeans(added);
      const cells = await cellsOf(spec, name);
      expect(cells.length).toBe(means.length);
      cells.forEach((value, square) => {
        if (Number.isNaN(means[square])) expect(value).toBeNaN();
        else expect(value).toBeCloseTo(means[square] as number, 4);
      });
      const all = Array.from({ length: CELLS }, (_, cell) => added(cell)).filter((value) => !Number.isNaN(value));
      const key = name === 'left_out_storage' ? 'storage_tC' : 'sequestration_tC_yr';
      const sum = all.reduce((total, value) => total + value * CELL_HA, 0);
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
    storage?.computed.forEach((value, i) => expect(storage.statistics[i]).toBeCloseTo(value, 6));
  });

  it('are named in the manifest with their digests, and nothing else is left of drawing them', async () => {
    const spec = await citySpec();
    await run(spec);
    const at = await runFolder(spec);
    const manifest = JSON.parse(await readFile(join(at, 'manifest.json'), 'utf8')) as {
      outputs: { name: string; sha256: string; sizeBytes: number }[];
    };
    const maps = manifest.outputs.filter(({ name }) => name.startsWith('maps/'));
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
    server.put('scenes', 'cover.tif', cityCover());
    server.put('scenes', 'soil.tif', citySoil());
    const onS3 = await citySpec({ raster: true, place: 's3://scenes/', results: 's3://results/' });
    await run(onS3, ['--tile-size', size, '--workers', workers], server.env);
    expect(storedMaps(server)).toEqual(reference);
  });
});
