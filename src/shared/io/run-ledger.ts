import { z } from 'zod';
import { limitsPassed, type Prices, type RunLimits } from '../contracts/run-cost.ts';
import { CitysinkError } from '../errors.ts';
import type { Taken } from './store-meter.ts';

/**
 * What workers took for a run, and what it may take, beside the queue in Redis. Lost with Redis, and then the manifest
 * says less; no figure rests upon it.
 */

/** The commands of Redis that are used. */
export interface LedgerCommands {
  hgetall(key: string): Promise<Record<string, string>>;
  hset(key: string, values: Record<string, string>): Promise<unknown>;
  hdel(key: string, ...fields: string[]): Promise<unknown>;
  hincrby(key: string, field: string, by: number): Promise<unknown>;
  expire(key: string, seconds: number): Promise<unknown>;
}

/** As long as a failed run is kept. */
const KEPT_S = 7 * 24 * 3_600;

/** Sums over all attempts at tiles. */
export interface LedgerSums {
  /** Attempts at tiles, whatever became of them. */
  readonly attempts: number;
  readonly requests: number;
  readonly bytes: number;
  /** Heads and writes. */
  readonly others: number;
  /** Seconds that workers were at tiles, reading and counting. */
  readonly seconds: number;
}

const limitsSchema = z.object({
  limits: z.object({ requests: z.number().nullable(), bytes: z.number().nullable(), cost: z.number().nullable() }),
  prices: z
    .object({
      per1000Gets: z.number().nullable(),
      perGb: z.number().nullable(),
      perVcpuHour: z.number().nullable(),
      currency: z.string(),
    })
    .nullable(),
  /** What had been taken when the limits were set: they are those of one request. */
  before: z.object({ requests: z.number(), bytes: z.number(), seconds: z.number() }),
});

export class RunLedger {
  private readonly redis: LedgerCommands;
  private readonly key: string;

  constructor(redis: LedgerCommands, key: string) {
    this.redis = redis;
    this.key = key;
  }

  /** `attempts`: at tiles; 0 where maps were drawn. */
  async add({ gets, bytes, others }: Taken, seconds: number, attempts: number): Promise<void> {
    await Promise.all([
      this.redis.hincrby(this.key, 'attempts', attempts),
      this.redis.hincrby(this.key, 'gets', gets),
      this.redis.hincrby(this.key, 'bytes', bytes),
      this.redis.hincrby(this.key, 'others', others),
      this.redis.hincrby(this.key, 'millis', Math.round(seconds * 1000)),
      this.redis.expire(this.key, KEPT_S),
    ]);
  }

  async sums(): Promise<LedgerSums> {
    return sumsOf(await this.redis.hgetall(this.key));
  }

  /** Limits of what is taken from now on; without any, those of before are forgotten. */
  async limit(limits: RunLimits, prices: Prices | null): Promise<void> {
    if (limits.requests === null && limits.bytes === null && limits.cost === null) {
      await this.redis.hdel(this.key, 'limits');
      return;
    }
    const { requests, bytes, seconds } = await this.sums();
    const text = JSON.stringify({ limits, prices, before: { requests, bytes, seconds } });
    await this.redis.hset(this.key, { limits: text });
    await this.redis.expire(this.key, KEPT_S);
  }

  /** A Redis that does not answer refuses nothing: its loss may cost time and no tile. Errors: BUDGET_SPENT, with what was taken and the limit. */
  async refuseSpent(run: string): Promise<void> {
    const stored = await this.redis.hgetall(this.key).catch(() => null);
    if (stored?.limits === undefined) return;
    const { limits, prices, before } = limitsSchema.parse(JSON.parse(stored.limits));
    const sums = sumsOf(stored);
    const taken = {
      requests: sums.requests - before.requests,
      bytes: sums.bytes - before.bytes,
      seconds: sums.seconds - before.seconds,
    };
    const passed = limitsPassed(taken, limits, prices);
    if (passed.length > 0) throw new CitysinkError('BUDGET_SPENT', `run ${run} took ${passed.join('; ')}`);
  }
}

function sumsOf(stored: Readonly<Record<string, string>>): LedgerSums {
  const number = (field: string) => Number(stored[field] ?? 0);
  return {
    attempts: number('attempts'),
    requests: number('gets'),
    bytes: number('bytes'),
    others: number('others'),
    seconds: number('millis') / 1000,
  };
}
