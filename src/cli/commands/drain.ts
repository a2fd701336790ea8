import { setTimeout as sleep } from 'node:timers/promises';
import { CitysinkError } from '../../shared/errors.ts';
import { JobQueue } from '../../shared/io/job-queue.ts';
import { pingRedis } from '../../shared/io/redis.ts';
import type { CliContext } from '../context.ts';

export interface DrainOptions {
  readonly resume: boolean;
  /** Seconds to wait for what is under way. */
  readonly wait: number;
}

const LOOK_MS = 200;

/** Lets workers finish what they are at and take nothing new, or lets them go on. Exit code 1: some were still at work. */
export async function drainCommand({ resume, wait }: DrainOptions, context: CliContext): Promise<number> {
  const { redisUrl, queuePrefix } = context.config;
  if (redisUrl === null) {
    throw new CitysinkError('CONFIG_INVALID', 'drain needs REDIS_URL: the queue whose workers are meant', {
      problems: [{ where: 'REDIS_URL', message: 'not set', expected: 'redis://host:port' }],
    });
  }
  await pingRedis(redisUrl);
  const queue = new JobQueue(redisUrl, queuePrefix);
  try {
    if (resume) {
      await queue.resume();
      context.print('workers take jobs again');
      return 0;
    }
    await queue.pause();
    const left = await activeAfter(queue, wait * 1000);
    const waits = 'nothing new is taken; runs wait until `citysink drain --resume`';
    context.print(left === 0 ? `no job is under way; ${waits}` : `${left} jobs are still under way; ${waits}`);
    return left === 0 ? 0 : 1;
  } finally {
    await queue.close();
  }
}

async function activeAfter(queue: JobQueue, waitMs: number): Promise<number> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    const { active } = await queue.counts();
    if (active === 0 || performance.now() > deadline) return active;
    await sleep(LOOK_MS);
  }
}
