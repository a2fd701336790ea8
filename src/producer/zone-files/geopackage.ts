/**
 * Zones of a GeoPackage (OGC 12-128), read with Node's own SQLite from a copy in memory. A file may hold any SQL, so only
 * plain tables are read, by statements of our own, and everything but reading is denied.
 */

import { constants, DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import { CitysinkError } from '../../shared/errors.ts';
import { MalformedGeometry, parseGeoPackageGeometry } from '../../shared/geo/wkb.ts';
import { type FeatureSource, type GeometryDefect, readFeatures } from '../../shared/geo/zone-features.ts';
import { refuseFile, type StoredCrs, type ZoneFileLimits, type ZoneLayer } from './zone-layer.ts';

interface Layer {
  readonly table: string;
  readonly geometryColumn: string;
  readonly srsId: number;
}

type Row = Readonly<Record<string, SQLOutputValue>>;

const READING: ReadonlySet<number> = new Set([constants.SQLITE_SELECT, constants.SQLITE_READ]);

/** A layer of a GeoPackage by name, or its only one. Errors: REQUEST_INVALID (damaged, no such layer, several layers). */
export function readGeoPackage(
  bytes: Uint8Array,
  file: string,
  wanted: string | null,
  limits: ZoneFileLimits,
): ZoneLayer {
  const database = new DatabaseSync(':memory:');
  try {
    database.deserialize(withoutLog(bytes));
    database.enableDefensive(true);
    database.exec('PRAGMA trusted_schema = OFF');
    return readLayer(database, file, wanted, { ...limits, maxBytes: bytes.byteLength });
  } catch (error) {
    if (error instanceof CitysinkError) throw error;
    const found = error instanceof Error ? error.message : String(error);
    return refuseFile(file, 'a GeoPackage that cannot be read', 'an undamaged GeoPackage', found);
  } finally {
    database.close();
  }
}

/** A copy whose header asks for no write-ahead log: a database in memory has none. */
function withoutLog(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  copy[18] = 1;
  copy[19] = 1;
  return copy;
}

function readLayer(
  database: DatabaseSync,
  file: string,
  wanted: string | null,
  limits: ZoneFileLimits & { readonly maxBytes: number },
): ZoneLayer {
  const tables = plainTables(database);
  const layer = chooseLayer(layersOf(database, tables, file), wanted, file);
  const place = `${file}, layer ${layer.table}`;
  if (!tables.has(layer.table)) refuseFile(place, 'the layer is no plain table', 'a feature table', 'a view');
  const columns = columnsOf(database, layer.table);
  const crs = crsOf(database, tables, layer.srsId);
  database.setAuthorizer((action) => (READING.has(action) ? constants.SQLITE_OK : constants.SQLITE_DENY));
  const features = featuresOf(database, layer, columns, place, limits);
  return { place, crs, read: (reading) => readFeatures(features, reading) };
}

/** Names of real tables: views and virtual tables could run anything for as long as they like. */
function plainTables(database: DatabaseSync): ReadonlySet<string> {
  const rows = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0").all();
  return new Set(rows.map((row) => String(row.name)));
}

function layersOf(database: DatabaseSync, tables: ReadonlySet<string>, file: string): Layer[] {
  if (!tables.has('gpkg_contents') || !tables.has('gpkg_geometry_columns')) {
    refuseFile(file, 'an SQLite file without feature tables', 'a GeoPackage with areas', 'no gpkg_geometry_columns');
  }
  const rows = database
    .prepare(
      `SELECT g.table_name AS "table", g.column_name AS "column", g.srs_id AS srs
       FROM gpkg_contents AS c JOIN gpkg_geometry_columns AS g ON g.table_name = c.table_name
       WHERE c.data_type = 'features' ORDER BY g.table_name LIMIT 1000`,
    )
    .all();
  return rows.map((row) => ({
    table: String(row.table),
    geometryColumn: String(row.column),
    srsId: Number(row.srs),
  }));
}

function chooseLayer(layers: readonly Layer[], wanted: string | null, file: string): Layer {
  const names = layers.map((layer) => layer.table).join(', ') || 'none';
  const found = wanted === null && layers.length === 1 ? layers[0] : layers.find((layer) => layer.table === wanted);
  if (found !== undefined) return found;
  const message = wanted === null ? 'which layer holds the zones is not said' : 'no such layer';
  const expected = wanted === null ? 'one feature table, or zones.layer in the spec' : `one of: ${names}`;
  return refuseFile(file, message, expected, wanted ?? `feature tables: ${names}`);
}

interface Columns {
  /** Stored columns; generated ones are left out. */
  readonly stored: readonly string[];
  /** The integer primary key: number of the feature in the file. */
  readonly key: string | null;
}

function columnsOf(database: DatabaseSync, table: string): Columns {
  const rows = database.prepare('SELECT name, pk, hidden FROM pragma_table_xinfo(?)').all(table);
  const keys = rows.filter((row) => Number(row.pk) > 0);
  const stored = rows.filter((row) => Number(row.hidden) === 0).map((row) => String(row.name));
  return { stored, key: keys.length === 1 ? String(keys[0]?.name) : null };
}

/** srs_id that stand for "undefined" (OGC 12-128, table 21). */
const UNDEFINED_SRS: Readonly<Record<number, string>> = { [-1]: 'an undefined map CRS', 0: 'undefined degrees' };

function crsOf(database: DatabaseSync, tables: ReadonlySet<string>, srsId: number): StoredCrs {
  const undefinedSrs = UNDEFINED_SRS[srsId];
  if (undefinedSrs !== undefined) return { kind: 'none', found: `srs_id ${srsId}: ${undefinedSrs}` };
  const row = tables.has('gpkg_spatial_ref_sys')
    ? database.prepare('SELECT * FROM gpkg_spatial_ref_sys WHERE srs_id = ?').get(srsId)
    : undefined;
  if (row === undefined) return { kind: 'none', found: `srs_id ${srsId}, which is not in its list` };
  if (String(row.organization).toUpperCase() === 'EPSG') {
    return { kind: 'name', text: `EPSG:${Number(row.organization_coordsys_id)}` };
  }
  return { kind: 'wkt', text: String(row.definition) };
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function featuresOf(
  database: DatabaseSync,
  layer: Layer,
  columns: Columns,
  place: string,
  limits: ZoneFileLimits & { readonly maxBytes: number },
): FeatureSource[] {
  if (!columns.stored.includes(layer.geometryColumn)) {
    refuseFile(place, 'its geometry column is missing', layer.geometryColumn, columns.stored.join(', '));
  }
  const list = columns.stored.map(quoted).join(', ');
  const order = columns.key === null ? 'rowid' : quoted(columns.key);
  const rows = database.prepare(`SELECT ${list} FROM ${quoted(layer.table)} ORDER BY ${order}`);
  rows.setReadBigInts(true);
  const features: FeatureSource[] = [];
  let geometryBytes = 0;
  for (const row of rows.iterate()) {
    const geometry = row[layer.geometryColumn];
    geometryBytes += geometry instanceof Uint8Array ? geometry.byteLength : 0;
    // Pages that point at each other give rows without end.
    if (geometryBytes > limits.maxBytes)
      refuseFile(place, 'a damaged table', 'rows within the file', 'more bytes than it has');
    if (features.length >= limits.maxFeatures) {
      refuseFile(place, 'too many features', `at most ${limits.maxFeatures}`, 'more');
    }
    features.push(featureOf(row, layer, columns));
  }
  return features;
}

function featureOf(row: Row, layer: Layer, columns: Columns): FeatureSource {
  const properties: Record<string, unknown> = Object.create(null);
  for (const name of columns.stored) {
    if (name !== layer.geometryColumn) properties[name] = plainValue(row[name]);
  }
  const key = columns.key === null ? null : properties[columns.key];
  const fid = typeof key === 'number' ? key : null;
  return { properties, fid, ...geometryOf(row[layer.geometryColumn], layer.srsId) };
}

/** Whole numbers beyond what a double holds stay exact as text; blobs are no property. */
function plainValue(value: SQLOutputValue | undefined): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  return value instanceof Uint8Array ? null : value;
}

function geometryOf(
  stored: SQLOutputValue | undefined,
  srsId: number,
): { readonly geometry: unknown; readonly defect: GeometryDefect | null } {
  if (!(stored instanceof Uint8Array)) return { geometry: null, defect: null };
  try {
    const { srsId: own, geometry } = parseGeoPackageGeometry(stored);
    // 0 and -1 are left there by tools that do not fill it in.
    if (own === srsId || own === 0 || own === -1) return { geometry, defect: null };
    const expected = `srs_id ${srsId}, that of its layer`;
    return { geometry: null, defect: { message: 'a geometry in another CRS', expected, found: `srs_id ${own}` } };
  } catch (error) {
    if (error instanceof MalformedGeometry) return { geometry: null, defect: error.defect };
    throw error;
  }
}
