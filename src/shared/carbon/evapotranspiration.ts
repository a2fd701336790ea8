/**
 * Water term of CASA: C11 from actual and potential evapotranspiration, all in mm of water a month.
 *
 * Actual: regional model of Zhou and Zhang, read in ChinaXiv 201906.00019 with annual sums; its use by month and
 * Ep = (E + Ep0) / 2 are [recalled, unverified]. Potential: Thornthwaite 1948, Geogr. Rev. 38:55.
 */

import { MONTHS } from './casa.ts';
import { exponential, naturalLog } from './portable-logs.ts';
import { daysInMonth } from './solar-radiation.ts';

/** Rain or demand below this, mm, is none: squares of smaller numbers leave the range of doubles. */
const TRACE_MM = 1e-6;

/** Rn = sqrt(PET P) (0.369 + 0.598 sqrt(PET / P)): net radiation as mm of water. 0 without rain, where E is 0 too. */
export function netRadiationMm(precipitationMm: number, petMm: number): number {
  if (precipitationMm < TRACE_MM) return 0;
  return Math.sqrt(petMm * precipitationMm) * (0.369 + 0.598 * Math.sqrt(petMm / precipitationMm));
}

/** E = P Rn (P^2 + Rn^2 + P Rn) / ((P + Rn)(P^2 + Rn^2)): below both P and Rn; 0 without rain or without demand. */
export function actualEvapotranspiration(precipitationMm: number, petMm: number): number {
  if (precipitationMm < TRACE_MM || petMm < TRACE_MM) return 0;
  const p = precipitationMm;
  const rn = netRadiationMm(p, petMm);
  const squares = p * p + rn * rn;
  return (p * rn * (squares + p * rn)) / ((p + rn) * squares);
}

/**
 * E / Ep with Ep = (E + Ep0) / 2 and Ep0 = PET, 0 .. 1. Where rain is far above demand E passes PET and the ratio 1: it is
 * cut there, and is 1 where there is no demand (PET 0, frozen months), which is its limit [both ours].
 */
export function evaporativeRatio(precipitationMm: number, petMm: number): number {
  if (Number.isNaN(precipitationMm) || Number.isNaN(petMm)) return Number.NaN;
  if (petMm < TRACE_MM) return 1;
  const actual = actualEvapotranspiration(precipitationMm, petMm);
  return Math.min(1, (2 * actual) / (actual + petMm));
}

/** C11: We = 0.5 + 0.5 E / Ep, 0.5 (dry) .. 1. */
export function waterStress(ratio: number): number {
  return 0.5 + 0.5 * ratio;
}

/**
 * How months from 26.5 deg C on are taken. `parabola`: -415.85 + 32.24 T - 0.43 T^2, fitted to Thornthwaite's table of hot
 * months (coefficients read in published implementations; Willmott et al. 1985 [recalled]). `power`: like any other month.
 */
export type HotMonths = 'parabola' | 'power';

const HOT_C = 26.5;
/** Below this no heat: powers of smaller numbers leave the range of doubles. */
const LEAST_C = 1e-9;

/**
 * Potential evapotranspiration of the twelve months, mm, into `pet`. NaN in any month makes all of them NaN, since the heat
 * index is of the year.
 *
 * PET = 16 (10 T / I)^a x length of the month, I the sum of (T / 5)^1.514 over months above 0, a = 6.75e-7 I^3 - 7.71e-5 I^2
 * + 1.792e-2 I + 0.49239; 0 at T <= 0. `lengths`: months in units of 30 days of 12 hours of light (monthLengths).
 */
export function thornthwaitePet(
  temperaturesC: ArrayLike<number>,
  lengths: ArrayLike<number>,
  hot: HotMonths,
  pet: Float64Array,
): void {
  let index = 0;
  let known = true;
  for (let month = 0; month < MONTHS; month++) {
    const t = temperaturesC[month] as number;
    if (Number.isNaN(t)) known = false;
    // The logarithm is kept for the second power.
    pet[month] = t > LEAST_C ? naturalLog(t / 5) : 0;
    if (t > LEAST_C) index += exponential(1.514 * (pet[month] as number));
  }
  if (!known) {
    pet.fill(Number.NaN);
    return;
  }
  const a = ((6.75e-7 * index - 7.71e-5) * index + 1.792e-2) * index + 0.49239;
  // (10 T / I)^a = e^(a (ln(T / 5) + ln(50 / I)))
  const offset = index > 0 ? naturalLog(50 / index) : 0;
  for (let month = 0; month < MONTHS; month++) {
    const t = temperaturesC[month] as number;
    const length = lengths[month] as number;
    if (!(t > LEAST_C)) pet[month] = 0;
    else if (hot === 'parabola' && t >= HOT_C) pet[month] = (-415.85 + 32.24 * t - 0.43 * t * t) * length;
    else pet[month] = 16 * exponential(a * ((pet[month] as number) + offset)) * length;
  }
}

/** Hours of light on a day of the year (1 .. 366): 24 / pi acos(-tan lat tan decl), decl = 0.409 sin(2 pi J / 365 - 1.39) (FAO-56, eq. 24, 25, 34). */
export function dayLengthHours(latitudeDegrees: number, dayOfYear: number): number {
  const declination = 0.409 * Math.sin((2 * Math.PI * dayOfYear) / 365 - 1.39);
  const cosine = -Math.tan((latitudeDegrees * Math.PI) / 180) * Math.tan(declination);
  return (24 / Math.PI) * Math.acos(Math.min(1, Math.max(-1, cosine)));
}

/** Length of each month in units of 30 days of 12 hours of light: the day-length correction, by the mean over its days. */
export function monthLengths(latitudeDegrees: number, year: number): Float64Array {
  const lengths = new Float64Array(MONTHS);
  let day = 0;
  for (let month = 0; month < MONTHS; month++) {
    const days = daysInMonth(year, month);
    let hours = 0;
    for (let n = 0; n < days; n++) hours += dayLengthHours(latitudeDegrees, ++day);
    lengths[month] = hours / (12 * 30);
  }
  return lengths;
}
