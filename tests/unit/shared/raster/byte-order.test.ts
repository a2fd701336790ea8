import { describe, expect, it } from 'vitest';
import { reverseBits, swapSampleBytes } from '../../../../src/shared/raster/byte-order.ts';

describe('byte order', () => {
  it.each([1, 2, 3, 4, 8])('reverses every sample of %i bytes, aligned or not', (width) => {
    for (const shift of [0, 1]) {
      const bytes = new Uint8Array(new ArrayBuffer(shift + 3 * width), shift);
      for (let i = 0; i < bytes.length; i++) bytes[i] = 0xf0 + i;
      const samples = [0, 1, 2].map((i) => [...bytes.subarray(i * width, (i + 1) * width)].reverse());
      swapSampleBytes(bytes, width);
      expect([...bytes]).toEqual(samples.flat());
    }
  });

  it('mirrors the bits of a byte and leaves its input alone', () => {
    const bytes = Uint8Array.of(0b10000000, 0b11010000, 0xff, 0);
    expect([...reverseBits(bytes)]).toEqual([0b00000001, 0b00001011, 0xff, 0]);
    expect(bytes[0]).toBe(0b10000000);
  });
});
