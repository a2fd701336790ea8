import type { AnalysisGrid, Lattice } from '../geo/grid.ts';
import { geoKeysOf } from './geo-keys.ts';
import { blockCounts, levelSizes, MAP_BLOCK, MAP_SAMPLE_BYTES, type MapSamples, type MapSize } from './map-blocks.ts';
import { TAG } from './tiff-tags.ts';

/**
 * Where everything of a Cloud Optimized GeoTIFF stands, from the sizes of its compressed blocks alone: header, GDAL's
 * structural metadata, all directories, then the blocks, those of the smallest overview first, each by row, then column.
 * A block has its size before it and its last four bytes once more behind it, as the structural metadata say, so that a
 * reader needs no table of sizes. Blocks of nodata are left out. Little-endian; BigTIFF where 4 GB do not suffice.
 */

/** One band. */
export interface CogImage extends MapSamples {
  /** North-west corner and cells; `window` counts the cells from its origin. */
  readonly grid: AnalysisGrid;
  /** XML for GDAL_METADATA. */
  readonly metadata: string;
}

export interface CogHead {
  readonly bytes: Uint8Array;
  /** Of the whole file. */
  readonly sizeBytes: number;
}

/** Compressed bytes of each block by row, then column; 0: left out. One list a level, the full map first. */
export type BlockSizes = readonly ArrayLike<number>[];

/** Bytes that stand around a block. */
export const BLOCK_LEADER_BYTES = 4;
export const BLOCK_TRAILER_BYTES = 4;

const GHOST = [
  'LAYOUT=IFDS_BEFORE_DATA',
  'BLOCK_ORDER=ROW_MAJOR',
  'BLOCK_LEADER=SIZE_AS_UINT4',
  'BLOCK_TRAILER=LAST_4_BYTES_REPEATED',
  // The space leaves room for a program that breaks the order to write YES.
  'KNOWN_INCOMPATIBLE_EDITION=NO\n ',
].join('\n');

/** GeoDoubleParamsTag and GeoAsciiParamsTag; scenes are read without them. */
const GEO_DOUBLE_PARAMS = 34_736;
const GEO_ASCII_PARAMS = 34_737;

const ASCII = 2;
const SHORT = 3;
const LONG = 4;
const DOUBLE = 12;
const LONG8 = 16;
const TYPE_BYTES: Readonly<Record<number, number>> = { [ASCII]: 1, [SHORT]: 2, [LONG]: 4, [DOUBLE]: 8, [LONG8]: 8 };

interface Tag {
  readonly id: number;
  readonly type: number;
  readonly values: ArrayLike<number>;
}

/** The head of the file, everything before the first block. Errors: RangeError where sizes do not fit the grid. */
export function cogHead(image: CogImage, sizes: BlockSizes): CogHead {
  const classic = layOut(image, sizes, false);
  return classic.sizeBytes < 2 ** 32 ? classic : layOut(image, sizes, true);
}

function layOut(image: CogImage, sizes: BlockSizes, big: boolean): CogHead {
  const levels = levelSizes(image.grid.window);
  if (levels.length !== sizes.length)
    throw new RangeError(`${sizes.length} levels of blocks, expected ${levels.length}`);
  const ghost = new TextEncoder().encode(
    `GDAL_STRUCTURAL_METADATA_SIZE=${String(GHOST.length).padStart(6, '0')} bytes\n${GHOST}`,
  );
  const form = big ? BIG : CLASSIC;
  const start = even(form.headerBytes + ghost.length);
  // The length of a directory does not hang on the offsets in it: they are filled in once all lengths are known.
  const lengths = levels.map((size, level) =>
    directoryBytes(tagsOf(image, size, level, sizes[level] ?? [], [], form), form),
  );
  const dataStart = lengths.reduce((sum, length) => sum + length, start);
  const { offsets, end } = blockOffsets(levels, sizes, dataStart);
  const bytes = new Uint8Array(dataStart);
  bytes.set(form.header(start));
  bytes.set(ghost, form.headerBytes);
  let at = start;
  levels.forEach((size, level) => {
    const next = level === levels.length - 1 ? 0 : at + (lengths[level] ?? 0);
    const tags = tagsOf(image, size, level, sizes[level] ?? [], offsets[level] ?? [], form);
    writeDirectory(bytes, at, tags, next, form);
    at += lengths[level] ?? 0;
  });
  return { bytes, sizeBytes: end };
}

/** Offset of each block's own bytes, 0 where it is left out, and the end of the file. */
function blockOffsets(
  levels: readonly MapSize[],
  sizes: BlockSizes,
  start: number,
): { offsets: Float64Array[]; end: number } {
  let at = start;
  const offsets: Float64Array[] = [];
  for (let level = levels.length - 1; level >= 0; level--) {
    const { rows, cols } = blockCounts(levels[level] as MapSize);
    const ofLevel = sizes[level] ?? [];
    if (ofLevel.length !== rows * cols) throw new RangeError(`${ofLevel.length} blocks, expected ${rows * cols}`);
    const found = new Float64Array(ofLevel.length);
    for (let block = 0; block < ofLevel.length; block++) {
      const size = ofLevel[block]!;
      if (size === 0) continue;
      found[block] = at + BLOCK_LEADER_BYTES;
      at += BLOCK_LEADER_BYTES + size + BLOCK_TRAILER_BYTES;
    }
    offsets[level] = found;
  }
  return { offsets, end: at };
}

/** Tags in rising order, as TIFF 6.0 wants them. `offsets` may be empty: they are then as many zeros. */
function tagsOf(
  image: CogImage,
  { rows, cols }: MapSize,
  level: number,
  sizes: ArrayLike<number>,
  offsets: ArrayLike<number>,
  { offsetType }: Form,
): Tag[] {
  const one = (id: number, type: number, value: number): Tag => ({ id, type, values: [value] });
  const tags: Tag[] = [
    ...(level === 0 ? [] : [one(TAG.newSubfileType, LONG, 1)]),
    one(TAG.imageWidth, LONG, cols),
    one(TAG.imageLength, LONG, rows),
    one(TAG.bitsPerSample, SHORT, MAP_SAMPLE_BYTES[image.dtype] * 8),
    // Adobe deflate.
    one(TAG.compression, SHORT, 8),
    one(TAG.photometric, SHORT, 1),
    one(TAG.samplesPerPixel, SHORT, 1),
    one(TAG.planarConfiguration, SHORT, 1),
    one(TAG.tileWidth, SHORT, MAP_BLOCK),
    one(TAG.tileLength, SHORT, MAP_BLOCK),
    { id: TAG.tileOffsets, type: offsetType, values: offsets.length === 0 ? new Uint8Array(sizes.length) : offsets },
    { id: TAG.tileByteCounts, type: LONG, values: sizes },
    one(TAG.sampleFormat, SHORT, { uint8: 1, uint16: 1, int32: 2, float32: 3 }[image.dtype]),
  ];
  if (level === 0)
    tags.push(...georeference(image.grid), { id: TAG.gdalMetadata, type: ASCII, values: text(image.metadata) });
  return [...tags, { id: TAG.gdalNodata, type: ASCII, values: text(String(image.nodata)) }];
}

function georeference(grid: AnalysisGrid): Tag[] {
  const { crs, cellWidth, cellHeight } = grid;
  const { x, y } = cornerOf(grid);
  const { directory, doubles, ascii } = geoKeysOf(crs);
  return [
    { id: TAG.modelPixelScale, type: DOUBLE, values: [cellWidth, cellHeight, 0] },
    { id: TAG.modelTiepoint, type: DOUBLE, values: [0, 0, 0, x, y, 0] },
    { id: TAG.geoKeyDirectory, type: SHORT, values: directory },
    ...(doubles.length === 0 ? [] : [{ id: GEO_DOUBLE_PARAMS, type: DOUBLE, values: doubles }]),
    ...(ascii === null ? [] : [{ id: GEO_ASCII_PARAMS, type: ASCII, values: text(ascii) }]),
  ];
}

/** Map coordinates of the north-west corner of the grid's window. */
function cornerOf({ originX, originY, cellWidth, cellHeight, window }: Lattice & Pick<AnalysisGrid, 'window'>): {
  x: number;
  y: number;
} {
  return { x: originX + window.col * cellWidth, y: originY - window.row * cellHeight };
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(`${value}\0`);
}

/** How numbers are laid out in classic TIFF and in BigTIFF. */
interface Form {
  readonly headerBytes: number;
  readonly offsetType: number;
  readonly countBytes: 2 | 8;
  readonly entryBytes: 12 | 20;
  /** Of a value or offset within an entry, and of the offset of the next directory. */
  readonly wordBytes: 4 | 8;
  header(firstDirectory: number): Uint8Array;
}

const CLASSIC: Form = {
  headerBytes: 8,
  offsetType: LONG,
  countBytes: 2,
  entryBytes: 12,
  wordBytes: 4,
  header(firstDirectory) {
    const bytes = Uint8Array.of(0x49, 0x49, 42, 0, 0, 0, 0, 0);
    new DataView(bytes.buffer).setUint32(4, firstDirectory, true);
    return bytes;
  },
};

const BIG: Form = {
  headerBytes: 16,
  offsetType: LONG8,
  countBytes: 8,
  entryBytes: 20,
  wordBytes: 8,
  header(firstDirectory) {
    const bytes = Uint8Array.of(0x49, 0x49, 43, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    new DataView(bytes.buffer).setBigUint64(8, BigInt(firstDirectory), true);
    return bytes;
  },
};

function valueBytes({ type, values }: Tag): number {
  return (TYPE_BYTES[type] ?? 1) * values.length;
}

function even(bytes: number): number {
  return bytes + (bytes % 2);
}

/** A directory with the values that do not fit into its entries, which follow it, each on an even offset. */
function directoryBytes(tags: readonly Tag[], { countBytes, entryBytes, wordBytes }: Form): number {
  const entries = countBytes + tags.length * entryBytes + wordBytes;
  return tags.reduce((sum, tag) => (valueBytes(tag) > wordBytes ? sum + even(valueBytes(tag)) : sum), even(entries));
}

function writeDirectory(bytes: Uint8Array, at: number, tags: readonly Tag[], next: number, form: Form): void {
  const { countBytes, entryBytes, wordBytes } = form;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const word = (place: number, value: number): void => {
    if (wordBytes === 8) view.setBigUint64(place, BigInt(value), true);
    else view.setUint32(place, value, true);
  };
  if (countBytes === 8) view.setBigUint64(at, BigInt(tags.length), true);
  else view.setUint16(at, tags.length, true);
  const entriesEnd = at + countBytes + tags.length * entryBytes;
  word(entriesEnd, next);
  let outside = at + even(entriesEnd + wordBytes - at);
  tags.forEach((tag, index) => {
    const entry = at + countBytes + index * entryBytes;
    const size = valueBytes(tag);
    view.setUint16(entry, tag.id, true);
    view.setUint16(entry + 2, tag.type, true);
    word(entry + 4, tag.values.length);
    const place = entry + 4 + wordBytes;
    const isInside = size <= wordBytes;
    writeValues(view, isInside ? place : outside, tag);
    if (isInside) return;
    word(place, outside);
    outside += even(size);
  });
}

function writeValues(view: DataView, at: number, { type, values }: Tag): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (type === ASCII) view.setUint8(at + i, value);
    else if (type === SHORT) view.setUint16(at + 2 * i, value, true);
    else if (type === LONG) view.setUint32(at + 4 * i, value, true);
    else if (type === DOUBLE) view.setFloat64(at + 8 * i, value, true);
    else view.setBigUint64(at + 8 * i, BigInt(value), true);
  }
}
