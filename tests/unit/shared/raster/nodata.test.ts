import { describe, expect, it } from 'vitest';
import { isNodata, markNodata, nodataInDtype, parseNodata } from '../../../../src/shared/raster/nodata.ts';

describe('the marker that a nodata tag names', () => {
  it.each([
    ['-32767', 'int16', -32767],
    ['255 ', 'uint8', 255],
    ['0\0', 'uint16', 0],
    ['-9999.0', 'int16', -9999],
    ['nan', 'float32', Number.NaN],
    ['-nan', 'float64', Number.NaN],
    ['1.#QNAN', 'float32', Number.NaN],
    ['-inf', 'float32', -Infinity],
    ['0.1', 'float32', Math.fround(0.1)],
    ['1e-3', 'float64', 0.001],
    ['18446744073709551615', 'uint64', 18446744073709551615n],
    ['-9223372036854775808', 'int64', -9223372036854775808n],
    ['0', 'int64', 0n],
  ] as const)('%j in %s is %s', (text, dtype, expected) => {
    expect(parseNodata(text, dtype)).toBe(expected);
  });

  it.each([
    ['', 'uint8'],
    ['none', 'uint8'],
    ['-128', 'uint8'],
    ['256', 'uint8'],
    ['-9999', 'uint16'],
    ['nan', 'int16'],
    ['0.5', 'uint8'],
    ['-1.7976931348623157e308', 'float32'],
    ['18446744073709551616', 'uint64'],
  ] as const)('%j in %s is none, because no sample can have it', (text, dtype) => {
    expect(parseNodata(text, dtype)).toBeNull();
  });

  it('a spec may give a bigint for a narrow band and a number for a wide one', () => {
    expect(nodataInDtype(7n, 'uint8')).toBe(7);
    expect(nodataInDtype(7, 'int64')).toBe(7n);
    expect(nodataInDtype(7n, 'float64')).toBe(7);
  });
});

describe('whether a sample is missing', () => {
  it('NaN matches NaN and nothing else', () => {
    expect(isNodata(Number.NaN, Number.NaN, 'float32')).toBe(true);
    expect(isNodata(0, Number.NaN, 'float32')).toBe(false);
    expect(isNodata(Number.NaN, -9999, 'float32')).toBe(false);
  });

  it('a marker written with too few digits still meets the largest negative float', () => {
    const marker = nodataInDtype(-3.40282306074e38, 'float32');
    expect(isNodata(-3.4028234663852886e38, marker, 'float32')).toBe(true);
    expect(isNodata(-3.4e38, marker, 'float32')).toBe(false);
  });

  it('an infinite marker is only equal to itself', () => {
    expect(isNodata(-Infinity, -Infinity, 'float64')).toBe(true);
    expect(isNodata(Infinity, -Infinity, 'float64')).toBe(false);
    expect(isNodata(-1e300, -Infinity, 'float64')).toBe(false);
  });

  it('integers compare exactly, and no marker misses nothing', () => {
    expect(isNodata(255, 255, 'uint8')).toBe(true);
    expect(isNodata(254, 255, 'uint8')).toBe(false);
    expect(isNodata(9007199254740993n, 9007199254740992n, 'int64')).toBe(false);
    expect(isNodata(0, null, 'uint8')).toBe(false);
  });
});

describe('marking a block', () => {
  it('keeps what was marked before, and marks NaN even where the marker is a number', () => {
    const missing = Uint8Array.of(1, 0, 0, 0);
    markNodata(Float32Array.of(5, Number.NaN, -9999, 6), -9999, missing);
    expect([...missing]).toEqual([1, 1, 1, 0]);
  });

  it('marks integers of every width', () => {
    const missing = new Uint8Array(3);
    markNodata(BigInt64Array.of(1n, -1n, 2n), -1n, missing);
    markNodata(Int16Array.of(-32768, 0, 1), -32768, missing);
    markNodata(Uint8Array.of(9, 9, 9), null, missing);
    expect([...missing]).toEqual([1, 1, 0]);
  });
});
