import type { PlannedGreen } from '../../src/shared/contracts/plan-green.ts';
import type { Window } from '../../src/shared/geo/window.ts';
import { cellsOf } from './cells-oracle.ts';

/** The footprint of built-up land by its definition, cell by cell over the whole raster. */

/** 1 where a cell of the window is in the footprint, row by row. `isBuilt` is asked beyond the window too. */
export function plainFootprint(
  window: Window,
  { closingCells, holeCells }: Pick<PlannedGreen, 'closingCells' | 'holeCells'>,
  isBuilt: (row: number, col: number) => boolean,
): Uint8Array {
  // A hole that is small enough ends within so many cells, and closing sees twice its radius far.
  const margin = 2 * Math.ceil(closingCells) + holeCells + 2;
  const wide = new Bitmap(window, margin);
  const disc = discOf(closingCells);
  const near = wide.map((row, col) => disc.some(([down, right]) => isBuilt(row + down, col + right)));
  const closed = wide.map((row, col) => disc.every(([down, right]) => near.at(row + down, col + right)));
  const known = wide.map((row, col) => (closingCells === 0 ? isBuilt(row, col) : closed.at(row, col)));
  fillSmallHoles(known, holeCells);
  return Uint8Array.from(cellsOf(window), ({ row, col }) => Number(known.at(row, col)));
}

function discOf(radius: number): [number, number][] {
  const reach = Math.floor(radius);
  const around = { row: -reach, col: -reach, rows: 2 * reach + 1, cols: 2 * reach + 1 };
  return [...cellsOf(around)]
    .filter(({ row, col }) => row ** 2 + col ** 2 <= radius ** 2)
    .map(({ row, col }) => [row, col]);
}

/** Cells of a window and so many around it; unset beyond. */
class Bitmap {
  readonly outer: Window;
  private readonly inner: Window;
  private readonly margin: number;
  private readonly cells: Uint8Array;

  constructor(inner: Window, margin: number) {
    const [rows, cols] = [inner.rows + 2 * margin, inner.cols + 2 * margin];
    this.inner = inner;
    this.margin = margin;
    this.outer = { row: inner.row - margin, col: inner.col - margin, rows, cols };
    this.cells = new Uint8Array(rows * cols);
  }

  map(isSet: (row: number, col: number) => boolean): Bitmap {
    const mapped = new Bitmap(this.inner, this.margin);
    for (const { row, col } of cellsOf(this.outer)) if (isSet(row, col)) mapped.set(row, col);
    return mapped;
  }

  has(row: number, col: number): boolean {
    const [down, right] = [row - this.outer.row, col - this.outer.col];
    return down >= 0 && right >= 0 && down < this.outer.rows && right < this.outer.cols;
  }

  at(row: number, col: number): boolean {
    return this.has(row, col) && this.cells[this.indexOf(row, col)] === 1;
  }

  set(row: number, col: number): void {
    this.cells[this.indexOf(row, col)] = 1;
  }

  private indexOf(row: number, col: number): number {
    return (row - this.outer.row) * this.outer.cols + col - this.outer.col;
  }
}

/** Unset cells joined by sides; those that reach the edge go on beyond it. */
function fillSmallHoles(bitmap: Bitmap, holeCells: number): void {
  const seen = bitmap.map(() => false);
  for (const first of cellsOf(bitmap.outer)) {
    if (bitmap.at(first.row, first.col) || seen.at(first.row, first.col)) continue;
    const hole = [first];
    let reachesEdge = false;
    seen.set(first.row, first.col);
    // Grows while it is walked.
    for (const { row, col } of hole) {
      for (const [r, c] of [
        [row - 1, col],
        [row + 1, col],
        [row, col - 1],
        [row, col + 1],
      ] as const) {
        if (!bitmap.has(r, c)) reachesEdge = true;
        else if (!bitmap.at(r, c) && !seen.at(r, c)) {
          seen.set(r, c);
          hole.push({ row: r, col: c });
        }
      }
    }
    if (!reachesEdge && hole.length <= holeCells) for (const { row, col } of hole) bitmap.set(row, col);
  }
}
