import { expect, it } from 'vitest';
import { greenFraction } from '../../../../src/shared/carbon/green-fraction.ts';

const ENDS = { bare: 0.05, full: 0.8 };

it('green within a cell grows evenly from bare ground to full vegetation', () => {
  expect(greenFraction(0.05, ENDS)).toBe(0);
  expect(greenFraction(0.2, ENDS)).toBeCloseTo(0.2, 12);
  expect(greenFraction(0.425, ENDS)).toBeCloseTo(0.5, 12);
  expect(greenFraction(0.8, ENDS)).toBe(1);
});

it('green within a cell is none below bare ground, all above full vegetation, and unknown without NDVI', () => {
  expect([-1, 0, 0.0499].map((ndvi) => greenFraction(ndvi, ENDS))).toEqual([0, 0, 0]);
  expect([0.9, 1].map((ndvi) => greenFraction(ndvi, ENDS))).toEqual([1, 1]);
  expect(greenFraction(Number.NaN, ENDS)).toBeNaN();
});

it('green within a cell of two equally bright things is their share, and more where vegetation is brighter', () => {
  const mixed = (share: number, brightness: number) => {
    const [red, nir] = [0.0375 * brightness, 0.3375 * brightness];
    const ground = { red: 0.178125, nir: 0.196875 };
    const [r, n] = [share * red + (1 - share) * ground.red, share * nir + (1 - share) * ground.nir];
    return greenFraction((n - r) / (n + r), ENDS);
  };
  expect(mixed(0.25, 1)).toBeCloseTo(0.25, 12);
  // A quarter of 1.2 against three quarters of 1: 0.3 / 1.05.
  expect(mixed(0.25, 1.2)).toBeCloseTo(0.3 / 1.05, 12);
});
