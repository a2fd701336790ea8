import { describe, expect, it } from 'vitest';
import { crsFromEpsg } from '../../../../src/shared/geo/crs-registry.ts';
import type { Geotransform } from '../../../../src/shared/geo/geotransform.ts';
import type { Lattice } from '../../../../src/shared/geo/grid.ts';
import {
  type PositionLattice,
  positionLattice,
  sourceWindowOf,
  type ToSource,
} from '../../../../src/shared/geo/position-lattice.ts';
import { makeTransform } from '../../../../src/shared/geo/project.ts';
import type { Window } from '../../../../src/shared/geo/window.ts';
import type { SampleArray } from '../../../../src/shared/raster/raster-header.ts';
import {
  resampleAverage,
  resampleBilinear,
  resampleMode,
  resampleNearest,
} from '../../../../src/shared/raster/resample.ts';
import type { ResampleSource } from '../../../../src/shared/raster/resample-source.ts';

const utm50 = await crsFromEpsg(32650);
const degrees = await crsFromEpsg(4326);
const lattice: Lattice = { crs: utm50, originX: 600_000, originY: 3_400_000, cellWidth: 10, cellHeight: 10 };
const same: ToSource = (x, y) => [x, y];
const MARK = -1;
const GAP = Number.NaN;

/** An image from rows of numbers, NaN being missing; `pixel` metres wide, beginning `east` and `south` of the grid. */
function anImage(rows: readonly (readonly number[])[], pixel = 10, east = 0, south = 0) {
  const cols = rows[0]?.length ?? 0;
  const geotransform: Geotransform = [600_000 + east, pixel, 0, 3_400_000 - south, 0, -pixel];
  const values = rows.flat();
  const source: ResampleSource = {
    samples: Float64Array.from(values, (value) => (Number.isNaN(value) ? -9999 : value)),
    window: { row: 0, col: 0, rows: rows.length, cols },
    missing: Uint8Array.from(values, (value) => (Number.isNaN(value) ? 1 : 0)),
  };
  return { source, place: { geotransform, rows: rows.length, cols } };
}

type Image = ReturnType<typeof anImage>;
type Method = 'nearest' | 'mode' | 'bilinear' | 'average';

function resampled(method: Method, source: ResampleSource, positions: PositionLattice, target: Window): number[] {
  const out = new Float64Array(target.rows * target.cols);
  if (method === 'nearest') resampleNearest(source, positions, target, out, MARK);
  if (method === 'mode') resampleMode(source, positions, target, out, MARK);
  if (method === 'bilinear') resampleBilinear(source, positions, target, out);
  if (method === 'average') resampleAverage(source, positions, target, out);
  return [...out];
}

/** The cells of a window of the grid. */
function cells(method: Method, image: Image, target: Window): number[] {
  return resampled(method, image.source, positionLattice(lattice, target, 64, image.place, same), target);
}

function window(rows: number, cols: number, row = 0, col = 0): Window {
  return { row, col, rows, cols };
}

/** Twelve rows of twelve values, missing wherever `hole` says so. */
function dotted(hole: (r: number, c: number) => boolean, value: (r: number, c: number) => number): number[][] {
  return Array.from({ length: 12 }, (_, r) => Array.from({ length: 12 }, (_, c) => (hole(r, c) ? GAP : value(r, c))));
}

const METHODS = ['nearest', 'mode', 'bilinear', 'average'] as const;
const IMAGE = [
  [3, 1, 4, 1],
  [5, 9, 2, 6],
  [5, 3, 5, 8],
];

describe.each(METHODS)('%s', (method) => {
  const gap = method === 'nearest' || method === 'mode' ? MARK : GAP;
  const valid = (values: readonly number[]) => values.filter((value) => !Object.is(value, gap));

  it('onto the same lattice is the image itself, bit for bit', () => {
    const image = anImage(IMAGE.map((row) => row.map((value) => value / 3)));
    expect(cells(method, image, window(3, 4))).toEqual([...image.source.samples].map(Number));
  });

  it('by whole cells is a shift, and missing where the image ends', () => {
    // The image begins one cell further east and two further south.
    const image = anImage(IMAGE, 10, 10, 20);
    expect(cells(method, image, window(3, 3, 1, 0))).toEqual([gap, gap, gap, gap, 3, 1, gap, 5, 9]);
  });

  it.each([7, 10, 13, 30])('leaves a constant constant on pixels of %i m, holes or not', (pixel) => {
    const rows = dotted(
      (r, c) => (r * 5 + c * 3) % 7 === 0,
      () => 0.1,
    );
    const values = valid(cells(method, anImage(rows, pixel, 3, 4), window(10, 10)));
    expect(values.length).toBeGreaterThan(20);
    expect(new Set(values)).toEqual(new Set([0.1]));
  });

  it.each([7, 10, 13, 30])('never lets the nodata marker into a value, pixels of %i m', (pixel) => {
    const rows = dotted(
      (r, c) => (r * 5 + c * 3) % 4 === 0,
      (r, c) => 40 + ((r * c) % 9),
    );
    const values = valid(cells(method, anImage(rows, pixel, 3, 4), window(10, 10)));
    expect(values.length).toBeGreaterThan(20);
    for (const value of values) {
      expect(value).toBeGreaterThanOrEqual(40);
      expect(value).toBeLessThanOrEqual(48);
    }
  });

  it('has the same bits for any tiling, each tile with its own window of the image', () => {
    // About 11 m pixels in degrees: every row and column of the grid is bent.
    const place = { geotransform: [118.08, 1e-4, 0, 30.73, 0, -1e-4] as const, rows: 400, cols: 400 };
    const all = Float64Array.from({ length: 160_000 }, (_, k) => ((k * 2_654_435_761) % 4_294_967_296) / 2 ** 24);
    const missing = Uint8Array.from(all, (value) => (value < 12 ? 1 : 0));
    const toSource = makeTransform(utm50, degrees);
    const run = (target: Window) => {
      const positions = positionLattice(lattice, target, 32, place, toSource);
      const part = sourceWindowOf(positions, target, method === 'bilinear' ? 1 : 0, place) ?? window(0, 0);
      const indexes = Array.from(
        { length: part.rows * part.cols },
        (_, k) => (part.row + Math.floor(k / part.cols)) * 400 + part.col + (k % part.cols),
      );
      const source = {
        samples: Float64Array.from(indexes, (k) => all[k] ?? 0),
        window: part,
        missing: Uint8Array.from(indexes, (k) => missing[k] ?? 1),
      };
      return resampled(method, source, positions, target);
    };
    const whole = run(window(90, 120, -20, 410));
    expect(valid(whole).length).toBeGreaterThan(5000);
    for (let row = 0; row < 90; row += 30) {
      for (let col = 0; col < 120; col += 24) {
        const tile = run(window(30, 24, row - 20, col + 410));
        const expected = tile.map((_, k) => whole[(row + Math.floor(k / 24)) * 120 + col + (k % 24)]);
        expect(tile).toEqual(expected);
      }
    }
  });

  it('a tile far from the image is all missing', () => {
    expect(cells(method, anImage(IMAGE), window(1, 2, 500, 500))).toEqual([gap, gap]);
  });

  it('cells outside the projection are missing', () => {
    const image = anImage(IMAGE);
    const half: ToSource = (x, y) => (x <= 600_020 ? [x, y] : [Number.NaN, Number.NaN]);
    const target = window(1, 4);
    const positions = positionLattice(lattice, target, 64, image.place, half);
    expect(resampled(method, image.source, positions, target)).toEqual([3, 1, gap, gap]);
  });
});

describe('nearest', () => {
  it('takes the pixel that holds the centre, and the later one where the centre is on an edge', () => {
    // Pixels begin 5 m west of the cells: each centre is on an edge. Landsat under Sentinel-2 is such a case.
    expect(cells('nearest', anImage([[1, 2, 3]], 10, -5, 0), window(1, 3))).toEqual([2, 3, MARK]);
    // 30 m pixels that begin 15 m west: centres at 5, 15, 25 m, edges at 15 and 45 m; a third is not a binary number.
    expect(cells('nearest', anImage([[1, 2, 3]], 30, -15, 0), window(1, 6))).toEqual([1, 2, 2, 2, 3, 3]);
  });

  it('three cells of 10 m share a pixel of 30 m', () => {
    expect(cells('nearest', anImage([[1, 2]], 30), window(1, 6))).toEqual([1, 1, 1, 2, 2, 2]);
  });

  it.each<[string, SampleArray]>([
    ['int8', Int8Array.of(-5, 7)],
    ['int16', Int16Array.of(-5, 7)],
    ['float32', Float32Array.of(-5, 7)],
    ['int64', BigInt64Array.of(-5n, 7n)],
  ])('reads %s', (_name, samples) => {
    const image = anImage([[0, 0]]);
    const out = new Int32Array(2);
    const positions = positionLattice(lattice, window(1, 2), 64, image.place, same);
    resampleNearest({ ...image.source, samples }, positions, window(1, 2), out, MARK);
    expect([...out]).toEqual([-5, 7]);
  });
});

describe('bilinear', () => {
  it('is linear between pixel centres and level beyond the last of them', () => {
    // Centres at 10 and 30 m; cells have theirs at 5, 15, 25, 35 m.
    expect(cells('bilinear', anImage([[4, 8]], 20), window(1, 4))).toEqual([4, 5, 7, 8]);
  });

  it('scales the weights of what is valid up, and is missing where the pixel at its centre is', () => {
    const image = anImage(
      [
        [GAP, 8],
        [4, 6],
      ],
      20,
    );
    const values = cells('bilinear', image, window(4, 4));
    // Cell (1, 2): three quarters each way of the 8, the hole left out: (0.5625 x 8 + 0.1875 x 6 + 0.0625 x 4) / 0.8125.
    expect(values[6]).toBeCloseTo(5.875 / 0.8125, 12);
    expect([values[0], values[1], values[4], values[5]]).toEqual([GAP, GAP, GAP, GAP]);
  });
});

describe('average', () => {
  it('weighs pixels by the area that the cell covers of them', () => {
    // Pixels of 8 m under cells of 10 m: 8 m of the first and 2 m of the second, then 6 m and 4 m.
    const [first, second] = cells('average', anImage([[10, 20, 30]], 8), window(1, 2));
    expect(first).toBeCloseTo((8 * 10 + 2 * 20) / 10, 5);
    expect(second).toBeCloseTo((6 * 20 + 4 * 30) / 10, 5);
  });

  it('keeps the sum of an image on cells that hold whole pixels', () => {
    const rows = Array.from({ length: 8 }, (_, r) => Array.from({ length: 12 }, (_, c) => (r * 7 + c * 11) % 13));
    // 5 m pixels: four under each cell of 10 m.
    const values = cells('average', anImage(rows, 5), window(4, 6));
    const total = (all: readonly number[]) => all.reduce((sum, value) => sum + value, 0);
    expect(total(values) * 4).toBe(total(rows.flat()));
  });

  it('leaves missing pixels out of the mean, also those beyond the edge of the image', () => {
    const diagonal = [
      [2, GAP],
      [GAP, 6],
    ];
    const full = [
      [1, 2],
      [3, 4],
    ];
    const empty = [
      [GAP, GAP],
      [GAP, GAP],
    ];
    expect(cells('average', anImage(diagonal, 5), window(1, 1))).toEqual([4]);
    // The image begins 5 m further west and ends in the middle of the cell: (2 + 4) / 2.
    expect(cells('average', anImage(full, 5, -5), window(1, 1))).toEqual([3]);
    expect(cells('average', anImage(empty, 5), window(1, 1))).toEqual([GAP]);
  });

  it('a pixel that is only touched gives nothing', () => {
    // The image ends where the cell begins.
    expect(cells('average', anImage([[5]], 10, -10), window(1, 1))).toEqual([GAP]);
    expect(cells('average', anImage([[1, GAP, 3]], 10, 0), window(1, 2))).toEqual([1, GAP]);
  });
});

describe('mode', () => {
  it('is the class that covers most, not the one with most pixels', () => {
    // 8 m pixels: cell 0 has 8 m of class 2 and 2 m of class 1; cell 1 has 6 m of class 1 and 4 m of class 7.
    expect(cells('mode', anImage([[2, 1, 7]], 8), window(1, 2))).toEqual([2, 1]);
    // 4 m pixels: 4 m and 2 m of class 9 on both ends are more than the 4 m of class 5 between them.
    expect(cells('mode', anImage([[9, 5, 9]], 4), window(1, 1))).toEqual([9]);
  });

  it('adds up the pixels of a class', () => {
    const even = [
      [10, 20, 10],
      [20, 30, 20],
      [10, 20, 10],
    ];
    const odd = [
      [10, 20, 20],
      [20, 30, 20],
      [10, 20, 10],
    ];
    // Four pixels each of 10 and 20: the smaller code. Then five of 20.
    expect(cells('mode', anImage(even, 10 / 3), window(1, 1))).toEqual([10]);
    expect(cells('mode', anImage(odd, 10 / 3), window(1, 1))).toEqual([20]);
  });

  it('equal areas go to the smaller code, whichever comes first', () => {
    expect(cells('mode', anImage([[9, 4]], 5), window(1, 1))).toEqual([4]);
    expect(cells('mode', anImage([[4, 9]], 5), window(1, 1))).toEqual([4]);
    expect(cells('mode', anImage([[9, 4, 4, 9, 7, 7]], 10 / 6), window(1, 1))).toEqual([4]);
  });

  it('missing pixels do not vote', () => {
    expect(cells('mode', anImage([[GAP, GAP, GAP, 6]], 2.5), window(1, 1))).toEqual([6]);
  });
});

describe('cells across 180 degrees', () => {
  it('take the pixel at their centre; footprints on both ends of the image are missing, not its mean', async () => {
    const crs = await crsFromEpsg(32701);
    const zone1: Lattice = { ...lattice, crs, originX: 180_000, originY: 8_000_000, cellWidth: 100 };
    const place = { geotransform: [-180, 1, 0, 90, 0, -1] as const, rows: 180, cols: 360 };
    const samples = Float64Array.from({ length: 64_800 }, (_, k) => k % 360);
    const source = { samples, window: window(180, 360), missing: new Uint8Array(64_800) };
    const target = window(1, 200);
    const positions = positionLattice(zone1, target, 64, place, makeTransform(crs, degrees));
    expect(new Set(resampled('nearest', source, positions, target))).toEqual(new Set([359, 0]));
    const means = resampled('average', source, positions, target);
    expect(means.filter(Number.isNaN)).toHaveLength(1);
    expect(new Set(means.filter((value) => !Number.isNaN(value)))).toEqual(new Set([359, 0]));
  });
});

describe('images of few columns', () => {
  it.each(['nearest', 'mode', 'bilinear', 'average'] as const)(
    '%s takes rows that begin anywhere in memory',
    (method) => {
      for (const cols of [1, 2, 3, 5, 6, 7]) {
        // The last row has values, the others none.
        const rows = [1, 2, 3, 4].map((row) => Array.from({ length: cols }, () => (row === 4 ? 7 : GAP)));
        const none = method === 'nearest' || method === 'mode' ? MARK : GAP;
        const wanted = rows.flat().map((value) => (value === 7 ? 7 : none));
        expect(cells(method, anImage(rows), window(4, cols))).toEqual(wanted);
      }
    },
  );
});
