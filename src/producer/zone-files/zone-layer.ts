/** @pure What every reader of zone files gives: features as they are stored, and what the file says of their CRS. */

import { CitysinkError, type Problem, refuseIfAny } from '../../shared/errors.ts';
import type { Crs } from '../../shared/geo/crs.ts';
import { crsFromWkt, parseCrs } from '../../shared/geo/crs-registry.ts';
import type { ZoneReading, ZonesRead } from '../../shared/geo/zone-features.ts';

export interface ZoneFileLimits {
  readonly maxFeatures: number;
  readonly maxVertices: number;
}

export interface ZoneLayer {
  /** File, and layer where the format has some: `nycd.gpkg, layer nycd`. */
  readonly place: string;
  readonly crs: StoredCrs;
  /** Checks the features and makes zones of them. */
  readonly read: (reading: ZoneReading) => ZonesRead;
}

/** How a file names its CRS. `none` says why there is none. */
export type StoredCrs =
  | { readonly kind: 'name'; readonly text: string }
  | { readonly kind: 'wkt'; readonly text: string }
  | { readonly kind: 'none'; readonly found: string };

/** Refuses a whole file. */
export function refuseFile(where: string, message: string, expected: string, found: string): never {
  const problem: Problem = { where, message, expected, found };
  refuseIfAny([problem]);
  throw new Error('unreachable');
}

/**
 * The CRS of a layer: the spec's, else the file's own.
 * Errors: REQUEST_INVALID where neither names one; CRS_UNSUPPORTED with the file's name where its own is not understood.
 */
export async function crsOfLayer(stored: StoredCrs, fromSpec: string | null, place: string): Promise<Crs> {
  if (fromSpec !== null) return parseCrs(fromSpec);
  if (stored.kind === 'none') {
    refuseFile(place, 'the file does not say which CRS its coordinates are in', 'zones.crs in the spec', stored.found);
  }
  try {
    return stored.kind === 'wkt' ? await crsFromWkt(stored.text) : await parseCrs(stored.text);
  } catch (error) {
    if (!(error instanceof CitysinkError)) throw error;
    throw new CitysinkError('CRS_UNSUPPORTED', `${place}: crs: ${error.message}`, {
      context: error.context,
      cause: error,
      remedy: 'Name the EPSG code of its coordinates with zones.crs, or give the zones in the CRS of the land cover.',
    });
  }
}
