/** Instants and intervals as STAC and its users write them; pure text arithmetic on UTC. */

import { CitysinkError } from '../errors.ts';

/** Milliseconds since 1970, both ends included; an end may be infinite. */
export interface TimeSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

const MOMENT =
  /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[Tt ](\d{2}):(\d{2}):(\d{2})(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})?)?)?)?$/;

function invalid(text: string, expected: string): CitysinkError {
  return new CitysinkError('REQUEST_INVALID', `${text.slice(0, 80)} is no time: expected ${expected}`);
}

/**
 * The span that a date or time names: `2021` a year, `2021-05` a month, `2021-05-03` a day, with a time that instant.
 * A time without zone is UTC (USGS writes such). Null where the text is none.
 */
export function spanOf(text: string): TimeSpan | null {
  const match = MOMENT.exec(text.trim());
  if (match === null) return null;
  const [, year = '', month, day, hour] = match;
  if (hour !== undefined) return instant(match);
  const fromMs = dayStart(Number(year), Number(month ?? 1), Number(day ?? 1));
  if (fromMs === null) return null;
  const next =
    day !== undefined
      ? fromMs + 86_400_000
      : month !== undefined
        ? Date.UTC(Number(year), Number(month), 1)
        : Date.UTC(Number(year) + 1, 0, 1);
  return { fromMs, toMs: next - 1 };
}

function dayStart(year: number, month: number, day: number): number | null {
  const ms = Date.UTC(year, month - 1, day);
  const date = new Date(ms);
  // Date.UTC rolls 31 June over into July, and takes years below 100 for 19xx.
  const same = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return same ? ms : null;
}

function instant(match: RegExpExecArray): TimeSpan | null {
  const [, year, month, day, hour, minute, second, fraction, zone = 'Z'] = match;
  const start = dayStart(Number(year), Number(month), Number(day));
  const [hours, minutes, seconds] = [Number(hour), Number(minute), Number(second)];
  // A leap second is the second before it.
  if (start === null || hours > 23 || minutes > 59 || seconds > 60) return null;
  const shift = zone.toUpperCase() === 'Z' ? 0 : zoneMinutes(zone);
  if (Math.abs(shift) > 24 * 60) return null;
  const millis = fraction === undefined ? 0 : Math.floor(Number(`0${fraction}`) * 1000);
  const ms = start + ((hours * 60 + minutes - shift) * 60 + Math.min(seconds, 59)) * 1000 + millis;
  return { fromMs: ms, toMs: ms };
}

function zoneMinutes(zone: string): number {
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6));
  return zone.startsWith('-') ? -minutes : minutes;
}

/**
 * A filter: a date or time, or two with a slash between, `..` or nothing for an open end (`2021-05/2021-09`, `2020/..`).
 * Both ends are included with all that they name. Errors: REQUEST_INVALID.
 */
export function readTimeFilter(text: string): TimeSpan {
  const form = 'a date such as 2021, 2021-05 or 2021-05-03, or two with a slash between';
  const parts = text.split('/').map((part) => part.trim());
  if (parts.length > 2) throw invalid(text, form);
  const [first = '', last = first] = parts;
  const isOpen = (part: string) => parts.length === 2 && (part === '' || part === '..');
  const from = isOpen(first) ? -Infinity : spanOf(first)?.fromMs;
  const to = isOpen(last) ? Infinity : spanOf(last)?.toMs;
  if (from === undefined || to === undefined) throw invalid(text, form);
  if (from > to) throw invalid(text, 'the earlier date first');
  return { fromMs: from, toMs: to };
}

/** Whether two spans share an instant. */
export function spansMeet(a: TimeSpan, b: TimeSpan): boolean {
  return a.fromMs <= b.toMs && b.fromMs <= a.toMs;
}
