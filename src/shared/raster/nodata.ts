import type { Dtype, SampleArray } from './raster-header.ts';

/** The missing marker of a band: 64-bit integer bands use bigint, all others number (NaN possible in float bands). */
export type Nodata = number | bigint;

const INTEGER_RANGE: Readonly<Record<Exclude<Dtype, 'float32' | 'float64'>, readonly [bigint, bigint]>> = {
  uint8: [0n, 0xffn],
  int8: [-0x80n, 0x7fn],
  uint16: [0n, 0xffffn],
  int16: [-0x8000n, 0x7fffn],
  uint32: [0n, 0xffffffffn],
  int32: [-0x80000000n, 0x7fffffffn],
  uint64: [0n, 0xffffffffffffffffn],
  int64: [-0x8000000000000000n, 0x7fffffffffffffffn],
};

const FLOAT32_EPSILON = 2 ** -23;
const FLOAT64_EPSILON = 2 ** -52;

/**
 * The marker that a GDAL_NODATA tag names, in the band's dtype; null where the text is empty, no number, or a value that
 * the dtype cannot hold (such a marker can match no sample).
 */
export function parseNodata(text: string, dtype: Dtype): Nodata | null {
  const trimmed = text.replaceAll('\0', ' ').trim();
  if (/^[+-]?\d+$/.test(trimmed)) return nodataInDtype(BigInt(trimmed), dtype);
  if (/^[+-]?(nan|1\.#(qnan|ind)\w*)/i.test(trimmed)) return nodataInDtype(Number.NaN, dtype);
  const infinity = /^([+-]?)(inf|1\.#inf)/i.exec(trimmed);
  if (infinity !== null) return nodataInDtype(infinity[1] === '-' ? -Infinity : Infinity, dtype);
  const value = Number.parseFloat(trimmed);
  return Number.isNaN(value) ? null : nodataInDtype(value, dtype);
}

/** A marker as the dtype stores it: rounded for float32, bigint for 64-bit integers; null where it does not fit. */
export function nodataInDtype(value: Nodata, dtype: Dtype): Nodata | null {
  if (dtype === 'float64') return Number(value);
  if (dtype === 'float32') {
    const rounded = Math.fround(Number(value));
    const overflowed = !Number.isFinite(rounded) && Number.isFinite(Number(value));
    return overflowed ? null : rounded;
  }
  if (typeof value === 'number' && !Number.isInteger(value)) return null;
  const [low, high] = INTEGER_RANGE[dtype];
  const whole = BigInt(value);
  if (whole < low || whole > high) return null;
  return dtype === 'uint64' || dtype === 'int64' ? whole : Number(whole);
}

/**
 * Whether a sample is missing. Integers compare exactly; NaN matches NaN; floats match within 2 parts of the dtype's
 * epsilon as GDAL has it, so that a marker written with too few digits (-3.40282306074e+38) still meets its samples.
 */
export function isNodata(value: Nodata, nodata: Nodata | null, dtype: Dtype): boolean {
  if (nodata === null) return false;
  if (value === nodata) return true;
  if (typeof value === 'bigint' || typeof nodata === 'bigint') return false;
  if (dtype === 'float32') return closeTo(value, nodata, FLOAT32_EPSILON);
  if (dtype === 'float64') return closeTo(value, nodata, FLOAT64_EPSILON);
  return false;
}

/** GDAL's ARE_REAL_EQUAL with ulp = 2, and NaN equal to NaN. Infinities are only equal to themselves. */
function closeTo(value: number, nodata: number, epsilon: number): boolean {
  if (Number.isNaN(nodata)) return Number.isNaN(value);
  return Math.abs(value - nodata) < epsilon * Math.abs(value + nodata) * 2;
}

/** Sets `missing[i] = 1` where a sample is nodata (or NaN, which is missing in every float band); others are left. */
export function markNodata(samples: SampleArray, nodata: Nodata | null, missing: Uint8Array): void {
  if (samples instanceof Float32Array || samples instanceof Float64Array) markFloats(samples, nodata, missing);
  else if (nodata === null) return;
  else if (samples instanceof BigUint64Array || samples instanceof BigInt64Array) {
    for (let i = 0; i < samples.length; i++) if (samples[i] === nodata) missing[i] = 1;
  } else {
    const narrow = samples as Uint8Array;
    for (let i = 0; i < narrow.length; i++) if (narrow[i] === nodata) missing[i] = 1;
  }
}

function markFloats(samples: Float32Array | Float64Array, nodata: Nodata | null, missing: Uint8Array): void {
  const dtype = samples instanceof Float32Array ? 'float32' : 'float64';
  for (let i = 0; i < samples.length; i++) {
    const value = samples[i]!;
    if (Number.isNaN(value) || isNodata(value, nodata, dtype)) missing[i] = 1;
  }
}
