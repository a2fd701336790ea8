/** @pure Who owns what before any pixel is read: by the extents of scenes, so an earlier scene's nodata may give cells to later ones. */

import type { PlannedLayer, Take } from '../shared/contracts/plan-layers.ts';
import type { AnalysisGrid } from '../shared/geo/grid.ts';
import type { PackedZones } from '../shared/geo/packed-zones.ts';
import { SPAN_STRIDE, zoneSpans } from '../shared/raster/zone-spans.ts';
import type { PlacedScene } from './place-scenes.ts';

export interface OwnedShares {
  /** Share of the city's cells under each take of the layer that no earlier take covers. */
  readonly shares: readonly number[];
  /** Share that no take covers. */
  readonly uncovered: number;
  /** Every how many rows and columns a cell was looked at; 1: every cell, the shares are exact. */
  readonly stride: number;
}

/** Cells that are looked at, about; rows are scanned a few at a time. */
const SAMPLED_CELLS = 40_000;
const STRIPE_ROWS = 256;

/** For each layer, who owns which share of the cells in zones. */
export function ownedShares(
  grid: AnalysisGrid,
  zones: PackedZones,
  layers: readonly PlannedLayer[],
  scenes: readonly PlacedScene[],
): OwnedShares[] {
  const { rows, cols } = grid.window;
  const stride = Math.max(1, Math.floor(Math.sqrt((rows * cols) / SAMPLED_CELLS)));
  const counts = layers.map(({ takes }) => new Float64Array(takes.length + 1));
  let cells = 0;
  for (const [row, col] of sampledCells(grid, zones, stride)) {
    cells++;
    layers.forEach(({ kind, takes }, layer) => {
      const holds = (take: Take) => take.scenes.every((scene) => scenes[scene]?.extent.holds(row, col));
      if (kind === 'months') {
        // Each month has the cell for itself, and all of them are needed.
        takes.forEach((take, index) => {
          if (holds(take)) counts[layer]![index]! += 1;
        });
        if (!takes.every(holds)) counts[layer]![takes.length]! += 1;
        return;
      }
      const owner = takes.findIndex(holds);
      counts[layer]![owner < 0 ? takes.length : owner]! += 1;
    });
  }
  return counts.map((ofLayer) => {
    const shares = Array.from(ofLayer, (count) => (cells === 0 ? 0 : count / cells));
    return { shares: shares.slice(0, -1), uncovered: shares.at(-1) ?? 0, stride };
  });
}

function* sampledCells(grid: AnalysisGrid, zones: PackedZones, stride: number): Generator<readonly [number, number]> {
  const { row: first, rows, col, cols } = grid.window;
  // Whole stripes of one row each: only sampled rows are scanned.
  const stripe = stride === 1 ? STRIPE_ROWS : 1;
  for (let row = first; row < first + rows; row += stripe === 1 ? stride : stripe) {
    const spans = zoneSpans(zones, { row, col, rows: Math.min(stripe, first + rows - row), cols });
    for (let r = 0; r < spans.window.rows; r++) {
      for (let span = spans.rowStarts[r]!; span < spans.rowStarts[r + 1]!; span++) {
        const start = col + spans.spans[span * SPAN_STRIDE]!;
        const end = col + spans.spans[span * SPAN_STRIDE + 1]!;
        for (let c = Math.ceil(start / stride) * stride; c < end; c += stride) yield [row + r, c];
      }
    }
  }
}
