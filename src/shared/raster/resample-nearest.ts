/** The inner loops of nearest: pieces of rows, on which positions are linear (geo/mesh-pieces.ts). */

import type { CentrePiece } from '../geo/mesh-pieces.ts';
import { EDGE, type MarkedSource, runEnd } from './resample-source.ts';

/** Beyond this many source rows a cell, runs within one source row are too short to look for. */
const STEEP = 0.25;
/** Below this many source columns a cell, cells share pixels in runs that are worth looking for. */
const COARSE = 0.2;
/** From this many cells on, a copy of memory is faster than a loop. */
const LONG = 32;
/** Positions nearer to an edge than this could be on its other side for want of precision. */
const NOISE = 2 ** -28;

/** Cells and a source that holds the mark of missing ones already. */
export interface CodeCells {
  readonly source: MarkedSource<Int32Array | Float64Array>;
  readonly out: Int32Array | Float64Array;
  readonly missingMark: number;
}

/** Writes the cells of one piece; `at` is the index of the row's first cell. */
export function nearestPiece(cells: CodeCells, piece: CentrePiece, at: number): void {
  const { from, to, offset, colSlope, rowSlope } = piece;
  const { window } = cells.source;
  const { rows, cols } = window;
  const [col, row] = [piece.col + EDGE, piece.row + EDGE];
  const colShift = piece.colBase - window.col;
  const rowShift = piece.rowBase - window.row;
  const [first, last] = [offset + from, offset + to - 1];
  const inside =
    isWithin(col + first * colSlope, col + last * colSlope, colShift, cols) &&
    isWithin(row + first * rowSlope, row + last * rowSlope, rowShift, rows);
  if (!inside) {
    checkedPiece(cells, piece, at);
    return;
  }
  if (Math.abs(rowSlope) > STEEP) {
    steepRun(cells, piece, at);
    return;
  }
  for (let k = from; k < to; ) {
    const pixelRow = (row + (offset + k) * rowSlope) | 0;
    const end = rowSlope === 0 ? to : runEnd(row, rowSlope, offset, k, to, pixelRow);
    levelRun(cells, (pixelRow + rowShift) * cols + colShift, piece, k, end, at);
    k = end;
  }
}

/** Whether positions from one to another, plus a shift, are all pixels of `count`; false for NaN. */
function isWithin(a: number, b: number, shift: number, count: number): boolean {
  return Math.floor(Math.min(a, b)) + shift >= 0 && Math.floor(Math.max(a, b)) + shift < count;
}

/** Cells whose pixels are all in one source row, at `base` + floor(column). */
function levelRun(
  { source, out }: CodeCells,
  base: number,
  piece: CentrePiece,
  from: number,
  to: number,
  at: number,
): void {
  const { samples } = source;
  const { offset, colSlope } = piece;
  const col = piece.col + EDGE;
  const first = col + (offset + from) * colSlope;
  const last = col + (offset + to - 1) * colSlope;
  const start = first | 0;
  if ((last | 0) - start === to - 1 - from && isOffEdges(first) && isOffEdges(last)) {
    // One pixel to the right with each cell.
    copy(samples, base + start, out, at + from, to - from);
  } else if (Math.abs(colSlope) < COARSE) {
    for (let k = from; k < to; ) {
      const pixelCol = (col + (offset + k) * colSlope) | 0;
      const end = colSlope === 0 ? to : runEnd(col, colSlope, offset, k, to, pixelCol);
      const value = samples[base + pixelCol]!;
      for (; k < end; k++) out[at + k] = value;
    }
  } else {
    for (let k = from; k < to; k++) out[at + k] = samples[base + ((col + (offset + k) * colSlope) | 0)]!;
  }
}

/** Between two such ends, a run of one pixel a cell cannot slip and catch up again by rounding. */
function isOffEdges(position: number): boolean {
  const part = position - (position | 0);
  return part > NOISE && part < 1 - NOISE;
}

function copy(
  samples: Int32Array | Float64Array,
  from: number,
  out: Int32Array | Float64Array,
  at: number,
  count: number,
): void {
  if (count >= LONG) out.set(samples.subarray(from, from + count), at);
  else for (let k = 0; k < count; k++) out[at + k] = samples[from + k]!;
}

/** A piece that crosses many source rows, all of it inside. */
function steepRun({ source, out }: CodeCells, piece: CentrePiece, at: number): void {
  const { samples, window } = source;
  const { from, to, offset, colSlope, rowSlope } = piece;
  const [col, row] = [piece.col + EDGE, piece.row + EDGE];
  const { cols } = window;
  const base = (piece.rowBase - window.row) * cols + piece.colBase - window.col;
  for (let k = from; k < to; k++) {
    const pixelCol = (col + (offset + k) * colSlope) | 0;
    const pixel = base + ((row + (offset + k) * rowSlope) | 0) * cols + pixelCol;
    out[at + k] = samples[pixel]!;
  }
}

/** A piece that is partly outside, or has no source. */
function checkedPiece({ source, out, missingMark }: CodeCells, piece: CentrePiece, at: number): void {
  const { samples, window } = source;
  const { from, to, offset, colSlope, rowSlope } = piece;
  const [col, row] = [piece.col + EDGE, piece.row + EDGE];
  const colShift = piece.colBase - window.col;
  const rowShift = piece.rowBase - window.row;
  for (let k = from; k < to; k++) {
    const pixelCol = Math.floor(col + (offset + k) * colSlope) + colShift;
    const pixelRow = Math.floor(row + (offset + k) * rowSlope) + rowShift;
    const pixel = pixelRow * window.cols + pixelCol;
    // Comparisons are false for NaN.
    const inside = pixelCol >= 0 && pixelCol < window.cols && pixelRow >= 0 && pixelRow < window.rows;
    out[at + k] = inside ? samples[pixel]! : missingMark;
  }
}
