import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { enqueue, enqueueMore, WINDOW_GROUPS } from '../../src/producer/enqueue.ts';
import type { Plan, PlannedTile } from '../../src/shared/contracts/plan.ts';
import { GROUP_TILES, parseTileJob } from '../../src/shared/contracts/tile-job.ts';
import { JobQueue } from '../../src/shared/io/job-queue.ts';
import type { PrivateRedis } from '../../src/shared/io/private-redis.ts';
import { startTestRedis } from '../support/redis-server.ts';

/** Cities that are queued together, with tiles that cost nothing: in which turns they are taken, and how many stand in Redis. */

let server: PrivateRedis;
let redis: Redis;
let queue: JobQueue;

beforeAll(async () => {
  server = await startTestRedis();
  redis = new Redis(server.url);
});

afterEach(async () => {
  await queue.close();
  await redis.flushall();
});

afterAll(async () => {
  redis?.disconnect();
  await server?.stop();
});

const urlOf = (run: string) => `s3://results/${run}/2021-${run}/`;

function cityOf(run: string, count: number): { plan: Plan; runUrl: string; tiles: PlannedTile[] } {
  const tiles = Array.from({ length: count }, (_, tile): PlannedTile => {
    return [0, tile, 1, 1, [0], tile.toString(16).padStart(32, '0')];
  });
  return { plan: { run } as Plan, runUrl: urlOf(run), tiles };
}

/** Runs as their tiles were taken, one after the other, until none is left. */
async function takenInOrder(runs: readonly string[], concurrency: number): Promise<string[]> {
  const taken: string[] = [];
  const handlers = {
    tile: async (data: unknown) => {
      taken.push(parseTileJob(data).runUrl.split('/').at(-3) ?? '');
    },
    group: async () => {},
    run: async () => {},
  };
  const service = queue.serve(handlers, { concurrency, tileDeadlineMs: 60_000 });
  for (const run of runs) while ((await queue.runState(run)) !== 'absent') await sleep(20);
  await service.drain(2_000);
  return taken;
}

describe('Small cities behind a large one', () => {
  test('wait for one turn of it, not for all of it; the large one goes on between them and is whole in the end.', async () => {
    queue = new JobQueue(server.url, 'fair');
    const runs = ['large', ...Array.from({ length: 30 }, (_, i) => `small-${i}`)];
    for (const run of runs) {
      const { plan, runUrl, tiles } = cityOf(run, run === 'large' ? 1500 : 5);
      await enqueue(queue, plan, runUrl, tiles, [...tiles.keys()]);
    }
    const taken = await takenInOrder(runs, 1);
    expect(taken).toHaveLength(1500 + 30 * 5);
    const lastSmall = taken.findLastIndex((run) => run !== 'large');
    // 150 tiles of small cities, and 64 of the large one before them.
    expect(lastSmall).toBeLessThan(64 + 150);
  });

  test('take turns with a second large one from its second turn on.', async () => {
    queue = new JobQueue(server.url, 'two');
    for (const run of ['one', 'two']) {
      const { plan, runUrl, tiles } = cityOf(run, 640);
      await enqueue(queue, plan, runUrl, tiles, [...tiles.keys()]);
    }
    const taken = await takenInOrder(['one', 'two'], 1);
    for (let turn = 1; turn <= 10; turn++) {
      const of = taken.slice(0, turn * 128).filter((run) => run === 'one').length;
      expect(of).toBe(turn * 64);
    }
  });
});

describe('A city of more tiles than stand in Redis at once', () => {
  test('waits behind its gate with a window of groups; the rest follows as there is room, and each tile is taken once.', async () => {
    queue = new JobQueue(server.url, 'window');
    const count = (WINDOW_GROUPS + 1) * GROUP_TILES + 7;
    const city = cityOf('huge', count);
    let later = await enqueue(queue, city.plan, city.runUrl, city.tiles, [...city.tiles.keys()]);
    expect(later).toHaveLength(GROUP_TILES + 7);
    expect(await queue.runState('huge')).toBe('queueing');
    expect(await queue.tilesLater('huge')).toBe(GROUP_TILES + 7);
    expect((await queue.counts()).waiting).toBe(WINDOW_GROUPS * GROUP_TILES);
    const memory = Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]);
    expect(memory).toBeLessThan(64 * 2 ** 20);
    expect(await enqueueMore(queue, city, later, 0)).toBe(later);
    later = await enqueueMore(queue, city, later, 1);
    expect(later).toHaveLength(7);
    expect(await queue.runState('huge')).toBe('queueing');
    expect(await enqueueMore(queue, city, later, 3)).toEqual([]);
    expect(await queue.runState('huge')).toBe('working');
    expect(await queue.tilesLater('huge')).toBe(0);
    const taken = await takenInOrder(['huge'], 50);
    expect(taken).toHaveLength(count);
  });
});
