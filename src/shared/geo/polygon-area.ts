import { planeCellAreaM2, quadrangleAreaM2 } from './cell-area.ts';
import type { Lattice } from './grid.ts';
import type { Polygon, Ring } from './zone.ts';

export interface PolygonMeasure {
  readonly areaM2: number;
  /** The same in cells of the lattice (for geographic grids: of the size that they have in the middle of the zone). */
  readonly cells: number;
}

/**
 * Area of a zone's own outline, holes left out: in the plane of a projected lattice, on the ellipsoid of a geographic one.
 * Pieces are taken not to overlap. Used to say how large a zone is that no cell centre, or hardly one, lies in.
 */
export function zoneMeasure(polygons: readonly Polygon[], lattice: Lattice): PolygonMeasure {
  const geographic = lattice.crs.kind === 'geographic';
  const latitude = geographic ? middleY(polygons) * lattice.crs.unitSize : 0;
  const ringArea = geographic
    ? (ring: Ring) => Math.abs(ellipsoidRingM2(ring, lattice, latitude))
    : (ring: Ring) => Math.abs(planeRingArea(ring)) * lattice.crs.unitSize ** 2;
  const areaM2 = polygons.reduce((sum, polygon) => sum + polygonArea(polygon, ringArea), 0);
  const cellM2 = geographic ? cellAreaAt(latitude, lattice) : planeCellAreaM2(lattice);
  return { areaM2, cells: areaM2 / cellM2 };
}

function polygonArea(polygon: Polygon, ringArea: (ring: Ring) => number): number {
  const [outer = 0, ...holes] = polygon.map(ringArea);
  return Math.max(0, outer - holes.reduce((sum, hole) => sum + hole, 0));
}

/** Shoelace from the ring's first vertex, so that large coordinates do not cancel. */
function planeRingArea(ring: Ring): number {
  const [x0 = 0, y0 = 0] = ring;
  let twice = 0;
  for (let i = 0; i + 3 < ring.length; i += 2) {
    twice += (ring[i]! - x0) * (ring[i + 3]! - y0) - (ring[i + 2]! - x0) * (ring[i + 1]! - y0);
  }
  return twice / 2;
}

/**
 * Sum over edges of the strip between the edge and a parallel, by Simpson's rule along the edge. Edges are straight in
 * longitude and latitude, as they are when cells are counted.
 */
function ellipsoidRingM2(ring: Ring, lattice: Lattice, latitude: number): number {
  const { unitSize, ellipsoid } = lattice.crs;
  const strip = (y: number) => {
    const [south, north] = y < latitude ? [y, latitude] : [latitude, y];
    return Math.sign(y - latitude) * quadrangleAreaM2(ellipsoid, { south, north }, 1);
  };
  let area = 0;
  let start = strip((ring[1] ?? 0) * unitSize);
  for (let i = 0; i + 3 < ring.length; i += 2) {
    const end = strip(ring[i + 3]! * unitSize);
    const middle = strip(((ring[i + 1]! + ring[i + 3]!) / 2) * unitSize);
    area += ((ring[i + 2]! - ring[i]!) * unitSize * (start + 4 * middle + end)) / 6;
    start = end;
  }
  return area;
}

function middleY(polygons: readonly Polygon[]): number {
  let [least, most] = [Infinity, -Infinity];
  for (const ring of polygons.flat()) {
    for (let i = 1; i < ring.length; i += 2) {
      least = Math.min(least, ring[i]!);
      most = Math.max(most, ring[i]!);
    }
  }
  return Number.isFinite(least) ? (least + most) / 2 : 0;
}

function cellAreaAt(latitude: number, lattice: Lattice): number {
  const half = (lattice.cellHeight * lattice.crs.unitSize) / 2;
  const width = lattice.cellWidth * lattice.crs.unitSize;
  return quadrangleAreaM2(lattice.crs.ellipsoid, { south: latitude - half, north: latitude + half }, width);
}
