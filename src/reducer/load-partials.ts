import { mergeAllPartials, type Partial } from '../shared/carbon/partial.ts';
import { parsePartialFile, writePartialFile } from '../shared/contracts/partial-file.ts';
import type { Plan, PlannedTile } from '../shared/contracts/plan.ts';
import { partialFile } from '../shared/contracts/run-places.ts';
import { GROUP_TILES } from '../shared/contracts/tile-job.ts';
import type { ObjectStore } from '../shared/io/store.ts';
import { joinUrl } from '../shared/io/store-url.ts';
import { readTextIfThere, shortDigest } from '../shared/io/stored-json.ts';

/** Partials of a plan, read and merged by group; what is not there is named by its place in the plan. */
export interface LoadedPartials {
  readonly partial: Partial;
  /** Places in the plan of tiles without a partial. */
  readonly missing: readonly number[];
}

const READS_AT_ONCE = 32;
const GROUPS_AT_ONCE = 2;

/** All groups of a run, in order. A whole group is one stored object, named by its tiles; else its tiles are read. */
export async function loadPartials(
  store: ObjectStore,
  plan: Plan,
  tiles: readonly PlannedTile[],
): Promise<LoadedPartials> {
  const merged: Partial[] = [];
  const missing: number[] = [];
  const groups = Math.ceil(tiles.length / GROUP_TILES);
  for (let group = 0; group < groups; group += GROUPS_AT_ONCE) {
    const batch = Array.from({ length: Math.min(GROUPS_AT_ONCE, groups - group) }, (_, i) =>
      mergeGroup(store, plan, tiles, group + i),
    );
    for (const loaded of await Promise.all(batch)) {
      merged.push(loaded.partial);
      missing.push(...loaded.missing);
    }
  }
  return { partial: mergeAllPartials(plan.basis, merged), missing };
}

/** Merges one group; stores the merged partial if no tile of it is missing, so that it is read once. */
export async function mergeGroup(
  store: ObjectStore,
  plan: Plan,
  tiles: readonly PlannedTile[],
  group: number,
): Promise<LoadedPartials> {
  const first = group * GROUP_TILES;
  const members = tiles.slice(first, first + GROUP_TILES);
  const digest = groupDigest(members);
  const url = joinUrl(plan.partialsUrl, partialFile(digest));
  const stored = members.length > 1 ? await readTextIfThere(store, url) : null;
  if (stored !== null) return { partial: parsePartialFile(stored, digest), missing: [] };
  const loaded = await mergeTiles(store, plan, members);
  if (members.length > 1 && loaded.missing.length === 0) {
    await store.create(url, new TextEncoder().encode(writePartialFile(digest, loaded.partial)), 'application/json');
  }
  return { partial: loaded.partial, missing: loaded.missing.map((place) => first + place) };
}

/** Names of the merged partials of all groups of a plan. */
export function groupPartialNames(tiles: readonly PlannedTile[]): string[] {
  const groups = Math.ceil(tiles.length / GROUP_TILES);
  return Array.from({ length: groups }, (_, group) =>
    groupDigest(tiles.slice(group * GROUP_TILES, (group + 1) * GROUP_TILES)),
  );
}

function groupDigest(members: readonly PlannedTile[]): string {
  return shortDigest(`group ${members.map((tile) => tile[5]).join(' ')}`);
}

async function mergeTiles(store: ObjectStore, plan: Plan, members: readonly PlannedTile[]): Promise<LoadedPartials> {
  const partials: Partial[] = [];
  const missing: number[] = [];
  for (let at = 0; at < members.length; at += READS_AT_ONCE) {
    const batch = members.slice(at, at + READS_AT_ONCE);
    const texts = await Promise.all(
      batch.map((tile) => readTextIfThere(store, joinUrl(plan.partialsUrl, partialFile(tile[5])))),
    );
    texts.forEach((text, i) => {
      if (text === null) missing.push(at + i);
      else partials.push(parsePartialFile(text, (batch[i] as PlannedTile)[5]));
    });
  }
  return { partial: mergeAllPartials(plan.basis, partials), missing };
}
