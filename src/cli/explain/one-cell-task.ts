/** The task of a tile of one cell: what a worker would read and count, and which take of the plan each part of it is. */

import type { Plan, PlannedTile } from '../../shared/contracts/plan.ts';
import type { PlannedLayer, Take } from '../../shared/contracts/plan-layers.ts';
import type { TileJob } from '../../shared/contracts/tile-job.ts';
import type { StoreRegistry } from '../../shared/io/open-store.ts';
import { readWindows } from '../../worker/read-windows.ts';
import type { RunContext } from '../../worker/run-context.ts';
import type { TileScene, TileTake, TileTask } from '../../worker/tile-task.ts';

export interface CellTask {
  /** As a worker has it. */
  readonly task: TileTask;
  /** For each layer of the plan its takes in order; null: it has no pixel under the cell, or the tile does without it. */
  readonly takes: readonly (readonly (TileTake | null)[])[];
}

/**
 * Reads the blocks under one cell with the worker's own reader. `scenes`: those that the cell's tile needs.
 * Errors: those of the store and of rasters, as they would end the tile.
 */
export async function readCell(
  run: RunContext,
  cell: { readonly row: number; readonly col: number },
  scenes: readonly number[],
  stores: StoreRegistry,
  signal: AbortSignal,
): Promise<CellTask> {
  const window: TileJob['window'] = [cell.row, cell.col, 1, 1];
  const job: TileJob = { v: 1, runUrl: '', tile: 0, window, scenes: [...scenes], partial: '0'.repeat(32) };
  const task = await readWindows(run, job, stores, signal);
  const takes = run.plan.layers.map((layer, index) => matchedTakes(run.plan, layer, task.layers[index]?.takes ?? []));
  return { task, takes };
}

/** A task leaves takes out and keeps their order, so each one is the next of the plan that has its rasters. */
function matchedTakes(plan: Plan, { takes }: PlannedLayer, read: readonly TileTake[]): (TileTake | null)[] {
  let next = 0;
  return takes.map((planned) => {
    const candidate = read[next];
    if (candidate === undefined || !isOf(plan, planned, candidate)) return null;
    next++;
    return candidate;
  });
}

function isOf(plan: Plan, planned: Take, { scenes, mask, date }: TileTake): boolean {
  const same = (index: number | null, scene: TileScene | null | undefined) => {
    const wanted = index === null ? undefined : plan.scenes[index];
    return wanted?.url === scene?.url && (wanted === undefined || wanted.band - 1 === scene?.band);
  };
  return (
    date === planned.date && same(planned.mask, mask) && planned.scenes.every((scene, i) => same(scene, scenes[i]))
  );
}

/** Whether the blocks under the cell were left out, because an earlier take leaves nothing there. */
export function isLeftOut({ scenes }: TileTake): boolean {
  return scenes.some(({ origin, blocks }) => origin !== null && blocks.length === 0);
}

/** Place in the list of the tile that holds a cell, or -1. */
export function tileOfCell(
  tiles: readonly PlannedTile[],
  cell: { readonly row: number; readonly col: number },
): number {
  return tiles.findIndex(
    ([row, col, rows, cols]) => cell.row >= row && cell.row < row + rows && cell.col >= col && cell.col < col + cols,
  );
}
