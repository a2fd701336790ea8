/** Reverses the bytes of every sample in place; `width` is the size of one sample in bytes (1 changes nothing). */
export function swapSampleBytes(bytes: Uint8Array, width: number): void {
  if (width === 1) return;
  if (width === 2 && bytes.byteOffset % 2 === 0) {
    swap16(new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 1));
    return;
  }
  if (width === 4 && bytes.byteOffset % 4 === 0) {
    swap32(new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2));
    return;
  }
  for (let start = 0; start + width <= bytes.length; start += width) {
    for (let low = start, high = start + width - 1; low < high; low++, high--) {
      const kept = bytes[low]!;
      bytes[low] = bytes[high]!;
      bytes[high] = kept;
    }
  }
}

function swap16(words: Uint16Array): void {
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    words[i] = (word << 8) | (word >> 8);
  }
}

function swap32(words: Uint32Array): void {
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    words[i] = (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
  }
}

const REVERSED = Uint8Array.from({ length: 256 }, (_, byte) => {
  let reversed = 0;
  for (let bit = 0; bit < 8; bit++) reversed |= ((byte >> bit) & 1) << (7 - bit);
  return reversed;
});

/** A copy with the bits of every byte mirrored: TIFF FillOrder 2, which applies to the stored (compressed) bytes. */
export function reverseBits(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) out[i] = REVERSED[bytes[i]!]!;
  return out;
}
