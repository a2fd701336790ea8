import { describe, expect, it } from 'vitest';
import {
  daysInMonth,
  radiationFromFlux,
  radiationFromSunshine,
} from '../../../../src/shared/carbon/solar-radiation.ts';

describe('solar radiation', () => {
  it('of 200 W m-2 is 17.28 MJ a day', () => {
    expect(radiationFromFlux(200, 31)).toBeCloseTo(200 * 86_400 * 31 * 1e-6, 9);
  });

  it('by sunshine goes from 0.185 to 0.78 of the clear value', () => {
    expect(radiationFromSunshine(1000, 0)).toBeCloseTo(185, 9);
    expect(radiationFromSunshine(1000, 1)).toBeCloseTo(780, 9);
  });

  it('knows February of leap years and of centuries', () => {
    expect([2021, 2020, 1900, 2000].map((year) => daysInMonth(year, 1))).toEqual([28, 29, 28, 29]);
    expect(daysInMonth(2020, 11)).toBe(31);
    expect(() => daysInMonth(2020, 12)).toThrow('expected 0 .. 11');
  });
});
