import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CronPattern, parseCron } from '../../src/shared/contracts/cron-pattern.ts';
import { instantOf, isTimeZone, nextNight, nightsDue } from '../../src/shared/contracts/nights.ts';

/** When nights are due, over changes of clocks: names, instants, and that none is lost or doubled. */

function cron(text: string): CronPattern {
  const pattern = parseCron(text);
  if (typeof pattern === 'string') throw new Error(pattern);
  return pattern;
}

const utc = (text: string) => Date.parse(text);
const DAY_MS = 86_400_000;
const ZONES = [
  'Europe/Berlin',
  'America/New_York',
  'Asia/Shanghai',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Asia/Kathmandu',
  'UTC',
];

describe('A night at 02:30', () => {
  test('that clocks jump over is due when they have jumped, once.', () => {
    const nights = nightsDue(cron('30 2 * * *'), 'Europe/Berlin', utc('2026-03-28T12:00Z'), utc('2026-03-30T12:00Z'));
    expect(nights.map(({ name, dueMs }) => [name, new Date(dueMs).toISOString()])).toEqual([
      ['2026-03-29T0230', '2026-03-29T01:00:00.000Z'],
      ['2026-03-30T0230', '2026-03-30T00:30:00.000Z'],
    ]);
  });

  test('that clocks show twice is due the first time, once.', () => {
    const berlin = nightsDue(cron('30 2 * * *'), 'Europe/Berlin', utc('2026-10-24T12:00Z'), utc('2026-10-26T12:00Z'));
    expect(berlin.map(({ name, dueMs }) => [name, new Date(dueMs).toISOString()])).toEqual([
      ['2026-10-25T0230', '2026-10-25T00:30:00.000Z'],
      ['2026-10-26T0230', '2026-10-26T01:30:00.000Z'],
    ]);
    const york = nightsDue(cron('30 1 * * *'), 'America/New_York', utc('2026-10-31T12:00Z'), utc('2026-11-02T12:00Z'));
    expect(york.map(({ dueMs }) => new Date(dueMs).toISOString())).toEqual([
      '2026-11-01T05:30:00.000Z',
      '2026-11-02T06:30:00.000Z',
    ]);
  });

  test('on a day that a zone leaves out falls together with the next, and both keep their names.', () => {
    // Samoa had no 30 December 2011.
    const nights = nightsDue(cron('0 2 * * *'), 'Pacific/Apia', utc('2011-12-29T00:00Z'), utc('2012-01-01T00:00Z'));
    expect(nights.map(({ name }) => name)).toEqual(expect.arrayContaining(['2011-12-30T0200', '2011-12-31T0200']));
    expect(new Set(nights.map(({ name }) => name)).size).toBe(nights.length);
  });
});

describe('Any zone, any time of day', () => {
  const moment = fc.record({
    zone: fc.constantFrom(...ZONES),
    hour: fc.integer({ min: 0, max: 23 }),
    minute: fc.integer({ min: 0, max: 59 }),
    start: fc.integer({ min: utc('2024-01-01T00:00Z') / DAY_MS, max: utc('2030-01-01T00:00Z') / DAY_MS }),
  });

  test('sixty days have sixty nights, in order, a day but for the change of clocks apart.', () => {
    fc.assert(
      fc.property(moment, ({ zone, hour, minute, start }) => {
        const pattern = cron(`${minute} ${hour} * * *`);
        const first = nextNight(pattern, zone, start * DAY_MS);
        if (first === null) throw new Error('no night');
        const nights = nightsDue(pattern, zone, first.dueMs - 1, first.dueMs + 59 * DAY_MS + 3 * 3_600_000);
        expect([60, 61]).toContain(nights.length);
        for (const [index, night] of nights.slice(1).entries()) {
          const apart = (night.dueMs - (nights[index]?.dueMs ?? 0)) / 3_600_000;
          expect(apart).toBeGreaterThanOrEqual(22);
          expect(apart).toBeLessThanOrEqual(26);
        }
        expect(new Set(nights.map(({ name }) => name)).size).toBe(nights.length);
      }),
      { numRuns: 150 },
    );
  });

  test('looking at any moments, in any order of steps, finds each night once: what is due by then and was not before.', () => {
    const steps = fc.array(fc.integer({ min: 1, max: 40 * 60 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(moment, steps, ({ zone, hour, minute, start }, minutes) => {
        const pattern = cron(`${minute} ${hour} * * *`);
        const found: string[] = [];
        const begin = start * DAY_MS;
        let at = begin;
        for (const step of minutes) {
          const next = at + step * 60_000;
          found.push(...nightsDue(pattern, zone, at, next).map(({ name }) => name));
          at = next;
        }
        const all = nightsDue(pattern, zone, begin, at).map(({ name }) => name);
        // More than sixty-two days back is given up.
        expect(found.slice(-all.length)).toEqual(all);
        expect(new Set(found).size).toBe(found.length);
      }),
      { numRuns: 100 },
    );
  });

  test('the clock shows the wall time at its instant, but where it jumps over it.', () => {
    fc.assert(
      fc.property(moment, ({ zone, hour, minute, start }) => {
        const date = new Date(start * DAY_MS);
        const wall = {
          year: date.getUTCFullYear(),
          month: date.getUTCMonth() + 1,
          day: date.getUTCDate(),
          hour,
          minute,
        };
        const shown = (ms: number) =>
          new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' }).format(ms);
        const wanted = new Date(Date.UTC(wall.year, wall.month - 1, wall.day, hour, minute))
          .toISOString()
          .slice(0, 16)
          .replace('T', ' ');
        const instant = instantOf(wall, zone);
        expect(shown(instant) >= wanted).toBe(true);
        expect(shown(instant - 60_000) < wanted).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

describe('A pattern', () => {
  test.each([
    ['0 2 * * *', '2026-05-04T10:00Z', '2026-05-05T0200'],
    ['0 2 * * mon-fri', '2026-05-08T10:00Z', '2026-05-11T0200'],
    ['*/30 1 1,15 * *', '2026-05-02T10:00Z', '2026-05-15T0100'],
    ['0 2 29 2 *', '2026-05-02T10:00Z', '2028-02-29T0200'],
    ['0 2 13 * 5', '2026-05-04T10:00Z', '2026-05-08T0200'],
    ['0 2 * jan,jul 7', '2026-05-04T10:00Z', '2026-07-05T0200'],
  ])('%s comes next after %s as %s.', (text, after, name) => {
    expect(nextNight(cron(text), 'UTC', utc(after))?.name).toBe(name);
  });

  test('that cannot be read is told by its field; one that never comes has no next.', () => {
    expect(parseCron('0 2 * *')).toMatch(/five fields/);
    expect(parseCron('0 24 * * *')).toMatch(/"24" is no hour/);
    expect(parseCron('0 2 * foo *')).toMatch(/"foo" is no month/);
    expect(parseCron('5-1 2 * * *')).toMatch(/is no minute/);
    expect(parseCron('0 2 */0 * *')).toMatch(/is no day of month/);
    expect(parseCron('* * * * *')).toMatch(/1440 times a day/);
    expect(nextNight(cron('0 2 30 2 *'), 'UTC', 0)).toBeNull();
    expect(isTimeZone('Europe/Berlin')).toBe(true);
    expect(isTimeZone('Europe/Atlantis')).toBe(false);
  });
});
