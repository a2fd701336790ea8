import { describe, expect, it } from 'vitest';
import { crsFromEpsg } from '../../../../src/shared/geo/crs-registry.ts';
import type { Geotransform } from '../../../../src/shared/geo/geotransform.ts';
import type { AnalysisGrid } from '../../../../src/shared/geo/grid.ts';
import {
  choosePositionStep,
  POSITION_ERROR_AIM,
  positionAt,
  positionError,
  positionLattice,
  rowPositions,
  sourceWindowOf,
  type ToSource,
} from '../../../../src/shared/geo/position-lattice.ts';
import { makeTransform } from '../../../../src/shared/geo/project.ts';
import { withWholeTurns } from '../../../../src/shared/geo/whole-turns.ts';
import type { Window } from '../../../../src/shared/geo/window.ts';

const utm50 = await crsFromEpsg(32650);
const degrees = await crsFromEpsg(4326);
const same: ToSource = (x, y) => [x, y];

function aGrid(change: Partial<AnalysisGrid> = {}): AnalysisGrid {
  const window = { row: 0, col: 0, rows: 12000, cols: 16000 };
  return { crs: utm50, originX: 600_000, originY: 3_400_000, cellWidth: 10, cellHeight: 10, window, ...change };
}

function aSource(geotransform: Geotransform, rows = 100_000, cols = 100_000) {
  return { geotransform, rows, cols };
}

/** The same numbers on every run. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

describe('positions of cells in a source image', () => {
  it('a source on the same lattice has whole numbers at its corners', () => {
    const source = aSource([600_100, 10, 0, 3_400_050, 0, -10]);
    const lattice = positionLattice(aGrid(), { row: -3, col: 60, rows: 200, cols: 200 }, 64, source, same);
    // It begins ten cells east and five cells north of the grid's origin.
    expect(positionAt(lattice, 0, 60)).toEqual({ srcRow: 5, srcCol: 50 });
    expect(positionAt(lattice, 33.5, 177.5)).toEqual({ srcRow: 38.5, srcCol: 167.5 });
  });

  it('the noise of a transform does not move a cell', () => {
    // A few nanometres, as proj4 has between a system and itself.
    const noisy: ToSource = (x, y) => [x + 3e-9, y - 2e-9];
    const source = aSource([600_100, 10, 0, 3_400_050, 0, -10]);
    const lattice = positionLattice(aGrid(), { row: 0, col: 0, rows: 200, cols: 200 }, 64, source, noisy);
    expect(positionAt(lattice, 100, 150)).toEqual({ srcRow: 105, srcCol: 140 });
  });

  it('a source of 30 m pixels has three cells of 10 m across each', () => {
    const source = aSource([600_000, 30, 0, 3_400_000, 0, -30]);
    const lattice = positionLattice(aGrid(), { row: 0, col: 0, rows: 9, cols: 9 }, 64, source, same);
    expect(positionAt(lattice, 0.5, 4.5).srcCol).toBeCloseTo(1.5, 6);
    expect(positionAt(lattice, 6, 0).srcRow).toBeCloseTo(2, 6);
  });

  it('rows of a south-up source run the other way', () => {
    const source = aSource([600_000, 10, 0, 3_399_000, 0, 10]);
    const lattice = positionLattice(aGrid(), { row: 0, col: 0, rows: 9, cols: 9 }, 64, source, same);
    // 1,000 m below the origin of the grid the source begins: 100 pixels.
    expect(positionAt(lattice, 0, 3)).toEqual({ srcRow: 100, srcCol: 3 });
    expect(positionAt(lattice, 4, 3)).toEqual({ srcRow: 96, srcCol: 3 });
  });

  it('a source turned by a quarter has its columns along the rows of the grid', () => {
    // x grows with the source row, y falls with the source column.
    const source = aSource([600_000, 0, 10, 3_400_000, -10, 0]);
    const lattice = positionLattice(aGrid(), { row: 0, col: 0, rows: 9, cols: 9 }, 64, source, same);
    expect(positionAt(lattice, 2, 7)).toEqual({ srcRow: 7, srcCol: 2 });
  });

  it('a geotransform without area is refused', () => {
    const source = aSource([600_000, 10, 10, 3_400_000, 10, 10]);
    expect(() => positionLattice(aGrid(), aGrid().window, 64, source, same)).toThrow(/without area: 600000, 10, 10/);
  });
});

const PAIRS = [
  ['10 m of UTM 51', 32651, [-100_000, 10, 0, 3_700_000, 0, -10]],
  ['10 m in degrees', 4326, [117, 1 / 12_000, 0, 31, 0, -1 / 12_000]],
  ['1 m in degrees', 4326, [117, 1 / 120_000, 0, 31, 0, -1 / 120_000]],
  ['30 m of Web Mercator', 3857, [13_000_000, 30, 0, 3_700_000, 0, -30]],
  ['1 km of EASE-Grid', 6933, [11_000_000, 1000, 0, 4_000_000, 0, -1000]],
] as const;

describe('the spacing of nodes', () => {
  it.each(PAIRS)('%s: positions at random cells are off by less than the aim', async (_name, epsg, geotransform) => {
    const grid = aGrid();
    const source = aSource(geotransform);
    const toSource = makeTransform(utm50, await crsFromEpsg(epsg));
    const step = choosePositionStep(grid, source, toSource);
    expect(Number.isInteger(Math.log2(step)) && step >= 1 && step <= 64).toBe(true);
    const measured = positionError(grid, source, toSource, step);
    expect(measured).toBeLessThan(POSITION_ERROR_AIM);
    const next = numbers(epsg);
    const window = { row: Math.floor(next() * 11_000), col: Math.floor(next() * 15_000), rows: 1000, cols: 1000 };
    const lattice = positionLattice(grid, window, step, source, toSource);
    expect(lattice.torn).toBeNull();
    for (let i = 0; i < 2000; i++) {
      const [row, col] = [window.row + next() * 1000, window.col + next() * 1000];
      const [ours, exact] = [positionAt(lattice, row, col), lattice.exact(row, col)];
      const off = Math.max(Math.abs(ours.srcRow - exact.srcRow), Math.abs(ours.srcCol - exact.srcCol));
      expect(off).toBeLessThan(1.1 * measured + 1e-6);
    }
  });

  it('is narrower for finer pixels and for coarser cells, and wide where nothing bends', () => {
    const toDegrees = makeTransform(utm50, degrees);
    const step = (pixel: number, grid: AnalysisGrid) =>
      choosePositionStep(grid, aSource([117, pixel, 0, 31, 0, -pixel]), toDegrees);
    const coarse = aGrid({ cellWidth: 1000, cellHeight: 1000, window: { row: 0, col: 0, rows: 120, cols: 160 } });
    expect(step(1 / 12_000, aGrid())).toBe(64);
    expect(step(1 / 120_000, aGrid())).toBeLessThan(64);
    expect(step(1 / 12_000, coarse)).toBeLessThan(4);
    expect(choosePositionStep(aGrid(), aSource([600_003, 7, 0, 3_400_001, 0, -7]), same)).toBe(64);
  });

  it('beyond a tenth of a pixel a mesh is transformed cell by cell, whatever the spacing', () => {
    const grid = aGrid({ cellWidth: 1000, cellHeight: 1000, window: { row: 0, col: 0, rows: 120, cols: 160 } });
    const source = aSource([117, 1 / 12_000, 0, 31, 0, -1 / 12_000]);
    const lattice = positionLattice(grid, grid.window, 64, source, makeTransform(utm50, degrees));
    expect(lattice.torn).not.toBeNull();
    expect(positionAt(lattice, 31.5, 33.5)).toEqual(lattice.exact(31.5, 33.5));
  });
});

/** Positions of all corners of some tiles, and the corners for which two tiles have different bits. */
function positionsByTiles(grid: AnalysisGrid, tiles: readonly Window[], step: number, toSource: ToSource) {
  const source = aSource([117, 1 / 12_000, 0, 31, 0, -1 / 12_000]);
  const found = new Map<string, string>();
  const clashes: string[] = [];
  for (const tile of tiles) {
    const lattice = positionLattice(grid, tile, step, source, toSource);
    const [x, y] = [new Float64Array(tile.cols + 1), new Float64Array(tile.cols + 1)];
    for (let row = tile.row; row <= tile.row + tile.rows; row++) {
      rowPositions(lattice, row, tile.col, tile.cols + 1, x, y);
      for (let k = 0; k <= tile.cols; k++) {
        const [key, value] = [`${row} ${tile.col + k}`, `${x[k]} ${y[k]}`];
        if ((found.get(key) ?? value) !== value) clashes.push(key);
        found.set(key, value);
      }
    }
  }
  return { found, clashes };
}

describe('tiles', () => {
  it.each([64, 16, 1])('have the same bits at shared corners for any tiling, nodes %i cells apart', (step) => {
    const grid = aGrid();
    const toSource = makeTransform(utm50, degrees);
    const whole = positionsByTiles(grid, [{ row: -30, col: 50, rows: 150, cols: 170 }], step, toSource);
    const tiles: Window[] = [];
    for (let row = -30; row < 120; row += 50) {
      for (let col = 50; col < 220; col += 34) tiles.push({ row, col, rows: 50, cols: 34 });
    }
    const split = positionsByTiles(grid, tiles, step, toSource);
    expect(split.clashes).toEqual([]);
    expect(split.found).toEqual(whole.found);
  });
});

describe('places without a source', () => {
  it('are NaN where the projection is not defined, to the cell', () => {
    // Defined up to x = 601,000: 100 cells, in the middle of a mesh.
    const half: ToSource = (x, y) => (x <= 601_000 ? [x, y] : [Number.NaN, Number.NaN]);
    const source = aSource([600_000, 10, 0, 3_400_000, 0, -10]);
    const window = { row: 0, col: 0, rows: 70, cols: 200 };
    const lattice = positionLattice(aGrid(), window, 64, source, half);
    expect(positionAt(lattice, 10.5, 99.5)).toEqual({ srcRow: 10.5, srcCol: 99.5 });
    expect(positionAt(lattice, 10.5, 100.5).srcCol).toBeNaN();
    expect(sourceWindowOf(lattice, window, 0, source)).toEqual({ row: 0, col: 0, rows: 70, cols: 100 });
  });

  it('a tile outside the image needs no window of it', () => {
    const source = aSource([900_000, 10, 0, 3_400_000, 0, -10], 50, 50);
    const window = { row: 0, col: 0, rows: 70, cols: 200 };
    const lattice = positionLattice(aGrid(), window, 64, source, same);
    expect(sourceWindowOf(lattice, window, 1, source)).toBeNull();
    const nowhere: ToSource = () => [Number.NaN, Number.NaN];
    expect(sourceWindowOf(positionLattice(aGrid(), window, 64, source, nowhere), window, 1, source)).toBeNull();
  });

  it('cells on both sides of 180 degrees are each at their own place', async () => {
    // Zone 1 begins at 180 degrees west: x of about 182,000 at 18 degrees south.
    const grid = aGrid({
      crs: await crsFromEpsg(32701),
      originX: 170_000,
      originY: 8_000_000,
      window: { row: 0, col: 0, rows: 3000, cols: 3000 },
    });
    const source = aSource([-180, 0.01, 0, 90, 0, -0.01], 18_000, 36_000);
    const toSource = makeTransform(grid.crs, degrees);
    const step = choosePositionStep(grid, source, toSource);
    const window = { row: 500, col: 0, rows: 4, cols: 3000 };
    const lattice = positionLattice(grid, window, step, source, toSource);
    expect(lattice.torn).not.toBeNull();
    const columns = Array.from({ length: 3000 }, (_, k) => positionAt(lattice, 501.5, k + 0.5).srcCol);
    // West of the seam the last pixels of the image, east of it the first; nothing in between.
    expect(columns.filter((col) => col > 35_900).length).toBeGreaterThan(100);
    expect(columns.filter((col) => col < 100).length).toBeGreaterThan(100);
    expect(columns.filter((col) => col >= 100 && col <= 35_900)).toEqual([]);
    expect(sourceWindowOf(lattice, window, 0, source)?.cols).toBe(36_000);
  });
});

describe('an image from 0 to 360 degrees', () => {
  const source = aSource([0, 0.01, 0, 90, 0, -0.01], 18_000, 36_000);
  const positionsIn = async (epsg: number) => {
    const crs = await crsFromEpsg(epsg);
    const window = { row: 0, col: 0, rows: 3000, cols: 3000 };
    const grid = aGrid({ crs, originX: 170_000, originY: 8_000_000, window });
    const toSource = withWholeTurns(makeTransform(crs, degrees), source, 360);
    return positionLattice(grid, window, 64, source, toSource);
  };

  it('is met by cells west of Greenwich', async () => {
    // Zone 19 is around 69 degrees west; 315 km west of that at 18 degrees south: about 72 west, or 288.
    const { srcCol } = positionAt(await positionsIn(32719), 1500, 1500);
    expect(srcCol).toBeGreaterThan(28_700);
    expect(srcCol).toBeLessThan(28_900);
  });

  it('goes on across 180 degrees without a seam', async () => {
    const fiji = await positionsIn(32701);
    expect(fiji.torn).toBeNull();
    const columns = Array.from({ length: 3000 }, (_, k) => positionAt(fiji, 501.5, k + 0.5).srcCol);
    expect(Math.min(...columns)).toBeLessThan(18_000);
    expect(Math.max(...columns)).toBeGreaterThan(18_000);
  });
});

describe('the window that a tile reads', () => {
  it('spans the pixels under its cells, with a margin, cut off at the edges of the image', () => {
    const source = aSource([600_000, 30, 0, 3_400_000, 0, -30], 40, 100);
    const window = { row: 90, col: 60, rows: 60, cols: 30 };
    const lattice = positionLattice(aGrid(), window, 64, source, same);
    // Rows 30 to 50 (of 40 there are) and columns 20 to 30 of the image, and one more on each side.
    expect(sourceWindowOf(lattice, window, 1, source)).toEqual({ row: 29, col: 19, rows: 11, cols: 12 });
  });
});
