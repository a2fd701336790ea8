import { InvalidArgumentError, Option } from 'commander';
import type { CliContext } from './context.ts';

/** What the words of several verbs have in common. */

/** What a verb does with what it was asked for; ends the process with the code of the work. */
export type Perform = (level: string, json: boolean, action: (context: CliContext) => Promise<number>) => Promise<void>;

export const anonymousOption = (): Option =>
  new Option('--anonymous', 'read public buckets without credentials').default(false);

export const jsonOption = (text = 'one JSON object on standard output and nothing else there'): Option =>
  new Option('--json', text).default(false);

/** Reads a number between two bounds, or refuses it. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`expected a whole number from ${least} to ${most}, found ${text}.`);
  };
}

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000 } as const;
const LONGEST_MS = 7 * 24 * UNIT_MS.h;

/** Reads `90s`, `15m`, `6h` into ms, at least `leastMs`. */
export function duration(leastMs: number): (text: string) => number {
  return (text) => {
    const found = /^(\d{1,6})(s|m|h)$/.exec(text);
    const ms = found === null ? Number.NaN : Number(found[1]) * UNIT_MS[found[2] as keyof typeof UNIT_MS];
    if (ms >= leastMs && ms <= LONGEST_MS) return ms;
    throw new InvalidArgumentError(
      `expected a time such as 30s, 15m or 6h, ${leastMs / 1000} s to 7 days; found ${text}.`,
    );
  };
}
