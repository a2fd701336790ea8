import { availableParallelism } from 'node:os';
import type { Config } from '../shared/config.ts';
import { CitysinkError } from '../shared/errors.ts';

/** How many worker processes a verb starts for itself. */

/** Where none were asked for: one a core, or those that serve the queue of REDIS_URL. */
export function workersOf(asked: number | null | undefined, { redisUrl }: Config): number {
  return asked ?? (redisUrl === null ? availableParallelism() : 0);
}

/** A private Redis has no workers but those that are started with it. Errors: CONFIG_INVALID where there are none. */
export function refuseLonely(workers: number, { redisUrl }: Config): void {
  if (workers > 0 || redisUrl !== null) return;
  const problem = {
    where: '--workers',
    message: '0 means workers that run already, and REDIS_URL names no queue that they serve',
    expected: 'REDIS_URL set, or at least 1',
  };
  throw new CitysinkError('CONFIG_INVALID', 'nobody would count the tiles', { problems: [problem] });
}
