/**
 * Resampling onto the analysis grid: nearest, mode, bilinear, area-weighted average. Pixel-centred and nodata-aware.
 *
 * Convention: source pixel (r, c) spans [r, r + 1) x [c, c + 1), half-open; its centre is (r + 0.5, c + 0.5), as in GDAL.
 * Positions within 2^-20 pixel of an edge count as on it, and belong to the pixel after it.
 * Shape: source samples are source.window.rows x cols, outputs target.rows x cols, all row-major.
 * Units: unchanged. Nodata: missing pixels never enter a value; each kernel says when its cell is missing.
 * Samples that are not marked missing must be numbers (no NaN). 64-bit integers are read as doubles: exact to 2^53.
 */

import { forCentrePieces, forFootprintPieces } from '../geo/mesh-pieces.ts';
import type { PositionLattice } from '../geo/position-lattice.ts';
import type { Window } from '../geo/window.ts';
import { averagePiece } from './resample-average.ts';
import { bilinearPiece } from './resample-bilinear.ts';
import { emptyModeScratch, modePiece } from './resample-mode.ts';
import { nearestPiece } from './resample-nearest.ts';
import { allocateCodes, allocateValues, forStrips, type ResampleSource } from './resample-source.ts';

/**
 * The pixel that contains the cell's centre: for classes on about the grid's own scale.
 * Missing (`missingMark`): the centre is outside the source, or its pixel is missing.
 */
export function resampleNearest(
  source: ResampleSource,
  positions: PositionLattice,
  target: Window,
  out: Int32Array | Float64Array,
  missingMark: number,
): void {
  forStrips(source, positions, target, missingMark, allocateCodes(out), (strip, { row, rows, col, cols }) => {
    const cells = { source: strip, out, missingMark };
    for (let r = row; r < row + rows; r++) {
      const at = (r - target.row) * cols;
      forCentrePieces(positions, r, col, cols, (piece) => nearestPiece(cells, piece, at));
    }
  });
}

/**
 * Linear between the four pixel centres around the cell's centre: for smooth quantities that are not finer than the grid.
 * Missing pixels among the four, and those outside, get weight 0 and the rest is scaled up.
 * Missing (NaN): the pixel that contains the centre is missing or outside, as in gdalwarp.
 * Never widened for coarser grids (gdalwarp widens): use the average there.
 */
export function resampleBilinear(
  source: ResampleSource,
  positions: PositionLattice,
  target: Window,
  out: Float64Array,
): void {
  forStrips(source, positions, target, Number.NaN, allocateValues(source), (strip, { row, rows, col, cols }) => {
    for (let r = row; r < row + rows; r++) {
      const at = (r - target.row) * cols;
      forCentrePieces(positions, r, col, cols, (piece) => bilinearPiece(strip, piece, out, at));
    }
  });
}

/**
 * Mean of the valid pixels under the cell, weighted by covered area: for densities and indices, never for amounts per
 * pixel or for classes. Missing (NaN): no valid pixel under the cell.
 * Example: a cell over the right half of a 4 and all of a 10 is (0.5 x 4 + 1 x 10) / 1.5 = 8.
 */
export function resampleAverage(
  source: ResampleSource,
  positions: PositionLattice,
  target: Window,
  out: Float64Array,
): void {
  // Cells across a seam come in no piece.
  if (positions.torn !== null) out.fill(Number.NaN);
  forStrips(source, positions, target, Number.NaN, allocateValues(source), (strip, { row, rows, col, cols }) => {
    for (let r = row; r < row + rows; r++) {
      const at = (r - target.row) * cols;
      forFootprintPieces(positions, r, col, cols, (piece) => averagePiece(strip, piece, out, at));
    }
  });
}

/**
 * The class that covers most of the cell: for classes finer than the grid. Missing pixels do not vote; equal areas (within
 * 1e-6 pixel) go to the smaller code. Missing (`missingMark`): no valid pixel under the cell.
 * gdalwarp counts every touched pixel as one, whatever it covers of it; this weighs by area.
 */
export function resampleMode(
  source: ResampleSource,
  positions: PositionLattice,
  target: Window,
  out: Int32Array | Float64Array,
  missingMark: number,
): void {
  const scratch = emptyModeScratch();
  if (positions.torn !== null) out.fill(missingMark);
  forStrips(source, positions, target, missingMark, allocateCodes(out), (strip, { row, rows, col, cols }) => {
    const cells = { source: strip, out, missingMark };
    for (let r = row; r < row + rows; r++) {
      const at = (r - target.row) * cols;
      forFootprintPieces(positions, r, col, cols, (piece) => modePiece(cells, piece, at, scratch));
    }
  });
}
