import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { StoreMeter } from '../shared/io/store-meter.ts';

/** Numbers of one process for Prometheus: what it asks of stores, and in a worker what becomes of tiles. */

/** Sums that are kept elsewhere, read when they are scraped; keys are label values with spaces between. */
function addSums(
  name: string,
  help: string,
  labelNames: readonly string[],
  sums: ReadonlyMap<string, number>,
  registers: Registry[],
): void {
  new Counter({
    name,
    help,
    labelNames,
    registers,
    collect() {
      this.reset();
      for (const [key, count] of sums) {
        const values = key.split(' ');
        this.inc(Object.fromEntries(labelNames.map((label, index) => [label, values[index] ?? ''])), count);
      }
    },
  });
}

/** The process itself with its event loop, and what it asked of stores. */
export function addProcessNumbers(meter: StoreMeter, registry: Registry): void {
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  addSums(
    'citysink_store_requests_total',
    'Requests to stores, each once however often it was made again',
    ['store', 'verb'],
    meter.requests,
    registers,
  );
  addSums(
    'citysink_store_errors_total',
    'Requests to stores that failed for good, by the code of the error; OBJECT_NOT_FOUND is often just an answer',
    ['store', 'code'],
    meter.errors,
    registers,
  );
  addSums(
    'citysink_store_retries_total',
    'Requests to stores that were made again',
    ['store'],
    meter.retries,
    registers,
  );
  addSums('citysink_store_read_bytes_total', 'Bytes that stores gave', ['store'], meter.readBytes, registers);
  addSums('citysink_store_written_bytes_total', 'Bytes that stores took', ['store'], meter.writtenBytes, registers);
}

/** Seconds of a tile: the longest is its deadline. */
const TILE_BUCKETS = [0.05, 0.2, 0.5, 1, 2, 5, 15, 60, 300];

/** Numbers of a worker. */
export class WorkerMetrics {
  readonly contentType: string;
  private readonly registry = new Registry();
  private readonly tiles: Counter<'outcome'>;
  private readonly cells: Counter;
  private readonly seconds: Histogram;

  /** `isAtWork`: as the health of the worker has it. */
  constructor(meter: StoreMeter, isAtWork: () => boolean) {
    const registers = [this.registry];
    this.contentType = this.registry.contentType;
    addProcessNumbers(meter, this.registry);
    this.tiles = new Counter({
      name: 'citysink_tiles_total',
      help: 'Attempts at tiles: counted, skipped for it was there already, failed',
      labelNames: ['outcome'],
      registers,
    });
    for (const outcome of ['counted', 'skipped', 'failed']) this.tiles.inc({ outcome }, 0);
    this.cells = new Counter({ name: 'citysink_cells_total', help: 'Cells of tiles that were counted', registers });
    this.seconds = new Histogram({
      name: 'citysink_tile_seconds',
      help: 'Time of a tile that was counted, from its job to its partial in the store',
      buckets: TILE_BUCKETS,
      registers,
    });
    new Gauge({
      name: 'citysink_worker_at_work',
      help: '1 where the worker has tiles, or asked for some within a minute',
      registers,
      collect() {
        this.set(isAtWork() ? 1 : 0);
      },
    });
  }

  tile(outcome: 'counted' | 'skipped' | 'failed', cells: number, seconds: number): void {
    this.tiles.inc({ outcome });
    if (outcome !== 'counted') return;
    this.cells.inc(cells);
    this.seconds.observe(seconds);
  }

  text(): Promise<string> {
    return this.registry.metrics();
  }
}
