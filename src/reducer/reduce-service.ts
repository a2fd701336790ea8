import { runOfFolder } from '../shared/contracts/run-places.ts';
import { parseGroupJob, parseRunJob } from '../shared/contracts/tile-job.ts';
import { CitysinkError } from '../shared/errors.ts';
import type { JobHandlers, JobQueue } from '../shared/io/job-queue.ts';
import type { StoreRegistry } from '../shared/io/open-store.ts';
import type { Log } from '../shared/log.ts';
import { mergeGroup } from './load-partials.ts';
import { type ReduceSettings, reduceRun } from './reduce-run.ts';
import { StoredPlans } from './stored-plans.ts';
import { recordFailures } from './tile-failures.ts';

/** Handlers of the reduce queue: groups merge their tiles, the run merges its groups and publishes. */
export function reduceHandlers(
  queue: JobQueue,
  stores: StoreRegistry,
  log: Log,
  settings: ReduceSettings,
): Pick<JobHandlers, 'group' | 'run'> {
  const plans = new StoredPlans(stores);
  return {
    async group(data, failures) {
      const { runUrl, group } = parseGroupJob(data);
      const store = stores.storeFor(runUrl);
      const { plan, tiles } = await plans.load(runUrl);
      await recordFailures(store, runUrl, plan, tiles, failures);
      const { missing } = await mergeGroup(store, plan, tiles, group);
      log.info({ run: plan.run, group, missing: missing.length }, 'Group:Done');
    },
    async run(data, groupErrors) {
      const { runUrl } = parseRunJob(data);
      const run = runOfFolder(runUrl);
      if (await queue.isToldToStop(run)) throw new CitysinkError('CANCELLED', `run ${run} was cancelled`);
      const reducing = reduceRun(stores.storeFor(runUrl), runUrl, await plans.load(runUrl), {
        ...settings,
        isCancelled: () => queue.isToldToStop(run),
        took: async () => {
          const sums = await queue
            .ledger(run)
            .sums()
            .catch(() => null);
          if (sums === null) return null;
          const { attempts, requests, bytes, others, seconds } = sums;
          return { attempts, requests, bytes, otherRequests: others, seconds };
        },
      });
      const manifest = await reducing.catch((error: unknown) => {
        throw groupErrors.find((groupError) => !groupError.retryable) ?? error;
      });
      // The run is published: a note that stays behind in Redis is harmless.
      await queue.forgetRun(run).catch(() => {});
      log.info({ run, status: manifest.status }, 'Run:Done');
    },
  };
}
