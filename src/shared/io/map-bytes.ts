/** Bytes of maps: blocks as they stand in the file, and surveys between the two steps of drawing. Synchronous: worker threads call it. */
import { deflateSync, inflateSync } from 'node:zlib';
import { CitysinkError } from '../errors.ts';
import { BLOCK_CELLS, MAP_SAMPLE_BYTES, type MapCells, type MapDtype } from '../raster/map-blocks.ts';

/** Blocks of classes compress well at any level; higher ones cost several times the time for a third of the bytes. */
const LEVEL = 1;

function bytesOf(values: ArrayBufferView): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** One block of a map, compressed (deflate, little-endian). */
export function deflateBlock(cells: MapCells): Uint8Array {
  return deflateSync(bytesOf(cells), { level: LEVEL });
}

/** Cells of one block. Errors: JOB_INVALID where the bytes are not those of a block. */
export function inflateBlock(bytes: Uint8Array, dtype: MapDtype): MapCells {
  const raw = inflated(bytes, BLOCK_CELLS * MAP_SAMPLE_BYTES[dtype]);
  if (dtype === 'uint8') return raw;
  if (dtype === 'uint16') return new Uint16Array(raw.buffer, raw.byteOffset, BLOCK_CELLS);
  return new { int32: Int32Array, float32: Float32Array }[dtype](raw.buffer, raw.byteOffset, BLOCK_CELLS);
}

/** A copy that begins at its own buffer, so that any view of it is aligned. */
function inflated(bytes: Uint8Array, expected: number): Uint8Array<ArrayBuffer> {
  try {
    const raw = inflateSync(bytes, { maxOutputLength: Math.max(1, expected) });
    if (raw.length === expected) return new Uint8Array(raw);
  } catch (cause) {
    throw new CitysinkError('JOB_INVALID', 'stored cells of a map do not decompress', { cause });
  }
  throw new CitysinkError('JOB_INVALID', `stored cells of a map do not come to ${expected} bytes`);
}

/** Mark of cells without class in a survey; no class raster may hold it. */
export const NO_CLASS = -0x80000000;

/** What was measured of the cells of a map tile, by row, then column. */
export interface SurveyCells {
  /** Class of the land cover; NO_CLASS where there is none, or no zone. */
  readonly codes: Int32Array;
  /** Number of the green patch inside of built-up land from 1, 0 where there is none; and sizes by number (patch-ids.ts). */
  readonly patches: { readonly ids: Int32Array; readonly sizes: Float64Array } | null;
  /** Soil of the raster in its own unit, NaN where it has none; null: no such layer. */
  readonly soil: Float32Array | null;
}

/** Each part as its length in four bytes, then deflated; a part that is absent has the length 0. */
export function encodeSurvey({ codes, patches, soil }: SurveyCells): Uint8Array {
  const parts = [codes, patches?.ids ?? null, patches?.sizes ?? null, soil].map((part) =>
    part === null ? new Uint8Array(0) : deflateSync(bytesOf(part), { level: LEVEL }),
  );
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + 8 + part.length, 0));
  const view = new DataView(bytes.buffer);
  const lengths = [codes, patches?.ids, patches?.sizes, soil].map((part) => part?.byteLength ?? 0);
  let at = 0;
  parts.forEach((part, index) => {
    view.setUint32(at, part.length, true);
    view.setUint32(at + 4, lengths[index] ?? 0, true);
    bytes.set(part, at + 8);
    at += 8 + part.length;
  });
  return bytes;
}

/** Errors: JOB_INVALID where the bytes are not a survey of `cells` cells. */
export function decodeSurvey(bytes: Uint8Array, cells: number): SurveyCells {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const next = (most: number): Uint8Array<ArrayBuffer> | null => {
    if (at + 8 > bytes.length) throw new CitysinkError('JOB_INVALID', 'a stored survey of a map ends too early');
    const [stored, raw] = [view.getUint32(at, true), view.getUint32(at + 4, true)];
    at += 8 + stored;
    if (stored === 0) return null;
    if (raw > most)
      throw new CitysinkError('JOB_INVALID', `a stored survey of a map has more than ${most} bytes in a part`);
    return inflated(bytes.subarray(at - stored, at), raw);
  };
  const codes = next(cells * 4);
  const [ids, sizes, soil] = [next(cells * 4), next(cells * 8), next(cells * 4)];
  if (codes?.length !== cells * 4)
    throw new CitysinkError('JOB_INVALID', `a stored survey of a map has not ${cells} cells`);
  return {
    codes: new Int32Array(codes.buffer),
    patches:
      ids === null
        ? null
        : { ids: new Int32Array(ids.buffer), sizes: new Float64Array(sizes?.buffer ?? new ArrayBuffer(0)) },
    soil: soil === null ? null : new Float32Array(soil.buffer),
  };
}
