import { describe, expect, it } from 'vitest';
import { decodeLzw } from '../../../../src/shared/raster/lzw.ts';
import { decodePackBits } from '../../../../src/shared/raster/packbits.ts';

/** Packs 9-bit codes most significant bit first. */
function codes(...values: number[]): Uint8Array {
  const bits = values.map((value) => value.toString(2).padStart(9, '0')).join('');
  const whole = bits.padEnd(Math.ceil(bits.length / 8) * 8, '0');
  return Uint8Array.from(whole.match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2));
}

describe('LZW', () => {
  it('a code may name the string that it completes', () => {
    const out = new Uint8Array(6);
    expect(decodeLzw(codes(256, 65, 258, 259, 257), out)).toBe(6);
    expect([...out]).toEqual([65, 65, 65, 65, 65, 65]);
  });

  it('a clear in the middle forgets all strings', () => {
    const out = new Uint8Array(3);
    expect(decodeLzw(codes(256, 1, 2, 256, 3, 257), out)).toBe(3);
    expect(() => decodeLzw(codes(256, 1, 2, 256, 258), new Uint8Array(9))).toThrow(/258 was never defined/);
  });

  it('a stream without end code gives what it has', () => {
    expect(decodeLzw(codes(256, 7, 8), new Uint8Array(10))).toBe(2);
    expect(decodeLzw(new Uint8Array(0), new Uint8Array(10))).toBe(0);
  });

  it('the old LSB-first form is refused by name', () => {
    expect(() => decodeLzw(Uint8Array.of(0x00, 0x01, 0x02), new Uint8Array(4))).toThrow(
      expect.objectContaining({ code: 'RASTER_UNSUPPORTED' }),
    );
  });
});

describe('PackBits', () => {
  it('decodes the example of the TIFF 6.0 specification', () => {
    const packed = [0xfe, 0xaa, 0x02, 0x80, 0x00, 0x2a, 0xfd, 0xaa, 0x03, 0x80, 0x00, 0x2a, 0x22, 0xf7, 0xaa];
    const out = new Uint8Array(24);
    expect(decodePackBits(Uint8Array.from(packed), out)).toBe(24);
    const expected = 'aaaaaa80002aaaaaaaaa80002a22aaaaaaaaaaaaaaaaaaaa';
    expect([...out].map((byte) => byte.toString(16).padStart(2, '0')).join('')).toBe(expected);
  });

  it('skips 128, and cuts runs that pass the end of input or output', () => {
    const out = new Uint8Array(3);
    expect(decodePackBits(Uint8Array.of(128, 0x81, 9), out)).toBe(3);
    expect(decodePackBits(Uint8Array.of(5, 1, 2), out)).toBe(2);
    expect(decodePackBits(Uint8Array.of(0x81), out)).toBe(0);
  });
});
