/** The task of a tile of one cell: what a worker would read and count, and which take of the plan each part of it is. */

import type { PlannedTile } from '../../shared/contracts/plan.ts';
import type { TileJob } from '../../shared/contracts/tile-job.ts';
import type { StoreRegistry } from '../../shared/io/open-store.ts';
import { readWindows } from '../../worker/read-windows.ts';
import type { RunContext } from '../../worker/run-context.ts';
import type { TileLayer, TileTake, TileTask } from '../../worker/tile-task.ts';

export interface CellTask {
  /** As a worker has it. */
  readonly task: TileTask;
  /** For each layer of the plan its takes in order; null: no pixel of it is read for the cell. */
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
  const { plan } = run;
  // Each take as a layer of its own: what comes back tells which takes reach the cell.
  const layers = plan.layers.flatMap((layer) => layer.takes.map((take) => ({ ...layer, takes: [take] })));
  const job: TileJob = {
    v: 1,
    runUrl: '',
    tile: 0,
    window: [cell.row, cell.col, 1, 1],
    scenes: [...scenes],
    partial: '0'.repeat(32),
  };
  const split = await readWindows({ ...run, plan: { ...plan, layers } }, job, stores, signal);
  let next = 0;
  const takes = plan.layers.map((layer) => layer.takes.map(() => split.layers[next++]?.takes[0] ?? null));
  const joined = plan.layers.map(({ name, kind, resample, composite, mask }, index): TileLayer => {
    const read = (takes[index] ?? []).filter((take) => take !== null);
    return { name, kind, resample, composite, mask, takes: read };
  });
  return { task: { ...split, layers: joined }, takes };
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
