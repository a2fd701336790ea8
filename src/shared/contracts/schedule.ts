import { z } from 'zod';
import { CitysinkError } from '../errors.ts';
import { type CronPattern, parseCron } from './cron-pattern.ts';
import { isTimeZone } from './nights.ts';
import { REGION_NAME } from './region-schema.ts';

/** Schedules and the ledger of their nights, as they stand in the store. Redis only rings the bell. */

export const SCHEDULE_SCHEMA = 'citysink-schedule-1';
export const NIGHT_SCHEMA = 'citysink-night-1';

/** Folders in a results root; no city has such names. */
export const SCHEDULES_FOLDER = '_schedules/';
/** Folder of the ledger, apart from the schedules, so that these are listed at once. */
export const NIGHTS_FOLDER = '_nights/';

const scheduleSchema = z.strictObject({
  schema: z.literal(SCHEDULE_SCHEMA),
  name: z.string().regex(REGION_NAME),
  /** Specs, region files, folders: URLs. */
  places: z.array(z.string().min(1).max(4096)).min(1).max(10_000),
  cron: z.string().refine((text) => typeof parseCron(text) !== 'string'),
  tz: z.string().refine(isTimeZone),
  /** Nights up to this instant are none of this schedule, ISO time. */
  since: z.iso.datetime(),
  /** Results root in place of the specs' own, or null. */
  out: z.string().nullable(),
});

/** One schedule as stored. */
export type Schedule = z.infer<typeof scheduleSchema>;

/** Errors: JOB_INVALID. */
export function parseSchedule(data: unknown): Schedule {
  const parsed = scheduleSchema.safeParse(data);
  if (parsed.success) return parsed.data;
  const reason = z.prettifyError(parsed.error);
  throw new CitysinkError('JOB_INVALID', `a stored schedule has not the form it must have: ${reason}`);
}

/** The pattern of a schedule that was parsed. */
export function patternOf({ cron }: Pick<Schedule, 'cron'>): CronPattern {
  const pattern = parseCron(cron);
  if (typeof pattern === 'string') throw new CitysinkError('JOB_INVALID', `cron ${cron}: ${pattern}`);
  return pattern;
}

const entrySchema = z.object({
  schema: z.literal(NIGHT_SCHEMA),
  schedule: z.string(),
  night: z.string(),
  spec: z.string(),
  city: z.string().nullable(),
  run: z.string().nullable(),
  url: z.string().nullable(),
  /** By the clock of who made the entry, ISO time. */
  claimed: z.string(),
  /** The night was made up for after its time. */
  late: z.boolean(),
});

/** One city in one night, made once, when it is known which run the night comes to. */
export type NightEntry = z.infer<typeof entrySchema>;

/** How the night ended for a city, made once. */
export interface NightEnd {
  readonly schema: typeof NIGHT_SCHEMA;
  readonly night: string;
  readonly spec: string;
  readonly run: string | null;
  readonly status: string;
  readonly message: string | null;
  readonly finished: string;
}

const bellSchema = z.strictObject({ v: z.literal(1), schedule: z.string().max(64) });

/** What the bell of a schedule carries through Redis. Errors: JOB_INVALID. */
export function parseBell(data: unknown): { readonly v: 1; readonly schedule: string } {
  const parsed = bellSchema.safeParse(data);
  if (parsed.success) return parsed.data;
  throw new CitysinkError('JOB_INVALID', 'a bell on the queue has not the form it must have');
}
