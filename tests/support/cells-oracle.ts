import type { Window } from '../../src/shared/geo/window.ts';
import { SPAN_STRIDE, type ZoneSpans } from '../../src/shared/raster/zone-spans.ts';

/**
 * Which cells lie in a polygon, the plain way: one cell after another, in whole numbers.
 *
 * Points are in cell space, x to the right and y down, in SIXTEENTHS of a cell, so that every comparison is exact.
 */
export type Points = readonly (readonly [number, number])[];

export const SIXTEENTHS = 16;

/** `edge`: the centre lies on an edge, and which side it falls to is a rule of its own. */
export type Inside = 'in' | 'out' | 'edge';

/** Even-odd over all rings, at the centre of a cell. Rings are open: the last point joins the first. */
export function insideAt(rings: readonly Points[], row: number, col: number): Inside {
  const x = col * SIXTEENTHS + SIXTEENTHS / 2;
  const y = row * SIXTEENTHS + SIXTEENTHS / 2;
  let inside = false;
  for (const ring of rings) {
    for (const [i, a] of ring.entries()) {
      const b = ring[(i + 1) % ring.length] as readonly [number, number];
      const side = (b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0]);
      if (side === 0 && within(x, a[0], b[0]) && within(y, a[1], b[1])) return 'edge';
      // The edge crosses the half line to the left of the centre.
      if (a[1] <= y !== b[1] <= y && side > 0 === b[1] < a[1]) inside = !inside;
    }
  }
  return inside ? 'in' : 'out';
}

function within(value: number, a: number, b: number): boolean {
  return Math.min(a, b) <= value && value <= Math.max(a, b);
}

/** Zone index of each cell of a window, row by row; -1 where there is none. */
export function zoneOfCells(spans: ZoneSpans): Int32Array {
  const { rows, cols } = spans.window;
  const zones = new Int32Array(rows * cols).fill(-1);
  for (let row = 0; row < rows; row++) {
    for (let span = spans.rowStarts[row] ?? 0; span < (spans.rowStarts[row + 1] ?? 0); span++) {
      const [start = 0, end = 0, zone = -1] = spans.spans.subarray(span * SPAN_STRIDE, (span + 1) * SPAN_STRIDE);
      for (let col = start; col < end; col++) {
        if (zones[row * cols + col] !== -1) throw new Error(`cell ${row}, ${col} is in two spans`);
        zones[row * cols + col] = zone;
      }
    }
  }
  return zones;
}

/** Cells of a window, row by row. */
export function* cellsOf({ row, col, rows, cols }: Window): Iterable<{ readonly row: number; readonly col: number }> {
  for (let r = row; r < row + rows; r++) for (let c = col; c < col + cols; c++) yield { row: r, col: c };
}

/** A window cut into tiles of a size, from its own corner. */
export function cutWindow(window: Window, rows: number, cols: number): Window[] {
  const tiles: Window[] = [];
  for (let row = window.row; row < window.row + window.rows; row += rows) {
    for (let col = window.col; col < window.col + window.cols; col += cols) {
      const [bottom, right] = [window.row + window.rows, window.col + window.cols];
      tiles.push({ row, col, rows: Math.min(rows, bottom - row), cols: Math.min(cols, right - col) });
    }
  }
  return tiles;
}
