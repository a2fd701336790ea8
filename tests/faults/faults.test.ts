import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { recordFault, writeFaults } from '../support/fault-record.ts';
import { childrenOf, FaultRuns, type FaultyRun, type RunUnderWay } from '../support/fault-runs.ts';
import { isRunning } from '../support/processes.ts';
import { startTestRedis } from '../support/redis-server.ts';
import type { FailureAction, RequestMatch } from '../support/s3-server/failures.ts';
import { Seeded } from '../support/seeded.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { EAST, SIDE, sceneBytes } from '../support/two-scenes.ts';

/**
 * Runs in real processes in which something goes wrong. Each ends with the figures of the undisturbed run, or PARTIAL or
 * FAILED with a named cause; never with others. CITYSINK_FAULT_RUNS: how many runs each fault has (a share in `npm test`).
 */

const RUNS = Number(process.env.CITYSINK_FAULT_RUNS ?? 1);
const LONG = RUNS > 1;
const SEED = 20_211;
const TEST_MS = 200_000 * RUNS;

let runs: FaultRuns;
let clean: FaultyRun;
const random = new Seeded(SEED);

beforeAll(async () => {
  runs = await FaultRuns.open();
  clean = await runs.run();
  expect(clean, clean.stderr).toMatchObject({ status: 'DONE', code: 0 });
});

beforeEach(() => runs.city.server.failures.clear());

afterAll(async () => {
  await runs.city.server.close();
  await rm(runs.city.folder, { recursive: true, force: true });
  writeFaults(
    `${clean.requests} requests to S3 and ${clean.seconds.toFixed(1)} s in the undisturbed run; ${RUNS} runs a fault.`,
  );
});

/** What holds of every run, whatever went wrong in it. */
function expectTruth(run: FaultyRun): void {
  expect(['DONE', 'PARTIAL', 'FAILED'], run.stderr).toContain(run.status);
  if (run.status === 'DONE') expect(run.figures).toBe(clean.figures);
  else expect(run.causes, run.stderr).not.toEqual([]);
  expect(run.manifests).toBeLessThanOrEqual(1);
}

function tell(fault: string, all: readonly FaultyRun[], times: number, note = ''): void {
  const byStatus = Map.groupBy(all, ({ status }) => status);
  const ended = [...byStatus].map(([status, list]) => `${list.length} ${status}`).join(', ');
  recordFault({ fault, runs: all.length, times, ended, note });
}

interface StoreFault {
  readonly fault: string;
  readonly match: RequestMatch;
  readonly action: FailureAction;
  readonly share: number;
  /** At most so often in a run. */
  readonly times?: number;
  /** Not in `npm test`: it waits for deadlines. */
  readonly long?: true;
}

const BLOCKS: RequestMatch = { bucket: 'scenes', operation: 'GetObject', range: /^bytes=[1-9]/ };
const READS: RequestMatch = { operation: 'GetObject' };
const STORE_FAULTS: readonly StoreFault[] = [
  { fault: 'S3: 500 on 10 %', match: {}, action: { kind: 'status', status: 500 }, share: 0.1 },
  {
    fault: 'S3: 503 on 10 %',
    match: {},
    action: { kind: 'status', status: 503, code: 'ServiceUnavailable' },
    share: 0.1,
    long: true,
  },
  {
    fault: 'S3: 429 SlowDown on 10 %',
    match: {},
    action: { kind: 'status', status: 429, code: 'SlowDown' },
    share: 0.1,
    long: true,
  },
  { fault: 'S3: reset in mid-body', match: READS, action: { kind: 'reset-mid-body' }, share: 0.05 },
  { fault: 'S3: body cut short', match: READS, action: { kind: 'truncate' }, share: 0.05, long: true },
  { fault: 'S3: a flipped byte', match: READS, action: { kind: 'flip-byte' }, share: 0.05 },
  { fault: 'S3: wrong ETag', match: READS, action: { kind: 'wrong-etag' }, share: 0.05, long: true },
  {
    fault: 'S3: PUT done, answer lost',
    match: { operation: 'PutObject' },
    action: { kind: 'drop-answer' },
    share: 0.05,
  },
  {
    fault: 'S3: headers, then silence',
    match: BLOCKS,
    action: { kind: 'headers-then-silence' },
    share: 0.05,
    times: 4,
    long: true,
  },
  { fault: 'S3: no answer', match: BLOCKS, action: { kind: 'no-answer' }, share: 0.05, times: 4, long: true },
  {
    fault: 'S3: 16 KB/s',
    match: BLOCKS,
    action: { kind: 'slow-drip', bytes: 1600, everyMs: 100 },
    share: 0.05,
    times: 10,
    long: true,
  },
];

describe('A store that fails', () => {
  test.each(STORE_FAULTS.filter((one) => LONG || one.long !== true))(
    '$fault: every run ends with the same figures.',
    async ({ fault, match, action, share, times = Number.POSITIVE_INFINITY }) => {
      const { failures } = runs.city.server;
      const ended: FaultyRun[] = [];
      let acted = 0;
      let most = 0;
      for (let i = 0; i < RUNS; i++) {
        failures.clear();
        failures.seed(SEED + i);
        failures.add({ match, action, share, times });
        const run = await runs.run();
        expectTruth(run);
        acted += failures.acted;
        most = Math.max(most, run.requests / clean.requests);
        ended.push(run);
      }
      expect(acted).toBeGreaterThan(0);
      expect(ended.map(({ status, causes, stderr }) => (status === 'DONE' ? status : `${causes} ${stderr}`))).toEqual(
        ended.map(() => 'DONE'),
      );
      tell(fault, ended, acted, `at most ${most.toFixed(2)} x the requests`);
    },
    TEST_MS,
  );
});

/** A run of which something is done to while it counts. */
async function disturbed(
  disturb: (run: RunUnderWay) => Promise<void>,
  env: Record<string, string> = {},
): Promise<FaultyRun> {
  const run = runs.start(env);
  await disturb(run);
  return run.ended;
}

async function killOne(run: RunUnderWay, command: RegExp, signal: NodeJS.Signals): Promise<number | null> {
  const found = await childrenOf(run, command);
  if (found.length === 0) return null;
  const pid = random.of(found);
  try {
    process.kill(pid, signal);
    return pid;
  } catch {
    return null;
  }
}

const WORKER = /worker --child/;
const SERVER = /(redis|valkey)-server/;

/** These wait for locks to run out, and use no failures of the store: they wait together. */
describe.concurrent('A process that is killed', () => {
  test(
    'a worker, in the midst of its tiles: another one counts them.',
    async () => {
      const ended: FaultyRun[] = [];
      let kills = 0;
      for (let i = 0; i < RUNS; i++) {
        const run = await disturbed(async (under) => {
          for (const counted of [10, 40, 80]) {
            await runs.untilCounted(under, counted + random.below(20));
            if ((await killOne(under, WORKER, 'SIGKILL')) !== null) kills++;
          }
        });
        expectTruth(run);
        expect(run.status, run.stderr).toBe('DONE');
        ended.push(run);
      }
      expect(kills).toBeGreaterThan(0);
      tell('SIGKILL of a worker', ended, kills);
    },
    TEST_MS,
  );

  test(
    'Redis: its jobs are gone, and what the store lacks is queued again.',
    async () => {
      const ended: FaultyRun[] = [];
      let kills = 0;
      for (let i = 0; i < RUNS; i++) {
        const run = await disturbed(async (under) => {
          await runs.untilCounted(under, 10 + random.below(80));
          // The shell that guards the server has its name among its words, and starts another one.
          const servers = (await childrenOf(under, SERVER)).slice(-1);
          for (const pid of servers) process.kill(pid, 'SIGKILL');
          kills += servers.length;
        });
        expectTruth(run);
        expect(run.status, run.stderr).toBe('DONE');
        ended.push(run);
      }
      expect(kills).toBeGreaterThan(0);
      tell('SIGKILL of Redis, without a disk', ended, kills);
    },
    TEST_MS,
  );
});

/** The moments of a run at which the store is asked for something that names them. */
const STEPS: readonly { readonly step: string; readonly match: RequestMatch; readonly who: 'cli' | 'workers' }[] = [
  { step: 'the CLI while headers are read', match: { bucket: 'scenes', operation: 'GetObject' }, who: 'cli' },
  { step: 'the CLI while the plan is stored', match: { key: /\/plan\.json$/, method: 'PUT' }, who: 'cli' },
  { step: 'the CLI while tiles are counted', match: { key: /\/partials\//, method: 'PUT' }, who: 'cli' },
  {
    step: 'the reducer while the first table is written',
    match: { key: /\/totals\.csv$/, method: 'PUT' },
    who: 'workers',
  },
  { step: 'the reducer before the manifest', match: { key: /\/manifest\.json$/, method: 'PUT' }, who: 'workers' },
  { step: 'the reducer before latest.json', match: { key: /\/latest\.json$/, method: 'PUT' }, who: 'workers' },
];

describe('A process that is killed at a step', () => {
  test.each(LONG ? STEPS : STEPS.filter(({ step }) => /plan is stored/.test(step)))(
    '$step: the run goes on, and is published once.',
    async ({ step, match, who }) => {
      const ended: FaultyRun[] = [];
      const { failures } = runs.city.server;
      for (let i = 0; i < Math.min(RUNS, 3); i++) {
        failures.clear();
        let pids: number[] = [];
        const happens = () => {
          for (const pid of pids) process.kill(pid, 'SIGKILL');
        };
        failures.add({ match, action: { kind: 'meanwhile', happens } });
        const run = runs.start();
        if (who === 'cli') pids = [run.cli.process.pid ?? 0];
        else {
          await runs.untilCounted(run, 1);
          pids = await childrenOf(run, WORKER);
        }
        let last = await run.ended;
        if (who === 'cli') {
          expect(last.status).toBe('KILLED');
          last = await runs.start({}, 2, run.root).ended;
        }
        expect(failures.acted).toBe(1);
        expectTruth(last);
        expect(last, last.stderr).toMatchObject({ status: 'DONE', manifests: 1 });
        ended.push(last);
      }
      tell(`SIGKILL of ${step}`, ended, ended.length);
    },
    TEST_MS,
  );
});

describe.concurrent('A Redis that stays and fails', () => {
  test(
    'FLUSHALL, a line that is cut, and latency: every run ends with the same figures.',
    async () => {
      const redis = await startTestRedis();
      const url = new URL(redis.url);
      const proxy = await startTcpProxy(Number(url.port));
      const client = new Redis(redis.url);
      const through = new URL(redis.url);
      through.port = String(proxy.port);
      const env = { REDIS_URL: through.href };
      const faults: Record<string, () => Promise<unknown>> = {
        'Redis: FLUSHALL': () => client.flushall(),
        ...(LONG ? { 'Redis: line cut for 1 s': () => proxy.cut(1000) } : {}),
        ...(LONG
          ? { 'Redis: line cut for 5 s': () => proxy.cut(5000), 'Redis: line cut for 30 s': () => proxy.cut(30_000) }
          : {}),
        ...(LONG ? { 'Redis: 200 ms latency for 5 s': () => slowFor(5000) } : {}),
      };
      const slowFor = async (millis: number): Promise<void> => {
        proxy.latencyMs = 100; // Both ways.
        await sleep(millis);
        proxy.latencyMs = 0;
      };
      for (const [fault, happens] of Object.entries(faults)) {
        const ended: FaultyRun[] = [];
        for (let i = 0; i < RUNS; i++) {
          const run = await disturbed(async (under) => {
            await runs.untilCounted(under, 10 + random.below(60));
            await happens();
          }, env);
          expectTruth(run);
          expect(run.status, `${fault}: ${run.causes} ${run.stderr}`).toBe('DONE');
          ended.push(run);
        }
        tell(fault, ended, ended.length);
      }
      client.disconnect();
      await proxy.close();
      await redis.stop();
    },
    TEST_MS * 3,
  );
});

describe.runIf(LONG)('A worker that stands still past its lock', () => {
  test(
    'and goes on: its tiles were counted by others, and the figures are the same.',
    async () => {
      const ended: FaultyRun[] = [];
      for (let i = 0; i < RUNS; i++) {
        const run = await disturbed(async (under) => {
          await runs.untilCounted(under, 10 + random.below(60));
          const pid = await killOne(under, WORKER, 'SIGSTOP');
          await sleep(20_000);
          // A run that others have finished meanwhile has ended it.
          if (pid !== null && (await isRunning(pid))) process.kill(pid, 'SIGCONT');
        });
        expectTruth(run);
        expect(run.status, run.stderr).toBe('DONE');
        ended.push(run);
      }
      tell('SIGSTOP of a worker for 20 s (its lock: 15 s)', ended, ended.length);
    },
    TEST_MS,
  );
});

describe('A scene that is overwritten in mid-run', () => {
  test(
    'makes the run PARTIAL, by its name; versions are never mixed.',
    async () => {
      const { server, east } = runs.city;
      const ended: FaultyRun[] = [];
      for (let i = 0; i < RUNS; i++) {
        const run = await disturbed(async (under) => {
          await runs.untilCounted(under, 5 + random.below(60));
          server.put('scenes', EAST, sceneBytes(SIDE, 4711 + i));
        });
        server.put('scenes', EAST, east);
        expectTruth(run);
        if (run.status !== 'DONE') expect(run.causes).toEqual(['OBJECT_CHANGED']);
        ended.push(run);
      }
      tell('scene overwritten in mid-run', ended, ended.length, 'PARTIAL names OBJECT_CHANGED');
    },
    TEST_MS,
  );
});
