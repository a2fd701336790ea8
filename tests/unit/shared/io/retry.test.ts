import { describe, expect, it } from 'vitest';
import { backoffMs, RetryBudget, withRetry } from '../../../../src/shared/io/retry.ts';

const SETTINGS = { maxAttempts: 4, baseDelayMs: 100, maxDelayMs: 1000, budgetRatio: 0.1, budgetFloor: 3 };

/** A clock that only pauses move; every pause is written down. */
function fakeTools(random = 0.5) {
  const slept: number[] = [];
  let nowMs = 0;
  const sleep = async (millis: number) => {
    slept.push(millis);
    nowMs += millis;
  };
  return { slept, now: () => nowMs, sleep, random: () => random };
}

function failing(times: number): { work: () => Promise<string>; calls: () => number } {
  let calls = 0;
  const work = async () => {
    calls += 1;
    if (calls <= times) throw new Error(`failure ${calls}`);
    return 'done';
  };
  return { work, calls: () => calls };
}

describe('retry', () => {
  it('repeats transient failures until success, with doubling pauses', async () => {
    const tools = fakeTools();
    const { work, calls } = failing(3);
    const budget = new RetryBudget(SETTINGS, tools.now);
    expect(await withRetry(work, { settings: SETTINGS, budget, tools, isTransient: () => true })).toBe('done');
    expect(calls()).toBe(4);
    expect(tools.slept).toEqual([50, 100, 200]);
  });

  it('ends with the last failure when the attempts are used up', async () => {
    const tools = fakeTools();
    const { work } = failing(9);
    const budget = new RetryBudget({ ...SETTINGS, budgetFloor: 99 }, tools.now);
    const call = { settings: SETTINGS, budget, tools, isTransient: () => true };
    await expect(withRetry(work, call)).rejects.toThrow('failure 4');
  });

  it('does not repeat what cannot get better', async () => {
    const tools = fakeTools();
    const { work, calls } = failing(1);
    const budget = new RetryBudget(SETTINGS, tools.now);
    const call = { settings: SETTINGS, budget, tools, isTransient: () => false };
    await expect(withRetry(work, call)).rejects.toThrow('failure 1');
    expect(calls()).toBe(1);
  });

  it('keeps a failing service at its floor and a tenth more requests', async () => {
    const tools = fakeTools(0);
    const budget = new RetryBudget(SETTINGS, tools.now);
    let requests = 0;
    const work = async () => {
      requests += 1;
      throw new Error('down');
    };
    const call = { settings: SETTINGS, budget, tools, isTransient: () => true };
    for (let index = 0; index < 200; index++) await withRetry(work, call).catch(() => undefined);
    // 200 asked for, 3 of the floor, at most 20 earned.
    expect(requests).toBeGreaterThan(215);
    expect(requests).toBeLessThanOrEqual(223);
  });

  it('earns a repeat from time alone, so that a quiet process can retry again', () => {
    let nowMs = 0;
    const budget = new RetryBudget({ budgetRatio: 0, budgetFloor: 1 }, () => nowMs);
    expect(budget.spend()).toBe(true);
    expect(budget.spend()).toBe(false);
    nowMs += 10_001;
    expect(budget.spend()).toBe(true);
    expect(budget.spend()).toBe(false);
  });

  it('spreads pauses over the whole span and caps them', () => {
    expect(backoffMs(1, SETTINGS, () => 0)).toBe(0);
    expect(backoffMs(1, SETTINGS, () => 0.99)).toBeCloseTo(99);
    expect(backoffMs(20, SETTINGS, () => 0.5)).toBe(500);
  });
});
