import { describe, expect, it } from 'vitest';
import { stratifiedAreas } from '../../../../src/shared/carbon/stratified-areas.ts';
import { CitysinkError } from '../../../../src/shared/errors.ts';

/**
 * The worked example of Olofsson et al. 2014: deforestation, forest gain, stable forest, stable other. Counts and
 * mapped areas are recalled from the paper, not read again; so are the results that tests call recalled. That counts,
 * areas and results agree to the last printed digit speaks for all three.
 */
const EXAMPLE = {
  classes: [1, 2, 3, 4],
  counts: [
    [66, 0, 5, 4],
    [0, 55, 8, 12],
    [1, 0, 153, 11],
    [2, 1, 9, 313],
  ],
};
const MAPPED_PIXELS = [200_000, 150_000, 3_200_000, 6_450_000];
/** Pixels of 30 m. */
const HA_PER_PIXEL = 0.09;
const MAPPED_HA = MAPPED_PIXELS.map((pixels) => pixels * HA_PER_PIXEL);

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

describe('areas from a stratified sample', () => {
  const found = stratifiedAreas(EXAMPLE, MAPPED_HA);
  const loss = found.classes[0]!;

  it('are the published ones: 235,086 pixels or 21,158 ha of deforestation, +- 68,418 pixels or 6,158 ha (recalled)', () => {
    expect(Math.round(loss.adjustedHa.value)).toBe(21_158);
    expect(Math.round(loss.adjustedHa.value / HA_PER_PIXEL)).toBe(235_086);
    expect(Math.round(1.96 * loss.adjustedHa.standardError)).toBe(6158);
    expect(Math.round((1.96 * loss.adjustedHa.standardError) / HA_PER_PIXEL)).toBe(68_418);
  });

  it('follow from the shares of each map class (derived by hand)', () => {
    const pixels = 200_000 * (66 / 75) + 3_200_000 * (1 / 165) + 6_450_000 * (2 / 325);
    expect(loss.adjustedHa.value).toBeCloseTo(pixels * HA_PER_PIXEL, 6);
    const terms: [number, number, number][] = [
      [200_000, 66, 75],
      [150_000, 0, 75],
      [3_200_000, 1, 165],
      [6_450_000, 2, 325],
    ];
    const variance = sum(terms.map(([area, n, of]) => (area ** 2 * (n / of) * (1 - n / of)) / (of - 1)));
    expect(loss.adjustedHa.standardError).toBeCloseTo(Math.sqrt(variance) * HA_PER_PIXEL, 6);
  });

  it('come with the published accuracies (recalled; half-widths of producers’ accuracies are derived)', () => {
    const printed = (estimate: { value: number; standardError: number } | null) =>
      estimate === null ? '' : `${estimate.value.toFixed(2)} ${(1.96 * estimate.standardError).toFixed(2)}`;
    expect(found.classes.map((one) => printed(one.usersAccuracy))).toEqual([
      '0.88 0.07',
      '0.73 0.10',
      '0.93 0.04',
      '0.96 0.02',
    ]);
    expect(found.classes.map((one) => printed(one.producersAccuracy))).toEqual([
      '0.75 0.21',
      '0.85 0.25',
      '0.93 0.03',
      '0.96 0.02',
    ]);
    expect(printed(found.overallAccuracy)).toBe('0.95 0.02');
  });

  it('add up to the area mapped, and their covariances to nothing', () => {
    expect(sum(found.classes.map((one) => one.adjustedHa.value))).toBeCloseTo(900_000, 6);
    for (const row of found.covarianceHa2) expect(Math.abs(sum(row))).toBeLessThan(1e-9 * Math.max(...row));
    expect(found.covarianceHa2[0]![1]).toBe(found.covarianceHa2[1]![0]);
    expect(found.covarianceHa2[0]![0]).toBeCloseTo(loss.adjustedHa.standardError ** 2, 4);
  });

  it('are those of the map, without error, where every sample agrees', () => {
    const perfect = stratifiedAreas({ classes: [1, 2], counts: [[50, 0], [0, 30]] }, [12, 7]); // biome-ignore format: a matrix
    expect(perfect.classes.map((one) => one.adjustedHa)).toEqual([
      { value: 12, standardError: 0 },
      { value: 7, standardError: 0 },
    ]);
    expect(perfect.overallAccuracy).toEqual({ value: 1, standardError: 0 });
  });

  it('have no producer accuracy for a class that the sample never saw', () => {
    const found = stratifiedAreas({ classes: [1, 2], counts: [[0, 50], [0, 30]] }, [12, 7]); // biome-ignore format: a matrix
    expect(found.classes[0]).toMatchObject({ adjustedHa: { value: 0 }, producersAccuracy: null });
  });
});

describe('a confusion matrix that gives no areas', () => {
  const problems = (counts: number[][], mapped: number[] = [1, 2], classes = [10, 20]): string[] => {
    try {
      stratifiedAreas({ classes, counts }, mapped);
    } catch (error) {
      if (error instanceof CitysinkError) return error.problems.map((one) => `${one.where}: ${one.message}`);
    }
    return [];
  };

  it('is refused with every mistake at its place', () => {
    expect(
      problems([
        [1, 0],
        [2.5, 9],
      ]),
    ).toEqual([
      // biome-ignore format: a matrix
      'confusion matrix, map class 10: too few samples',
      'confusion matrix, map class 20: not a count',
    ]);
    expect(problems([[5, 5]])).toEqual(['confusion matrix: wrong number of rows']);
    expect(problems([[5, 5, 1], [5, 5]])).toEqual(['confusion matrix, map class 10: wrong number of columns']); // biome-ignore format: a matrix
    expect(problems([[5, 5], [5, 5]], [1, 2], [10, 10])).toEqual(['confusion matrix: a class is named twice']); // biome-ignore format: a matrix
    expect(problems([], [], [])).toContain('confusion matrix: it has no classes');
    expect(problems([[5, 5], [5, 5]], [-1, 2])).toEqual(['mapped areas: not areas']); // biome-ignore format: a matrix
    expect(problems([[5, 5], [5, 5]], [1])).toEqual(['mapped areas: wrong number of areas']); // biome-ignore format: a matrix
  });
});
