/** A rectangle of cells in pixel space: rows run down, columns to the right; integers; rows and cols are counts. */
export interface Window {
  readonly row: number;
  readonly col: number;
  readonly rows: number;
  readonly cols: number;
}

/** The common part of two windows, or null where they do not touch. */
export function intersectWindows(a: Window, b: Window): Window | null {
  const row = Math.max(a.row, b.row);
  const col = Math.max(a.col, b.col);
  const rows = Math.min(a.row + a.rows, b.row + b.rows) - row;
  const cols = Math.min(a.col + a.cols, b.col + b.cols) - col;
  return rows > 0 && cols > 0 ? { row, col, rows, cols } : null;
}

/** The same cells counted from another origin: subtracts the row and column of `origin`. */
export function windowRelativeTo(window: Window, origin: { readonly row: number; readonly col: number }): Window {
  return { row: window.row - origin.row, col: window.col - origin.col, rows: window.rows, cols: window.cols };
}

/** Number of cells in a window. */
export function windowCells(window: Window): number {
  return window.rows * window.cols;
}

/** The window with so many more cells on each side. */
export function grownWindow({ row, col, rows, cols }: Window, cells: number): Window {
  return { row: row - cells, col: col - cells, rows: rows + 2 * cells, cols: cols + 2 * cells };
}

/** Whether every cell of the second window is one of the first. */
export function windowContains(outer: Window, inner: Window): boolean {
  return (
    outer.row <= inner.row &&
    outer.col <= inner.col &&
    inner.row + inner.rows <= outer.row + outer.rows &&
    inner.col + inner.cols <= outer.col + outer.cols
  );
}
