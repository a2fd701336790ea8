import { CitysinkError } from '../../shared/errors.ts';
import { JobQueue } from '../../shared/io/job-queue.ts';
import type { CliContext } from '../context.ts';
import type { LiveQueue } from '../find-run.ts';
import { announcedRedis } from '../live-redis.ts';

/** Queues that a server keeps open: that of REDIS_URL, or those of runs under way on this machine, as they come and go. */

/** A Redis that does not answer within this time counts as down. */
const ANSWER_MS = 2_500;

export class QueueLinks {
  private readonly context: CliContext;
  private readonly links = new Map<string, JobQueue>();

  constructor(context: CliContext) {
    this.context = context;
  }

  /** Queues that answer now, with their runs. Errors: REDIS_UNAVAILABLE where that of REDIS_URL does not. */
  async live(): Promise<LiveQueue[]> {
    const { redisUrl } = this.context.config;
    const urls = redisUrl === null ? await announcedRedis() : [redisUrl];
    await this.dropAllBut(urls);
    const found = await Promise.all(urls.map((url) => this.ask(url)));
    const live = found.filter((one) => one !== null);
    if (redisUrl !== null && live.length === 0) {
      throw new CitysinkError('REDIS_UNAVAILABLE', 'the Redis of REDIS_URL does not answer');
    }
    return live;
  }

  async close(): Promise<void> {
    await this.dropAllBut([]);
  }

  private async ask(url: string): Promise<LiveQueue | null> {
    const queue = this.links.get(url) ?? new JobQueue(url, this.context.config.queuePrefix);
    this.links.set(url, queue);
    const runs = await within(queue.registeredRuns(), ANSWER_MS);
    return runs === null ? null : { queue, runs: new Map(Object.entries(runs)) };
  }

  private async dropAllBut(urls: readonly string[]): Promise<void> {
    for (const [url, queue] of this.links) {
      if (urls.includes(url)) continue;
      this.links.delete(url);
      await within(queue.close(), ANSWER_MS);
    }
  }
}

/** Null where it fails or takes too long. */
export async function within<T>(answer: Promise<T>, ms: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), ms);
  });
  try {
    return await Promise.race([answer.catch(() => null), late]);
  } finally {
    clearTimeout(timer);
  }
}
