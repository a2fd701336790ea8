import type { Plan, PlannedTile } from '../shared/contracts/plan.ts';
import { partialFile } from '../shared/contracts/run-places.ts';
import { GROUP_TILES, type TileJob } from '../shared/contracts/tile-job.ts';
import type { JobQueue, TileGroup } from '../shared/io/job-queue.ts';
import type { ObjectStore } from '../shared/io/store.ts';
import { baseNameOf, joinUrl } from '../shared/io/store-url.ts';
import { isThere } from '../shared/io/stored-json.ts';

/** Up to here one question a partial is quicker than listing all that a city ever counted. */
const ASK_EACH = 64;

/** Places in the plan of tiles whose partial is not in the store: the store is the truth, not the queue. */
export async function missingTiles(store: ObjectStore, plan: Plan, tiles: readonly PlannedTile[]): Promise<number[]> {
  const places = tiles.map((_, place) => place);
  if (tiles.length <= ASK_EACH) {
    const there = await Promise.all(
      tiles.map((tile) => isThere(store, joinUrl(plan.partialsUrl, partialFile(tile[5])))),
    );
    return places.filter((place) => !there[place]);
  }
  const stored = new Set<string>();
  for await (const { url } of store.list(plan.partialsUrl)) stored.add(baseNameOf(url));
  return places.filter((place) => !stored.has(`${(tiles[place] as PlannedTile)[5]}.json`));
}

/** Queues the tiles that are missing, in groups; queueing the same run twice adds nothing. */
export async function enqueue(
  queue: JobQueue,
  plan: Plan,
  runUrl: string,
  tiles: readonly PlannedTile[],
  missing: readonly number[],
): Promise<void> {
  // A run that is being reduced must not get children again: it could not end while they wait.
  if (missing.length === 0 && (await queue.runState(plan.run)) === 'working') return;
  await queue.registerRun(plan.run, runUrl);
  await queue.enqueueRun(plan.run, { v: 1, runUrl }, groupsOf(runUrl, tiles, missing));
}

function* groupsOf(runUrl: string, tiles: readonly PlannedTile[], missing: readonly number[]): Iterable<TileGroup> {
  const byGroup = Map.groupBy(missing, groupOfTile);
  for (const [group, places] of byGroup) {
    yield {
      job: { v: 1, runUrl, group },
      tiles: places.map((place) => tileJob(runUrl, place, tiles[place] as PlannedTile)),
    };
  }
}

/** The group that a tile belongs to, by its place in the plan. */
export function groupOfTile(place: number): number {
  return Math.floor(place / GROUP_TILES);
}

function tileJob(runUrl: string, place: number, [row, col, rows, cols, scenes, partial]: PlannedTile): TileJob {
  return { v: 1, runUrl, tile: place, window: [row, col, rows, cols], scenes, partial };
}
