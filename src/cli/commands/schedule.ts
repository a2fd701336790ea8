import { setTimeout as sleep } from 'node:timers/promises';
import { parseCron } from '../../shared/contracts/cron-pattern.ts';
import { isTimeZone, nextNight } from '../../shared/contracts/nights.ts';
import { REGION_NAME } from '../../shared/contracts/region-schema.ts';
import { patternOf, SCHEDULE_SCHEMA, type Schedule } from '../../shared/contracts/schedule.ts';
import { CitysinkError, type Problem, toCitysinkError } from '../../shared/errors.ts';
import { NightQueue } from '../../shared/io/night-queue.ts';
import { type CliContext, folderArgument, urlArgument } from '../context.ts';
import { startEngine } from '../engine.ts';
import { onInterrupt } from '../interrupt.ts';
import { cityWork } from '../nightly/city-work.ts';
import { owedNights, payNights } from '../nightly/due-nights.ts';
import { LOOK_EVERY_MS, NightWatch } from '../nightly/night-watch.ts';
import { ScheduleBook } from '../nightly/schedule-book.ts';
import { placeText } from '../place-text.ts';
import { regionOf } from '../region/read-region.ts';

/** SIGTERM to exit: cities under way are stopped, finished tiles kept. */
const DRAIN_DEADLINE_MS = 20_000;

export interface ScheduleOptions {
  readonly out: string | null;
  readonly json: boolean;
}

function bookOf({ out }: { readonly out: string | null }, context: CliContext): ScheduleBook {
  return new ScheduleBook(folderArgument(out ?? './results'), context.stores);
}

/** Keeps a schedule in the results root. */
export async function scheduleAddCommand(
  places: readonly string[],
  options: ScheduleOptions & { readonly cron: string; readonly tz: string; readonly name: string | null },
  context: CliContext,
): Promise<number> {
  const name = options.name ?? (await nameOf(places[0] ?? '', context));
  refuseMistakes(name, options);
  const schedule: Schedule = {
    schema: SCHEDULE_SCHEMA,
    name,
    places: places.map(urlArgument),
    cron: options.cron.trim(),
    tz: options.tz,
    since: new Date().toISOString(),
    out: options.out === null ? null : folderArgument(options.out),
  };
  const kept = await bookOf(options, context).keep(schedule);
  const next = nextNight(patternOf(schedule), schedule.tz, Date.now());
  if (options.json) context.print(JSON.stringify({ schedule: name, outcome: kept, next: timeOf(next) }, null, 1));
  else context.print(`${name}  ${kept}  next ${timeOf(next) ?? 'never'}`);
  return 0;
}

/** The region's name, or the file's. */
async function nameOf(place: string, context: CliContext): Promise<string> {
  const region = await regionOf(place, context);
  if (region !== null) return region.name;
  const stem =
    place
      .split('/')
      .at(-1)
      ?.replace(/\.[a-z]+$/i, '') ?? '';
  return stem.toLowerCase().replace(/[^a-z0-9-]+/g, '-') || 'nightly';
}

function refuseMistakes(name: string, { cron, tz }: { readonly cron: string; readonly tz: string }): void {
  const problems: Problem[] = [];
  const pattern = parseCron(cron);
  if (typeof pattern === 'string') {
    problems.push({ where: '--cron', message: pattern, expected: 'such as "0 2 * * *"', found: cron });
  }
  if (!isTimeZone(tz)) {
    problems.push({ where: '--tz', message: 'no time zone', expected: 'such as Asia/Shanghai or UTC', found: tz });
  }
  if (!REGION_NAME.test(name)) {
    problems.push({
      where: '--name',
      message: 'no short name',
      expected: 'lower-case letters, digits, -',
      found: name,
    });
  }
  if (problems.length === 0) return;
  throw new CitysinkError('CONFIG_INVALID', 'the schedule cannot be kept', { problems });
}

export async function scheduleListCommand(options: ScheduleOptions, context: CliContext): Promise<number> {
  const book = bookOf(options, context);
  const views = await Promise.all(
    (await book.list()).map(async (schedule) => {
      const owed = await owedNights(schedule, book, Date.now(), new Set());
      const { name, cron, tz, places, since } = schedule;
      const next = timeOf(nextNight(patternOf(schedule), tz, Date.now()));
      return { name, cron, tz, next, owed: owed.map((night) => night.name), places, since };
    }),
  );
  if (options.json) context.print(JSON.stringify({ schedules: views }, null, 1));
  else if (views.length === 0) context.print(`no schedules in ${placeText(book.root)}`);
  for (const { name, cron, tz, next, owed, places } of options.json ? [] : views) {
    const debt = owed.length === 0 ? '' : `  owed: ${owed.join(', ')}`;
    context.print(`${name}  ${cron}  ${tz}  next ${next ?? 'never'}${debt}  ${places.map(placeText).join(' ')}`);
  }
  return 0;
}

export async function scheduleRemoveCommand(
  name: string,
  options: ScheduleOptions,
  context: CliContext,
): Promise<number> {
  await bookOf(options, context).remove(name);
  context.print(options.json ? JSON.stringify({ schedule: name, outcome: 'removed' }) : `${name}  removed`);
  return 0;
}

export interface NightOptions extends ScheduleOptions {
  /** Worker processes; null: the cores, or 0 with REDIS_URL. */
  readonly workers: number;
}

/** Runs what is owed now, or was by `at` (ISO time), and ends: for a cron of one's own. Exit code 1 where something stays owed. */
export async function scheduleDueCommand(
  options: NightOptions & { readonly at: string | null },
  context: CliContext,
): Promise<number> {
  const nowMs = options.at === null ? Date.now() : Date.parse(options.at);
  if (Number.isNaN(nowMs)) {
    const problem = { where: '--at', message: 'no time', expected: '2026-03-29T02:00Z', found: options.at ?? '' };
    throw new CitysinkError('CONFIG_INVALID', 'the time cannot be read', { problems: [problem] });
  }
  const book = bookOf(options, context);
  const interrupt = onInterrupt(context);
  const engine = startEngine(context, options.workers);
  engine.catch(() => {});
  const work = cityWork(context, engine, interrupt.signal);
  const nights: { schedule: string; closed: string[]; owed: string[] }[] = [];
  try {
    for (const schedule of await book.list()) {
      const closed = await payNights(schedule, book, work, () => nowMs);
      const owed = await owedNights(schedule, book, nowMs, new Set());
      nights.push({ schedule: schedule.name, closed, owed: owed.map(({ name }) => name) });
    }
  } finally {
    await (await engine.catch(() => null))?.stop(interrupt.signal.aborted);
    interrupt.release();
  }
  if (options.json) context.print(JSON.stringify({ schedules: nights }, null, 1));
  for (const { schedule, closed, owed } of options.json ? [] : nights) {
    context.print(
      `${schedule}  run: ${closed.join(', ') || 'none'}${owed.length === 0 ? '' : `  owed: ${owed.join(', ')}`}`,
    );
  }
  return nights.some(({ owed }) => owed.length > 0) ? 1 : 0;
}

/** Keeps the schedules of a results root until SIGTERM. */
export async function scheduleServeCommand(options: NightOptions, context: CliContext): Promise<number> {
  const book = bookOf(options, context);
  const interrupt = onInterrupt(context);
  const engine = await startEngine(context, options.workers);
  const queue = new NightQueue(engine.redisUrl, context.config.queuePrefix, book.root);
  const quiet = { ...context, interactive: false, note: (text: string) => context.log.info(text) };
  const work = cityWork(quiet, Promise.resolve(engine), interrupt.signal);
  const watch = new NightWatch({ book, queue, work, now: Date.now, log: context.log });
  try {
    watch.start();
    context.log.info({ root: book.root }, 'Night:Start');
    while (!interrupt.signal.aborted) {
      await watch.look();
      await sleep(LOOK_EVERY_MS, undefined, { signal: interrupt.signal });
    }
  } catch (error) {
    if (!interrupt.signal.aborted) throw toCitysinkError(error);
  } finally {
    await watch.close(DRAIN_DEADLINE_MS);
    await engine.stop(true);
    interrupt.release();
  }
  return 0;
}

function timeOf(night: ReturnType<typeof nextNight>): string | null {
  return night === null ? null : new Date(night.dueMs).toISOString();
}
