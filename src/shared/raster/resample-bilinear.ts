/** The inner loops of bilinear: pieces of rows, on which positions are linear (geo/mesh-pieces.ts). */

import type { CentrePiece } from '../geo/mesh-pieces.ts';
import { EDGE, type MarkedSource } from './resample-source.ts';

/** NaN in place of missing pixels. */
type Values = MarkedSource<Float32Array | Float64Array>;

/** Writes the cells of one piece; `at` is the index of the row's first cell. */
export function bilinearPiece(source: Values, piece: CentrePiece, out: Float64Array, at: number): void {
  const { from, to } = piece;
  if (areInside(source, piece, from, to)) {
    innerCells(source, piece, from, to, out, at);
    return;
  }
  // A cell has the same bits whichever piece of it a tile has: each takes the way of all where it can.
  for (let k = from; k < to; k++) {
    if (areInside(source, piece, k, k + 1)) innerCells(source, piece, k, k + 1, out, at);
    else out[at + k] = cellAtGap(source, piece, k);
  }
}

/** Cells with four pixels around them. */
function innerCells(source: Values, piece: CentrePiece, from: number, to: number, out: Float64Array, at: number): void {
  const { samples, window } = source;
  const { offset, colSlope, rowSlope } = piece;
  const { cols } = window;
  // Positions count from the centres of pixels here.
  const [col, row] = [piece.col - 0.5, piece.row - 0.5];
  const base = (piece.rowBase - window.row) * cols + piece.colBase - window.col;
  let total = 0;
  for (let k = from; k < to; k++) {
    const x = col + (offset + k) * colSlope;
    const y = row + (offset + k) * rowSlope;
    const c = x | 0;
    const r = y | 0;
    const a = base + r * cols + c;
    const b = a + cols;
    const u = x - c;
    // Differences keep a constant constant to the last bit.
    const upper = samples[a]! + u * (samples[a + 1]! - samples[a]!);
    const lower = samples[b]! + u * (samples[b + 1]! - samples[b]!);
    const value = upper + (y - r) * (lower - upper);
    out[at + k] = value;
    total += value;
  }
  // NaN comes of a missing pixel among four. A loop of its own: with it, the one above is half as fast.
  if (Number.isNaN(total)) fillGaps(source, piece, from, to, out, at);
}

function fillGaps(source: Values, piece: CentrePiece, from: number, to: number, out: Float64Array, at: number): void {
  for (let k = from; k < to; k++) if (Number.isNaN(out[at + k]!)) out[at + k] = cellAtGap(source, piece, k);
}

/** Whether the cells `from` to `to` have four pixels around them; false for NaN. */
function areInside({ window }: Values, piece: CentrePiece, from: number, to: number): boolean {
  const { offset, colSlope, rowSlope } = piece;
  const [first, last] = [offset + from, offset + to - 1];
  const [col, row] = [piece.col - 0.5, piece.row - 0.5];
  return (
    haveTwo(col + first * colSlope, col + last * colSlope, piece.colBase - window.col, window.cols) &&
    haveTwo(row + first * rowSlope, row + last * rowSlope, piece.rowBase - window.row, window.rows)
  );
}

/** Whether positions from one to another, plus a shift, have a pixel centre among `count` on both sides. */
function haveTwo(a: number, b: number, shift: number, count: number): boolean {
  return Math.floor(Math.min(a, b)) + shift >= 0 && Math.floor(Math.max(a, b)) + shift < count - 1;
}

/** A cell where some of the four pixels are missing or outside. */
function cellAtGap({ samples, window }: Values, piece: CentrePiece, k: number): number {
  const { cols, rows } = window;
  const x = piece.col + (piece.offset + k) * piece.colSlope;
  const y = piece.row + (piece.offset + k) * piece.rowSlope;
  const colShift = piece.colBase - window.col;
  const rowShift = piece.rowBase - window.row;
  const nearestCol = Math.floor(x + EDGE) + colShift;
  const nearestRow = Math.floor(y + EDGE) + rowShift;
  const inside = nearestCol >= 0 && nearestCol < cols && nearestRow >= 0 && nearestRow < rows;
  if (!inside) return Number.NaN;
  const base = samples[nearestRow * cols + nearestCol]!;
  if (Number.isNaN(base)) return Number.NaN;
  const c = Math.floor(x - 0.5);
  const r = Math.floor(y - 0.5);
  let sum = 0;
  let weights = 0;
  for (let n = 0; n < 4; n++) {
    const pixelCol = c + (n & 1);
    const pixelRow = r + (n >> 1);
    const [i, j] = [pixelRow + rowShift, pixelCol + colShift];
    if (j < 0 || j >= cols || i < 0 || i >= rows) continue;
    const value = samples[i * cols + j]!;
    if (Number.isNaN(value)) continue;
    const weight = (1 - Math.abs(x - 0.5 - pixelCol)) * (1 - Math.abs(y - 0.5 - pixelRow));
    weights += weight;
    sum += weight * (value - base);
  }
  return base + sum / weights;
}
