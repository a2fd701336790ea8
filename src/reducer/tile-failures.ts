import { z } from 'zod';
import type { TileFailureRecord } from '../shared/contracts/manifest.ts';
import type { Plan, PlannedTile } from '../shared/contracts/plan.ts';
import { failureFile } from '../shared/contracts/run-places.ts';
import type { ObjectStore } from '../shared/io/store.ts';
import { joinUrl } from '../shared/io/store-url.ts';
import { isThere, jsonBytes, readJsonIfThere } from '../shared/io/stored-json.ts';

/** Why tiles are missing: the record that the worker left, or that its worker was lost. */

const recordSchema = z.object({ tile: z.int(), code: z.string(), message: z.string(), inputs: z.array(z.string()) });

export interface MissingTiles {
  readonly failures: readonly TileFailureRecord[];
  /** Tiles whose loss nothing explains: they were never worked on to an end and must be queued again. */
  readonly unexplained: readonly number[];
}

/** Failures of the missing tiles, in order of the plan. */
export async function explainMissing(
  store: ObjectStore,
  runUrl: string,
  missing: readonly number[],
): Promise<MissingTiles> {
  const records = await Promise.all(missing.map((tile) => readJsonIfThere(store, joinUrl(runUrl, failureFile(tile)))));
  const failures = records.flatMap((record) => {
    const parsed = recordSchema.safeParse(record);
    return parsed.success ? [parsed.data] : [];
  });
  const explained = new Set(failures.map((failure) => failure.tile));
  return { failures, unexplained: missing.filter((tile) => !explained.has(tile)) };
}

/** Keeps in the store what only the queue knows of tiles that failed: that their worker was lost. */
export async function recordFailures(
  store: ObjectStore,
  runUrl: string,
  plan: Plan,
  tiles: readonly PlannedTile[],
  failures: readonly { readonly tile: number; readonly code: string; readonly message: string }[],
): Promise<void> {
  for (const { tile, code, message } of failures) {
    const url = joinUrl(runUrl, failureFile(tile));
    // Of a run that was stopped, or stopped itself, tiles are missing because of that alone.
    if (tiles[tile] === undefined || code === 'CANCELLED' || code === 'BUDGET_SPENT' || (await isThere(store, url))) {
      continue;
    }
    const inputs = (tiles[tile]?.[4] ?? []).flatMap((index) => plan.scenes[index]?.url ?? []);
    await store.replace(url, jsonBytes({ tile, code, message, inputs }), 'application/json');
  }
}
