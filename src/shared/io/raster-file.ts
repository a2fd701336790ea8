/** Opening a raster and reading its blocks: few merged requests, each under the planned version mark. */
import { CitysinkError } from '../errors.ts';
import type { Window } from '../geo/window.ts';
import { blockCount, blockIndex, blocksOfWindow, decodedRows, packedBlockBytes } from '../raster/block-grid.ts';
import { coalesce, type MergedRange } from '../raster/coalesce.ts';
import type { BlockLayout, RasterHeader, SampleArray } from '../raster/raster-header.ts';
import { decodeBlock } from './block-codec.ts';
import type { BlockTable } from './block-table.ts';
import { HeaderSource, type ObjectVersion } from './header-source.ts';
import { readGeotiffHeader } from './raster-header-geotiff.ts';
import type { ObjectStore } from './store.ts';

/** An opened raster: plain data that may be cloned into a thread; it holds no connection. */
export interface RasterFile extends ObjectVersion {
  readonly header: RasterHeader;
  readonly blocks: BlockTable;
  /** Blocks of the internal mask; null exactly where `header.mask` is. */
  readonly maskBlocks: BlockTable | null;
}

/** Which image of the file a block belongs to. */
export type BlockImage = 'data' | 'mask';

/** One block to read. */
export interface BlockRead {
  readonly image: BlockImage;
  /** Unique in the file: blocks of the mask count on after those of the data. */
  readonly blockId: number;
  readonly blockRow: number;
  readonly blockCol: number;
  readonly offset: number;
  /** Stored bytes; 0 is a sparse block. */
  readonly length: number;
  /** The file ends before the block does: it cannot be read, and `fetchBlocks` refuses it. */
  readonly beyondEnd: boolean;
}

/** A block as stored. `bytes` own their buffer, so they may be transferred to a thread; null is a sparse block. */
export interface FetchedBlock extends BlockRead {
  readonly bytes: Uint8Array | null;
}

export interface OpenOptions {
  readonly signal?: AbortSignal;
}

/**
 * Reads the header and the tables of blocks: one or two requests for a COG. A header that is refused may be spoiled on the
 * way: it is read once more before that is believed. Errors as `readGeotiffHeader`.
 */
export async function openRaster(
  store: ObjectStore,
  info: ObjectVersion,
  options: OpenOptions = {},
): Promise<RasterFile> {
  const { url, etag, sizeBytes } = info;
  const once = () => readGeotiffHeader(new HeaderSource(store, { url, etag, sizeBytes }, options.signal));
  const opened = await once().catch((error: unknown) => {
    if (error instanceof CitysinkError && error.code === 'RASTER_CORRUPT') return once();
    throw error;
  });
  return { url, etag, sizeBytes, ...opened };
}

/** The blocks of one band (from 0) that a window touches; the window must lie in the image. */
export function planBlockReads(raster: RasterFile, band: number, window: Window): BlockRead[] {
  return planReads(raster, 'data', raster.header.layout, raster.blocks, band, window);
}

/** The blocks of the internal mask that a window touches; empty where there is no mask. */
export function planMaskReads(raster: RasterFile, window: Window): BlockRead[] {
  const { mask } = raster.header;
  return mask === null || raster.maskBlocks === null
    ? []
    : planReads(raster, 'mask', mask, raster.maskBlocks, 0, window);
}

function planReads(
  raster: RasterFile,
  image: BlockImage,
  layout: BlockLayout,
  table: BlockTable,
  band: number,
  window: Window,
): BlockRead[] {
  const idOffset = image === 'mask' ? blockCount(raster.header.layout) : 0;
  return blocksOfWindow(layout, window).map((place) => {
    const index = blockIndex(layout, band, place);
    const offset = table.offsets[index] ?? 0;
    const length = Math.min(table.lengths[index] ?? 0, storedBytesCap(layout, place.blockRow));
    const beyondEnd = length > 0 && offset + length > raster.sizeBytes;
    return { image, blockId: idOffset + index, ...place, offset, length, beyondEnd };
  });
}

/** More stored bytes than this no encoder makes of a block; what a byte count claims beyond is never read. */
function storedBytesCap(layout: BlockLayout, blockRow: number): number {
  const packed = packedBlockBytes(layout, layout.codec === 'none' ? decodedRows(layout, blockRow) : layout.blockRows);
  return layout.codec === 'none' ? packed : 2 * packed + 64 * 1024;
}

export interface FetchOptions {
  readonly signal?: AbortSignal;
  /** Bytes requested ahead of the block that is being yielded; at least one request is always made. */
  readonly maxInFlightBytes?: number;
}

const DEFAULT_IN_FLIGHT_BYTES = 32 * 1024 * 1024;
const MAX_REQUESTS = 8;

/**
 * Yields every distinct block once: sparse ones first, then by offset. Ranges are merged over all reads given.
 *
 * Errors: RASTER_CORRUPT for a read that is `beyondEnd` (leave those out and count them); OBJECT_CHANGED where the
 * object is no longer the version that was opened; the store's own.
 */
export async function* fetchBlocks(
  store: ObjectStore,
  raster: ObjectVersion,
  reads: readonly BlockRead[],
  options: FetchOptions = {},
): AsyncGenerator<FetchedBlock> {
  const distinct = [...new Map(reads.map((read) => [read.blockId, read])).values()];
  for (const read of distinct) if (read.beyondEnd) throw beyondEnd(raster, read);
  for (const read of distinct) if (read.length === 0) yield { ...read, bytes: null };
  const ranges = coalesce(distinct.filter((read) => read.length > 0));
  for await (const { range, bytes } of fetchRanges(store, raster, ranges, options)) {
    for (const read of range.spans) {
      const start = read.offset - range.offset;
      yield { ...read, bytes: ownBytes(bytes, start, read.length) };
    }
  }
}

function beyondEnd(raster: ObjectVersion, read: BlockRead): CitysinkError {
  const where = `block row ${read.blockRow}, column ${read.blockCol}`;
  return new CitysinkError(
    'RASTER_CORRUPT',
    `${raster.url}: ${where} lies at bytes ${read.offset} + ${read.length}, beyond the file's ${raster.sizeBytes}`,
    { context: { url: raster.url, blockRow: read.blockRow, blockCol: read.blockCol } },
  );
}

/** The bytes themselves where they are all of their buffer, else a copy: memory moves far faster than it inflates. */
function ownBytes(bytes: Uint8Array, start: number, length: number): Uint8Array {
  if (start === 0 && length === bytes.buffer.byteLength) return bytes;
  return new Uint8Array(bytes.subarray(start, start + length));
}

interface FetchedRange {
  readonly range: MergedRange<BlockRead>;
  readonly bytes: Uint8Array;
}

/** Requests in order with some running ahead, bounded by bytes and number; stops what runs when the reader leaves. */
async function* fetchRanges(
  store: ObjectStore,
  raster: ObjectVersion,
  ranges: readonly MergedRange<BlockRead>[],
  options: FetchOptions,
): AsyncGenerator<FetchedRange> {
  const { maxInFlightBytes = DEFAULT_IN_FLIGHT_BYTES } = options;
  const leaving = new AbortController();
  const signal = options.signal === undefined ? leaving.signal : AbortSignal.any([options.signal, leaving.signal]);
  const running: { range: MergedRange<BlockRead>; bytes: Promise<Uint8Array> }[] = [];
  let inFlight = 0;
  let next = 0;
  const start = (range: MergedRange<BlockRead>): void => {
    const { offset, length } = range;
    const bytes = store.readRange(raster.url, { offset, length }, { ifMatch: raster.etag, signal });
    // Awaited in order below; until then a failure must not count as unhandled.
    bytes.catch(() => undefined);
    running.push({ range, bytes });
    inFlight += length;
  };
  try {
    while (next < ranges.length || running.length > 0) {
      for (let range = ranges[next]; range !== undefined; range = ranges[++next]) {
        const room = running.length < MAX_REQUESTS && inFlight + range.length <= maxInFlightBytes;
        if (running.length > 0 && !room) break;
        start(range);
      }
      const first = running.shift();
      if (first === undefined) return;
      const bytes = await first.bytes;
      inFlight -= first.range.length;
      yield { range: first.range, bytes };
    }
  } finally {
    leaving.abort();
  }
}

/** Samples of a fetched block that is not sparse (see `decodeBlock`); errors name the file and the block. */
export function decodeFetched(raster: RasterFile, block: FetchedBlock, bytes: Uint8Array): SampleArray {
  const layout = block.image === 'mask' ? raster.header.mask : raster.header.layout;
  if (layout === null) throw new CitysinkError('INTERNAL', `${raster.url}: a mask block of a raster without mask`);
  try {
    return decodeBlock(layout, bytes, decodedRows(layout, block.blockRow));
  } catch (cause) {
    if (!(cause instanceof CitysinkError)) throw cause;
    const { blockRow, blockCol } = block;
    const message = `${raster.url}: block row ${blockRow}, column ${blockCol}: ${cause.message}`;
    throw new CitysinkError(cause.code, message, {
      cause,
      context: { ...cause.context, url: raster.url, blockRow, blockCol },
    });
  }
}
