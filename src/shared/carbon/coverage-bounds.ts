import type { ClassFactors, Coefficient } from './factors.ts';

/** What a total could be if the part of a zone that nobody saw were all of its poorest or all of its richest class. */
export interface CoverageBounds {
  readonly unseenHa: number;
  readonly low: number;
  readonly high: number;
}

/** What was seen of a zone. */
export interface SeenPart {
  /** t C or t C/yr over the area seen. */
  readonly amount: number;
  readonly seenHa: number;
  /** The whole zone; not below seenHa but for rounding. */
  readonly zoneHa: number;
}

/**
 * Bounds on the amount of the whole zone; `densities` in t C/ha or t C/ha/yr, one a class (see classDensities). They
 * bound what the classes may be, not the error of their coefficients. null: a part is unseen and no density is known.
 */
export function coverageBounds(
  { amount, seenHa, zoneHa }: SeenPart,
  densities: readonly number[],
): CoverageBounds | null {
  const unseenHa = Math.max(0, zoneHa - seenHa);
  if (unseenHa === 0) return { unseenHa, low: amount, high: amount };
  if (densities.length === 0) return null;
  const least = densities.reduce((a, b) => Math.min(a, b));
  const greatest = densities.reduce((a, b) => Math.max(a, b));
  return { unseenHa, low: amount + unseenHa * least, high: amount + unseenHa * greatest };
}

/**
 * Sums of the columns by class, for all classes of the table or those of `codes`: the poorest class of a total is the
 * one with the least sum, not the sum of the least pools. Columns that a class has no value of count nothing.
 */
export function classDensities(
  classes: readonly ClassFactors[],
  columns: readonly Coefficient[],
  codes: ReadonlySet<number> | null = null,
): number[] {
  return classes
    .filter(({ code }) => codes === null || codes.has(code))
    .map(({ values }) => columns.map((column) => values[column] ?? null).filter((value) => value !== null))
    .filter((values) => values.length > 0)
    .map((values) => values.reduce((total, value) => total + value, 0));
}
