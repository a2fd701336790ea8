/** Figures as people read them, the same on a terminal and in a report; tables for programs have all digits. */

/** Language tags that numbers are written in. */
export type NumberLocale = 'en-US' | 'zh-CN';

/** What stands for a figure that was not measured. */
export const NOT_MEASURED = '-';

/** Whole numbers from 1000 on, two decimals below: 77,272 and 800.98. */
export function amountText(value: number | null, locale: NumberLocale = 'en-US'): string {
  if (value === null) return NOT_MEASURED;
  const digits = Math.abs(value) >= 1000 ? 0 : 2;
  return value.toLocaleString(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** A share in percent, cut and not rounded: what is not whole never reads 100 %. */
export function shareText(share: number): string {
  return `${(Math.floor(share * 1e4) / 100).toFixed(2)} %`;
}
