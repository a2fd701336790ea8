/**
 * Net primary production after CASA (Potter et al. 1993, as Zhu et al. 2007 use it): equations C1 to C10 and C12 for a
 * month of a cell. The water term C11 is in evapotranspiration.ts, respiration in respiration.ts, constants of vegetation
 * in casa-tables.ts. All pure; NaN in gives NaN out. Temperatures in deg C, radiation in MJ m-2 month-1, carbon in g C m-2.
 *
 * Equations as read in ChinaXiv 201703.00404, 201805.00093, 201906.00019, 202106.00083, which apply them; [ours] and
 * [recalled] say what is not from there.
 */

import { exponential } from './portable-logs.ts';

export const MONTHS = 12;

/** t C/ha in 1 g C/m2: 1e4 m2/ha over 1e6 g/t. */
export const T_PER_HA_PER_G_PER_M2 = 0.01;

/** Least and greatest absorbed fraction. */
const FPAR_MIN = 0.001;
const FPAR_MAX = 0.95;

/** Photosynthetically active share of solar radiation (C2). */
const PAR_SHARE = 0.5;

/** What FPAR is scaled between. NDVI: 5 % and 95 % of the vegetation type, or of the image; SR: C3 of them. */
export interface FparLimits {
  readonly ndviMin: number;
  readonly ndviMax: number;
  readonly srMin: number;
  readonly srMax: number;
}

/**
 * How the absorbed fraction of light follows from NDVI. Not linear, so it is chosen before cells are summed.
 * `limits`: C4 to C6, `ndviWeight` being a of C6 (0.5 in the source). `linear`: the form of ChinaXiv 202106.00081.
 */
export type FparRule =
  | { readonly form: 'limits'; readonly limits: FparLimits; readonly ndviWeight: number }
  | { readonly form: 'linear' };

/** Two rules of the temperature terms that change results by a step. */
export interface StressRules {
  /** Te1 = 0 at T <= -10 [recalled, unverified]. */
  readonly coldStop: boolean;
  /** C10: beyond Topt + 10 and Topt - 13 Te2 is half of what it is at Topt; it makes Te2 jump up below Topt - 13. */
  readonly halveOutside: boolean;
}

/** As published; the cold stop as CASA is remembered to have it. */
export const DEFAULT_STRESS_RULES: StressRules = { coldStop: true, halveOutside: true };

/** C3: simple ratio of near infrared and red, 0 or more; infinite at NDVI 1. */
export function simpleRatio(ndvi: number): number {
  return (1 + ndvi) / (1 - ndvi);
}

/** Limits of a class from two values of NDVI. Errors: RangeError unless -1 < ndviMin < ndviMax < 1. */
export function limitsFromNdvi(ndviMin: number, ndviMax: number): FparLimits {
  if (!(ndviMin > -1 && ndviMin < ndviMax && ndviMax < 1)) {
    throw new RangeError(`NDVI limits ${ndviMin} and ${ndviMax}; expected -1 < min < max < 1`);
  }
  return { ndviMin, ndviMax, srMin: simpleRatio(ndviMin), srMax: simpleRatio(ndviMax) };
}

/** C4 and C5: a value scaled from its limits to 0.001 .. 0.95, and cut there [cut: ours]. */
export function scaledFraction(value: number, min: number, max: number): number {
  const fraction = ((value - min) / (max - min)) * (FPAR_MAX - FPAR_MIN) + FPAR_MIN;
  return Math.min(FPAR_MAX, Math.max(FPAR_MIN, fraction));
}

/** C6: mean of the fraction by NDVI (weight a) and the one by simple ratio. */
export function fparFromLimits(ndvi: number, limits: FparLimits, ndviWeight: number): number {
  const byNdvi = scaledFraction(ndvi, limits.ndviMin, limits.ndviMax);
  const byRatio = scaledFraction(simpleRatio(ndvi), limits.srMin, limits.srMax);
  return ndviWeight * byNdvi + (1 - ndviWeight) * byRatio;
}

/** 0 where NDVI <= 0.075, else 1.16 NDVI - 0.0439, at most 0.9 (ChinaXiv 202106.00081). */
export function fparLinear(ndvi: number): number {
  if (ndvi <= 0.075) return 0;
  const fraction = 1.16 * ndvi - 0.0439;
  return Math.min(0.9, fraction);
}

/** Absorbed fraction of photosynthetically active radiation, 0 .. 0.95. */
export function fparOf(rule: FparRule, ndvi: number): number {
  return rule.form === 'linear' ? fparLinear(ndvi) : fparFromLimits(ndvi, rule.limits, rule.ndviWeight);
}

/** C2: absorbed radiation, MJ m-2 month-1, of total solar radiation in the same unit. */
export function absorbedRadiation(solarMj: number, fpar: number): number {
  return solarMj * fpar * PAR_SHARE;
}

/** C8: how well the optimum suits plants at all, 0 .. 1, greatest at Topt 20. Cut at 0, below Topt -24.7 [ours]. */
export function te1(temperatureC: number, optimumC: number, { coldStop }: StressRules): number {
  if (coldStop && temperatureC <= -10) return 0;
  const stress = 0.8 + 0.02 * optimumC - 0.0005 * optimumC * optimumC;
  return Math.max(0, stress);
}

/** e^(T / 10). Both exponentials of C9 are powers of the ratio of two such numbers, so a month needs one exponential. */
export function warmth(temperatureC: number): number {
  return Number.isNaN(temperatureC) ? Number.NaN : exponential(0.1 * temperatureC);
}

const E_MINUS_2 = exponential(-2);
const E_MINUS_3 = exponential(-3);

/** C9 by `warmth` of Topt over that of T: e^(0.2 (Topt - 10 - T)) is its square / e^2, e^(0.3 (T - Topt - 10)) its inverse cube / e^3. */
export function te2OfRatio(ratio: number): number {
  const square = ratio * ratio;
  return 1.184 / ((1 + square * E_MINUS_2) * (1 + E_MINUS_3 / (square * ratio)));
}

const TE2_OUTSIDE = te2OfRatio(1) / 2;

/** C9 and C10: fall of efficiency away from the optimum, 0 .. 0.9935. */
export function te2(temperatureC: number, optimumC: number, rules: StressRules): number {
  return te2Of(temperatureC, warmth(temperatureC), optimumC, warmth(optimumC), rules);
}

/** The same with `warmth` of both at hand. */
export function te2Of(
  temperatureC: number,
  temperatureWarmth: number,
  optimumC: number,
  optimumWarmth: number,
  { halveOutside }: StressRules,
): number {
  if (halveOutside && (temperatureC > optimumC + 10 || temperatureC < optimumC - 13)) return TE2_OUTSIDE;
  return te2OfRatio(optimumWarmth / temperatureWarmth);
}

/** Stresses of a month, each 0 .. 1. */
export interface Stresses {
  readonly te1: number;
  readonly te2: number;
  readonly we: number;
}

/** C7: light use efficiency, g C MJ-1, of the greatest that the vegetation has. */
export function lightUseEfficiency(epsMax: number, stresses: Stresses): number {
  return stresses.te1 * stresses.te2 * stresses.we * epsMax;
}

/** C1: g C m-2 month-1 of absorbed radiation (MJ m-2 month-1) and efficiency (g C MJ-1). */
export function netPrimaryProduction(absorbedMj: number, efficiency: number): number {
  return absorbedMj * efficiency;
}

/** C12: index of the month whose temperature is the optimum: that of greatest NDVI, of equals the first [ours]. NaN is never greatest. */
export function optimumMonth(ndvi: ArrayLike<number>): number {
  let best = 0;
  for (let month = 1; month < ndvi.length; month++) {
    if ((ndvi[month] as number) > (ndvi[best] as number) || Number.isNaN(ndvi[best])) best = month;
  }
  return best;
}

/** t C ha-1 yr-1 of g C m-2 yr-1. */
export function gramsPerM2ToTonnesPerHa(gramsPerM2: number): number {
  return gramsPerM2 * T_PER_HA_PER_G_PER_M2;
}
