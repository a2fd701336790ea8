import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type EndOfCity, type NightWork, payNights } from '../../src/cli/nightly/due-nights.ts';
import { NightWatch } from '../../src/cli/nightly/night-watch.ts';
import { ScheduleBook } from '../../src/cli/nightly/schedule-book.ts';
import { SCHEDULE_SCHEMA, type Schedule } from '../../src/shared/contracts/schedule.ts';
import { NightQueue } from '../../src/shared/io/night-queue.ts';
import { StoreRegistry } from '../../src/shared/io/open-store.ts';
import type { PrivateRedis } from '../../src/shared/io/private-redis.ts';
import { DEFAULT_STORE_SETTINGS } from '../../src/shared/io/store-settings.ts';
import { pathToUrl } from '../../src/shared/io/store-url.ts';
import { createLog } from '../../src/shared/log.ts';
import { temporaryFolder } from '../support/city.ts';
import { startTestRedis } from '../support/redis-server.ts';

/** The ledger of nights in a real store, and its bells on a real Redis; cities are stand-ins that note what is asked of them. */

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const SPECS = ['file:///r/a.yaml', 'file:///r/b.yaml', 'file:///r/c.yaml'];
const stores = new StoreRegistry(DEFAULT_STORE_SETTINGS);

async function newBook(): Promise<ScheduleBook> {
  return new ScheduleBook(pathToUrl(`${await temporaryFolder()}/`), stores);
}

function scheduleOf(tz: string, since: string, cron = '30 2 * * *'): Schedule {
  return { schema: SCHEDULE_SCHEMA, name: 'delta', places: ['file:///r/'], cron, tz, since, out: null };
}

/** Cities whose request of one night is one run, whoever asks. `fate` may kill the process at a point. */
class Cities implements NightWork {
  /** Runs that came to their end, as `spec night`. */
  readonly ended: string[] = [];
  asked = 0;
  fate: (point: 'before' | 'planned' | 'run', spec: string) => void = () => {};
  outcome: (spec: string) => Partial<EndOfCity> = () => ({});

  async specsOf(): Promise<readonly string[]> {
    return SPECS;
  }

  async run(...[specs, , planned, ended]: Parameters<NightWork['run']>): Promise<void> {
    this.asked += 1;
    for (const spec of specs) {
      this.fate('before', spec);
      const city = spec.slice(-6, -5);
      await planned(spec, { city, run: `2021-${city}`, runUrl: `file:///r/${city}/` });
      this.fate('planned', spec);
      this.fate('run', spec);
      this.ended.push(spec);
      await ended(spec, { run: `2021-${city}`, status: 'DONE', message: null, retry: false, ...this.outcome(spec) });
    }
  }
}

/** Chance that is the same each time (mulberry32). */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe('Sixty nights, with processes killed at any point about the time they are due, clocks ten minutes off either way', () => {
  test.each([
    ['Europe/Berlin', '2026-02-20T12:00:00.000Z', 'forward', 1],
    ['Europe/Berlin', '2026-10-01T12:00:00.000Z', 'back', 2],
    ['America/New_York', '2026-02-10T12:00:00.000Z', 'forward', 2],
    ['America/New_York', '2026-10-05T12:00:00.000Z', 'back', 1],
  ])(
    '%s from %s, where clocks go %s, on %i hosts: sixty nights a city, none lost and none doubled.',
    async (tz, since, _, hosts) => {
      const book = await newBook();
      const schedule = scheduleOf(tz, since);
      const cities = new Cities();
      const chance = dice(since.length + tz.length);
      cities.fate = () => {
        if (chance() < 0.1) throw new Error('killed');
      };
      const begin = Date.parse(since);
      // The 60th night is due within 59 days and the change of clocks of the first one's time.
      const end = begin + 60 * 24 * HOUR_MS;
      let lost = 0;
      for (let at = begin; at < end; at += (0.2 + 3 * chance()) * HOUR_MS) {
        const skewMs = (chance() * 20 - 10) * MINUTE_MS;
        // New processes each time: they know nothing but what stands in the store.
        const looks = Array.from({ length: hosts }, () => payNights(schedule, book, cities, () => at + skewMs));
        lost += (await Promise.allSettled(looks)).filter(({ status }) => status === 'rejected').length;
      }
      cities.fate = () => {};
      await payNights(schedule, book, cities, () => end);
      expect(lost).toBeGreaterThan(20);
      // Two hosts without a Redis between them may both ask for a night's run, which is one run by its name.
      if (hosts === 1) for (const spec of SPECS) expect(cities.ended.filter((one) => one === spec)).toHaveLength(60);
      const entries = await book.entries('delta');
      const byCity = Map.groupBy(entries, ({ spec }) => spec);
      expect([...byCity.keys()].sort()).toEqual(SPECS);
      for (const list of byCity.values()) {
        expect(list).toHaveLength(60);
        expect(new Set(list.map(({ night }) => night)).size).toBe(60);
      }
      const asked = cities.asked;
      expect(await payNights(schedule, book, cities, () => end)).toEqual([]);
      expect(cities.asked).toBe(asked);
    },
  );

  test('a night that nobody was there for is caught up, several come to one run, and none older than two months.', async () => {
    const book = await newBook();
    const schedule = scheduleOf('UTC', '2026-01-01T00:00:00.000Z');
    const cities = new Cities();
    const closed = await payNights(schedule, book, cities, () => Date.parse('2026-01-04T12:00Z'));
    expect(closed).toEqual(['2026-01-01T0230', '2026-01-02T0230', '2026-01-03T0230', '2026-01-04T0230']);
    expect(cities.ended).toEqual(SPECS);
    const entries = await book.entries('delta');
    expect(entries.filter(({ spec }) => spec === SPECS[0]).map(({ late }) => late)).toEqual([true, true, true, true]);
    const later = await payNights(schedule, book, cities, () => Date.parse('2026-06-01T12:00Z'));
    expect(later).toHaveLength(62);
    expect(later.at(-1)).toBe('2026-06-01T0230');
  });

  test('a city that fails for a passing cause keeps its night open, the others are not run again; a lasting one ends it.', async () => {
    const book = await newBook();
    const schedule = scheduleOf('UTC', '2026-01-01T00:00:00.000Z');
    const now = () => Date.parse('2026-01-01T12:00Z');
    const cities = new Cities();
    cities.outcome = (spec) => (spec === SPECS[1] ? { run: null, status: 'STORE_TIMEOUT', retry: true } : {});
    expect(await payNights(schedule, book, cities, now)).toEqual([]);
    cities.outcome = (spec) => (spec === SPECS[1] ? { run: null, status: 'REQUEST_INVALID' } : {});
    expect(await payNights(schedule, book, cities, now)).toEqual(['2026-01-01T0230']);
    expect(cities.ended).toEqual([...SPECS, SPECS[1]]);
  });
});

describe('Schedules and a Redis that is lost', () => {
  let server: PrivateRedis;
  let redis: Redis;

  beforeAll(async () => {
    server = await startTestRedis();
    redis = new Redis(server.url);
  });

  afterAll(async () => {
    redis?.disconnect();
    await server?.stop();
  });

  const until = async (what: () => boolean | Promise<boolean>) => {
    while (!(await what())) await sleep(20);
  };

  test('bells hang as the store has them; after a flush they hang again, and the night that fell into it is run once.', async () => {
    const book = await newBook();
    let nowMs = Date.parse('2026-05-01T00:00Z');
    const cities = new Cities();
    const watches = [1, 2].map(() => {
      const queue = new NightQueue(server.url, 'nights-1', book.root);
      return new NightWatch({ book, queue, work: cities, now: () => nowMs, log: createLog('silent') });
    });
    const bells = new NightQueue(server.url, 'nights-1', book.root);
    await book.keep(scheduleOf('Asia/Shanghai', '2026-05-01T00:00:00.000Z'));
    for (const watch of watches) watch.start();
    await watches[0]?.look();
    expect([...(await bells.hanging()).keys()]).toEqual(['delta']);
    expect(cities.asked).toBe(0);
    // 02:30 in Shanghai is 18:30 UTC of the day before.
    for (const [night, name] of [
      ['2026-05-01T18:31Z', '2026-05-02T0230'],
      ['2026-05-02T18:31Z', '2026-05-03T0230'],
      ['2026-05-03T18:31Z', '2026-05-04T0230'],
    ] as const) {
      await redis.flushall();
      nowMs = Date.parse(night);
      await Promise.all(watches.map((watch) => watch.look()));
      await until(() => book.isClosed('delta', name));
      expect([...(await bells.hanging()).keys()]).toEqual(['delta']);
    }
    expect(cities.ended).toHaveLength(3 * SPECS.length);
    expect(await book.entries('delta')).toHaveLength(3 * SPECS.length);
    await book.remove('delta');
    await watches[1]?.look();
    expect((await bells.hanging()).size).toBe(0);
    await Promise.all(watches.map((watch) => watch.close(5_000)));
    await bells.close();
  });

  test('two results roots on one Redis leave each other their bells, also where schedules have one name.', async () => {
    const [one, other] = [await newBook(), await newBook()];
    const queues = [one, other].map(({ root }) => new NightQueue(server.url, 'nights-3', root));
    const [first, second] = queues as [NightQueue, NightQueue];
    await first.hangUp([{ schedule: 'delta', cron: '0 2 * * *', tz: 'UTC' }]);
    await second.hangUp([]);
    expect([...(await first.hanging()).keys()]).toEqual(['delta']);
    expect((await second.hanging()).size).toBe(0);
    await Promise.all(queues.map((queue) => queue.close()));
  });

  test('a bell that rings by the clock of BullMQ is answered without anybody looking.', async () => {
    const book = await newBook();
    const queue = new NightQueue(server.url, 'nights-2', book.root);
    const cities = new Cities();
    const since = new Date(Date.now() - 24 * HOUR_MS).toISOString();
    const watch = new NightWatch({ book, queue, work: cities, now: Date.now, log: createLog('silent') });
    await book.keep(scheduleOf('UTC', since, '15 3 * * *'));
    await queue.hangUp([{ schedule: 'delta', cron: '* * * * * *', tz: 'UTC' }]);
    watch.start();
    await until(() => cities.ended.length === SPECS.length);
    await watch.close(5_000);
    expect(await book.entries('delta')).toHaveLength(SPECS.length);
  });
});

test('A schedule that is kept again with the same times keeps its beginning; with others it begins anew.', async () => {
  const book = await newBook();
  expect(await book.keep(scheduleOf('UTC', '2026-01-01T00:00:00.000Z'))).toBe('new');
  expect(await book.keep(scheduleOf('UTC', '2026-02-01T00:00:00.000Z'))).toBe('unchanged');
  expect(await book.keep({ ...scheduleOf('UTC', '2026-03-01T00:00:00.000Z'), places: ['s3://specs/'] })).toBe(
    'changed',
  );
  expect((await book.find('delta'))?.since).toBe('2026-01-01T00:00:00.000Z');
  await book.keep(scheduleOf('Asia/Shanghai', '2026-04-01T00:00:00.000Z'));
  expect((await book.find('delta'))?.since).toBe('2026-04-01T00:00:00.000Z');
});
