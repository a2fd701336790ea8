import { spawnSync } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { PrivateRedis } from '../../src/shared/io/private-redis.ts';
import type { RunningCli } from '../support/cli.ts';
import { startTestRedis } from '../support/redis-server.ts';
import { latestTotals } from '../support/totals.ts';
import { type TwoSceneCity, twoSceneCity } from '../support/two-scenes.ts';

/** What whoever keeps citysink running relies on: numbers, health, restarts, draining, limits of what a run may take. */

let redis: PrivateRedis;
let where: TwoSceneCity;
let workers: RunningCli[] = [];

beforeAll(async () => {
  redis = await startTestRedis();
});

afterEach(async () => {
  for (const worker of workers) worker.process.kill('SIGTERM');
  await Promise.all(workers.map(({ ended }) => ended));
  workers = [];
  await where.server.close();
  await rm(where.folder, { recursive: true, force: true });
});

afterAll(() => redis.stop());

/** A queue of its own for each test, on one Redis. */
const env = () => ({ REDIS_URL: redis.url, CITYSINK_QUEUE_PREFIX: prefix, CITYSINK_LOG_LEVEL: 'info' });
let prefix = 'test';

async function newCity(name: string): Promise<void> {
  prefix = name;
  where = await twoSceneCity();
}

/** A worker with a port; gives the address of it. */
async function startWorker(...words: string[]): Promise<{ readonly worker: RunningCli; readonly url: string }> {
  const worker = where.start(['worker', '--metrics-port', '0', ...words], env());
  workers.push(worker);
  for (;;) {
    const url = /"metrics":"(http:[^"]+)"/.exec(worker.stderr())?.[1];
    if (url !== undefined) return { worker, url };
    if (worker.process.exitCode !== null) throw new Error(`the worker ended: ${worker.stderr()}`);
    await sleep(20);
  }
}

const runCity = (...words: string[]) =>
  where.start(['run', '--workers', '0', '--tile-size', '512', ...words, where.spec], {
    ...env(),
    CITYSINK_LOG_LEVEL: 'warn',
  });
const blockRequests = () => where.server.requests.filter(({ range }) => /^bytes=[1-9]/.test(range ?? '')).length;
const promtool = spawnSync('promtool', ['--version'], { timeout: 10_000 });

interface Answer {
  readonly url: string;
  readonly took: {
    readonly attempts: number;
    readonly requests: number;
    readonly bytes: number;
    readonly seconds: number;
  };
  readonly error?: { readonly code: string; readonly message: string };
}

async function finished(run: RunningCli): Promise<Answer> {
  const { code, stdout, stderr } = await run.ended;
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
}

describe('a worker with a port', () => {
  test('tells its health, its tiles and what it asked of stores, and is silent about all else', async () => {
    await newCity('port');
    const { url } = await startWorker();
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    await finished(runCity('--json'));
    const metrics = await fetch(`${url}/metrics`);
    expect(metrics.headers.get('content-type')).toMatch(/^text\/plain/);
    const text = await metrics.text();
    expect(text).toContain('citysink_tiles_total{outcome="counted"} 8\n');
    expect(text).toContain(`citysink_cells_total ${8 * 512 * 512}\n`);
    expect(text).toContain('citysink_tile_seconds_count 8\n');
    expect(text).toMatch(/citysink_store_requests_total\{store="s3",verb="get"\} \d+\n/);
    expect(text).not.toContain('test-city');
    expect((await fetch(`${url}/`)).status).toBe(404);
    expect((await fetch(`${url}/metrics`, { method: 'POST' })).status).toBe(405);
    if (promtool.error !== undefined) return;
    const checked = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8', timeout: 10_000 });
    // Names of Node's own series are not ours to choose.
    expect(`${checked.stdout}${checked.stderr}`.split('\n').filter((line) => /citysink/.test(line))).toEqual([]);
  });

  test('has no port where none is asked for', async () => {
    await newCity('noport');
    const worker = where.start(['worker'], env());
    workers.push(worker);
    while (!/Worker:Start/.test(worker.stderr())) await sleep(20);
    expect(worker.stderr()).toContain('"metrics":null');
  });
});

describe('what a run took', () => {
  test('stands in its manifest, is what the store was asked for, and what the plan had said', async () => {
    await newCity('took');
    const plan = where.start(['plan', '--json', '--tile-size', '512', where.spec]);
    const { estimate } = JSON.parse((await plan.ended).stdout);
    await startWorker();
    const before = blockRequests();
    const { took } = await finished(runCity('--json'));
    expect(took).toMatchObject({ attempts: 8, requests: estimate.requests, bytes: estimate.bytes });
    // The header of each scene is read at the beginning of the file, and so is not among these.
    expect(blockRequests() - before).toBe(took.requests);
    expect(took.seconds).toBeGreaterThan(0);
  });
});

describe('a rolling restart of all workers', () => {
  test('drains them: the run goes on, no attempt is burned, the figures are those of an undisturbed run', async () => {
    await newCity('calm');
    await startWorker();
    await finished(runCity('--json'));
    const calm = (await latestTotals(where.results)).figures_sha256;
    await where.server.close();
    for (const worker of workers) worker.process.kill('SIGTERM');
    await Promise.all(workers.map(({ ended }) => ended));

    await newCity('rolling');
    where.server.failures.add({
      match: { bucket: 'scenes', range: /^bytes=[1-9]/ },
      times: Number.POSITIVE_INFINITY,
      action: { kind: 'slow-drip', bytes: 16_384, everyMs: 150 },
    });
    const old = [await startWorker('--concurrency', '1'), await startWorker('--concurrency', '1')];
    const run = runCity('--json');
    for (const { worker } of old) {
      // Each is in the middle of a tile when it is told to go.
      const asked = blockRequests();
      while (blockRequests() < asked + 1) await sleep(10);
      await startWorker('--concurrency', '1');
      worker.process.kill('SIGTERM');
      const { code, stderr } = await worker.ended;
      expect(code).toBe(0);
      expect(stderr).toContain('"outcome":"drained"');
      expect(stderr).not.toContain('Tile:Fail');
    }
    const { took } = await finished(run);
    expect(took.attempts).toBe(8);
    expect((await latestTotals(where.results)).figures_sha256).toBe(calm);
  });
});

describe('limits of what a run may take', () => {
  test('a quote above one queues nothing, and the error names both numbers', async () => {
    await newCity('dear');
    const run = runCity('--json', '--max-requests', '7', '--max-bytes', '1000');
    const { code, stdout } = await run.ended;
    expect(code).toBe(1);
    const { error } = JSON.parse(stdout) as Answer;
    expect(error?.code).toBe('BUDGET_SPENT');
    expect(error?.message).toMatch(/would take 8 requests, at most 7 \(--max-requests\); \d+ bytes, at most 1000/);
    expect(blockRequests()).toBe(0);
  });

  test('money is limited by the prices of the configuration, and is refused without any', async () => {
    await newCity('money');
    const priced = { CITYSINK_PRICE_PER_1000_GETS: '1000', CITYSINK_PRICE_CURRENCY: 'EUR' };
    const words = ['--workers', '0', '--tile-size', '512', where.spec];
    const dear = await where.start(['run', '--max-cost', '7.5', ...words], { ...env(), ...priced }).ended;
    expect(dear.code).toBe(1);
    expect(dear.stderr).toMatch(/would take 8 EUR, at most 7\.5 EUR \(--max-cost\)/);
    const unpriced = await where.start(['run', '--max-cost', '7.5', ...words], env()).ended;
    expect(unpriced.code).toBe(2);
    expect(unpriced.stderr).toMatch(/CITYSINK_PRICE_PER_1000_GETS/);
    const plan = await where.start(['plan', '--tile-size', '512', where.spec], priced).ended;
    expect(plan.stdout).toMatch(/^cost {5}about 8 EUR/m);
    expect((await where.start(['plan', '--tile-size', '512', where.spec]).ended).stdout).not.toMatch(/^cost/m);
  });

  test('requests that are made again count: the run stops within a tile a worker, and goes on with a higher limit', async () => {
    await newCity('spent');
    where.server.failures.add({
      match: { bucket: 'scenes', range: /^bytes=[1-9]/ },
      times: 6,
      action: { kind: 'status', status: 503, code: 'SlowDown' },
    });
    await startWorker('--concurrency', '1');
    const run = await runCity('--json', '--max-requests', '8').ended;
    expect(run.code).toBe(1);
    const { error } = JSON.parse(run.stdout) as Answer;
    expect(error).toMatchObject({ code: 'BUDGET_SPENT' });
    expect(error?.message).toMatch(/took 9 requests, at most 8 \(--max-requests\)/);
    expect(blockRequests()).toBe(9);
    where.server.failures.clear();
    const rest = await finished(runCity('--json', '--max-requests', '8'));
    expect(rest.took.requests).toBe(14);
  });
});

describe('drain', () => {
  test('lets workers finish and take nothing new; a run waits until they are let go on', async () => {
    await newCity('drain');
    await startWorker();
    const drained = await where.start(['drain'], env()).ended;
    expect(drained.code, drained.stderr).toBe(0);
    expect(drained.stdout).toMatch(/^no job is under way/);
    const run = runCity('--json');
    while (!/2021-/.test(run.stderr())) await sleep(20);
    await sleep(1500);
    expect(blockRequests()).toBe(0);
    expect((await where.start(['drain', '--resume'], env()).ended).code).toBe(0);
    await finished(run);
    expect(blockRequests()).toBe(8);
  });
});

describe('gc', () => {
  const gc = async (...words: string[]) => {
    const { code, stdout, stderr } = await where.start(['gc', '--json', ...words, where.results]).ended;
    expect(code, stderr).toBe(0);
    return JSON.parse(stdout) as Record<'objects' | 'needed' | 'young' | 'deleted', number>;
  };

  test('takes away what no plan names, not what is young, and nothing without --yes', async () => {
    await newCity('gc');
    await startWorker();
    const first = await finished(runCity('--json'));
    const words = ['run', '--json', '--workers', '0', '--tile-size', '1024', where.spec];
    const second = await finished(where.start(words, env()));
    // 8 tiles and their group, and 2 tiles and theirs.
    expect(await gc('--older-than', '0m')).toMatchObject({ objects: 0, needed: 12, young: 0 });
    await rm(new URL(first.url), { recursive: true });
    expect(await gc()).toMatchObject({ objects: 0, needed: 3, young: 9 });
    expect(await gc('--older-than', '0m')).toMatchObject({ objects: 9, needed: 3, deleted: 0 });
    // A run under way has a plan and no manifest: what it names is kept.
    await rm(new URL('manifest.json', second.url));
    expect(await gc('--yes', '--older-than', '0m')).toMatchObject({ objects: 9, needed: 3, deleted: 9 });
    expect(await gc('--older-than', '0m')).toMatchObject({ objects: 0, needed: 3 });
    const asked = blockRequests();
    expect(JSON.parse((await where.start(words, env()).ended).stdout)).toMatchObject({
      tiles: { reused: 2, queued: 0 },
    });
    expect(blockRequests()).toBe(asked);
  });

  test('leaves a city alone whose plan cannot be read', async () => {
    await newCity('gcbad');
    await startWorker();
    const { url } = await finished(runCity('--json'));
    const plan = join(new URL(url).pathname, 'tiles.json');
    expect(JSON.parse(await readFile(plan, 'utf8'))).toHaveLength(8);
    await rm(plan);
    const { code, stdout } = await where.start(['gc', '--yes', '--older-than', '0m', '--json', where.results]).ended;
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      deleted: 0,
      cities: [{ left_alone: expect.stringMatching(/tiles\.json/) }],
    });
  });
});
