import { z } from 'zod';
import { CitysinkError } from '../errors.ts';
import type { BorderRun, PatchTally, SizeTally } from './patch-tally.ts';

/** Stored form of a patch tally: nested lists of numbers, areas as decimal strings; equal tallies give equal text. */

const whole = z.int();
const count = z.int().nonnegative();
const area = z.string().regex(/^\d{1,60}$/);
const run = z.tuple([count, whole, whole, whole]);

/** For a schema that holds patches as one of its parts. */
export const patchesSchema = z.strictObject({
  rule: z.strictObject({
    connectivity: z.literal([4, 8]),
    measure: z.enum(['cells', 'units']),
    unitM2: z.number().positive(),
  }),
  /** First row, row after the last, columns of the intervals. */
  region: z.array(z.tuple([whole, whole, z.array(whole)])),
  /** Zone, then class, then size key, patches, cells, area. */
  closed: z.array(z.tuple([count, z.array(z.tuple([whole, z.array(z.tuple([count, count, count, area]))]))])),
  /** Row, column, zone and class of the first cell; then zone, class, cells and area of each part. */
  open: z.array(z.tuple([whole, whole, count, whole, z.array(z.tuple([count, whole, count, area]))])),
  /** Runs: index of the patch, line, start, end. Corners: index, row, column. */
  borders: z.strictObject({
    north: z.array(run),
    south: z.array(run),
    west: z.array(run),
    east: z.array(run),
    corners: z.array(z.tuple([count, whole, whole])),
  }),
});

export type StoredPatches = z.infer<typeof patchesSchema>;

/** Errors: JOB_INVALID where the value has not the form, or a border names a patch that is not there. */
export function decodePatches(value: unknown): PatchTally {
  const parsed = patchesSchema.safeParse(value);
  if (!parsed.success) {
    throw new CitysinkError(
      'JOB_INVALID',
      `stored patches have not the form they must have: ${z.prettifyError(parsed.error)}`,
    );
  }
  const { rule, region, closed, open, borders } = parsed.data;
  const known = (patch: number): number => {
    if (patch >= open.length) {
      throw new CitysinkError(
        'JOB_INVALID',
        `stored patches have a border of patch ${patch}; expected below ${open.length}`,
      );
    }
    return patch;
  };
  const runs = (stored: readonly z.infer<typeof run>[]): BorderRun[] =>
    stored.map(([patch, line, start, end]) => ({ patch: known(patch), line, start, end }));
  return {
    rule,
    region: { bands: region.map(([start, end, cols]) => ({ start, end, cols })) },
    closed: new Map(closed.map(([zone, classes]) => [zone, new Map(classes.map(decodeClass))])),
    open: open.map(([row, col, zone, code, sums]) => ({
      row,
      col,
      zone,
      code,
      sums: sums.map(([z0, c, cells, units]) => ({ zone: z0, code: c, cells, area: BigInt(units) })),
    })),
    borders: {
      north: runs(borders.north),
      south: runs(borders.south),
      west: runs(borders.west),
      east: runs(borders.east),
      corners: borders.corners.map(([patch, row, col]) => ({ patch: known(patch), row, col })),
    },
  };
}

function decodeClass([code, sizes]: StoredPatches['closed'][number][1][number]): [number, Map<number, SizeTally>] {
  return [code, new Map(sizes.map(([key, patches, cells, units]) => [key, { patches, cells, area: BigInt(units) }]))];
}
