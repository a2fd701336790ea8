import { z } from 'zod';
import { surveyUrls } from '../../reducer/draw-maps.ts';
import { groupPartialNames } from '../../reducer/load-partials.ts';
import { parseManifest } from '../../shared/contracts/manifest.ts';
import { parsePlan, parseTiles } from '../../shared/contracts/plan.ts';
import { RUN_FILES } from '../../shared/contracts/run-places.ts';
import { CitysinkError, toCitysinkError } from '../../shared/errors.ts';
import type { StoreRegistry } from '../../shared/io/open-store.ts';
import type { ObjectInfo, ObjectStore } from '../../shared/io/store.ts';
import { baseNameOf, joinUrl } from '../../shared/io/store-url.ts';
import { readJson, readJsonIfThere } from '../../shared/io/stored-json.ts';

/**
 * Partials and surveys of a results root that no run names any more. A run needs what its plan names, finished or not, so
 * runs under way are safe; what is young is kept, for a run that is being planned has no plan there yet.
 */

/** What one city has of them. */
export interface CityCounts {
  readonly city: string;
  readonly unneeded: readonly ObjectInfo[];
  /** Objects that a plan names, and those that none names and that are too young. */
  readonly needed: number;
  readonly young: number;
  /** Why nothing of the city is taken away; null: nothing stands against it. */
  readonly leftAlone: string | null;
}

export interface WasteSettings {
  readonly olderThanMs: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Folders of counts, and the digest that begins the names of objects in them. */
const COUNTS = /^(partials|map-cells)\/[0-9a-f]{2}\/([0-9a-f]{32})/;
const PLAN = /^([^/]+)\/plan\.json$/;

/** City by city, in byte order of names. Errors: those of the store; an absent root has no cities. */
export async function* unneededCounts(
  root: string,
  stores: StoreRegistry,
  settings: WasteSettings,
): AsyncGenerator<CityCounts> {
  const store = stores.storeFor(root);
  let city = '';
  let objects: ObjectInfo[] = [];
  try {
    for await (const info of store.list(root)) {
      const name = info.url.slice(root.length).split('/')[0] ?? '';
      if (name !== city && objects.length > 0) yield await countsOf(store, root, city, objects, settings);
      if (name !== city) [city, objects] = [name, []];
      const path = info.url.slice(root.length + name.length + 1);
      if (COUNTS.test(path) || PLAN.test(path)) objects.push(info);
    }
  } catch (error) {
    if (error instanceof CitysinkError && error.code === 'OBJECT_NOT_FOUND') return;
    throw error;
  }
  if (objects.length > 0) yield await countsOf(store, root, city, objects, settings);
}

async function countsOf(
  store: ObjectStore,
  root: string,
  city: string,
  objects: readonly ObjectInfo[],
  { olderThanMs, now }: WasteSettings,
): Promise<CityCounts> {
  const cityUrl = joinUrl(root, `${city}/`);
  const pathOf = ({ url }: ObjectInfo) => url.slice(cityUrl.length);
  const counts = objects.filter((info) => COUNTS.test(pathOf(info)));
  const runs = objects.flatMap((info) => PLAN.exec(pathOf(info))?.[1] ?? []);
  const needed = new Set<string>();
  try {
    for (const run of runs) for (const name of await namesOfRun(store, joinUrl(cityUrl, `${run}/`))) needed.add(name);
  } catch (thrown) {
    // What cannot be read may need anything.
    return { city, unneeded: [], needed: counts.length, young: 0, leftAlone: toCitysinkError(thrown).message };
  }
  const without = counts.filter((info) => !needed.has(nameOf(pathOf(info))) && !needed.has(folderName(pathOf(info))));
  const old = without.filter(({ modified }) => now - Date.parse(modified) > olderThanMs);
  return {
    city,
    unneeded: old,
    needed: counts.length - without.length,
    young: without.length - old.length,
    leftAlone: null,
  };
}

function nameOf(path: string): string {
  const [, folder = '', digest = ''] = COUNTS.exec(path) ?? [];
  return `${folder}/${digest}`;
}

/** Needed as a whole: `map-cells/`. */
function folderName(path: string): string {
  return `${COUNTS.exec(path)?.[1] ?? ''}/`;
}

const totalsSchema = z.object({
  figures: z.object({ green: z.object({ ndvi_threshold: z.number().nullable().optional() }).nullable().optional() }),
});

/** Names of what a run needs, as `nameOf` has them. */
async function namesOfRun(store: ObjectStore, runUrl: string): Promise<string[]> {
  const plan = parsePlan(await readJson(store, joinUrl(runUrl, RUN_FILES.plan)));
  const tiles = parseTiles(await readJson(store, joinUrl(runUrl, RUN_FILES.tiles)));
  const partials = tiles.map((tile) => tile[5]);
  const names = [...partials, ...groupPartialNames(tiles)].map((digest) => `partials/${digest}`);
  if (plan.maps === undefined) return names;
  const stored = await readJsonIfThere(store, joinUrl(runUrl, RUN_FILES.manifest));
  // Maps that are still to be drawn may find any survey.
  if (stored === null) return [...names, 'map-cells/'];
  const missing = parseManifest(stored).failures.map(({ tile }) => tile);
  const totals = totalsSchema.safeParse(await readJsonIfThere(store, joinUrl(runUrl, RUN_FILES.totalsJson)));
  const threshold = totals.success ? (totals.data.figures.green?.ndvi_threshold ?? null) : null;
  const surveys = surveyUrls(plan, tiles, missing, threshold);
  return [...names, ...surveys.map((url) => `map-cells/${baseNameOf(url)}`)];
}
