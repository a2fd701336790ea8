import { availableParallelism } from 'node:os';
import type { MapPainter, SurveyJob } from '../shared/contracts/map-job.ts';
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
    painter: { ...painter, survey: (job) => accountedSurvey(queue, job, painter) },
    handle: (data, attempt) => accounted(queue, data, attempt, tools, observe),
    close: async () => {
      await Promise.all([pool.close(), drawing.close()]);
    },
  };
}

/** One attempt at a tile, with what it took written down before its job ends: the run's last tile is in its manifest too. */
async function accounted(
  queue: JobQueue,
  data: unknown,
  attempt: Parameters<typeof processTile>[1],
  tools: TileTools,
  observe: TileObserver,
): Promise<void> {
  const started = performance.now();
  const taken = nothingTaken();
  const secondsSoFar = () => (performance.now() - started) / 1000;
  try {
    const { outcome, cells } = await countingInto(taken, () => processTile(data, attempt, tools));
    observe(outcome, cells, secondsSoFar());
  } catch (error) {
    observe('failed', 0, secondsSoFar());
    throw error;
  } finally {
    const run = runOf(data);
    // Best effort: the tile itself is in the store, whatever Redis says.
    if (taken.gets > 0)
      await queue
        .ledger(run)
        .add(taken, secondsSoFar())
        .catch(() => {});
  }
}

/** Maps read the scenes a second time; that is part of what their run took. */
async function accountedSurvey(queue: JobQueue, job: SurveyJob, painter: MapPainter): Promise<void> {
  const started = performance.now();
  const taken = nothingTaken();
  try {
    await countingInto(taken, () => painter.survey(job));
  } finally {
    const seconds = (performance.now() - started) / 1000;
    const ledger = queue.ledger(runOf(job));
    if (taken.gets > 0) await ledger.add(taken, seconds, 0).catch(() => {});
  }
}

function runOf(data: unknown): string {
  const url = (data as { runUrl?: unknown } | null)?.runUrl;
  return typeof url === 'string' ? (url.replace(/\/$/, '').split('/').at(-1) ?? '') : '';
}
