/** Zones from features of any format: lists every mistake with the feature it is in. Coordinates stay in the file's CRS. */

import type { Problem } from '../errors.ts';
import { shown } from './shown-value.ts';
import type { Polygon, Ring, Zone } from './zone.ts';
import { outlineFindings } from './zone-outline.ts';

export interface ZoneReading {
  /** File name (and layer) for messages. */
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

/** What is wrong with the stored form of a geometry, so that no shape can be had from it. */
export interface GeometryDefect {
  readonly message: string;
  readonly expected: string;
  readonly found: string;
}

/** A feature as a file has it: `geometry` in the form of GeoJSON, not yet checked. */
export interface FeatureSource {
  readonly properties: Readonly<Record<string, unknown>>;
  readonly geometry: unknown;
  /** Number of the feature in the file's own count (GeoPackage), else null. */
  readonly fid: number | null;
  readonly defect: GeometryDefect | null;
}

/** A list of a million mistakes helps nobody and costs memory. */
const MAX_PROBLEMS = 100;

/** A latitude this close to 90 degrees is a pole, where longitude means nothing. */
const POLE_DEGREES = 1e-9;

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

  /** Where a feature is, with all that is known of it. */
  place(feature: FeatureSource, number: number, id: string | null): string {
    const marks = [
      ...(feature.fid === null ? [] : [`fid ${feature.fid}`]),
      ...(id === null ? [] : [`id ${shown(id)}`]),
    ];
    return `${this.options.file}: feature ${number}${marks.length === 0 ? '' : ` (${marks.join(', ')})`}`;
  }

  /** The id of a feature as text, or null after reporting why there is none. */
  id(feature: FeatureSource, number: number): string | null {
    const { idKey } = this.options;
    if (idKey === null) return String(number);
    const value = own(feature.properties, idKey);
    const where = this.place(feature, number, null);
    const id = typeof value === 'number' && Number.isFinite(value) ? String(value) : value;
    if (typeof id !== 'string' || id.trim() === '') {
      const keys = Object.keys(feature.properties).slice(0, 12).join(', ') || 'none';
      const expected = `text or a number; its properties are: ${keys}`;
      this.report(where, `no usable id in property "${idKey}"`, expected, shown(value));
      return null;
    }
    if (id === 'all')
      this.report(where, 'the id "all" stands for the whole city in the results', 'another id', '"all"');
    if (/\p{Cc}/u.test(id)) this.report(where, 'control characters in the id', 'printable text', shown(id));
    const earlier = this.ids.get(id);
    if (earlier === undefined) this.ids.set(id, number);
    else {
      const found = `the id of feature ${earlier}`;
      this.report(this.place(feature, number, id), 'id used twice', 'ids that differ', found);
    }
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
    if (typeof geometry !== 'object' || geometry === null || Array.isArray(geometry)) {
      this.report(where, 'no geometry', 'a Polygon or MultiPolygon', shown(geometry));
      return [];
    }
    const { type, coordinates }: { type?: unknown; coordinates?: unknown } = geometry;
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
      if (!this.position(position, flat, index, where)) return empty;
    }
    if (flat[0] !== flat.at(-2) || flat[1] !== flat.at(-1)) {
      const expected = `a last position like the first, ${shown(positions[0])}`;
      this.report(where, 'not closed', expected, shown(positions.at(-1)));
      return empty;
    }
    return this.crossesSeam(flat, where) ? empty : flat;
  }

  /** Checks one position and stores it; false after reporting what is wrong with it. */
  position(position: unknown, flat: Float64Array, index: number, where: string): boolean {
    const [x, y]: unknown[] = Array.isArray(position) ? position : [];
    const place = `${where}, position ${index + 1}`;
    if (typeof x !== 'number' || typeof y !== 'number' || !Number.isFinite(x) || !Number.isFinite(y)) {
      this.report(place, 'not a position', 'two finite numbers, x and y', shown(position));
      return false;
    }
    const degrees = this.options.degreesPerUnit;
    if (degrees !== null && (Math.abs(x * degrees) > 180 || Math.abs(y * degrees) > 90)) {
      const hint =
        'longitude in -180..180, then latitude in -90..90 (name the CRS with zones.crs if these are map coordinates)';
      this.report(place, 'outside the range of longitude and latitude', hint, shown(position));
      return false;
    }
    flat[index * 2] = x;
    flat[index * 2 + 1] = y;
    return true;
  }

  /** Reports an edge that goes the long way around the Earth: an outline across 180 degrees that was not cut there. */
  crossesSeam(flat: Ring, where: string): boolean {
    const degrees = this.options.degreesPerUnit;
    if (degrees === null) return false;
    for (let i = 0; i + 3 < flat.length; i += 2) {
      if (Math.abs(flat[i + 2]! - flat[i]!) * degrees <= 180) continue;
      const pole = 90 - POLE_DEGREES;
      if (Math.abs(flat[i + 1]!) * degrees > pole && Math.abs(flat[i + 3]!) * degrees > pole) continue;
      const found = `from ${flat[i]}, ${flat[i + 1]} to ${flat[i + 2]}, ${flat[i + 3]}`;
      this.report(
        `${where}, positions ${i / 2 + 1} and ${i / 2 + 2}`,
        'an edge over more than 180 degrees of longitude',
        'an outline cut into pieces at the antimeridian, as RFC 7946 (3.1.9) says: ogr2ogr -wrapdateline',
        found,
      );
      return true;
    }
    return false;
  }

  outline(polygons: readonly Polygon[], where: string): void {
    const { refusal, warnings } = outlineFindings(polygons);
    for (const warning of warnings) this.warnings.push(`${where}: ${warning}`);
    if (refusal === null) return;
    this.report(where, 'the outline crosses itself', 'rings that do not cross', `a crossing at ${refusal}`);
  }
}

function own(object: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** Zones of features in file order, with all mistakes. Zones with mistakes are left out. */
export function readFeatures(features: readonly FeatureSource[], options: ZoneReading): ZonesRead {
  const reader = new Reader(options);
  if (features.length === 0) reader.report(options.file, 'no features', 'at least one zone', 'an empty collection');
  const zones = features.flatMap((feature, index) => readFeature(reader, feature, index + 1));
  if (reader.vertices > options.maxVertices) {
    reader.report(options.file, 'too many vertices', `at most ${options.maxVertices}`, String(reader.vertices));
  }
  return { zones, problems: reader.problems, warnings: reader.warnings };
}

function readFeature(reader: Reader, feature: FeatureSource, number: number): Zone[] {
  const before = reader.problems.length;
  const id = reader.id(feature, number);
  const where = reader.place(feature, number, id);
  if (feature.defect !== null) {
    reader.report(where, feature.defect.message, feature.defect.expected, feature.defect.found);
    return [];
  }
  const polygons = reader.polygons(feature.geometry, where);
  if (reader.vertices > reader.options.maxVertices) return [];
  reader.outline(polygons, where);
  if (id === null || reader.problems.length > before) return [];
  return [{ id, name: reader.name(feature, id, where), polygons }];
}
