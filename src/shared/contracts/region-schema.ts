import { z } from 'zod';

/** The form of a region file as users write it: which cities belong together, and what they share. */

const place = z.string().min(1).max(4096);

/** Names of regions, as those of cities. */
export const REGION_NAME = /^[a-z0-9-]{1,64}$/;

/** A region file as written; unknown keys are refused. The keys of `defaults` are those of a spec, checked with each city. */
export const regionSchema = z.strictObject({
  region: z.string().regex(REGION_NAME),
  cities: z.array(place).min(1).max(10_000).optional(),
  defaults: z.record(z.string(), z.unknown()).optional(),
  results: place.optional(),
});

/** A region file that has its form. */
export type RegionText = z.infer<typeof regionSchema>;
