/** Bytes that one row of packed samples takes: rows start on a byte. */
export function packedRowBytes(rowSamples: number, bits: number): number {
  return Math.ceil((rowSamples * bits) / 8);
}

/**
 * Unsigned samples of 1 to 31 bits, packed most significant bit first whatever the file's byte order, each row
 * starting on a byte, into `out` row by row.
 */
export function unpackBits(
  bytes: Uint8Array,
  bits: number,
  rows: number,
  rowSamples: number,
  out: Uint8Array | Uint16Array | Uint32Array,
): void {
  const rowBytes = packedRowBytes(rowSamples, bits);
  if (bits === 1) {
    unpackOneBit(bytes, rowBytes, rows, rowSamples, out);
    return;
  }
  const modulus = 2 ** bits;
  for (let row = 0, to = 0; row < rows; row++) {
    let input = row * rowBytes;
    // A number, not a 32-bit word: up to 7 held bits and 32 more stay exact below 2^53.
    let held = 0;
    let heldBits = 0;
    for (let i = 0; i < rowSamples; i++) {
      while (heldBits < bits) {
        held = held * 256 + bytes[input++]!;
        heldBits += 8;
      }
      heldBits -= bits;
      const unit = 2 ** heldBits;
      const value = Math.floor(held / unit);
      out[to++] = value % modulus;
      held -= value * unit;
    }
  }
}

function unpackOneBit(
  bytes: Uint8Array,
  rowBytes: number,
  rows: number,
  rowSamples: number,
  out: Uint8Array | Uint16Array | Uint32Array,
): void {
  for (let row = 0, to = 0; row < rows; row++) {
    const start = row * rowBytes;
    for (let i = 0; i < rowSamples; i++) out[to++] = (bytes[start + (i >> 3)]! >> (7 - (i & 7))) & 1;
  }
}
