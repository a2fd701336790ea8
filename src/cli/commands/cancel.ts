import { parsePlan } from '../../shared/contracts/plan.ts';
import { RUN_FILES } from '../../shared/contracts/run-places.ts';
import { GROUP_TILES } from '../../shared/contracts/tile-job.ts';
import { CitysinkError } from '../../shared/errors.ts';
import { joinUrl } from '../../shared/io/store-url.ts';
import { isThere, readJson } from '../../shared/io/stored-json.ts';
import type { CliContext } from '../context.ts';
import { findRunFolder, type LiveQueue, liveQueues, runName } from '../find-run.ts';

/** Stops one run everywhere: its waiting tiles are taken away, those under way end by themselves within seconds. */
export async function cancelCommand(
  run: string,
  options: { readonly out: string | null },
  context: CliContext,
): Promise<number> {
  const live = await liveQueues(context);
  try {
    const folder = await findRunFolder(run, live, options.out, context);
    const outcome = await cancelRun(folder, live, context);
    const name = runName(folder);
    context.print(
      outcome === 'ended already'
        ? `run ${name} has ended already; nothing to cancel`
        : `run ${name} is cancelled; finished tiles are kept, and \`citysink run\` goes on from there`,
    );
    return 0;
  } finally {
    await Promise.all(live.map(({ queue }) => queue.close()));
  }
}

/** Cancels the run of a folder on the queue that has it. Errors: RUN_NOT_FOUND where no queue does. */
export async function cancelRun(
  folder: string,
  live: readonly LiveQueue[],
  context: CliContext,
): Promise<'cancelled' | 'ended already'> {
  const store = context.stores.storeFor(folder);
  const plan = parsePlan(await readJson(store, joinUrl(folder, RUN_FILES.plan)));
  if (await isThere(store, joinUrl(folder, RUN_FILES.manifest))) return 'ended already';
  const holder = live.find(({ runs }) => runs.has(plan.run));
  if (holder === undefined) {
    throw new CitysinkError('RUN_NOT_FOUND', `run ${plan.run} is on no queue that is reachable from here`, {
      remedy: 'Set REDIS_URL to the queue that it runs on.',
    });
  }
  await holder.queue.cancel(plan.run, Math.ceil(plan.tileCount / GROUP_TILES));
  return 'cancelled';
}
