import { deflateSync } from 'node:zlib';

/** One band of classes on a north-up grid, to be written as GeoTIFF. */
export interface ClassRaster {
  readonly rows: number;
  readonly cols: number;
  /** rows x cols, row-major. */
  readonly codes: Uint8Array;
  /** Projected CRS with metres as unit. */
  readonly epsg: number;
  /** Outer corner of the first cell, and the size of the square cells, in metres. */
  readonly originX: number;
  readonly originY: number;
  readonly cellM: number;
  readonly nodata: number;
  readonly description: string;
  /** ISO 8601 date of the imagery. */
  readonly date: string;
}

const TILE = 512;
/** Little-endian mark and 42, then the offset of the only directory, which follows at once. */
const HEADER_BYTES = 8;
const SHORT = 3;
const LONG = 4;
const ASCII = 2;
const DOUBLE = 12;
const BYTES_OF_TYPE: Readonly<Record<number, number>> = { [ASCII]: 1, [SHORT]: 2, [LONG]: 4, [DOUBLE]: 8 };

/** One tag; `values` are numbers, or characters for ASCII (a closing zero is added). */
interface Tag {
  readonly id: number;
  readonly type: number;
  readonly values: readonly number[];
}

/**
 * Classic little-endian TIFF 6.0: one uint8 band, tiles of 512, deflate level 6, GeoTIFF 1.1 keys, GDAL's nodata tag.
 *
 * The same raster gives the same bytes with the same zlib. Edge tiles are filled up with nodata.
 */
export function encodeClassGeotiff(raster: ClassRaster): Uint8Array {
  const tiles = encodeTiles(raster);
  const tags = (offsets: readonly number[]): Tag[] => tagsOf(raster, tiles, offsets);
  // The directory's size does not depend on the offsets in it: measured once with zeros, then written for good.
  const directoryBytes = encodeDirectory(tags(tiles.map(() => 0))).length;
  let next = HEADER_BYTES + directoryBytes;
  const offsets = tiles.map((tile) => {
    const offset = next;
    next += tile.length;
    return offset;
  });
  const file = new Uint8Array(next);
  file.set([0x49, 0x49, 42, 0, HEADER_BYTES, 0, 0, 0]);
  file.set(encodeDirectory(tags(offsets)), HEADER_BYTES);
  tiles.forEach((tile, i) => {
    file.set(tile, offsets[i] ?? 0);
  });
  return file;
}

/** Compressed tiles, row by row from the north-west. */
function encodeTiles({ rows, cols, codes, nodata }: ClassRaster): Uint8Array[] {
  const tiles: Uint8Array[] = [];
  for (let row = 0; row < rows; row += TILE) {
    for (let col = 0; col < cols; col += TILE) {
      const tile = new Uint8Array(TILE * TILE).fill(nodata);
      const width = Math.min(TILE, cols - col);
      for (let r = 0; r < Math.min(TILE, rows - row); r += 1) {
        const from = (row + r) * cols + col;
        tile.set(codes.subarray(from, from + width), r * TILE);
      }
      tiles.push(deflateSync(tile, { level: 6 }));
    }
  }
  return tiles;
}

/** Tags in ascending order, as TIFF 6.0 wants them. */
function tagsOf(raster: ClassRaster, tiles: readonly Uint8Array[], offsets: readonly number[]): Tag[] {
  const { rows, cols, originX, originY, cellM, epsg, nodata, description, date } = raster;
  const text = (value: string): number[] => [...new TextEncoder().encode(value), 0];
  return [
    { id: 256, type: LONG, values: [cols] },
    { id: 257, type: LONG, values: [rows] },
    { id: 258, type: SHORT, values: [8] },
    // Adobe deflate; black is zero; one sample; unsigned.
    { id: 259, type: SHORT, values: [8] },
    { id: 262, type: SHORT, values: [1] },
    { id: 270, type: ASCII, values: text(description) },
    { id: 277, type: SHORT, values: [1] },
    { id: 284, type: SHORT, values: [1] },
    { id: 306, type: ASCII, values: text(`${date.replaceAll('-', ':')} 00:00:00`) },
    { id: 322, type: SHORT, values: [TILE] },
    { id: 323, type: SHORT, values: [TILE] },
    { id: 324, type: LONG, values: offsets },
    { id: 325, type: LONG, values: tiles.map((tile) => tile.length) },
    { id: 339, type: SHORT, values: [1] },
    // ModelPixelScale, ModelTiepoint (raster 0,0,0 to map), GeoKeyDirectory, GDAL_NODATA.
    { id: 33550, type: DOUBLE, values: [cellM, cellM, 0] },
    { id: 33922, type: DOUBLE, values: [0, 0, 0, originX, originY, 0] },
    { id: 34735, type: SHORT, values: geoKeys(epsg) },
    { id: 42113, type: ASCII, values: text(String(nodata)) },
  ];
}

/** GeoTIFF 1.1 key directory: projected model, pixel is area, the EPSG code, metres. */
function geoKeys(epsg: number): number[] {
  const keys = [
    [1024, 1],
    [1025, 1],
    [3072, epsg],
    [3076, 9001],
  ];
  return [1, 1, 1, keys.length, ...keys.flatMap(([id = 0, value = 0]) => [id, 0, 1, value])];
}

/** The directory, then the values that do not fit into their four bytes, each on an even offset. */
function encodeDirectory(tags: readonly Tag[]): Uint8Array {
  const entriesEnd = HEADER_BYTES + 2 + tags.length * 12 + 4;
  const sizes = tags.map(({ type, values }) => (BYTES_OF_TYPE[type] ?? 1) * values.length);
  const total = sizes.reduce((sum, size) => (size > 4 ? sum + size + (size % 2) : sum), entriesEnd);
  const bytes = new Uint8Array(total - HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, tags.length, true);
  let outside = entriesEnd;
  tags.forEach(({ id, type, values }, i) => {
    const entry = 2 + i * 12;
    const size = sizes[i] ?? 0;
    view.setUint16(entry, id, true);
    view.setUint16(entry + 2, type, true);
    view.setUint32(entry + 4, values.length, true);
    if (size > 4) view.setUint32(entry + 8, outside, true);
    writeValues(view, size > 4 ? outside - HEADER_BYTES : entry + 8, type, values);
    if (size > 4) outside += size + (size % 2);
  });
  return bytes;
}

function writeValues(view: DataView, at: number, type: number, values: readonly number[]): void {
  values.forEach((value, i) => {
    if (type === ASCII) view.setUint8(at + i, value);
    else if (type === SHORT) view.setUint16(at + 2 * i, value, true);
    else if (type === LONG) view.setUint32(at + 4 * i, value, true);
    else view.setFloat64(at + 8 * i, value, true);
  });
}
