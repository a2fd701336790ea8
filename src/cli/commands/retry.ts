import { partsOfSpecName } from '../../producer/spec-name.ts';
import { parseManifest } from '../../shared/contracts/manifest.ts';
import { parsePlan } from '../../shared/contracts/plan.ts';
import { RUN_FILES } from '../../shared/contracts/run-places.ts';
import { joinUrl } from '../../shared/io/store-url.ts';
import { readJson, readJsonIfThere } from '../../shared/io/stored-json.ts';
import type { CliContext } from '../context.ts';
import { findRunFolder, liveQueues } from '../find-run.ts';
import { placeText } from '../place-text.ts';
import { type RunOptions, runCommand } from './run.ts';

/**
 * Counts again only what failed: a new attempt from the run's own spec, in which every finished tile is found by its
 * name. Scenes are looked at anew, so one that was replaced or came back is planned as it is now.
 */
export async function retryCommand(
  run: string,
  options: Omit<RunOptions, 'again' | 'fresh'>,
  context: CliContext,
): Promise<number> {
  const live = await liveQueues(context);
  const folder = await findRunFolder(run, live, options.out, context).finally(() =>
    Promise.all(live.map(({ queue }) => queue.close())),
  );
  const store = context.stores.storeFor(folder);
  const plan = parsePlan(await readJson(store, joinUrl(folder, RUN_FILES.plan)));
  const stored = await readJsonIfThere(store, joinUrl(folder, RUN_FILES.manifest));
  if (stored !== null && parseManifest(stored).status === 'DONE') {
    const answer = { status: 'DONE', exit_code: 0, run: plan.run, url: folder, unchanged: true };
    context.print(options.json ? JSON.stringify(answer, null, 1) : `run ${plan.run} is DONE; nothing failed`);
    return 0;
  }
  // Other tiles would have other names, and none would be found.
  const tileSize = options.tileSize ?? plan.tileSize;
  return runCommand(
    [partsOfSpecName(plan.specUrl).regionUrl === null ? placeText(plan.specUrl) : plan.specUrl],
    { ...options, tileSize, out: plan.resultsUrl, again: true, fresh: false },
    context,
  );
}
