/** What a run takes, what that costs, and what it may take. */

/** Of one run or one quote. */
export interface Amounts {
  /** GETs of scenes' blocks, those that were made again among them. */
  readonly requests: number;
  readonly bytes: number;
  /** Seconds of one core. */
  readonly seconds: number;
}

/** Money; null: no price is configured for it, and it counts as nothing. */
export interface Prices {
  readonly per1000Gets: number | null;
  /** Per 10^9 bytes that leave the store. */
  readonly perGb: number | null;
  readonly perVcpuHour: number | null;
  readonly currency: string;
}

/** Most that a run may take; null: no limit. */
export interface RunLimits {
  readonly requests: number | null;
  readonly bytes: number | null;
  readonly cost: number | null;
}

export const NO_LIMITS: RunLimits = { requests: null, bytes: null, cost: null };

/** null where no price is known at all. */
export function costOf({ requests, bytes, seconds }: Amounts, prices: Prices | null): number | null {
  if (prices === null) return null;
  const { per1000Gets, perGb, perVcpuHour } = prices;
  return (requests / 1000) * (per1000Gets ?? 0) + (bytes / 1e9) * (perGb ?? 0) + (seconds / 3600) * (perVcpuHour ?? 0);
}

/** Which limits are passed, each in words with both numbers; none: the run may go on. */
export function limitsPassed(amounts: Amounts, limits: RunLimits, prices: Prices | null): string[] {
  const cost = costOf(amounts, prices);
  const passed: string[] = [];
  if (limits.requests !== null && amounts.requests > limits.requests) {
    passed.push(`${amounts.requests} requests, at most ${limits.requests} (--max-requests)`);
  }
  if (limits.bytes !== null && amounts.bytes > limits.bytes) {
    passed.push(`${amounts.bytes} bytes, at most ${limits.bytes} (--max-bytes)`);
  }
  if (limits.cost !== null && cost !== null && cost > limits.cost) {
    passed.push(`${moneyText(cost, prices)}, at most ${moneyText(limits.cost, prices)} (--max-cost)`);
  }
  return passed;
}

/** Four digits that count: amounts of a run may be small. */
export function moneyText(amount: number, prices: Prices | null): string {
  return `${Number(amount.toPrecision(4))} ${prices?.currency ?? ''}`.trim();
}
