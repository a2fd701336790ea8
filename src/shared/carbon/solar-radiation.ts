/** Solar radiation in the unit that CASA takes, MJ m-2 month-1, from what products and stations give. */

/** MJ in a day of 1 W: 86 400 s. */
const MJ_PER_WATT_DAY = 0.0864;

const MONTH_DAYS: readonly number[] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Days of a month (0 .. 11) of a year of the Gregorian calendar. */
export function daysInMonth(year: number, month: number): number {
  const days = MONTH_DAYS[month];
  if (days === undefined) throw new RangeError(`month ${month}; expected 0 .. 11`);
  return month === 1 && isLeapYear(year) ? days + 1 : days;
}

function isLeapYear(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

/** What a mean flux in W m-2 is multiplied by. */
export function megajoulesPerWatt(days: number): number {
  return MJ_PER_WATT_DAY * days;
}

/** MJ m-2 month-1 of the monthly mean flux, W m-2, as reanalyses give it. */
export function radiationFromFlux(wattsPerM2: number, days: number): number {
  return wattsPerM2 * megajoulesPerWatt(days);
}

/**
 * SOL = SOL0 (0.185 + 0.595 S): `clearMj` the radiation SOL0 that the fit refers to, in the unit of the result, `sunshine`
 * the sunshine fraction 0 .. 1. Fitted in west China (He and Xie 2010); elsewhere its constants want a source of their own.
 */
export function radiationFromSunshine(clearMj: number, sunshine: number): number {
  return clearMj * (0.185 + 0.595 * sunshine);
}
