import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { StoreMeter } from '../shared/io/store-meter.ts';
import type { Desk } from './desk.ts';
import { addProcessNumbers } from './process-metrics.ts';

/** Numbers for Prometheus: the queue, runs by status, this process and its event loop, and how requests were answered. */
export class Metrics {
  readonly contentType: string;
  private readonly registry = new Registry();
  private readonly requests: Counter<'method' | 'route' | 'status'>;
  private readonly seconds: Histogram<'route'>;

  constructor(desk: Desk, meter: StoreMeter) {
    this.contentType = this.registry.contentType;
    const registers = [this.registry];
    addProcessNumbers(meter, this.registry);
    this.requests = new Counter({
      name: 'citysink_http_requests_total',
      help: 'Requests by route and status',
      labelNames: ['method', 'route', 'status'],
      registers,
    });
    this.seconds = new Histogram({
      name: 'citysink_http_request_seconds',
      help: 'Time until the answer began',
      labelNames: ['route'],
      buckets: [0.005, 0.025, 0.1, 0.5, 2, 10],
      registers,
    });
    addDeskGauges(desk, registers);
  }

  /** Counts an answer; `route` is the pattern, so that names of runs make no series. */
  count(method: string, route: string, status: number, seconds: number): void {
    this.requests.inc({ method, route, status });
    this.seconds.observe({ route }, seconds);
  }

  text(): Promise<string> {
    return this.registry.metrics();
  }
}

/** Asked for when they are scraped; what cannot be reached has no sample, and is told by `citysink_up`. */
function addDeskGauges(desk: Desk, registers: Registry[]): void {
  new Gauge({
    name: 'citysink_queue_jobs',
    help: 'Jobs of the tile and reduce queues by state',
    labelNames: ['state'],
    registers,
    async collect() {
      this.reset();
      const counts = await desk.queue().catch(() => null);
      if (counts === null) return;
      for (const state of ['waiting', 'active', 'delayed'] as const) this.set({ state }, counts[state]);
    },
  });
  new Gauge({
    name: 'citysink_workers',
    help: 'Worker processes that listen for tiles',
    registers,
    async collect() {
      this.set((await desk.queue().catch(() => null))?.workers ?? 0);
    },
  });
  new Gauge({
    name: 'citysink_queue_oldest_seconds',
    help: 'How long the tile that waits longest has waited; 0: none waits',
    registers,
    async collect() {
      this.reset();
      const seconds = (await desk.ages().catch(() => null))?.oldestWaitingSeconds ?? null;
      if (seconds !== null) this.set(seconds);
    },
  });
  new Gauge({
    name: 'citysink_newest_result_age_seconds',
    help: 'Age of the newest manifest below the results roots; no sample where there is none',
    registers,
    async collect() {
      this.reset();
      this.remove();
      const seconds = (await desk.ages().catch(() => null))?.newestResultSeconds ?? null;
      if (seconds !== null) this.set(seconds);
    },
  });
  new Gauge({
    name: 'citysink_runs',
    help: 'Runs in the results by state; queued: on a queue now; states of thousands are read over several scrapes',
    labelNames: ['state'],
    registers,
    async collect() {
      this.reset();
      const states = await desk.runsByState().catch(() => new Map<string, number>());
      for (const [state, count] of states) this.set({ state }, count);
    },
  });
  new Gauge({
    name: 'citysink_up',
    help: '1 where the dependency answers or is not needed',
    labelNames: ['dependency'],
    registers,
    async collect() {
      const { redis, store } = await desk.health();
      this.set({ dependency: 'redis' }, redis === 'down' ? 0 : 1);
      this.set({ dependency: 'store' }, store === 'down' ? 0 : 1);
    },
  });
}
