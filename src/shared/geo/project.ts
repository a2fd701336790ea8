/** The only door to proj4: what a definition string says of its ellipsoid and unit, and transforms between systems. */

import proj4, { type Converter } from 'proj4';
import { CitysinkError } from '../errors.ts';
import type { Crs } from './crs.ts';
import { isBelieved, isUntied } from './datum-shifts.ts';
import { HOMOLOSINE } from './homolosine.ts';

// proj4's type of a projection is that of a whole system; by its documentation names and two functions are enough.
proj4.Proj.projections.add(HOMOLOSINE as unknown as InstanceType<typeof proj4.Proj>, 0);

/** Map coordinates in one system to map coordinates in another; NaN where the projection is not defined. */
export type Transform = (x: number, y: number) => [number, number];

/** Parameters of a proj4 string by name; flags such as `+south` are the empty string. */
export function proj4Parameters(definition: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const [, name, quoted, plain] of definition.matchAll(/\+([A-Za-z_0-9]+)(?:=(?:"([^"]*)"?|([^\s]*)))?/g)) {
    if (name !== undefined) parameters.set(name, quoted ?? plain ?? '');
  }
  return parameters;
}

/** Ellipsoids that PROJ knows by name and proj4 does not (it would take WGS 84 without a word). */
const MISSING_ELLIPSOIDS: Readonly<Record<string, string>> = {
  WGS72: '+a=6378135 +rf=298.26',
  GSK2011: '+a=6378136.5 +rf=298.2564151',
  CGCS2000: '+ellps=GRS80',
};

/** A definition in which every ellipsoid is one that proj4 knows. */
export function withKnownEllipsoid(definition: string): string {
  return definition.replace(/\+ellps=(\S+)/, (all, name: string) => MISSING_ELLIPSOIDS[name] ?? all);
}

const ELLIPSOID_KEYS = ['datum', 'ellps', 'a', 'b', 'rf', 'R'];

/**
 * Ellipsoid and linear unit (metres in one) of a definition, also of projections that proj4 cannot compute.
 * Errors: CRS_UNSUPPORTED where the definition says neither.
 */
export function measuresOf(definition: string): {
  readonly a: number;
  readonly e2: number;
  readonly metresPerUnit: number;
} {
  const parameters = proj4Parameters(definition);
  const keep = [...ELLIPSOID_KEYS, 'units', 'to_meter'].flatMap((key) => {
    const value = parameters.get(key);
    return value === undefined ? [] : [`+${key}=${value}`];
  });
  const reduced: { a: unknown; es: unknown; to_meter?: unknown } = new proj4.Proj(
    `+proj=merc +lon_0=0 ${keep.join(' ')}`,
  );
  const a = Number(reduced.a);
  const e2 = Number(reduced.es);
  const metresPerUnit = Number(reduced.to_meter ?? 1);
  const ellps = parameters.get('ellps')?.toLowerCase() ?? 'wgs84';
  // proj4 takes WGS 84 for names that it does not know.
  const unknownName =
    ellps !== 'wgs84' && !parameters.has('a') && a === EARTH.a && e2 === measuresOf('+ellps=WGS84').e2;
  if (unknownName || !(a > 0 && e2 >= 0 && e2 < 1 && metresPerUnit > 0)) {
    throw unsupported(definition, 'its definition gives no usable ellipsoid or unit');
  }
  return { a, e2, metresPerUnit };
}

/**
 * How a system is tied to WGS 84.
 * `same`: equal for our purpose (WGS 84, NAD83, ETRS89, SIRGAS 2000, CGCS2000 ...: the known shift is zero).
 * `sphere`: latitudes of WGS 84 taken as they are (Web Mercator, MODIS sinusoidal), as GDAL does.
 * `shift`: three or seven parameters in the definition, of the user or believed. `grid`: needs a file of shifts.
 * `unknown`: says nothing, or nothing that is believed.
 */
type Tie = 'same' | 'sphere' | 'shift' | 'grid' | 'unknown';

/** Semi-major axis (m) and range of e2 that hold GRS 80 and WGS 84 (which differ by 0.1 mm in the minor axis). */
const EARTH = { a: 6378137, e2: 0.00669438, tolerance: 1e-8 };

function tieOf(crs: Crs): Tie {
  const parameters = proj4Parameters(crs.proj4);
  const datum = parameters.get('datum')?.toUpperCase();
  const grids = parameters.get('nadgrids');
  if (datum === 'WGS84' || datum === 'NAD83') return 'same';
  if (grids !== undefined && grids !== '@null') return 'grid';
  if (datum === 'NAD27') return 'grid';
  if (datum !== undefined) return 'unknown';
  const shift = parameters.get('towgs84');
  const numbers = (shift ?? '').split(',').map(Number);
  if (shift !== undefined && numbers.some((value) => value !== 0)) return tieOfShift(crs, shift, numbers);
  if (crs.ellipsoid.e2 === 0) return 'sphere';
  if (isUntied(crs.epsg)) return 'unknown';
  const { a, e2 } = crs.ellipsoid;
  return Math.abs(a - EARTH.a) < 1e-3 && Math.abs(e2 - EARTH.e2) < EARTH.tolerance ? 'same' : 'unknown';
}

/** A shift written by the user or the file is taken as it is; one that came with an EPSG code only if it is believed. */
function tieOfShift(crs: Crs, shift: string, numbers: readonly number[]): Tie {
  if (!numbers.every(Number.isFinite) || (numbers.length !== 3 && numbers.length !== 7)) return 'unknown';
  return crs.epsg === null || isBelieved(shift) ? 'shift' : 'unknown';
}

/** What must agree for two systems to share a datum that we know no shift for. */
function datumKey(crs: Crs): string {
  const parameters = proj4Parameters(crs.proj4);
  const named = ['datum', 'nadgrids', 'towgs84'].map((key) => parameters.get(key) ?? '');
  return [...named, crs.ellipsoid.a, crs.ellipsoid.e2.toPrecision(12)].join(' ');
}

function withoutDatum(crs: Crs): string {
  const flattening = 1 - Math.sqrt(1 - crs.ellipsoid.e2);
  const minor = crs.ellipsoid.a * (1 - flattening);
  const kept = [...proj4Parameters(crs.proj4)]
    .filter(([key]) => ![...ELLIPSOID_KEYS, 'nadgrids', 'towgs84', 'R_A', 'wktext', 'no_defs', 'type'].includes(key))
    .map(([key, value]) => (value === '' ? `+${key}` : `+${key}=${value}`));
  // The Swiss projection of proj4 reads the flattening alone.
  const inverse = flattening === 0 ? '' : ` +rf=${1 / flattening}`;
  return withOrigin(`${kept.join(' ')} +a=${crs.ellipsoid.a} +b=${minor}${inverse} +no_defs`);
}

function unsupported(name: string, why: string): CitysinkError {
  return new CitysinkError('CRS_UNSUPPORTED', `${name}: ${why}`, { context: { crs: name } });
}

/**
 * The definitions to give to proj4. Without a datum on either side nothing is shifted: right for equal datums.
 * Errors: CRS_UNSUPPORTED where a shift is needed that we do not have: nothing is shifted in silence.
 */
function definitionsFor(from: Crs, to: Crs): [string, string] {
  const ties = [tieOf(from), tieOf(to)];
  if (datumKey(from) === datumKey(to) || ties.every((tie) => tie === 'same' || tie === 'sphere')) {
    return [withoutDatum(from), withoutDatum(to)];
  }
  for (const crs of [from, to]) {
    const tie = tieOf(crs);
    const other = crs === from ? to.name : from.name;
    if (tie === 'grid')
      throw unsupported(crs.name, `a transform to or from ${other} needs a datum shift grid that is not here`);
    if (tie === 'unknown')
      throw unsupported(crs.name, `no shift between its datum and that of ${other} is known well enough`);
  }
  return [withOrigin(from.proj4), withOrigin(to.proj4)];
}

/** False easting and northing, and the origin, are 0 where a definition leaves them out; proj4 makes NaN of that in some projections. */
function withOrigin(definition: string): string {
  const parameters = proj4Parameters(definition);
  const missing = ['x_0', 'y_0', 'lat_0', 'lon_0'].filter((key) => !parameters.has(key)).map((key) => ` +${key}=0`);
  return definition + missing.join('');
}

function refuseOddAxes(crs: Crs): void {
  const axis = proj4Parameters(crs.proj4).get('axis');
  if (axis !== undefined && axis !== 'enu') {
    throw unsupported(
      crs.name,
      `its axes run '${axis}'; only systems with x to the east and y to the north are transformed`,
    );
  }
}

/** Angular units that are not degrees (grads of the old French systems) are turned into degrees for proj4. */
function degreesOf(crs: Crs): number {
  return crs.kind === 'geographic' ? crs.unitSize : 1;
}

/**
 * A transform of points, `x` being east and `y` north in both systems (longitude first).
 * Errors: CRS_UNSUPPORTED for projections that are not computed, odd axes and missing datum shifts.
 */
export function makeTransform(from: Crs, to: Crs): Transform {
  refuseOddAxes(from);
  refuseOddAxes(to);
  const [fromDefinition, toDefinition] = definitionsFor(from, to);
  const converter = connect(from, to, fromDefinition, toDefinition);
  const inSize = degreesOf(from);
  const outSize = degreesOf(to);
  return (x, y) => {
    if (!Number.isFinite(x) || !Number.isFinite(y)) return [Number.NaN, Number.NaN];
    try {
      const [outX = Number.NaN, outY = Number.NaN] = converter.forward([x * inSize, y * inSize]);
      return [outX / outSize, outY / outSize];
    } catch {
      // proj4 throws for some points outside the projection's domain and gives NaN for others.
      return [Number.NaN, Number.NaN];
    }
  };
}

function connect(from: Crs, to: Crs, fromDefinition: string, toDefinition: string): Converter {
  for (const [crs, definition] of [[from, fromDefinition] as const, [to, toDefinition] as const]) {
    try {
      new proj4.Proj(definition);
    } catch (cause) {
      throw new CitysinkError('CRS_UNSUPPORTED', `${crs.name}: its projection is not one that can be computed`, {
        context: { crs: crs.name, definition: crs.proj4 },
        cause,
      });
    }
  }
  return proj4(fromDefinition, toDefinition);
}
