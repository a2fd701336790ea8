import { type Night, nightsDue } from '../../shared/contracts/nights.ts';
import { NIGHT_SCHEMA, type NightEntry, patternOf, type Schedule } from '../../shared/contracts/schedule.ts';
import type { ScheduleBook } from './schedule-book.ts';

/** What a schedule owes by now, and how it is paid: the clock says which nights are due, the ledger which of them are done. */

/** The run that a city's request came to. */
export interface CityOfNight {
  readonly city: string;
  readonly run: string;
  readonly runUrl: string;
}

/** How a city ended; `retry`: for a cause that may pass, so that the night is not over for it. */
export interface EndOfCity {
  readonly run: string | null;
  readonly status: string;
  readonly message: string | null;
  readonly retry: boolean;
}

export interface NightWork {
  /** Specs of the schedule's places as they are now. */
  specsOf(schedule: Schedule): Promise<readonly string[]>;
  /** Runs cities together. `planned` is called for each before anything of it is queued, `ended` once it has. */
  run(
    specs: readonly string[],
    schedule: Schedule,
    planned: (spec: string, city: CityOfNight) => Promise<void>,
    ended: (spec: string, end: EndOfCity) => Promise<void>,
  ): Promise<void>;
}

/** An entry made this long after its night is due was made up for. */
const LATE_MS = 60 * 60_000;

/** Nights that are closed, remembered so that the store is asked once. */
export type ClosedNights = Set<string>;

/** Nights that are due by `nowMs` and not closed, the oldest first. */
export async function owedNights(
  schedule: Schedule,
  book: ScheduleBook,
  nowMs: number,
  closed: ClosedNights,
): Promise<Night[]> {
  const due = nightsDue(patternOf(schedule), schedule.tz, Date.parse(schedule.since), nowMs);
  const owed: Night[] = [];
  for (const night of due) {
    const key = `${schedule.name} ${night.name}`;
    if (closed.has(key)) continue;
    if (await book.isClosed(schedule.name, night.name)) closed.add(key);
    else owed.push(night);
  }
  return owed;
}

/**
 * Runs what the schedule owes. Several nights that were missed come to one run a city, since imagery is as it is now; each has its
 * own entry. What is claimed and has not ended is gone on with; what has ended is not run again. Answers the nights that it closed.
 */
export async function payNights(
  schedule: Schedule,
  book: ScheduleBook,
  work: NightWork,
  now: () => number,
  closed: ClosedNights = new Set(),
): Promise<string[]> {
  const owed = await owedNights(schedule, book, now(), closed);
  if (owed.length === 0) return [];
  const specs = await work.specsOf(schedule);
  const open = await openCities(schedule, book, owed, specs);
  const left = new Set(open.keys());
  await work.run(
    [...open.keys()],
    schedule,
    async (spec, city) => {
      for (const night of open.get(spec) ?? []) await book.claim(entryOf(schedule, night, spec, city, now()));
    },
    async (spec, { run, status, message, retry }) => {
      if (retry) return;
      const finished = new Date(now()).toISOString();
      for (const night of open.get(spec) ?? []) {
        // A spec that could not be planned has no entry yet.
        await book.claim(entryOf(schedule, night, spec, null, now()));
        const end = { schema: NIGHT_SCHEMA, night: night.name, spec, run, status, message, finished } as const;
        await book.end(schedule.name, end);
      }
      left.delete(spec);
    },
  );
  if (left.size > 0) return [];
  for (const { name } of owed) {
    await book.close(schedule.name, name, specs.length, new Date(now()).toISOString());
    closed.add(`${schedule.name} ${name}`);
  }
  return owed.map(({ name }) => name);
}

/** By spec, the nights that have not ended for it. */
async function openCities(
  schedule: Schedule,
  book: ScheduleBook,
  owed: readonly Night[],
  specs: readonly string[],
): Promise<Map<string, Night[]>> {
  const open = new Map<string, Night[]>();
  for (const spec of specs) {
    const ended = await Promise.all(owed.map(({ name }) => book.hasEnded(schedule.name, name, spec)));
    const nights = owed.filter((_, index) => ended[index] === false);
    if (nights.length > 0) open.set(spec, nights);
  }
  return open;
}

function entryOf(schedule: Schedule, night: Night, spec: string, city: CityOfNight | null, nowMs: number): NightEntry {
  return {
    schema: NIGHT_SCHEMA,
    schedule: schedule.name,
    night: night.name,
    spec,
    city: city?.city ?? null,
    run: city?.run ?? null,
    url: city?.runUrl ?? null,
    claimed: new Date(nowMs).toISOString(),
    late: nowMs - night.dueMs > LATE_MS,
  };
}
