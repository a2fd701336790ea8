import { FlowProducer, type Job, type JobsOptions, Queue, type Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { GroupJob, RunJob, TileJob } from '../contracts/tile-job.ts';
import type { CitysinkError } from '../errors.ts';
import { decodeFailure, groupErrors, guarded, type TileFailure, tileFailures, tileOfKey } from './job-failures.ts';
import { connectClient, connectWorker } from './redis.ts';
import { RunLedger } from './run-ledger.ts';
import { WatchedWorker } from './watched-worker.ts';

/**
 * The only door to BullMQ. One run is a job that waits for its groups; a group waits for its tiles (at most 500).
 *
 * Redis is disposable: nothing here is the truth about a run. Ids are made from the run, so queueing twice adds nothing.
 */

const TILES = 'tiles';
const REDUCE = 'reduce';

/** Attempts at a tile whose failure may pass, with growing, jittered pauses: about half a minute in all. */
const TILE_ATTEMPTS = 5;
const REDUCE_ATTEMPTS = 5;
const BACKOFF = { type: 'exponential', delay: 1_000, jitter: 0.5 } as const;

/** A worker that was killed is noticed after lock + interval; compute threads leave the loop free to renew in time. */
const LOCK_MS = 15_000;
const STALLED_CHECK_MS = 5_000;

/** How often a tile may lose its worker before it is given up as WORKER_LOST. */
const MAX_LOST_WORKERS = 5;

/** The gate holds a run back until all its groups are queued; if the producer dies, the next one opens it. */
const GATE_DELAY_MS = 7 * 24 * 3_600_000;
/** Tiles under way that are looked at: more than any number of workers has. */
const MOST_ACTIVE = 10_000;
const CANCEL_MARK_S = 24 * 3_600;
const FAILED_RUN_AGE_S = 7 * 24 * 3_600;

export interface TileGroup {
  readonly job: GroupJob;
  readonly tiles: readonly TileJob[];
  /** Turn of each tile, 0 first; tiles of one turn are taken in the order in which they came. Absent: all at once. */
  readonly turns?: readonly number[];
}

/** `absent`: Redis knows nothing of the run. */
export type QueuedState = 'absent' | 'queueing' | 'working' | 'failed';

/** One group of a run as Redis has it. */
export interface GroupProgress {
  /** Tiles, by their place in the plan, that are neither done nor given up. */
  readonly open: readonly number[];
  readonly failures: readonly TileFailure[];
}

export interface Attempt {
  readonly signal: AbortSignal;
  readonly last: boolean;
}

export interface JobHandlers {
  tile(data: unknown, attempt: Attempt): Promise<void>;
  group(data: unknown, failures: readonly TileFailure[]): Promise<void>;
  /** `groupErrors`: of groups that failed themselves, and so left tiles unexplained. */
  run(data: unknown, groupErrors: readonly CitysinkError[]): Promise<void>;
}

export class JobQueue {
  private readonly connection: Redis;
  private readonly flows: FlowProducer;
  private readonly tiles: Queue;
  private readonly reduce: Queue;
  private readonly redisUrl: string;
  private readonly prefix: string;

  constructor(redisUrl: string, prefix: string) {
    this.redisUrl = redisUrl;
    this.prefix = prefix;
    this.connection = connectClient(redisUrl);
    const options = { connection: this.connection, prefix };
    this.flows = new FlowProducer(options);
    this.tiles = new Queue(TILES, options);
    this.reduce = new Queue(REDUCE, options);
    // Outages are shown by the commands that fail; the event itself must only not end the process.
    this.flows.on('error', () => {});
    this.tiles.on('error', () => {});
    this.reduce.on('error', () => {});
  }

  /**
   * Queues what a run still lacks. What is queued already stays as it is; a failed or finished leftover is replaced.
   * `later`: tiles of further groups that follow by `addGroups`; the run waits for them.
   */
  async enqueueRun(run: string, job: RunJob, groups: Iterable<TileGroup>, later = 0): Promise<void> {
    await this.connection.del(this.cancelKey(run));
    if ((await this.runState(run)) === 'failed') await this.removeRun(run);
    await this.flows.add({
      name: 'run',
      queueName: REDUCE,
      data: job,
      opts: {
        jobId: run,
        attempts: REDUCE_ATTEMPTS,
        backoff: BACKOFF,
        removeOnComplete: true,
        removeOnFail: { age: FAILED_RUN_AGE_S },
      },
      children: [
        { name: 'gate', queueName: REDUCE, data: {}, opts: { ...CHILD, jobId: gateId(run), delay: GATE_DELAY_MS } },
      ],
    });
    await this.addGroups(run, groups, later);
  }

  /** Adds groups to a run that waits for them; where none is to follow its gate opens. */
  async addGroups(run: string, groups: Iterable<TileGroup>, later: number): Promise<void> {
    for (const group of groups) await this.addGroup(run, group);
    if (later > 0) await this.connection.hset(this.laterKey, run, later);
    else {
      await this.connection.hdel(this.laterKey, run);
      await this.openGate(run);
    }
  }

  private get laterKey(): string {
    return `${this.prefix}:later`;
  }

  /** Tiles of a run that Redis has no room for yet, as who queues them said last. */
  async tilesLater(run: string): Promise<number> {
    return Number((await this.connection.hget(this.laterKey, run)) ?? 0);
  }

  private async openGate(run: string): Promise<void> {
    const gate = await this.reduce.getJob(gateId(run));
    if (!gate || !(await gate.isDelayed())) return;
    await gate.promote().catch(async (error: unknown) => {
      // Another producer of the same run was faster.
      if (await gate.isDelayed()) throw error;
    });
  }

  private async addGroup(run: string, group: TileGroup): Promise<void> {
    const parent = { id: run, queue: `${this.prefix}:${REDUCE}` };
    await this.flows.add({
      name: 'group',
      queueName: REDUCE,
      data: group.job,
      opts: { ...CHILD, jobId: groupId(run, group.job.group), attempts: REDUCE_ATTEMPTS, backoff: BACKOFF, parent },
      children: group.tiles.map((tile, index) => ({
        name: 'tile',
        queueName: TILES,
        data: tile,
        opts: {
          ...CHILD,
          jobId: tileId(run, tile.tile),
          attempts: TILE_ATTEMPTS,
          backoff: BACKOFF,
          ...turnOf(group, index),
        },
      })),
    });
  }

  async runState(run: string): Promise<QueuedState> {
    const job = await this.reduce.getJob(run);
    if (!job) return 'absent';
    const state = await job.getState();
    if (state === 'failed') return 'failed';
    if (state === 'completed' || state === 'unknown') return 'absent';
    const gate = await this.reduce.getJob(gateId(run));
    return gate && (await gate.isDelayed()) ? 'queueing' : 'working';
  }

  /** Why the run job itself failed, or null. */
  async runFailure(run: string): Promise<CitysinkError | null> {
    const job = await this.reduce.getJob(run);
    return job?.failedReason ? decodeFailure(job.failedReason) : null;
  }

  /** Tiles of these groups that are neither done nor given up. A group that Redis no longer has is finished. */
  async tilesLeft(run: string, groups: readonly number[]): Promise<Map<number, number>> {
    const left = new Map<number, number>();
    await Promise.all(
      groups.map(async (group) => {
        const job = await this.reduce.getJob(groupId(run, group));
        const counts = job ? await job.getDependenciesCount({ unprocessed: true }) : { unprocessed: 0 };
        left.set(group, counts.unprocessed ?? 0);
      }),
    );
    return left;
  }

  /** What is open and what failed, tile by tile; null: Redis has no such group, for it is finished or not queued. */
  async groupProgress(run: string, group: number): Promise<GroupProgress | null> {
    const job = await this.reduce.getJob(groupId(run, group));
    if (!job) return null;
    const [{ unprocessed = [] }, failures] = await Promise.all([job.getDependencies(), tileFailures(job)]);
    return { open: unprocessed.map(tileOfKey), failures };
  }

  /** Tiles of a run that workers are at now, by their place in the plan. */
  async activeTiles(run: string): Promise<number[]> {
    const ids = await this.tiles.getRanges(['active'], 0, MOST_ACTIVE);
    return ids
      .filter((id) => id.startsWith(`${run}-t`))
      .map(tileOfKey)
      .filter((tile) => tile >= 0);
  }

  /** Takes all waiting tiles of a run away and marks it, so that workers and the reducer stop. */
  async cancel(run: string, groupCount: number): Promise<void> {
    await this.connection.set(this.cancelKey(run), '1', 'EX', CANCEL_MARK_S);
    for (let group = 0; group < groupCount; group++) {
      const job = await this.reduce.getJob(groupId(run, group));
      await job?.removeUnprocessedChildren();
    }
    await this.openGate(run);
  }

  async isCancelled(run: string): Promise<boolean> {
    return (await this.connection.exists(this.cancelKey(run))) === 1;
  }

  /** The same for work under way: a Redis that does not answer stops nothing, for its loss may cost time and no result. */
  async isToldToStop(run: string): Promise<boolean> {
    return this.isCancelled(run).catch(() => false);
  }

  private cancelKey(run: string): string {
    return `${this.prefix}:cancelled:${run}`;
  }

  private async removeRun(run: string): Promise<void> {
    const job = await this.reduce.getJob(run);
    await job?.remove({ removeChildren: true });
  }

  /** Remembers where a run lives, so that `status` and `cancel` find it by name. Lost with Redis, and harmless then. */
  async registerRun(run: string, runUrl: string): Promise<void> {
    await this.connection.hset(`${this.prefix}:runs`, run, runUrl);
  }

  async registeredRuns(): Promise<Record<string, string>> {
    return this.connection.hgetall(`${this.prefix}:runs`);
  }

  async forgetRun(run: string): Promise<void> {
    await this.connection.hdel(`${this.prefix}:runs`, run);
    await this.connection.hdel(this.laterKey, run);
  }

  /** Workers take no new job until `resume`; those under way go on. */
  async pause(): Promise<void> {
    await Promise.all([this.tiles.pause(), this.reduce.pause()]);
  }

  async resume(): Promise<void> {
    await Promise.all([this.tiles.resume(), this.reduce.resume()]);
  }

  /** What workers took for a run, and what it may take. */
  ledger(run: string): RunLedger {
    return new RunLedger(this.connection, `${this.prefix}:took:${run}`);
  }

  /** Milliseconds that the tile which waits longest has waited; 0: none waits. */
  async oldestWaitingMs(): Promise<number> {
    const [job] = await this.tiles.getJobs(['wait', 'prioritized'], 0, 0, true);
    return job === undefined ? 0 : Math.max(0, Date.now() - job.timestamp);
  }

  /** Worker processes that listen for tiles now. */
  async workerCount(): Promise<number> {
    return this.tiles.getWorkersCount();
  }

  /** Jobs by state over both queues. */
  async counts(): Promise<{ waiting: number; active: number; delayed: number }> {
    const all = await Promise.all(
      [this.tiles, this.reduce].map((q) => q.getJobCounts('wait', 'active', 'delayed', 'prioritized')),
    );
    const sum = (name: string) => all.reduce((total, counts) => total + (counts[name] ?? 0), 0);
    return { waiting: sum('wait') + sum('prioritized'), active: sum('active'), delayed: sum('delayed') };
  }

  /** Starts taking jobs. */
  serve(
    handlers: JobHandlers,
    settings: { readonly concurrency: number; readonly tileDeadlineMs: number },
  ): QueueService {
    return new QueueService(this.redisUrl, this.prefix, handlers, settings);
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.flows.close(), this.tiles.close(), this.reduce.close()]);
    this.connection.disconnect();
  }
}

const CHILD: JobsOptions & { ignoreDependencyOnFailure: boolean } = {
  removeOnComplete: true,
  removeOnFail: true,
  ignoreDependencyOnFailure: true,
};

/** BullMQ takes jobs without a priority first, then those of the least number. */
function turnOf({ turns }: TileGroup, index: number): { priority?: number } {
  const turn = turns?.[index] ?? 0;
  return turn === 0 ? {} : { priority: turn };
}

// BullMQ forbids ':' in ids, and ids that are integers.
const gateId = (run: string) => `${run}-gate`;
const groupId = (run: string, group: number) => `${run}-g${group}`;
const tileId = (run: string, tile: number) => `${run}-t${tile}`;

/** The consuming side of a process: tiles and reductions, each with its own blocking connection. */
export class QueueService {
  private readonly connections: Redis[];
  private readonly workers: Worker[];
  private readonly tileWorker: WatchedWorker;
  private tilesUnderWay = 0;

  constructor(
    redisUrl: string,
    prefix: string,
    handlers: JobHandlers,
    settings: { readonly concurrency: number; readonly tileDeadlineMs: number },
  ) {
    this.connections = [connectWorker(redisUrl), connectWorker(redisUrl)];
    const shared = {
      prefix,
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_CHECK_MS,
      maxStalledCount: MAX_LOST_WORKERS,
    };
    const tile = async (job: Job) => {
      this.tilesUnderWay += 1;
      try {
        await handlers.tile(job.data, attemptOf(job, settings.tileDeadlineMs));
      } finally {
        this.tilesUnderWay -= 1;
      }
    };
    const reduce = (job: Job) => reduceJob(job, handlers);
    this.tileWorker = new WatchedWorker(TILES, guarded(tile), {
      ...shared,
      connection: this.connections[0]!,
      concurrency: settings.concurrency,
    });
    this.workers = [
      this.tileWorker,
      new WatchedWorker(REDUCE, guarded(reduce), { ...shared, connection: this.connections[1]!, concurrency: 2 }),
    ];
    for (const worker of this.workers) worker.on('error', () => {}); // Outages of Redis: BullMQ reconnects by itself.
  }

  /** Whether a tile is under way (each has its own deadline), or work was asked for within this time. */
  isAtWork(withinMs: number): boolean {
    return this.tilesUnderWay > 0 || this.tileWorker.askedAgoMs < withinMs;
  }

  /** Takes no new job and waits for those under way; after the deadline they are left to other workers. */
  async drain(deadlineMs: number): Promise<'drained' | 'abandoned'> {
    const closed = Promise.all(this.workers.map((worker) => worker.close()));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'abandoned'>((resolve) => {
      timer = setTimeout(() => resolve('abandoned'), deadlineMs);
    });
    const outcome = await Promise.race([
      closed.then(
        () => 'drained' as const,
        () => 'abandoned' as const,
      ),
      late,
    ]);
    clearTimeout(timer);
    if (outcome === 'abandoned') void Promise.allSettled(this.workers.map((worker) => worker.close(true)));
    for (const connection of this.connections) connection.disconnect();
    return outcome;
  }
}

function attemptOf(job: Job, deadlineMs: number): Attempt {
  return { signal: AbortSignal.timeout(deadlineMs), last: job.attemptsMade + 1 >= (job.opts.attempts ?? 1) };
}

async function reduceJob(job: Job, handlers: JobHandlers): Promise<void> {
  if (job.name === 'run') return handlers.run(job.data, await groupErrors(job));
  if (job.name === 'group') return handlers.group(job.data, await tileFailures(job));
}
