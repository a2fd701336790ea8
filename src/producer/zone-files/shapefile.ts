/**
 * @pure Zones of a Shapefile (ESRI white paper of July 1998): polygons of the .shp with the attributes of the .dbf beside it.
 * Rings are sorted into outlines and holes by what lies in what, so neither their order nor their direction matters.
 */

import { nestRings } from '../../shared/geo/ring-nesting.ts';
import type { Ring } from '../../shared/geo/zone.ts';
import { type FeatureSource, type GeometryDefect, readFeatures } from '../../shared/geo/zone-features.ts';
import { type AttributeTable, openAttributeTable } from './dbase.ts';
import type { ZoneBytes } from './zone-bytes.ts';
import { refuseFile, type StoredCrs, type ZoneFileLimits, type ZoneLayer } from './zone-layer.ts';

const HEADER_BYTES = 100;
const RECORD_HEADER_BYTES = 8;
const INDEX_BYTES = 8;

/** Polygon, with measures, with heights: the same layout in x and y. */
const POLYGON_TYPES: ReadonlySet<number> = new Set([5, 15, 25]);
const NULL_SHAPE = 0;
const SHAPE_NAMES: Readonly<Record<number, string>> = { 1: 'Point', 3: 'PolyLine', 8: 'MultiPoint', 31: 'MultiPatch' };

/** The zones of a Shapefile. Errors: REQUEST_INVALID (no .dbf, damaged, too many features). */
export function readShapefile(bytes: ZoneBytes, limits: ZoneFileLimits): ZoneLayer {
  const { file, main, beside } = bytes;
  const dbf = beside.get('dbf');
  const stem = file.replace(/\.[^.]*$/, '');
  if (dbf === undefined) refuseFile(file, 'its attributes are missing', `${stem}.dbf beside it`, 'no such file');
  const table = openAttributeTable(dbf, beside.get('cpg'), `${stem}.dbf`);
  const features = featuresOf(main, beside.get('shx'), table, file, limits);
  if (features.length !== table.rowCount) {
    const expected = `as many shapes as rows in ${stem}.dbf, ${table.rowCount}`;
    refuseFile(file, 'shapes and attributes are of different files', expected, String(features.length));
  }
  const kept = features.filter((feature) => feature !== null);
  return { place: file, crs: crsOf(beside.get('prj'), stem), read: (reading) => readFeatures(kept, reading) };
}

function crsOf(prj: Uint8Array | undefined, stem: string): StoredCrs {
  if (prj === undefined) return { kind: 'none', found: `no ${stem}.prj beside it` };
  return { kind: 'wkt', text: new TextDecoder().decode(prj) };
}

/** One entry a record, null for rows that were deleted in the table. */
function featuresOf(
  shp: Uint8Array,
  shx: Uint8Array | undefined,
  table: AttributeTable,
  file: string,
  limits: ZoneFileLimits,
): (FeatureSource | null)[] {
  const view = new DataView(shp.buffer, shp.byteOffset, shp.byteLength);
  const places = shx === undefined ? placesInOrder(view, limits) : placesOfIndex(shx, limits);
  if (places.length > limits.maxFeatures) {
    refuseFile(file, 'too many features', `at most ${limits.maxFeatures}`, String(places.length));
  }
  const budget = { vertices: limits.maxVertices };
  return places.map((at, index) => {
    const properties = table.row(index);
    return properties === null ? null : { properties, fid: null, ...shapeAt(view, at, budget) };
  });
}

/** Byte positions of the records by the index: edited files have gaps and records in another order. */
function placesOfIndex(shx: Uint8Array, limits: ZoneFileLimits): number[] {
  const view = new DataView(shx.buffer, shx.byteOffset, shx.byteLength);
  const count = Math.floor(Math.max(0, shx.byteLength - HEADER_BYTES) / INDEX_BYTES);
  const length = Math.min(count, limits.maxFeatures + 1);
  // Positions are in 16-bit words.
  return Array.from({ length }, (_, index) => view.getUint32(HEADER_BYTES + index * INDEX_BYTES, false) * 2);
}

function placesInOrder(view: DataView, limits: ZoneFileLimits): number[] {
  const places: number[] = [];
  let at = HEADER_BYTES;
  while (at + RECORD_HEADER_BYTES + 4 <= view.byteLength && places.length <= limits.maxFeatures) {
    places.push(at);
    at += RECORD_HEADER_BYTES + view.getUint32(at + 4, false) * 2;
  }
  return places;
}

interface Shape {
  readonly geometry: unknown;
  readonly defect: GeometryDefect | null;
}

function damaged(found: string): Shape {
  return { geometry: null, defect: { message: 'a damaged geometry', expected: 'a polygon record of the .shp', found } };
}

function shapeAt(view: DataView, at: number, budget: { vertices: number }): Shape {
  const start = at + RECORD_HEADER_BYTES;
  if (start + 4 > view.byteLength) return damaged(`a record at byte ${at}, beyond the end of the file`);
  const type = view.getInt32(start, true);
  if (type === NULL_SHAPE) return { geometry: null, defect: null };
  if (!POLYGON_TYPES.has(type)) {
    const found = SHAPE_NAMES[type % 10] ?? SHAPE_NAMES[type] ?? `shape type ${type}`;
    return { geometry: null, defect: { message: 'not an area', expected: 'a Polygon', found } };
  }
  const rings = ringsAt(view, start, budget);
  if (typeof rings === 'string') return damaged(rings);
  const polygons = nestRings(rings);
  if (polygons === null) return damaged(`${rings.length} rings, more than can be sorted into outlines and holes`);
  return {
    geometry: { type: 'MultiPolygon', coordinates: polygons.map((rings) => rings.map(positionsOf)) },
    defect: null,
  };
}

/** Rings of a polygon record (type, box, counts, first points, points), or what is wrong. */
function ringsAt(view: DataView, start: number, budget: { vertices: number }): Ring[] | string {
  const countsAt = start + 36;
  if (countsAt + 8 > view.byteLength) return 'a record beyond the end of the file';
  const [partCount, pointCount] = [view.getUint32(countsAt, true), view.getUint32(countsAt + 4, true)];
  const pointsAt = countsAt + 8 + partCount * 4;
  if (pointsAt + pointCount * 16 > view.byteLength) return `${pointCount} points, more than the file has`;
  budget.vertices -= pointCount;
  if (budget.vertices < 0) return 'more vertices than are read of one file';
  const rings: Ring[] = [];
  for (let part = 0; part < partCount; part++) {
    const first = view.getUint32(countsAt + 8 + part * 4, true);
    const end = part + 1 < partCount ? view.getUint32(countsAt + 12 + part * 4, true) : pointCount;
    if (first >= end || end > pointCount) return `ring ${part + 1} from point ${first} to ${end} of ${pointCount}`;
    const ring = new Float64Array((end - first) * 2);
    for (let i = 0; i < ring.length; i++) ring[i] = view.getFloat64(pointsAt + first * 16 + i * 8, true);
    rings.push(ring);
  }
  return rings;
}

function positionsOf(ring: Ring): number[][] {
  return Array.from({ length: ring.length / 2 }, (_, index) => [ring[index * 2]!, ring[index * 2 + 1]!]);
}
