import { z } from 'zod';
import { CitysinkError } from '../errors.ts';

/** Proof of what a run read and wrote. It is written last: where it is, the run is complete. */

export const MANIFEST_SCHEMA = 'citysink-manifest-1';

const unread = z.object({ url: z.string(), code: z.string(), message: z.string() });

const manifestSchema = z.object({
  schema: z.literal(MANIFEST_SCHEMA),
  status: z.enum(['DONE', 'PARTIAL', 'FAILED']),
  run: z.string(),
  city: z.string(),
  year: z.int(),
  finished: z.string(),
  software: z.object({ name: z.string(), version: z.string(), model: z.string() }),
  inputs: z.object({
    spec: z.string(),
    scenes: z.array(z.object({ url: z.string(), etag: z.string(), sizeBytes: z.int(), modified: z.string() })),
    zones: z.object({ url: z.string(), digest: z.string() }),
    factors: z.object({ url: z.string(), digest: z.string() }),
  }),
  tiles: z.object({
    count: z.int(),
    /** sha256 over the names of all partials, in the order of the plan. */
    digest: z.string(),
    /** sha256 over the seals of all partials, a line each in the order of the plan, `-` for none; null in manifests of before. */
    contents: z.string().nullable().default(null),
    missing: z.int(),
  }),
  /** Plan, tiles and zones that the run was counted by. */
  records: z.array(z.object({ name: z.string(), sha256: z.string(), sizeBytes: z.int() })).default([]),
  outputs: z.array(z.object({ name: z.string(), sha256: z.string(), sizeBytes: z.int() })),
  /** sha256 of the figures of totals.json: equal for equal inputs, whatever the tiling. null where the run FAILED. */
  figuresSha256: z.string().nullable(),
  unread: z.array(unread),
  failures: z.array(z.object({ tile: z.int(), code: z.string(), message: z.string(), inputs: z.array(z.string()) })),
  /** Why the run is not DONE, in sentences. */
  causes: z.array(z.object({ code: z.string(), message: z.string() })),
  warnings: z.array(z.string()),
  /**
   * What workers really took for this run, over all attempts at its tiles that read anything; it differs from run to run.
   * Absent: not known. Where Redis was lost in between, what came before is missing, as `attempts` shows.
   */
  took: z
    .object({
      attempts: z.int(),
      requests: z.int(),
      bytes: z.int(),
      otherRequests: z.int(),
      /** Seconds that workers were at tiles. */
      seconds: z.number(),
    })
    .optional(),
  /** sha256 of this manifest without this line, as it is written; null in manifests of before. */
  seal: z.string().nullable().default(null),
});

export type Manifest = z.infer<typeof manifestSchema>;
export type TileFailureRecord = Manifest['failures'][number];

/** Errors: JOB_INVALID where a stored manifest does not parse. */
export function parseManifest(data: unknown): Manifest {
  const parsed = manifestSchema.safeParse(data);
  if (parsed.success) return parsed.data;
  throw new CitysinkError(
    'JOB_INVALID',
    `a stored manifest has not the form it must have: ${z.prettifyError(parsed.error)}`,
  );
}

/** Causes that lie in the inputs themselves: asking again gives the same answer. */
const LASTING_CAUSES: ReadonlySet<string> = new Set(['RASTER_CORRUPT', 'CLASS_WITHOUT_FACTOR', 'RASTER_UNSUPPORTED']);

/** Whether the same request must end the same way again, so that the run stands for it. */
export function isSettled(manifest: Manifest): boolean {
  return manifest.status === 'DONE' || manifest.causes.every((cause) => LASTING_CAUSES.has(cause.code));
}
