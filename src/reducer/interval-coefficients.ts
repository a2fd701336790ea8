import { type Coefficient as Column, type FactorTable, POOLS } from '../shared/carbon/factors.ts';
import { exponential, naturalLog } from '../shared/carbon/portable-logs.ts';
import { normalDraws } from '../shared/carbon/random-draws.ts';
import { CitysinkError } from '../shared/errors.ts';

/** @pure What is uncertain in a factor table: one coefficient a class and column, its distribution and its draws. */

/** The soil of a raster as a whole, beside the columns of the table. */
export const RASTER_SOIL = 'layers.soil';

export type UncertainColumn = Column | typeof RASTER_SOIL;

/** In place of a class code: it sorts behind all of them, and no confusion matrix has it. */
export const NO_CLASS_CODE = Number.MAX_SAFE_INTEGER;

/** A coefficient and its error. Everything that uses it, in any zone or scenario, shares its draws. */
export interface UncertainCoefficient {
  /** Land-cover code, or NO_CLASS_CODE. */
  readonly code: number;
  readonly column: UncertainColumn;
  /** t C/ha, or t C/ha/yr; of RASTER_SOIL a factor without unit, 1. */
  readonly mean: number;
  /** Same unit; 0: known exactly; null: none was given. */
  readonly standardError: number | null;
}

/** At this ratio of error to mean a normal stock would too often be below zero (0.04 % of draws and more). */
const LOG_NORMAL_FROM = 0.3;
/** Beyond it a log-normal is nearly all zeros with a tail that no 10,000 draws show; the error is taken for normal. */
const LOG_NORMAL_TO = 10;

export type Distribution = 'exact' | 'normal' | 'log-normal';

/** `class 10 soil` or `layers.soil`: names a coefficient in messages and in its stream of draws. */
export function coefficientName({ code, column }: Pick<UncertainCoefficient, 'code' | 'column'>): string {
  return column === RASTER_SOIL ? column : `class ${code} ${column}`;
}

/** Every coefficient that the table has a value of. */
export function uncertainCoefficients(table: Pick<FactorTable, 'classes' | 'coefficients'>): UncertainCoefficient[] {
  return table.classes.flatMap(({ code, values, standardErrors }) =>
    table.coefficients.flatMap((column) => {
      const mean = values[column];
      return mean === undefined ? [] : [{ code, column, mean, standardError: standardErrors[column] ?? null }];
    }),
  );
}

/**
 * Normal, but log-normal with the same mean and deviation for stocks whose error is 0.3 of the mean or more: a stock is
 * never below zero, a flux may be (a sink may turn source). A stock whose mean is zero or less has no such log-normal,
 * and one whose error is more than ten times its mean none of use: both are normal.
 */
export function distributionOf({ column, mean, standardError }: UncertainCoefficient): Distribution {
  if (standardError === null || standardError === 0) return 'exact';
  const stock = column === RASTER_SOIL || (POOLS as readonly Column[]).includes(column);
  const relative = standardError / mean;
  return stock && relative >= LOG_NORMAL_FROM && relative <= LOG_NORMAL_TO ? 'log-normal' : 'normal';
}

/** Draws minus the mean, by simulation; null where the coefficient is exact or has no error. */
export function coefficientDraws(coefficient: UncertainCoefficient, seed: string, count: number): Float64Array | null {
  const { mean } = coefficient;
  const kind = distributionOf(coefficient);
  if (kind === 'exact') return null;
  const error = coefficient.standardError ?? 0;
  const draws = normalDraws(seed, coefficientName(coefficient), count);
  if (kind === 'normal') return draws.map((z) => error * z);
  const relative = error / mean;
  const logVariance = naturalLog(1 + relative * relative);
  const logDeviation = Math.sqrt(logVariance);
  return draws.map((z) => mean * exponential(logDeviation * z - logVariance / 2) - mean);
}

/** Errors: REQUEST_INVALID for a mean that is no number, or an error that is none or below zero. */
export function checkCoefficient(coefficient: UncertainCoefficient): void {
  const { mean, standardError } = coefficient;
  if (Number.isFinite(mean) && (standardError === null || (Number.isFinite(standardError) && standardError >= 0)))
    return;
  const where = coefficientName(coefficient);
  throw new CitysinkError('REQUEST_INVALID', `${where}: mean ${mean}, standard error ${standardError}`, {
    problems: [{ where, message: 'not a mean and an error', expected: 'a number, and 0 or more or none' }],
  });
}
