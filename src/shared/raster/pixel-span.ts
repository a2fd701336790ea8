/** The pixels under one footprint, and how much of each row and column of them it covers. */

import type { FootprintPiece } from '../geo/mesh-pieces.ts';
import type { Window } from '../geo/window.ts';
import { EDGE } from './resample-source.ts';

/** One cell's pixels, counted from the piece's base. First and last are those that it covers by more than the slack. */
export interface PixelSpan {
  left: number;
  right: number;
  top: number;
  bottom: number;
  firstCol: number;
  lastCol: number;
  firstRow: number;
  lastRow: number;
}

export function emptySpan(): PixelSpan {
  const sides = { left: 0, right: 0, top: 0, bottom: 0 };
  return { ...sides, firstCol: 0, lastCol: 0, firstRow: 0, lastRow: 0 };
}

/** The pixels under cell k of a piece. */
export function setSpanOf(span: PixelSpan, piece: FootprintPiece, k: number): void {
  const u = piece.offset + k;
  span.left = piece.left + u * piece.leftSlope;
  span.right = piece.right + u * piece.rightSlope;
  span.top = piece.top + u * piece.topSlope;
  span.bottom = piece.bottom + u * piece.bottomSlope;
  span.firstCol = Math.floor(span.left + EDGE);
  span.lastCol = Math.max(span.firstCol, Math.floor(span.right - EDGE));
  span.firstRow = Math.floor(span.top + EDGE);
  span.lastRow = Math.max(span.firstRow, Math.floor(span.bottom - EDGE));
}

/** Share of row `row` that a footprint covers; all of the only one, so that a mean of one row is not scaled twice. */
export function heightIn({ top, bottom, firstRow, lastRow }: PixelSpan, row: number): number {
  if (firstRow === lastRow) return 1;
  return row === firstRow ? row + 1 - top : row === lastRow ? bottom - row : 1;
}

/** Share of column `col` that a footprint covers. */
export function widthIn({ left, right, firstCol, lastCol }: PixelSpan, col: number): number {
  if (firstCol === lastCol) return 1;
  return col === firstCol ? col + 1 - left : col === lastCol ? right - col : 1;
}

/** The part of a cell's pixels that lies in the image, as indexes in its window; false where there is none, or for NaN. */
export function isUnder(span: PixelSpan, piece: FootprintPiece, window: Window): boolean {
  const [col, row] = [piece.colBase - window.col, piece.rowBase - window.row];
  return (
    span.firstCol + col < window.cols &&
    span.lastCol + col >= 0 &&
    span.firstRow + row < window.rows &&
    span.lastRow + row >= 0
  );
}

/** Whether all pixels under the cells `from` to `to` of a piece are in the window; false for NaN. */
export function areInside(piece: FootprintPiece, from: number, to: number, window: Window): boolean {
  const [first, last] = [piece.offset + from, piece.offset + to - 1];
  const [col, row] = [piece.colBase - window.col, piece.rowBase - window.row];
  const left = Math.min(piece.left + first * piece.leftSlope, piece.left + last * piece.leftSlope);
  const right = Math.max(piece.right + first * piece.rightSlope, piece.right + last * piece.rightSlope);
  const top = Math.min(piece.top + first * piece.topSlope, piece.top + last * piece.topSlope);
  const bottom = Math.max(piece.bottom + first * piece.bottomSlope, piece.bottom + last * piece.bottomSlope);
  return (
    Math.floor(left + EDGE) + col >= 0 &&
    Math.floor(top + EDGE) + row >= 0 &&
    Math.max(Math.floor(left + EDGE), Math.floor(right - EDGE)) + col < window.cols &&
    Math.max(Math.floor(top + EDGE), Math.floor(bottom - EDGE)) + row < window.rows
  );
}
