import { type Problem, refuseIfAny } from '../errors.ts';

/**
 * Areas of classes from a map and a sample of reference data: Olofsson et al. 2014, Remote Sensing of Environment
 * 148:42-57, for samples drawn at random within each map class. Standard errors, not half-widths, throughout.
 */

/** Counts of sample units: rows by class on the map, columns by class in the reference, both in order of `classes`. */
export interface ConfusionMatrix {
  readonly classes: readonly number[];
  readonly counts: readonly (readonly number[])[];
}

export interface Estimate {
  readonly value: number;
  readonly standardError: number;
}

export interface StratifiedClass {
  readonly code: number;
  /** Area on the map. */
  readonly mappedHa: number;
  /** Area estimated from the reference classes of the sample. */
  readonly adjustedHa: Estimate;
  /** Share of what is mapped as the class that is it. */
  readonly usersAccuracy: Estimate;
  /** Share of the class that is mapped as it; null where the sample has none of the class. */
  readonly producersAccuracy: Estimate | null;
}

export interface StratifiedAreas {
  readonly classes: readonly StratifiedClass[];
  readonly overallAccuracy: Estimate;
  /** Covariance of the adjusted areas, ha2; each row adds up to 0, since the areas add up to the area mapped. */
  readonly covarianceHa2: readonly (readonly number[])[];
}

/** What a sample says of one map class: share of each reference class in it, and how many units it has. */
export interface ErrorRow {
  readonly code: number;
  readonly shares: readonly number[];
  readonly samples: number;
}

/** Shares n_ij / n_i. by map class. Errors: REQUEST_INVALID for counts that give none (see matrixProblems). */
export function errorRows(matrix: ConfusionMatrix): ErrorRow[] {
  refuseIfAny(matrixProblems(matrix));
  return matrix.counts.map((row, i) => {
    const samples = sum(row);
    return { code: matrix.classes[i] ?? Number.NaN, shares: row.map((count) => count / samples), samples };
  });
}

/**
 * Areas, accuracies and their errors. `mappedHa` is in order of the matrix's classes. Errors: REQUEST_INVALID for a
 * matrix without square form, whole counts or two samples in every class, and for areas that are not all >= 0.
 */
export function stratifiedAreas(matrix: ConfusionMatrix, mappedHa: readonly number[]): StratifiedAreas {
  refuseIfAny([...matrixProblems(matrix), ...areaProblems(matrix, mappedHa)]);
  const rows = errorRows(matrix);
  const covarianceHa2 = matrix.classes.map((_, j) =>
    matrix.classes.map((_, k) => areaCovariance(rows, mappedHa, j, k)),
  );
  const total = sum(mappedHa);
  const correct = rows.map((row, i) => (mappedHa[i] as number) * (row.shares[i] as number));
  const correctVariance = sum(rows.map((row, i) => (mappedHa[i] as number) ** 2 * shareCovariance(row, i, i)));
  return {
    classes: rows.map((row, j) => ({
      code: row.code,
      mappedHa: mappedHa[j] as number,
      adjustedHa: { value: adjustedArea(rows, mappedHa, j), standardError: root(covarianceHa2[j]?.[j] ?? 0) },
      usersAccuracy: { value: row.shares[j] as number, standardError: root(shareCovariance(row, j, j)) },
      producersAccuracy: producersAccuracy(rows, mappedHa, j),
    })),
    overallAccuracy: { value: sum(correct) / total, standardError: root(correctVariance) / total },
    covarianceHa2,
  };
}

/** Covariance of the shares j and k in one map class: p_j (1 - p_j) or -p_j p_k, over n - 1. */
export function shareCovariance({ shares, samples }: ErrorRow, j: number, k: number): number {
  const p = shares[j] ?? 0;
  const q = shares[k] ?? 0;
  return (j === k ? p * (1 - p) : -p * q) / (samples - 1);
}

function adjustedArea(rows: readonly ErrorRow[], mappedHa: readonly number[], j: number): number {
  return sum(rows.map((row, i) => (mappedHa[i] as number) * (row.shares[j] as number)));
}

/** Map classes are sampled independently of one another. */
function areaCovariance(rows: readonly ErrorRow[], mappedHa: readonly number[], j: number, k: number): number {
  return sum(rows.map((row, i) => (mappedHa[i] as number) ** 2 * shareCovariance(row, j, k)));
}

/** Equation 7: a ratio whose numerator is one of the terms of its denominator, by its first-order errors. */
function producersAccuracy(rows: readonly ErrorRow[], mappedHa: readonly number[], j: number): Estimate | null {
  const area = adjustedArea(rows, mappedHa, j);
  if (area === 0) return null;
  const value = ((mappedHa[j] as number) * (rows[j]?.shares[j] as number)) / area;
  const variance = sum(
    rows.map((row, i) => {
      const weight = i === j ? 1 - value : value;
      return (weight * (mappedHa[i] as number)) ** 2 * shareCovariance(row, j, j);
    }),
  );
  return { value, standardError: root(variance) / area };
}

/** Mistakes of a matrix, all of them. A class with one sample has no variance, with none no shares. */
function matrixProblems({ classes, counts }: ConfusionMatrix): Problem[] {
  const problems: Problem[] = [];
  const size = classes.length;
  if (size === 0) problems.push({ where: 'confusion matrix', message: 'it has no classes' });
  if (new Set(classes).size !== size) problems.push({ where: 'confusion matrix', message: 'a class is named twice' });
  if (counts.length !== size) {
    problems.push(mismatch('confusion matrix', 'rows', size, counts.length));
  }
  counts.forEach((row, i) => {
    const where = `confusion matrix, map class ${classes[i] ?? `of row ${i + 1}`}`;
    if (row.length !== size) problems.push(mismatch(where, 'columns', size, row.length));
    const wrong = row.find((count) => !Number.isSafeInteger(count) || count < 0);
    if (wrong !== undefined) {
      problems.push({ where, message: 'not a count', expected: 'a whole number, 0 or more', found: String(wrong) });
    } else if (sum(row) < 2) {
      problems.push({ where, message: 'too few samples', expected: 'at least 2', found: String(sum(row)) });
    }
  });
  return problems;
}

function areaProblems({ classes }: ConfusionMatrix, mappedHa: readonly number[]): Problem[] {
  const where = 'mapped areas';
  if (mappedHa.length !== classes.length) return [mismatch(where, 'areas', classes.length, mappedHa.length)];
  if (mappedHa.every((ha) => Number.isFinite(ha) && ha >= 0) && sum(mappedHa) > 0) return [];
  return [{ where, message: 'not areas', expected: 'ha, 0 or more, not all 0', found: mappedHa.join(', ') }];
}

function mismatch(where: string, what: string, expected: number, found: number): Problem {
  return { where, message: `wrong number of ${what}`, expected: String(expected), found: String(found) };
}

/** Rounding may leave a variance of zero a hair below it. */
function root(variance: number): number {
  return Math.sqrt(Math.max(0, variance));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
