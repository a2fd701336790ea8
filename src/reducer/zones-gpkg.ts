import { DatabaseSync } from 'node:sqlite';
import type { Polygon } from '../shared/geo/zone.ts';
import { type Box, boxOf } from './zone-degrees.ts';
import type { ZoneFeature } from './zone-geojson.ts';

/**
 * zones.gpkg: the zones with their figures as a GeoPackage (OGC 12-128r18), WGS 84, made in memory. Nothing in it tells when it
 * was made, so the same figures give the same bytes from the same SQLite.
 */

const TABLE = 'zones';
/** `last_change` must be there, and no clock may decide it. */
const FIXED_TIME = '1970-01-01T00:00:00.000Z';
const WGS84 =
  'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433],AUTHORITY["EPSG","4326"]]';

export function zonesGpkg(features: readonly ZoneFeature[]): Uint8Array {
  const database = new DatabaseSync(':memory:');
  try {
    database.exec(SCHEMA);
    const box = boxOf(features.flatMap(({ polygons }) => polygons ?? []));
    describeTable(database, box);
    insertZones(database, features);
    return database.serialize();
  } finally {
    database.close();
  }
}

const SCHEMA = `
PRAGMA application_id = 1196444487;
PRAGMA user_version = 10300;
CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY, organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
INSERT INTO gpkg_spatial_ref_sys VALUES
  ('Undefined Cartesian SRS', -1, 'NONE', -1, 'undefined', NULL),
  ('Undefined geographic SRS', 0, 'NONE', 0, 'undefined', NULL),
  ('WGS 84', 4326, 'EPSG', 4326, '${WGS84}', NULL);
CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
  description TEXT DEFAULT '', last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
  CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL,
  srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
  CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
  CONSTRAINT uk_gc_table_name UNIQUE (table_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id));`;

function describeTable(database: DatabaseSync, box: Box | null): void {
  const [west = null, south = null, east = null, north = null] = box ?? [];
  database
    .prepare('INSERT INTO gpkg_contents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 4326)')
    .run(TABLE, 'features', TABLE, 'Zones with their figures', FIXED_TIME, west, south, east, north);
  database.prepare("INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', 'MULTIPOLYGON', 4326, 0, 0)").run(TABLE);
}

function insertZones(database: DatabaseSync, features: readonly ZoneFeature[]): void {
  const columns = distinctColumns(features);
  const isText = (column: string) => features.some(({ row }) => typeof row[column] === 'string');
  const defined = columns.map(([column, name]) => `${quoted(name)} ${isText(column) ? 'TEXT' : 'REAL'}`);
  database.exec(
    `CREATE TABLE ${TABLE} (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, geom MULTIPOLYGON, ${defined.join(', ')})`,
  );
  const names = columns.map(([, name]) => quoted(name));
  const insert = database.prepare(
    `INSERT INTO ${TABLE} (geom, ${names.join(', ')}) VALUES (${['?', ...names.map(() => '?')].join(', ')})`,
  );
  database.exec('BEGIN');
  for (const { row, polygons } of features) {
    insert.run(polygons === null ? null : geometryBlob(polygons), ...columns.map(([column]) => row[column] ?? null));
  }
  database.exec('COMMIT');
}

/** SQLite knows no case in names of columns: a layer that is named like a figure, or like another but for case, gets a number. */
function distinctColumns(features: readonly ZoneFeature[]): [column: string, name: string][] {
  const taken = new Set(['fid', 'geom']);
  return Object.keys(features[0]?.row ?? { zone: '', name: '' }).map((column) => {
    let name = column;
    for (let n = 2; taken.has(name.toLowerCase()); n++) name = `${column}_${n}`;
    taken.add(name.toLowerCase());
    return [column, name];
  });
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""').replaceAll('\0', ' ')}"`;
}

const HEADER_BYTES = 8;
const ENVELOPE_BYTES = 32;
const WKB_POLYGON = 3;
const WKB_MULTIPOLYGON = 6;

/** GeoPackage binary: header with the box, then a MultiPolygon as WKB, all little-endian. */
function geometryBlob(polygons: readonly Polygon[]): Uint8Array {
  const box = boxOf(polygons);
  const writer = new BlobWriter(HEADER_BYTES + (box === null ? 0 : ENVELOPE_BYTES) + wkbBytes(polygons));
  const isEmpty = box === null;
  writer.bytes(0x47, 0x50, 0, 0b1 | (isEmpty ? 0b1_0000 : 0b10));
  writer.uint32(4326);
  if (box !== null) writer.doubles([box[0], box[2], box[1], box[3]]);
  writer.bytes(1);
  writer.uint32(WKB_MULTIPOLYGON);
  writer.uint32(polygons.length);
  for (const polygon of polygons) {
    writer.bytes(1);
    writer.uint32(WKB_POLYGON);
    writer.uint32(polygon.length);
    for (const ring of polygon) {
      writer.uint32(ring.length / 2);
      writer.doubles(ring);
    }
  }
  return writer.blob;
}

function wkbBytes(polygons: readonly Polygon[]): number {
  const ofRing = (ring: Float64Array) => 4 + ring.length * 8;
  return polygons.reduce((sum, rings) => sum + 9 + rings.reduce((inner, ring) => inner + ofRing(ring), 0), 9);
}

class BlobWriter {
  readonly blob: Uint8Array;
  private readonly view: DataView;
  private at = 0;

  constructor(size: number) {
    this.blob = new Uint8Array(size);
    this.view = new DataView(this.blob.buffer);
  }

  bytes(...values: readonly number[]): void {
    for (const value of values) this.view.setUint8(this.at++, value);
  }

  uint32(value: number): void {
    this.view.setUint32(this.at, value, true);
    this.at += 4;
  }

  doubles(values: Iterable<number>): void {
    for (const value of values) {
      this.view.setFloat64(this.at, value, true);
      this.at += 8;
    }
  }
}
