/** How much true area of the ellipsoid lies behind a map area of a projected system, at a point. */

import { CitysinkError } from '../errors.ts';
import type { Crs } from './crs.ts';
import { makeTransform, proj4Parameters, type Transform } from './project.ts';

/** m2 of the ellipsoid per m2 of the map at a point of the map (CRS units); NaN where the projection is not defined. */
export type ArealFactor = (x: number, y: number) => number;

/** WGS 84: semi-major axis in metres, and e2 = f (2 - f) of f = 1 / 298.257223563. */
const WGS84 = { a: 6_378_137, e2: (1 / 298.257223563) * (2 - 1 / 298.257223563) };

/** Parameters by which project.ts knows that two systems share a datum. */
const DATUM_KEYS = ['datum', 'nadgrids', 'towgs84'];

const RADIANS_PER_DEGREE = Math.PI / 180;

/**
 * Longitude and latitude on the ellipsoid that a projected system's places lie on, in degrees from Greenwich.
 * A system computed on a sphere (Web Mercator, MODIS sinusoidal) has the latitudes of WGS 84, as in project.ts.
 * All others keep their own ellipsoid and datum, so nothing is shifted.
 */
function geographicOf(crs: Crs): Crs {
  const shared = {
    epsg: null,
    name: `longitude and latitude of ${crs.name}`,
    kind: 'geographic',
    unitSize: 1,
  } as const;
  if (crs.ellipsoid.e2 === 0) return { ...shared, proj4: '+proj=longlat +datum=WGS84 +no_defs', ellipsoid: WGS84 };
  const parameters = proj4Parameters(crs.proj4);
  const datum = DATUM_KEYS.flatMap((key) => (parameters.has(key) ? [`+${key}=${parameters.get(key)}`] : []));
  const { a, e2 } = crs.ellipsoid;
  const axes = `+a=${a} +b=${a * Math.sqrt(1 - e2)}`;
  return { ...shared, proj4: ['+proj=longlat', ...datum, axes, '+no_defs'].join(' '), ellipsoid: crs.ellipsoid };
}

/** The map as a function of metres to the east and to the north of a place, in the plane that touches the ellipsoid there. */
type LocalMap = (east: number, north: number) => [number, number];

/**
 * The tangent plane is laid onto the ellipsoid along the radii. A tangent vector keeps its length to first order, so the
 * Jacobian of this at the place is 1, at the poles too; longitude and latitude would be singular there.
 */
function localMap(geographic: Crs, forward: Transform, place: { longitude: number; latitude: number }): LocalMap {
  const { a, e2 } = geographic.ellipsoid;
  const sine = Math.sin(place.latitude * RADIANS_PER_DEGREE);
  const cosine = Math.cos(place.latitude * RADIANS_PER_DEGREE);
  const normal = a / Math.sqrt(1 - e2 * sine * sine);
  return (east, north) => {
    const outwards = normal * cosine - north * sine;
    const upwards = normal * (1 - e2) * sine + north * cosine;
    const longitude = place.longitude + Math.atan2(east, outwards) / RADIANS_PER_DEGREE;
    // Of a point of the ellipsoid: tan(geodetic latitude) = tan(geocentric latitude) / (1 - e2).
    const latitude = Math.atan2(upwards, (1 - e2) * Math.hypot(outwards, east)) / RADIANS_PER_DEGREE;
    return forward(longitude, latitude);
  };
}

interface Gradient {
  readonly x: number;
  readonly y: number;
}

/** Derivative along a direction: central difference over 2 * reach metres. */
function slope(map: LocalMap, east: number, north: number, reach: number): Gradient {
  const [x1, y1] = map(east * reach, north * reach);
  const [x0, y0] = map(-east * reach, -north * reach);
  return { x: (x1 - x0) / (2 * reach), y: (y1 - y0) / (2 * reach) };
}

function determinant(east: Gradient, north: Gradient): number {
  return Math.abs(east.x * north.y - east.y * north.x);
}

/** Richardson: removes the error of second order from a difference (`wide`) and that of half its reach (`near`). */
function richer(wide: Gradient, near: Gradient): Gradient {
  return { x: (4 * near.x - wide.x) / 3, y: (4 * near.y - wide.y) / 3 };
}

/** Reaches in metres. The first is right nearly everywhere; the next ones serve close to seams, poles and lobes. */
const REACHES = [10_000, 200, 4];

/** Share by which the two differences of a smooth projection may disagree: a few (reach / radius)^2, plus rounding. */
function allowedDisagreement(reach: number): number {
  return 20 * (reach / WGS84.a) ** 2 + 1e-8;
}

/** The last reach is taken if its differences agree to this: the factor still has the error that is promised. */
const LAST_DISAGREEMENT = 1e-6;

/** Map area (CRS units squared) per m2 of the ellipsoid at the origin of a local map; NaN where there is none. */
function mapPerTrue(map: LocalMap): number {
  for (const reach of REACHES) {
    const wide = { east: slope(map, 1, 0, reach), north: slope(map, 0, 1, reach) };
    const near = { east: slope(map, 1, 0, reach / 2), north: slope(map, 0, 1, reach / 2) };
    const found = determinant(richer(wide.east, near.east), richer(wide.north, near.north));
    const coarse = determinant(wide.east, wide.north);
    const allowed = reach === REACHES.at(-1) ? LAST_DISAGREEMENT : allowedDisagreement(reach);
    if (Math.abs(found - coarse) <= allowed * found && found > 0 && found < Number.POSITIVE_INFINITY) return found;
  }
  return Number.NaN;
}

/**
 * The areal factor of a projected system: true area = factor * map area, for areas so small that it is constant.
 *
 * Reciprocal of the Jacobian |d(x, y) / d(east, north)|. The place comes from the inverse projection, which may iterate and
 * stop early; the differences from the forward one, which is a closed formula and good to the last digits of a double.
 * Relative error below 1e-10 in usual maps. Errors: CRS_UNSUPPORTED of makeTransform; INTERNAL for a geographic system.
 */
export function arealFactor(crs: Crs): ArealFactor {
  if (crs.kind !== 'projected') {
    throw new CitysinkError('INTERNAL', `${crs.name}: areal factors are of projected systems, this one is geographic`);
  }
  const geographic = geographicOf(crs);
  const inverse = makeTransform(crs, geographic);
  const forward = makeTransform(geographic, crs);
  const unitM2 = crs.unitSize * crs.unitSize;
  return (x, y) => {
    const [longitude, latitude] = inverse(x, y);
    if (!Number.isFinite(longitude) || !Number.isFinite(latitude)) return Number.NaN;
    return 1 / (unitM2 * mapPerTrue(localMap(geographic, forward, { longitude, latitude })));
  };
}
