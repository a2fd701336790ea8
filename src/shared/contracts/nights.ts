/**
 * Nights of a schedule: wall times of a pattern in a time zone. A night is named by its wall time, so it is the same night on every
 * machine, and each has one instant: where clocks go forward over it, the moment after the gap; where they go back, the first time that
 * they show it. So no change of clocks loses a night or makes two of one.
 */

import { type CronPattern, timesOfDay, type WallTime } from './cron-pattern.ts';

export interface Night {
  /** Wall time, such as 2026-03-29T0230. */
  readonly name: string;
  /** Milliseconds since 1970 at which it is due. */
  readonly dueMs: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Nights further back than this are not caught up. */
export const MOST_DAYS_BACK = 62;
/** A pattern that has no time in so many days has none: 29 February comes within eight years. */
const MOST_DAYS_AHEAD = 366 * 9;

/** Whether the zone is one that this machine knows. */
export function isTimeZone(name: string): boolean {
  try {
    return name !== '' && wallClock(name) !== null;
  } catch {
    return false;
  }
}

/** Nights due after `sinceMs` and up to `nowMs`, in the order of their instants; none from more than MOST_DAYS_BACK days ago. */
export function nightsDue(pattern: CronPattern, zone: string, sinceMs: number, nowMs: number): Night[] {
  const from = Math.max(sinceMs, nowMs - MOST_DAYS_BACK * DAY_MS);
  const nights: Night[] = [];
  // The wall is less than a day from UTC; one more day on each side holds every zone.
  for (let day = Math.floor(from / DAY_MS) - 1; day <= Math.floor(nowMs / DAY_MS) + 1; day++) {
    for (const wall of timesOfDay(pattern, day)) {
      const dueMs = instantOf(wall, zone);
      if (dueMs > from && dueMs <= nowMs) nights.push({ name: nightName(wall), dueMs });
    }
  }
  return nights.sort((a, b) => a.dueMs - b.dueMs || (a.name < b.name ? -1 : 1));
}

/** The first night after an instant; null: the pattern never comes (30 February). */
export function nextNight(pattern: CronPattern, zone: string, afterMs: number): Night | null {
  const first = Math.floor(afterMs / DAY_MS) - 1;
  for (let day = first; day < first + MOST_DAYS_AHEAD; day++) {
    for (const wall of timesOfDay(pattern, day)) {
      const dueMs = instantOf(wall, zone);
      if (dueMs > afterMs) return { name: nightName(wall), dueMs };
    }
  }
  return null;
}

function nightName({ year, month, day, hour, minute }: WallTime): string {
  const two = (number: number) => String(number).padStart(2, '0');
  return `${year}-${two(month)}-${two(day)}T${two(hour)}${two(minute)}`;
}

/** The first instant at which the clocks of a zone show a wall time or a later one. */
export function instantOf({ year, month, day, hour, minute }: WallTime, zone: string): number {
  const wall = Date.UTC(year, month - 1, day, hour, minute);
  const before = wall - offsetMs(zone, wall - DAY_MS);
  if (before + offsetMs(zone, before) === wall) return before;
  const after = wall - offsetMs(zone, wall + DAY_MS);
  if (after + offsetMs(zone, after) === wall) return after;
  return firstAfterGap(wall, zone);
}

/** Clocks jump over the wall time: the moment of the jump, by halving. */
function firstAfterGap(wall: number, zone: string): number {
  let [low, high] = [wall - DAY_MS, wall + DAY_MS];
  while (high - low > MINUTE_MS) {
    const middle = low + Math.floor((high - low) / (2 * MINUTE_MS)) * MINUTE_MS;
    if (middle + offsetMs(zone, middle) >= wall) high = middle;
    else low = middle;
  }
  return high;
}

/** Clock of the zone less UTC at an instant, ms. */
function offsetMs(zone: string, instant: number): number {
  const whole = Math.floor(instant / 1000) * 1000;
  const parts = new Map(
    wallClock(zone)
      .formatToParts(whole)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second')) - whole;
}

const clocks = new Map<string, Intl.DateTimeFormat>();

function wallClock(zone: string): Intl.DateTimeFormat {
  const kept = clocks.get(zone);
  if (kept !== undefined) return kept;
  const clock = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'iso8601',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  clocks.set(zone, clock);
  return clock;
}
