/** The only door to epsg-index: coordinate reference systems by EPSG code, by name in its many spellings, or by proj4 string. */

import { CitysinkError } from '../errors.ts';
import type { Crs } from './crs.ts';
import { correctShift } from './datum-shifts.ts';
import { measuresOf, proj4Parameters, withKnownEllipsoid } from './project.ts';
import { childOf, epsgOf, nameOf, parseWkt, type WktNode } from './wkt.ts';
import { definitionFromWkt } from './wkt-definition.ts';

interface EpsgEntry {
  readonly kind: string;
  readonly name: string;
  readonly proj4: string | null;
  readonly unit: string | null;
}

function unsupported(crs: string, why: string, cause?: unknown): CitysinkError {
  return new CitysinkError('CRS_UNSUPPORTED', `${crs}: ${why}`, { context: { crs }, cause });
}

async function entryOf(code: number): Promise<EpsgEntry> {
  try {
    const module: { default: EpsgEntry } = await import(`epsg-index/s/${code}.json`, { with: { type: 'json' } });
    return module.default;
  } catch (cause) {
    throw unsupported(`EPSG:${code}`, 'no such code in the EPSG index that is used', cause);
  }
}

/** Degrees in one grad, the angular unit of a few old geographic systems. */
const DEGREES_PER_GRAD = 0.9;

/**
 * The system of an EPSG code. Three-dimensional and compound systems give their horizontal part.
 * Errors: CRS_UNSUPPORTED for unknown codes and for systems without horizontal map coordinates.
 */
export async function crsFromEpsg(code: number): Promise<Crs> {
  if (!Number.isSafeInteger(code) || code <= 0)
    throw unsupported(`EPSG:${code}`, 'an EPSG code is a positive whole number');
  const entry = await entryOf(code);
  if (entry.proj4 === null || entry.proj4 === '') {
    throw unsupported(`EPSG:${code}`, `${entry.name} has no horizontal definition that can be used`);
  }
  const crs = crsFromProj4(correctShift(entry.proj4), `EPSG:${code} (${entry.name})`);
  const grads = crs.kind === 'geographic' && /grad/i.test(entry.unit ?? '');
  return { ...crs, epsg: code, unitSize: grads ? DEGREES_PER_GRAD : crs.unitSize };
}

/** Longitude and latitude by the names that proj4 has for them. */
const GEOGRAPHIC = new Set(['longlat', 'latlong', 'lonlat', 'latlon']);

/** A system without EPSG code, from its proj4 string. Errors: CRS_UNSUPPORTED (geocentric, no projection, no ellipsoid). */
export function crsFromProj4(definition: string, name: string): Crs {
  const proj = proj4Parameters(definition).get('proj');
  if (proj === undefined || proj === 'geocent')
    throw unsupported(name, 'it has no map coordinates (no +proj, or geocentric)');
  const known = withKnownEllipsoid(definition.trim());
  let measures: ReturnType<typeof measuresOf>;
  try {
    measures = measuresOf(known);
  } catch (cause) {
    throw unsupported(name, `its definition '${definition}' is not understood`, cause);
  }
  const kind = GEOGRAPHIC.has(proj) ? 'geographic' : 'projected';
  return {
    epsg: null,
    name,
    kind,
    unitSize: kind === 'geographic' ? 1 : measures.metresPerUnit,
    proj4: known,
    ellipsoid: { a: measures.a, e2: measures.e2 },
  };
}

/** ESRI's number of Interrupted Goode Homolosine, which EPSG has none for. */
const HOMOLOSINE = /^esri:+54052$/i;

const EPSG_FORMS = [
  /^(\d{4,6})$/,
  /^epsg:+(\d+)$/i,
  /^urn:ogc:def:crs:epsg:[^:]*:(\d+)$/i,
  /^https?:\/\/www\.opengis\.net\/def\/crs\/epsg\/[^/]+\/(\d+)$/i,
];

/** WGS 84 with longitude first, as GeoJSON has it; EPSG:4326 here is read in the same order. */
const CRS84 =
  /^(?:(?:urn:ogc:def:crs:)?ogc:(?:[\d.]*:)?crs84|https?:\/\/www\.opengis\.net\/def\/crs\/ogc\/[^/]+\/crs84|wgs ?84|crs84)$/i;

/**
 * The system that a text names: `EPSG:32632`, `32632`, `urn:ogc:def:crs:EPSG::32632`, `OGC:CRS84`, its URNs and URLs,
 * `ESRI:54052`, a proj4 string, or well-known text. Coordinates are always taken as x (east), y (north). Errors: CRS_UNSUPPORTED.
 */
export async function parseCrs(text: string): Promise<Crs> {
  const trimmed = text.trim();
  if (CRS84.test(trimmed)) return crsFromEpsg(4326);
  if (HOMOLOSINE.test(trimmed))
    return crsFromProj4(
      '+proj=igh +lon_0=0 +datum=WGS84 +units=m +no_defs',
      'ESRI:54052 (World_Goode_Homolosine_Land)',
    );
  for (const form of EPSG_FORMS) {
    const code = form.exec(trimmed)?.[1];
    if (code !== undefined) return crsFromEpsg(Number(code));
  }
  if (trimmed.startsWith('+proj=')) return crsFromProj4(trimmed, trimmed);
  if (/^[A-Z_]+\s*\[/i.test(trimmed)) return crsFromWkt(trimmed);
  throw unsupported(trimmed, 'not a coordinate reference system that is understood (expected for example EPSG:32632)');
}

/** Sphere of Web Mercator in ESRI's words; its parameters are those of EPSG:3857 where they are all 0. */
const AUXILIARY_SPHERE = 'mercator_auxiliary_sphere';

/**
 * The system that a well-known text describes (.prj, GeoPackage, FlatGeobuf): by its EPSG code if it carries one, else
 * from its parameters (WKT 1 only). Errors: CRS_UNSUPPORTED for what is no WKT, not computed, or not tied to WGS 84.
 */
export async function crsFromWkt(text: string): Promise<Crs> {
  const root = parseWkt(text);
  const node = root === null ? undefined : horizontalPart(root);
  if (node === undefined)
    throw unsupported('its well-known text', 'not a coordinate reference system that is understood');
  const code = epsgOf(node);
  if (code !== null) return crsFromEpsg(code);
  if (isWebMercator(node)) return crsFromEpsg(3857);
  const extension = childOf(node, 'EXTENSION')?.values ?? [];
  if (extension[0] === 'PROJ4') return crsFromProj4(String(extension[1]), nameOf(node));
  const { definition, problem } = definitionFromWkt(node);
  if (definition === null) throw unsupported(nameOf(node), problem);
  return crsFromProj4(definition, nameOf(node));
}

const HORIZONTAL = [
  'PROJCS',
  'GEOGCS',
  'PROJCRS',
  'PROJECTEDCRS',
  'GEOGCRS',
  'GEOGRAPHICCRS',
  'GEODCRS',
  'GEODETICCRS',
];

/** The system itself, or that inside of a compound (with heights) or bound (with a shift) one. */
function horizontalPart(node: WktNode): WktNode | undefined {
  if (HORIZONTAL.includes(node.keyword)) return node;
  if (node.keyword === 'COMPD_CS' || node.keyword === 'COMPOUNDCRS' || node.keyword === 'SOURCECRS') {
    return childOf(node, ...HORIZONTAL);
  }
  const source = node.keyword === 'BOUNDCRS' ? childOf(node, 'SOURCECRS') : undefined;
  return source === undefined ? undefined : horizontalPart(source);
}

function isWebMercator(node: WktNode): boolean {
  if (node.keyword === 'PROJCS' && /pseudo[- _]mercator/i.test(nameOf(node))) return true;
  if (nameOf(childOf(node, 'PROJECTION')).toLowerCase() !== AUXILIARY_SPHERE) return false;
  const parameters = node.children.filter((child) => child.keyword === 'PARAMETER');
  const geographic = childOf(node, 'GEOGCS');
  const isWgs84 = /wgs_?(19)?84/i.test(nameOf(geographic && childOf(geographic, 'DATUM')));
  return isWgs84 && parameters.every((parameter) => Number(parameter.values[1]) === 0);
}
