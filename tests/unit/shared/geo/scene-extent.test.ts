import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Crs } from '../../../../src/shared/geo/crs.ts';
import { crsFromEpsg, crsFromProj4 } from '../../../../src/shared/geo/crs-registry.ts';
import type { AnalysisGrid } from '../../../../src/shared/geo/grid.ts';
import {
  makePlace,
  positionLattice,
  type SourcePlace,
  sourceWindowOf,
} from '../../../../src/shared/geo/position-lattice.ts';
import { makeTransform } from '../../../../src/shared/geo/project.ts';
import { latticeExtent, warpedExtent } from '../../../../src/shared/geo/scene-extent.ts';
import { toSourceOf } from '../../../../src/shared/geo/to-source.ts';
import type { Window } from '../../../../src/shared/geo/window.ts';
import { cellsOf } from '../../../support/cells-oracle.ts';

const DEGREES = await crsFromEpsg(4326);
const SYSTEMS: readonly Crs[] = await Promise.all([
  crsFromEpsg(4326),
  crsFromEpsg(32650),
  crsFromEpsg(32651),
  crsFromEpsg(3857),
  crsFromEpsg(6933),
  crsFromProj4('+proj=laea +lat_0=30 +lon_0=118 +datum=WGS84 +units=m +no_defs', 'laea'),
  crsFromProj4('+proj=igh +lon_0=0 +datum=WGS84 +units=m +no_defs', 'igh'),
]);

/** Metres of the map, or about as much in degrees. */
function inUnits(crs: Crs, metres: number): number {
  return crs.kind === 'geographic' ? metres / 111_320 : metres;
}

function mapPoint(crs: Crs, lon: number, lat: number): readonly [number, number] {
  return crs.kind === 'geographic' ? [lon, lat] : makeTransform(DEGREES, crs)(lon, lat);
}

const system = fc.constantFrom(...SYSTEMS);
const nearby = fc.double({ min: -1.5, max: 1.5, noNaN: true });

/** A grid and a raster near 118 E 30 N, of different systems, turned and turned over at will, cells of 10 m to 10 km. */
const pair = fc
  .record({
    gridCrs: system,
    sourceCrs: system,
    cell: fc.constantFrom(10, 100, 1000, 10_000),
    pixel: fc.constantFrom(10, 250, 5000),
    turn: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 6.3, noNaN: true })),
    down: fc.constantFrom(-1, 1),
    lon: nearby,
    lat: nearby,
    rows: fc.integer({ min: 1, max: 600 }),
    cols: fc.integer({ min: 1, max: 600 }),
  })
  .map(({ gridCrs, sourceCrs, ...s }) => {
    const [x, y] = mapPoint(gridCrs, 118, 30);
    const [x0, y0] = mapPoint(sourceCrs, 118 + s.lon, 30 + s.lat);
    const [side, p] = [inUnits(gridCrs, s.cell), inUnits(sourceCrs, s.pixel)];
    const [cos, sin] = [p * Math.cos(s.turn), p * Math.sin(s.turn)];
    const source: SourcePlace = {
      geotransform: [x0, cos, -sin * s.down, y0, sin, cos * s.down],
      rows: s.rows,
      cols: s.cols,
    };
    const window = { row: -500, col: -500, rows: 1000, cols: 1000 };
    const grid: AnalysisGrid = { crs: gridCrs, originX: x, originY: y, cellWidth: side, cellHeight: side, window };
    return { grid, source, toSource: toSourceOf(gridCrs, sourceCrs, source) };
  });

/** Windows of any size around the middle of the raster, so that many of them touch it at a corner or an edge. */
const windowAt = fc.record({
  aside: fc.double({ min: -1.2, max: 1.2, noNaN: true }),
  below: fc.double({ min: -1.2, max: 1.2, noNaN: true }),
  rows: fc.integer({ min: 1, max: 300 }),
  cols: fc.integer({ min: 1, max: 300 }),
  row: fc.integer({ min: -300, max: 300 }),
  col: fc.integer({ min: -300, max: 300 }),
});

describe('the extent of a scene on the lattice', () => {
  const place = { row: 5, col: -3, rows: 4, cols: 6 };
  const extent = latticeExtent(place);

  it('touches, covers and holds what its cells say', () => {
    const cell = fc.integer({ min: -8, max: 12 });
    const length = fc.integer({ min: 1, max: 9 });
    fc.assert(
      fc.property(cell, cell, length, length, (row, col, rows, cols) => {
        const inside = [...cellsOf({ row, col, rows, cols })].map((at) => extent.holds(at.row, at.col));
        expect(extent.mayTouch({ row, col, rows, cols })).toBe(inside.includes(true));
        expect(extent.covers({ row, col, rows, cols })).toBe(!inside.includes(false));
      }),
    );
  });

  it('has pixels from its own corner on', () => {
    expect(extent.pixelsOf({ row: 0, col: 0, rows: 7, cols: 100 })).toEqual({ row: 0, col: 3, rows: 2, cols: 3 });
    expect(extent.pixelsOf({ row: 0, col: 0, rows: 5, cols: 100 })).toBeNull();
  });
});

describe('the extent of a scene on another lattice', () => {
  it('never says no where a worker finds pixels', () => {
    let touching = 0;
    fc.assert(
      fc.property(
        pair,
        windowAt,
        fc.constantFrom(0, 1),
        fc.constantFrom(8, 64),
        ({ grid, source, toSource }, at, margin, step) => {
          const window: Window = { row: at.row, col: at.col, rows: at.rows, cols: at.cols };
          const extent = warpedExtent(grid, source, toSource);
          const pixels = sourceWindowOf(positionLattice(grid, window, step, source, toSource), window, margin, source);
          if (pixels === null) return;
          touching++;
          expect(extent.mayTouch(window)).toBe(true);
        },
      ),
      { numRuns: 1000 },
    );
    expect(touching).toBeGreaterThan(100);
  });

  it('holds a cell exactly where its centre lies in the raster, touches its window, and covers no window without it', () => {
    fc.assert(
      fc.property(pair, windowAt, ({ grid, source, toSource }, at) => {
        const window: Window = { row: at.row, col: at.col, rows: Math.min(at.rows, 12), cols: Math.min(at.cols, 12) };
        const extent = warpedExtent(grid, source, toSource);
        const place = makePlace(grid, source, toSource);
        const held = [...cellsOf(window)].map(({ row, col }) => {
          const { srcRow, srcCol } = place(row + 0.5, col + 0.5);
          const inside = srcRow >= 0 && srcCol >= 0 && srcRow < source.rows && srcCol < source.cols;
          expect(extent.holds(row, col)).toBe(inside);
          return inside;
        });
        if (held.includes(true)) expect(extent.mayTouch(window)).toBe(true);
        if (held.includes(false)) expect(extent.covers(window)).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it('covers what lies well inside, and says which pixels that is about', () => {
    const grid = { crs: SYSTEMS[1] as Crs, originX: 500_000, originY: 3_400_000, cellWidth: 10, cellHeight: 10 };
    const window = { row: 0, col: 0, rows: 100, cols: 100 };
    const source: SourcePlace = { geotransform: [499_000, 20, 0, 3_401_000, 0, -20], rows: 200, cols: 200 };
    const extent = warpedExtent({ ...grid, window }, source, (x, y) => [x, y]);
    expect(extent.covers(window)).toBe(true);
    expect(extent.covers({ row: 0, col: 0, rows: 100, cols: 301 })).toBe(false);
    // 100 cells of 10 m from pixel 50 on; the far edge counts as touched.
    expect(extent.pixelsOf(window)).toEqual({ row: 50, col: 50, rows: 51, cols: 51 });
    expect(extent.mayTouch({ row: 0, col: 5000, rows: 100, cols: 100 })).toBe(false);
  });

  it('with places that have no source says nothing for certain', () => {
    const grid = { crs: SYSTEMS[1] as Crs, originX: 0, originY: 0, cellWidth: 1, cellHeight: 1 };
    const window = { row: 0, col: 0, rows: 80, cols: 80 };
    const source: SourcePlace = { geotransform: [30, 1, 0, -30, 0, -1], rows: 5, cols: 5 };
    const half = warpedExtent({ ...grid, window }, source, (x, y) => (x < 20 ? [x, y] : [Number.NaN, Number.NaN]));
    expect(half.mayTouch(window)).toBe(true);
    expect(half.covers(window)).toBe(false);
    const nowhere = warpedExtent({ ...grid, window }, source, () => [Number.NaN, Number.NaN]);
    expect(nowhere.mayTouch(window)).toBe(false);
    expect(nowhere.pixelsOf(window)).toBeNull();
  });
});
