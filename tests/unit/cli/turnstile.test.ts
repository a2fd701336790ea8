import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Turnstile } from '../../../src/cli/turnstile.ts';

describe('a turnstile', () => {
  it('lets no more through at once than it is wide, in the order in which they came', async () => {
    const turnstile = new Turnstile(2);
    let [inside, most] = [0, 0];
    const order: number[] = [];
    const pass = (name: number) =>
      turnstile.pass(async () => {
        inside += 1;
        most = Math.max(most, inside);
        order.push(name);
        await sleep(5);
        inside -= 1;
        if (name === 1) throw new RangeError('one of them fails');
        return name;
      });
    const outcomes = await Promise.allSettled([0, 1, 2, 3, 4].map(pass));
    expect(most).toBe(2);
    expect(order).toEqual([0, 1, 2, 3, 4]);
    expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual([true, false, true, true, true]);
  });
});
