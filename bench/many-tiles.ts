/**
 * Runs of very many very small tiles, where the queue, the plan and the reducer are all there is:
 * node bench/many-tiles.ts [tiles ...], by default 1000 10000 100000.
 *
 * The scene is one class everywhere, in blocks of 64 x 64, so that decoding takes next to nothing. Redis is its own; what it
 * holds at most, its slow commands, and the event loops of all processes are looked at. Prints a table.
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { startTestRedis } from '../tests/support/redis-server.ts';
import { CACHE } from './scenes.ts';

const LAUNCHER = join(import.meta.dirname, '../bin/citysink.js');
const LAG = join(import.meta.dirname, 'loop-lag.js');
const FOLDER = join(CACHE, 'many-tiles');
const TILE = 64;
const LOOK_EVERY_MS = 50;
const QUEUE_PREFIX = 'citysink';
/** The bound of the design: no command may hold Redis longer. */
const SLOW_COMMAND_US = 20_000;

interface Loop {
  readonly command: string;
  readonly p99Ms: number;
  readonly mostMs: number;
  readonly peakMib: number;
  readonly cpuS: number;
}

interface Found {
  readonly tiles: number;
  readonly plannedS: number;
  readonly queuedS: number;
  readonly wallS: number;
  readonly redisMib: number;
  readonly slowCommands: number;
  readonly loops: readonly Loop[];
}

function makeSpec(side: number): string {
  const pixels = side * TILE;
  const name = join(FOLDER, `one-class-${side}.tif`);
  mkdirSync(FOLDER, { recursive: true });
  if (!existsSync(name)) {
    const options = ['TILED=YES', `BLOCKXSIZE=${TILE}`, `BLOCKYSIZE=${TILE}`, 'COMPRESS=DEFLATE'];
    const extent = ['200000', String(3_400_000 + pixels * 10), String(200_000 + pixels * 10), '3400000'];
    execFileSync('gdal_create', [
      ...options.flatMap((option) => ['-co', option]),
      ...['-outsize', String(pixels), String(pixels), '-ot', 'Byte', '-burn', '1', '-a_srs', 'EPSG:32650'],
      ...['-a_ullr', ...extent, name],
    ]);
  }
  const [west, south, east, north] = [200_000, 3_400_000, 200_000 + pixels * 10, 3_400_000 + pixels * 10];
  const ring = [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
    [west, south],
  ];
  const zones = {
    type: 'FeatureCollection',
    crs: { type: 'name', properties: { name: 'EPSG:32650' } },
    features: [{ type: 'Feature', properties: { id: 'square' }, geometry: { type: 'Polygon', coordinates: [ring] } }],
  };
  writeFileSync(join(FOLDER, 'zones.geojson'), JSON.stringify(zones));
  writeFileSync(join(FOLDER, 'factors.csv'), 'class,name,above,sequestration\n1,forest,40,1.5\n');
  const spec = {
    city: 'many-tiles',
    name: { en: 'Many tiles' },
    year: 2021,
    zones: { url: './zones.geojson', id: 'id' },
    layers: { landcover: { scenes: name } },
    factors: './factors.csv',
    results: join(FOLDER, 'results/'),
  };
  const file = join(FOLDER, 'spec.json');
  writeFileSync(file, JSON.stringify(spec));
  return file;
}

async function measure(tiles: number): Promise<Found> {
  const side = Math.round(Math.sqrt(tiles));
  const spec = makeSpec(side);
  const lagFolder = join(FOLDER, 'lag');
  for (const folder of [lagFolder, join(FOLDER, 'results')]) rmSync(folder, { recursive: true, force: true });
  mkdirSync(lagFolder, { recursive: true });
  const server = await startTestRedis();
  const redis = new Redis(server.url);
  await redis.config('SET', 'slowlog-log-slower-than', SLOW_COMMAND_US);
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  const child = spawn(process.execPath, [LAUNCHER, 'run', spec, '--tile-size', String(TILE), '--fresh'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      REDIS_URL: server.url,
      NODE_OPTIONS: `--import ${LAG}`,
      CITYSINK_LAG_FOLDER: lagFolder,
    },
  });
  let code: number | null = null;
  child.once('exit', (exitCode) => {
    code = exitCode ?? 1;
  });
  let [plannedS, queuedS, redisBytes, gated] = [0, 0, 0, false];
  while (code === null) {
    const info = await redis.info('memory');
    redisBytes = Math.max(redisBytes, Number(/used_memory:(\d+)/.exec(info)?.[1] ?? 0));
    if (plannedS === 0 && globSync(join(FOLDER, 'results/*/*/plan.json')).length > 0) plannedS = seconds();
    // A run waits for its gate until the last of its tiles is queued.
    const gates = await redis.zcard(`${QUEUE_PREFIX}:reduce:delayed`);
    if (queuedS === 0 && gated && gates === 0) queuedS = seconds();
    gated ||= gates > 0;
    await sleep(LOOK_EVERY_MS);
  }
  const wallS = seconds();
  const slowCommands = Number(await redis.call('SLOWLOG', 'LEN'));
  redis.disconnect();
  await server.stop();
  if (code !== 0) throw new Error(`the run ended with ${code}`);
  const loops = readdirSync(lagFolder).map((name) => JSON.parse(readFileSync(join(lagFolder, name), 'utf8')) as Loop);
  return { tiles: side * side, plannedS, queuedS, wallS, redisMib: redisBytes / 2 ** 20, slowCommands, loops };
}

function row({ tiles, plannedS, queuedS, wallS, redisMib, slowCommands, loops }: Found): string {
  const producer = loops.find(({ command }) => command === 'run');
  const workers = loops.filter(({ command }) => command === 'worker');
  const most = (of: (loop: Loop) => number) => Math.max(...workers.map(of));
  const cpuS = loops.reduce((sum, loop) => sum + loop.cpuS, 0);
  return [
    tiles.toLocaleString('en-US'),
    ...[plannedS, queuedS, wallS, cpuS].map((value) => value.toFixed(1)),
    ((cpuS / tiles) * 1000).toFixed(2),
    redisMib.toFixed(1),
    String(slowCommands),
    `${producer?.peakMib.toFixed(0)} / ${most(({ peakMib }) => peakMib).toFixed(0)}`,
    `${producer?.p99Ms.toFixed(0)} / ${most(({ p99Ms }) => p99Ms).toFixed(0)}`,
  ].join(' | ');
}

const asked = process.argv.slice(2).map(Number);
console.log(
  '| tiles | planned, s | queued, s | done, s | CPU of Node, s | ms a tile | Redis, MiB | commands > 20 ms | memory producer / worker, MiB | loop p99 producer / worker, ms |',
);
console.log(`|${' --- |'.repeat(10)}`);
for (const tiles of asked.length > 0 ? asked : [1_000, 10_000, 100_000]) {
  console.log(`| ${row(await measure(tiles))} |`);
}
