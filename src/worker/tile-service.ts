import { availableParallelism } from 'node:os';
import type { MapPainter } from '../shared/contracts/map-job.ts';
import { runOfFolder } from '../shared/contracts/run-places.ts';
import type { JobHandlers, JobQueue } from '../shared/io/job-queue.ts';
import type { StoreRegistry } from '../shared/io/open-store.ts';
import { countingInto, nothingTaken } from '../shared/io/store-meter.ts';
import type { Log } from '../shared/log.ts';
import { mapPainter } from './map-painter.ts';
import { ComputePool } from './pool.ts';
import { processTile, type TileDone, type TileTools } from './process-tile.ts';
import { RunContexts } from './run-context.ts';

/** Threads that draw maps: each takes some 50 MB, beside those that count. */
const MOST_DRAWERS = 3;

/** The tile side of a worker process: its threads, the runs it knows, and the handler of tile jobs. */
export interface TileService {
  readonly handle: JobHandlers['tile'];
  /** Draws maps for the reducer of the same process. */
  readonly painter: MapPainter;
  close(): Promise<void>;
}

/** Told of each attempt at a tile. */
export type TileObserver = (outcome: TileDone['outcome'] | 'failed', cells: number, seconds: number) => void;

export function startTileService(
  queue: JobQueue,
  stores: StoreRegistry,
  log: Log,
  threads: number,
  observe: TileObserver = () => {},
): TileService {
  const pool = new ComputePool(threads);
  const contexts = new RunContexts(stores);
  const tools = {
    stores,
    contexts,
    pool,
    log,
    isCancelled: (run: string) => queue.isToldToStop(run),
    refuseSpent: (run: string) => queue.ledger(run).refuseSpent(run),
  };
  // Maps come when the tiles of their run are done, and its other workers have nothing to do: all cores may draw.
  const drawers = Math.min(MOST_DRAWERS, availableParallelism());
  const drawing = new ComputePool(drawers, 0);
  const painter = mapPainter({ stores, contexts, pool: drawing, log }, drawers);
  return {
    // Maps read the scenes a second time; that is part of what their run took, and no attempt at a tile.
    painter: { ...painter, survey: (job) => accounted(queue, job, 0, () => painter.survey(job)) },
    handle: (data, attempt) => countedTile(queue, data, attempt, tools, observe),
    close: async () => {
      await Promise.all([pool.close(), drawing.close()]);
    },
  };
}

/** One attempt at a tile: what it took is written down before its job ends, so the run's last tile is in its manifest too. */
async function countedTile(
  queue: JobQueue,
  data: unknown,
  attempt: Parameters<typeof processTile>[1],
  tools: TileTools,
  observe: TileObserver,
): Promise<void> {
  await accounted(queue, data, 1, async (secondsSoFar) => {
    try {
      const { outcome, cells } = await processTile(data, attempt, tools);
      observe(outcome, cells, secondsSoFar());
    } catch (error) {
      observe('failed', 0, secondsSoFar());
      throw error;
    }
  });
}

/** Does some work of a job and adds what it took to the ledger of its run. */
async function accounted(
  queue: JobQueue,
  job: unknown,
  attempts: number,
  work: (secondsSoFar: () => number) => Promise<void>,
): Promise<void> {
  const started = performance.now();
  const taken = nothingTaken();
  const secondsSoFar = () => (performance.now() - started) / 1000;
  try {
    await countingInto(taken, () => work(secondsSoFar));
  } finally {
    const ledger = queue.ledger(runOf(job));
    // Best effort: what was made is in the store, whatever Redis says.
    if (taken.gets > 0) await ledger.add(taken, secondsSoFar(), attempts).catch(() => {});
  }
}

function runOf(data: unknown): string {
  const url = (data as { runUrl?: unknown } | null)?.runUrl;
  return typeof url === 'string' ? runOfFolder(url) : '';
}
