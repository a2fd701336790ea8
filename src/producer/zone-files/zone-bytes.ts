/** Fetches a zone file and the files that belong to it, and tells its format by its first bytes. */

import { CitysinkError } from '../../shared/errors.ts';
import type { ObjectStore } from '../../shared/io/store.ts';
import { baseNameOf } from '../../shared/io/store-url.ts';
import { sha256 } from '../../shared/io/stored-json.ts';
import { refuseFile } from './zone-layer.ts';

export type ZoneFormat = 'geojson' | 'geopackage' | 'shapefile' | 'flatgeobuf';

export interface ZoneBytes {
  readonly file: string;
  readonly format: ZoneFormat;
  readonly main: Uint8Array;
  /** Files of the same name beside it by ending, lower case: `dbf`, `prj`, `cpg`, `shx`. Only Shapefiles have some. */
  readonly beside: ReadonlyMap<string, Uint8Array>;
  /** sha256 (hex) of all that was read: of the main file alone where nothing stands beside it. */
  readonly digest: string;
}

/** First bytes of the formats, and of those that are refused with a hint. */
const MARKS: readonly (readonly [readonly number[], ZoneFormat | string])[] = [
  [[0x53, 0x51, 0x4c, 0x69, 0x74, 0x65, 0x20, 0x66], 'geopackage'],
  [[0x66, 0x67, 0x62, 0x03, 0x66, 0x67, 0x62], 'flatgeobuf'],
  [[0x00, 0x00, 0x27, 0x0a], 'shapefile'],
  [[0x50, 0x4b, 0x03, 0x04], 'a zip archive: unpack it and name the .shp, .gpkg or .geojson inside'],
  [[0x1f, 0x8b], 'a gzip file: unpack it first'],
  [[0x66, 0x67, 0x62], 'FlatGeobuf of another version than 3'],
  [[0x50, 0x41, 0x52, 0x31], 'a Parquet file: convert it, for example with ogr2ogr zones.gpkg'],
  [[0x3c], 'XML such as KML or GML: convert it, for example with ogr2ogr zones.gpkg'],
];

const FORMATS = 'GeoJSON, GeoPackage, Shapefile (.shp) or FlatGeobuf';
const KNOWN: ReadonlySet<string> = new Set<ZoneFormat>(['geojson', 'geopackage', 'shapefile', 'flatgeobuf']);

/** By content, never by name. Errors: REQUEST_INVALID with a hint for archives and for other formats that it knows. */
function formatOf(bytes: Uint8Array, file: string): ZoneFormat {
  const ending = file.slice(file.lastIndexOf('.') + 1).toLowerCase();
  if (ending === 'shx' || ending === 'dbf' || ending === 'prj') {
    refuseFile(file, 'a part of a Shapefile', 'zones.url with the .shp beside it', `.${ending}`);
  }
  const found = MARKS.find(([mark]) => mark.every((byte, index) => bytes[index] === byte))?.[1] ?? 'geojson';
  if (!KNOWN.has(found)) refuseFile(file, 'zones in a format that is not read', FORMATS, found);
  return found as ZoneFormat;
}

const BESIDE = ['dbf', 'prj', 'cpg', 'shx'];

/**
 * All bytes of a zone file. Errors: REQUEST_INVALID for formats that are not read; those of the store
 * (OBJECT_TOO_LARGE over `maxBytes`, for each file).
 */
export async function readZoneBytes(store: ObjectStore, url: string, maxBytes: number): Promise<ZoneBytes> {
  const main = await store.read(url, { maxBytes });
  const file = baseNameOf(url);
  const format = formatOf(main, file);
  if (format === 'geopackage') await refuseOpenLog(store, url, main, file);
  const beside = format === 'shapefile' ? await readBeside(store, url, maxBytes) : new Map<string, Uint8Array>();
  const parts = [...beside].map(([ending, bytes]) => [ending, sha256(bytes)]);
  const digest = parts.length === 0 ? sha256(main) : sha256(JSON.stringify([sha256(main), parts]));
  return { file, format, main, beside, digest };
}

async function readBeside(store: ObjectStore, url: string, maxBytes: number): Promise<Map<string, Uint8Array>> {
  const stem = url.slice(0, url.lastIndexOf('.'));
  const upper = /\.SHP$/.test(url);
  const beside = new Map<string, Uint8Array>();
  for (const ending of BESIDE) {
    const bytes = await readIfThere(store, `${stem}.${upper ? ending.toUpperCase() : ending}`, maxBytes);
    if (bytes !== null) beside.set(ending, bytes);
  }
  return beside;
}

async function readIfThere(store: ObjectStore, url: string, maxBytes: number): Promise<Uint8Array | null> {
  try {
    return await store.read(url, { maxBytes });
  } catch (error) {
    if (error instanceof CitysinkError && error.code === 'OBJECT_NOT_FOUND') return null;
    throw error;
  }
}

/** SQLite's write-ahead log holds what the file itself does not have yet; a GeoPackage that is open elsewhere has one. */
async function refuseOpenLog(store: ObjectStore, url: string, main: Uint8Array, file: string): Promise<void> {
  const usesLog = main[18] === 2 || main[19] === 2;
  if (!usesLog) return;
  const log = await readIfThere(store, `${url}-wal`, Number.MAX_SAFE_INTEGER);
  if (log === null || log.byteLength === 0) return;
  const found = `${file}-wal of ${log.byteLength} bytes beside it`;
  refuseFile(file, 'changes are not written into the file yet', 'a file that no program has open', found);
}
