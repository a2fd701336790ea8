import { setTimeout as sleep } from 'node:timers/promises';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { GROUP_TILES, type TileJob } from '../../src/shared/contracts/tile-job.ts';
import { CitysinkError } from '../../src/shared/errors.ts';
import type { TileFailure } from '../../src/shared/io/job-failures.ts';
import { type JobHandlers, JobQueue, type QueueService, type TileGroup } from '../../src/shared/io/job-queue.ts';
import type { PrivateRedis } from '../../src/shared/io/private-redis.ts';
import { groupsOf, RUN, RUN_JOB } from '../support/queue-jobs.ts';
import { startTestRedis } from '../support/redis-server.ts';

/** The queue against a real Redis, with handlers that only note what they were given. */

let server: PrivateRedis;
let redis: Redis;
let queue: JobQueue;
let prefix = '';
let serial = 0;
const services: QueueService[] = [];

beforeAll(async () => {
  server = await startTestRedis();
  redis = new Redis(server.url);
});

afterAll(async () => {
  redis?.disconnect();
  await server?.stop();
});

beforeEach(() => {
  serial += 1;
  prefix = `test-${serial}`;
  queue = new JobQueue(server.url, prefix);
});

afterEach(async () => {
  for (const service of services.splice(0)) await service.drain(2_000);
  await queue.close();
});

/** What the handlers were called with, in order: `t7`, `g0`, `run`. */
class Notes {
  readonly calls: string[] = [];
  readonly groupFailures = new Map<number, readonly TileFailure[]>();
  /** Decides the fate of a tile before it counts as handled. */
  tile: (tile: number, last: boolean) => void | Promise<void> = () => {};
  run: () => void = () => {};

  serve(concurrency = 50): QueueService {
    const service = queue.serve(this.handlers(), { concurrency, tileDeadlineMs: 60_000 });
    services.push(service);
    return service;
  }

  private handlers(): JobHandlers {
    return {
      tile: async (data, attempt) => {
        const { tile } = data as TileJob;
        this.calls.push(`t${tile}`);
        await this.tile(tile, attempt.last);
      },
      group: async (data, failures) => {
        const { group } = data as { group: number };
        this.calls.push(`g${group}`);
        this.groupFailures.set(group, failures);
      },
      run: async () => {
        this.calls.push('run');
        this.run();
      },
    };
  }

  count(call: string | RegExp): number {
    return this.calls.filter((one) => (typeof call === 'string' ? one === call : call.test(one))).length;
  }
}

async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await what())) await sleep(20);
}

async function untilState(wanted: string): Promise<void> {
  await until(async () => (await queue.runState(RUN)) === wanted);
}

async function jobKeys(): Promise<string[]> {
  const keys = await redis.keys(`${prefix}:*:${RUN}*`);
  return keys.filter((key) => !/:(lock|dependencies|processed|failed|unsuccessful)$/.test(key));
}

describe('A run of 1200 tiles in 3 groups', () => {
  test('handles every tile once, each group after its tiles, the run after its groups.', async () => {
    await queue.enqueueRun(RUN, RUN_JOB, groupsOf(1200));
    expect(await queue.runState(RUN)).toBe('working');
    expect([...(await queue.tilesLeft(RUN, [0, 1, 2]))]).toEqual([
      [0, 500],
      [1, 500],
      [2, 200],
    ]);
    const notes = new Notes();
    notes.serve();
    await untilState('absent');
    expect(notes.calls).toHaveLength(1200 + 3 + 1);
    expect(new Set(notes.calls).size).toBe(1204);
    expect(notes.calls.at(-1)).toBe('run');
    for (const [group, first, last] of [
      [0, 0, 499],
      [1, 500, 999],
      [2, 1000, 1199],
    ] as const) {
      const at = notes.calls.indexOf(`g${group}`);
      const tiles = notes.calls.flatMap((call, i) =>
        call.startsWith('t') && Number(call.slice(1)) >= first && Number(call.slice(1)) <= last ? [i] : [],
      );
      expect(tiles).toHaveLength(last - first + 1);
      expect(Math.max(...tiles)).toBeLessThan(at);
    }
    expect([...(await queue.tilesLeft(RUN, [0, 1, 2])).values()]).toEqual([0, 0, 0]);
    expect(await queue.counts()).toEqual({ waiting: 0, active: 0, delayed: 0 });
    expect(await jobKeys()).toEqual([]);
  });

  test('adds nothing when it is queued a second time.', async () => {
    await queue.enqueueRun(RUN, RUN_JOB, groupsOf(1200));
    const before = (await jobKeys()).sort();
    const counts = await queue.counts();
    await queue.enqueueRun(RUN, RUN_JOB, groupsOf(1200));
    expect((await jobKeys()).sort()).toEqual(before);
    expect(await queue.counts()).toEqual(counts);
    const notes = new Notes();
    notes.serve();
    await untilState('absent');
    expect(notes.count(/^t/)).toBe(1200);
    expect(notes.count(/^g/)).toBe(3);
    expect(notes.count('run')).toBe(1);
  });

  test('that is queued twice while it is being worked on is worked on once.', async () => {
    const notes = new Notes();
    notes.tile = () => sleep(5);
    await queue.enqueueRun(RUN, RUN_JOB, groupsOf(600));
    notes.serve(20);
    await until(() => notes.count(/^t/) > 100);
    await queue.enqueueRun(
      RUN,
      RUN_JOB,
      groupsOf(600, (tile) => tile >= 550),
    );
    await untilState('absent');
    expect(notes.count('run')).toBe(1);
    expect(new Set(notes.calls.filter((call) => call.startsWith('t'))).size).toBe(600);
  });

  test('keeps every job under 1 KB.', async () => {
    await queue.enqueueRun(RUN, RUN_JOB, groupsOf(1200));
    const sizes = await Promise.all(
      (await jobKeys()).map(async (key) =>
        (await redis.type(key)) === 'hash' ? ((await redis.hget(key, 'data'))?.length ?? 0) : 0,
      ),
    );
    expect(sizes.filter((size) => size > 0).length).toBeGreaterThan(1200);
    expect(Math.max(...sizes)).toBeLessThan(1024);
  });
});

describe('A run of which nothing is missing', () => {
  test('goes straight to its reduction.', async () => {
    const notes = new Notes();
    notes.serve();
    await queue.enqueueRun(RUN, RUN_JOB, []);
    await untilState('absent');
    expect(notes.calls).toEqual(['run']);
  });
});

describe('A tile that fails', () => {
  test('is not tried again where that cannot help; its group hears of it, the others go on.', async () => {
    const notes = new Notes();
    notes.tile = (tile) => {
      if (tile === 7) throw new CitysinkError('OBJECT_CHANGED', 's3://scenes/a.tif was replaced');
    };
    notes.serve();
    await queue.enqueueRun(RUN, RUN_JOB, groupsOf(20));
    await untilState('absent');
    expect(notes.count('t7')).toBe(1);
    expect(notes.groupFailures.get(0)).toEqual([
      { tile: 7, code: 'OBJECT_CHANGED', message: 's3://scenes/a.tif was replaced' },
    ]);
    expect(notes.count('run')).toBe(1);
    expect(await jobKeys()).toEqual([]);
  });

  test('is tried again where that may help, and its group hears nothing.', async () => {
    const notes = new Notes();
    notes.tile = (tile) => {
      if (tile === 3 && notes.count('t3') < 3) throw new CitysinkError('STORE_UNAVAILABLE', 's3://scenes/a.tif: 503');
    };
    notes.serve();
    await queue.enqueueRun(RUN, RUN_JOB, groupsOf(5));
    await untilState('absent');
    expect(notes.count('t3')).toBe(3);
    expect(notes.groupFailures.get(0)).toEqual([]);
  });

  test('of an error that nobody foresaw is not retried and is told as INTERNAL.', async () => {
    const notes = new Notes();
    notes.tile = (tile) => {
      if (tile === 1) throw new TypeError('x is not a function');
    };
    notes.serve();
    await queue.enqueueRun(RUN, RUN_JOB, groupsOf(2));
    await untilState('absent');
    expect(notes.count('t1')).toBe(1);
    expect(notes.groupFailures.get(0)).toEqual([{ tile: 1, code: 'INTERNAL', message: 'x is not a function' }]);
  });
});

describe('A producer that dies before all groups are queued', () => {
  test('leaves the run held back; the next one queues the rest and lets it end.', async () => {
    const groups = groupsOf(1200);
    const dying = (function* () {
      yield groups[0] as TileGroup;
      throw new Error('killed');
    })();
    await expect(queue.enqueueRun(RUN, RUN_JOB, dying)).rejects.toThrow('killed');
    const notes = new Notes();
    notes.serve();
    await until(() => notes.count('g0') === 1);
    await sleep(300);
    expect(notes.count('run')).toBe(0);
    expect(await queue.runState(RUN)).toBe('queueing');
    // The next producer finds the first group's tiles in the store and queues what is missing.
    await queue.enqueueRun(
      RUN,
      RUN_JOB,
      groupsOf(1200, (tile) => tile >= GROUP_TILES),
    );
    await untilState('absent');
    expect(notes.count(/^t/)).toBe(1200);
    expect(notes.calls.at(-1)).toBe('run');
    expect(notes.count('run')).toBe(1);
  });
});

describe('Cancelling', () => {
  test('takes the waiting tiles away, marks the run, and lets it be queued anew.', async () => {
    const notes = new Notes();
    notes.tile = () => sleep(10);
    notes.run = () => {
      throw new CitysinkError('CANCELLED', 'the run was cancelled');
    };
    await queue.enqueueRun(RUN, RUN_JOB, groupsOf(1200));
    notes.serve(4);
    await until(() => notes.count(/^t/) >= 20);
    await queue.cancel(RUN, 3);
    expect(await queue.isCancelled(RUN)).toBe(true);
    await untilState('failed');
    const handled = notes.count(/^t/);
    expect(handled).toBeLessThan(1200);
    expect(await queue.runFailure(RUN)).toMatchObject({ code: 'CANCELLED' });
    await sleep(200);
    expect(notes.count(/^t/)).toBe(handled);
    expect(await queue.counts()).toEqual({ waiting: 0, active: 0, delayed: 0 });

    notes.run = () => {};
    await queue.enqueueRun(
      RUN,
      RUN_JOB,
      groupsOf(1200, (tile) => tile >= 1000),
    );
    expect(await queue.isCancelled(RUN)).toBe(false);
    await untilState('absent');
    expect(notes.count(/^t/)).toBe(handled + 200);
  });
});

describe('A run job that failed', () => {
  test('is replaced by the next one that is queued.', async () => {
    const notes = new Notes();
    notes.run = () => {
      throw new CitysinkError('TILES_MISSING', '3 of 4 tiles are not counted yet');
    };
    notes.serve();
    await queue.enqueueRun(RUN, RUN_JOB, groupsOf(4));
    await untilState('failed');
    expect(await queue.runFailure(RUN)).toMatchObject({
      code: 'TILES_MISSING',
      message: '3 of 4 tiles are not counted yet',
    });
    notes.run = () => {};
    await queue.enqueueRun(
      RUN,
      RUN_JOB,
      groupsOf(4, (tile) => tile > 0),
    );
    await untilState('absent');
    expect(notes.count('run')).toBe(2);
    expect(notes.count('t0')).toBe(1);
    expect(notes.count('t3')).toBe(2);
  });
});

describe('A Redis that is flushed in mid-run', () => {
  test('forgets the run; queueing what is missing completes it.', async () => {
    const done = new Set<number>();
    const notes = new Notes();
    notes.tile = async (tile) => {
      await sleep(5);
      done.add(tile);
    };
    await queue.enqueueRun(RUN, RUN_JOB, groupsOf(700));
    notes.serve(10);
    await until(() => done.size > 100);
    await redis.flushall();
    await until(async () => (await queue.runState(RUN)) === 'absent' && (await queue.counts()).active === 0);
    await sleep(100);
    expect(notes.count('run')).toBe(0);
    await queue.enqueueRun(
      RUN,
      RUN_JOB,
      groupsOf(700, (tile) => !done.has(tile)),
    );
    await until(() => notes.count('run') === 1);
    expect(done.size).toBe(700);
  });
});

describe('Draining', () => {
  test('waits for the tiles under way, takes no other, and leaves no job active.', async () => {
    const notes = new Notes();
    let ended = 0;
    notes.tile = async () => {
      await sleep(300);
      ended += 1;
    };
    await queue.enqueueRun(RUN, RUN_JOB, groupsOf(40));
    const service = notes.serve(4);
    await until(() => notes.count(/^t/) >= 4);
    expect(await service.drain(10_000)).toBe('drained');
    const begun = notes.count(/^t/);
    expect(ended).toBe(begun);
    expect(begun).toBeLessThan(40);
    expect(await queue.counts()).toMatchObject({ active: 0 });
    // Another worker process takes the rest.
    notes.tile = () => {};
    notes.serve();
    await untilState('absent');
    expect(notes.count(/^t/)).toBe(40);
  });

  test('leaves a job behind that does not end in time; another worker takes it as stalled.', async () => {
    const notes = new Notes();
    notes.tile = () => new Promise<void>(() => {});
    await queue.enqueueRun(RUN, RUN_JOB, groupsOf(1));
    const service = notes.serve(1);
    await until(() => notes.count('t0') === 1);
    expect(await service.drain(200)).toBe('abandoned');
    notes.tile = () => {};
    notes.serve(1);
    await untilState('absent');
    expect(notes.calls).toEqual(['t0', 't0', 'g0', 'run']);
  });
});

describe('The list of runs', () => {
  test('knows a run by name from registering to forgetting.', async () => {
    await queue.registerRun(RUN, RUN_JOB.runUrl);
    expect(await queue.registeredRuns()).toEqual({ [RUN]: RUN_JOB.runUrl });
    await queue.forgetRun(RUN);
    expect(await queue.registeredRuns()).toEqual({});
  });
});

test('Two prefixes on one Redis do not see each other.', async () => {
  const other = new JobQueue(server.url, `${prefix}-other`);
  await queue.enqueueRun(RUN, RUN_JOB, groupsOf(3));
  expect(await other.runState(RUN)).toBe('absent');
  expect(await other.counts()).toEqual({ waiting: 0, active: 0, delayed: 0 });
  await other.close();
  // BullMQ itself, asked directly, has the three tiles under this prefix.
  const tiles = new Queue('tiles', { connection: redis, prefix });
  expect(await tiles.count()).toBe(3);
  await tiles.close();
});

test('A Redis that is away stops no work: whether a run is cancelled is then not known.', async () => {
  const away = new JobQueue('redis://127.0.0.1:1', 'away');
  await expect(away.isCancelled('2021-0')).rejects.toThrow();
  expect(await away.isToldToStop('2021-0')).toBe(false);
  await expect(away.ledger('2021-0').refuseSpent('2021-0')).resolves.toBeUndefined();
  await away.close();
});
