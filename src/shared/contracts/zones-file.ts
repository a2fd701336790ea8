import { z } from 'zod';
import { CitysinkError } from '../errors.ts';
import type { Zone } from '../geo/zone.ts';

/** Zones of a run as stored: projected to the grid's CRS, coordinates as they are, so that every worker has the same bits. */

const zonesFileSchema = z.array(
  z.strictObject({
    id: z.string(),
    name: z.string(),
    polygons: z.array(z.array(z.array(z.number()))),
  }),
);

export function encodeZones(zones: readonly Zone[]): object[] {
  return zones.map((zone) => ({
    id: zone.id,
    name: zone.name,
    polygons: zone.polygons.map((polygon) => polygon.map((ring) => Array.from(ring))),
  }));
}

/** Errors: JOB_INVALID where the stored zones do not parse. */
export function parseZones(data: unknown): Zone[] {
  const parsed = zonesFileSchema.safeParse(data);
  if (!parsed.success) throw new CitysinkError('JOB_INVALID', `stored zones.json has not the form it must have`);
  return parsed.data.map((zone) => ({
    ...zone,
    polygons: zone.polygons.map((polygon) => polygon.map((ring) => Float64Array.from(ring))),
  }));
}
