import type { Dtype, SampleArray } from './raster-header.ts';

/** Bytes of one sample in memory. */
export const DTYPE_BYTES: Readonly<Record<Dtype, 1 | 2 | 4 | 8>> = {
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  uint32: 4,
  int32: 4,
  uint64: 8,
  int64: 8,
  float32: 4,
  float64: 8,
};

/** Samples over existing memory, without a copy; `byteOffset` must be a multiple of the sample's size. */
export function viewSamples(dtype: Dtype, buffer: ArrayBufferLike, byteOffset: number, length: number): SampleArray {
  switch (dtype) {
    case 'uint8':
      return new Uint8Array(buffer, byteOffset, length);
    case 'int8':
      return new Int8Array(buffer, byteOffset, length);
    case 'uint16':
      return new Uint16Array(buffer, byteOffset, length);
    case 'int16':
      return new Int16Array(buffer, byteOffset, length);
    case 'uint32':
      return new Uint32Array(buffer, byteOffset, length);
    case 'int32':
      return new Int32Array(buffer, byteOffset, length);
    case 'uint64':
      return new BigUint64Array(buffer, byteOffset, length);
    case 'int64':
      return new BigInt64Array(buffer, byteOffset, length);
    case 'float32':
      return new Float32Array(buffer, byteOffset, length);
    case 'float64':
      return new Float64Array(buffer, byteOffset, length);
  }
}

/** New samples, all zero, in a buffer of their own. */
export function allocateSamples(dtype: Dtype, length: number): SampleArray {
  return viewSamples(dtype, new ArrayBuffer(length * DTYPE_BYTES[dtype]), 0, length);
}

/** The same memory as bytes: little-endian on every machine that Node runs on. */
export function sampleBytes(samples: SampleArray): Uint8Array {
  return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
}

/** Sets every sample to one value; 64-bit integers take a bigint, all others a number. */
export function fillSamples(samples: SampleArray, value: number | bigint): void {
  if (samples instanceof BigUint64Array || samples instanceof BigInt64Array) samples.fill(BigInt(value));
  else samples.fill(Number(value));
}

/**
 * Copies one band out of a pixel-interleaved block row: every `stride`-th sample from `from`. Both arrays are of one
 * dtype. Floats move as integers: read as numbers, signalling NaNs would come out with other bits.
 */
export function copyStrided(
  source: SampleArray,
  from: number,
  stride: number,
  target: SampleArray,
  at: number,
  count: number,
): void {
  const bits = asIntegers(source);
  const out = asIntegers(target);
  if (bits instanceof BigUint64Array) {
    const wide = out as BigUint64Array;
    for (let i = 0, s = from; i < count; i++, s += stride) wide[at + i] = bits[s]!;
    return;
  }
  const narrow = out as Uint8Array;
  for (let i = 0, s = from; i < count; i++, s += stride) narrow[at + i] = bits[s]!;
}

/** The same memory as unsigned integers of the same width. */
function asIntegers(samples: SampleArray): Uint8Array | Uint16Array | Uint32Array | BigUint64Array {
  const dtype = ({ 1: 'uint8', 2: 'uint16', 4: 'uint32', 8: 'uint64' } as const)[bytesOf(samples)];
  return viewSamples(dtype, samples.buffer, samples.byteOffset, samples.length) as Uint8Array;
}

function bytesOf(samples: SampleArray): 1 | 2 | 4 | 8 {
  return samples.BYTES_PER_ELEMENT as 1 | 2 | 4 | 8;
}
