/**
 * Interrupted Goode Homolosine, land-oriented (`+proj=igh`, ESRI:54052): the system of SoilGrids and other global rasters.
 * Goode 1925; the twelve pieces and the offset of the joint as in Steinwand 1994, "Mapping raster imagery to the
 * Interrupted Goode Homolosine projection". Geodetic latitudes are taken as those of a sphere of radius `a`, as PROJ does.
 * Here: the unit sphere, radians, longitudes from the central meridian of the system.
 */

const RADIAN = Math.PI / 180;

/** Where sinusoidal and Mollweide have the same scale along the parallel: 40 degrees 44' 11.8". */
const JOINT = (40 + 44 / 60 + 11.8 / 3600) * RADIAN;

/** The joint itself is Mollweide in the north and sinusoidal in the south, as in PROJ. */
function isSinusoidal(latitude: number): boolean {
  return latitude >= -JOINT && latitude < JOINT;
}

/** PROJ's tolerances: of a lobe's borders, and of latitudes beyond a pole. */
const BORDER = 1e-10;
const POLE = 1e-12;

/** One lobe of the plane, sinusoidal near the equator and Mollweide beyond the joint. */
interface Lobe {
  readonly west: number;
  readonly east: number;
  readonly centre: number;
  /** Borders beyond 60 degrees north: both northern lobes show Greenland whole. Only the inverse knows of these. */
  readonly arctic?: { readonly west: number; readonly east: number };
}

function lobe(west: number, east: number, centre: number): Lobe {
  return { west: west * RADIAN, east: east * RADIAN, centre: centre * RADIAN };
}

const ARCTIC = 60 * RADIAN;

/** From west to east. */
const NORTHERN: readonly Lobe[] = [
  { ...lobe(-180, -40, -100), arctic: { west: -Math.PI, east: -10 * RADIAN } },
  { ...lobe(-40, 180, 30), arctic: { west: -50 * RADIAN, east: Math.PI } },
];
const SOUTHERN: readonly Lobe[] = [lobe(-180, -100, -160), lobe(-100, -20, -60), lobe(-20, 80, 20), lobe(80, 180, 140)];

/**
 * The lobe of a longitude, or of an x of the plane: lobes meet at the equator, where both are the same number.
 * A common border belongs to the lobe in the west, the equator to the north.
 */
function lobeAt(along: number, north: boolean): Lobe {
  const lobes = north ? NORTHERN : SOUTHERN;
  return lobes.find(({ east }) => along <= east) ?? (lobes.at(-1) as Lobe);
}

/** y of the pole, and widest x per radian of longitude, of Mollweide's ellipse. */
const ELLIPSE_Y = Math.SQRT2;
const ELLIPSE_X = (2 * Math.SQRT2) / Math.PI;

/** angle - sin(angle) without loss of digits at small angles. */
function lessSine(angle: number): number {
  if (angle > 0.5) return angle - Math.sin(angle);
  const square = angle * angle;
  let sum = 1;
  for (const divisor of [210, 156, 110, 72, 42, 20]) sum = 1 - (square / divisor) * sum;
  return (angle * square * sum) / 6;
}

/**
 * Twice the angle from Mollweide's pole, from the distance to the pole on the sphere: of angle - sin(angle) =
 * pi (1 - cos(distance)). Written from the pole, Newton converges everywhere: the usual 2t + sin(2t) = pi sin(latitude)
 * loses half of its digits there and goes by bisecting.
 */
function mollweideAngle(distance: number): number {
  const aim = 2 * Math.PI * Math.sin(distance / 2) ** 2;
  // Below the root of a convex function: the first step goes beyond it, all others come down to it.
  let angle = Math.cbrt(6 * aim);
  for (let k = 0; k < 12 && angle > 0; k++) {
    const step = (lessSine(angle) - aim) / (2 * Math.sin(angle / 2) ** 2);
    angle -= step;
    if (Math.abs(step) <= 1e-15 * angle) break;
  }
  return angle;
}

/** What Mollweide's y is above the sinusoidal y at the joint. */
const JOINT_OFFSET = ELLIPSE_Y * Math.cos(mollweideAngle(Math.PI / 2 - JOINT) / 2) - JOINT;

/** x (east) and y (north): radians on the sphere, or radii on the plane. */
export interface HomolosinePoint {
  readonly x: number;
  readonly y: number;
}

/** The plane point of longitude x within half a turn and latitude y; undefined beyond the poles. */
export function forwardOnSphere({ x, y }: HomolosinePoint): HomolosinePoint | undefined {
  const latitude = Math.abs(y);
  if (!(latitude <= Math.PI / 2 + POLE)) return undefined;
  const { centre } = lobeAt(x, y >= 0);
  if (isSinusoidal(y)) return { x: centre + (x - centre) * Math.cos(y), y };
  const angle = mollweideAngle(Math.max(0, Math.PI / 2 - latitude));
  const up = ELLIPSE_Y * Math.cos(angle / 2) - JOINT_OFFSET;
  return { x: centre + (x - centre) * ELLIPSE_X * Math.sin(angle / 2), y: y < 0 ? -up : up };
}

/** Half an angle, in radians, from Mollweide's pole: 0.01 mm on the Earth. All longitudes are the same there. */
const AT_POLE = 1e-8;

/** Longitude x and latitude y of a plane point; undefined in the interruptions and outside of the map. */
export function inverseOnSphere({ x, y }: HomolosinePoint): HomolosinePoint | undefined {
  const found = lobeAt(x, y >= 0);
  const { latitude, width } = parallelAt(y);
  if (Number.isNaN(latitude)) return undefined;
  const { west, east } = latitude >= ARCTIC - BORDER && found.arctic !== undefined ? found.arctic : found;
  const across = x - found.centre;
  if (width < AT_POLE) return Math.abs(across) < 10 * AT_POLE ? { x: found.centre, y: latitude } : undefined;
  const longitude = found.centre + across / width;
  return longitude >= west - BORDER && longitude <= east + BORDER ? { x: longitude, y: latitude } : undefined;
}

/** Latitude at a plane's y, and how long a radian of longitude is there. Missing: latitude NaN beyond the pole. */
function parallelAt(y: number): { readonly latitude: number; readonly width: number } {
  if (isSinusoidal(y)) return { latitude: y, width: Math.cos(y) };
  const share = (Math.abs(y) + JOINT_OFFSET) / ELLIPSE_Y;
  if (!(share <= 1 + BORDER)) return { latitude: Number.NaN, width: 0 };
  const half = Math.acos(Math.min(1, share));
  const distance = 2 * Math.asin(Math.sqrt(lessSine(2 * half) / (2 * Math.PI)));
  const latitude = Math.PI / 2 - distance;
  return { latitude: y < 0 ? -latitude : latitude, width: ELLIPSE_X * Math.sin(half) };
}

/** What proj4 has read from a definition: radius and false origin (m), central meridian (radians). */
interface Frame {
  readonly a: number;
  readonly x0?: number;
  readonly y0?: number;
  readonly long0?: number;
}

/** Half a turn is kept on its own side, as PROJ does. */
function withinHalfTurn(angle: number): number {
  return Math.abs(angle) <= Math.PI ? angle : angle - 2 * Math.PI * Math.floor((angle + Math.PI) / (2 * Math.PI));
}

/** The projection as proj4 takes it: radians in, metres out, and back. Undefined, which proj4 hands on, where there is none. */
export const HOMOLOSINE = {
  names: ['igh'],
  forward(this: Frame, { x, y }: HomolosinePoint): HomolosinePoint | undefined {
    const plane = forwardOnSphere({ x: withinHalfTurn(x - (this.long0 ?? 0)), y });
    return plane && { x: plane.x * this.a + (this.x0 ?? 0), y: plane.y * this.a + (this.y0 ?? 0) };
  },
  inverse(this: Frame, { x, y }: HomolosinePoint): HomolosinePoint | undefined {
    const sphere = inverseOnSphere({ x: (x - (this.x0 ?? 0)) / this.a, y: (y - (this.y0 ?? 0)) / this.a });
    return sphere && { x: withinHalfTurn(sphere.x + (this.long0 ?? 0)), y: sphere.y };
  },
};
