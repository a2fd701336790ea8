/**
 * Where cells of the analysis grid fall in a source image: exact transforms at the nodes of a coarse global lattice,
 * bilinear in between. Every number depends on global cell indexes only, so any tiling gives the same bits.
 * Rows and columns are continuous here: a cell's corner is (row, col), its centre (row + 0.5, col + 0.5); a source
 * pixel (r, c) spans [r, r + 1) x [c, c + 1). docs/alignment.md has the formulae and the bound of the error.
 */

import { CitysinkError } from '../errors.ts';
import type { Geotransform } from './geotransform.ts';
import type { AnalysisGrid, Lattice } from './grid.ts';
import { intersectWindows, type Window } from './window.ts';

/** Where a source image lies on its own map: any affine, rotated or south-up too. */
export interface SourcePlace {
  readonly geotransform: Geotransform;
  readonly rows: number;
  readonly cols: number;
}

/** Map coordinates of the grid to map coordinates of the source; NaN outside the projection's domain. */
export type ToSource = (x: number, y: number) => readonly [x: number, y: number];

/** Units: source pixels, continuous. Missing: NaN where there is no source. */
export interface SourcePosition {
  readonly srcRow: number;
  readonly srcCol: number;
}

export type Place = (row: number, col: number) => SourcePosition;

/**
 * Exact source positions at cell corners whose global indexes are multiples of `step`.
 * Shape: rows x cols nodes, row-major. Units: source pixels, continuous. Missing: NaN where there is no source.
 */
export interface PositionLattice {
  readonly step: number;
  /** Global cell index of the first node. */
  readonly row: number;
  readonly col: number;
  readonly rows: number;
  readonly cols: number;
  readonly srcCol: Float64Array;
  readonly srcRow: Float64Array;
  /** 1 for meshes where interpolation fails; (rows - 1) x (cols - 1). Their cells are transformed one by one. Null: none. */
  readonly torn: Uint8Array | null;
  /** Source position of a global cell coordinate without interpolation. */
  readonly exact: Place;
}

/** What interpolation between nodes aims at, in source pixels. */
export const POSITION_ERROR_AIM = 1e-3;
/** A mesh that is further off than this anywhere, in source pixels, is torn. */
export const POSITION_ERROR_LIMIT = 0.1;

/**
 * Positions are rounded to 2^-24 pixel: noise of the transforms (about 1e-9) goes, a source on the grid's own lattice
 * has whole numbers at its corners, and interpolation over steps of a power of two keeps them whole.
 */
const POSITION_UNITS = 2 ** 24;

/** Positions this close to a pixel's edge, in pixels, are on it: above the rounding, below anything that matters. */
const EDGE = 2 ** -20;

const MAX_STEP = 64;
/** Samples along each axis of the grid when the step is chosen. */
const SAMPLES = 33;
/** An error beyond this share of a mesh's extent is a seam (180 degrees, an interruption), not curvature. */
const SEAM_SHARE = 0.125;

/** The position function of a source. Errors: GRID_UNSUPPORTED for a geotransform without area. */
export function makePlace(lattice: Lattice, source: SourcePlace, toSource: ToSource): Place {
  const [x0, dxCol, dxRow, y0, dyCol, dyRow] = source.geotransform;
  const determinant = dxCol * dyRow - dxRow * dyCol;
  if (!Number.isFinite(determinant) || determinant === 0) {
    throw new CitysinkError('GRID_UNSUPPORTED', `a geotransform without area: ${source.geotransform.join(', ')}`);
  }
  // Division by the pixel size itself keeps whole numbers whole where rows and columns follow the axes.
  const aligned = dxRow === 0 && dyCol === 0;
  return (row, col) => {
    const [x, y] = toSource(lattice.originX + col * lattice.cellWidth, lattice.originY - row * lattice.cellHeight);
    const [dx, dy] = [x - x0, y - y0];
    const srcCol = aligned ? dx / dxCol : (dyRow * dx - dxRow * dy) / determinant;
    const srcRow = aligned ? dy / dyRow : (dxCol * dy - dyCol * dx) / determinant;
    return { srcRow: rounded(srcRow), srcCol: rounded(srcCol) };
  };
}

/** Infinite positions are no positions. */
function rounded(position: number): number {
  return Number.isFinite(position) ? Math.round(position * POSITION_UNITS) / POSITION_UNITS : Number.NaN;
}

/** The four nodes around one mesh: top left and right, bottom left and right. */
type Corners = readonly [SourcePosition, SourcePosition, SourcePosition, SourcePosition];

/** What interpolation does inside one mesh, in source pixels. */
interface MeshFit {
  readonly error: number;
  readonly extent: number;
}

/**
 * Error of interpolation in one mesh; null where it has no source at all. It is largest at the centre or in the middle of
 * an edge, u (1 - u) f_xx + t (1 - t) f_yy: between conformal systems f_xx = -f_yy and the centre alone would show nothing.
 * With steps of one cell only corners and centres are ever asked for, so the edges are left out.
 */
function fitOf(corners: Corners, place: Place, row: number, col: number, step: number): MeshFit | null {
  const [a, b, c, d] = corners;
  const half = step / 2;
  const middle = place(row + half, col + half);
  const missing = corners.filter((corner) => Number.isNaN(corner.srcRow + corner.srcCol)).length;
  const noMiddle = Number.isNaN(middle.srcRow + middle.srcCol);
  if (missing === 4 && noMiddle) return null;
  // Half in the projection's domain and half out of it: nothing to interpolate with.
  if (missing > 0 || noMiddle) return { error: Infinity, extent: 0 };
  const extent = Math.max(
    spread(a.srcRow, b.srcRow, c.srcRow, d.srcRow),
    spread(a.srcCol, b.srcCol, c.srcCol, d.srcCol),
  );
  const centre = offBy(middle, corners);
  if (step === 1) return { error: centre, extent };
  const top = offBy(place(row, col + half), [a, b]);
  const left = offBy(place(row + half, col), [a, c]);
  const error = Math.max(centre, top, left);
  return { error: Number.isNaN(error) ? Infinity : error, extent };
}

/** Distance along the worse axis between a place and the mean of its neighbours. */
function offBy(place: SourcePosition, neighbours: readonly SourcePosition[]): number {
  let [row, col] = [0, 0];
  for (const { srcRow, srcCol } of neighbours) {
    row += srcRow;
    col += srcCol;
  }
  return Math.max(Math.abs(row / neighbours.length - place.srcRow), Math.abs(col / neighbours.length - place.srcCol));
}

function spread(a: number, b: number, c: number, d: number): number {
  return Math.max(a, b, c, d) - Math.min(a, b, c, d);
}

function isSeam(mesh: MeshFit): boolean {
  return mesh.error === Infinity || (mesh.error > POSITION_ERROR_LIMIT && mesh.error > SEAM_SHARE * mesh.extent);
}

/** Largest error in source pixels in the sampled meshes; stops early beyond `enough`. Seams are not counted. */
function sampledError(place: Place, window: Window, step: number, enough: number): number {
  let largest = 0;
  for (let i = 0; i < SAMPLES; i++) {
    const row = meshStart(window.row, window.rows, i, step);
    for (let j = 0; j < SAMPLES; j++) {
      const col = meshStart(window.col, window.cols, j, step);
      const mesh = fitOf(cornersAt(place, row, col, step), place, row, col, step);
      if (mesh !== null && !isSeam(mesh)) largest = Math.max(largest, mesh.error);
      if (largest > enough) return largest;
    }
  }
  return largest;
}

function cornersAt(place: Place, row: number, col: number, step: number): Corners {
  return [place(row, col), place(row, col + step), place(row + step, col), place(row + step, col + step)];
}

/** First node of the mesh that the i-th sample is in; the samples run from the first cell to the last. */
function meshStart(first: number, count: number, i: number, step: number): number {
  const cell = first + Math.round((i * (count - 1)) / (SAMPLES - 1));
  return Math.floor(cell / step) * step;
}

/**
 * The spacing of nodes for a whole run and source: the largest power of two up to 64 cells whose interpolation is off by
 * less than 0.001 source pixel at 1,089 places spread over the grid, or 1. Depends on grid and source only.
 */
export function choosePositionStep(grid: AnalysisGrid, source: SourcePlace, toSource: ToSource): number {
  const place = makePlace(grid, source, toSource);
  let step = MAX_STEP;
  while (step > 1 && sampledError(place, grid.window, step, POSITION_ERROR_AIM) > POSITION_ERROR_AIM) step /= 2;
  return step;
}

/** The error that was measured for a step, in source pixels: for reports and tests. */
export function positionError(grid: AnalysisGrid, source: SourcePlace, toSource: ToSource, step: number): number {
  return sampledError(makePlace(grid, source, toSource), grid.window, step, Infinity);
}

/**
 * Nodes that cover all corners of a window's cells. A node beyond the last corner is always there, so that a corner on
 * a node is interpolated the same way in every tile.
 * Errors: GRID_UNSUPPORTED for a source whose geotransform has no area.
 */
export function positionLattice(
  lattice: Lattice,
  window: Window,
  step: number,
  source: SourcePlace,
  toSource: ToSource,
): PositionLattice {
  const exact = makePlace(lattice, source, toSource);
  const row = Math.floor(window.row / step) * step;
  const col = Math.floor(window.col / step) * step;
  const rows = Math.floor((window.row + window.rows - row) / step) + 2;
  const cols = Math.floor((window.col + window.cols - col) / step) + 2;
  const srcCol = new Float64Array(rows * cols);
  const srcRow = new Float64Array(rows * cols);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) {
      const node = exact(row + i * step, col + j * step);
      srcRow[i * cols + j] = node.srcRow;
      srcCol[i * cols + j] = node.srcCol;
    }
  }
  const nodes = { step, row, col, rows, cols, srcCol, srcRow, exact };
  return { ...nodes, torn: tornMeshes(nodes) };
}

/** Marks meshes that are interpolated wrongly. Decided from the mesh alone, so the same in every tile. */
function tornMeshes(nodes: Omit<PositionLattice, 'torn'>): Uint8Array | null {
  const { step, row, col, rows, cols, srcRow, srcCol, exact } = nodes;
  const torn = new Uint8Array((rows - 1) * (cols - 1));
  const node = (k: number): SourcePosition => ({ srcRow: srcRow[k]!, srcCol: srcCol[k]! });
  let found = false;
  for (let i = 0; i + 1 < rows; i++) {
    for (let j = 0; j + 1 < cols; j++) {
      const at = i * cols + j;
      const corners: Corners = [node(at), node(at + 1), node(at + cols), node(at + cols + 1)];
      const fit = fitOf(corners, exact, row + i * step, col + j * step, step);
      if (fit === null || fit.error <= POSITION_ERROR_LIMIT) continue;
      torn[i * (cols - 1) + j] = 1;
      found = true;
    }
  }
  return found ? torn : null;
}

/** Source position of a continuous global cell coordinate; NaN where there is no source. */
export function positionAt(lattice: PositionLattice, row: number, col: number): SourcePosition {
  const srcCol = new Float64Array(1);
  const srcRow = new Float64Array(1);
  rowPositions(lattice, row, col, 1, srcCol, srcRow);
  return { srcRow: srcRow[0]!, srcCol: srcCol[0]! };
}

/**
 * Source positions of `count` points along one row, one cell apart, from the continuous column `colStart` on.
 * Writes the first `count` elements of `outCol` and `outRow`: source pixels, NaN where there is no source.
 * Along the meshes of a row: L = top + t (bottom - top) on both sides, then L + u (R - L); t, u are exact fractions.
 */
export function rowPositions(
  lattice: PositionLattice,
  rowCoordinate: number,
  colStart: number,
  count: number,
  outCol: Float64Array,
  outRow: Float64Array,
): void {
  const { step, cols, srcCol, srcRow, torn } = lattice;
  const meshRow = Math.floor((rowCoordinate - lattice.row) / step);
  const t = (rowCoordinate - lattice.row - meshRow * step) / step;
  let mesh = Math.floor((colStart - lattice.col) / step);
  for (let k = 0; k < count; mesh++) {
    const meshCol = lattice.col + mesh * step;
    const end = Math.min(count, Math.ceil(meshCol + step - colStart));
    if (torn !== null && torn[meshRow * (cols - 1) + mesh] === 1) {
      for (; k < end; k++) {
        const position = lattice.exact(rowCoordinate, colStart + k);
        outCol[k] = position.srcCol;
        outRow[k] = position.srcRow;
      }
      continue;
    }
    const top = meshRow * cols + mesh;
    const bottom = top + cols;
    const leftCol = srcCol[top]! + t * (srcCol[bottom]! - srcCol[top]!);
    const rightCol = srcCol[top + 1]! + t * (srcCol[bottom + 1]! - srcCol[top + 1]!);
    const leftRow = srcRow[top]! + t * (srcRow[bottom]! - srcRow[top]!);
    const rightRow = srcRow[top + 1]! + t * (srcRow[bottom + 1]! - srcRow[top + 1]!);
    const slopeCol = (rightCol - leftCol) / step;
    const slopeRow = (rightRow - leftRow) / step;
    const offset = colStart - meshCol;
    for (; k < end; k++) {
      outCol[k] = leftCol + (offset + k) * slopeCol;
      outRow[k] = leftRow + (offset + k) * slopeRow;
    }
  }
}

/**
 * The source pixels that the cells of a window can need: all pixels that their corners and centres span, and `margin`
 * more on each side (1 for bilinear, 0 for the others). Null where the window has no source.
 * Across a seam (180 degrees) this is the whole width of the source.
 */
export function sourceWindowOf(
  lattice: PositionLattice,
  window: Window,
  margin: number,
  source: Pick<SourcePlace, 'rows' | 'cols'>,
): Window | null {
  const box = { minRow: Infinity, maxRow: -Infinity, minCol: Infinity, maxCol: -Infinity };
  // In torn meshes every corner and centre can be an extreme, else only those on nodes and on the window's edge.
  const torn = lattice.torn !== null;
  const x = new Float64Array(window.cols + 1);
  const y = new Float64Array(window.cols + 1);
  for (const row of stops(window.row, window.rows, torn ? 0.5 : lattice.step)) {
    for (const shift of torn ? [0, 0.5] : [0]) {
      const count = shift === 0 ? window.cols + 1 : window.cols;
      rowPositions(lattice, row, window.col + shift, count, x, y);
      for (let k = 0; k < count; k++) extend(box, y[k]!, x[k]!);
    }
  }
  if (box.minRow > box.maxRow) return null;
  const row = Math.floor(box.minRow + EDGE) - margin;
  const col = Math.floor(box.minCol + EDGE) - margin;
  // A far edge that lies on a pixel's edge asks for nothing beyond it: aligned tiles read aligned blocks.
  const spanned = {
    row,
    col,
    rows: Math.ceil(box.maxRow - EDGE) + margin - row,
    cols: Math.ceil(box.maxCol - EDGE) + margin - col,
  };
  return intersectWindows(spanned, { row: 0, col: 0, rows: source.rows, cols: source.cols });
}

/** Both ends of a run of cells and the multiples of `step` between them. */
function stops(first: number, count: number, step: number): number[] {
  const inner: number[] = [];
  for (let at = Math.floor(first / step) * step + step; at < first + count; at += step) inner.push(at);
  return [first, ...inner, first + count];
}

interface Box {
  minRow: number;
  maxRow: number;
  minCol: number;
  maxCol: number;
}

function extend(box: Box, srcRow: number, srcCol: number): void {
  if (Number.isNaN(srcRow + srcCol)) return;
  box.minRow = Math.min(box.minRow, srcRow);
  box.maxRow = Math.max(box.maxRow, srcRow);
  box.minCol = Math.min(box.minCol, srcCol);
  box.maxCol = Math.max(box.maxCol, srcCol);
}
