import { once } from 'node:events';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startPrivateRedis } from '../../src/shared/io/private-redis.ts';
import type { RunningCli } from '../support/cli.ts';
import { commandLine, descendants, survivors } from '../support/processes.ts';
import { startTestRedis } from '../support/redis-server.ts';
import { latestTotals, resultNames, type Totals } from '../support/totals.ts';
import { type TwoSceneCity, type TwoSceneOptions, twoSceneCity } from '../support/two-scenes.ts';

/** Several processes at once: runs that are watched, cancelled, interrupted or killed, and what they leave behind. */

const cities: TwoSceneCity[] = [];

async function city(options: TwoSceneOptions = {}): Promise<TwoSceneCity> {
  const made = await twoSceneCity(options);
  cities.push(made);
  return made;
}

afterAll(async () => {
  for (const { server, folder } of cities) {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  }
});

/** Every block comes so slowly that a tile takes two seconds and more. */
function makeSlow({ server }: TwoSceneCity): void {
  server.failures.add({
    match: { bucket: 'scenes', range: /^bytes=[1-9]/ },
    times: Number.POSITIVE_INFINITY,
    action: { kind: 'slow-drip', bytes: 8192, everyMs: 300 },
  });
}

/** A run in 8 tiles, noted in the city's own temporary folder, and not in that of the machine. */
function startRun(where: TwoSceneCity, env: Readonly<Record<string, string>> = {}, ...words: string[]): RunningCli {
  return where.start(['run', '--workers', '1', '--tile-size', '512', ...words, where.spec], {
    TMPDIR: where.folder,
    ...env,
  });
}

async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await what())) await sleep(25);
}

/** Waits until the run counts tiles; gives its name. */
async function untilCounting(where: TwoSceneCity, run: RunningCli): Promise<string> {
  await until(
    () => run.process.exitCode !== null || where.server.requests.some(({ range }) => /^bytes=[1-9]/.test(range ?? '')),
  );
  const name = /2021-[0-9a-f]{12}/.exec(run.stderr())?.[0];
  if (name === undefined) throw new Error(`the run did not start: ${run.stderr()}`);
  return name;
}

let clean: Totals;

beforeAll(async () => {
  const where = await city();
  expect((await startRun(where).ended).code).toBe(0);
  clean = await latestTotals(where.results);
});

/** After an interruption the same request goes on, to the figures of an undisturbed run. */
async function expectGoesOn(where: TwoSceneCity): Promise<void> {
  where.server.failures.clear();
  const next = await startRun(where).ended;
  expect(next.code, next.stderr).toBe(0);
  expect((await latestTotals(where.results)).figures_sha256).toBe(clean.figures_sha256);
}

describe('A run under way in a second process, on a Redis of its own', () => {
  test('is seen by status, and stopped by cancel; the next run goes on from there.', async () => {
    const where = await city();
    makeSlow(where);
    const run = startRun(where);
    const name = await untilCounting(where, run);
    const status = await where.start(['status', '--json'], { TMPDIR: where.folder }).ended;
    expect(JSON.parse(status.stdout)).toMatchObject({ runs: [{ run: name, state: 'working', tiles_all: 8 }] });
    const one = await where.start(['status', name], { TMPDIR: where.folder }).ended;
    expect(one.stdout).toMatch(new RegExp(`^${name} {2}test-city {2}working {2}[0-7]/8 tiles`));
    const cancel = await where.start(['cancel', name], { TMPDIR: where.folder }).ended;
    expect(cancel.code, cancel.stderr).toBe(0);
    expect(cancel.stdout).toMatch(new RegExp(`run ${name} is cancelled.*citysink run`));
    const ended = await run.ended;
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/CANCELLED/);
    expect(ended.stderr).toMatch(/goes on/);
    expect((await resultNames(where.results)).filter((file) => /manifest|totals|latest/.test(file))).toEqual([]);
    await expectGoesOn(where);
  });

  test('with --json is cancelled with one JSON object.', async () => {
    const where = await city();
    makeSlow(where);
    const run = startRun(where, {}, '--json');
    const name = await untilCounting(where, run);
    await where.start(['cancel', name], { TMPDIR: where.folder }).ended;
    const { code, stdout } = await run.ended;
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ exit_code: 1, error: { code: 'CANCELLED' } });
  });
});

describe('A cancelled run on a Redis that stays', () => {
  test('is shown as cancelled, and its tiles are not taken for counted.', async () => {
    const redis = await startTestRedis();
    try {
      const where = await city();
      makeSlow(where);
      const run = startRun(where, { REDIS_URL: redis.url });
      const name = await untilCounting(where, run);
      expect((await where.start(['cancel', name], { REDIS_URL: redis.url }).ended).code).toBe(0);
      expect((await run.ended).code).toBe(1);
      const status = await where.start(['status', '--json', name], { REDIS_URL: redis.url }).ended;
      expect(JSON.parse(status.stdout)).toMatchObject({
        run: name,
        state: 'cancelled',
        tiles_all: 8,
        tiles_left: null,
      });
    } finally {
      await redis.stop();
    }
  });
});

/** A drain may take 25 s; after a kill there is nobody left to drain for. */
const STOP_MS = 25_000;
const KILLED_MS = 10_000;

describe('What an interrupted run leaves behind', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)('%s: exit 1, no process, and a run that goes on.', async (signal) => {
    const where = await city();
    makeSlow(where);
    const run = startRun(where);
    await untilCounting(where, run);
    const children = await descendants(run.process.pid ?? 0);
    const commands = await Promise.all(children.map(commandLine));
    expect(commands.filter((command) => /redis-server|valkey-server/.test(command))).not.toEqual([]);
    expect(commands.filter((command) => /worker --child/.test(command))).toHaveLength(1);
    run.process.kill(signal);
    const { code, stderr } = await run.ended;
    expect(code, stderr).toBe(1);
    expect(stderr).toMatch(/stopping; workers finish the tiles/);
    expect(stderr).toMatch(/goes on from there/);
    expect(await survivors(children, STOP_MS)).toEqual([]);
    // The private server's folder and note are gone too.
    expect((await readdir(where.folder)).filter((name) => name.startsWith('citysink-redis'))).toEqual([]);
    await expectGoesOn(where);
  });

  test('SIGKILL: workers and Redis end by themselves, and the run goes on.', async () => {
    const where = await city();
    makeSlow(where);
    const run = startRun(where);
    await untilCounting(where, run);
    const children = await descendants(run.process.pid ?? 0);
    expect(children.length).toBeGreaterThanOrEqual(3);
    run.process.kill('SIGKILL');
    // Not `ended`: the workers hold the other end of standard error.
    await once(run.process, 'exit');
    expect(await survivors(children, KILLED_MS)).toEqual([]);
    expect((await readdir(where.folder)).filter((name) => name.startsWith('citysink-redis'))).toEqual([]);
    await expectGoesOn(where);
    // A run that is no more is not shown as live.
    const status = await where.start(['status'], { TMPDIR: where.folder }).ended;
    expect(status.stdout).toMatch(/DONE/);
    expect(status.stdout).not.toMatch(/working/);
  });
});

describe('A worker of its own', () => {
  test('drains on SIGTERM and exits 0; another one finishes the run.', async () => {
    const redis = await startTestRedis();
    const where = await city();
    makeSlow(where);
    const env = { REDIS_URL: redis.url };
    const worker = where.start(['worker', '--concurrency', '2'], env);
    const run = where.start(['run', '--workers', '0', '--tile-size', '512', '--json', where.spec], env);
    await untilCounting(where, run);
    worker.process.kill('SIGTERM');
    const stopped = await worker.ended;
    expect(stopped.code, stopped.stderr).toBe(0);
    expect(stopped.stderr).toMatch(/"outcome":"drained"/);
    const done = stopped.stderr.match(/Tile:Done/g)?.length ?? 0;
    expect(done).toBeGreaterThan(0);
    where.server.failures.clear();
    const second = where.start(['worker'], env);
    const { code, stdout, stderr } = await run.ended;
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'DONE', totals: { figures_sha256: clean.figures_sha256 } });
    second.process.kill('SIGTERM');
    const secondStopped = await second.ended;
    expect(secondStopped.code).toBe(0);
    // Nothing was counted twice.
    expect(done + (secondStopped.stderr.match(/Tile:Done/g)?.length ?? 0)).toBe(8);
    await redis.stop();
  });

  test('without REDIS_URL ends with exit 2 and says what it needs.', async () => {
    const where = await city();
    const { code, stderr } = await where.start(['worker']).ended;
    expect(code).toBe(2);
    expect(stderr).toMatch(/a worker needs REDIS_URL/);
  });
});

/** Everything that a Redis holds, key by key, as text. */
async function contents(redis: Redis): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const key of await redis.keys('*')) {
    const type = await redis.type(key);
    const read: Record<string, () => Promise<unknown>> = {
      string: () => redis.get(key),
      hash: () => redis.hgetall(key),
      list: () => redis.lrange(key, 0, -1),
      set: () => redis.smembers(key),
      zset: () => redis.zrange(key, '0', '-1'),
      stream: () => redis.xrange(key, '-', '+'),
    };
    found.set(key, JSON.stringify(await read[type]?.()));
  }
  return found;
}

describe('Secrets', () => {
  test('stand in no output, no log line, no job and no result; jobs are under 1 KB.', async () => {
    const secret = 'canary-aws-4f81c0';
    const server = await startPrivateRedis(`${process.env.PATH}:/usr/sbin`);
    const password = new URL(server.url).password;
    const where = await city({ secretAccessKey: secret });
    makeSlow(where);
    const run = startRun(where, { REDIS_URL: server.url, CITYSINK_LOG_LEVEL: 'trace' });
    await untilCounting(where, run);
    const redis = new Redis(server.url);
    const held = await contents(redis);
    const jobs = [...held].filter(
      ([key]) => /:(tiles|reduce):2021-/.test(key) && !/:(lock|dependencies|processed)$/.test(key),
    );
    expect(jobs.length).toBeGreaterThanOrEqual(8);
    for (const [key] of jobs) expect((await redis.hget(key, 'data'))?.length ?? 0, key).toBeLessThan(1024);
    where.server.failures.clear();
    const { code, stdout, stderr } = await run.ended;
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/Tile:Done/);
    const words = [stdout, stderr, ...held.keys(), ...held.values(), ...(await contents(redis)).values()];
    for (const name of await resultNames(where.results)) {
      // Folders have no ending; text of packed formats is searched as far as it is not packed.
      if (/\.[a-z]+$/.test(name)) words.push(await readFile(join(where.results, 'test-city', name), 'latin1'));
    }
    expect(words.length).toBeGreaterThan(20);
    for (const text of words) {
      expect(text).not.toContain(secret);
      expect(text).not.toContain(password);
    }
    redis.disconnect();
    await server.stop();
  });

  test('a Redis that goes away is told by its host alone.', async () => {
    const where = await city();
    const env = { REDIS_URL: 'redis://someone:canary-pass-77@127.0.0.1:1/0', CITYSINK_LOG_LEVEL: 'trace' };
    for (const words of [['run', where.spec], ['worker'], ['status'], ['doctor', where.spec], ['cancel', '2021-0']]) {
      const { code, stdout, stderr } = await where.start(words, env).ended;
      expect(code, words.join(' ')).toBe(1);
      expect(stdout + stderr).toMatch(/127\.0\.0\.1:1/);
      expect(stdout + stderr).not.toContain('canary-pass-77');
    }
  });
});
