/** What stands beside the jobs: start of processes, reuse, requests to S3, the queue's share. */
import { globSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { runCli } from '../tests/support/cli.ts';
import { type S3Server, startS3Server } from '../tests/support/s3-server/s3-server.ts';
import { type Cost, measured } from './measured.ts';
import { queueCost } from './queue-cost.ts';
import { CACHE, sceneFolder } from './scenes.ts';
import { writeSpec } from './specs.ts';
import { median, shortNumber } from './statistics.ts';

export interface SideMeasures {
  readonly start: readonly { readonly name: string; readonly costs: readonly Cost[] }[];
  /** Lines of two cells. */
  readonly facts: readonly (readonly [string, string])[];
}

const LAUNCHER = join(import.meta.dirname, '../bin/citysink.js');
const SCRATCH = join(CACHE, 'sides');

/** A Redis that comes up, answers and ends; on a port that a benchmark may take. */
const REDIS_ALONE =
  'redis-server --port 17391 --save "" >/dev/null & until redis-cli -p 17391 ping >/dev/null 2>&1; do sleep 0.01; done; redis-cli -p 17391 shutdown nosave; wait';

export async function sideMeasures(rounds: number): Promise<SideMeasures> {
  rmSync(SCRATCH, { recursive: true, force: true });
  mkdirSync(SCRATCH, { recursive: true });
  const spec = writeSpec({ scene: sceneFolder('tile'), folder: SCRATCH });
  const run = [process.execPath, LAUNCHER, 'run', spec];
  const whole = await measured([...run, '--fresh'], SCRATCH);
  await measured(run, SCRATCH);
  const started = await startCosts(rounds, [
    ['Node alone', [process.execPath, '-e', '0']],
    ['`citysink --version`', [process.execPath, LAUNCHER, '--version']],
    ['Redis alone', ['sh', '-c', REDIS_ALONE]],
    ['`citysink plan` of the tile', [process.execPath, LAUNCHER, 'plan', spec]],
    ['`citysink run` again, nothing changed', run],
  ]);
  const facts = [...(await s3Facts()), ...(await queueFacts(whole)), ...(await manyTiles())];
  return { start: started, facts };
}

async function startCosts(
  rounds: number,
  commands: readonly (readonly [string, readonly string[]])[],
): Promise<SideMeasures['start']> {
  const costs = commands.map((): Cost[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, [, command]] of commands.entries()) costs[index]?.push(await measured(command, SCRATCH));
  }
  return commands.map(([name], index) => ({ name, costs: costs[index] ?? [] }));
}

/** Requests and bytes of the land cover for a first run and for an unchanged one, counted by the server. */
async function s3Facts(): Promise<[string, string][]> {
  const server = await startS3Server({ buckets: ['scenes', 'results'] });
  try {
    const file = join(sceneFolder('tile'), 'landcover.tif');
    server.putFile('scenes', 'landcover.tif', file);
    const landcover = 's3://scenes/landcover.tif';
    const parts = { scene: sceneFolder('tile'), folder: join(SCRATCH, 's3'), landcover };
    const spec = writeSpec({ ...parts, more: { results: 's3://results/' } });
    const first = await requestsOf(server, spec);
    const again = await requestsOf(server, spec);
    const stored = statSync(file).size;
    const least = `the file has ${stored} bytes; a tile needs one request at least`;
    return [
      [
        'S3, first run',
        `${first.ranges} ranges and ${first.heads} heads of the scene, ${first.bytes} bytes (${least}); ${first.others} other requests`,
      ],
      [
        'S3, unchanged run',
        `${again.blockRanges} ranges of blocks, ${again.ranges - again.blockRanges} of headers, ${again.heads} heads; ${again.others} other requests`,
      ],
    ];
  } finally {
    await server.close();
  }
}

interface Requests {
  readonly ranges: number;
  /** Ranges beyond the first 64 KiB, where headers are. */
  readonly blockRanges: number;
  readonly heads: number;
  readonly bytes: number;
  readonly others: number;
}

async function requestsOf(server: S3Server, spec: string): Promise<Requests> {
  server.requests.splice(0);
  const { code, stderr } = await runCli(['run', spec], { env: server.env });
  if (code !== 0) throw new Error(`the run on S3 ended with ${code}: ${stderr}`);
  const scene = server.requests.filter(({ key }) => key === 'landcover.tif');
  const ranged = scene.filter(({ method, range }) => method === 'GET' && range !== null);
  const blockRanges = ranged.filter(({ range }) => Number(/bytes=(\d+)/.exec(range ?? '')?.[1] ?? 0) >= 65_536).length;
  return {
    ranges: ranged.length,
    blockRanges,
    heads: scene.filter(({ method }) => method === 'HEAD').length,
    bytes: ranged.reduce((sum, { bytes }) => sum + bytes, 0),
    others: server.requests.length - scene.length,
  };
}

/** Share of the queue: cost of one empty job, times the jobs of the run, by the CPU of the run. An estimate from above: small jobs. */
async function queueFacts(run: Cost): Promise<[string, string][]> {
  const cost = await queueCost(5_000);
  const tiles = globSync(join(SCRATCH, 'results/bench/*/partials/*/*.json')).length;
  const share = ((tiles * cost.cpuMsPerJob) / 1000 / run.cpuS) * 100;
  return [
    [
      'an empty job through BullMQ',
      `${shortNumber(cost.cpuMsPerJob)} ms CPU (adding ${shortNumber(cost.addMsPerJob)}; with Redis), ${cost.redisBytesPerJob} bytes in Redis`,
    ],
    [
      `the queue's share of a run of ${tiles} tiles`,
      `${shortNumber(share)} % of ${shortNumber(run.cpuS)} s CPU: that cost times the tiles`,
    ],
  ];
}

/** Smallest tiles on the large scene: planning time and memory, without counting. */
async function manyTiles(): Promise<[string, string][]> {
  const spec = writeSpec({ scene: sceneFolder('large'), folder: join(SCRATCH, 'many') });
  const costs: Cost[] = [];
  for (let i = 0; i < 3; i++) {
    costs.push(await measured([process.execPath, LAUNCHER, 'plan', '--tile-size', '64', spec], SCRATCH));
  }
  const wall = median(costs.map((cost) => cost.wallS));
  const memory = median(costs.map((cost) => cost.treeMib));
  return [
    ['planning the large scene in tiles of 64', `${shortNumber(wall)} s, ${memory.toFixed(0)} MiB`],
    ['100,000 tiles through queue and workers', '[scaling.md](scaling.md)'],
  ];
}
