import { setTimeout as sleep } from 'node:timers/promises';
import type { Produced } from '../producer/assemble-plan.ts';
import { enqueue, enqueueMore, groupOfTile, missingTiles, WINDOW_GROUPS } from '../producer/enqueue.ts';
import { type Manifest, parseManifest } from '../shared/contracts/manifest.ts';
import { RUN_FILES } from '../shared/contracts/run-places.ts';
import { GROUP_TILES } from '../shared/contracts/tile-job.ts';
import { CitysinkError, toCitysinkError } from '../shared/errors.ts';
import type { JobQueue } from '../shared/io/job-queue.ts';
import { joinUrl } from '../shared/io/store-url.ts';
import { readJsonIfThere } from '../shared/io/stored-json.ts';
import type { CliContext } from './context.ts';
import { Progress, type ProgressView } from './progress.ts';

/** Queues a run and waits for its manifest, queueing again what a lost Redis forgot. */

const SHORTEST_POLL_MS = 40;
const LONGEST_POLL_MS = 500;
/** A pause is this share of the time that the run has taken so far: its end is seen within that share. */
const POLL_SHARE = 0.03;

/** Redis may be away this long before the wait ends; the run itself can be gone on with later. */
const REDIS_PATIENCE_MS = 60_000;

/** A queue that nobody serves is told after this time. */
const LONELY_MS = 5_000;

/** Times that a run is queued again after tiles vanished without a trace. */
const MAX_REPAIRS = 20;

export interface AwaitedRun {
  readonly manifest: Manifest;
  readonly tilesReused: number;
  readonly tilesQueued: number;
}

export async function awaitRun(
  context: CliContext,
  queue: JobQueue,
  produced: Produced,
  signal: AbortSignal,
  progress?: ProgressView,
): Promise<AwaitedRun> {
  const { plan, tiles } = produced;
  const store = context.stores.storeFor(produced.runUrl);
  const missing = await missingTiles(store, plan, tiles);
  const reused = tiles.length - missing.length;
  const watch = new RunWatch(context, queue, produced, missing, progress);
  try {
    const manifest = await watch.untilManifest(signal);
    return { manifest, tilesReused: reused, tilesQueued: missing.length };
  } finally {
    watch.end();
  }
}

class RunWatch {
  private readonly context: CliContext;
  private readonly queue: JobQueue;
  private readonly produced: Produced;
  private readonly progress: ProgressView;
  private readonly cellsPerTile: number;
  private readonly reused: number;
  private openGroups: number[];
  /** Tiles that are not queued yet; null: all are. Kept until queueing has gone through, for Redis may be lost in it. */
  private toQueue: readonly number[] | null;
  /** Tiles that Redis has no room for yet, in whole groups. */
  private later: readonly number[] = [];
  private repairs = 0;
  private readonly started = performance.now();
  private toldLonely = false;
  private lastAnswer = performance.now();

  constructor(
    context: CliContext,
    queue: JobQueue,
    produced: Produced,
    missing: readonly number[],
    progress?: ProgressView,
  ) {
    this.context = context;
    this.queue = queue;
    this.produced = produced;
    const { plan, tiles } = produced;
    this.reused = tiles.length - missing.length;
    this.progress = progress ?? new Progress(context, `${plan.city} ${plan.run}`, this.reused);
    const cells = tiles.reduce((sum, [, , rows, cols]) => sum + rows * cols, 0);
    this.cellsPerTile = tiles.length === 0 ? 0 : cells / tiles.length;
    this.openGroups = [];
    this.toQueue = missing;
  }

  async untilManifest(signal: AbortSignal): Promise<Manifest> {
    for (;;) {
      signal.throwIfAborted();
      const manifest = await this.look();
      if (manifest !== null) return manifest;
      const share = (performance.now() - this.started) * POLL_SHARE;
      await sleep(Math.min(LONGEST_POLL_MS, Math.max(SHORTEST_POLL_MS, share)), undefined, { signal });
    }
  }

  end(): void {
    this.progress.end();
  }

  private async look(): Promise<Manifest | null> {
    try {
      const found = await this.lookAtQueue();
      this.lastAnswer = performance.now();
      return found;
    } catch (thrown) {
      const error = toCitysinkError(thrown);
      if (error.code !== 'INTERNAL') throw error;
      // Commands to a Redis that is away fail with the client's own errors.
      if (performance.now() - this.lastAnswer < REDIS_PATIENCE_MS) return null;
      throw new CitysinkError(
        'REDIS_UNAVAILABLE',
        `Redis has not answered for ${REDIS_PATIENCE_MS / 1000} s: ${error.message}`,
        { cause: thrown },
      );
    }
  }

  /** The store is asked only when the queue has nothing more to say. */
  private async lookAtQueue(): Promise<Manifest | null> {
    const { plan, runUrl } = this.produced;
    await this.queueTiles();
    const state = await this.queue.runState(plan.run);
    if (state === 'working' || state === 'queueing') {
      await this.showProgress();
      return null;
    }
    const stored = await readJsonIfThere(this.context.stores.storeFor(runUrl), joinUrl(runUrl, RUN_FILES.manifest));
    if (stored !== null) return parseManifest(stored);
    const failure = state === 'failed' ? await this.queue.runFailure(plan.run) : null;
    if (failure !== null && failure.code !== 'TILES_MISSING') throw failure;
    await this.repair();
    return null;
  }

  private async showProgress(): Promise<void> {
    const { run } = this.produced.plan;
    const left = await this.queue.tilesLeft(run, this.openGroups);
    this.openGroups = this.openGroups.filter((group) => (left.get(group) ?? 0) > 0);
    const unqueued = this.later.length;
    await this.queueLater();
    const tilesAll = this.produced.tiles.length;
    const tilesDone = tilesAll - unqueued - [...left.values()].reduce((sum, count) => sum + count, 0);
    if (tilesDone < tilesAll) await this.refuseOverspent();
    if (tilesDone === this.reused) await this.tellIfLonely();
    this.progress.show({ tilesDone, tilesAll, cellsDone: (tilesDone - this.reused) * this.cellsPerTile });
  }

  /** Keeps the window of queued tiles full. */
  private async queueLater(): Promise<void> {
    if (this.later.length === 0 || (await this.queue.isCancelled(this.produced.plan.run))) return;
    const before = this.later;
    this.later = await enqueueMore(this.queue, this.produced, before, WINDOW_GROUPS - this.openGroups.length);
    this.openGroups.push(...groupsOf(before.slice(0, before.length - this.later.length)));
  }

  private async tellIfLonely(): Promise<void> {
    if (this.toldLonely || performance.now() - this.started < LONELY_MS) return;
    if ((await this.queue.workerCount()) > 0) return;
    this.toldLonely = true;
    this.progress.end();
    this.context.note('no worker listens on this queue yet; start some with `citysink worker`, or stop with Ctrl-C');
  }

  /** Workers begin no tile of a run that has taken what it may; what is queued of it is taken away. */
  private async refuseOverspent(): Promise<void> {
    const { plan, tiles } = this.produced;
    try {
      await this.queue.ledger(plan.run).refuseSpent(plan.run);
    } catch (error) {
      if (error instanceof CitysinkError && error.code === 'BUDGET_SPENT') {
        await this.queue.cancel(plan.run, Math.ceil(tiles.length / GROUP_TILES));
      }
      throw error;
    }
  }

  /** The queue forgot the run before it was finished: what the store lacks is queued again. */
  private async repair(): Promise<void> {
    const { plan, runUrl, tiles } = this.produced;
    await this.refuseOverspent();
    if (await this.queue.isCancelled(plan.run)) throw new CitysinkError('CANCELLED', `run ${plan.run} was cancelled`);
    this.repairs += 1;
    if (this.repairs > MAX_REPAIRS)
      throw new CitysinkError('TILES_MISSING', `run ${plan.run} was lost from the queue ${MAX_REPAIRS} times`);
    const missing = await missingTiles(this.context.stores.storeFor(runUrl), plan, tiles);
    this.progress.end();
    this.context.note(`the queue lost run ${plan.run}: ${missing.length} of ${tiles.length} tiles are queued again`);
    this.toQueue = missing;
    await this.queueTiles();
  }

  /** A half queued run would wait behind its gate for ever, so queueing that failed is done again at the next look. */
  private async queueTiles(): Promise<void> {
    if (this.toQueue === null) return;
    const { plan, runUrl, tiles } = this.produced;
    this.later = await enqueue(this.queue, plan, runUrl, tiles, this.toQueue);
    this.openGroups = groupsOf(this.toQueue.slice(0, this.toQueue.length - this.later.length));
    this.toQueue = null;
  }
}

function groupsOf(missing: readonly number[]): number[] {
  return [...new Set(missing.map(groupOfTile))];
}
