/** A map of a run, read back: any window of the full map or of an overview, a few blocks at a time. */
import { CitysinkError } from '../errors.ts';
import { intersectWindows, type Window } from '../geo/window.ts';
import {
  blockCounts,
  emptyBlock,
  MAP_BLOCK,
  MAP_SAMPLE_BYTES,
  type MapCells,
  type MapDtype,
  type MapSamples,
  type MapSize,
} from '../raster/map-blocks.ts';
import { TAG } from '../raster/tiff-tags.ts';
import { HeaderSource, type ObjectVersion } from './header-source.ts';
import { inflateBlock } from './map-bytes.ts';
import type { ObjectStore } from './store.ts';
import { readBlockTable, scanDirectories, type TiffDirectory } from './tiff-directory.ts';

export interface MapLevel extends MapSize {
  readonly offsets: Float64Array;
  /** 0: the block is nodata. */
  readonly lengths: Float64Array;
}

export interface MapFile extends ObjectVersion, MapSamples {
  /** The full map first, then each half of the one before. */
  readonly levels: readonly MapLevel[];
  /** North-west corner and size of a cell, in the CRS of the grid. */
  readonly place: {
    readonly west: number;
    readonly north: number;
    readonly cellWidth: number;
    readonly cellHeight: number;
  };
  /** Bytes of all tags that place it: maps with the same lie on the same grid. */
  readonly georeference: string;
}

const GEO_TAGS = [TAG.modelPixelScale, TAG.modelTiepoint, TAG.geoKeyDirectory, 34_736, 34_737];
/** Adobe deflate. */
const DEFLATE = 8;
/** Cells of one window: 4096 x 4096, 64 MB of float32. */
const MAX_WINDOW_CELLS = 2 ** 24;

/** Reads the directories. Errors: RASTER_UNSUPPORTED for what no run wrote, RASTER_CORRUPT, and those of the store. */
export async function openMap(store: ObjectStore, url: string): Promise<MapFile> {
  const { etag, sizeBytes } = await store.head(url);
  const source = new HeaderSource(store, { url, etag, sizeBytes });
  const { directories, littleEndian } = await scanDirectories(source);
  const [main] = directories;
  if (main === undefined || !littleEndian) throw notOurs(url);
  const tags = new TagReader(source, main);
  const dtype = dtypeOf(await tags.number(TAG.sampleFormat, 1), await tags.number(TAG.bitsPerSample, 1));
  const nodata = Number((await tags.text(TAG.gdalNodata)).replace(/\0.*$/, '') || Number.NaN);
  const scale = await tags.doubles(TAG.modelPixelScale);
  const corner = await tags.doubles(TAG.modelTiepoint);
  const isOurs =
    (await tags.number(TAG.compression, 0)) === DEFLATE && (await tags.number(TAG.tileWidth, 0)) === MAP_BLOCK;
  if (dtype === null || !isOurs || Number.isNaN(nodata)) throw notOurs(url);
  const [cellWidth = 0, cellHeight = 0] = scale;
  const [, , , west = 0, north = 0] = corner;
  const levels = await Promise.all(directories.map((one) => levelOf(source, one, url)));
  const georeference = (await Promise.all(GEO_TAGS.map((tag) => tags.hex(tag)))).join(' ');
  return { url, etag, sizeBytes, dtype, nodata, levels, place: { west, north, cellWidth, cellHeight }, georeference };
}

function notOurs(url: string): CitysinkError {
  return new CitysinkError('RASTER_UNSUPPORTED', `${url} is not a map that a run wrote`);
}

async function levelOf(source: HeaderSource, directory: TiffDirectory, url: string): Promise<MapLevel> {
  const tags = new TagReader(source, directory);
  const [rows, cols] = [await tags.number(TAG.imageLength, 0), await tags.number(TAG.imageWidth, 0)];
  const counts = blockCounts({ rows, cols });
  const [offsets, lengths] = [directory.entries.get(TAG.tileOffsets), directory.entries.get(TAG.tileByteCounts)];
  const count = counts.rows * counts.cols;
  if (count === 0 || offsets?.count !== count || lengths?.count !== count) throw notOurs(url);
  return {
    rows,
    cols,
    offsets: await readBlockTable(source, true, offsets),
    lengths: await readBlockTable(source, true, lengths),
  };
}

/** 1 unsigned, 2 signed, 3 float; null: no map has such samples. */
function dtypeOf(format: number, bits: number): MapDtype | null {
  const name = `${format},${bits}`;
  return ({ '1,8': 'uint8', '1,16': 'uint16', '2,32': 'int32', '3,32': 'float32' } as const)[name] ?? null;
}

/** Values of tags of one directory, little-endian. */
class TagReader {
  private readonly source: HeaderSource;
  private readonly directory: TiffDirectory;

  constructor(source: HeaderSource, directory: TiffDirectory) {
    this.source = source;
    this.directory = directory;
  }

  private async bytes(tag: number): Promise<Uint8Array> {
    const entry = this.directory.entries.get(tag);
    if (entry === undefined) return new Uint8Array(0);
    const size = { 2: 1, 3: 2, 4: 4, 12: 8, 16: 8 }[entry.type] ?? 1;
    return this.source.read(entry.valueOffset, size * entry.count);
  }

  /** The first value; SHORT or LONG. */
  async number(tag: number, fallback: number): Promise<number> {
    const bytes = await this.bytes(tag);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (bytes.length >= 4 && this.directory.entries.get(tag)?.type === 4) return view.getUint32(0, true);
    return bytes.length >= 2 ? view.getUint16(0, true) : fallback;
  }

  async doubles(tag: number): Promise<number[]> {
    const bytes = await this.bytes(tag);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return Array.from({ length: Math.floor(bytes.length / 8) }, (_, index) => view.getFloat64(8 * index, true));
  }

  async text(tag: number): Promise<string> {
    return new TextDecoder().decode(await this.bytes(tag));
  }

  async hex(tag: number): Promise<string> {
    return Array.from(await this.bytes(tag), (byte) => byte.toString(16).padStart(2, '0')).join('');
  }
}

/** The first level with no more than so many cells a side; the smallest one where none is so small. */
export function levelWithin({ levels }: Pick<MapFile, 'levels'>, most: number): number {
  const found = levels.findIndex(({ rows, cols }) => Math.max(rows, cols) <= most);
  return found === -1 ? levels.length - 1 : found;
}

/**
 * Cells of a window of one level, by row, then column; nodata outside of the map. One row of blocks is in memory beside
 * the answer. Errors: RASTER_TOO_LARGE, OBJECT_CHANGED, and those of the store.
 */
export async function readMapWindow(
  store: ObjectStore,
  map: MapFile,
  level: number,
  window: Window,
): Promise<MapCells> {
  const size = map.levels[level];
  if (size === undefined) throw new RangeError(`level ${level} of a map with ${map.levels.length}`);
  if (window.rows * window.cols > MAX_WINDOW_CELLS)
    throw new CitysinkError('RASTER_TOO_LARGE', `${map.url}: ${window.rows} x ${window.cols} cells at once`);
  const cells = emptyCells(map, window.rows * window.cols);
  const inside = intersectWindows(window, { row: 0, col: 0, rows: size.rows, cols: size.cols });
  if (inside === null) return cells;
  const across = blockCounts(size).cols;
  const firstCol = Math.floor(inside.col / MAP_BLOCK);
  const lastCol = Math.floor((inside.col + inside.cols - 1) / MAP_BLOCK);
  for (let row = Math.floor(inside.row / MAP_BLOCK); row * MAP_BLOCK < inside.row + inside.rows; row++) {
    const places = Array.from({ length: lastCol - firstCol + 1 }, (_, index) => firstCol + index);
    const blocks = await Promise.all(places.map((col) => readBlock(store, map, size, row * across + col)));
    blocks.forEach((block, index) => {
      if (block !== null) copyBlock(block, { row, col: firstCol + index }, inside, window, cells);
    });
  }
  return cells;
}

function emptyCells(samples: MapSamples, count: number): MapCells {
  const one = emptyBlock(samples);
  const cells = one.length === count ? one : new (one.constructor as new (length: number) => MapCells)(count);
  return cells.fill(samples.nodata);
}

async function readBlock(store: ObjectStore, map: MapFile, level: MapLevel, block: number): Promise<MapCells | null> {
  const [offset, length] = [level.offsets[block] ?? 0, level.lengths[block] ?? 0];
  if (length === 0) return null;
  // No block of a map compresses to more than itself and a little.
  if (length > 2 * MAP_BLOCK * MAP_BLOCK * MAP_SAMPLE_BYTES[map.dtype]) throw notOurs(map.url);
  return inflateBlock(await store.readRange(map.url, { offset, length }, { ifMatch: map.etag }), map.dtype);
}

function copyBlock(
  block: MapCells,
  place: { readonly row: number; readonly col: number },
  inside: Window,
  window: Window,
  cells: MapCells,
): void {
  const own = { row: place.row * MAP_BLOCK, col: place.col * MAP_BLOCK, rows: MAP_BLOCK, cols: MAP_BLOCK };
  const common = intersectWindows(inside, own);
  if (common === null) return;
  for (let row = common.row; row < common.row + common.rows; row++) {
    const from = (row - own.row) * MAP_BLOCK + common.col - own.col;
    cells.set(block.subarray(from, from + common.cols), (row - window.row) * window.cols + common.col - window.col);
  }
}
