/** Inputs as they stand now against what the run read: version marks, the factor table, and tiles counted again. */

import { isLibraryName, loadNamedFactors } from '../../producer/factor-library.ts';
import type { StoredPlan } from '../../reducer/stored-plans.ts';
import { parsePartialFile, proofOfPartial, writePartialFile } from '../../shared/contracts/partial-file.ts';
import type { Plan, PlannedTile } from '../../shared/contracts/plan.ts';
import { partialFile } from '../../shared/contracts/run-places.ts';
import { toCitysinkError } from '../../shared/errors.ts';
import type { StoreRegistry } from '../../shared/io/open-store.ts';
import { readSealedIfThere } from '../../shared/io/sealed-json.ts';
import { joinUrl } from '../../shared/io/store-url.ts';
import { countTile } from '../../worker/count-tile.ts';
import { readDigests } from '../../worker/read-digests.ts';
import { readWindows } from '../../worker/read-windows.ts';
import { RunContexts } from '../../worker/run-context.ts';
import { scenesOfTask, type TileTask } from '../../worker/tile-task.ts';
import { type Check, check, type Difference } from './findings.ts';

const HEADS_AT_ONCE = 16;
/** A tile that takes longer is told as one that could not be counted. */
const TILE_MS = 10 * 60_000;

/** ETag and size of each scene: a replaced one has others. */
export async function verifyScenes(stores: StoreRegistry, plan: Plan): Promise<Check> {
  const scenes = [...new Map(plan.scenes.map((scene) => [scene.url, scene])).values()];
  const differences: Difference[] = [];
  for (let at = 0; at < scenes.length; at += HEADS_AT_ONCE) {
    const found = await Promise.all(
      scenes.slice(at, at + HEADS_AT_ONCE).map(async (scene): Promise<Difference[]> => {
        const { url } = scene;
        try {
          const { etag, sizeBytes } = await stores.storeFor(url, scene).head(url);
          if (etag === scene.etag && sizeBytes === scene.sizeBytes) return [];
          const message = `is ${sizeBytes} bytes with ETag ${etag}, and the run read ${scene.sizeBytes} with ${scene.etag}`;
          return [{ place: url, message }];
        } catch (thrown) {
          return [{ place: url, message: sentenceOf(thrown) }];
        }
      }),
    );
    differences.push(...found.flat());
  }
  return check('scenes', scenes.length, differences);
}

/** The factor table as it stands now; the one that was applied is in the plan either way. */
export async function verifyFactors(stores: StoreRegistry, { factors }: Plan): Promise<Check> {
  const { url, digest } = factors;
  try {
    const now = await loadNamedFactors(url, (place) => stores.storeFor(place));
    if (now.digest === digest) return check('factors', 1, []);
    const where = isLibraryName(url) ? 'is another version of the library than' : 'was changed since';
    return check('factors', 1, [
      { place: url, message: `${where} the run applied it: sha256 ${now.digest}, then ${digest}` },
    ]);
  } catch (thrown) {
    return check('factors', 1, [{ place: url, message: sentenceOf(thrown) }]);
  }
}

/** Tiles counted again from the scenes, one after the other, by the code that workers run. */
export async function verifyTiles(
  stores: StoreRegistry,
  runUrl: string,
  { plan, tiles }: StoredPlan,
  sample: readonly number[],
): Promise<Check> {
  const contexts = new RunContexts(stores);
  const differences: Difference[] = [];
  let checked = 0;
  for (const place of sample) {
    const tile = tiles[place];
    if (tile === undefined) continue;
    const stored = await storedTile(stores, plan, tile);
    if (stored === null) continue;
    checked++;
    try {
      differences.push(...(await countAgain(contexts, stores, runUrl, { place, tile, stored })));
    } catch (thrown) {
      differences.push({
        place: tileText(runUrl, place, tile),
        message: `cannot be counted again: ${sentenceOf(thrown)}`,
      });
    }
  }
  const left = tiles.length - checked;
  return check(
    'tiles counted again',
    checked,
    differences,
    left === 0 ? null : `${left} were not; --all counts every tile`,
  );
}

/** Text of a tile's partial; null where it is not there or damaged, which is told with the partials. */
async function storedTile(stores: StoreRegistry, plan: Plan, tile: PlannedTile): Promise<string | null> {
  const url = joinUrl(plan.partialsUrl, partialFile(tile[5]));
  try {
    const sealed = await readSealedIfThere(stores.storeFor(url), url);
    if (sealed !== null) parsePartialFile(sealed.text, tile[5]);
    return sealed?.text ?? null;
  } catch {
    return null;
  }
}

interface SampledTile {
  readonly place: number;
  readonly tile: PlannedTile;
  readonly stored: string;
}

async function countAgain(
  contexts: RunContexts,
  stores: StoreRegistry,
  runUrl: string,
  { place, tile, stored }: SampledTile,
): Promise<Difference[]> {
  const [row, col, rows, cols, scenes, digest] = tile;
  const run = await contexts.load(runUrl);
  const task = await readWindows(run, { window: [row, col, rows, cols], scenes }, stores, AbortSignal.timeout(TILE_MS));
  const read = readDigests(task);
  const where = tileText(runUrl, place, tile);
  const changed = changedScenes(task, read, proofOfPartial(stored).read);
  if (changed.length > 0) {
    return changed.map((url) => ({
      place: `${url} (under tile ${place}: ${windowText(tile)})`,
      message: 'its blocks are not those that were counted',
    }));
  }
  const then = writePartialFile(digest, parsePartialFile(stored, digest));
  if (writePartialFile(digest, countTile(task)) === then) return [];
  return [{ place: where, message: 'counted again from the same blocks gives other counts than its partial' }];
}

/** Scenes whose blocks have another digest than when they were counted; nothing is known of older partials. */
function changedScenes(task: TileTask, read: readonly string[], then: readonly string[] | undefined): string[] {
  if (then === undefined) return [];
  const scenes = scenesOfTask(task);
  if (scenes.length !== then.length) return scenes.map(({ url }) => url);
  return [...new Set(scenes.filter((_, i) => read[i] !== then[i]).map(({ url }) => url))];
}

function windowText([row, col, rows, cols]: PlannedTile): string {
  return `rows ${row} to ${row + rows - 1}, cols ${col} to ${col + cols - 1}`;
}

function tileText(runUrl: string, place: number, tile: PlannedTile): string {
  return `${runUrl} (tile ${place}: ${windowText(tile)})`;
}

function sentenceOf(thrown: unknown): string {
  const { code, message } = toCitysinkError(thrown);
  return `${message} [${code}]`;
}
