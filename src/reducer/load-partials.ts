import { mergeAllPartials, type Partial } from '../shared/carbon/partial.ts';
import { parsePartialFile, proofOfPartial, writePartialFile } from '../shared/contracts/partial-file.ts';
import type { Plan, PlannedTile } from '../shared/contracts/plan.ts';
import { partialFile } from '../shared/contracts/run-places.ts';
import { GROUP_TILES } from '../shared/contracts/tile-job.ts';
import { readSealedIfThere, sealText } from '../shared/io/sealed-json.ts';
import type { ObjectStore } from '../shared/io/store.ts';
import { joinUrl } from '../shared/io/store-url.ts';
import { shortDigest } from '../shared/io/stored-json.ts';

/** Partials of a plan, read and merged by group; what is not there is named by its place in the plan. */
export interface LoadedPartials {
  readonly partial: Partial;
  /** Places in the plan of tiles without a partial. */
  readonly missing: readonly number[];
  /** Seal of each tile in the order of the plan: the leaves of the manifest's digest. null: it has none, or is missing. */
  readonly seals: readonly (string | null)[];
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
  const seals: (string | null)[] = [];
  const groups = Math.ceil(tiles.length / GROUP_TILES);
  for (let group = 0; group < groups; group += GROUPS_AT_ONCE) {
    const batch = Array.from({ length: Math.min(GROUPS_AT_ONCE, groups - group) }, (_, i) =>
      mergeGroup(store, plan, tiles, group + i),
    );
    for (const loaded of await Promise.all(batch)) {
      merged.push(loaded.partial);
      missing.push(...loaded.missing);
      seals.push(...loaded.seals);
    }
  }
  return { partial: mergeAllPartials(plan.basis, merged), missing, seals };
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
  const stored = members.length > 1 ? await readSealedIfThere(store, url) : null;
  const known = stored === null ? [] : (proofOfPartial(stored.text).members ?? []);
  // A group of before there were seals does not say what its tiles held: it is merged again.
  if (stored !== null && known.length === members.length) {
    return { partial: parsePartialFile(stored.text, digest), missing: [], seals: known };
  }
  const loaded = await mergeTiles(store, plan, members);
  const whole = loaded.seals.filter((seal) => seal !== null);
  if (members.length > 1 && whole.length === members.length) {
    const text = writePartialFile(digest, loaded.partial, { members: whole });
    await store.create(url, sealText(text), 'application/json');
  }
  return { ...loaded, missing: loaded.missing.map((place) => first + place) };
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

/** Partials of tiles, each read by its own name; places of `missing` count from 0. */
export async function mergeTiles(
  store: ObjectStore,
  plan: Plan,
  members: readonly PlannedTile[],
): Promise<LoadedPartials> {
  const partials: Partial[] = [];
  const missing: number[] = [];
  const seals: (string | null)[] = [];
  for (let at = 0; at < members.length; at += READS_AT_ONCE) {
    const batch = members.slice(at, at + READS_AT_ONCE);
    const found = await Promise.all(
      batch.map((tile) => readSealedIfThere(store, joinUrl(plan.partialsUrl, partialFile(tile[5])))),
    );
    found.forEach((sealed, i) => {
      seals.push(sealed?.seal ?? null);
      if (sealed === null) missing.push(at + i);
      else partials.push(parsePartialFile(sealed.text, (batch[i] as PlannedTile)[5]));
    });
  }
  return { partial: mergeAllPartials(plan.basis, partials), missing, seals };
}
