import { deflateSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeBlock } from '../../../../src/shared/io/block-codec.ts';
import type { BlockLayout } from '../../../../src/shared/raster/raster-header.ts';

const LAYOUT: BlockLayout = {
  rows: 4,
  cols: 3,
  bandCount: 1,
  blockRows: 4,
  blockCols: 3,
  tiled: false,
  codec: 'deflate',
  predictor: 1,
  interleave: 'pixel',
  littleEndian: true,
  bits: 16,
  dtype: 'uint16',
  sampleFormat: 'uint',
  reversedBits: false,
};
const SAMPLES = Uint16Array.from({ length: 12 }, (_, i) => 1000 * i + 7);
const BYTES = new Uint8Array(SAMPLES.buffer);

describe('one block', () => {
  it('a whole deflate block gives its samples', () => {
    expect(decodeBlock(LAYOUT, deflateSync(BYTES), 4)).toEqual(SAMPLES);
  });

  it('bytes beyond the expected ones are dropped: a last strip may be written full', () => {
    expect(decodeBlock(LAYOUT, deflateSync(BYTES), 2)).toEqual(SAMPLES.subarray(0, 6));
    expect(decodeBlock({ ...LAYOUT, codec: 'zstd' }, zstdCompressSync(BYTES), 2)).toEqual(SAMPLES.subarray(0, 6));
  });

  it('a stream cut after its last sample is read, one cut before is corrupt', () => {
    const whole = deflateSync(BYTES);
    expect(decodeBlock(LAYOUT, whole.subarray(0, whole.length - 4), 4)).toEqual(SAMPLES);
    expect(() => decodeBlock(LAYOUT, whole.subarray(0, 12), 4)).toThrow(
      expect.objectContaining({ code: 'RASTER_CORRUPT' }),
    );
  });

  it('a block that would inflate to far more than its layout says is corrupt, not memory', () => {
    const bomb = deflateSync(new Uint8Array(200_000_000), { level: 9 });
    const before = process.memoryUsage().arrayBuffers;
    expect(() => decodeBlock(LAYOUT, bomb, 4)).toThrow(expect.objectContaining({ code: 'RASTER_CORRUPT' }));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000);
  });

  it.each(['deflate', 'zstd', 'lzw', 'packbits', 'none'] as const)('no bytes at all are corrupt in %s', (codec) => {
    const empty = () => decodeBlock({ ...LAYOUT, codec }, new Uint8Array(0), 4);
    expect(empty).toThrow(expect.objectContaining({ code: 'RASTER_CORRUPT' }));
  });

  it('big-endian samples that were differenced are swapped before they are summed', () => {
    // 255, +1 carries into the high byte: swapping afterwards would give other numbers.
    const stored = Uint8Array.of(0x00, 0xff, 0x00, 0x01, 0xff, 0xff);
    const layout: BlockLayout = { ...LAYOUT, rows: 1, blockRows: 1, predictor: 2, littleEndian: false };
    expect([...(decodeBlock(layout, deflateSync(stored), 1) as Uint16Array)]).toEqual([255, 256, 255]);
  });

  it('the input is never written to, even uncompressed and at an odd address', () => {
    const input = new Uint8Array(25);
    input.set(BYTES, 1);
    const kept = input.slice();
    const layout: BlockLayout = { ...LAYOUT, codec: 'none', littleEndian: false };
    const swapped = decodeBlock(layout, input.subarray(1), 4) as Uint16Array;
    expect(swapped[1]).toBe(((1007 & 0xff) << 8) | (1007 >> 8));
    expect(input).toEqual(kept);
    expect(decodeBlock({ ...LAYOUT, codec: 'none' }, input.subarray(1), 4)).toEqual(SAMPLES);
  });

  it('FillOrder 2 mirrors the stored bytes before they are decompressed', () => {
    const mirrored = deflateSync(BYTES).map((byte) =>
      Number.parseInt(byte.toString(2).padStart(8, '0').split('').reverse().join(''), 2),
    );
    expect(decodeBlock({ ...LAYOUT, reversedBits: true }, mirrored, 4)).toEqual(SAMPLES);
  });

  it('24-bit floats become float32', () => {
    // 1.5 = sign 0, exponent 63 (bias 63), fraction 0.5.
    const stored = Uint8Array.of(0x00, 0x80, 0x3f, 0x00, 0x80, 0xbf, 0, 0, 0);
    const layout: BlockLayout = { ...LAYOUT, rows: 1, blockRows: 1, bits: 24, dtype: 'float32', sampleFormat: 'float' };
    expect([...(decodeBlock(layout, deflateSync(stored), 1) as Float32Array)]).toEqual([1.5, -1.5, 0]);
  });
});
