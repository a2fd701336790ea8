/** The inner loops of the most frequent class: pieces of rows, on which footprints are linear (geo/mesh-pieces.ts). */

import type { FootprintPiece } from '../geo/mesh-pieces.ts';
import { areInside, emptySpan, heightIn, isUnder, type PixelSpan, setSpanOf, widthIn } from './pixel-span.ts';
import type { CodeCells } from './resample-nearest.ts';
import { EDGE } from './resample-source.ts';

/** Areas of classes closer than this, in pixels, are equal: they are sums of rounded products. */
const EQUAL_AREA = 1e-6;

/** What is reused from cell to cell: its pixels, and the area of each class but the first that was seen. */
export interface ModeScratch {
  readonly span: PixelSpan;
  readonly codes: number[];
  readonly areas: number[];
  count: number;
}

export function emptyModeScratch(): ModeScratch {
  return { span: emptySpan(), codes: [], areas: [], count: 0 };
}

/** Writes the cells of one piece; `at` is the index of the row's first cell. */
export function modePiece(cells: CodeCells, piece: FootprintPiece, at: number, scratch: ModeScratch): void {
  const { from, to } = piece;
  if (areInside(piece, from, to, cells.source.window)) {
    innerCells(cells, piece, at, scratch);
    return;
  }
  for (let k = from; k < to; k++) cells.out[at + k] = modeOfCell(cells, piece, k, scratch);
}

/** Cells with all their pixels in the window: most cover at most four pixels, all of one class. */
function innerCells(cells: CodeCells, piece: FootprintPiece, at: number, scratch: ModeScratch): void {
  const { source, out } = cells;
  const { samples, window } = source;
  const { from, to, left, leftSlope, right, rightSlope, top, topSlope, bottom, bottomSlope, offset } = piece;
  const { cols } = window;
  const base = (piece.rowBase - window.row) * cols + piece.colBase - window.col;
  for (let k = from; k < to; k++) {
    const u = offset + k;
    const c0 = (left + u * leftSlope + EDGE) | 0;
    const c1 = (right + u * rightSlope - EDGE) | 0;
    const r0 = (top + u * topSlope + EDGE) | 0;
    const r1 = (bottom + u * bottomSlope - EDGE) | 0;
    const a = base + r0 * cols + c0;
    if (c1 - c0 <= 1 && r1 - r0 <= 1) {
      const b = c1 > c0 ? a + 1 : a;
      const c = r1 > r0 ? a + cols : a;
      const d = c + b - a;
      const code = samples[a]!;
      // All missing is one class too.
      if (code === samples[b]! && code === samples[c]! && code === samples[d]!) {
        out[at + k] = code;
        continue;
      }
    }
    out[at + k] = modeOfCell(cells, piece, k, scratch);
  }
}

/** Any cell: several classes, some pixels missing or outside. */
function modeOfCell(
  { source, missingMark }: CodeCells,
  piece: FootprintPiece,
  k: number,
  scratch: ModeScratch,
): number {
  const { samples, window } = source;
  const { span } = scratch;
  setSpanOf(span, piece, k);
  if (!isUnder(span, piece, window)) return missingMark;
  const [colShift, rowShift] = [piece.colBase - window.col, piece.rowBase - window.row];
  const lastRow = Math.min(span.lastRow, window.rows - 1 - rowShift);
  const firstCol = Math.max(span.firstCol, -colShift);
  const lastCol = Math.min(span.lastCol, window.cols - 1 - colShift);
  scratch.count = 0;
  // Most cells see one class: it is added up here, and only others go into the tally.
  let first = Number.NaN;
  let firstArea = 0;
  for (let r = Math.max(span.firstRow, -rowShift); r <= lastRow; r++) {
    const height = heightIn(span, r);
    const base = (r + rowShift) * window.cols + colShift;
    for (let c = firstCol; c <= lastCol; c++) {
      const code = samples[base + c]!;
      // The mark may be NaN, which is not itself.
      if (code === missingMark || Number.isNaN(code)) continue;
      const area = height * widthIn(span, c);
      if (firstArea === 0) first = code;
      if (code === first) firstArea += area;
      else addArea(scratch, code, area);
    }
  }
  if (firstArea === 0) return missingMark;
  return scratch.count === 0 ? first : largestClass(scratch, first, firstArea);
}

function addArea(scratch: ModeScratch, code: number, area: number): void {
  for (let n = 0; n < scratch.count; n++) {
    if (scratch.codes[n] === code) {
      scratch.areas[n] = scratch.areas[n]! + area;
      return;
    }
  }
  scratch.codes[scratch.count] = code;
  scratch.areas[scratch.count] = area;
  scratch.count++;
}

/** The smallest code among the classes of the largest area, the first class included. */
function largestClass({ codes, areas, count }: ModeScratch, first: number, firstArea: number): number {
  let largest = firstArea;
  for (let n = 0; n < count; n++) largest = Math.max(largest, areas[n]!);
  let code = firstArea >= largest - EQUAL_AREA ? first : Infinity;
  for (let n = 0; n < count; n++) if (areas[n]! >= largest - EQUAL_AREA) code = Math.min(code, codes[n]!);
  return code;
}
