/**
 * When a schedule is due, on the clock of a wall: minute, hour, day of month, month, day of week, as cron has them. Wall times have no
 * zone here; nights.ts gives them their instants.
 */

export interface CronPattern {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly days: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  /** 0 is Sunday. */
  readonly weekdays: ReadonlySet<number>;
  /** Where both days are restricted either will do, as in cron. */
  readonly eitherDay: boolean;
}

/** A time on the wall, month from 1. */
export interface WallTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
}

/** More times a day than this are no nights: each is a whole region. */
export const MOST_TIMES_A_DAY = 24;

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** The pattern of five fields, or what is wrong with it in words. */
export function parseCron(text: string): CronPattern | string {
  const fields = text.trim().toLowerCase().split(/\s+/);
  if (fields.length !== 5) return 'expected five fields: minute, hour, day of month, month, day of week';
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = fields;
  const parsed = [
    fieldOf(minute, 0, 59),
    fieldOf(hour, 0, 23),
    fieldOf(day, 1, 31),
    fieldOf(month, 1, 12, MONTHS, 1),
    fieldOf(weekday, 0, 7, WEEKDAYS, 0),
  ] as const;
  const wrong = parsed.indexOf(null);
  if (wrong >= 0)
    return `"${fields[wrong]}" is no ${['minute', 'hour', 'day of month', 'month', 'day of week'][wrong]}`;
  const [minutes, hours, days, months, weekdays] = parsed as readonly ReadonlySet<number>[];
  if (!minutes || !hours || !days || !months || !weekdays) return 'expected five fields';
  const times = minutes.size * hours.size;
  if (times > MOST_TIMES_A_DAY) return `${times} times a day, more than ${MOST_TIMES_A_DAY}`;
  const sundays = new Set([...weekdays].map((number) => number % 7));
  const eitherDay = !day.startsWith('*') && !weekday.startsWith('*');
  return { minutes, hours, days, months, weekdays: sundays, eitherDay };
}

/** `*`, `5`, `1-5`, `mon`, steps behind any of them, and lists of all these; null where it is none. */
function fieldOf(
  text: string,
  least: number,
  most: number,
  names: readonly string[] = [],
  firstName = 0,
): Set<number> | null {
  const values = new Set<number>();
  const numberOf = (word: string) => {
    const name = names.indexOf(word);
    if (name >= 0) return name + firstName;
    return /^\d{1,2}$/.test(word) ? Number(word) : Number.NaN;
  };
  for (const part of text.split(',')) {
    const found = /^(\*|[a-z0-9]+)(?:-([a-z0-9]+))?(?:\/(\d{1,2}))?$/.exec(part);
    if (found === null) return null;
    const [, from = '', to, every] = found;
    const start = from === '*' ? least : numberOf(from);
    const end = from === '*' || (to === undefined && every !== undefined) ? most : numberOf(to ?? from);
    const step = every === undefined ? 1 : Number(every);
    if (!(start >= least && start <= end && end <= most && step >= 1) || (from === '*' && to !== undefined))
      return null;
    for (let value = start; value <= end; value += step) values.add(value);
  }
  return values;
}

const DAY_MS = 86_400_000;

/** Wall times of one day, in order; `day` counts days from 1970-01-01. */
export function timesOfDay(pattern: CronPattern, day: number): WallTime[] {
  const date = new Date(day * DAY_MS);
  const [year, month, dayOfMonth] = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
  const byDate = pattern.days.has(dayOfMonth);
  const byWeekday = pattern.weekdays.has(date.getUTCDay());
  const isDay = pattern.eitherDay ? byDate || byWeekday : byDate && byWeekday;
  if (!pattern.months.has(month) || !isDay) return [];
  const inOrder = (numbers: ReadonlySet<number>) => [...numbers].sort((a, b) => a - b);
  return inOrder(pattern.hours).flatMap((hour) =>
    inOrder(pattern.minutes).map((minute) => ({ year, month, day: dayOfMonth, hour, minute })),
  );
}
