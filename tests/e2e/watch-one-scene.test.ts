import { rm } from 'node:fs/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { plainFactors, rectangleZones, temporaryFolder, writeCity } from '../support/city.ts';
import { type RunningCli, startCli } from '../support/cli.ts';
import { encodeRaster } from '../support/geotiff-writer.ts';
import { type S3Server, startS3Server } from '../support/s3-server/s3-server.ts';
import { CELL_M, cellRectangle, EPSG, ORIGIN_X, ORIGIN_Y } from '../support/two-scenes.ts';

/**
 * A city of 400 scenes, and one of 144, under `watch`, one of them replaced. Scenes lie in a square net, 32 cells apart, and each
 * reaches some cells over its neighbours; tiles are as large as a scene's own square, and shifted against none.
 * Which cell is whose, and which changes, is asked of every pixel by itself.
 */

const PITCH = 32;
const REPLACED = { row: 4, col: 6 };

interface Net {
  /** Scenes on a side. */
  readonly side: number;
  /** Cells that a scene reaches over its square on the left and upper, and on the right and lower side. */
  readonly before: number;
  readonly after: number;
  /** Whether scenes declare nodata and have holes; else each cell of a scene has data. */
  readonly holes: boolean;
}

interface Scene {
  readonly key: string;
  readonly row: number;
  readonly col: number;
  readonly rows: number;
  readonly cols: number;
  readonly codes: Uint8Array;
}

const servers: S3Server[] = [];
const folders: string[] = [];
const running: RunningCli[] = [];

afterAll(async () => {
  for (const one of running) one.process.kill('SIGKILL');
  for (const server of servers) await server.close();
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

function sceneAt(net: Net, row: number, col: number, seed: number): Scene {
  const clip = (value: number) => Math.max(0, Math.min(net.side * PITCH, value));
  const [top, left] = [clip(row * PITCH - net.before), clip(col * PITCH - net.before)];
  const rows = clip((row + 1) * PITCH + net.after) - top;
  const cols = clip((col + 1) * PITCH + net.after) - left;
  let state = seed;
  const codes = Uint8Array.from({ length: rows * cols }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return net.holes && state >>> 28 === 0 ? 0 : 1 + ((state >>> 20) & 3);
  });
  const name = (value: number) => String(value).padStart(2, '0');
  return { key: `net/${name(row)}-${name(col)}.tif`, row: top, col: left, rows, cols, codes };
}

function allScenes(net: Net): Scene[] {
  const places = Array.from({ length: net.side ** 2 }, (_, i) => [Math.floor(i / net.side), i % net.side] as const);
  return places.map(([row, col], i) => sceneAt(net, row, col, i + 1));
}

function put(server: S3Server, net: Net, { key, row, col, rows, cols, codes }: Scene): void {
  const geotransform = [ORIGIN_X + col * CELL_M, CELL_M, 0, ORIGIN_Y - row * CELL_M, 0, -CELL_M] as const;
  const raster = { rows, cols, samples: codes, geotransform, epsg: EPSG, nodata: net.holes ? 0 : null };
  server.put('scenes', key, encodeRaster(raster));
}

/** Owner and class of every cell, by looking through the scenes in order: `scene * 8 + class`, -1 where none has data. */
function ownersOf(scenes: readonly Scene[], across: number): Int32Array {
  const cells = new Int32Array(across ** 2).fill(-1);
  for (const [index, scene] of scenes.entries()) {
    for (let r = 0; r < scene.rows; r++) {
      for (let c = 0; c < scene.cols; c++) {
        const cell = (scene.row + r) * across + scene.col + c;
        const code = scene.codes[r * scene.cols + c] as number;
        if (code !== 0 && cells[cell] === -1) cells[cell] = index * 8 + code;
      }
    }
  }
  return cells;
}

/** `row col` of the squares in which a cell has another owner or class, or the replaced scene owns one. */
function changedTiles(before: Int32Array, after: Int32Array, across: number, replaced: number): Set<string> {
  const tiles = new Set<string>();
  for (const [cell, value] of after.entries()) {
    const old = before[cell] as number;
    if (value === old && value >> 3 !== replaced) continue;
    const [row, col] = [Math.floor(cell / across), cell % across];
    tiles.add(`${Math.floor(row / PITCH) * PITCH} ${Math.floor(col / PITCH) * PITCH}`);
  }
  return tiles;
}

/** `row col` to the name of its partial, as planned for a run. */
function plannedTiles(server: S3Server, run: string): Map<string, string> {
  const stored = JSON.parse(String(server.bucket('results').get(`net/${run}/tiles.json`)?.source)) as unknown;
  const tiles = stored as [number, number, number, number, number[], string][];
  return new Map(tiles.map(([row, col, , , , name]) => [`${row} ${col}`, name]));
}

describe('A city of hundreds of scenes of which one is replaced', () => {
  it.each([
    ['reach over later ones, and have holes', { side: 20, before: 0, after: 4, holes: true }],
    ['reach over all neighbours, and have data everywhere', { side: 12, before: 3, after: 3, holes: false }],
  ])(
    'counts the tiles whose owners changed and no other, with few requests, where scenes %s',
    async (_, net) => {
      const server = await startS3Server({ buckets: { scenes: {}, results: {} } });
      const folder = await temporaryFolder();
      servers.push(server);
      folders.push(folder);
      const scenes = allScenes(net);
      const across = net.side * PITCH;
      for (const scene of scenes) put(server, net, scene);
      const spec = await writeCity({
        folder,
        name: 'net',
        scenes: 's3://scenes/net/',
        zones: rectangleZones(EPSG, { whole: cellRectangle(0, 0, across, across) }),
        zonesKeys: { id: 'id' },
        factors: plainFactors([1, 2, 3, 4]),
        spec: { results: 's3://results/' },
      });
      const words = ['watch', '--json', '--interval', '1s', '--settle', '0s', '--workers', '1'];
      const watching = startCli([...words, '--tile-size', String(PITCH), spec], { env: server.env, cwd: folder });
      running.push(watching);
      const first = await endedRun(watching, 1);
      expect(first.tiles).toBe(net.side ** 2);

      server.requests.length = 0;
      const index = REPLACED.row * net.side + REPLACED.col;
      const replacement = sceneAt(net, REPLACED.row, REPLACED.col, 777_777);
      put(server, net, replacement);
      const second = await endedRun(watching, 2);
      const expected = changedTiles(
        ownersOf(scenes, across),
        ownersOf(scenes.with(index, replacement), across),
        across,
        index,
      );
      const old = plannedTiles(server, first.run);
      const recounted = [...plannedTiles(server, second.run)].filter(([place, name]) => old.get(place) !== name);
      expect(new Set(recounted.map(([place]) => place))).toEqual(expected);
      expect(second.counted).toBe(expected.size);
      expect(second.status).toBe('DONE');

      const gets = server.requests.filter(
        ({ method, bucket, key }) => method === 'GET' && bucket === 'scenes' && key !== '',
      );
      const least = leastGets(expected, scenes.with(index, replacement));
      console.info(`${expected.size} tiles, ${gets.length} GETs of scenes, the least is ${least}`);
      expect(gets.length).toBeLessThanOrEqual(1.1 * least);
      watching.process.kill('SIGTERM');
      expect((await watching.ended).code).toBe(0);
    },
    200_000,
  );
});

/**
 * A planner that knows all headers but one, and a worker that knows none: one header of the new scene, one of each scene
 * that is read, and one range of each scene for each tile of which it owns a cell.
 */
function leastGets(tiles: ReadonlySet<string>, scenes: readonly Scene[]): number {
  const read = new Set<string>();
  let ranges = 0;
  for (const tile of tiles) {
    const [row = 0, col = 0] = tile.split(' ').map(Number);
    for (const key of ownersIn(row, col, scenes)) {
      read.add(key);
      ranges += 1;
    }
  }
  return 1 + read.size + ranges;
}

/** Scenes that own a cell of a tile, cell by cell. */
function ownersIn(row: number, col: number, scenes: readonly Scene[]): Set<string> {
  const near = scenes.filter((scene) => Math.abs(scene.row - row) < 3 * PITCH && Math.abs(scene.col - col) < 3 * PITCH);
  const owners = new Set<string>();
  for (let cell = 0; cell < PITCH ** 2; cell++) {
    const [r, c] = [row + Math.floor(cell / PITCH), col + (cell % PITCH)];
    const owner = near.find((scene) => {
      const [y, x] = [r - scene.row, c - scene.col];
      return y >= 0 && x >= 0 && y < scene.rows && x < scene.cols && scene.codes[y * scene.cols + x] !== 0;
    });
    if (owner !== undefined) owners.add(owner.key);
  }
  return owners;
}

interface Ended {
  readonly news: string;
  readonly run: string;
  readonly status: string;
  readonly tiles: number;
  readonly counted: number;
}

/** The run that ended as the `count`th. */
async function endedRun(watching: RunningCli, count: number): Promise<Ended> {
  for (;;) {
    const lines = watching.stdout().split('\n').slice(0, -1);
    const ended = lines.map((line) => JSON.parse(line) as Ended).filter(({ news }) => news === 'ended');
    if (ended.length >= count) return ended[count - 1] as Ended;
    const failed = lines.find((line) => line.includes('"failed"'));
    if (failed !== undefined || watching.process.exitCode !== null) throw new Error(`${failed}\n${watching.stderr()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
