import { RUN_FILES } from '../shared/contracts/run-places.ts';
import { CitysinkError } from '../shared/errors.ts';
import { JobQueue } from '../shared/io/job-queue.ts';
import { pingRedis } from '../shared/io/redis.ts';
import { baseNameOf, folderOf, joinUrl } from '../shared/io/store-url.ts';
import { isThere } from '../shared/io/stored-json.ts';
import { type CliContext, folderArgument } from './context.ts';
import { announcedRedis } from './live-redis.ts';

/** Runs by name: those that a reachable queue knows, and those that stand in a results root. */

/** A queue that answers, with the runs registered on it. */
export interface LiveQueue {
  readonly queue: JobQueue;
  readonly runs: ReadonlyMap<string, string>;
}

/** Queues of REDIS_URL and of runs under way on this machine. The caller closes them. */
export async function liveQueues(context: CliContext): Promise<LiveQueue[]> {
  const { redisUrl, queuePrefix } = context.config;
  const urls = redisUrl === null ? await announcedRedis() : [redisUrl];
  const live: LiveQueue[] = [];
  for (const url of urls) {
    const answers = redisUrl !== null ? pingRedis(url) : pingRedis(url, 1000).catch(() => null);
    if ((await answers) === null) continue;
    const queue = new JobQueue(url, queuePrefix);
    live.push({ queue, runs: new Map(Object.entries(await queue.registeredRuns())) });
  }
  return live;
}

/**
 * Folder URL of a run: from the queues, else from the results root. `run` may be a name, `city/name`, or the folder itself.
 * Errors: RUN_NOT_FOUND.
 */
export async function findRunFolder(
  run: string,
  live: readonly LiveQueue[],
  out: string | null,
  context: CliContext,
): Promise<string> {
  const name = runName(run);
  for (const { runs } of live) {
    const url = runs.get(name);
    if (url !== undefined) return url;
  }
  const direct = await folderIfRun(run, context);
  if (direct !== null) return direct;
  const root = folderArgument(out ?? './results');
  for await (const folder of runFolders(root, context)) if (runName(folder) === name) return folder;
  throw new CitysinkError('RUN_NOT_FOUND', `no run ${run} on a queue, nor below ${root}`, {
    remedy: 'Name the results root with --out; `citysink status --out ROOT` lists its runs.',
  });
}

async function folderIfRun(text: string, context: CliContext): Promise<string | null> {
  if (!/[/\\]/.test(text)) return null;
  const folder = folderArgument(text);
  const there = await isThere(context.stores.storeFor(folder), joinUrl(folder, RUN_FILES.plan)).catch(() => false);
  return there ? folder : null;
}

/** Name of a run from its folder's URL or path, from `city/name`, or from the name itself. */
export function runName(text: string): string {
  return (
    text
      .replace(/[/\\]+$/, '')
      .split(/[/\\]/)
      .at(-1) ?? text
  );
}

/** Folders of all runs below a results root, in order of city and name; an absent root has none. */
export async function* runFolders(root: string, context: CliContext): AsyncGenerator<string> {
  try {
    for await (const { url } of context.stores.storeFor(root).list(root)) {
      // What stands with regions and schedules is no city's.
      if (baseNameOf(url) === RUN_FILES.plan && !url.startsWith('_', root.length)) yield folderOf(url);
    }
  } catch (error) {
    if (!(error instanceof CitysinkError) || error.code !== 'OBJECT_NOT_FOUND') throw error;
  }
}
