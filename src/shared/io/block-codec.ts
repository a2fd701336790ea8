/** Compressed bytes of one block to samples. Synchronous: it runs in worker threads. */
import { constants, inflateSync, zstdDecompressSync } from 'node:zlib';
import { CitysinkError } from '../errors.ts';
import { blockBands, packedBlockBytes } from '../raster/block-grid.ts';
import { reverseBits, swapSampleBytes } from '../raster/byte-order.ts';
import { halvesToFloats, triplesToFloats } from '../raster/half-float.ts';
import { decodeLzw } from '../raster/lzw.ts';
import { decodePackBits } from '../raster/packbits.ts';
import { isHorizontalWidth, type PredictedRows, undoFloatingPoint, undoHorizontal } from '../raster/predictor.ts';
import type { BlockLayout, SampleArray } from '../raster/raster-header.ts';
import { allocateSamples, DTYPE_BYTES, viewSamples } from '../raster/samples.ts';
import { unpackBits } from '../raster/unpack-bits.ts';

/** Decoded bytes beyond the expected ones that are tolerated and dropped, as GDAL does. */
const SURPLUS_BYTES = 64 * 1024;

/** Decompressed bytes, and whether they are ours to change (false: a view of the caller's input). */
interface Packed {
  readonly bytes: Uint8Array;
  readonly owned: boolean;
}

/**
 * Samples of a whole block, `blockRows` x `layout.blockCols` x bands that stand together, in row order; the padding of
 * tiles is included, rows of a last strip may be fewer (`decodedRows` tells).
 *
 * The result may share memory with `bytes` (uncompressed, aligned) or with a pool of Node: read it or copy it, but do
 * not write to it and do not transfer its buffer.
 *
 * Errors: RASTER_CORRUPT where bytes do not decode or are fewer than expected; RASTER_UNSUPPORTED for old-style LZW.
 */
export function decodeBlock(layout: BlockLayout, bytes: Uint8Array, blockRows: number): SampleArray {
  const expected = packedBlockBytes(layout, blockRows);
  const stored = layout.reversedBits ? reverseBits(bytes) : bytes;
  const packed = decompress(layout, stored, expected);
  if (packed.bytes.length < expected) {
    throw new CitysinkError('RASTER_CORRUPT', `block decodes to ${packed.bytes.length} bytes, expected ${expected}`, {
      context: { codec: layout.codec, expected, found: packed.bytes.length },
    });
  }
  return toSamples(layout, { bytes: packed.bytes.subarray(0, expected), owned: packed.owned }, blockRows);
}

function decompress(layout: BlockLayout, bytes: Uint8Array, expected: number): Packed {
  switch (layout.codec) {
    case 'none':
      return { bytes, owned: layout.reversedBits };
    case 'deflate':
      return { bytes: inflate(layout, bytes, expected), owned: true };
    case 'zstd':
      return { bytes: unzstd(layout, bytes, expected), owned: true };
    case 'lzw':
    case 'packbits': {
      const out = new Uint8Array(expected);
      const length = layout.codec === 'lzw' ? decodeLzw(bytes, out) : decodePackBits(bytes, out);
      return { bytes: out.subarray(0, length), owned: true };
    }
  }
}

/** The largest output that is taken: a whole block (a last strip may have been written full) and a little more. */
function outputCap(layout: BlockLayout): number {
  return packedBlockBytes(layout, layout.blockRows) + SURPLUS_BYTES;
}

function inflate(layout: BlockLayout, bytes: Uint8Array, expected: number): Uint8Array {
  try {
    return inflateSync(bytes, {
      // One output chunk that holds everything: no joining of pieces.
      chunkSize: Math.max(64, expected + 64),
      maxOutputLength: outputCap(layout),
      // A stream cut after its last sample is read, as GDAL does; one cut earlier comes out short and is refused.
      finishFlush: constants.Z_SYNC_FLUSH,
    });
  } catch (cause) {
    throw codecFailure('deflate', cause);
  }
}

function unzstd(layout: BlockLayout, bytes: Uint8Array, expected: number): Uint8Array {
  try {
    return zstdDecompressSync(bytes, {
      chunkSize: Math.max(64, expected + 64),
      maxOutputLength: outputCap(layout),
    });
  } catch (cause) {
    throw codecFailure('zstd', cause);
  }
}

function codecFailure(codec: string, cause: unknown): CitysinkError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new CitysinkError('RASTER_CORRUPT', `${codec} block does not decode: ${reason}`, {
    cause,
    context: { codec },
  });
}

function toSamples(layout: BlockLayout, packed: Packed, rows: number): SampleArray {
  const rowSamples = layout.blockCols * blockBands(layout);
  const count = rows * rowSamples;
  const width = layout.bits / 8;
  const wholeBytes = Number.isInteger(width);
  const shape = { rows, rowSamples, stride: blockBands(layout) };
  const bytes = wholeBytes ? nativeBytes(layout, packed, width, shape) : packed.bytes;
  if (layout.sampleFormat === 'float' && layout.bits === 16) return halvesToFloats(bytes, count);
  if (layout.sampleFormat === 'float' && layout.bits === 24) return triplesToFloats(bytes, count);
  if (!wholeBytes || layout.bits === 24) return unpacked(layout, bytes, rows, rowSamples);
  return viewSamples(layout.dtype, bytes.buffer, bytes.byteOffset, count);
}

/**
 * Odd widths widened to the dtype. 24-bit integers are here too: GDAL reads them most significant byte first from
 * little-endian files (and the other way round from big-endian ones, which were swapped before), against the
 * specification; files with such samples come from GDAL.
 */
function unpacked(layout: BlockLayout, bytes: Uint8Array, rows: number, rowSamples: number): SampleArray {
  const out = allocateSamples(layout.dtype, rows * rowSamples);
  unpackBits(bytes, layout.bits, rows, rowSamples, out as Uint8Array | Uint16Array | Uint32Array);
  return out;
}

/** Whole-byte samples in little-endian order with the predictor undone, at an address that typed arrays accept. */
function nativeBytes(layout: BlockLayout, packed: Packed, width: number, shape: PredictedRows): Uint8Array {
  const swap = !layout.littleEndian && layout.predictor !== 3 && width > 1;
  const aligned = packed.bytes.byteOffset % DTYPE_BYTES[layout.dtype] === 0;
  const changes = swap || layout.predictor !== 1;
  const bytes = aligned && (packed.owned || !changes) ? packed.bytes : packed.bytes.slice();
  if (swap) swapSampleBytes(bytes, width);
  if (layout.predictor === 2 && isHorizontalWidth(width)) undoHorizontal(bytes, width, shape);
  if (layout.predictor === 3) undoFloatingPoint(bytes, width, shape);
  return bytes;
}
