import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeClassGeotiff } from '../../src/cli/demo/geotiff-writer.ts';
import { plainFactors, temporaryFolder, writeCity } from '../support/city.ts';
import { type RunningCli, startCli } from '../support/cli.ts';
import { commandLine, descendants, isRunning } from '../support/processes.ts';
import { startTestRedis } from '../support/redis-server.ts';
import { type S3Server, startS3Server } from '../support/s3-server/s3-server.ts';
import { DATA_OFFSET, doubles, shorts, stripTags, tiffBytes } from '../support/tiff-bytes.ts';
import type { Totals } from '../support/totals.ts';
import { CELL_M, EPSG, noise, ORIGIN_X, ORIGIN_Y } from '../support/two-scenes.ts';

/**
 * One city, one digest of figures: over tile sizes, workers, stores, and whatever is killed or lost on the way.
 *
 * Two scenes of 2000 rows overlap by 317 columns, in noise with holes (nodata), so ownership changes from cell to cell.
 * Six slanted zones overlap each other a little and reach out of the scenes.
 */
const ROWS = 2000;
const WEST_COLS = 1200;
const EAST_COL = 883;
const EAST_COLS = 1117;
const HOLE = 4;

interface AnyRun {
  readonly spec: string;
  readonly env: Readonly<Record<string, string>>;
}

interface Answer {
  readonly status: string;
  readonly tiles: { readonly all: number; readonly reused: number; readonly queued: number };
  readonly totals: Totals;
}

let folder = '';
let scenes: { readonly west: Uint8Array; readonly east: Uint8Array };
let reference: Totals;
const servers: S3Server[] = [];

function scene(col: number, cols: number, seed: number): Uint8Array {
  const [originX, originY] = [ORIGIN_X + col * CELL_M, ORIGIN_Y];
  const place = { rows: ROWS, cols, epsg: EPSG, originX, originY, cellM: CELL_M, nodata: HOLE };
  return encodeClassGeotiff({
    ...place,
    codes: noise(ROWS * cols, seed),
    description: 'noise with holes, for tests',
    date: '2021-06-01',
  });
}

/** Six parallelograms in two rows; each is 730 cells wide at its corners and slants by 61.7 cells. */
function slantedZones(): object {
  const features = [0, 1, 2, 3, 4, 5].map((place) => {
    const [x0, y0] = [ORIGIN_X - 403 + (place % 3) * 7013, ORIGIN_Y + 333 - Math.floor(place / 3) * 10_107];
    const ring = [
      [x0, y0],
      [x0 + 7301, y0 - 617],
      [x0 + 7918, y0 - 10_500],
      [x0 + 617, y0 - 9883],
      [x0, y0],
    ];
    return { type: 'Feature', properties: { id: `z${place}` }, geometry: { type: 'Polygon', coordinates: [ring] } };
  });
  const crs = { type: 'name', properties: { name: `EPSG:${EPSG}` } };
  return { type: 'FeatureCollection', crs, features };
}

async function citySpec(place: string, results: string): Promise<string> {
  return writeCity({
    folder: join(folder, crypto.randomUUID()),
    scenes: [`${place}west.tif`, `${place}east.tif`],
    zones: slantedZones(),
    zonesKeys: { id: 'id' },
    factors: plainFactors([1, 2, 3]),
    landcover: { order: 'name' },
    spec: { results },
  });
}

/** The city with results in a folder of their own, scenes from files. */
async function fileCity(): Promise<AnyRun> {
  return { spec: await citySpec(join(folder, 'scenes/'), './results/'), env: {} };
}

/** The city with scenes and results on an S3 server of its own, which counts requests. */
async function s3City(): Promise<AnyRun & { readonly server: S3Server }> {
  const server = await startS3Server({ buckets: ['scenes', 'results'] });
  servers.push(server);
  server.put('scenes', 'city/west.tif', scenes.west);
  server.put('scenes', 'city/east.tif', scenes.east);
  return { spec: await citySpec('s3://scenes/city/', 's3://results/'), env: server.env, server };
}

/** Blocks take 40 ms and more to come, so that something is under way whenever a blow falls. */
function slowDown(server: S3Server): void {
  const action = { kind: 'slow-drip', bytes: 16_384, everyMs: 10 } as const;
  server.failures.add({ match: { bucket: 'scenes', range: BLOCK_RANGE }, times: Number.POSITIVE_INFINITY, action });
}

/** Headers stand at the beginning of a file, blocks behind them. */
const BLOCK_RANGE = /^bytes=[1-9]/;

function blockReads({ requests }: S3Server): number {
  return requests.filter(({ bucket, range }) => bucket === 'scenes' && BLOCK_RANGE.test(range ?? '')).length;
}

function storedPartials({ requests }: S3Server): string[] {
  const written = requests.filter(
    ({ method, key, status }) => method === 'PUT' && /\/partials\//.test(key) && status === 200,
  );
  return written.map(({ key }) => key);
}

function start(city: AnyRun, words: readonly string[], env: Readonly<Record<string, string>> = {}): RunningCli {
  return startCli(['run', '--json', ...words, city.spec], { env: { ...city.env, TMPDIR: folder, ...env } });
}

async function answerOf(run: RunningCli): Promise<Answer> {
  const { code, stdout, stderr } = await run.ended;
  expect(code, `${stderr}\n${stdout.slice(0, 2000)}`).toBe(0);
  return JSON.parse(stdout) as Answer;
}

function expectSame({ status, totals }: Answer): void {
  expect(status).toBe('DONE');
  expect(totals.figures).toEqual(reference.figures);
  expect(totals.figures_sha256).toBe(reference.figures_sha256);
}

/** Waits until `what` holds, or the run ends before: then the test has come too late to mean anything. */
async function whileRunning(run: RunningCli, what: () => boolean): Promise<void> {
  while (!what()) {
    if (run.process.exitCode !== null) throw new Error(`the run ended too early: ${run.stderr()}`);
    await sleep(10);
  }
}

async function workersOf(run: RunningCli): Promise<number[]> {
  const below = await descendants(run.process.pid ?? 0);
  const commands = await Promise.all(below.map(commandLine));
  return below.filter((_, i) => /worker --child/.test(commands[i] ?? ''));
}

beforeAll(async () => {
  folder = await temporaryFolder();
  scenes = { west: scene(0, WEST_COLS, 4711), east: scene(EAST_COL, EAST_COLS, 815) };
  await mkdir(join(folder, 'scenes'));
  for (const [name, bytes] of Object.entries(scenes)) await writeFile(join(folder, 'scenes', `${name}.tif`), bytes);
  const answer = await answerOf(start(await fileCity(), ['--workers', '1', '--tile-size', '4096']));
  reference = answer.totals;
});

afterAll(async () => {
  for (const server of servers) await server.close();
  await rm(folder, { recursive: true, force: true });
});

describe('The figures of a city', () => {
  it('have overlaps, holes and cells outside of all scenes to be right about', () => {
    const { figures } = reference;
    expect(figures.zones).toHaveLength(6);
    expect(figures.overlaps.length).toBeGreaterThan(3);
    expect(figures.city.total.coverage).toBeGreaterThan(0.7);
    expect(figures.city.total.coverage).toBeLessThan(0.9);
  });

  it.each([
    ['1000', '2'],
    ['512', '1'],
    ['333', '2'],
    ['64', '2'],
  ])('are the same bits in tiles of %s with %s workers, from files', async (tileSize, workers) => {
    expectSame(await answerOf(start(await fileCity(), ['--tile-size', tileSize, '--workers', workers])));
  });

  it.each([
    ['512', '2'],
    ['200', '1'],
  ])('are the same bits in tiles of %s with %s workers, from S3 to S3', async (tileSize, workers) => {
    expectSame(await answerOf(start(await s3City(), ['--tile-size', tileSize, '--workers', workers])));
  });
});

/** 200 x 240 cells of 3 seconds of arc near Longyearbyen, where rows differ much in area; no nodata. */
function degreesRaster(): Uint8Array {
  const [rows, cols, cell] = [200, 240, 1 / 1200];
  const tags = {
    ...stripTags(rows, cols, 8, DATA_OFFSET, rows * cols),
    33550: doubles(cell, cell, 0),
    33922: doubles(0, 0, 0, 15.55, 78.25, 0),
    34735: shorts(1, 1, 0, 3, 1024, 0, 1, 2, 1025, 0, 1, 1, 2048, 0, 1, 4326),
  };
  return tiffBytes({ directories: [tags], data: noise(rows * cols, 2718) });
}

/** Two triangles that share an edge, in degrees. */
function triangles(): object {
  const rings = [
    [
      [15.5513, 78.2487],
      [15.7401, 78.0907],
      [15.5533, 78.0911],
      [15.5513, 78.2487],
    ],
    [
      [15.5513, 78.2487],
      [15.7477, 78.2391],
      [15.7401, 78.0907],
      [15.5513, 78.2487],
    ],
  ];
  const features = rings.map((ring) => {
    return { type: 'Feature', properties: {}, geometry: { type: 'Polygon', coordinates: [ring] } };
  });
  return { type: 'FeatureCollection', features };
}

describe('The figures of a city in degrees', () => {
  it('are the same bits in any tiles, though each row has an area of its own', async () => {
    const digests: string[] = [];
    for (const tileSize of ['4096', '64', '17']) {
      const own = join(folder, `degrees-${tileSize}`);
      const parts = { scenes: './cover.tif', zones: triangles(), factors: plainFactors([1, 2, 3, 4]) };
      const spec = await writeCity({ folder: own, ...parts });
      await writeFile(join(own, 'cover.tif'), degreesRaster());
      const { totals } = await answerOf(start({ spec, env: {} }, ['--tile-size', tileSize, '--workers', '1']));
      expect(totals.figures.zones.map((zone) => zone.total.coverage)).toEqual([1, 1]);
      digests.push(totals.figures_sha256);
    }
    expect(new Set(digests).size).toBe(1);
  });
});

/** Tiles of 128 cells a side: about 250 of them, one in a thread and one being read in each worker. */
const SMALL = ['--tile-size', '128'];
const AT_ONCE = 2;

describe('What is killed or lost on the way', () => {
  let undisturbed: { readonly tiles: number; readonly partials: number; readonly blockReads: number };
  /** Requests that one tile makes at the most: two blocks by two of each scene. */
  const READS_PER_TILE = 8;

  beforeAll(async () => {
    const city = await s3City();
    const answer = await answerOf(start(city, [...SMALL, '--workers', '2']));
    expectSame(answer);
    undisturbed = {
      tiles: answer.tiles.all,
      partials: storedPartials(city.server).length,
      blockReads: blockReads(city.server),
    };
    expect(undisturbed.tiles).toBeGreaterThan(200);
    // Each tile once, and one merged partial for the group.
    expect(undisturbed.partials).toBe(undisturbed.tiles + 1);
  });

  /** No more than `tiles` of them were counted again. */
  function expectRecounted(server: S3Server, tiles: number): void {
    expect(storedPartials(server).length).toBeLessThanOrEqual(undisturbed.partials + tiles);
    expect(blockReads(server)).toBeLessThanOrEqual(undisturbed.blockReads + tiles * READS_PER_TILE);
  }

  it('five workers, by SIGKILL: their tiles are taken by others, and only those', async () => {
    const city = await s3City();
    slowDown(city.server);
    const run = start(city, [...SMALL, '--workers', '1']);
    const killed = new Set<number>();
    while (killed.size < 5) {
      const before = blockReads(city.server);
      await whileRunning(run, () => blockReads(city.server) > before + 6);
      for (const pid of await workersOf(run)) {
        if (!(await isRunning(pid))) continue;
        process.kill(pid, 'SIGKILL');
        killed.add(pid);
      }
    }
    city.server.failures.clear();
    const answer = await answerOf(run);
    expectSame(answer);
    expect(run.stderr().match(/ended \(SIGKILL\); another one takes its tiles/g)).toHaveLength(5);
    expectRecounted(city.server, 5 * AT_ONCE);
  });

  it('all that Redis holds, in mid-run: the store knows what is done', async () => {
    const city = await s3City();
    slowDown(city.server);
    const server = await startTestRedis();
    const redis = new Redis(server.url);
    const run = start(city, [...SMALL, '--workers', '2'], { REDIS_URL: server.url });
    await whileRunning(run, () => storedPartials(city.server).length > 30);
    await redis.flushall();
    city.server.failures.clear();
    expectSame(await answerOf(run));
    expect(run.stderr()).toMatch(/the queue lost run .*: \d+ of \d+ tiles are queued again/);
    expectRecounted(city.server, 2 * AT_ONCE);
    redis.disconnect();
    await server.stop();
  });

  it('all that Redis holds, again and again while the run is being queued', async () => {
    const city = await s3City();
    const server = await startTestRedis();
    const redis = new Redis(server.url);
    const run = start(city, [...SMALL, '--workers', '1'], { REDIS_URL: server.url });
    // Workers' own notes are a key or two; the rest are jobs.
    for (let flushes = 0; flushes < 8; ) {
      if (run.process.exitCode !== null) break;
      if ((await redis.dbsize()) > 3) {
        await redis.flushall();
        flushes += 1;
      }
      await sleep(5);
    }
    expectSame(await answerOf(run));
    redis.disconnect();
    await server.stop();
  });

  it('one bit of a block, on its way from the store: the block is read again', async () => {
    const city = await s3City();
    const match = { bucket: 'scenes', range: BLOCK_RANGE };
    city.server.failures.add({ match, action: { kind: 'flip-byte', at: 3000 } });
    expectSame(await answerOf(start(city, ['--tile-size', '512', '--workers', '1'])));
  });

  it.each(['SIGKILL', 'SIGINT'] as const)('the run itself, by %s: the next one goes on from there', async (signal) => {
    const city = await s3City();
    slowDown(city.server);
    const first = start(city, [...SMALL, '--workers', '2']);
    await whileRunning(first, () => storedPartials(city.server).length > 30);
    const workers = await workersOf(first);
    first.process.kill(signal);
    await once(first.process, 'exit');
    while ((await Promise.all(workers.map(isRunning))).includes(true)) await sleep(20);
    const stored = new Set(storedPartials(city.server)).size;
    city.server.failures.clear();
    const answer = await answerOf(start(city, [...SMALL, '--workers', '2']));
    expectSame(answer);
    expect(answer.tiles).toEqual({ all: undisturbed.tiles, reused: stored, queued: undisturbed.tiles - stored });
    expectRecounted(city.server, 2 * AT_ONCE);
  });
});
