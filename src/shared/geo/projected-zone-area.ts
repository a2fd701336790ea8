import { type ArealFactor, arealFactor } from './areal-factor.ts';
import type { Crs } from './crs.ts';
import type { Polygon, Ring } from './zone.ts';

/**
 * Area in m2 on the ellipsoid of a zone given in a projected CRS; null where the projection is not defined around it.
 * The factor from map to ellipsoid is taken at nine places over the zone and quadratic in between: over 300 km that is good
 * to 1e-5. Each ring is the sum of triangles between its first vertex and its edges, each with the factor at its middle.
 */
export function projectedZoneAreaM2(polygons: readonly Polygon[], crs: Crs): number | null {
  const factor = quadraticFactor(polygons, arealFactor(crs));
  if (factor === null) return null;
  const ringArea = (ring: Ring) => Math.abs(weightedArea(ring, factor));
  const area = polygons.reduce((sum, [outer, ...holes]) => {
    const own = outer === undefined ? 0 : ringArea(outer);
    return sum + Math.max(0, own - holes.reduce((total, hole) => total + ringArea(hole), 0));
  }, 0);
  return area * crs.unitSize ** 2;
}

function weightedArea(ring: Ring, factor: ArealFactor): number {
  const [x0 = 0, y0 = 0] = ring;
  let area = 0;
  for (let i = 2; i + 3 < ring.length; i += 2) {
    const [ax, ay, bx, by] = [ring[i]!, ring[i + 1]!, ring[i + 2]!, ring[i + 3]!];
    const triangle = ((ax - x0) * (by - y0) - (bx - x0) * (ay - y0)) / 2;
    area += triangle * factor((x0 + ax + bx) / 3, (y0 + ay + by) / 3);
  }
  return area;
}

/** Lagrange polynomials of second degree through 3 x 3 places of the zone's box. */
function quadraticFactor(polygons: readonly Polygon[], factor: ArealFactor): ArealFactor | null {
  const [x0, y0, x1, y1] = boxOf(polygons);
  const [middleX, middleY] = [(x0 + x1) / 2, (y0 + y1) / 2];
  // A zone without width still has a middle.
  const [halfX, halfY] = [(x1 - x0) / 2 || 1, (y1 - y0) / 2 || 1];
  const values = [-1, 0, 1].map((v) => [-1, 0, 1].map((u) => factor(middleX + u * halfX, middleY + v * halfY)));
  if (!values.flat().every(Number.isFinite)) return null;
  return (x, y) => {
    const across = quadratic((x - middleX) / halfX);
    const down = quadratic((y - middleY) / halfY);
    return values.reduce(
      (sum, row, i) => sum + down[i]! * row.reduce((part, value, j) => part + across[j]! * value, 0),
      0,
    );
  };
}

/** Weights of the values at -1, 0 and 1. */
function quadratic(t: number): [number, number, number] {
  return [(t * (t - 1)) / 2, 1 - t * t, (t * (t + 1)) / 2];
}

function boxOf(polygons: readonly Polygon[]): [number, number, number, number] {
  const box: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const ring of polygons.flat()) {
    for (let i = 0; i + 1 < ring.length; i += 2) {
      box[0] = Math.min(box[0], ring[i]!);
      box[1] = Math.min(box[1], ring[i + 1]!);
      box[2] = Math.max(box[2], ring[i]!);
      box[3] = Math.max(box[3], ring[i + 1]!);
    }
  }
  return box;
}
