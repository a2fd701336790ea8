/** Green within a cell from its NDVI, as a mixture of bare ground and full vegetation. */

/** NDVI of the two things that cells are mixed of; `bare` is below `full`. */
export interface NdviMixture {
  readonly bare: number;
  readonly full: number;
}

/** Fixed point of summed fractions: a cell has 2^20 parts, as shares of zones have (zone-fractions.ts). */
export const FRACTION_BITS = 20;

/**
 * Share of a cell that is green, 0 to 1: (NDVI - bare) / (full - bare), cut at both ends; NaN without NDVI.
 * Source: the linear form of Gutman and Ignatov 1998, Int. J. Remote Sensing 19(8):1533-1543 (recalled).
 * Exact only where ground and vegetation are equally bright in red + near infrared.
 */
export function greenFraction(ndvi: number, { bare, full }: NdviMixture): number {
  return Math.min(1, Math.max(0, (ndvi - bare) / (full - bare)));
}
