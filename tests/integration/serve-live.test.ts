import { rm } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ProgressEvent, progressEventSchema, startedSchema } from '../../src/server/answers.ts';
import type { PrivateRedis } from '../../src/shared/io/private-redis.ts';
import type { RunningCli } from '../support/cli.ts';
import { startTestRedis } from '../support/redis-server.ts';
import { eventsOf, type Served, startServe } from '../support/served.ts';
import { latestTotals } from '../support/totals.ts';
import { type TwoSceneCity, twoSceneCity, WEST } from '../support/two-scenes.ts';

/** A server beside real runs on a real Redis: what it shows of them while they go, and what it does about them. */

let redis: PrivateRedis;
let where: TwoSceneCity;
let served: Served;
const started: RunningCli[] = [];

beforeAll(async () => {
  redis = await startTestRedis();
});

afterAll(async () => {
  await redis.stop();
});

beforeEach(async () => {
  where = await twoSceneCity();
  served = await startServe({ words: [where.results], env: { ...where.server.env, REDIS_URL: redis.url } });
});

afterEach(async () => {
  await served.stop();
  for (const { process, ended } of started.splice(0)) {
    process.kill('SIGTERM');
    await ended;
  }
  await where.server.close();
  await rm(where.folder, { recursive: true, force: true });
});

/** Every block comes in eight parts, so that eight tiles take some seconds. */
function makeSlow(): void {
  where.server.failures.add({
    match: { bucket: 'scenes', range: /^bytes=[1-9]/ },
    times: Number.POSITIVE_INFINITY,
    action: { kind: 'slow-drip', bytes: 16_384, everyMs: 150 },
  });
}

function startRun(): RunningCli {
  const run = where.start(['run', '--workers', '1', '--tile-size', '512', where.spec], { REDIS_URL: redis.url });
  started.push(run);
  return run;
}

interface LiveRuns {
  readonly runs: readonly { readonly run: string; readonly state: string }[];
}

async function untilLive(): Promise<string> {
  for (;;) {
    const { runs } = (await served.json('/api/runs/live')) as LiveRuns;
    const [first] = runs;
    if (first?.state === 'working') return first.run;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Progress events of a run from now to its end. */
async function progressOf(run: string): Promise<ProgressEvent[]> {
  const events: ProgressEvent[] = [];
  let layout: unknown = null;
  for await (const { name, data } of eventsOf(await served.get(`/api/runs/${run}/events`))) {
    if (name === 'layout') layout = data;
    if (name === 'progress') events.push(progressEventSchema.parse(data));
  }
  expect(layout).toEqual({ rows: 2, cols: 4, cells: [0, 1, 2, 3, 4, 5, 6, 7] });
  return events;
}

describe('A run that is watched', () => {
  it('tells tile by tile how it goes, until it is done', async () => {
    makeSlow();
    const run = startRun();
    const name = await untilLive();
    const events = await progressOf(name);
    const counts = events.map(({ tiles }) => tiles.done);
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
    expect(new Set(counts).size).toBeGreaterThan(2);
    for (const { tiles, tile_states } of events) {
      expect(tiles.done + tiles.failed + tiles.active + tiles.waiting).toBe(8);
      expect(tile_states?.length ?? 8).toBe(8);
    }
    const going = events.filter(({ state }) => state === 'working');
    expect(Math.max(...going.map(({ workers }) => workers))).toBe(1);
    expect(going.some(({ cells_per_second: speed, eta_seconds: eta }) => (speed ?? 0) > 0 && (eta ?? 0) > 0)).toBe(
      true,
    );
    expect(going.some(({ tile_states }) => /a/.test(tile_states ?? ''))).toBe(true);
    expect(events.at(-1)).toMatchObject({ state: 'DONE', tiles: { done: 8, waiting: 0 }, tile_states: 'dddddddd' });
    expect((await run.ended).code).toBe(0);
    expect(await served.json('/api/runs/live')).toEqual({ runs: [] });
  });

  it('is stopped by cancel, everywhere, and says so', async () => {
    makeSlow();
    const run = startRun();
    const name = await untilLive();
    const watched = progressOf(name);
    expect(await (await served.post(`/api/runs/${name}/cancel`)).json()).toEqual({ run: name, outcome: 'cancelled' });
    expect((await watched).at(-1)).toMatchObject({ state: 'cancelled' });
    const { code, stderr } = await run.ended;
    expect([code, stderr]).toEqual([1, expect.stringContaining('CANCELLED')]);
    expect((await served.post('/api/runs/2021-000000000000/cancel')).status).toBe(404);
  });
});

describe('A run that failed in part', () => {
  it('is counted again by retry, and only what failed', async () => {
    where.server.failures.add({
      match: { bucket: 'scenes', key: WEST, range: /^bytes=[1-9]/ },
      times: Number.POSITIVE_INFINITY,
      action: { kind: 'status', status: 403, code: 'AccessDenied' },
    });
    const run = startRun();
    const { code } = await run.ended;
    expect(code).toBe(3);
    const { cities } = (await served.json('/api/cities')) as { cities: { newest: { run: string; state: string } }[] };
    const partial = cities[0]?.newest;
    expect(partial?.state).toBe('PARTIAL');
    const progress = progressEventSchema.parse(await served.json(`/api/runs/${partial?.run}/progress`));
    expect(progress.tiles.failed).toBe(4);
    expect(progress.tile_states).toBe('ffddffdd');
    expect(progress.failures[0]).toMatchObject({ tile: 0, code: 'STORE_DENIED' });

    where.server.failures.clear();
    const before = where.server.requests.length;
    started.push(where.start(['worker'], { REDIS_URL: redis.url }));
    const answer = await served.post(`/api/runs/${partial?.run}/retry`);
    const next = startedSchema.parse(await answer.json());
    expect([answer.status, next.outcome]).toEqual([202, 'queued']);
    expect(next.run).not.toBe(partial?.run);
    expect((await progressOf(next.run)).at(-1)).toMatchObject({ state: 'DONE', tiles: { done: 8, failed: 0 } });
    const blocks = where.server.requests.slice(before).filter(({ range }) => /^bytes=[1-9]/.test(range ?? ''));
    expect(blocks.every(({ key }) => key === WEST)).toBe(true);
    expect((await latestTotals(where.results)).status).toBe('DONE');
  });
});

describe('A queue that goes away', () => {
  it('is told by health, and leaves the results where they are', async () => {
    const own = await startTestRedis();
    const alone = await startServe({ words: [where.results], env: { REDIS_URL: own.url } });
    try {
      expect(await alone.json('/healthz')).toMatchObject({ status: 'ok', redis: 'ok' });
      expect(await alone.json('/api/queue')).toMatchObject({ queues: 1, waiting: 0, workers: 0 });
      await own.stop();
      const health = await alone.get('/healthz');
      expect([health.status, await health.json()]).toMatchObject([503, { status: 'degraded', redis: 'down' }]);
      expect((await alone.get('/api/runs/live')).status).toBe(503);
      expect(await alone.json('/api/cities')).toEqual({ cities: [] });
    } finally {
      await alone.stop();
    }
  });
});

describe('Results in a bucket', () => {
  it('are shown as those of a folder are, files in ranges too', async () => {
    const bucket = await twoSceneCity({ resultsUrl: 's3://results/all/' });
    const shown = await startServe({
      words: ['s3://results/all'],
      env: { ...bucket.server.env, REDIS_URL: redis.url },
    });
    try {
      expect(await shown.json('/api/cities')).toEqual({ cities: [] });
      const { code, stderr } = await bucket.start(['run', '--workers', '1', bucket.spec]).ended;
      expect(code, stderr).toBe(0);
      for (;;) {
        const { cities } = (await shown.json('/api/cities')) as { cities: { newest: { run: string } | null }[] };
        const run = cities[0]?.newest?.run;
        if (run === undefined) continue;
        const path = `/api/runs/test-city/${run}/files/totals.csv`;
        const whole = await (await shown.get(path)).text();
        expect(whole).toMatch(/^zone,class,cells/);
        const part = await shown.get(path, { headers: { range: 'bytes=4-9' } });
        expect([part.status, await part.text()]).toEqual([206, whole.slice(4, 10)]);
        expect(await shown.json(`/api/runs/test-city/${run}/zones`)).toMatchObject({ width: 1000, height: 500 });
        break;
      }
    } finally {
      await shown.stop();
      await bucket.server.close();
      await rm(bucket.folder, { recursive: true, force: true });
    }
  });
});
