import type { Produced } from '../producer/assemble-plan.ts';
import { missingTiles } from '../producer/enqueue.ts';
import type { Estimate } from '../producer/estimate.ts';
import { type Amounts, limitsPassed, type Prices, type RunLimits } from '../shared/contracts/run-cost.ts';
import { CitysinkError } from '../shared/errors.ts';
import type { StoreRegistry } from '../shared/io/open-store.ts';
import { estimateOf } from './commands/plan.ts';

/** What a run may take, and whether its quote is within that. */

export interface BudgetOptions {
  readonly maxRequests?: number;
  readonly maxBytes?: number;
  readonly maxCost?: number;
}

/** Errors: CONFIG_INVALID where money is limited and no price is known. */
export function limitsOf({ maxRequests, maxBytes, maxCost }: BudgetOptions, prices: Prices | null): RunLimits {
  if (maxCost !== undefined && prices === null) {
    const problem = {
      where: '--max-cost',
      message: 'no price is known',
      expected: 'CITYSINK_PRICE_PER_1000_GETS, CITYSINK_PRICE_PER_GB or CITYSINK_PRICE_PER_VCPU_HOUR set',
    };
    throw new CitysinkError('CONFIG_INVALID', 'a limit of money needs prices', { problems: [problem] });
  }
  return { requests: maxRequests ?? null, bytes: maxBytes ?? null, cost: maxCost ?? null };
}

/** What of an estimate is limited and paid for. */
export function quoteOf({ requests, bytes, cpuSeconds }: Estimate): Amounts {
  return { requests, bytes, seconds: cpuSeconds };
}

/** Errors: BUDGET_SPENT, with the quote and each limit that it passes. */
export async function refuseDearRun(
  production: Produced,
  limits: RunLimits,
  prices: Prices | null,
  stores: StoreRegistry,
): Promise<void> {
  const missing = await missingTiles(stores.storeFor(production.runUrl), production.plan, production.tiles);
  const passed = limitsPassed(quoteOf(estimateOf(production, missing)), limits, prices);
  if (passed.length === 0) return;
  throw new CitysinkError('BUDGET_SPENT', `run ${production.plan.run} would take ${passed.join('; ')}`, {
    remedy: 'Raise the limit, or ask for less; nothing was queued.',
  });
}

export function isLimited({ requests, bytes, cost }: RunLimits): boolean {
  return requests !== null || bytes !== null || cost !== null;
}
