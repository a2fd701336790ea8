import { CitysinkError } from '../shared/errors.ts';
import type { Crs } from '../shared/geo/crs.ts';
import { crsFromEpsg } from '../shared/geo/crs-registry.ts';
import { makeTransform, type Transform } from '../shared/geo/project.ts';
import type { Polygon, Ring, Zone } from '../shared/geo/zone.ts';

/**
 * @pure Outlines of zones in WGS 84 degrees, vertex by vertex: nothing is simplified. They come from the grid's CRS, to which
 * edges were bent with points between (densify.ts), so coordinates are those of the file to 1e-9 degree (0.1 mm).
 */

/** Digits behind the point that a way to the grid's CRS and back keeps. */
const DEGREE_DIGITS = 1e9;

/** Transform to longitude and latitude; null where no exact one is known. */
export async function toDegrees(crs: Crs): Promise<Transform | null> {
  try {
    return makeTransform(crs, await crsFromEpsg(4326));
  } catch (error) {
    if (error instanceof CitysinkError && error.code === 'CRS_UNSUPPORTED') return null;
    throw error;
  }
}

/** Polygons of one zone as RFC 7946 has them: outer rings run against the clock, holes with it. null: a point has no place in degrees. */
export function zoneInDegrees(zone: Zone, transform: Transform): Polygon[] | null {
  const polygons = zone.polygons.map((polygon) =>
    polygon.map((ring, index) => oriented(ringInDegrees(ring, transform), index === 0)),
  );
  return polygons.every((polygon) => polygon.every((ring) => ring.every(Number.isFinite))) ? polygons : null;
}

function ringInDegrees(ring: Ring, transform: Transform): Ring {
  const degrees = new Float64Array(ring.length);
  for (let i = 0; i + 1 < ring.length; i += 2) {
    const [lon, lat] = transform(ring[i]!, ring[i + 1]!);
    degrees[i] = Math.round(lon * DEGREE_DIGITS) / DEGREE_DIGITS;
    degrees[i + 1] = Math.round(lat * DEGREE_DIGITS) / DEGREE_DIGITS;
  }
  return degrees;
}

function oriented(ring: Ring, isOuter: boolean): Ring {
  if (signedArea(ring) > 0 === isOuter) return ring;
  const turned = new Float64Array(ring.length);
  for (let i = 0; i + 1 < ring.length; i += 2) {
    turned[i] = ring[ring.length - 2 - i]!;
    turned[i + 1] = ring[ring.length - 1 - i]!;
  }
  return turned;
}

/** Twice the area; positive against the clock. From the first vertex on, so that small rings far from 0 keep their digits. */
function signedArea(ring: Ring): number {
  const [x0 = 0, y0 = 0] = ring;
  let sum = 0;
  for (let i = 0; i + 3 < ring.length; i += 2) {
    sum += (ring[i]! - x0) * (ring[i + 3]! - y0) - (ring[i + 2]! - x0) * (ring[i + 1]! - y0);
  }
  return sum;
}

/** West, south, east, north. */
export type Box = readonly [number, number, number, number];

/** Box around polygons; null where there is no vertex. */
export function boxOf(polygons: Iterable<Polygon>): Box | null {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const polygon of polygons) {
    for (const ring of polygon) {
      for (let i = 0; i + 1 < ring.length; i += 2) {
        west = Math.min(west, ring[i]!);
        east = Math.max(east, ring[i]!);
        south = Math.min(south, ring[i + 1]!);
        north = Math.max(north, ring[i + 1]!);
      }
    }
  }
  return west <= east ? [west, south, east, north] : null;
}
