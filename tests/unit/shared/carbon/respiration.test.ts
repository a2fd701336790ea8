import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { heterotrophicRespiration, netEcosystemProduction } from '../../../../src/shared/carbon/respiration.ts';

describe('heterotrophic respiration', () => {
  it.each([
    [0, 0, 3.069],
    [10, 0, 7.6396],
    [10, 50, 16.2847],
    [20, 100, 29.6966],
    [30, 200, 60.0986],
    [-10, 10, 5.5967],
  ])('at %f deg C and %f mm has the published value', (t, rain, expected) => {
    expect(Math.abs(heterotrophicRespiration(t, rain) / expected - 1)).toBeLessThan(1e-4);
  });

  it('is positive and rises with warmth and with rain', () => {
    const degrees = fc.double({ min: -40, max: 45, noNaN: true });
    const mm = fc.double({ min: 0, max: 800, noNaN: true });
    fc.assert(
      fc.property(degrees, fc.double({ min: 0.01, max: 10, noNaN: true }), mm, (t, more, rain) => {
        const here = heterotrophicRespiration(t, rain);
        return (
          here > 0 && heterotrophicRespiration(t + more, rain) > here && heterotrophicRespiration(t, rain + more) > here
        );
      }),
    );
  });

  it('is missing where an input is, and refuses negative rain', () => {
    expect(heterotrophicRespiration(Number.NaN, 1)).toBeNaN();
    expect(heterotrophicRespiration(1, Number.NaN)).toBeNaN();
    expect(() => heterotrophicRespiration(1, -1)).toThrow('precipitation of -1 mm');
  });

  it('is taken from production: more of it than grows is a source', () => {
    expect(netEcosystemProduction(10, 12)).toBe(-2);
  });
});
