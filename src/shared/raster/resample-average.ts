/** The inner loops of the area-weighted average: pieces of rows, on which footprints are linear (geo/mesh-pieces.ts). */

import type { FootprintPiece } from '../geo/mesh-pieces.ts';
import { areInside, emptySpan, heightIn, isUnder, setSpanOf, widthIn } from './pixel-span.ts';
import { EDGE, type MarkedSource } from './resample-source.ts';

/** NaN in place of missing pixels. */
type Values = MarkedSource<Float32Array | Float64Array>;

/** Writes the cells of one piece; `at` is the index of the row's first cell. */
export function averagePiece(source: Values, piece: FootprintPiece, out: Float64Array, at: number): void {
  const { from, to } = piece;
  if (areInside(piece, from, to, source.window)) {
    innerCells(source, piece, from, to, out, at);
    return;
  }
  // A cell has the same bits whichever piece of it a tile has: each takes the way of all where it can.
  for (let k = from; k < to; k++) {
    if (areInside(piece, k, k + 1, source.window)) innerCells(source, piece, k, k + 1, out, at);
    else out[at + k] = meanOfCell(source, piece, k);
  }
}

/** Cells with all their pixels in the window: most cover no more than two rows and columns of valid pixels. */
function innerCells(
  source: Values,
  piece: FootprintPiece,
  from: number,
  to: number,
  out: Float64Array,
  at: number,
): void {
  const { samples, window } = source;
  const { left, leftSlope, right, rightSlope, top, topSlope, bottom, bottomSlope, offset } = piece;
  const { cols } = window;
  const base = (piece.rowBase - window.row) * cols + piece.colBase - window.col;
  let total = 0;
  for (let k = from; k < to; k++) {
    const u = offset + k;
    const x0 = left + u * leftSlope;
    const x1 = right + u * rightSlope;
    const y0 = top + u * topSlope;
    const y1 = bottom + u * bottomSlope;
    const c0 = (x0 + EDGE) | 0;
    const c1 = (x1 - EDGE) | 0;
    const r0 = (y0 + EDGE) | 0;
    const r1 = (y1 - EDGE) | 0;
    // One column or row counts as two, of which the second is itself and has no weight.
    const wide = c1 > c0 ? 1 : 0;
    const high = r1 > r0 ? 1 : 0;
    const a = base + r0 * cols + c0;
    const c = a + high * cols;
    const first = samples[a]!;
    const w0 = wide === 1 ? c1 - x0 : 1;
    const w1 = wide === 1 ? x1 - c1 : 0;
    const h0 = high === 1 ? r1 - y0 : 1;
    const h1 = high === 1 ? y1 - r1 : 0;
    // Sums of differences from the first value: a constant stays itself to the last bit.
    const upper = w1 * (samples[a + wide]! - first);
    const lower = w0 * (samples[c]! - first) + w1 * (samples[c + wide]! - first);
    const mean = first + (h0 * upper + h1 * lower) / ((w0 + w1) * (h0 + h1));
    // More than two columns or rows are left to the general way, as are missing pixels, which come out as NaN.
    const value = c1 - c0 > 1 || r1 - r0 > 1 ? Number.NaN : mean;
    out[at + k] = value;
    total += value;
  }
  // A loop of its own: with it, the one above is half as fast.
  if (Number.isNaN(total)) fillOthers(source, piece, from, to, out, at);
}

/** The cells that the fast way leaves. */
function fillOthers(
  source: Values,
  piece: FootprintPiece,
  from: number,
  to: number,
  out: Float64Array,
  at: number,
): void {
  for (let k = from; k < to; k++) {
    if (!Number.isNaN(out[at + k]!)) continue;
    const mean = meanOfMany(source, piece, k);
    out[at + k] = Number.isNaN(mean) ? meanOfCell(source, piece, k) : mean;
  }
}

/** A cell with all its pixels in the window; NaN where one of them is missing. */
function meanOfMany({ samples, window }: Values, piece: FootprintPiece, k: number): number {
  setSpanOf(cell, piece, k);
  const { left, right, top, bottom, firstCol, lastCol, firstRow, lastRow } = cell;
  const base = (piece.rowBase - window.row) * window.cols + piece.colBase - window.col;
  const first = samples[base + firstRow * window.cols + firstCol]!;
  const leftWidth = firstCol === lastCol ? 1 : firstCol + 1 - left;
  const rightWidth = firstCol === lastCol ? 0 : right - lastCol;
  let sum = 0;
  for (let r = firstRow; r <= lastRow; r++) {
    const at = base + r * window.cols;
    let line = leftWidth * (samples[at + firstCol]! - first) + rightWidth * (samples[at + lastCol]! - first);
    for (let c = firstCol + 1; c < lastCol; c++) line += samples[at + c]! - first;
    const height = firstRow === lastRow ? 1 : r === firstRow ? r + 1 - top : r === lastRow ? bottom - r : 1;
    sum += height * line;
  }
  const width = leftWidth + rightWidth + Math.max(0, lastCol - firstCol - 1);
  const height = firstRow === lastRow ? 1 : firstRow + 1 - top + bottom - lastRow + (lastRow - firstRow - 1);
  return first + sum / (width * height);
}

/** Reused from cell to cell: functions here never wait, and none holds it. */
const cell = emptySpan();

/** Any cell: many pixels, some of them missing or outside. NaN where none is valid. */
function meanOfCell({ samples, window }: Values, piece: FootprintPiece, k: number): number {
  setSpanOf(cell, piece, k);
  if (!isUnder(cell, piece, window)) return Number.NaN;
  const [colShift, rowShift] = [piece.colBase - window.col, piece.rowBase - window.row];
  const lastRow = Math.min(cell.lastRow, window.rows - 1 - rowShift);
  const firstCol = Math.max(cell.firstCol, -colShift);
  const lastCol = Math.min(cell.lastCol, window.cols - 1 - colShift);
  let first = 0;
  let sum = 0;
  let weights = 0;
  for (let r = Math.max(cell.firstRow, -rowShift); r <= lastRow; r++) {
    const height = heightIn(cell, r);
    const base = (r + rowShift) * window.cols + colShift;
    for (let c = firstCol; c <= lastCol; c++) {
      const value = samples[base + c]!;
      if (Number.isNaN(value)) continue;
      const weight = height * widthIn(cell, c);
      if (weights === 0) first = value;
      weights += weight;
      sum += weight * (value - first);
    }
  }
  return weights > 0 ? first + sum / weights : Number.NaN;
}
