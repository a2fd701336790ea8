import { availableParallelism } from 'node:os';
import type { MapPainter } from '../shared/contracts/map-job.ts';
import type { JobHandlers, JobQueue } from '../shared/io/job-queue.ts';
import type { StoreRegistry } from '../shared/io/open-store.ts';
import type { Log } from '../shared/log.ts';
import { mapPainter } from './map-painter.ts';
import { ComputePool } from './pool.ts';
import { processTile } from './process-tile.ts';
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

export function startTileService(queue: JobQueue, stores: StoreRegistry, log: Log, threads: number): TileService {
  const pool = new ComputePool(threads);
  const contexts = new RunContexts(stores);
  const tools = { stores, contexts, pool, log, isCancelled: (run: string) => queue.isCancelled(run) };
  // Maps come when the tiles of their run are done, and its other workers have nothing to do: all cores may draw.
  const drawers = Math.min(MOST_DRAWERS, availableParallelism());
  const drawing = new ComputePool(drawers, 0);
  const painter = mapPainter({ stores, contexts, pool: drawing, log }, drawers);
  return {
    painter,
    handle: (data, attempt) => processTile(data, attempt, tools),
    close: async () => {
      await Promise.all([pool.close(), drawing.close()]);
    },
  };
}
