/** @pure Zones of a FlatGeobuf file (specification 3.0): header, spatial index (skipped), features in the file's order. */

import { type FeatureSource, type GeometryDefect, readFeatures } from '../../shared/geo/zone-features.ts';
import { FlatTable, MalformedTable, viewBytes } from './flat-table.ts';
import { refuseFile, type StoredCrs, type ZoneFileLimits, type ZoneLayer } from './zone-layer.ts';

const MAGIC_BYTES = 8;
const INDEX_NODE_BYTES = 40;

/** Field numbers of the schemas header.fbs and feature.fbs. */
const HEADER = { geometryType: 2, columns: 7, featureCount: 8, nodeSize: 9, crs: 10 };
const COLUMN = { name: 0, type: 1 };
const CRS = { organization: 0, code: 1, wkt: 4 };
const FEATURE = { geometry: 0, properties: 1, columns: 2 };
const GEOMETRY = { ends: 0, xy: 1, type: 6, parts: 7 };

const POLYGON = 3;
const MULTI_POLYGON = 6;
const GEOMETRY_NAMES = ['Unknown', 'Point', 'LineString', 'Polygon', 'MultiPoint', 'MultiLineString', 'MultiPolygon'];

interface Column {
  readonly name: string;
  readonly type: number;
}

/** The zones of a FlatGeobuf file. Errors: REQUEST_INVALID (damaged header or frame, too many features). */
export function readFlatGeobuf(bytes: Uint8Array, file: string, limits: ZoneFileLimits): ZoneLayer {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const { header, end } = sized(view, MAGIC_BYTES);
    const columns = columnsOf(header, HEADER.columns);
    const reader = new Features(columns, header.byte(HEADER.geometryType, 0), limits);
    const features = reader.all(view, end + indexBytes(header, view), file);
    return { place: file, crs: crsOf(header), read: (reading) => readFeatures(features, reading) };
  } catch (error) {
    if (!(error instanceof MalformedTable)) throw error;
    return refuseFile(file, 'a damaged FlatGeobuf file', 'a whole file', error.message);
  }
}

/** A table after its size, in a view of its own, so that nothing in it points elsewhere. */
function sized(view: DataView, at: number): { readonly header: FlatTable; readonly end: number } {
  if (at + 4 > view.byteLength) throw new MalformedTable(`it ends at byte ${view.byteLength}`);
  const size = view.getUint32(at, true);
  if (at + 4 + size > view.byteLength) throw new MalformedTable(`it ends inside of ${size} bytes from byte ${at + 4}`);
  const inner = new DataView(view.buffer, view.byteOffset + at + 4, size);
  return { header: FlatTable.root(inner, 0), end: at + 4 + size };
}

/** Bytes of the packed R-tree between header and features. */
function indexBytes(header: FlatTable, view: DataView): number {
  const count = header.uint64(HEADER.featureCount);
  const nodeSize = header.uint16(HEADER.nodeSize, 16);
  if (nodeSize === 0 || count === 0) return 0;
  if (count * INDEX_NODE_BYTES > view.byteLength) throw new MalformedTable(`it says to hold ${count} features`);
  let nodes = count;
  for (let level = count; level > 1; ) {
    level = Math.ceil(level / Math.max(2, nodeSize));
    nodes += level;
  }
  // A single feature has a root above it too.
  return (count === 1 ? 2 : nodes) * INDEX_NODE_BYTES;
}

function columnsOf(table: FlatTable, field: number): Column[] {
  return table
    .tables(field)
    .map((column) => ({ name: column.text(COLUMN.name) ?? '', type: column.byte(COLUMN.type, 0) }));
}

function crsOf(header: FlatTable): StoredCrs {
  const crs = header.table(HEADER.crs);
  const code = crs?.int32(CRS.code) ?? 0;
  const organization = crs?.text(CRS.organization)?.toUpperCase() ?? 'EPSG';
  if (code > 0 && organization === 'EPSG') return { kind: 'name', text: `EPSG:${code}` };
  const wkt = crs?.text(CRS.wkt) ?? '';
  return wkt === '' ? { kind: 'none', found: 'a header without CRS' } : { kind: 'wkt', text: wkt };
}

class Features {
  private readonly columns: readonly Column[];
  private readonly geometryType: number;
  private readonly limits: ZoneFileLimits;
  private vertices = 0;

  constructor(columns: readonly Column[], geometryType: number, limits: ZoneFileLimits) {
    this.columns = columns;
    this.geometryType = geometryType;
    this.limits = limits;
  }

  all(view: DataView, start: number, file: string): FeatureSource[] {
    const features: FeatureSource[] = [];
    for (let at = start; at < view.byteLength; ) {
      if (features.length >= this.limits.maxFeatures) {
        refuseFile(file, 'too many features', `at most ${this.limits.maxFeatures}`, 'more');
      }
      const { header: feature, end } = sized(view, at);
      features.push(this.feature(feature));
      at = end;
    }
    return features;
  }

  private feature(feature: FlatTable): FeatureSource {
    const own = columnsOf(feature, FEATURE.columns);
    const properties = propertiesOf(feature, own.length > 0 ? own : this.columns);
    return { properties, fid: null, ...this.shape(feature) };
  }

  private shape(feature: FlatTable): { geometry: unknown; defect: GeometryDefect | null } {
    const geometry = feature.table(FEATURE.geometry);
    if (geometry === null) return { geometry: null, defect: null };
    const type = geometry.byte(GEOMETRY.type, 0) || this.geometryType;
    if (type === POLYGON) return { geometry: { type: 'Polygon', coordinates: this.rings(geometry) }, defect: null };
    if (type !== MULTI_POLYGON) {
      const found = GEOMETRY_NAMES[type] ?? `geometry type ${type}`;
      return { geometry: null, defect: { message: 'not an area', expected: 'a Polygon or MultiPolygon', found } };
    }
    const polygons = geometry.tables(GEOMETRY.parts).map((part) => this.rings(part));
    return { geometry: { type: 'MultiPolygon', coordinates: polygons }, defect: null };
  }

  /** Rings of one polygon; `ends` counts the vertices up to the end of each, and is missing where there is one ring. */
  private rings(geometry: FlatTable): number[][][] {
    const xy = geometry.vector(GEOMETRY.xy, 8) ?? { at: 0, length: 0 };
    const count = Math.floor(xy.length / 2);
    // Many parts can point at the same coordinates, so the vertices are counted, not the bytes.
    this.vertices += count;
    if (this.vertices > this.limits.maxVertices)
      throw new MalformedTable(`more than ${this.limits.maxVertices} vertices`);
    const { view } = geometry;
    const position = (index: number) => [
      view.getFloat64(xy.at + index * 16, true),
      view.getFloat64(xy.at + index * 16 + 8, true),
    ];
    let start = 0;
    return endsOf(geometry, count).map((end) => {
      if (end < start || end > count) throw new MalformedTable(`a ring from vertex ${start} to ${end} of ${count}`);
      const ring = Array.from({ length: end - start }, (_, index) => position(start + index));
      start = end;
      return ring;
    });
  }
}

function endsOf(geometry: FlatTable, count: number): number[] {
  const ends = geometry.vector(GEOMETRY.ends, 4);
  if (ends === null || ends.length === 0) return count === 0 ? [] : [count];
  return Array.from({ length: ends.length }, (_, index) => geometry.view.getUint32(ends.at + index * 4, true));
}

/** Bytes and reading of the types of fixed size, by their number in header.fbs. */
const FIXED: Readonly<Record<number, readonly [number, (view: DataView, at: number) => unknown]>> = {
  0: [1, (view, at) => view.getInt8(at)],
  1: [1, (view, at) => view.getUint8(at)],
  2: [1, (view, at) => view.getUint8(at) !== 0],
  3: [2, (view, at) => view.getInt16(at, true)],
  4: [2, (view, at) => view.getUint16(at, true)],
  5: [4, (view, at) => view.getInt32(at, true)],
  6: [4, (view, at) => view.getUint32(at, true)],
  7: [8, (view, at) => wholeNumber(view.getBigInt64(at, true))],
  8: [8, (view, at) => wholeNumber(view.getBigUint64(at, true))],
  9: [4, (view, at) => view.getFloat32(at, true)],
  10: [8, (view, at) => view.getFloat64(at, true)],
};
const BINARY = 14;

/** Whole numbers beyond what a double holds stay exact as text. */
function wholeNumber(value: bigint): number | string {
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
}

function propertiesOf(feature: FlatTable, columns: readonly Column[]): Record<string, unknown> {
  const properties: Record<string, unknown> = Object.create(null);
  for (const { name } of columns) properties[name] = null;
  const { view } = feature;
  const stored = feature.vector(FEATURE.properties, 1) ?? { at: 0, length: 0 };
  const end = stored.at + stored.length;
  for (let at = stored.at; at < end; ) {
    const column = at + 2 <= end ? columns[view.getUint16(at, true)] : undefined;
    if (column === undefined) throw new MalformedTable('a property of no column');
    const fixed = FIXED[column.type];
    at += 2;
    const size = fixed?.[0] ?? (at + 4 <= end ? 4 + view.getUint32(at, true) : Infinity);
    if (at + size > end) throw new MalformedTable(`property "${column.name}" goes beyond its feature`);
    if (fixed !== undefined) properties[column.name] = fixed[1](view, at);
    else if (column.type !== BINARY)
      properties[column.name] = new TextDecoder().decode(viewBytes(view, at + 4, size - 4));
    at += size;
  }
  return properties;
}
