import type { Window } from '../../shared/geo/window.ts';
import { forEachRun } from './code-runs.ts';
import { RunLabels } from './run-labels.ts';

/**
 * @pure The built-up footprint of a city: built cells, closed by a disc (gaps as narrow as the disc are built), then with
 * small holes filled. Computed on a tile with a halo that is wide enough for every bit of the tile itself to be that of the
 * whole raster, so tiles join without seam.
 */

export interface FootprintRule {
  /** Radius of the closing disc in cells; a cell is in the disc where dx^2 + dy^2 <= radius^2. 0: no closing. */
  readonly radius: number;
  /** Holes (cells that are not built, joined by their sides) of at most so many cells are filled. 0: none. */
  readonly holeCells: number;
}

/**
 * Cells that a tile needs on each of its sides. Closing sees 2 x radius cells far. A hole that reaches from a cell of the
 * tile over `holeCells` more cells has more than `holeCells`, so within them a small hole is seen whole.
 */
export function haloCells({ radius, holeCells }: FootprintRule): number {
  return 2 * Math.floor(radius) + holeCells;
}

export interface FootprintCells {
  /** The tile and its halo, beyond the border of the data too. */
  readonly window: Window;
  /** Class codes of `window`; cells without data have a code that is not built. */
  readonly codes: Int32Array;
  readonly built: ReadonlySet<number>;
}

/** 1 where a cell of `inner` is in the footprint. Errors: RangeError where the halo is too narrow. */
export function builtFootprint(cells: FootprintCells, inner: Window, rule: FootprintRule): Uint8Array {
  const { window } = cells;
  const halo = haloCells(rule);
  const [above, left] = [inner.row - window.row, inner.col - window.col];
  const [under, right] = [window.rows - inner.rows - above, window.cols - inner.cols - left];
  if (Math.min(above, left, under, right) < halo) {
    throw new RangeError(`the footprint needs ${halo} cells around a tile; found ${[above, left, under, right]}`);
  }
  const footprint = closed(builtCells(cells), window, Math.floor(rule.radius ** 2));
  if (rule.holeCells > 0) fillHoles(footprint, window, rule.holeCells);
  if (window.rows === inner.rows && window.cols === inner.cols) return footprint;
  const cut = new Uint8Array(inner.rows * inner.cols);
  for (let row = 0; row < inner.rows; row++) {
    const start = (above + row) * window.cols + left;
    cut.set(footprint.subarray(start, start + inner.cols), row * inner.cols);
  }
  return cut;
}

function builtCells({ codes, built }: FootprintCells): Uint8Array {
  const bitmap = new Uint8Array(codes.length);
  forEachRun(codes, (code, start, end) => {
    if (built.has(code)) bitmap.fill(1, start, end);
  });
  return bitmap;
}

/** Dilation, then erosion: the cells that no disc clear of all built cells covers. */
function closed(bitmap: Uint8Array, window: Window, radiusSquared: number): Uint8Array {
  if (radiusSquared === 0) return bitmap;
  const open = inverted(dilated(bitmap, window, radiusSquared));
  return inverted(dilated(open, window, radiusSquared));
}

function inverted(bitmap: Uint8Array): Uint8Array {
  for (let cell = 0; cell < bitmap.length; cell++) bitmap[cell] = 1 - bitmap[cell]!;
  return bitmap;
}

/** Cells whose disc holds a set cell. Each row adds up where the widened runs of the rows around it begin and end. */
function dilated(bitmap: Uint8Array, { rows, cols }: Window, radiusSquared: number): Uint8Array {
  const reach = Math.floor(Math.sqrt(radiusSquared));
  const widths = Int32Array.from({ length: reach + 1 }, (_, down) =>
    Math.floor(Math.sqrt(radiusSquared - down * down)),
  );
  const { starts, ends, rowStarts } = runsOf(bitmap, rows, cols);
  const out = new Uint8Array(bitmap.length);
  const steps = new Int32Array(cols + 1);
  for (let row = 0; row < rows; row++) {
    steps.fill(0);
    for (let other = Math.max(0, row - reach); other <= Math.min(rows - 1, row + reach); other++) {
      const width = widths[Math.abs(other - row)]!;
      for (let run = rowStarts[other]!; run < rowStarts[other + 1]!; run++) {
        steps[Math.max(0, starts[run]! - width)]! += 1;
        steps[Math.min(cols, ends[run]! + width)]! -= 1;
      }
    }
    let inside = 0;
    for (let col = 0, cell = row * cols; col < cols; col++, cell++) {
      inside += steps[col]!;
      out[cell] = inside > 0 ? 1 : 0;
    }
  }
  return out;
}

interface BitmapRuns {
  /** First column of each run and the one after its last, row by row. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** Index of the first run of each row, and their number at the end. */
  readonly rowStarts: Int32Array;
}

/** Runs of set cells. */
function runsOf(bitmap: Uint8Array, rows: number, cols: number): BitmapRuns {
  let count = 0;
  for (let cell = 0, col = 0; cell < bitmap.length; cell++, col = col + 1 === cols ? 0 : col + 1) {
    if (bitmap[cell] === 1 && (col === 0 || bitmap[cell - 1] === 0)) count++;
  }
  const [starts, ends, rowStarts] = [new Int32Array(count), new Int32Array(count), new Int32Array(rows + 1)];
  let run = 0;
  for (let row = 0; row < rows; row++) {
    rowStarts[row] = run;
    const base = row * cols;
    for (let col = 0; col < cols; ) {
      while (col < cols && bitmap[base + col] === 0) col++;
      if (col === cols) break;
      starts[run] = col;
      while (col < cols && bitmap[base + col] === 1) col++;
      ends[run++] = col;
    }
  }
  rowStarts[rows] = run;
  return { starts, ends, rowStarts };
}

/** Sets the cells of background components of at most `holeCells` cells, in place. */
function fillHoles(bitmap: Uint8Array, { rows, cols }: Window, holeCells: number): void {
  const background = runsOf(inverted(bitmap), rows, cols);
  inverted(bitmap);
  const { starts, ends, rowStarts } = background;
  const labels = new Int32Array(starts.length);
  const components = new RunLabels(cols, 4);
  for (let row = 0; row < rows; row++) {
    components.nextRow();
    for (let run = rowStarts[row]!; run < rowStarts[row + 1]!; run++)
      labels[run] = components.add(starts[run]!, ends[run]!);
  }
  const sizes = new Int32Array(components.sets.count);
  for (let run = 0; run < labels.length; run++) {
    labels[run] = components.sets.find(labels[run]!);
    sizes[labels[run]!]! += ends[run]! - starts[run]!;
  }
  for (let row = 0; row < rows; row++) {
    for (let run = rowStarts[row]!; run < rowStarts[row + 1]!; run++) {
      if (sizes[labels[run]!]! <= holeCells) bitmap.fill(1, row * cols + starts[run]!, row * cols + ends[run]!);
    }
  }
}
