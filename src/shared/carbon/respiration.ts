/**
 * Heterotrophic respiration, what NEP takes from NPP. One form only: of the others that are in use (GSMSR, logarithmic
 * relations of soil respiration) no source text was read, so they are not offered.
 */

import { exponential, naturalLog } from './portable-logs.ts';

/** `pei`: by temperature and precipitation. `none`: respiration and NEP are not computed, NPP alone is. */
export type RespirationModel = 'pei' | 'none';

/** Days and carbon share as printed: no real length of the month. */
const DAYS_AS_PRINTED = 30;
const CARBON_SHARE = 0.465;

/**
 * Rh = 0.22 (e^(0.0912 T) + ln(0.3145 P + 1)) 30 x 46.5 %, g C m-2 month-1; T in deg C and P in mm month-1, monthly.
 * Read in ChinaXiv 202106.00081, which gives Pei et al. 2009. Fitted in dry north-west China: elsewhere out of its range.
 * Errors: RangeError where P is negative.
 */
export function heterotrophicRespiration(temperatureC: number, precipitationMm: number): number {
  if (Number.isNaN(temperatureC) || Number.isNaN(precipitationMm)) return Number.NaN;
  if (precipitationMm < 0) throw new RangeError(`precipitation of ${precipitationMm} mm`);
  const rate = exponential(0.0912 * temperatureC) + naturalLog(0.3145 * precipitationMm + 1);
  return 0.22 * rate * DAYS_AS_PRINTED * CARBON_SHARE;
}

/** NEP = NPP - Rh in any one unit; positive: taken up by land. It already holds what soil gives off: no soil rate is added to it. */
export function netEcosystemProduction(npp: number, respiration: number): number {
  return npp - respiration;
}
