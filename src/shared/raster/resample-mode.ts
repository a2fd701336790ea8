/** The inner loops of the most frequent class: pieces of rows, on which footprints are linear (geo/mesh-pieces.ts). */

import type { FootprintPiece } from '../geo/mesh-pieces.ts';
import { areInside, emptySpan, heightIn, isUnder, type PixelSpan, setSpanOf, widthIn } from './pixel-span.ts';
import type { CodeCells } from './resample-nearest.ts';
import { EDGE } from './resample-source.ts';

/** Cells of a piece: no more than the spacing of nodes, 64. */
const MAX_STEP = 64;
/** Areas of classes closer than this, in pixels, are equal: they are sums of rounded products. */
const EQUAL_AREA = 1e-6;

/** What is reused from cell to cell: its pixels, and the area of each class but the first that was seen. */
export interface ModeScratch {
  readonly span: PixelSpan;
  /** Cells of a piece that are not plainly of one class. */
  readonly mixed: Int32Array;
  readonly codes: number[];
  readonly areas: number[];
  count: number;
}

export function emptyModeScratch(): ModeScratch {
  return { span: emptySpan(), mixed: new Int32Array(MAX_STEP + 1), codes: [], areas: [], count: 0 };
}

/** Writes the cells of one piece; `at` is the index of the row's first cell. */
export function modePiece(cells: CodeCells, piece: FootprintPiece, at: number, scratch: ModeScratch): void {
  const { from, to } = piece;
  const { window } = cells.source;
  if (areInside(piece, from, to, window)) {
    innerCells(cells, piece, from, to, at, scratch);
    return;
  }
  // A cell has the same class whichever piece of it a tile has: each takes the way of all where it can.
  for (let k = from; k < to; k++) {
    if (areInside(piece, k, k + 1, window)) innerCells(cells, piece, k, k + 1, at, scratch);
    else cells.out[at + k] = modeOfCell(cells, piece, k, scratch);
  }
}

/** Cells with all their pixels in the window: most cover at most four pixels, all of one class. */
function innerCells(
  cells: CodeCells,
  piece: FootprintPiece,
  from: number,
  to: number,
  at: number,
  scratch: ModeScratch,
): void {
  const { source, out } = cells;
  const { samples, window } = source;
  const { left, leftSlope, right, rightSlope, top, topSlope, bottom, bottomSlope, offset } = piece;
  const { cols } = window;
  const { mixed } = scratch;
  const base = (piece.rowBase - window.row) * cols + piece.colBase - window.col;
  let count = 0;
  for (let k = from; k < to; k++) {
    const u = offset + k;
    const c0 = (left + u * leftSlope + EDGE) | 0;
    const r0 = (top + u * topSlope + EDGE) | 0;
    const right1 = ((right + u * rightSlope - EDGE) | 0) - c0;
    const down1 = ((bottom + u * bottomSlope - EDGE) | 0) - r0;
    const a = base + r0 * cols + c0;
    const c = a + down1 * cols;
    const code = samples[a]!;
    out[at + k] = code;
    // All missing is one class too. No branches here: whether classes meet in a cell is a toss that no processor foresees.
    const isOne =
      (code === samples[a + right1]! ? 1 : 0) &
      (code === samples[c]! ? 1 : 0) &
      (code === samples[c + right1]! ? 1 : 0) &
      (((right1 | down1) & ~1) === 0 ? 1 : 0);
    mixed[count] = k;
    count += 1 - isOne;
  }
  for (let n = 0; n < count; n++) out[at + mixed[n]!] = modeOfMixed(cells, piece, mixed[n]!, scratch);
}

/** A cell with all its pixels in the window. */
function modeOfMixed(cells: CodeCells, piece: FootprintPiece, k: number, scratch: ModeScratch): number {
  const { samples, window } = cells.source;
  const { span } = scratch;
  setSpanOf(span, piece, k);
  const { firstCol, lastCol, firstRow, lastRow } = span;
  const base = (piece.rowBase - window.row) * window.cols + piece.colBase - window.col;
  if (lastCol - firstCol <= 1 && lastRow - firstRow <= 1) {
    return modeOfFour(cells, span, base + firstRow * window.cols + firstCol);
  }
  const code = samples[base + firstRow * window.cols + firstCol]!;
  for (let r = firstRow; r <= lastRow; r++) {
    const end = base + r * window.cols + lastCol;
    for (let at = end - lastCol + firstCol; at <= end; at++) {
      if (samples[at] !== code) return modeOfCell(cells, piece, k, scratch);
    }
  }
  return code;
}

/** Up to two by two pixels, `a` being the first: each class has the sum of the areas of its pixels. */
function modeOfFour({ source, missingMark }: CodeCells, span: PixelSpan, a: number): number {
  const { samples, window } = source;
  const { left, right, top, bottom, firstCol, lastCol, firstRow, lastRow } = span;
  // One column or row counts as two, of which the second is itself and has no weight.
  const isWide = lastCol > firstCol;
  const isHigh = lastRow > firstRow;
  const w0 = isWide ? lastCol - left : 1;
  const w1 = isWide ? right - lastCol : 0;
  const h0 = isHigh ? lastRow - top : 1;
  const h1 = isHigh ? bottom - lastRow : 0;
  const c = isHigh ? a + window.cols : a;
  const codeA = samples[a]!;
  const codeB = samples[isWide ? a + 1 : a]!;
  const codeC = samples[c]!;
  const codeD = samples[isWide ? c + 1 : c]!;
  // The mark may be NaN, which is not itself.
  const areaA = codeA === missingMark || Number.isNaN(codeA) ? 0 : w0 * h0;
  const areaB = codeB === missingMark || Number.isNaN(codeB) ? 0 : w1 * h0;
  const areaC = codeC === missingMark || Number.isNaN(codeC) ? 0 : w0 * h1;
  const areaD = codeD === missingMark || Number.isNaN(codeD) ? 0 : w1 * h1;
  const sumA = areaA + (codeB === codeA ? areaB : 0) + (codeC === codeA ? areaC : 0) + (codeD === codeA ? areaD : 0);
  const sumB = areaB + (codeA === codeB ? areaA : 0) + (codeC === codeB ? areaC : 0) + (codeD === codeB ? areaD : 0);
  const sumC = areaC + (codeA === codeC ? areaA : 0) + (codeB === codeC ? areaB : 0) + (codeD === codeC ? areaD : 0);
  const sumD = areaD + (codeA === codeD ? areaA : 0) + (codeB === codeD ? areaB : 0) + (codeC === codeD ? areaC : 0);
  const largest = Math.max(sumA, sumB, sumC, sumD);
  if (largest === 0) return missingMark;
  const enough = Math.max(largest - EQUAL_AREA, Number.MIN_VALUE);
  let code = Infinity;
  if (sumA >= enough) code = codeA;
  if (sumB >= enough && codeB < code) code = codeB;
  if (sumC >= enough && codeC < code) code = codeC;
  if (sumD >= enough && codeD < code) code = codeD;
  return code;
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
