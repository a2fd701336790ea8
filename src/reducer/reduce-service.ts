import { parsePlan, parseTiles } from '../shared/contracts/plan.ts';
import { RUN_FILES } from '../shared/contracts/run-places.ts';
import { parseGroupJob, parseRunJob } from '../shared/contracts/tile-job.ts';
import { CitysinkError } from '../shared/errors.ts';
import type { JobHandlers, JobQueue } from '../shared/io/job-queue.ts';
import type { StoreRegistry } from '../shared/io/open-store.ts';
import { joinUrl } from '../shared/io/store-url.ts';
import { readJson } from '../shared/io/stored-json.ts';
import type { Log } from '../shared/log.ts';
import { mergeGroup } from './load-partials.ts';
import { type ReduceSettings, reduceRun } from './reduce-run.ts';
import { recordFailures } from './tile-failures.ts';

/** Handlers of the reduce queue: groups merge their tiles, the run merges its groups and publishes. */
export function reduceHandlers(
  queue: JobQueue,
  stores: StoreRegistry,
  log: Log,
  settings: ReduceSettings,
): Pick<JobHandlers, 'group' | 'run'> {
  return {
    async group(data, failures) {
      const { runUrl, group } = parseGroupJob(data);
      const store = stores.storeFor(runUrl);
      const plan = parsePlan(await readJson(store, joinUrl(runUrl, RUN_FILES.plan)));
      const tiles = parseTiles(await readJson(store, joinUrl(runUrl, RUN_FILES.tiles)));
      await recordFailures(store, runUrl, plan, tiles, failures);
      const { missing } = await mergeGroup(store, plan, tiles, group);
      log.info({ run: plan.run, group, missing: missing.length }, 'Group:Done');
    },
    async run(data) {
      const { runUrl } = parseRunJob(data);
      const run = runUrl.replace(/\/$/, '').split('/').at(-1) ?? '';
      if (await queue.isCancelled(run)) throw new CitysinkError('CANCELLED', `run ${run} was cancelled`);
      const manifest = await reduceRun(stores.storeFor(runUrl), runUrl, settings);
      await queue.forgetRun(run);
      log.info({ run, status: manifest.status }, 'Run:Done');
    },
  };
}
