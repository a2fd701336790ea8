/** Bits of a float32 with the value of the half float (IEEE binary16) with these bits; NaN payloads are kept. */
export function halfBitsToFloatBits(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >> 10) & 0x1f;
  const mantissa = half & 0x3ff;
  return widen(sign, exponent, mantissa, 10, 5);
}

/** Bits of a float32 with the value of a 24-bit float: 1 sign, 7 exponent, 16 mantissa bits (as GDAL reads them). */
export function tripleBitsToFloatBits(triple: number): number {
  const sign = (triple & 0x800000) << 8;
  const exponent = (triple >> 16) & 0x7f;
  const mantissa = triple & 0xffff;
  return widen(sign, exponent, mantissa, 16, 7);
}

/** Re-biases a small float's exponent to float32's; subnormals become normal numbers, infinities and NaN stay. */
function widen(sign: number, exponent: number, mantissa: number, mantissaBits: number, exponentBits: number): number {
  const shift = 23 - mantissaBits;
  const bias = 127 - ((1 << (exponentBits - 1)) - 1);
  const top = (1 << exponentBits) - 1;
  if (exponent === top) return (sign | 0x7f800000 | (mantissa << shift)) >>> 0;
  if (exponent > 0) return (sign | ((exponent + bias) << 23) | (mantissa << shift)) >>> 0;
  if (mantissa === 0) return sign >>> 0;
  let normalised = mantissa;
  let lifted = 1;
  while ((normalised & (1 << mantissaBits)) === 0) {
    normalised <<= 1;
    lifted--;
  }
  const fraction = (normalised & ((1 << mantissaBits) - 1)) << shift;
  return (sign | ((lifted + bias) << 23) | fraction) >>> 0;
}

/** Half floats, little-endian bytes, as float32. */
export function halvesToFloats(bytes: Uint8Array, count: number): Float32Array {
  const out = new Float32Array(count);
  const bits = new Uint32Array(out.buffer);
  for (let i = 0; i < count; i++) bits[i] = halfBitsToFloatBits(bytes[2 * i]! | (bytes[2 * i + 1]! << 8));
  return out;
}

/** 24-bit floats, little-endian bytes, as float32. */
export function triplesToFloats(bytes: Uint8Array, count: number): Float32Array {
  const out = new Float32Array(count);
  const bits = new Uint32Array(out.buffer);
  for (let i = 0; i < count; i++) {
    bits[i] = tripleBitsToFloatBits(bytes[3 * i]! | (bytes[3 * i + 1]! << 8) | (bytes[3 * i + 2]! << 16));
  }
  return out;
}
