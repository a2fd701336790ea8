import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  actualEvapotranspiration,
  dayLengthHours,
  evaporativeRatio,
  monthLengths,
  netRadiationMm,
  thornthwaitePet,
  waterStress,
} from '../../../../src/shared/carbon/evapotranspiration.ts';

function expectVector(actual: number, expected: number): void {
  expect(Math.abs(actual / expected - 1)).toBeLessThan(1e-4);
}

const mm = fc.double({ min: 0, max: 800, noNaN: true });

describe('evapotranspiration', () => {
  it.each([
    [150, 120, 121.2665, 99.8396, 0.9083],
    [50, 120, 100.3426, 46.6924, 0.5602],
    [10, 150, 103.9913, 9.992, 0.12491],
  ])('of %f mm rain and %f mm demand has the published values', (rain, pet, rn, actual, ratio) => {
    expectVector(netRadiationMm(rain, pet), rn);
    expectVector(actualEvapotranspiration(rain, pet), actual);
    expectVector(evaporativeRatio(rain, pet), ratio);
  });

  it('is nothing without rain, and no stress without demand', () => {
    expect(actualEvapotranspiration(0, 120)).toBe(0);
    expect(waterStress(evaporativeRatio(0, 120))).toBe(0.5);
    expect(waterStress(evaporativeRatio(80, 0))).toBe(1);
    expect(waterStress(evaporativeRatio(0, 0))).toBe(1);
  });

  it('would pass demand in wet cool months: the ratio is cut at 1', () => {
    expect(actualEvapotranspiration(300, 20)).toBeGreaterThan(20);
    expect(evaporativeRatio(300, 20)).toBe(1);
  });

  it('never exceeds rain, and rises with rain and with demand', () => {
    fc.assert(
      fc.property(mm, mm, mm, mm, (p, q, a, b) => {
        const [dry, wet, low, high] = [Math.min(p, q), Math.max(p, q), Math.min(a, b), Math.max(a, b)];
        const slack = 1e-9;
        return (
          actualEvapotranspiration(wet, a) <= wet + slack &&
          actualEvapotranspiration(dry, a) <= actualEvapotranspiration(wet, a) + slack &&
          actualEvapotranspiration(p, low) <= actualEvapotranspiration(p, high) + slack
        );
      }),
    );
  });

  it('stresses plants between a half and not at all, less with more rain', () => {
    fc.assert(
      fc.property(mm, mm, mm, (p, q, pet) => {
        const dry = waterStress(evaporativeRatio(Math.min(p, q), pet));
        const wet = waterStress(evaporativeRatio(Math.max(p, q), pet));
        return dry >= 0.5 && wet <= 1 && dry <= wet + 1e-12;
      }),
    );
  });

  it('is missing where rain or demand is', () => {
    expect(evaporativeRatio(Number.NaN, 100)).toBeNaN();
    expect(evaporativeRatio(Number.NaN, 0)).toBeNaN();
    expect(evaporativeRatio(10, Number.NaN)).toBeNaN();
  });
});

/** The worked example of the documentation of PyETo: Aberdeen, 57.1526 N, 2014. */
const ABERDEEN = {
  hours: [
    7.182842574993897, 9.13512841264262, 11.523002734356053, 14.035348256722466, 16.277003584884323, 17.505213218539176,
    16.891449464611544, 14.861767363416547, 12.394150156712453, 9.88498386070613, 7.658250142104072, 6.489516585536734,
  ],
  temperatures: [3.1, 3.5, 5.0, 6.7, 9.3, 12.1, 14.3, 14.1, 11.8, 8.9, 5.5, 3.8],
  pet: [
    11.04590543317501, 14.225860424373405, 27.802870598091953, 43.178869424774305, 70.47694909766452, 93.99420906995957,
    109.69881616481408, 95.24491684988213, 64.9945211942068, 41.06371810827504, 19.562094545836995, 12.090183352107148,
  ],
} as const;

function petOf(
  temperatures: ArrayLike<number>,
  hot: 'parabola' | 'power' = 'parabola',
  lengths: ArrayLike<number> = new Float64Array(12).fill(1),
) {
  const pet = new Float64Array(12);
  thornthwaitePet(temperatures, lengths, hot, pet);
  return pet;
}

describe('Thornthwaite', () => {
  const lengths = monthLengths(57.1526, 2014);

  it('has the day lengths and the demand of a published example', () => {
    const days = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    ABERDEEN.hours.forEach((hours, month) => {
      expectVector((lengths[month] as number) * 360, hours * (days[month] as number));
    });
    const pet = petOf(ABERDEEN.temperatures, 'parabola', lengths);
    // Their exponent has fewer digits.
    ABERDEEN.pet.forEach((mmOfMonth, month) => {
      expect(Math.abs((pet[month] as number) / mmOfMonth - 1)).toBeLessThan(2e-3);
    });
  });

  it('takes the day of FAO-56, Example 9: 11.7 hours at 20 S on 3 September', () => {
    expect(dayLengthHours(-20, 246)).toBeCloseTo(11.7, 1);
  });

  it('has 12 hours at the equator, and none or 24 at the poles', () => {
    expect(dayLengthHours(0, 100)).toBeCloseTo(12, 12);
    expect([dayLengthHours(89, 172), dayLengthHours(89, 355)]).toEqual([24, 0]);
  });

  it('mirrors the hemispheres', () => {
    const [north, south] = [monthLengths(30, 2021), monthLengths(-30, 2021)];
    for (let month = 0; month < 12; month++) {
      const days = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month] as number;
      expect((north[month] as number) + (south[month] as number)).toBeCloseTo(days / 15, 9);
    }
  });

  it('gives months at or below 0 nothing, and a frozen year nothing at all', () => {
    const pet = petOf([-5, 0, 5, 10, 15, 20, 25, 22, 17, 11, 5, -1]);
    expect([pet[0], pet[1], pet[11]]).toEqual([0, 0, 0]);
    expect(pet[2]).toBeGreaterThan(0);
    expect([...petOf(new Float64Array(12).fill(-3))]).toEqual(new Array(12).fill(0));
    expect([...petOf(new Float64Array(12).fill(1e-300))]).toEqual(new Array(12).fill(0));
  });

  it('takes hot months by the parabola, or like others', () => {
    const warm = [4, 6, 10, 16, 21, 25, 28.5, 28, 24, 18, 12, 6];
    expect(petOf(warm)[6]).toBeCloseTo(-415.85 + 32.24 * 28.5 - 0.43 * 28.5 ** 2, 9);
    const index = warm.reduce((sum, t) => sum + (t / 5) ** 1.514, 0);
    const a = 6.75e-7 * index ** 3 - 7.71e-5 * index ** 2 + 1.792e-2 * index + 0.49239;
    expect(petOf(warm, 'power')[6]).toBeCloseTo(16 * ((10 * 28.5) / index) ** a, 9);
    expect(petOf(warm)[5]).toBe(petOf(warm, 'power')[5]);
  });

  it('has no demand for any month where one has no temperature', () => {
    expect([...petOf([1, 2, 3, 4, 5, Number.NaN, 7, 8, 9, 10, 11, 12])].every(Number.isNaN)).toBe(true);
  });
});
