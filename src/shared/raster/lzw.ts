import { CitysinkError } from '../errors.ts';

const CLEAR = 256;
const END = 257;
const FIRST_FREE = 258;
const MAX_CODES = 4096;
/** From this length on the engine's own memory move beats a byte loop. */
const MOVE_FROM = 24;

/**
 * TIFF LZW (most significant bit first, code width grows one code early), into `out` from its start.
 *
 * Returns the number of bytes written. Stops at the end code, at the end of input, or when `out` is full, as libtiff
 * does. The table holds no strings: an entry is a place and length in the output written so far, because the entry
 * that the next code completes starts where the present string starts and is one byte longer (this also covers a code
 * that refers to the entry it completes).
 *
 * Errors: RASTER_CORRUPT for a code that was never defined, RASTER_UNSUPPORTED for the LSB-first form of old libtiff.
 */
export function decodeLzw(bytes: Uint8Array, out: Uint8Array): number {
  if (bytes.length >= 2 && bytes[0] === 0 && (bytes[1]! & 1) === 1) {
    throw new CitysinkError('RASTER_UNSUPPORTED', 'LZW block in the old LSB-first form');
  }
  const starts = new Uint32Array(MAX_CODES);
  const lengths = new Uint32Array(MAX_CODES);
  const capacity = out.length;
  let next = FIRST_FREE;
  let width = 9;
  let held = 0;
  let heldBits = 0;
  let at = 0;
  for (let input = 0; at < capacity; ) {
    while (heldBits < width && input < bytes.length) {
      held = ((held & 0x7fffff) << 8) | bytes[input++]!;
      heldBits += 8;
    }
    if (heldBits < width) return at;
    heldBits -= width;
    const code = (held >>> heldBits) & ((1 << width) - 1);
    if (code === END) return at;
    if (code === CLEAR) {
      next = FIRST_FREE;
      width = 9;
      continue;
    }
    const start = at;
    if (code < CLEAR) {
      out[at++] = code;
    } else {
      if (code >= next) throw new CitysinkError('RASTER_CORRUPT', `LZW code ${code} was never defined`);
      at = copyString(out, starts[code]!, lengths[code]!, at);
    }
    if (next < MAX_CODES) {
      starts[next] = start;
      lengths[next] = at - start + 1;
      next++;
      // One code early, as TIFF has it: the entry counted last here is one that other decoders have yet to define.
      if (next === 512) width = 10;
      else if (next === 1024) width = 11;
      else if (next === 2048) width = 12;
    }
  }
  return at;
}

/** Appends an earlier piece of the output, cut at its capacity; returns the new end. */
function copyString(out: Uint8Array, from: number, length: number, at: number): number {
  const end = Math.min(at + length, out.length);
  const count = end - at;
  // A string that overlaps its own copy repeats its first byte, which a memory move would not.
  if (count >= MOVE_FROM && from + count <= at) {
    out.copyWithin(at, from, from + count);
  } else {
    for (let to = at, s = from; to < end; to++, s++) out[to] = out[s]!;
  }
  return end;
}
