import { describe, expect, it } from 'vitest';
import { normalQuantile, Z_95 } from '../../../../src/shared/carbon/normal-quantile.ts';
import { exponential, naturalLog } from '../../../../src/shared/carbon/portable-logs.ts';
import { generatorOf, hashText, normalDraws, Xoshiro128 } from '../../../../src/shared/carbon/random-draws.ts';

/** From an independent program in Python with scipy's quantile, which agrees to the last digit or two. */
const BITS = [-0.5939208759276825, -1.8153017425072664, -0.2073468900900895];

describe('the generator', () => {
  it('gives the first words of the reference program from the state 1, 2, 3, 4', () => {
    const generator = new Xoshiro128([1, 2, 3, 4]);
    const words = [generator.next(), generator.next(), generator.next(), generator.next()];
    expect(words).toEqual([11_520, 0, 5_927_040, 70_819_200]);
  });

  it('hashes texts as the published MurmurHash3 does', () => {
    expect(hashText('', 0)).toBe(0);
    expect(hashText('', 1)).toBe(0x514e28b7);
    expect(hashText('test', 0)).toBe(0xba6bd213);
    expect(hashText('Hello, world!', 0)).toBe(0xc0363e43);
    expect(hashText('The quick brown fox jumps over the lazy dog', 0)).toBe(0x2e4ff723);
  });

  it('refuses the one state that it would never leave', () => {
    expect(() => new Xoshiro128([0, 0, 0, 0])).toThrow(RangeError);
  });

  it('gives uniform numbers over all tenths, and never 0 or 1', () => {
    const generator = generatorOf('a seed', 'a stream');
    const tenths = new Array<number>(10).fill(0);
    for (let n = 0; n < 100_000; n++) {
      const u = generator.uniform();
      if (!(u > 0 && u < 1)) throw new Error(`draw ${n} is ${u}`);
      tenths[Math.floor(u * 10)]! += 1;
    }
    // Binomial deviation: sqrt(100,000 x 0.1 x 0.9) = 95.
    for (const count of tenths) expect(Math.abs(count - 10_000)).toBeLessThan(400);
  });
});

describe('normal draws', () => {
  it('are these bits, whatever machine makes them', () => {
    expect([...normalDraws('digest', 'class 10 soil', 3)]).toEqual(BITS);
  });

  it('have the first four moments of a standard normal distribution', () => {
    const draws = normalDraws('digest', 'moments', 200_000);
    const moment = (power: number) => draws.reduce((sum, z) => sum + z ** power, 0) / draws.length;
    expect(Math.abs(moment(1))).toBeLessThan(4 / Math.sqrt(200_000));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(4 * Math.sqrt(2 / 200_000));
    expect(Math.abs(moment(3))).toBeLessThan(4 * Math.sqrt(15 / 200_000));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(4 * Math.sqrt(96 / 200_000));
  });

  it('of two streams of a seed do not correlate, nor does a stream with its own past', () => {
    const a = normalDraws('digest', 'class 1 soil', 50_000);
    const b = normalDraws('digest', 'class 2 soil', 50_000);
    const mean = (of: (n: number) => number) => a.reduce((sum, _, n) => sum + of(n), 0) / a.length;
    expect(Math.abs(mean((n) => a[n]! * b[n]!))).toBeLessThan(4 / Math.sqrt(50_000));
    expect(Math.abs(mean((n) => a[n]! * (a[n - 1] ?? 0)))).toBeLessThan(4 / Math.sqrt(50_000));
  });
});

describe('the normal quantile', () => {
  it.each([
    // scipy.stats.norm.ppf
    [0.975, 1.959963984540054],
    [0.25, -0.6744897501960817],
    [0.001, -3.090232306167813],
    [1e-20, -9.262340089798409],
  ])('of %s is %s', (p, z) => {
    expect(Math.abs(normalQuantile(p) / z - 1)).toBeLessThan(1e-15);
  });

  it('is symmetric, and gives the constant of 95 % intervals', () => {
    expect(normalQuantile(0.125)).toBe(-normalQuantile(0.875));
    expect(normalQuantile(0.5)).toBe(0);
    expect(normalQuantile(0.975)).toBeCloseTo(Z_95, 14);
  });

  it.each([0, 1, -0.1, Number.NaN])('of %s does not exist', (p) => {
    expect(() => normalQuantile(p)).toThrow(RangeError);
  });
});

describe('logarithm and exponential from basic operations', () => {
  it('agree with those of the engine within three units of the last place', () => {
    const generator = generatorOf('digest', 'logs');
    for (let n = 0; n < 5000; n++) {
      const x = (generator.uniform() - 0.5) * 80;
      const power = Math.exp(x);
      expect(Math.abs(exponential(x) / power - 1)).toBeLessThan(3 * Number.EPSILON);
      expect(Math.abs(naturalLog(power) - Math.log(power))).toBeLessThan(3 * Number.EPSILON * Math.abs(x));
    }
  });

  it('are exact where they must be, and refuse what has none', () => {
    expect(naturalLog(1)).toBe(0);
    expect(exponential(0)).toBe(1);
    expect(naturalLog(2)).toBe(Math.LN2);
    expect(() => naturalLog(0)).toThrow(RangeError);
    expect(() => naturalLog(Number.POSITIVE_INFINITY)).toThrow(RangeError);
    expect(() => exponential(701)).toThrow(RangeError);
    expect(() => exponential(Number.NaN)).toThrow(RangeError);
  });
});
