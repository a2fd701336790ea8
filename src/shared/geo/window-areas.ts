/**
 * Areas of the cells of a window in whole units of 2^-exponent m2: one number a row on geographic grids, one a cell on
 * projected ones measured on the ellipsoid, none in the plane (there a count of cells says all).
 */

import { type CellAreas, cellAreas } from './area-scale.ts';
import { rowAreaUnits } from './cell-area.ts';
import type { AnalysisGrid } from './grid.ts';
import type { Window } from './window.ts';

/** How a run keeps areas; both null in the plane. */
export interface AreaKeeping {
  readonly areaBy: 'row' | 'cell' | null;
  readonly areaExponent: number | null;
}

/** Bits of the largest cell's units. */
export const CELL_BITS = { row: 50, cell: 38 } as const;

export class WindowAreas {
  /** Units of one cell of each row, or null. */
  readonly rowUnits: Float64Array | null;
  /** Bits of the largest cell's units. */
  readonly cellBits: number;
  private readonly window: Window;
  private readonly cells: CellAreas | null;
  private readonly sums: Float64Array;
  private readonly units: Float64Array;
  private summedRow = -1;

  constructor(grid: AnalysisGrid, window: Window, { areaBy, areaExponent }: AreaKeeping) {
    this.window = window;
    const exponent = areaExponent ?? 0;
    this.rowUnits = areaBy === 'row' ? rowAreaUnits(grid, { row: window.row, count: window.rows }, exponent) : null;
    this.cells = areaBy === 'cell' ? cellAreas(grid, window, exponent) : null;
    this.cellBits = CELL_BITS[areaBy ?? 'cell'];
    this.units = new Float64Array(this.cells === null ? 0 : window.cols);
    this.sums = new Float64Array(this.cells === null ? 0 : window.cols + 1);
  }

  /** Running sums of the units of a row's cells, from 0: cols + 1 numbers, valid until another row is asked. Null: not by cell. */
  rowSums(row: number): Float64Array | null {
    if (this.cells === null) return null;
    if (this.summedRow === row) return this.sums;
    this.cells.row(this.window.row + row, this.window.col, this.window.cols, this.units);
    for (let col = 0; col < this.window.cols; col++) this.sums[col + 1] = this.sums[col]! + this.units[col]!;
    this.summedRow = row;
    return this.sums;
  }

  /** Share of a cell of so many units in the largest that there may be; 1 in the plane. */
  shareOf(units: bigint): number {
    return this.rowUnits === null && this.cells === null ? 1 : Number(units) * 2 ** -this.cellBits;
  }

  /** Units of the cells from `start` to before `end` of a row, both from the window's own origin; 0 in the plane. */
  spanUnits(row: number, start: number, end: number): bigint {
    if (this.rowUnits !== null) return BigInt(end - start) * BigInt(this.rowUnits[row]!);
    const sums = this.rowSums(row);
    return sums === null ? 0n : BigInt(sums[end]! - sums[start]!);
  }
}
