import { expect } from 'vitest';
import { CitysinkError } from '../../src/shared/errors.ts';
import type { Seeded } from './seeded.ts';

/** Damage to bytes and to JSON, and what must hold of whoever reads it. */

/** How many mutations of each kind are tried; more by CITYSINK_FUZZ, as a factor. */
export const FUZZ_FACTOR = Number(process.env.CITYSINK_FUZZ ?? 1);

/** Nothing takes longer, whatever it is given; twice the 2 s that hold on a machine of its own. */
const MOST_MS = 4000;
/** More than this no damaged input may take for itself. */
const MOST_GROWTH_BYTES = 512 * 2 ** 20;

const NASTY_BYTES = [0, 1, 2, 0x22, 0x2c, 0x5b, 0x7b, 0x7f, 0x80, 0xfe, 0xff];

/** A few bytes changed, cut off, repeated or taken out. */
export function damagedBytes(bytes: Uint8Array, random: Seeded): Uint8Array {
  const how = random.next();
  if (how < 0.1) return bytes.slice(0, random.below(bytes.length + 1));
  const at = random.below(bytes.length);
  const length = 1 + random.below(64);
  if (how < 0.2) return joined(bytes.slice(0, at), bytes.slice(at + length));
  if (how < 0.3) return joined(bytes.slice(0, at + length), bytes.slice(at));
  const out = bytes.slice();
  for (let i = 0; i <= random.below(6); i++) {
    const value = random.next() < 0.6 ? random.of(NASTY_BYTES) : random.below(256);
    const start = random.below(out.length);
    out.fill(value, start, start + (random.next() < 0.2 ? 4 : 1));
  }
  return out;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** Nested so deep that whoever follows it by calls to itself runs out of stack. */
function deep(depth: number): unknown {
  let value: unknown = 0;
  for (let i = 0; i < depth; i++) value = [value];
  return value;
}

const NASTY_VALUES: readonly (() => unknown)[] = [
  () => null,
  () => true,
  () => 0,
  () => -1,
  () => 1e308,
  () => -1e-308,
  () => 2 ** 53,
  () => 0.5,
  () => '',
  () => 'x'.repeat(10_000),
  () => '../../../etc/passwd',
  () => '\u0000\u202e',
  () => [],
  () => ({}),
  () => [[[[]]]],
  () => deep(2000),
  () => JSON.parse('{"__proto__": {"polluted": true}}'),
];

/** The same JSON with one to three of its values replaced, left out or doubled. */
export function damagedJson(value: unknown, random: Seeded): unknown {
  const copy = structuredClone(value);
  for (let i = 0; i <= random.below(3); i++) {
    const places = placesOf(copy);
    if (places.length === 0) return random.of(NASTY_VALUES)();
    const { holder, key } = random.of(places);
    const how = random.next();
    if (how < 0.15) delete holder[key];
    else if (how < 0.25) holder[`${key}x`] = holder[key];
    else holder[key] = random.of(NASTY_VALUES)();
  }
  return copy;
}

interface Place {
  readonly holder: Record<string, unknown>;
  readonly key: string;
}

/** Every member of every object and list, but of what is nested deeper than any of our documents. */
function placesOf(value: unknown, depth = 0): Place[] {
  if (typeof value !== 'object' || value === null || depth > 12) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((key) => [{ holder, key }, ...placesOf(holder[key], depth + 1)]);
}

export interface Outcomes {
  read: number;
  refused: number;
}

/** Reads damaged input: it is read, or refused by a code that is not INTERNAL; nothing hangs, and no memory is taken for nothing. */
export async function readOrRefuse(outcomes: Outcomes, name: string, read: () => unknown): Promise<void> {
  const started = performance.now();
  const before = process.memoryUsage.rss();
  try {
    await read();
    outcomes.read++;
  } catch (error) {
    if (!(error instanceof CitysinkError) || error.code === 'INTERNAL') throw new Error(name, { cause: error });
    outcomes.refused++;
  }
  expect(performance.now() - started, `${name} takes too long`).toBeLessThan(MOST_MS);
  expect(process.memoryUsage.rss() - before, `${name} takes too much memory`).toBeLessThan(MOST_GROWTH_BYTES);
}
