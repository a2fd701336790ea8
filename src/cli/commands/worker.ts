import type { MapPainter } from '../../shared/contracts/map-job.ts';
import { CitysinkError } from '../../shared/errors.ts';
import { type JobHandlers, JobQueue, type QueueService } from '../../shared/io/job-queue.ts';
import { pingRedis } from '../../shared/io/redis.ts';
import { startTileService, type TileObserver } from '../../worker/tile-service.ts';
import type { CliContext } from '../context.ts';
import { packageVersion } from '../package-version.ts';

/** SIGTERM to exit: container runtimes kill after 30 s. */
const DRAIN_DEADLINE_MS = 25_000;

/** The same where the run that started this worker was killed: its Redis went with it, and answers nothing. */
const ORPHAN_DEADLINE_MS = 5_000;

export interface WorkerOptions {
  /** Tiles at once: all but one of them are counted in threads, one is being read. */
  readonly concurrency: number;
  /** Started by a run: ends when its standard input closes, that is with the run. */
  readonly child: boolean;
  /** Port of /healthz and /metrics; null: none. */
  readonly metricsPort: number | null;
  readonly metricsHost: string;
}

/** A worker that took no work and asked for none for this long is not well. */
const AT_WORK_MS = 60_000;

/** Serves the tile and reduce queues until SIGTERM, then drains. */
export async function workerCommand(options: WorkerOptions, context: CliContext): Promise<number> {
  const { redisUrl, queuePrefix, tileDeadlineMs } = context.config;
  if (redisUrl === null) {
    throw new CitysinkError('CONFIG_INVALID', 'a worker needs REDIS_URL: the queue that it takes tiles from', {
      problems: [{ where: 'REDIS_URL', message: 'not set', expected: 'redis://host:port' }],
    });
  }
  await pingRedis(redisUrl);
  const queue = new JobQueue(redisUrl, queuePrefix);
  const watch = await watchWorker(options, context);
  const tiles = startTileService(
    queue,
    context.stores,
    context.log,
    Math.max(1, options.concurrency - 1),
    watch.observe,
  );
  const reduce = reduceWhenAsked(queue, context, tiles.painter);
  const service = queue.serve({ tile: tiles.handle, ...reduce }, { concurrency: options.concurrency, tileDeadlineMs });
  watch.serving(service);
  context.log.info(
    { version: packageVersion(), concurrency: options.concurrency, prefix: queuePrefix, metrics: watch.url },
    'Worker:Start',
  );
  const reason = await untilStopped(options.child);
  context.log.info({ reason }, 'Worker:Drain');
  const outcome = await service.drain(reason === ORPHANED ? ORPHAN_DEADLINE_MS : DRAIN_DEADLINE_MS);
  await Promise.race([tiles.close(), new Promise((resolve) => setTimeout(resolve, 1000))]);
  await queue.close();
  await watch.close();
  context.log.info({ outcome }, 'Worker:Stop');
  return 0;
}

interface WorkerWatch {
  readonly observe: TileObserver;
  readonly url: string | null;
  /** Tells whose health is asked for; before, a worker is well. */
  serving(service: QueueService): void;
  close(): Promise<void>;
}

/** Numbers and health on a port of their own. What that takes is loaded where it is asked for: most workers start without. */
async function watchWorker({ metricsPort, metricsHost }: WorkerOptions, { stores }: CliContext): Promise<WorkerWatch> {
  if (metricsPort === null) return { observe: () => {}, url: null, serving: () => {}, close: async () => {} };
  const [{ WorkerMetrics }, { openWorkerPort }] = await Promise.all([
    import('../../server/process-metrics.ts'),
    import('../../server/worker-port.ts'),
  ]);
  let watched: QueueService | null = null;
  const isAtWork = () => watched?.isAtWork(AT_WORK_MS) ?? true;
  const metrics = new WorkerMetrics(stores.meter, isAtWork);
  const port = await openWorkerPort({ host: metricsHost, port: metricsPort, isAtWork, metrics });
  return {
    observe: (outcome, cells, seconds) => metrics.tile(outcome, cells, seconds),
    url: port.url,
    serving: (service) => {
      watched = service;
    },
    close: () => port.close(),
  };
}

type ReduceHandlers = Pick<JobHandlers, 'group' | 'run'>;

/** The reducer is loaded with its first job: tiles come before it, and need not wait for it. */
function reduceWhenAsked(queue: JobQueue, { stores, log }: CliContext, painter: MapPainter): ReduceHandlers {
  let loading: Promise<ReduceHandlers> | undefined;
  const load = async () => {
    const { reduceHandlers } = await import('../../reducer/reduce-service.ts');
    return reduceHandlers(queue, stores, log, { version: packageVersion(), now: () => new Date(), painter });
  };
  const loaded = () => {
    loading ??= load();
    return loading;
  };
  return {
    group: async (data, failures) => (await loaded()).group(data, failures),
    run: async (data, groupErrors) => (await loaded()).run(data, groupErrors),
  };
}

const ORPHANED = 'the run ended';

function untilStopped(child: boolean): Promise<string> {
  return new Promise((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(name, () => resolve(name));
    if (!child) return;
    process.stdin.resume();
    process.stdin.once('close', () => resolve(ORPHANED));
    process.stdin.once('end', () => resolve(ORPHANED));
  });
}
