// Rasters of green cells in shapes that are hard to label, cut into tiles; and patches by plain flood fill of the whole.
import type { PatchRule } from '../../src/shared/carbon/patch-size.ts';
import {
  type PatchHistogram,
  type PatchSum,
  type PatchTally,
  SizeCounter,
} from '../../src/shared/carbon/patch-tally.ts';
import type { AnalysisGrid } from '../../src/shared/geo/grid.ts';
import type { Window } from '../../src/shared/geo/window.ts';
import { WindowAreas } from '../../src/shared/geo/window-areas.ts';
import type { ZoneSpans } from '../../src/shared/raster/zone-spans.ts';
import { labelPatches } from '../../src/worker/kernels/label-patches.ts';
import type { Random } from './random-mosaics.ts';

export function below(random: Random, limit: number): number {
  return Math.floor(random() * limit);
}

/** A whole raster: green cells, class codes, zone of each cell (-1: none). */
export interface GreenRaster {
  readonly window: Window;
  readonly green: Uint8Array;
  readonly codes: Int32Array;
  readonly zones: Int32Array;
}

type Shape = (row: number, col: number, random: Random) => boolean;

/** A path that winds inwards along every second ring, open at one cell of each: one patch, over all seams. */
function spiral(size: number): Shape {
  const cells = new Set<number>();
  const walls = (row: number, col: number) => cells.has(row * size + col);
  const steps = [
    [0, 1],
    [1, 0],
    [0, -1],
    [-1, 0],
  ] as const;
  let [row, col, turn] = [0, 0, 0];
  for (let stuck = 0; stuck < 2; ) {
    cells.add(row * size + col);
    const [down, right] = steps[turn % 4] as readonly [number, number];
    const inside = (r: number, c: number) => r >= 0 && c >= 0 && r < size && c < size;
    const free = inside(row + down, col + right) && !walls(row + 2 * down, col + 2 * right);
    if (free && !walls(row + down, col + right)) {
      row += down;
      col += right;
      stuck = 0;
    } else {
      turn++;
      stuck++;
    }
  }
  return walls;
}

/** The shapes of a raster of `size` cells a side. */
function shapes(size: number, random: Random): Shape[] {
  const density = random();
  return [
    (_row, _col, rng) => rng() < density,
    (_row, _col, rng) => rng() < 0.4 + 0.2 * density,
    spiral(size),
    (row, col) => col % 2 === 0 || row === 0,
    (row, col) => row % 2 === 0 || col === size - 1,
    (row, col) => (row + col) % 2 === 0,
    (row, col) => (row + col) % 3 === 0,
    (row, col) => (Math.floor(row / 3) + Math.floor(col / 3)) % 2 === 0,
    () => true,
    (row, col) => row === 0 || col === 0 || row === size - 1 || col === size - 1 || (row > 2 && col > 2),
  ];
}

/** A raster somewhere on the lattice, with one of the shapes, a few classes and zones, and holes in the zones. */
export function randomRaster(random: Random, most = 24): GreenRaster {
  const window = {
    row: below(random, 200) - 100,
    col: below(random, 200) - 100,
    rows: 1 + below(random, most),
    cols: 1 + below(random, most),
  };
  const choices = shapes(Math.max(window.rows, window.cols), random);
  const shape = choices[below(random, choices.length)] as Shape;
  const noise = random() < 0.5 ? 0 : random() * 0.2;
  const count = window.rows * window.cols;
  const raster = { window, green: new Uint8Array(count), codes: new Int32Array(count), zones: new Int32Array(count) };
  const [classes, bands, holes] = [1 + below(random, 4), 1 + below(random, 4), random() < 0.5 ? 0 : random() * 0.2];
  for (let cell = 0; cell < count; cell++) {
    const [row, col] = [Math.floor(cell / window.cols), cell % window.cols];
    raster.green[cell] = Number(shape(row, col, random) !== random() < noise);
    raster.codes[cell] = [10, 20, -7, 100_000][below(random, classes)] as number;
    raster.zones[cell] = random() < holes ? -1 : Math.floor((bands * (row + col)) / (window.rows + window.cols));
  }
  return raster;
}

/** Spans of a window, as zoneSpans gives them. */
function spansOf(raster: GreenRaster, window: Window): ZoneSpans {
  const rowStarts = new Int32Array(window.rows + 1);
  const spans: number[] = [];
  for (let row = 0; row < window.rows; row++) {
    rowStarts[row] = spans.length / 3;
    const base = (window.row - raster.window.row + row) * raster.window.cols + window.col - raster.window.col;
    for (let col = 0; col < window.cols; ) {
      const zone = raster.zones[base + col] as number;
      let end = col + 1;
      while (end < window.cols && raster.zones[base + end] === zone) end++;
      if (zone >= 0) spans.push(col, end, zone);
      col = end;
    }
  }
  rowStarts[window.rows] = spans.length / 3;
  return { window, rowStarts, spans: Int32Array.from(spans), overlaps: new Map() };
}

/** What the kernel makes of one tile of the raster; areas are kept by row where `grid` and an exponent are given. */
export function labelTile(
  raster: GreenRaster,
  window: Window,
  rule: PatchRule,
  areas: RowAreas | null = null,
): PatchTally {
  const cut = (values: Uint8Array | Int32Array) => (_: unknown, cell: number) => {
    const row = window.row - raster.window.row + Math.floor(cell / window.cols);
    return values[row * raster.window.cols + window.col - raster.window.col + (cell % window.cols)] as number;
  };
  const length = window.rows * window.cols;
  return labelPatches({
    spans: spansOf(raster, window),
    areas:
      areas === null
        ? new WindowAreas({} as AnalysisGrid, window, { areaBy: null, areaExponent: null })
        : new WindowAreas(areas.grid, window, { areaBy: areas.areaBy, areaExponent: areas.exponent }),
    codes: Int32Array.from({ length }, cut(raster.codes)),
    green: Uint8Array.from({ length }, cut(raster.green)),
    rule,
  });
}

export interface RowAreas {
  readonly grid: AnalysisGrid;
  readonly areaBy: 'row' | 'cell';
  readonly exponent: number;
}

/** Tiles of a lattice with its own origin, cut off at the raster. */
export function latticeTiles(
  { window }: Pick<GreenRaster, 'window'>,
  rows: number,
  cols: number,
  shift: [number, number],
): Window[] {
  const cuts = (from: number, count: number, step: number, offset: number) => {
    const starts = [from];
    for (let at = from + 1; at < from + count; at++) if ((((at - offset) % step) + step) % step === 0) starts.push(at);
    return starts.map((start, i) => [start, (starts[i + 1] ?? from + count) - start] as const);
  };
  return cuts(window.row, window.rows, rows, shift[0]).flatMap(([row, tall]) =>
    cuts(window.col, window.cols, cols, shift[1]).map(([col, wide]) => ({ row, col, rows: tall, cols: wide })),
  );
}

/** Tiles by cutting at random, so that four need not meet in a corner. */
export function unevenTiles(window: Window, random: Random, depth = 5): Window[] {
  if (depth === 0 || random() < 0.15) return [window];
  const across = random() < 0.5;
  const length = across ? window.rows : window.cols;
  if (length < 2) return [window];
  const cut = 1 + below(random, length - 1);
  const [first, second] = across
    ? [
        { ...window, rows: cut },
        { ...window, row: window.row + cut, rows: window.rows - cut },
      ]
    : [
        { ...window, cols: cut },
        { ...window, col: window.col + cut, cols: window.cols - cut },
      ];
  return [...unevenTiles(first, random, depth - 1), ...unevenTiles(second, random, depth - 1)];
}

/** Sizes of the patches by flood fill over the whole raster, cell by cell. `areaOf`: units of one cell by global row and column. */
export function floodFill(
  raster: GreenRaster,
  rule: PatchRule,
  areaOf: (row: number, col: number) => bigint = () => 0n,
): PatchHistogram {
  const { rows, cols, row: top, col: left } = raster.window;
  const seen = new Uint8Array(rows * cols);
  const sizes = new SizeCounter(rule, []);
  const isPatch = (cell: number) => raster.green[cell] === 1 && (raster.zones[cell] as number) >= 0 && seen[cell] === 0;
  for (let first = 0; first < seen.length; first++) {
    if (!isPatch(first)) continue;
    const sums = new Map<string, PatchSum>();
    const stack = [first];
    seen[first] = 1;
    for (let cell = stack.pop(); cell !== undefined; cell = stack.pop()) {
      const [row, col] = [Math.floor(cell / cols), cell % cols];
      const [zone, code] = [raster.zones[cell] as number, raster.codes[cell] as number];
      const { cells, area } = sums.get(`${zone},${code}`) ?? { cells: 0, area: 0n };
      sums.set(`${zone},${code}`, { zone, code, cells: cells + 1, area: area + areaOf(top + row, left + col) });
      for (let r = row - 1; r <= row + 1; r++) {
        for (let c = col - 1; c <= col + 1; c++) {
          if (r < 0 || c < 0 || r >= rows || c >= cols || !isPatch(r * cols + c)) continue;
          if (rule.connectivity === 4 && r !== row && c !== col) continue;
          seen[r * cols + c] = 1;
          stack.push(r * cols + c);
        }
      }
    }
    sizes.add({ zone: raster.zones[first] as number, code: raster.codes[first] as number, sums: [...sums.values()] });
  }
  return sizes.histogram;
}
