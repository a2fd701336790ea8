import type { Region } from '../../producer/region.ts';
import { parseManifest } from '../../shared/contracts/manifest.ts';
import { parsePlan } from '../../shared/contracts/plan.ts';
import { RUN_FILES } from '../../shared/contracts/run-places.ts';
import { GROUP_TILES } from '../../shared/contracts/tile-job.ts';
import { toCitysinkError } from '../../shared/errors.ts';
import { folderOf, joinUrl } from '../../shared/io/store-url.ts';
import { readJsonIfThere } from '../../shared/io/stored-json.ts';
import { type CliContext, folderArgument } from '../context.ts';
import { findRunFolder, type LiveQueue, liveQueues, runFolders, runName } from '../find-run.ts';
import { placeText } from '../place-text.ts';
import { regionOf } from '../region/read-region.ts';

export interface StatusOptions {
  readonly out: string | null;
  readonly json: boolean;
}

/** A run as `status` shows it. */
export interface RunView {
  readonly run: string;
  readonly city: string;
  readonly year: number | null;
  readonly url: string;
  /** DONE, PARTIAL, FAILED; or what the queue says of a run without a manifest; `stopped` where no queue knows it; or `unreadable`. */
  readonly state: string;
  readonly tiles_all: number;
  readonly tiles_left: number | null;
  readonly finished: string | null;
  readonly failures: readonly { readonly tile: number; readonly code: string; readonly message: string }[];
  readonly causes: readonly { readonly code: string; readonly message: string }[];
}

/** Runs with their progress and, for one run, its failures with causes; or the cities of a region. */
export async function statusCommand(run: string | null, options: StatusOptions, context: CliContext): Promise<number> {
  const live = await liveQueues(context);
  try {
    const found = run === null ? await allFolders(live, options, context) : await placeOf(run, live, options, context);
    if (!Array.isArray(found)) {
      const { regionStatus } = await import('../region/region-status.ts');
      await regionStatus(found, live, options, context, viewRunOrReason);
      return 0;
    }
    const folders = found;
    const view = run === null ? viewRunOrReason : viewRun;
    const all = await Promise.all(folders.map((folder) => view(folder, live, context)));
    const views = all.filter((one) => one !== null);
    if (options.json) context.print(JSON.stringify(run === null ? { runs: views } : views[0], null, 1));
    else
      context.print(
        views.length === 0
          ? 'no runs here; name a results root with --out'
          : views.map((view) => viewText(view, run !== null)).join('\n'),
      );
    return 0;
  } finally {
    await Promise.all(live.map(({ queue }) => queue.close()));
  }
}

/** The folder of a run, or the region that the words name. Errors: RUN_NOT_FOUND. */
async function placeOf(
  text: string,
  live: readonly LiveQueue[],
  { out }: StatusOptions,
  context: CliContext,
): Promise<string[] | Region> {
  try {
    return [await findRunFolder(text, live, out, context)];
  } catch (error) {
    const region = await regionOf(text, context);
    if (region === null) throw error;
    return region;
  }
}

async function allFolders(live: readonly LiveQueue[], options: StatusOptions, context: CliContext): Promise<string[]> {
  const folders = new Set(live.flatMap(({ runs }) => [...runs.values()]));
  for await (const folder of runFolders(folderArgument(options.out ?? './results'), context)) folders.add(folder);
  return [...folders];
}

/** One run that cannot be read (another version's, half copied) must not hide the others. */
export async function viewRunOrReason(
  folder: string,
  live: readonly LiveQueue[],
  context: CliContext,
): Promise<RunView | null> {
  try {
    return await viewRun(folder, live, context);
  } catch (thrown) {
    const { code, message } = toCitysinkError(thrown);
    const names = { run: runName(folder), city: runName(folderOf(folder.replace(/\/$/, ''))), year: null, url: folder };
    const nothing = { tiles_all: 0, tiles_left: null, finished: null, failures: [] };
    return { ...names, ...nothing, state: 'unreadable', causes: [{ code, message }] };
  }
}

async function viewRun(folder: string, live: readonly LiveQueue[], context: CliContext): Promise<RunView | null> {
  const store = context.stores.storeFor(folder);
  const stored = await readJsonIfThere(store, joinUrl(folder, RUN_FILES.plan));
  if (stored === null) return null;
  const plan = parsePlan(stored);
  const manifestJson = await readJsonIfThere(store, joinUrl(folder, RUN_FILES.manifest));
  const base = { run: plan.run, city: plan.city, year: plan.year, url: folder, tiles_all: plan.tileCount };
  if (manifestJson !== null) {
    const { status, finished, failures, causes, tiles } = parseManifest(manifestJson);
    return { ...base, state: status, tiles_left: tiles.missing, finished, failures, causes };
  }
  const queued = await queueView(plan.run, plan.tileCount, live);
  return { ...base, ...queued, finished: null, failures: [], causes: [] };
}

async function queueView(
  run: string,
  tileCount: number,
  live: readonly LiveQueue[],
): Promise<{ state: string; tiles_left: number | null }> {
  for (const { queue, runs } of live) {
    if (!runs.has(run)) continue;
    // The waiting tiles of a cancelled run were taken away: none is left in the queue, and most are not counted.
    if (await queue.isCancelled(run)) return { state: 'cancelled', tiles_left: null };
    const state = await queue.runState(run);
    const groups = Array.from({ length: Math.ceil(tileCount / GROUP_TILES) }, (_, group) => group);
    const [left, later] = await Promise.all([queue.tilesLeft(run, groups), queue.tilesLater(run)]);
    return { state, tiles_left: [...left.values()].reduce((sum, count) => sum + count, later) };
  }
  return { state: 'stopped', tiles_left: null };
}

function viewText(view: RunView, details: boolean): string {
  const { run, city, state, tiles_all: all, tiles_left: left, url } = view;
  const tiles = state === 'unreadable' ? '' : left === null ? `${all} tiles` : `${all - left}/${all} tiles`;
  const fields = [run, city, state, tiles, view.finished ?? '', placeText(url)];
  const lines = [fields.filter((field) => field !== '').join('  ')];
  if (!details) return lines.join('\n');
  if (state === 'stopped')
    lines.push('  not on a queue that is reachable from here; `citysink run` with its spec goes on where it was');
  for (const { code, message } of view.causes) lines.push(`  cause: ${message} [${code}]`);
  for (const { tile, code, message } of view.failures) lines.push(`  tile ${tile}: ${message} [${code}]`);
  return lines.join('\n');
}
