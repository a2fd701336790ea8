import { describe, expect, it } from 'vitest';
import { halvesToFloats, triplesToFloats } from '../../../../src/shared/raster/half-float.ts';

/** Value of a small float by its definition: sign, exponent, fraction. */
function byDefinition(bits: number, exponentBits: number, fractionBits: number): number {
  const sign = bits >> (exponentBits + fractionBits) ? -1 : 1;
  const exponent = (bits >> fractionBits) & (2 ** exponentBits - 1);
  const fraction = (bits & (2 ** fractionBits - 1)) / 2 ** fractionBits;
  const bias = 2 ** (exponentBits - 1) - 1;
  if (exponent === 2 ** exponentBits - 1) return fraction === 0 ? sign * Infinity : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** (1 - bias) : sign * (1 + fraction) * 2 ** (exponent - bias);
}

describe('small floats', () => {
  it('all 65536 half floats become the float32 of the same value', () => {
    const bytes = new Uint8Array(2 * 65536);
    for (let bits = 0; bits < 65536; bits++) bytes.set([bits & 0xff, bits >> 8], 2 * bits);
    const expected = Array.from({ length: 65536 }, (_, bits) => byDefinition(bits, 5, 10));
    expect([...halvesToFloats(bytes, 65536)]).toEqual(expected);
  });

  it('24-bit floats become the float32 of the same value, subnormals and infinities included', () => {
    const cases = [0, 0x800000, 1, 0xffff, 0x10000, 0x3f0000, 0xbf8000, 0x7e1234, 0x7f0000, 0xff0000, 0x7f0001];
    const bytes = Uint8Array.from(cases.flatMap((bits) => [bits & 0xff, (bits >> 8) & 0xff, bits >> 16]));
    expect([...triplesToFloats(bytes, cases.length)]).toEqual(cases.map((bits) => byDefinition(bits, 7, 16)));
  });
});
