import type { Crs } from '../shared/geo/crs.ts';
import type { Ring, Zone } from '../shared/geo/zone.ts';
import type { ZoneMap } from './answers.ts';

/**
 * @pure Outlines of zones as paths of a small picture: coordinates on a lattice of whole units, so that a district of a
 * million vertices is drawn by a few thousand. For the eye alone; what is counted uses the outlines as they are.
 */

/** Units of the longer side of the picture. */
const PICTURE = 1000;

/** Longitudes shrink towards the poles; a picture of degrees would be too wide. */
const DEGREES = Math.PI / 180;

interface Box {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

/** Null where no zone has a vertex. */
export function zonePaths(
  zones: readonly Zone[],
  { crs }: { readonly crs: Pick<Crs, 'kind' | 'unitSize' | 'name'> },
): ZoneMap | null {
  const box = boxOf(zones);
  if (box === null) return null;
  const { west, north } = box;
  const middle = (box.north + box.south) / 2;
  const squeeze = crs.kind === 'geographic' ? Math.max(0.01, Math.cos(middle * crs.unitSize * DEGREES)) : 1;
  const [wide, high] = [(box.east - west) * squeeze, north - box.south];
  const unitY = Math.max(wide, high, Number.MIN_VALUE) / PICTURE;
  const unitX = unitY / squeeze;
  return {
    width: Math.max(1, Math.round(wide / unitY)),
    height: Math.max(1, Math.round(high / unitY)),
    crs: crs.name,
    west,
    north,
    unit_x: unitX,
    unit_y: unitY,
    zones: zones.map(({ id, name, polygons }) => ({
      zone: id,
      name,
      path: polygons.flatMap((rings) => rings.map((ring) => ringPath(ring, west, north, unitX, unitY))).join(''),
    })),
  };
}

function boxOf(zones: readonly Zone[]): Box | null {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const ring of zones.flatMap(({ polygons }) => polygons.flat())) {
    for (let i = 0; i + 1 < ring.length; i += 2) {
      west = Math.min(west, ring[i]!);
      east = Math.max(east, ring[i]!);
      south = Math.min(south, ring[i + 1]!);
      north = Math.max(north, ring[i + 1]!);
    }
  }
  return west <= east && south <= north ? { west, south, east, north } : null;
}

/** Vertices that fall on the one before are left out; a ring of fewer than three is nothing to see. */
function ringPath(ring: Ring, west: number, north: number, unitX: number, unitY: number): string {
  const points: string[] = [];
  for (let i = 0; i + 1 < ring.length; i += 2) {
    const point = `${Math.round((ring[i]! - west) / unitX)} ${Math.round((north - ring[i + 1]!) / unitY)}`;
    if (point !== points.at(-1)) points.push(point);
  }
  if (points.length > 1 && points[0] === points.at(-1)) points.pop();
  return points.length < 3 ? '' : `M${points.join('L')}Z`;
}
