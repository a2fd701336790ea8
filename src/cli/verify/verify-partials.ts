/** Partials against their own seals, the tree of the manifest, and the figures that they come to. */

import { createHash } from 'node:crypto';
import { mergeTiles } from '../../reducer/load-partials.ts';
import { contentsDigest, figuresDigest } from '../../reducer/publish.ts';
import { outcomeOf } from '../../reducer/reduce-run.ts';
import type { StoredPlan } from '../../reducer/stored-plans.ts';
import { mergeAllPartials, type Partial } from '../../shared/carbon/partial.ts';
import type { Manifest } from '../../shared/contracts/manifest.ts';
import { parsePartialFile, proofOfPartial, writePartialFile } from '../../shared/contracts/partial-file.ts';
import { partialFile } from '../../shared/contracts/run-places.ts';
import { GROUP_TILES } from '../../shared/contracts/tile-job.ts';
import { toCitysinkError } from '../../shared/errors.ts';
import { readSealedIfThere } from '../../shared/io/sealed-json.ts';
import type { ObjectStore } from '../../shared/io/store.ts';
import { joinUrl } from '../../shared/io/store-url.ts';
import { shortDigest } from '../../shared/io/stored-json.ts';
import { type Check, check, type Difference } from './findings.ts';

/** Partials of the whole plan, each read by itself: merged groups are what is verified, not what is trusted. */
export interface VerifiedPartials {
  readonly check: Check;
  /** null where a partial is damaged: nothing can be said of figures then. */
  readonly loaded: { readonly partial: Partial; readonly missing: readonly number[] } | null;
}

export async function verifyPartials(
  store: ObjectStore,
  { plan, tiles }: StoredPlan,
  manifest: Manifest,
): Promise<VerifiedPartials> {
  const differences: Difference[] = [];
  const merged: Partial[] = [];
  const missing: number[] = [];
  const seals: (string | null)[] = [];
  for (let first = 0; first < tiles.length; first += GROUP_TILES) {
    const members = tiles.slice(first, first + GROUP_TILES);
    try {
      const group = await mergeTiles(store, plan, members);
      merged.push(group.partial);
      missing.push(...group.missing.map((place) => first + place));
      seals.push(...group.seals);
      differences.push(...(await verifyGroup(store, plan.partialsUrl, members, group)));
    } catch {
      differences.push(...(await damagedOf(store, plan.partialsUrl, members, first)));
      seals.push(...members.map(() => null));
    }
  }
  const isWhole = differences.length === 0;
  differences.push(...holesOf(plan.partialsUrl, tiles, missing, manifest));
  const { contents } = manifest.tiles;
  if (contents !== null && differences.length === 0 && contentsDigest(seals) !== contents) {
    const message = `together have the sha256 ${contentsDigest(seals)}, the manifest ${contents}: one was replaced by another that is whole`;
    differences.push({ place: plan.partialsUrl, message });
  }
  const note = contents === null ? 'the manifest was written before it had a digest of what partials hold' : null;
  const loaded = isWhole ? { partial: mergeAllPartials(plan.basis, merged), missing } : null;
  return { check: check('partials', tiles.length, differences, note), loaded };
}

/** Each damaged tile of a group by its name; there is one at least. */
async function damagedOf(
  store: ObjectStore,
  partialsUrl: string,
  members: StoredPlan['tiles'],
  first: number,
): Promise<Difference[]> {
  const found: Difference[] = [];
  for (const [i, tile] of members.entries()) {
    const url = joinUrl(partialsUrl, partialFile(tile[5]));
    try {
      const sealed = await readSealedIfThere(store, url);
      if (sealed !== null) parsePartialFile(sealed.text, tile[5]);
    } catch (thrown) {
      const { code, message } = toCitysinkError(thrown);
      found.push({ place: `${url} (tile ${first + i})`, message: `${message} [${code}]` });
    }
  }
  return found;
}

/** Tiles without a partial, but for those that the manifest says failed. */
function holesOf(
  partialsUrl: string,
  tiles: StoredPlan['tiles'],
  missing: readonly number[],
  { failures }: Manifest,
): Difference[] {
  const failed = new Set(failures.map(({ tile }) => tile));
  return missing
    .filter((place) => !failed.has(place))
    .map((place) => ({
      place: `${joinUrl(partialsUrl, partialFile(tiles[place]?.[5] ?? ''))} (tile ${place})`,
      message: 'is not there, and the manifest names no failure of it',
    }));
}

/** The merged partial of a group, where one is stored: the sum of its tiles, made of their seals. */
async function verifyGroup(
  store: ObjectStore,
  partialsUrl: string,
  members: StoredPlan['tiles'],
  group: Awaited<ReturnType<typeof mergeTiles>>,
): Promise<Difference[]> {
  const digest = shortDigest(`group ${members.map((tile) => tile[5]).join(' ')}`);
  const url = joinUrl(partialsUrl, partialFile(digest));
  try {
    const stored = members.length > 1 ? await readSealedIfThere(store, url) : null;
    if (stored === null) return [];
    const proof = proofOfPartial(stored.text);
    if (writePartialFile(digest, group.partial, proof) !== stored.text)
      return [{ place: url, message: 'is not the sum of its tiles' }];
    const other = proof.members?.findIndex((seal, i) => group.seals[i] !== seal) ?? -1;
    if (other < 0) return [];
    const tile = joinUrl(partialsUrl, partialFile(members[other]?.[5] ?? ''));
    return [{ place: tile, message: `was replaced since ${url} was merged of it` }];
  } catch (thrown) {
    const { code, message } = toCitysinkError(thrown);
    return [{ place: url, message: `${message} [${code}]` }];
  }
}

/** The factors applied again to the partials: the figures must have the digest of the manifest. */
export async function verifyFigures(
  store: ObjectStore,
  runUrl: string,
  stored: StoredPlan,
  { loaded }: VerifiedPartials,
  manifest: Manifest,
): Promise<Check> {
  if (loaded === null) return check('figures', 0, [], 'cannot be made again while partials are damaged');
  try {
    const { figures } = await outcomeOf(store, runUrl, stored, loaded);
    const digest = figures === null ? null : figuresDigest(figures);
    if (digest === manifest.figuresSha256) return check('figures', 1, []);
    const message = `made again of the partials have the sha256 ${digest}, the manifest ${manifest.figuresSha256}`;
    return check('figures', 1, [{ place: `${runUrl} (figures)`, message }]);
  } catch (thrown) {
    const { code, message } = toCitysinkError(thrown);
    return check('figures', 1, [{ place: `${runUrl} (figures)`, message: `${message} [${code}]` }]);
  }
}

/** Numbers from a text, the same for the same text: which tiles a sample takes. */
export function sampleOf(seed: string, count: number, wanted: number): number[] {
  const ranked = Array.from({ length: count }, (_, place) => ({
    place,
    rank: createHash('sha256').update(`${seed} ${place}`).digest('hex'),
  }));
  ranked.sort((a, b) => (a.rank < b.rank ? -1 : 1));
  return ranked
    .slice(0, wanted)
    .map(({ place }) => place)
    .sort((a, b) => a - b);
}
