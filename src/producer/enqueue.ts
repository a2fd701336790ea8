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

/** Tiles of a run that have one turn: cities that are queued together take turns of so many, so that none waits for all of another. */
const TURN_TILES = 64;
/** Later turns than this are one, in the order of arrival: no tile waits for ever behind cities that come after it. */
const LAST_TURN = 30;

/** Tiles of a run that stand in Redis at once, in whole groups; the others follow as these are done. */
export const WINDOW_GROUPS = 20;

/**
 * Queues the tiles that are missing, in groups; queueing the same run twice adds nothing. Answers the tiles that are left for
 * `enqueueMore`, where there are more than stand in Redis at once.
 */
export async function enqueue(
  queue: JobQueue,
  plan: Plan,
  runUrl: string,
  tiles: readonly PlannedTile[],
  missing: readonly number[],
): Promise<readonly number[]> {
  // A run that is being reduced must not get children again: it could not end while they wait.
  if (missing.length === 0 && (await queue.runState(plan.run)) === 'working') return [];
  await queue.registerRun(plan.run, runUrl);
  const [now, later] = splitGroups(missing, WINDOW_GROUPS);
  await queue.enqueueRun(plan.run, { v: 1, runUrl }, groupsOf(runUrl, tiles, now), later.length);
  return later;
}

/** Queues tiles that `enqueue` left, as many groups as there is room for; answers those that are still left. */
export async function enqueueMore(
  queue: JobQueue,
  { plan, runUrl, tiles }: { readonly plan: Plan; readonly runUrl: string; readonly tiles: readonly PlannedTile[] },
  later: readonly number[],
  room: number,
): Promise<readonly number[]> {
  if (room <= 0 || later.length === 0) return later;
  const [now, left] = splitGroups(later, room);
  await queue.addGroups(plan.run, groupsOf(runUrl, tiles, now, LAST_TURN), left.length);
  return left;
}

/** Tiles of the first `count` groups, and the others. `places` go up, so groups stand together. */
function splitGroups(places: readonly number[], count: number): [readonly number[], readonly number[]] {
  const groups = new Set<number>();
  const end = places.findIndex((place) => groups.add(groupOfTile(place)).size > count);
  return end < 0 ? [places, []] : [places.slice(0, end), places.slice(end)];
}

function* groupsOf(
  runUrl: string,
  tiles: readonly PlannedTile[],
  missing: readonly number[],
  leastTurn = 0,
): Iterable<TileGroup> {
  let index = 0;
  for (const [group, places] of Map.groupBy(missing, groupOfTile)) {
    const first = index;
    index += places.length;
    yield {
      job: { v: 1, runUrl, group },
      tiles: places.map((place) => tileJob(runUrl, place, tiles[place] as PlannedTile)),
      turns: places.map((_, at) => Math.min(LAST_TURN, Math.max(leastTurn, Math.floor((first + at) / TURN_TILES)))),
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
