import { normalDraws } from '../shared/carbon/random-draws.ts';
import { type ConfusionMatrix, type ErrorRow, errorRows, shareCovariance } from '../shared/carbon/stratified-areas.ts';

/**
 * @pure Errors of areas from a confusion matrix. What is mapped as class i is of class j in a share p_ij that the sample
 * estimates, the same share in every zone and scenario; so an area of map class i carries sum_j p_ij c_j.
 */

export interface AreaError {
  readonly matrix: ConfusionMatrix;
  /**
   * Where figures are centred: at the areas of the map, or at areas adjusted by the shares (sum_i area_i p_ij).
   * The spread is the same.
   */
  readonly centre: 'mapped' | 'adjusted';
}

/** The sample of one map class, ready to weigh coefficients. */
export interface ClassMix {
  readonly row: ErrorRow;
  /** Weight of reference class j in the centre: its share, or 1 for the map class itself. */
  readonly centre: readonly number[];
}

/** By map class. */
export function classMixes({ matrix, centre }: AreaError): Map<number, ClassMix> {
  const rows = errorRows(matrix);
  return new Map(
    rows.map((row, i) => {
      const own = row.shares.map((_, j) => (i === j ? 1 : 0));
      return [row.code, { row, centre: centre === 'adjusted' ? row.shares : own }];
    }),
  );
}

/** Variance of sum_j p_j u_j over the sample of one map class: (sum p u^2 - (sum p u)^2) / (n - 1). */
export function mixVariance({ shares, samples }: ErrorRow, values: readonly number[]): number {
  const mean = shares.reduce((sum, share, j) => sum + share * (values[j] ?? 0), 0);
  const squares = shares.reduce((sum, share, j) => sum + share * ((values[j] ?? 0) - mean) ** 2, 0);
  return squares / (samples - 1);
}

/** Variance of one share. */
export function shareVariance(row: ErrorRow, j: number): number {
  return shareCovariance(row, j, j);
}

/**
 * Draws of p_j minus its estimate, by reference class, then simulation: normal, with the covariance of the sample's
 * shares. With s_j = sqrt(p_j) a unit vector and z independent, s_j (z_j - s_j sum_k s_k z_k) has covariance
 * p_j (1 - p_j), -p_j p_k, and adds up to 0. null where the share is 0 or 1: the sample says of no error.
 */
export function shareDraws({ code, shares, samples }: ErrorRow, codes: readonly number[], seed: string, count: number) {
  const normals = shares.map((share, j) =>
    share > 0 && share < 1 ? normalDraws(seed, `area ${code} ${codes[j]}`, count) : null,
  );
  const common = new Float64Array(count);
  normals.forEach((z, k) => {
    if (z !== null) addScaled(common, z, Math.sqrt(shares[k] as number));
  });
  return normals.map((z, j) => {
    if (z === null) return null;
    const root = Math.sqrt(shares[j] as number);
    const scale = root / Math.sqrt(samples - 1);
    return z.map((draw, n) => scale * (draw - root * common[n]!));
  });
}

/** target += factor x source. */
export function addScaled(target: Float64Array, source: Float64Array, factor: number): void {
  for (let n = 0; n < target.length; n++) target[n] = target[n]! + factor * source[n]!;
}
