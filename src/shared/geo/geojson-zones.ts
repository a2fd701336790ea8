/** Zones from parsed GeoJSON: reads, and lists every mistake with the feature it is in. Coordinates stay in the file's CRS. */

import type { Problem } from '../errors.ts';
import { type CrossingSearch, findCrossings, MAX_FOUND } from './ring-crossings.ts';
import type { Polygon, Ring, Zone } from './zone.ts';

export interface ZoneReading {
  /** File name for messages. */
  readonly file: string;
  /** Property with the id of a zone; null: numbered from 1. */
  readonly idKey: string | null;
  /** Property with the name of a zone; null: the id. */
  readonly labelKey: string | null;
  /** Degrees in one unit of the file's coordinates if they are longitudes and latitudes, else null. */
  readonly degreesPerUnit: number | null;
  readonly maxVertices: number;
}

export interface ZonesRead {
  readonly zones: readonly Zone[];
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
}

type Json = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function own(object: Json, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** A value as messages show it: JSON, cut short. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** Name of the file's own CRS (GeoJSON 2008's `crs` member), or null where it has none. */
export function crsNameOf(geojson: unknown): { readonly name: string | null; readonly problem: string | null } {
  const crs = isObject(geojson) ? own(geojson, 'crs') : undefined;
  if (crs === undefined || crs === null) return { name: null, problem: null };
  const properties = isObject(crs) && crs.type === 'name' ? crs.properties : undefined;
  const name = isObject(properties) ? properties.name : undefined;
  if (typeof name === 'string') return { name, problem: null };
  return { name: null, problem: `the crs member is not {"type": "name", "properties": {"name": ...}}: ${shown(crs)}` };
}

interface FeatureSource {
  readonly properties: Json;
  readonly geometry: unknown;
}

const GEOMETRY_TYPES = [
  'Point',
  'MultiPoint',
  'LineString',
  'MultiLineString',
  'Polygon',
  'MultiPolygon',
  'GeometryCollection',
];

function featuresOf(geojson: unknown): readonly FeatureSource[] | string {
  if (!isObject(geojson)) return shown(geojson);
  if (geojson.type === 'FeatureCollection' && Array.isArray(geojson.features)) {
    return geojson.features.map(featureOf);
  }
  if (geojson.type === 'Feature') return [featureOf(geojson)];
  if (typeof geojson.type === 'string' && GEOMETRY_TYPES.includes(geojson.type)) {
    return [{ properties: {}, geometry: geojson }];
  }
  return shown(geojson.type);
}

function featureOf(feature: unknown): FeatureSource {
  if (!isObject(feature)) return { properties: {}, geometry: undefined };
  return { properties: isObject(feature.properties) ? feature.properties : {}, geometry: own(feature, 'geometry') };
}

/** A list of a million mistakes helps nobody and costs memory. */
const MAX_PROBLEMS = 100;

/** Crossings that turn more than this share of a zone's area inside out are a mistake; less is digitising noise. */
const MAX_INVERTED_SHARE = 0.01;
/** Crossings that reach deeper than this share of the zone's diagonal are a mistake too. */
const MAX_RELATIVE_DEPTH = 0.05;

class Reader {
  readonly options: ZoneReading;
  readonly problems: Problem[] = [];
  readonly warnings: string[] = [];
  readonly ids = new Map<string, number>();
  vertices = 0;

  constructor(options: ZoneReading) {
    this.options = options;
  }

  report(where: string, message: string, expected?: string, found?: string): void {
    const problem = {
      where,
      message,
      ...(expected === undefined ? {} : { expected }),
      ...(found === undefined ? {} : { found }),
    };
    if (this.problems.length < MAX_PROBLEMS) this.problems.push(problem);
  }

  /** The id of a feature as text, or null after reporting why there is none. */
  id(feature: FeatureSource, number: number): string | null {
    const { idKey, file } = this.options;
    if (idKey === null) return String(number);
    const value = own(feature.properties, idKey);
    const where = `${file}: feature ${number}`;
    const id = typeof value === 'number' && Number.isFinite(value) ? String(value) : value;
    if (typeof id !== 'string' || id.trim() === '') {
      const keys = Object.keys(feature.properties).slice(0, 12).join(', ') || 'none';
      this.report(
        where,
        `no usable id in property "${idKey}"`,
        `text or a number; its properties are: ${keys}`,
        shown(value),
      );
      return null;
    }
    if (id === 'all')
      this.report(where, 'the id "all" stands for the whole city in the results', 'another id', '"all"');
    if (/\p{Cc}/u.test(id)) this.report(where, 'control characters in the id', 'printable text', shown(id));
    const earlier = this.ids.get(id);
    if (earlier !== undefined)
      this.report(`${where} (id ${shown(id)})`, 'id used twice', 'ids that differ', `the id of feature ${earlier}`);
    else this.ids.set(id, number);
    return id;
  }

  name(feature: FeatureSource, id: string, where: string): string {
    const { labelKey } = this.options;
    if (labelKey === null) return id;
    const value = own(feature.properties, labelKey);
    if (typeof value === 'string' && value.trim() !== '') return value;
    if (typeof value === 'number') return String(value);
    this.warnings.push(`${where}: no label in property "${labelKey}"; its id is shown`);
    return id;
  }

  polygons(geometry: unknown, where: string): Polygon[] {
    if (!isObject(geometry)) {
      this.report(where, 'no geometry', 'a Polygon or MultiPolygon', shown(geometry));
      return [];
    }
    const { type, coordinates } = geometry;
    const parts = type === 'Polygon' ? [coordinates] : type === 'MultiPolygon' ? coordinates : undefined;
    if (!Array.isArray(parts)) {
      this.report(where, 'not an area', 'a Polygon or MultiPolygon with coordinates', shown(type));
      return [];
    }
    if (parts.length === 0) this.report(where, 'no polygons', 'at least one polygon', 'an empty MultiPolygon');
    return parts.map((part, index) => this.polygon(part, parts.length > 1 ? `${where}, polygon ${index + 1}` : where));
  }

  polygon(rings: unknown, where: string): Polygon {
    if (!Array.isArray(rings) || rings.length === 0) {
      this.report(where, 'no rings', 'an outer ring and any holes', shown(rings));
      return [];
    }
    return rings.map((ring, index) =>
      this.ring(ring, index === 0 ? `${where}, outer ring` : `${where}, hole ${index}`),
    );
  }

  /** Flat coordinates; an unusable ring is empty and was reported. */
  ring(positions: unknown, where: string): Ring {
    const empty = new Float64Array(0);
    if (!Array.isArray(positions)) {
      this.report(where, 'not a ring', 'a list of positions', shown(positions));
      return empty;
    }
    this.vertices += positions.length;
    if (this.vertices > this.options.maxVertices) return empty;
    if (positions.length < 4) {
      this.report(where, 'too few positions', 'at least 4, the last like the first', String(positions.length));
      return empty;
    }
    const flat = new Float64Array(positions.length * 2);
    for (const [index, position] of positions.entries()) {
      if (!this.place(position, flat, index, where)) return empty;
    }
    if (flat[0] !== flat.at(-2) || flat[1] !== flat.at(-1)) {
      this.report(
        where,
        'not closed',
        `a last position like the first, ${shown(positions[0])}`,
        shown(positions.at(-1)),
      );
      return empty;
    }
    return flat;
  }

  /** Checks one position and stores it; false after reporting what is wrong with it. */
  place(position: unknown, flat: Float64Array, index: number, where: string): boolean {
    const [x, y]: unknown[] = Array.isArray(position) ? position : [];
    if (typeof x !== 'number' || typeof y !== 'number' || !Number.isFinite(x) || !Number.isFinite(y)) {
      this.report(`${where}, position ${index + 1}`, 'not a position', 'two finite numbers, x and y', shown(position));
      return false;
    }
    const degrees = this.options.degreesPerUnit;
    if (degrees !== null && (Math.abs(x * degrees) > 180 || Math.abs(y * degrees) > 90)) {
      const hint =
        'longitude in -180..180, then latitude in -90..90 (name the CRS with zones.crs if these are map coordinates)';
      this.report(
        `${where}, position ${index + 1}`,
        'outside the range of longitude and latitude',
        hint,
        shown(position),
      );
      return false;
    }
    flat[index * 2] = x;
    flat[index * 2 + 1] = y;
    return true;
  }

  crossings(polygons: readonly Polygon[], where: string): void {
    const searches = polygons.map((polygon) => findCrossings(polygon.filter((ring) => ring.length > 0)));
    if (searches.some((search) => !search.complete)) {
      this.warnings.push(`${where}: too entangled to look at all its edges for crossings`);
    }
    const count = searches.reduce((sum, search) => sum + search.count, 0);
    const deepest = searches.flatMap((search) => search.crossings).sort((a, b) => b.depth - a.depth)[0];
    if (deepest === undefined) return;
    const place = `${deepest.x}, ${deepest.y}`;
    const more = count > 1 ? ` and at ${count - 1} other places` : '';
    if (turnsInsideOut(searches, deepest.depth, diagonalOf(polygons))) {
      this.report(where, 'the outline crosses itself', 'rings that do not cross', `a crossing at ${place}${more}`);
      return;
    }
    this.warnings.push(
      `${where}: the outline crosses itself at ${place}${more}; too little to matter, the even-odd rule decides there`,
    );
  }
}

/**
 * Official boundaries that were simplified or rounded cross themselves in knots and slivers (a quarter of New York's
 * districts do): these are warned of. What makes another shape of the zone, such as a bow-tie, is refused.
 */
function turnsInsideOut(searches: readonly CrossingSearch[], depth: number, diagonal: number): boolean {
  const area = searches.reduce((sum, search) => sum + search.area, 0);
  const inverted = searches.reduce((sum, search) => sum + search.invertedArea, 0);
  if (searches.some((search) => search.count >= MAX_FOUND)) return true;
  return inverted > MAX_INVERTED_SHARE * area || depth > MAX_RELATIVE_DEPTH * diagonal;
}

function diagonalOf(polygons: readonly Polygon[]): number {
  let [minX, minY, maxX, maxY] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const ring of polygons.flat()) {
    for (let i = 0; i < ring.length; i += 2) {
      minX = Math.min(minX, ring[i]!);
      maxX = Math.max(maxX, ring[i]!);
      minY = Math.min(minY, ring[i + 1]!);
      maxY = Math.max(maxY, ring[i + 1]!);
    }
  }
  return Math.hypot(maxX - minX, maxY - minY);
}

/** Zones of a FeatureCollection, a Feature or a bare geometry, with all mistakes. Zones with mistakes are left out. */
export function readZones(geojson: unknown, options: ZoneReading): ZonesRead {
  const reader = new Reader(options);
  const features = featuresOf(geojson);
  if (typeof features === 'string') {
    reader.report(
      options.file,
      'not GeoJSON with areas',
      'a FeatureCollection, a Feature, a Polygon or a MultiPolygon',
      features,
    );
    return { zones: [], problems: reader.problems, warnings: [] };
  }
  if (features.length === 0)
    reader.report(options.file, 'no features', 'at least one zone', 'an empty FeatureCollection');
  const zones = features.flatMap((feature, index) => readFeature(reader, feature, index + 1));
  if (reader.vertices > options.maxVertices) {
    reader.report(options.file, 'too many vertices', `at most ${options.maxVertices}`, String(reader.vertices));
  }
  return { zones, problems: reader.problems, warnings: reader.warnings };
}

function readFeature(reader: Reader, feature: FeatureSource, number: number): Zone[] {
  const before = reader.problems.length;
  const id = reader.id(feature, number);
  const where = `${reader.options.file}: feature ${number}${id === null ? '' : ` (id ${shown(id)})`}`;
  const polygons = reader.polygons(feature.geometry, where);
  if (reader.vertices > reader.options.maxVertices) return [];
  reader.crossings(polygons, where);
  if (id === null || reader.problems.length > before) return [];
  return [{ id, name: reader.name(feature, id, where), polygons }];
}
