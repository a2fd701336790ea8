/**
 * Areas from well-known binary (ISO 13249-3 and PostGIS's EWKB) and from GeoPackage's header before it (OGC 12-128, 2.1.3).
 * Every count is checked against the bytes that are there before memory is taken for it.
 */

import type { GeometryDefect } from './zone-features.ts';

/** An area in GeoJSON's form; heights and measures are left out. */
export interface AreaGeometry {
  readonly type: 'Polygon' | 'MultiPolygon';
  readonly coordinates: readonly unknown[];
}

/** A defect of stored bytes, thrown by readers and turned into a report by who knows the feature. */
export class MalformedGeometry extends Error {
  override readonly name = 'MalformedGeometry';
  readonly defect: GeometryDefect;

  constructor(message: string, expected: string, found: string) {
    super(message);
    this.defect = { message, expected, found };
  }
}

const TYPE_NAMES: Readonly<Record<number, string>> = {
  1: 'Point',
  2: 'LineString',
  3: 'Polygon',
  4: 'MultiPoint',
  5: 'MultiLineString',
  6: 'MultiPolygon',
  7: 'GeometryCollection',
  8: 'CircularString',
  9: 'CompoundCurve',
  10: 'CurvePolygon',
  11: 'MultiCurve',
  12: 'MultiSurface',
  15: 'PolyhedralSurface',
  16: 'TIN',
  17: 'Triangle',
};
const POLYGON = 3;
const MULTI_POLYGON = 6;
/** Written by some tools for layers of mixed surfaces; read where all its members are plain polygons. */
const MULTI_SURFACE = 12;

/** Smallest polygon: byte order, type, count of rings. */
const MIN_POLYGON_BYTES = 9;

class Cursor {
  readonly view: DataView;
  at: number;
  littleEndian = true;

  constructor(bytes: Uint8Array, at: number) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = at;
  }

  get left(): number {
    return this.view.byteLength - this.at;
  }

  need(byteCount: number): void {
    if (byteCount <= this.left) return;
    throw new MalformedGeometry('a damaged geometry', `${byteCount} more bytes`, `${this.left} bytes to its end`);
  }

  byte(): number {
    this.need(1);
    return this.view.getUint8(this.at++);
  }

  uint32(): number {
    this.need(4);
    const value = this.view.getUint32(this.at, this.littleEndian);
    this.at += 4;
    return value;
  }

  /** A count of items of at least `itemBytes` each. */
  count(itemBytes: number): number {
    const count = this.uint32();
    this.need(count * itemBytes);
    return count;
  }
}

/** Type of the geometry at the cursor, and numbers a position has. */
function readType(cursor: Cursor): { readonly type: number; readonly dimensions: number } {
  const order = cursor.byte();
  if (order > 1) throw new MalformedGeometry('a damaged geometry', 'byte order 0 or 1', String(order));
  cursor.littleEndian = order === 1;
  const code = cursor.uint32();
  // EWKB: flags in the three upper bits, and the SRID after the type.
  if ((code & 0x20000000) !== 0) cursor.uint32();
  const iso = code & 0x1fffffff;
  const extra = Math.floor(iso / 1000);
  if (extra > 3) throw unknownType(iso);
  const hasZ = (code & 0x80000000) !== 0 || extra === 1 || extra === 3;
  const hasM = (code & 0x40000000) !== 0 || extra === 2 || extra === 3;
  return { type: iso % 1000, dimensions: 2 + (hasZ ? 1 : 0) + (hasM ? 1 : 0) };
}

function unknownType(type: number): MalformedGeometry {
  return new MalformedGeometry('not an area', 'a Polygon or MultiPolygon', TYPE_NAMES[type] ?? `geometry type ${type}`);
}

/** The area in WKB from byte `start` on. Errors: MalformedGeometry (other types, curves, damaged bytes). */
export function parseWkb(bytes: Uint8Array, start = 0): AreaGeometry {
  const cursor = new Cursor(bytes, start);
  const { type, dimensions } = readType(cursor);
  if (type === POLYGON) return { type: 'Polygon', coordinates: readRings(cursor, dimensions) };
  if (type !== MULTI_POLYGON && type !== MULTI_SURFACE) throw unknownType(type);
  const { littleEndian } = cursor;
  const count = cursor.count(MIN_POLYGON_BYTES);
  const polygons: unknown[] = [];
  for (let i = 0; i < count; i++) {
    // Members are polygons and nothing deeper, so nesting ends here.
    const member = readType(cursor);
    if (member.type !== POLYGON) throw unknownType(member.type);
    polygons.push(readRings(cursor, member.dimensions));
    cursor.littleEndian = littleEndian;
  }
  return { type: 'MultiPolygon', coordinates: polygons };
}

function readRings(cursor: Cursor, dimensions: number): number[][][] {
  const ringCount = cursor.count(4);
  const rings: number[][][] = [];
  for (let ring = 0; ring < ringCount; ring++) {
    const positionCount = cursor.count(dimensions * 8);
    const positions: number[][] = new Array(positionCount);
    for (let i = 0; i < positionCount; i++) {
      const x = cursor.view.getFloat64(cursor.at, cursor.littleEndian);
      const y = cursor.view.getFloat64(cursor.at + 8, cursor.littleEndian);
      positions[i] = [x, y];
      cursor.at += dimensions * 8;
    }
    rings.push(positions);
  }
  return rings;
}

/** Bytes of the envelope by its code in the header's flags. */
const ENVELOPE_BYTES: readonly number[] = [0, 32, 48, 48, 64];

export interface GeoPackageGeometry {
  /** Number of the CRS in the file's own list. */
  readonly srsId: number;
  readonly geometry: AreaGeometry;
}

/** A geometry as GeoPackage stores it: header, envelope (not trusted, not read), WKB. Errors: MalformedGeometry. */
export function parseGeoPackageGeometry(bytes: Uint8Array): GeoPackageGeometry {
  const cursor = new Cursor(bytes, 0);
  cursor.need(8);
  if (cursor.byte() !== 0x47 || cursor.byte() !== 0x50) {
    throw new MalformedGeometry('a damaged geometry', "GeoPackage's mark GP before it", 'other bytes');
  }
  cursor.at = 3;
  const flags = cursor.byte();
  cursor.littleEndian = (flags & 1) === 1;
  const srsId = cursor.uint32() | 0;
  const envelope = ENVELOPE_BYTES[(flags >> 1) & 7];
  if (envelope === undefined || (flags & 0x20) !== 0) {
    const found = (flags & 0x20) !== 0 ? 'an extended geometry' : `envelope code ${(flags >> 1) & 7}`;
    throw new MalformedGeometry('a geometry of another form', 'a standard GeoPackage geometry', found);
  }
  cursor.need(envelope);
  return { srsId, geometry: parseWkb(bytes, 8 + envelope) };
}
