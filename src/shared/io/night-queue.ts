import { type Job, Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { connectClient, connectWorker } from './redis.ts';
import { sha256 } from './stored-json.ts';

/**
 * The bells of schedules on BullMQ: its job schedulers ring at their times, one service at a time answers. A bell says "look at the
 * ledger" and nothing else, so a lost, doubled or early one changes nothing but when somebody looks.
 */

/** Of the schedules of one results root: those of two may share a Redis and have the same names. */
const queueName = (root: string) => `nights-${sha256(root).slice(0, 8)}`;

/** A service that was killed is noticed after lock + interval. */
const LOCK_MS = 30_000;
const STALLED_CHECK_MS = 15_000;
/** A bell whose service was lost so often stays silent; the next look finds what is owed all the same. */
const MOST_LOST = 10;

/** When a bell rings. */
export interface Bell {
  readonly schedule: string;
  readonly cron: string;
  readonly tz: string;
}

export class NightQueue {
  private readonly connection: Redis;
  private readonly queue: Queue;
  private readonly redisUrl: string;
  private readonly prefix: string;
  private readonly name: string;

  /** `root`: folder URL of the results root that has the schedules. */
  constructor(redisUrl: string, prefix: string, root: string) {
    this.redisUrl = redisUrl;
    this.prefix = prefix;
    this.name = queueName(root);
    this.connection = connectClient(redisUrl);
    this.queue = new Queue(this.name, { connection: this.connection, prefix });
    // Outages are shown by the commands that fail; the event itself must only not end the process.
    this.queue.on('error', () => {});
  }

  /** Makes the bells those of the list: missing ones are hung up again, after Redis was lost for one, others taken down. */
  async hangUp(bells: readonly Bell[]): Promise<void> {
    const hanging = new Map((await this.queue.getJobSchedulers()).map((bell) => [bell.key, bell]));
    for (const { schedule, cron, tz } of bells) {
      const there = hanging.get(schedule);
      hanging.delete(schedule);
      if (there !== undefined && there.pattern === cron && there.tz === tz) continue;
      const template = { name: 'bell', data: { v: 1, schedule }, opts: { removeOnComplete: true, removeOnFail: true } };
      await this.queue.upsertJobScheduler(schedule, { pattern: cron, tz }, template);
    }
    for (const key of hanging.keys()) await this.queue.removeJobScheduler(key);
  }

  /** Rings now; a schedule whose look waits or is under way is not rung twice. */
  async ring(schedule: string): Promise<void> {
    const opts = { jobId: `look-${schedule}`, removeOnComplete: true, removeOnFail: true };
    await this.queue.add('look', { v: 1, schedule }, opts);
  }

  /** Names of schedules whose bells hang, with the time that each rings next, ms. */
  async hanging(): Promise<Map<string, number | null>> {
    const bells = await this.queue.getJobSchedulers();
    return new Map(bells.map((bell) => [bell.key, bell.next ?? null]));
  }

  /** Answers bells until closed. What `answer` throws is told by `failed`, and the bell is over. */
  serve(answer: (data: unknown) => Promise<void>, failed: (error: unknown) => void): NightService {
    return new NightService(this.redisUrl, this.prefix, this.name, async (job) => {
      await answer(job.data).catch(failed);
    });
  }

  async close(): Promise<void> {
    await this.queue.close().catch(() => {});
    this.connection.disconnect();
  }
}

/** The side that answers, with its own blocking connection. */
export class NightService {
  private readonly connection: Redis;
  private readonly worker: Worker;

  constructor(redisUrl: string, prefix: string, name: string, process: (job: Job) => Promise<void>) {
    this.connection = connectWorker(redisUrl);
    this.worker = new Worker(name, process, {
      connection: this.connection,
      prefix,
      concurrency: 4,
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_CHECK_MS,
      maxStalledCount: MOST_LOST,
    });
    this.worker.on('error', () => {}); // Outages of Redis: BullMQ reconnects by itself.
  }

  /** Takes no further bell; those under way are waited for up to the deadline, then left to another service. */
  async close(deadlineMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), deadlineMs);
    });
    const closed = this.worker.close().then(
      () => 'closed' as const,
      () => 'late' as const,
    );
    if ((await Promise.race([closed, late])) === 'late') void this.worker.close(true).catch(() => {});
    clearTimeout(timer);
    this.connection.disconnect();
  }
}
