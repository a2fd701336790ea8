/** Repeats of transient failures. Clock, pause and dice are handed in, so that tests decide them. */

import type { RetrySettings } from './store-settings.ts';

export interface RetryTools {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Resolves after the pause; rejects with the signal's reason when aborted. */
  readonly sleep: (millis: number, signal?: AbortSignal) => Promise<void>;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Every ten seconds one repeat is earned without requests, so that a quiet process can still retry. */
const TRICKLE_PER_MS = 1 / 10_000;

/**
 * Token bucket shared by all calls of one store: each request earns a fraction of a repeat, each repeat spends one.
 * When a whole service fails, repeats stay a small share of the load in place of multiplying it.
 */
export class RetryBudget {
  readonly #ratio: number;
  readonly #capacity: number;
  readonly #now: () => number;
  #tokens: number;
  #countedAt: number;

  constructor(settings: Pick<RetrySettings, 'budgetRatio' | 'budgetFloor'>, now: () => number) {
    this.#ratio = settings.budgetRatio;
    this.#capacity = Math.max(1, settings.budgetFloor);
    this.#tokens = settings.budgetFloor;
    this.#now = now;
    this.#countedAt = now();
  }

  /** A first attempt was made. */
  earn(): void {
    this.#add(this.#ratio);
  }

  /** Takes one repeat; false when none is left. */
  spend(): boolean {
    const now = this.#now();
    this.#add((now - this.#countedAt) * TRICKLE_PER_MS);
    this.#countedAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  #add(tokens: number): void {
    this.#tokens = Math.min(this.#capacity, this.#tokens + tokens);
  }
}

/** Pause before the repeat after attempt `attempt` (from 1): uniform below the doubled base, so that clients spread. */
export function backoffMs(attempt: number, settings: RetrySettings, random: () => number): number {
  return random() * Math.min(settings.maxDelayMs, settings.baseDelayMs * 2 ** (attempt - 1));
}

export interface RetryCall {
  readonly settings: RetrySettings;
  readonly budget: RetryBudget;
  readonly tools: RetryTools;
  readonly isTransient: (error: unknown) => boolean;
  readonly signal?: AbortSignal;
}

/** Runs `work` until it succeeds, fails for good, or attempts or budget end; then throws its last error. */
export async function withRetry<T>(work: (attempt: number) => Promise<T>, call: RetryCall): Promise<T> {
  call.budget.earn();
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(attempt);
    } catch (error) {
      const ended = attempt >= call.settings.maxAttempts || call.signal?.aborted === true;
      if (ended || !call.isTransient(error) || !call.budget.spend()) throw error;
    }
    await call.tools.sleep(backoffMs(attempt, call.settings, call.tools.random), call.signal);
  }
}
