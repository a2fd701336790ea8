import { describe, expect, it } from 'vitest';
import { RateMeter } from '../../../src/server/rate-meter.ts';

function metered(...samples: readonly (readonly [number, number])[]): RateMeter {
  const meter = new RateMeter();
  for (const [at, done] of samples) meter.add(at, done);
  return meter;
}

describe('the speed of a run', () => {
  it('is cells over the time that was watched, and what is left at that speed', () => {
    const meter = metered([0, 100], [500, 150], [1000, 300]);
    expect(meter.perSecond()).toBe(200);
    expect(meter.eta(1000)).toBe(5);
  });

  it('is not told from one look, nor from two at once', () => {
    expect(metered([0, 100]).perSecond()).toBeNull();
    expect(metered([0, 100], [100, 200]).perSecond()).toBeNull();
    expect(metered([0, 100]).eta(10)).toBeNull();
  });

  it('is that of the last half minute', () => {
    const seconds = Array.from({ length: 120 }, (_, second) => second);
    const slowing = seconds.map(
      (second) => [second * 1000, second < 60 ? second * 100 : 6000 + (second - 60)] as const,
    );
    expect(metered(...slowing).perSecond()).toBeCloseTo(1, 10);
  });

  it('has no end while nothing moves, and an end where nothing is left', () => {
    const still = metered([0, 100], [5000, 100]);
    expect([still.perSecond(), still.eta(10), still.eta(0)]).toEqual([0, null, 0]);
  });

  it('begins anew where less is done than before', () => {
    expect(metered([0, 500], [1000, 600], [2000, 0], [3000, 10]).perSecond()).toBe(10);
  });
});
