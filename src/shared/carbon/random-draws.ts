import { normalQuantile } from './normal-quantile.ts';

/**
 * Draws that hang on their names alone: the same seed and stream give the same bits on every machine and in any order.
 * 32-bit integer arithmetic, IEEE basic operations and square roots; nothing of `Math` that engines may round apart.
 */

const WORD = 4;

/** MurmurHash3_x86_32 (Appleby, public domain) of the UTF-8 bytes of a text. */
export function hashText(text: string, seed: number): number {
  const bytes = new TextEncoder().encode(text);
  const whole = bytes.length - (bytes.length % WORD);
  let hash = seed | 0;
  for (let at = 0; at < whole; at += WORD) {
    hash = rotated(hash ^ scrambled(littleEndian(bytes, at, WORD)), 13);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  hash ^= scrambled(littleEndian(bytes, whole, bytes.length - whole)) ^ bytes.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function littleEndian(bytes: Uint8Array, at: number, count: number): number {
  let word = 0;
  for (let n = 0; n < count; n++) word |= bytes[at + n]! << (8 * n);
  return word;
}

function scrambled(word: number): number {
  return Math.imul(rotated(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593);
}

function rotated(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/** xoshiro128** 1.1 (Blackman and Vigna 2018, public domain): period 2^128 - 1, 32 bits a step. */
export class Xoshiro128 {
  private readonly state: Int32Array;

  /** Four words, not all zero. */
  constructor(words: readonly [number, number, number, number]) {
    this.state = Int32Array.from(words);
    if (this.state.every((word) => word === 0)) throw new RangeError('a state of zeros has no successor');
  }

  /** An integer from 0 to 2^32 - 1. */
  next(): number {
    const s = this.state;
    const result = Math.imul(rotated(Math.imul(s[1]!, 5), 7), 9);
    const shifted = s[1]! << 9;
    s[2]! ^= s[0]!;
    s[3]! ^= s[1]!;
    s[1]! ^= s[2]!;
    s[0]! ^= s[3]!;
    s[2]! ^= shifted;
    s[3] = rotated(s[3]!, 11);
    return result >>> 0;
  }

  /** A number strictly between 0 and 1: the middle of one of 2^52 equal steps, which a double holds exactly. */
  uniform(): number {
    const high = this.next() >>> 6;
    const low = this.next() >>> 6;
    return (high * 67_108_864 + low + 0.5) / 4_503_599_627_370_496;
  }
}

/** The generator of one named stream under a seed (any text, as the digest of a run's inputs). */
export function generatorOf(seed: string, stream: string): Xoshiro128 {
  const name = `${seed}\n${stream}`;
  return new Xoshiro128([hashText(name, 1), hashText(name, 2), hashText(name, 3), hashText(name, 4) | 1]);
}

/** `count` independent standard normal draws of a stream: uniform draws through the normal quantile. */
export function normalDraws(seed: string, stream: string, count: number): Float64Array {
  const generator = generatorOf(seed, stream);
  const draws = new Float64Array(count);
  for (let n = 0; n < count; n++) draws[n] = normalQuantile(generator.uniform());
  return draws;
}
