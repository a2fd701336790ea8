/**
 * A bounded walk over the image directories of a TIFF before any parser sees it, and the tables of block offsets.
 *
 * geotiff 3.0.5 trusts what it reads: it follows directory cycles, allocates by the counts in tags, and reads deferred
 * arrays as little-endian in big-endian files. So structure is checked here first, and the tables are read here.
 */
import { CitysinkError } from '../errors.ts';
import { MAX_BLOCKS } from '../raster/tiff-layout.ts';
import type { HeaderSource } from './header-source.ts';

/** Most image directories in one file: a COG has about ten. */
const MAX_DIRECTORIES = 64;
/** Most tags in one directory; real files have under 40. */
const MAX_TAGS = 512;
/** Largest value of a tag other than the tables of blocks, in bytes. */
const MAX_TAG_BYTES = 16 * 1024 * 1024;
/** StripOffsets, StripByteCounts, TileOffsets, TileByteCounts: bounded by the number of blocks instead. */
const BLOCK_TABLE_TAGS = new Set([273, 279, 324, 325]);

/** Bytes of one value by TIFF field type. */
const TYPE_BYTES: readonly (number | undefined)[] = [
  undefined,
  1,
  1,
  2,
  4,
  8,
  1,
  1,
  2,
  4,
  8,
  4,
  8,
  4,
  undefined,
  undefined,
  8,
  8,
  8,
];

/** One tag of a directory: where its values lie. */
export interface TagEntry {
  readonly tag: number;
  readonly type: number;
  readonly count: number;
  readonly valueOffset: number;
}

export interface TiffDirectory {
  readonly offset: number;
  readonly entries: ReadonlyMap<number, TagEntry>;
}

export interface TiffStructure {
  readonly littleEndian: boolean;
  readonly bigTiff: boolean;
  readonly directories: readonly TiffDirectory[];
}

function corrupt(what: string): CitysinkError {
  return new CitysinkError('RASTER_CORRUPT', what);
}

/** Sizes of a directory's parts, which differ between classic TIFF and BigTIFF. */
interface Form {
  readonly littleEndian: boolean;
  readonly countBytes: 2 | 8;
  readonly entryBytes: 12 | 20;
  readonly offsetBytes: 4 | 8;
}

/** Walks all directories. Errors: RASTER_CORRUPT (no TIFF, cycle, bad tag), RASTER_TOO_LARGE. */
export async function scanDirectories(source: HeaderSource): Promise<TiffStructure> {
  const head = view(await source.read(0, Math.min(16, source.fileSize)));
  const order = head.byteLength >= 8 ? head.getUint16(0) : 0;
  const littleEndian = order === 0x4949;
  const version = order === 0x4949 || order === 0x4d4d ? head.getUint16(2, littleEndian) : 0;
  // Empty files and pages of error text under a raster's name are damage: one such scene must not refuse the others.
  if (version !== 42 && version !== 43) throw corrupt('the file is not a TIFF');
  const bigTiff = version === 43;
  if (bigTiff && (head.byteLength < 16 || head.getUint16(4, littleEndian) !== 8)) throw corrupt('bad BigTIFF header');
  const form: Form = bigTiff
    ? { littleEndian, countBytes: 8, entryBytes: 20, offsetBytes: 8 }
    : { littleEndian, countBytes: 2, entryBytes: 12, offsetBytes: 4 };
  const directories: TiffDirectory[] = [];
  const seen = new Set<number>();
  let next = readOffset(head, bigTiff ? 8 : 4, form);
  while (next !== 0) {
    if (seen.has(next)) throw corrupt(`the image directories form a cycle at byte ${next}`);
    if (directories.length === MAX_DIRECTORIES) {
      throw new CitysinkError('RASTER_TOO_LARGE', `the file has more than ${MAX_DIRECTORIES} image directories`);
    }
    seen.add(next);
    const { directory, following } = await scanDirectory(source, next, form);
    directories.push(directory);
    next = following;
  }
  if (directories.length === 0) throw corrupt('the file has no image');
  return { littleEndian, bigTiff, directories };
}

async function scanDirectory(
  source: HeaderSource,
  offset: number,
  form: Form,
): Promise<{ directory: TiffDirectory; following: number }> {
  const { countBytes, entryBytes, offsetBytes } = form;
  const countView = view(await source.read(offset, countBytes));
  const tags = countBytes === 2 ? countView.getUint16(0, form.littleEndian) : readOffset(countView, 0, form);
  if (tags === 0 || tags > MAX_TAGS) throw corrupt(`the image directory at byte ${offset} claims ${tags} tags`);
  const body = view(await source.read(offset + countBytes, tags * entryBytes + offsetBytes));
  const entries = new Map<number, TagEntry>();
  for (let i = 0; i < tags; i++) {
    const entry = readEntry(body, i * entryBytes, offset + countBytes + i * entryBytes, form);
    checkEntry(entry, source.fileSize);
    // GDAL and geotiff differ on which of two equal tags counts, so neither does.
    if (entries.has(entry.tag)) throw corrupt(`tag ${entry.tag} occurs twice`);
    entries.set(entry.tag, entry);
  }
  return { directory: { offset, entries }, following: readOffset(body, tags * entryBytes, form) };
}

function readEntry(body: DataView, at: number, fileOffset: number, form: Form): TagEntry {
  const { littleEndian, offsetBytes } = form;
  const tag = body.getUint16(at, littleEndian);
  const type = body.getUint16(at + 2, littleEndian);
  const count = readOffset(body, at + 4, form);
  const inline = (TYPE_BYTES[type] ?? 0) * count <= offsetBytes;
  const valueAt = 4 + offsetBytes;
  const valueOffset = inline ? fileOffset + valueAt : readOffset(body, at + valueAt, form);
  return { tag, type, count, valueOffset };
}

function checkEntry(entry: TagEntry, fileSize: number): void {
  const size = TYPE_BYTES[entry.type];
  if (size === undefined) throw corrupt(`tag ${entry.tag} has the unknown field type ${entry.type}`);
  const bytes = size * entry.count;
  if (entry.valueOffset + bytes > fileSize) {
    throw corrupt(`tag ${entry.tag} has ${entry.count} values (${bytes} bytes) beyond the end of the file`);
  }
  if (BLOCK_TABLE_TAGS.has(entry.tag) && entry.count > MAX_BLOCKS) {
    throw new CitysinkError('RASTER_TOO_LARGE', `the image has ${entry.count} blocks, the limit is ${MAX_BLOCKS}`);
  }
  if (bytes > MAX_TAG_BYTES && !BLOCK_TABLE_TAGS.has(entry.tag)) {
    throw new CitysinkError('RASTER_TOO_LARGE', `tag ${entry.tag} takes ${bytes} bytes, the limit is ${MAX_TAG_BYTES}`);
  }
}

/** Values of an offset or byte-count tag as exact numbers. The caller has checked that `entry.count` is bounded. */
export async function readBlockTable(
  source: HeaderSource,
  littleEndian: boolean,
  entry: TagEntry,
): Promise<Float64Array> {
  const size = TYPE_BYTES[entry.type] ?? 0;
  const table = new Float64Array(entry.count);
  const bytes = view(await source.readOnce(entry.valueOffset, entry.count * size));
  for (let i = 0; i < table.length; i++) table[i] = readTableValue(bytes, i * size, entry, littleEndian);
  return table;
}

function readTableValue(bytes: DataView, at: number, entry: TagEntry, littleEndian: boolean): number {
  switch (entry.type) {
    case 3:
      return bytes.getUint16(at, littleEndian);
    case 4:
    case 13:
      return bytes.getUint32(at, littleEndian);
    case 16:
    case 18:
      return Number(bytes.getBigUint64(at, littleEndian));
    default:
      throw corrupt(`tag ${entry.tag} has field type ${entry.type}, expected SHORT, LONG or LONG8`);
  }
}

function readOffset(bytes: DataView, at: number, form: Form): number {
  if (form.offsetBytes === 4) return bytes.getUint32(at, form.littleEndian);
  const value = Number(bytes.getBigUint64(at, form.littleEndian));
  if (!Number.isSafeInteger(value)) throw corrupt(`the offset ${value} is beyond any file`);
  return value;
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
