import { z } from 'zod';
import { CitysinkError } from '../errors.ts';

/** What crosses the queue: ids and numbers, under 1 KB. Everything else is read from the store by these names. */

/** Scenes over one tile at the most, so that a job stays small. */
export const MAX_SCENES_PER_TILE = 96;

const digest = z.string().regex(/^[0-9a-f]{32}$/);

const tileJobSchema = z.strictObject({
  v: z.literal(1),
  /** Folder URL of the run: plan.json and zones.json stand there. */
  runUrl: z.string().max(600),
  /** Place of the tile in the plan. */
  tile: z.int().nonnegative(),
  /** Window on the analysis lattice: row, col, rows, cols. */
  window: z.tuple([z.int(), z.int(), z.int().positive(), z.int().positive()]),
  /** Indexes into the plan's scenes, in the order of ownership. */
  scenes: z.array(z.int().nonnegative()).max(MAX_SCENES_PER_TILE),
  /** Name of the partial that this job makes. */
  partial: digest,
});

const groupJobSchema = z.strictObject({
  v: z.literal(1),
  runUrl: z.string().max(600),
  /** Place of the group in the plan: tiles group * GROUP_TILES and the following. */
  group: z.int().nonnegative(),
});

const runJobSchema = z.strictObject({ v: z.literal(1), runUrl: z.string().max(600) });

export type TileJob = z.infer<typeof tileJobSchema>;
export type GroupJob = z.infer<typeof groupJobSchema>;
export type RunJob = z.infer<typeof runJobSchema>;

/** Tiles in one flow: larger flows block Redis for seconds and fill the producer. */
export const GROUP_TILES = 500;

function parser<T>(name: string, schema: z.ZodType<T>): (data: unknown) => T {
  return (data) => {
    const parsed = schema.safeParse(data);
    if (parsed.success) return parsed.data;
    throw new CitysinkError(
      'JOB_INVALID',
      `a ${name} job has not the form it must have: ${z.prettifyError(parsed.error)}`,
    );
  };
}

/** Each parses what came from Redis. Errors: JOB_INVALID. */
export const parseTileJob = parser('tile', tileJobSchema);
export const parseGroupJob = parser('group', groupJobSchema);
export const parseRunJob = parser('run', runJobSchema);
