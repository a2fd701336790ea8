import fc from 'fast-check';
import { type PackedZones, packZones } from '../../src/shared/geo/packed-zones.ts';
import { type Points, SIXTEENTHS } from './cells-oracle.ts';
import { UTM_50N } from './plan-parts.ts';

/** Random zones in cell space, and their packed form on a lattice with its origin at 0, 0 and cells of 1. */

/** One zone: its rings, even-odd. */
export type RandomZone = readonly Points[];

const LATTICE = { crs: UTM_50N, originX: 0, originY: 0, cellWidth: 1, cellHeight: 1 };

/** Sixteenths are exact in doubles, so packing them changes nothing. */
export function packRandomZones(zones: readonly RandomZone[]): PackedZones {
  return packZones(
    LATTICE,
    zones.map((rings, index) => ({ id: String(index), name: '', polygons: [rings.map(closedRing)] })),
  );
}

function closedRing(points: Points): Float64Array {
  const closed = [...points, points[0] as readonly [number, number]];
  // Rows run down from the origin, so y is negative.
  return Float64Array.from(closed.flatMap(([x, y]) => [x / SIXTEENTHS, -y / SIXTEENTHS]));
}

/** Any ring, crossing itself or not; coordinates from `low` to `high` cells, on edges and centres of cells often. */
export function anyRing(low: number, high: number): fc.Arbitrary<Points> {
  const fine = fc.integer({ min: low * SIXTEENTHS, max: high * SIXTEENTHS });
  const half = fc.integer({ min: low * 2, max: high * 2 }).map((halves) => (halves * SIXTEENTHS) / 2);
  const coordinate = fc.oneof(fine, half);
  return fc.array(fc.tuple(coordinate, coordinate), { minLength: 3, maxLength: 9 });
}

export function anyZones(low: number, high: number, most = 4): fc.Arbitrary<RandomZone[]> {
  return fc.array(fc.array(anyRing(low, high), { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: most });
}
