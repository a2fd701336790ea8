import { JobQueue } from '../shared/io/job-queue.ts';
import { startPrivateRedis } from '../shared/io/private-redis.ts';
import { pingRedis } from '../shared/io/redis.ts';
import type { CliContext } from './context.ts';
import { announceRedis } from './live-redis.ts';
import { WorkerProcesses } from './worker-processes.ts';

/** What a run needs beside its plan: a queue, and workers of its own. */
export interface Engine {
  readonly queue: JobQueue;
  /** Of its Redis; may hold a password. */
  readonly redisUrl: string;
  readonly workers: WorkerProcesses;
  /** `interrupted`: let workers finish the tiles that they are at. */
  stop(interrupted: boolean): Promise<void>;
}

/** Redis as REDIS_URL says, or a private one; and `workers` worker processes on it. */
export async function startEngine(context: CliContext, workers: number): Promise<Engine> {
  const { redisUrl, queuePrefix, environment } = context.config;
  const own = redisUrl === null ? await startPrivateRedis(environment.PATH ?? '') : null;
  const url = own?.url ?? (redisUrl as string);
  if (own === null) await pingRedis(url);
  const forget = own === null ? async () => {} : await announceRedis(url);
  const processes = new WorkerProcesses(context, workers, url);
  const queue = new JobQueue(url, queuePrefix);
  return {
    queue,
    redisUrl: url,
    workers: processes,
    async stop(interrupted) {
      // Other runs may share Redis and have tiles with these workers; a private queue ends with them.
      await processes.stop(own === null || interrupted ? 'drain' : 'at once');
      await queue.close();
      await forget();
      await own?.stop();
    },
  };
}
