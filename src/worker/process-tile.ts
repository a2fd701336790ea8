import type { Partial } from '../shared/carbon/partial.ts';
import { writePartialFile } from '../shared/contracts/partial-file.ts';
import { failureFile, partialFile } from '../shared/contracts/run-places.ts';
import { parseTileJob, type TileJob } from '../shared/contracts/tile-job.ts';
import { CitysinkError, toCitysinkError } from '../shared/errors.ts';
import type { StoreRegistry } from '../shared/io/open-store.ts';
import { sealText } from '../shared/io/sealed-json.ts';
import { joinUrl } from '../shared/io/store-url.ts';
import { isThere, jsonBytes } from '../shared/io/stored-json.ts';
import type { Log } from '../shared/log.ts';
import type { ComputePool } from './pool.ts';
import { readDigests } from './read-digests.ts';
import { readWindows } from './read-windows.ts';
import type { RunContext, RunContexts } from './run-context.ts';
import { scenesOfTask } from './tile-task.ts';

export interface TileTools {
  readonly stores: StoreRegistry;
  readonly contexts: RunContexts;
  readonly pool: ComputePool;
  readonly log: Log;
  isCancelled(run: string): Promise<boolean>;
  /** Errors: BUDGET_SPENT where the run has taken what it may. */
  refuseSpent(run: string): Promise<void>;
}

/** What became of a tile that did not fail. */
export interface TileDone {
  readonly outcome: 'counted' | 'skipped';
  readonly cells: number;
}

/**
 * One tile: skip if its partial is there, read the windows, count, write the partial under its digest.
 *
 * Doing it twice writes the same bytes at the same place. A failure that no retry will mend is recorded beside the
 * run before the job fails, so that the reducer can name it though Redis be lost.
 */
export async function processTile(
  data: unknown,
  attempt: { readonly signal: AbortSignal; readonly last: boolean },
  tools: TileTools,
): Promise<TileDone> {
  const started = performance.now();
  const job = parseTileJob(data);
  const run = await tools.contexts.load(job.runUrl);
  const log = tools.log.child({ run: run.plan.run, tile: job.tile });
  try {
    if (await tools.isCancelled(run.plan.run))
      throw new CitysinkError('CANCELLED', `run ${run.plan.run} was cancelled`);
    await tools.refuseSpent(run.plan.run);
    const url = joinUrl(run.plan.partialsUrl, partialFile(job.partial));
    const store = tools.stores.storeFor(url);
    if (await isThere(store, url)) {
      log.info({ durationMs: elapsed(started) }, 'Tile:Skip');
      return { outcome: 'skipped', cells: 0 };
    }
    const { partial, bytesRead, read } = await readAndCount(run, job, attempt.signal, tools);
    await store.create(url, sealText(writePartialFile(job.partial, partial, { read })), 'application/json');
    log.info({ durationMs: elapsed(started), bytesRead }, 'Tile:Done');
    return { outcome: 'counted', cells: job.window[2] * job.window[3] };
  } catch (thrown) {
    const error = toCitysinkError(thrown);
    log.warn({ code: error.code, err: error.message, last: attempt.last }, 'Tile:Fail');
    if (!error.retryable || attempt.last) await recordFailure(run, job, error, tools);
    throw error;
  }
}

interface CountedTile {
  readonly partial: Partial;
  readonly bytesRead: number;
  /** Digests of what was read (read-digests.ts). */
  readonly read: readonly string[];
}

/** Times that a tile is read while its bytes come differently each time. */
const MOST_READS = 4;

/** A block that does not decode may be well in the store and spoiled on the way: before that is written down, it is read again. */
async function readAndCount(
  run: RunContext,
  job: TileJob,
  signal: AbortSignal,
  tools: TileTools,
): Promise<CountedTile> {
  const once = async (): Promise<CountedTile> => {
    const task = await readWindows(run, job, tools.stores, signal);
    const bytesRead = compressedBytes(scenesOfTask(task));
    // Before the blocks are moved to the thread.
    const read = readDigests(task);
    return { partial: await tools.pool.count(task, signal), bytesRead, read };
  };
  let last = await once();
  for (let reads = 1; last.partial.unread.length > 0 && reads < MOST_READS; reads++) {
    const next = await once();
    // The same bytes twice are those of the store.
    const isSettled = next.read.join() === last.read.join();
    last = next;
    if (isSettled) break;
  }
  return last;
}

function elapsed(started: number): number {
  return Math.round(performance.now() - started);
}

function compressedBytes(
  scenes: readonly { readonly blocks: readonly { readonly bytes: Uint8Array | null }[] }[],
): number {
  let sum = 0;
  for (const scene of scenes) for (const block of scene.blocks) sum += block.bytes?.byteLength ?? 0;
  return sum;
}

/** Scenes that a failure is about: the one that it names, none where it names a place of results, else all of the tile. */
function inputsOf(error: CitysinkError, scenes: readonly string[]): readonly string[] {
  const { url } = error.context;
  return typeof url === 'string' ? scenes.filter((scene) => scene === url) : scenes;
}

/** Best effort: if the store cannot be written either, the reducer still sees that the partial is missing. */
async function recordFailure(run: RunContext, job: TileJob, error: CitysinkError, tools: TileTools): Promise<void> {
  if (error.code === 'CANCELLED' || error.code === 'BUDGET_SPENT') return;
  const scenes = job.scenes.map((index) => run.plan.scenes[index]?.url).filter((url) => url !== undefined);
  const record = { tile: job.tile, code: error.code, message: error.message, inputs: inputsOf(error, scenes) };
  const target = joinUrl(job.runUrl, failureFile(job.tile));
  await tools.stores
    .storeFor(target)
    .replace(target, jsonBytes(record), 'application/json')
    .catch((cause: unknown) => tools.log.warn({ err: String(cause), tile: job.tile }, 'Tile:FailureUnrecorded'));
}
