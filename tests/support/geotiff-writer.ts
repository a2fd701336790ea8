import { deflateSync } from 'node:zlib';
import type { Geotransform } from '../../src/shared/geo/geotransform.ts';
import { ascii, doubles, longs, shorts, type TestTags } from './tiff-bytes.ts';

/** GeoTIFFs with any georeference, for tests: one band in deflated tiles of 32, so that most windows need a few blocks. */

export interface TestRaster {
  readonly rows: number;
  readonly cols: number;
  /** rows x cols, row-major, as stored. */
  readonly samples: Uint8Array | Float32Array;
  /** Of pixel corners, as GDAL gives it; any affine. */
  readonly geotransform: Geotransform;
  /** EPSG code of the CRS; null: the file names none. */
  readonly epsg: number | null;
  readonly nodata: number | null;
  /** Writes PixelIsPoint, and tags that speak of centres. */
  readonly pixelIsPoint?: boolean;
  /** EPSG code of the unit of the coordinates (9003: US survey feet). */
  readonly linearUnit?: number;
}

const TILE = 32;

/** Geographic systems that the tests use; all other codes are projected. */
const GEOGRAPHIC = new Set([4326, 4490, 4258]);

export function encodeRaster(raster: TestRaster): Uint8Array {
  const tiles = encodeTiles(raster);
  const offsets: number[] = [];
  let at = 8;
  for (const tile of tiles) {
    offsets.push(at);
    at += tile.length + (tile.length % 2);
  }
  const directory = encodeDirectory(tagsOf(raster, offsets, tiles), at);
  const file = new Uint8Array(at + directory.length);
  file.set([0x49, 0x49, 42, 0]);
  new DataView(file.buffer).setUint32(4, at, true);
  for (const [i, tile] of tiles.entries()) file.set(tile, offsets[i]);
  file.set(directory, at);
  return file;
}

function encodeTiles({ rows, cols, samples }: TestRaster): Uint8Array[] {
  const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  const size = samples.BYTES_PER_ELEMENT;
  const tiles: Uint8Array[] = [];
  for (let row = 0; row < rows; row += TILE) {
    for (let col = 0; col < cols; col += TILE) {
      const tile = new Uint8Array(TILE * TILE * size);
      const width = Math.min(TILE, cols - col);
      for (let r = 0; r < Math.min(TILE, rows - row); r++) {
        const from = ((row + r) * cols + col) * size;
        tile.set(bytes.subarray(from, from + width * size), r * TILE * size);
      }
      tiles.push(new Uint8Array(deflateSync(tile)));
    }
  }
  return tiles;
}

function tagsOf(raster: TestRaster, offsets: readonly number[], tiles: readonly Uint8Array[]): TestTags {
  const { rows, cols, samples, nodata } = raster;
  const isFloat = samples instanceof Float32Array;
  return {
    256: shorts(cols),
    257: shorts(rows),
    258: shorts(isFloat ? 32 : 8),
    259: shorts(8),
    262: shorts(1),
    277: shorts(1),
    284: shorts(1),
    322: shorts(TILE),
    323: shorts(TILE),
    324: longs(...offsets),
    325: longs(...tiles.map((tile) => tile.length)),
    339: shorts(isFloat ? 3 : 1),
    ...placeTags(raster),
    ...(raster.epsg === null && raster.pixelIsPoint !== true ? {} : { 34735: shorts(...geoKeys(raster)) }),
    ...(nodata === null ? {} : { 42113: ascii(String(nodata)) }),
  };
}

/** Scale and tie point where the image is north-up, else the matrix of ModelTransformation. */
function placeTags({ geotransform, pixelIsPoint = false }: TestRaster): TestTags {
  const [x0, dxCol, dxRow, y0, dyCol, dyRow] = geotransform;
  const half = pixelIsPoint ? 0.5 : 0;
  const [x, y] = [x0 + half * (dxCol + dxRow), y0 + half * (dyCol + dyRow)];
  if (dxRow === 0 && dyCol === 0 && dxCol > 0 && dyRow < 0) {
    return { 33550: doubles(dxCol, -dyRow, 0), 33922: doubles(0, 0, 0, x, y, 0) };
  }
  return { 34264: doubles(dxCol, dxRow, 0, x, dyCol, dyRow, 0, y, 0, 0, 0, 0, 0, 0, 0, 1) };
}

function geoKeys({ epsg, pixelIsPoint = false, linearUnit }: TestRaster): number[] {
  const geographic = epsg !== null && GEOGRAPHIC.has(epsg);
  const keys: [number, number][] = [
    ...(epsg === null ? [] : [[1024, geographic ? 2 : 1] as [number, number]]),
    [1025, pixelIsPoint ? 2 : 1],
    ...(epsg === null ? [] : [[geographic ? 2048 : 3072, epsg] as [number, number]]),
    ...(linearUnit === undefined ? [] : [[3076, linearUnit] as [number, number]]),
  ];
  return [1, 1, 0, keys.length, ...keys.flatMap(([id, value]) => [id, 0, 1, value])];
}

const TYPE_BYTES = { 2: 1, 3: 2, 4: 4, 12: 8 } as const;

/** The directory that stands at `start`, with the values that do not fit into it behind. */
function encodeDirectory(tags: TestTags, start: number): Uint8Array {
  const entries = Object.entries(tags);
  const fixed = 2 + 12 * entries.length + 4;
  const total = entries.reduce((sum, [, { type, values }]) => sum + TYPE_BYTES[type] * values.length + 1, fixed);
  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, entries.length, true);
  let outside = fixed;
  for (const [i, [tag, { type, values }]] of entries.entries()) {
    const entry = 2 + 12 * i;
    const size = TYPE_BYTES[type] * values.length;
    view.setUint16(entry, Number(tag), true);
    view.setUint16(entry + 2, type, true);
    view.setUint32(entry + 4, values.length, true);
    if (size > 4) view.setUint32(entry + 8, start + outside, true);
    writeValues(view, size > 4 ? outside : entry + 8, type, values);
    if (size > 4) outside += size + (size % 2);
  }
  return bytes;
}

function writeValues(view: DataView, at: number, type: 2 | 3 | 4 | 12, values: readonly number[] | string): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (typeof value === 'string') view.setUint8(at + i, value.charCodeAt(0));
    else if (type === 3) view.setUint16(at + 2 * i, value ?? 0, true);
    else if (type === 4) view.setUint32(at + 4 * i, value ?? 0, true);
    else view.setFloat64(at + 8 * i, value ?? 0, true);
  }
}
