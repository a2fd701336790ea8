import { once } from 'node:events';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeClassGeotiff } from '../../src/cli/demo/geotiff-writer.ts';
import { openRaster } from '../../src/shared/io/raster-file.ts';
import { readWindow, wholeWindow } from '../../src/shared/io/raster-rows.ts';
import { FileStore } from '../../src/shared/io/store-file.ts';
import { pathToUrl } from '../../src/shared/io/store-url.ts';
import { rectangleZones, temporaryFolder, writeCity } from '../support/city.ts';
import { type RunningCli, startCli } from '../support/cli.ts';
import { CELL_M, CITY_CORNER, CITY_EPSG, CITY_FACTORS, CITY_GREEN, MapCity } from '../support/map-city.ts';
import {
  firstDifference,
  gdalFindings,
  HAS_GDAL,
  type MapLevel,
  readLevels,
  readMapFile,
} from '../support/map-files.ts';
import { descendants, isRunning } from '../support/processes.ts';

/**
 * Maps of three by three blocks, one of them empty, with patches over the seams of blocks: in tiles of one block and of
 * two by two, so that overviews are made by the reducer alone, and by workers and the reducer.
 */
const [ROWS, COLS] = [1090, 1290];
const isInZones = (row: number, col: number) => col < 700 || (row >= 600 && col >= 1050);
const city = new MapCity({
  rows: ROWS,
  cols: COLS,
  seed: 5,
  builtBlobs: [60, 420],
  otherBlobs: [26_000, 9],
  isInZones,
});
const at = (row: number, col: number): [number, number] => [CITY_CORNER.x + col * CELL_M, CITY_CORNER.y - row * CELL_M];
const ZONES = rectangleZones(CITY_EPSG, {
  west: [...at(ROWS, 0), ...at(0, 700)],
  east: [...at(ROWS, 1050), ...at(600, COLS)],
});
const MAPS = ['storage', 'class', 'green_patches', 'left_out_storage'];

let folder = '';
let reference: Record<string, Buffer> = {};

async function citySpec(): Promise<string> {
  const spec = { green: CITY_GREEN, maps: MAPS };
  const parts = { scenes: `${folder}/cover.tif`, zones: ZONES, zonesKeys: { id: 'id' }, factors: CITY_FACTORS };
  return writeCity({ folder: join(folder, crypto.randomUUID()), ...parts, landcover: { nodata: 0 }, spec });
}

function start(spec: string, words: readonly string[]): RunningCli {
  return startCli(['run', '--json', '--workers', '1', ...words, spec], { env: { TMPDIR: folder } });
}

async function finish(run: RunningCli): Promise<void> {
  const { code, stdout, stderr } = await run.ended;
  expect(code, stderr + stdout.slice(0, 2000)).toBe(0);
}

async function runFolder(spec: string): Promise<string> {
  const results = join(spec, '../results/test-city');
  const { run } = JSON.parse(await readFile(join(results, 'latest.json'), 'utf8')) as { run: string };
  return join(results, run);
}

async function mapsOf(spec: string): Promise<Record<string, Buffer>> {
  const results = await runFolder(spec);
  return Object.fromEntries(await Promise.all(MAPS.map(async (name) => [name, await readMapFile(results, name)])));
}

beforeAll(async () => {
  folder = await temporaryFolder();
  const place = { epsg: CITY_EPSG, originX: CITY_CORNER.x, originY: CITY_CORNER.y, cellM: CELL_M, nodata: 0 };
  const raster = { rows: ROWS, cols: COLS, codes: city.cover, ...place, description: '', date: '2021-01-01' };
  await writeFile(join(folder, 'cover.tif'), encodeClassGeotiff(raster));
  const spec = await citySpec();
  await finish(start(spec, ['--tile-size', '1100']));
  reference = await mapsOf(spec);
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** The next overview by its definition: means of valid cells, or the most frequent of them, the first of equals. */
function halved({ rows, cols, cells }: MapLevel, isMean: boolean): MapLevel {
  const half = { rows: Math.ceil(rows / 2), cols: Math.ceil(cols / 2) };
  const out = Array.from({ length: half.rows * half.cols }, (_, cell) => {
    const [row, col] = [2 * Math.floor(cell / half.cols), 2 * (cell % half.cols)];
    const four = [
      [row, col],
      [row, col + 1],
      [row + 1, col],
      [row + 1, col + 1],
    ].map(([r = 0, c = 0]) => (r < rows && c < cols ? (cells[r * cols + c] as number) : Number.NaN));
    const valid = four.filter((value) => !Number.isNaN(value));
    if (valid.length === 0) return Number.NaN;
    if (isMean) return Math.fround(valid.reduce((sum, value) => sum + value, 0) / valid.length);
    const votes = (value: number) => valid.filter((other) => other === value).length;
    return valid.reduce((best, value) => (votes(value) > votes(best) ? value : best));
  });
  return { ...half, cells: Float64Array.from(out) };
}

describe('Maps of many blocks', () => {
  it('hold every cell, and overviews of them down to one block', async () => {
    const wanted = city.expectedMaps(false);
    // Patches that count as large only as a whole lie over the seam of blocks.
    const seam = Array.from({ length: ROWS }, (_, row) => row * COLS + 511);
    const over = seam.filter((cell) => city.patches[cell] === 3 && city.patches[cell + 1] === 3);
    expect(over.length).toBeGreaterThan(20);
    for (const name of ['storage', 'class', 'green_patches']) {
      const levels = await readLevels(reference[name] as Buffer);
      expect(levels.map(({ rows, cols }) => [rows, cols])).toEqual([
        [1090, 1290],
        [545, 645],
        [273, 323],
      ]);
      const [full, half, quarter] = levels as [MapLevel, MapLevel, MapLevel];
      const isMean = name === 'storage';
      expect(firstDifference(full.cells, wanted[name] as Float64Array), name).toBeNull();
      expect(firstDifference(half.cells, halved(full, isMean).cells), name).toBeNull();
      expect(firstDifference(quarter.cells, halved(half, isMean).cells), name).toBeNull();
    }
  });

  it('are read by citysink itself as they are by others', async () => {
    const url = pathToUrl(join(folder, 'storage.tif'));
    await writeFile(join(folder, 'storage.tif'), reference.storage as Buffer);
    const store = new FileStore();
    const raster = await openRaster(store, await store.head(url));
    const samples = await readWindow(store, raster, 0, wholeWindow(raster));
    const wanted = city.expectedMaps(false).storage as Float64Array;
    const { nodata } = raster.header.bands[0] ?? {};
    expect(nodata).toBe(-9999);
    const found = Float64Array.from(samples as Float32Array, (value) => (value === nodata ? Number.NaN : value));
    expect(firstDifference(found, wanted)).toBeNull();
    expect(raster.header.layout).toMatchObject({ blockRows: 512, blockCols: 512, codec: 'deflate', dtype: 'float32' });
  });

  it.each([
    ['300', 'one block'],
    ['2100', 'two by two blocks'],
  ])('are the same bytes in tiles of %s cells, drawn in tiles of %s', async (size) => {
    const spec = await citySpec();
    await finish(start(spec, ['--tile-size', size]));
    const found = await mapsOf(spec);
    for (const name of MAPS) expect(Buffer.compare(found[name] as Buffer, reference[name] as Buffer), name).toBe(0);
  });

  it.skipIf(!HAS_GDAL)('pass the full check of GDAL (needs osgeo_utils)', async () => {
    const paths = await Promise.all(
      MAPS.map(async (name) => {
        const path = join(folder, `${name}-checked.tif`);
        await writeFile(path, reference[name] as Buffer);
        return path;
      }),
    );
    for (const [path, found] of Object.entries(gdalFindings(paths))) {
      expect(found, path).toMatchObject({ errors: [], warnings: [], layout: 'COG' });
      expect(found.overviews).toBe(path.includes('left_out') ? 0 : 2);
    }
  });
});

async function namesBelow(place: string): Promise<string[]> {
  return (await readdir(place, { recursive: true }).catch(() => [])).sort();
}

/** Kills a run with all that belongs to it as soon as `count` objects with this ending are there. */
async function killedAt(run: RunningCli, results: string, ending: string, count: number): Promise<void> {
  const isReached = async () => (await namesBelow(results)).filter((name) => name.endsWith(ending)).length >= count;
  while (!(await isReached())) {
    if (run.process.exitCode !== null) throw new Error(`the run ended too early: ${run.stderr()}`);
    await sleep(2);
  }
  const all = await descendants(run.process.pid ?? 0);
  for (const pid of [run.process.pid ?? 0, ...all]) if (await isRunning(pid)) process.kill(pid, 'SIGKILL');
  if (run.process.exitCode === null && run.process.signalCode === null) await once(run.process, 'exit');
}

describe('Drawing that is killed', () => {
  it('goes on from what is there, to the same bytes', async () => {
    const spec = await citySpec();
    const results = join(spec, '../results/test-city');
    await killedAt(start(spec, ['--tile-size', '300']), results, '.patches.json', 2);
    const surveys = (await namesBelow(join(results, 'map-cells'))).filter((name) => name.endsWith('.patches.json'));
    const times = await Promise.all(
      surveys.map(async (name) => (await stat(join(results, 'map-cells', name))).mtimeMs),
    );
    expect(surveys.length).toBeGreaterThanOrEqual(2);
    await killedAt(start(spec, ['--tile-size', '300']), results, '.index.json', 2);
    await finish(start(spec, ['--tile-size', '300']));
    const found = await mapsOf(spec);
    for (const name of MAPS) expect(Buffer.compare(found[name] as Buffer, reference[name] as Buffer), name).toBe(0);
    const after = await Promise.all(
      surveys.map(async (name) => (await stat(join(results, 'map-cells', name))).mtimeMs),
    );
    expect(after).toEqual(times);
  });
});
