/**
 * Where a scene can have data on the grid, and which of its pixels a window of cells can need, both quickly and on the
 * safe side: for planning. Workers find the exact pixels (position-lattice.ts).
 */

import type { AnalysisGrid } from './grid.ts';
import { makePlace, type SourcePlace, type ToSource } from './position-lattice.ts';
import { intersectWindows, type Window, windowRelativeTo } from './window.ts';

export interface SceneExtent {
  /** False only where no cell of the window can have a pixel. */
  mayTouch(window: Window): boolean;
  /** True only where every cell of the window has pixels of the scene, seen or not. */
  covers(window: Window): boolean;
  /** Whether the centre of a cell lies in the scene. */
  holds(row: number, col: number): boolean;
  /** Pixels that the window can need, about; null where there are none. */
  pixelsOf(window: Window): Window | null;
}

/** A scene on the grid's own lattice. */
export function latticeExtent(place: Window): SceneExtent {
  const common = (window: Window) => intersectWindows(place, window);
  return {
    mayTouch: (window) => common(window) !== null,
    covers: (window) => {
      const part = common(window);
      return part !== null && part.rows === window.rows && part.cols === window.cols;
    },
    holds: (row, col) => common({ row, col, rows: 1, cols: 1 }) !== null,
    pixelsOf: (window) => {
      const part = common(window);
      return part === null ? null : windowRelativeTo(part, place);
    },
  };
}

/** Places along each side of a window that are transformed. */
const SAMPLES = 9;
/** What the samples may miss between them, as a share of their extent, and pixels beside. */
const SLACK = { share: 1 / 8, pixels: 2 };

interface Box {
  readonly minRow: number;
  readonly maxRow: number;
  readonly minCol: number;
  readonly maxCol: number;
  /** Some places have no source: the box says little. */
  readonly holes: boolean;
}

/** A scene on another lattice, met by transforms at 81 places of a window. */
export function warpedExtent(grid: AnalysisGrid, source: SourcePlace, toSource: ToSource): SceneExtent {
  const place = makePlace(grid, source, toSource);
  const boxOf = (window: Window): Box | null => {
    const box = { minRow: Infinity, maxRow: -Infinity, minCol: Infinity, maxCol: -Infinity, holes: false };
    for (let i = 0; i < SAMPLES; i++) {
      const row = window.row + (i * window.rows) / (SAMPLES - 1);
      for (let j = 0; j < SAMPLES; j++) {
        const { srcRow, srcCol } = place(row, window.col + (j * window.cols) / (SAMPLES - 1));
        if (Number.isNaN(srcRow + srcCol)) {
          box.holes = true;
          continue;
        }
        box.minRow = Math.min(box.minRow, srcRow);
        box.maxRow = Math.max(box.maxRow, srcRow);
        box.minCol = Math.min(box.minCol, srcCol);
        box.maxCol = Math.max(box.maxCol, srcCol);
      }
    }
    return box.minRow > box.maxRow ? null : box;
  };
  return {
    mayTouch: (window) => {
      const box = boxOf(window);
      return box !== null && (box.holes || pixelsIn(grown(box, 1), source) !== null);
    },
    covers: (window) => {
      const box = boxOf(window);
      if (box === null || box.holes) return false;
      const { minRow, maxRow, minCol, maxCol } = grown(box, 1);
      return minRow >= 0 && minCol >= 0 && maxRow <= source.rows && maxCol <= source.cols;
    },
    holds: (row, col) => {
      const { srcRow, srcCol } = place(row + 0.5, col + 0.5);
      return srcRow >= 0 && srcRow < source.rows && srcCol >= 0 && srcCol < source.cols;
    },
    pixelsOf: (window) => {
      const box = boxOf(window);
      return box === null ? null : pixelsIn(grown(box, 0), source);
    },
  };
}

function grown(box: Box, slack: number): Box {
  const rows = slack * ((box.maxRow - box.minRow) * SLACK.share + SLACK.pixels);
  const cols = slack * ((box.maxCol - box.minCol) * SLACK.share + SLACK.pixels);
  const { minRow, maxRow, minCol, maxCol } = box;
  return { ...box, minRow: minRow - rows, maxRow: maxRow + rows, minCol: minCol - cols, maxCol: maxCol + cols };
}

function pixelsIn(box: Box, { rows, cols }: SourcePlace): Window | null {
  const [row, col] = [Math.floor(box.minRow), Math.floor(box.minCol)];
  const window = { row, col, rows: Math.floor(box.maxRow) + 1 - row, cols: Math.floor(box.maxCol) + 1 - col };
  return intersectWindows(window, { row: 0, col: 0, rows, cols });
}
