/** proj4 definitions from WKT 1 (OGC's and ESRI's) that carries no EPSG code, as most .prj files do. */

import { childOf, nameOf, type WktNode } from './wkt.ts';

/** A definition, or why there is none. */
export type WktDefinition =
  | { readonly definition: string; readonly problem: null }
  | { readonly definition: null; readonly problem: string };

interface Projection {
  readonly proj: string;
  /** proj4's parameter for each of WKT's. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Parameters that the projection has besides. */
  readonly fixed?: string;
  /** Parameters of WKT that must be there with this value: the method's other forms are other projections. */
  readonly required?: Readonly<Record<string, number>>;
}

const LON_0 = { central_meridian: 'lon_0', longitude_of_center: 'lon_0', longitude_of_origin: 'lon_0' };
const ORIGIN = { ...LON_0, latitude_of_origin: 'lat_0', latitude_of_center: 'lat_0' };
const PARALLELS = { standard_parallel_1: 'lat_1', standard_parallel_2: 'lat_2' };
const SCALE = { scale_factor: 'k_0' };
const TRUE_SCALE = { standard_parallel_1: 'lat_ts' };

/** Methods by name, lower case: those that proj4 computes as PROJ does (tests/golden/wkt-systems.test.ts). */
const PROJECTIONS: Readonly<Record<string, Projection>> = {
  transverse_mercator: { proj: 'tmerc', parameters: { ...ORIGIN, ...SCALE } },
  gauss_kruger: { proj: 'tmerc', parameters: { ...ORIGIN, ...SCALE } },
  lambert_conformal_conic: { proj: 'lcc', parameters: { ...ORIGIN, ...PARALLELS, ...SCALE } },
  lambert_conformal_conic_1sp: { proj: 'lcc', parameters: { ...ORIGIN, ...SCALE } },
  lambert_conformal_conic_2sp: { proj: 'lcc', parameters: { ...ORIGIN, ...PARALLELS } },
  albers: { proj: 'aea', parameters: { ...ORIGIN, ...PARALLELS } },
  albers_conic_equal_area: { proj: 'aea', parameters: { ...ORIGIN, ...PARALLELS } },
  lambert_azimuthal_equal_area: { proj: 'laea', parameters: ORIGIN },
  mercator: { proj: 'merc', parameters: { ...LON_0, ...TRUE_SCALE } },
  mercator_1sp: { proj: 'merc', parameters: { ...LON_0, ...SCALE } },
  mercator_2sp: { proj: 'merc', parameters: { ...LON_0, ...TRUE_SCALE } },
  stereographic_north_pole: { proj: 'stere', parameters: { ...LON_0, ...TRUE_SCALE }, fixed: '+lat_0=90' },
  stereographic_south_pole: { proj: 'stere', parameters: { ...LON_0, ...TRUE_SCALE }, fixed: '+lat_0=-90' },
  // The latitude of origin of OGC's WKT 1 is that of true scale here; its sign says which pole.
  polar_stereographic: { proj: 'stere', parameters: { ...LON_0, latitude_of_origin: 'lat_ts' } },
  interrupted_goode_homolosine: { proj: 'igh', parameters: LON_0 },
  // ESRI's: option 0 is not interrupted, 2 is cut for oceans. OGC's WKT has this name for the former, without option.
  goode_homolosine: { proj: 'igh', parameters: LON_0, required: { option: 1 } },
};

/** Values of parameters that say nothing. */
const NEUTRAL: Readonly<Record<string, number>> = { latitude_of_origin: 0, auxiliary_sphere_type: 0, scale_factor: 1 };

/** Datums on an ellipsoid of today that still are metres off WGS 84 (Cyprus, Israel). */
const UNTIED_DATUM = /cyprus|ig05|israeli/i;

function none(problem: string): WktDefinition {
  return { definition: null, problem };
}

/** The proj4 definition of a PROJCS or GEOGCS. Only what its text says: without TOWGS84 nothing but today's ellipsoids. */
export function definitionFromWkt(node: WktNode): WktDefinition {
  const geographic = node.keyword === 'GEOGCS' ? node : childOf(node, 'GEOGCS');
  if (geographic === undefined) return none('it has no EPSG code, and only WKT 1 is read without one');
  const datum = datumOf(geographic);
  if (datum.definition === null) return datum;
  const greenwich = Number(childOf(geographic, 'PRIMEM')?.values[1] ?? 0) === 0;
  if (!greenwich) return none('its prime meridian is not Greenwich');
  const degree = Number(childOf(geographic, 'UNIT')?.values[1] ?? Number.NaN);
  if (!(Math.abs(degree - Math.PI / 180) < 1e-9)) return none('its angles are not in degrees');
  if (node === geographic) return { definition: `+proj=longlat ${datum.definition}`, problem: null };
  return projectedDefinition(node, datum.definition);
}

/** Semi-major axes (m) and inverse flattenings that are those of WGS 84 and GRS 80. */
function isOfToday(a: number, rf: number): boolean {
  return Math.abs(a - 6378137) < 1e-3 && Math.abs(rf - 298.2572) < 1e-3;
}

function datumOf(geographic: WktNode): WktDefinition {
  const datum = childOf(geographic, 'DATUM');
  const spheroid = datum === undefined ? undefined : childOf(datum, 'SPHEROID', 'ELLIPSOID');
  const [a, rf] = [Number(spheroid?.values[1]), Number(spheroid?.values[2])];
  if (datum === undefined || !(a > 0) || !(rf >= 0)) return none('its datum or ellipsoid is missing');
  const ellipsoid = rf === 0 ? `+a=${a} +b=${a}` : `+a=${a} +rf=${rf}`;
  const shift = childOf(datum, 'TOWGS84')?.values.map(Number);
  if (shift !== undefined) {
    if (!shift.every(Number.isFinite) || (shift.length !== 3 && shift.length !== 7))
      return none('its TOWGS84 is damaged');
    return { definition: `${ellipsoid} +towgs84=${shift.join(',')}`, problem: null };
  }
  if (isOfToday(a, rf) && !UNTIED_DATUM.test(nameOf(datum))) return { definition: ellipsoid, problem: null };
  return none(`its text does not say how its datum ${nameOf(datum)} lies to WGS 84`);
}

function projectedDefinition(node: WktNode, datum: string): WktDefinition {
  const method = nameOf(childOf(node, 'PROJECTION')).toLowerCase().replaceAll(' ', '_');
  const projection = PROJECTIONS[method];
  if (projection === undefined) return none(`its projection ${method || 'is missing'} is not read from WKT`);
  const metres = Number(childOf(node, 'UNIT')?.values[1] ?? Number.NaN);
  if (!(metres > 0)) return none('its linear unit is missing');
  // On polar planes all directions are south or north; x still runs to the right there.
  const turned = node.children.some(
    (child) => child.keyword === 'AXIS' && /^(west|south)$/i.test(String(child.values[1])),
  );
  if (turned && projection.proj !== 'stere') {
    return none('its axes run west or south');
  }
  const given = node.children.filter((child) => child.keyword === 'PARAMETER');
  const names = given.map((parameter) => parameterName(parameter));
  const missing = Object.keys(projection.required ?? {}).find((name) => !names.includes(name));
  if (missing !== undefined) return none(`its parameter ${missing} is missing, which says what ${method} is meant`);
  const parts = [`+proj=${projection.proj}`, ...(projection.fixed === undefined ? [] : [projection.fixed])];
  for (const parameter of given) {
    const name = parameterName(parameter);
    const value = Number(parameter.values[1]);
    if (!Number.isFinite(value)) return none(`its parameter ${name} is no number`);
    const key = projection.parameters[name];
    // False offsets stand in the system's own unit in WKT, in metres in proj4.
    if (name === 'false_easting') parts.push(`+x_0=${value * metres}`);
    else if (name === 'false_northing') parts.push(`+y_0=${value * metres}`);
    else if (key !== undefined) parts.push(`+${key}=${value}`);
    else if (value !== (projection.required?.[name] ?? NEUTRAL[name]))
      return none(`its parameter ${name} is not read for ${method}`);
  }
  return { definition: [...withImplied(parts), datum, `+to_meter=${metres}`].join(' '), problem: null };
}

function parameterName(parameter: WktNode): string {
  return nameOf(parameter).toLowerCase().replaceAll(' ', '_');
}

/** What WKT leaves unsaid and proj4 wants named: the one parallel that a cone touches at, the pole of a polar plane. */
function withImplied(parts: readonly string[]): readonly string[] {
  const value = (key: string) => parts.find((part) => part.startsWith(`+${key}=`))?.slice(key.length + 2);
  const [origin, trueScale] = [value('lat_0'), value('lat_ts')];
  if (parts[0] === '+proj=lcc' && value('lat_1') === undefined && origin !== undefined) {
    return [...parts, `+lat_1=${origin}`];
  }
  if (parts[0] === '+proj=stere' && origin === undefined)
    return [...parts, `+lat_0=${Number(trueScale) < 0 ? -90 : 90}`];
  return parts;
}
