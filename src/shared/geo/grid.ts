import type { Crs } from './crs.ts';
import { sameCrs } from './crs.ts';
import type { Geotransform } from './geotransform.ts';
import type { Window } from './window.ts';

/**
 * The infinite lattice of cells of a run: north-up, axis-aligned. Cell (row, col) spans
 * x from originX + col * cellWidth, y from originY - row * cellHeight downwards. Rows and columns may be negative.
 */
export interface Lattice {
  readonly crs: Crs;
  readonly originX: number;
  readonly originY: number;
  /** Width and height of a cell in the CRS's own unit; both positive. */
  readonly cellWidth: number;
  readonly cellHeight: number;
}

/** The one analysis grid of a run: a lattice and the window of it that the zones cover. */
export interface AnalysisGrid extends Lattice {
  readonly window: Window;
}

/** Scenes drift in the last digits of their geotransforms; this share of a cell still counts as the same lattice. */
export const LATTICE_TOLERANCE_CELLS = 1e-3;

/** The lattice of a north-up raster. */
export function latticeOf(crs: Crs, gt: Geotransform): Lattice {
  return { crs, originX: gt[0], originY: gt[3], cellWidth: gt[1], cellHeight: -gt[5] };
}

/**
 * Where a raster's pixel (0, 0) lies on a lattice, in whole cells, or null if the raster is on another lattice.
 * The cell sizes must agree so well that no pixel of the raster drifts by more than LATTICE_TOLERANCE_CELLS.
 */
export function placeOnLattice(
  lattice: Lattice,
  raster: { readonly crs: Crs; readonly geotransform: Geotransform; readonly rows: number; readonly cols: number },
): { readonly row: number; readonly col: number } | null {
  const gt = raster.geotransform;
  if (!sameCrs(lattice.crs, raster.crs) || gt[2] !== 0 || gt[4] !== 0) return null;
  const driftCols = Math.abs(gt[1] - lattice.cellWidth) * raster.cols;
  const driftRows = Math.abs(-gt[5] - lattice.cellHeight) * raster.rows;
  if (driftCols > LATTICE_TOLERANCE_CELLS * lattice.cellWidth) return null;
  if (driftRows > LATTICE_TOLERANCE_CELLS * lattice.cellHeight) return null;
  const col = (gt[0] - lattice.originX) / lattice.cellWidth;
  const row = (lattice.originY - gt[3]) / lattice.cellHeight;
  if (Math.abs(col - Math.round(col)) > LATTICE_TOLERANCE_CELLS) return null;
  if (Math.abs(row - Math.round(row)) > LATTICE_TOLERANCE_CELLS) return null;
  return { row: Math.round(row) + 0, col: Math.round(col) + 0 };
}

/** Map coordinates of a cell's centre. */
export function cellCentre(lattice: Lattice, row: number, col: number): { readonly x: number; readonly y: number } {
  return {
    x: lattice.originX + (col + 0.5) * lattice.cellWidth,
    y: lattice.originY - (row + 0.5) * lattice.cellHeight,
  };
}
