import { NOT_MEASURED, shareText } from './figure-text.ts';

/** Numbers of many kinds as people read them, the same strings on a terminal and on a page. */

/** With this many digits behind the point; `-` where there is none. */
export function fixedText(value: number | null, digits: number): string {
  if (value === null) return NOT_MEASURED;
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** The same with its sign, + too; 0 has a + as well. */
export function signedText(value: number, digits: number): string {
  const form = { minimumFractionDigits: digits, maximumFractionDigits: digits, signDisplay: 'always' } as const;
  return (value + 0).toLocaleString('en-US', form);
}

/** t C/ha of an amount over an area in ha; null where there is no area or no amount. */
export function densityOf(amount: number | null, areaHa: number): number | null {
  return amount === null || areaHa === 0 ? null : amount / areaHa;
}

/** A density, t C/ha. */
export function densityText(density: number | null): string {
  return density === null ? NOT_MEASURED : density.toFixed(1);
}

/** A share from 0 to 1 in %, rounded down so that 100 % means all; null: the zone has no cell. */
export function coverageText(coverage: number | null): string {
  return coverage === null ? 'no cell' : shareText(coverage);
}

/** A share that is in % already. */
export function percentText(percent: number | null): string {
  return percent === null ? NOT_MEASURED : `${percent.toFixed(2)} %`;
}

/** 1234567 as "1.2 M", for rates; a unit goes behind it. */
export function siNumber(value: number): string {
  for (const [size, unit] of [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const) {
    // From here on one decimal rounds up to the next unit.
    if (value >= size * 0.99995) return `${(value / size).toFixed(1)} ${unit}`;
  }
  return `${value.toFixed(0)} `;
}

/** Seconds as people say them: "45 s", "3 min 20 s", "2 h 5 min". */
export function durationText(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
