import type { PlannedLayer } from '../shared/contracts/plan-layers.ts';
import type { AnalysisGrid } from '../shared/geo/grid.ts';
import { positionLattice, sourceWindowOf, type ToSource } from '../shared/geo/position-lattice.ts';
import { toSourceOf } from '../shared/geo/to-source.ts';
import { intersectWindows, type Window } from '../shared/geo/window.ts';
import type { PlacedScene } from './place-scenes.ts';

/**
 * The pixels of a scene that workers will ask for: exactly theirs (worker/read-windows.ts) while the plan is small, else
 * from a few places of each tile. A single block more or less is seen in small plans alone.
 */

/** Nodes of lattices that may be transformed for one estimate: about a second. */
const MOST_NODES = 400_000;

export class NeededPixels {
  private readonly grid: AnalysisGrid;
  private readonly transforms = new Map<PlacedScene, ToSource>();
  private nodesLeft = MOST_NODES;

  constructor(grid: AnalysisGrid) {
    this.grid = grid;
  }

  /** Null where the window has none of the scene. */
  of(scene: PlacedScene, window: Window, resample: PlannedLayer['resample']): Window | null {
    const { warp, extent } = scene;
    if (warp === null) return extent.pixelsOf(window);
    const margin = resample === 'bilinear' ? 1 : 0;
    const nodes = (window.rows / warp.step + 2) * (window.cols / warp.step + 2);
    this.nodesLeft -= nodes;
    if (this.nodesLeft < 0) return grown(extent.pixelsOf(window), margin, warp);
    const toSource = this.transforms.get(scene) ?? toSourceOf(this.grid.crs, warp.crs, warp);
    this.transforms.set(scene, toSource);
    const positions = positionLattice(this.grid, window, warp.step, warp, toSource);
    return sourceWindowOf(positions, window, margin, warp);
  }
}

function grown(pixels: Window | null, margin: number, source: { readonly rows: number; readonly cols: number }) {
  if (pixels === null || margin === 0) return pixels;
  const { row, col, rows, cols } = pixels;
  const wider = { row: row - margin, col: col - margin, rows: rows + 2 * margin, cols: cols + 2 * margin };
  return intersectWindows(wider, { row: 0, col: 0, rows: source.rows, cols: source.cols });
}
