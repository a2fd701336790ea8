import type { Desk } from '../../src/server/desk.ts';
import { Metrics } from '../../src/server/metrics.ts';
import { WorkerMetrics } from '../../src/server/process-metrics.ts';
import { StoreMeter } from '../../src/shared/io/store-meter.ts';

/** Names of all series that `serve` and `worker` show, from what they show; `up` is Prometheus's own. */
const meter = new StoreMeter();
const desk = {
  health: async () => ({ redis: 'none', store: 'ok' }),
  queue: async () => null,
  ages: async () => null,
  runsByState: async () => new Map(),
} as unknown as Desk;
const texts = await Promise.all([new Metrics(desk, meter).text(), new WorkerMetrics(meter, () => true).text()]);
export const METRIC_NAMES: readonly string[] = [
  ...new Set(texts.flatMap((text) => [...text.matchAll(/^# TYPE (\S+) /gm)].map((match) => match[1] as string))),
];
