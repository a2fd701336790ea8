import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { halfShape, planTiles, tileShape } from '../../../src/producer/plan-tiles.ts';
import { TileScenes } from '../../../src/producer/tile-scenes.ts';
import type { PlannedTile } from '../../../src/shared/contracts/plan.ts';
import { intersectWindows, type Window } from '../../../src/shared/geo/window.ts';
import type { BlockLayout } from '../../../src/shared/raster/raster-header.ts';
import { zoneSpans } from '../../../src/shared/raster/zone-spans.ts';
import { MAX_TILE_CELLS } from '../../../src/worker/count-tile.ts';
import { cellsOf, zoneOfCells } from '../../support/cells-oracle.ts';
import { layerOf, placedScene } from '../../support/placed-scenes.ts';
import { anyZones, packRandomZones, type RandomZone } from '../../support/random-zones.ts';
import { uint8Layout } from '../../support/tile-parts.ts';

/** Zones lie anywhere here, also left of and above the lattice's origin. */
const [LOW, HIGH] = [-20, 40];
const WORLD: Window = { row: LOW - 2, col: LOW - 2, rows: HIGH - LOW + 4, cols: HIGH - LOW + 4 };

/** The cells that zones span, as the analysis grid has them. */
function gridOf(zones: readonly RandomZone[]): Window {
  const { bounds, zoneCount } = packRandomZones(zones);
  const edges = Array.from({ length: zoneCount }, (_, zone) => [...bounds.subarray(zone * 4, zone * 4 + 4)]);
  const least = (at: number) => Math.floor(Math.min(...edges.map((edge) => edge[at] as number)));
  const most = (at: number) => Math.ceil(Math.max(...edges.map((edge) => edge[at] as number)));
  const [col, row] = [least(0), least(1)];
  return { row, col, rows: Math.max(1, most(3) - row), cols: Math.max(1, most(2) - col) };
}

function plan(zones: readonly RandomZone[], rows: number, cols: number, scenes: readonly Window[] = []): PlannedTile[] {
  const nameOf = (window: Window, owners: readonly number[]) => JSON.stringify([window, owners]);
  const placed = scenes.map((window) => placedScene(window));
  const tileScenes = new TileScenes([layerOf([...scenes.keys()])], placed, { rows, cols }, 0);
  const scenesOf = (tile: Window) => tileScenes.of(tile);
  return planTiles({ window: gridOf(zones), shape: { rows, cols }, zones: packRandomZones(zones), scenesOf, nameOf });
}

function windowOf([row, col, rows, cols]: PlannedTile): Window {
  return { row, col, rows, cols };
}

const side = fc.integer({ min: 1, max: 25 });
const scene = fc.record({
  row: fc.integer({ min: LOW, max: HIGH }),
  col: fc.integer({ min: LOW, max: HIGH }),
  rows: side,
  cols: side,
});

describe('the tiles of a plan', () => {
  it('have every cell of every zone, once', () => {
    fc.assert(
      fc.property(anyZones(LOW, HIGH, 3), side, side, (zones, rows, cols) => {
        const times = new Int32Array(WORLD.rows * WORLD.cols);
        for (const tile of plan(zones, rows, cols)) {
          for (const { row, col } of cellsOf(windowOf(tile)))
            (times[(row - WORLD.row) * WORLD.cols + col - WORLD.col] as number)++;
        }
        expect(times.every((count) => count <= 1)).toBe(true);
        const zoneOf = zoneOfCells(zoneSpans(packRandomZones(zones), WORLD));
        const lost = [...zoneOf.keys()].filter((cell) => zoneOf[cell] !== -1 && times[cell] !== 1);
        expect(lost).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('are none where no zone comes near', () => {
    // A ring of a zone with a hole of 30 x 30 cells: tiles of 5 inside of the hole are not planned.
    const box = (low: number, high: number) =>
      [
        [low, low],
        [high, low],
        [high, high],
        [low, high],
      ].map(([x = 0, y = 0]) => [x * 16, y * 16] as const);
    const tiles = plan([[box(0, 40), box(5.5, 34.5)]], 5, 5).map(windowOf);
    const hole = { row: 10, col: 10, rows: 20, cols: 20 };
    expect(tiles.filter((tile) => intersectWindows(tile, hole) !== null)).toEqual([]);
    expect(tiles).toHaveLength(64 - 36 + 20);
  });

  it('begin at multiples of their size from the origin, so that they do not move with the zones', () => {
    fc.assert(
      fc.property(anyZones(LOW, HIGH, 3), side, side, (zones, rows, cols) => {
        const grid = gridOf(zones);
        for (const tile of plan(zones, rows, cols).map(windowOf)) {
          expect(tile.row === grid.row || Math.abs(tile.row % rows) === 0).toBe(true);
          expect(tile.col === grid.col || Math.abs(tile.col % cols) === 0).toBe(true);
          expect(intersectWindows(tile, grid)).toEqual(tile);
        }
      }),
    );
  });

  it('name the scenes that touch them, in the order of ownership, and no other', () => {
    fc.assert(
      fc.property(anyZones(LOW, HIGH, 2), side, fc.array(scene, { maxLength: 5 }), (zones, size, scenes) => {
        for (const tile of plan(zones, size, size, scenes)) {
          const cells = [...cellsOf(windowOf(tile))];
          const touches = (one: Window) =>
            cells.some(
              ({ row, col }) =>
                row >= one.row && row < one.row + one.rows && col >= one.col && col < one.col + one.cols,
            );
          const wanted = scenes.flatMap((one, index) => (touches(one) ? [index] : []));
          expect(tile[4]).toEqual(wanted);
          expect(tile[5]).toBe(JSON.stringify([windowOf(tile), wanted]));
        }
      }),
    );
  });

  it('come in the same order every time, row by row', () => {
    fc.assert(
      fc.property(anyZones(LOW, HIGH, 3), side, (zones, size) => {
        const tiles = plan(zones, size, size);
        expect(plan(zones, size, size)).toEqual(tiles);
        const sorted = [...tiles].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
        expect(tiles).toEqual(sorted);
      }),
    );
  });
});

describe('half of a shape', () => {
  it('is half in both directions, rounded up, and ends above the least side', () => {
    expect(halfShape({ rows: 4096, cols: 4095 })).toEqual({ rows: 2048, cols: 2048 });
    expect(halfShape({ rows: 32, cols: 31 })).toEqual({ rows: 16, cols: 16 });
    expect(halfShape({ rows: 4096, cols: 30 })).toBeNull();
  });
});

describe('the shape of tiles', () => {
  const layout = (rows: number, cols: number, blockRows: number, blockCols: number, tiled: boolean): BlockLayout => ({
    ...uint8Layout(1),
    rows,
    cols,
    blockRows,
    blockCols,
    tiled,
  });
  const shapeOf = (ofBlocks: BlockLayout | null, measured = false, asked: number | null = null) =>
    tileShape({ layout: ofBlocks, measured }, asked);

  it('is square where a size is asked for', () => {
    expect(shapeOf(layout(9000, 9000, 512, 512, true), false, 100)).toEqual({ rows: 100, cols: 100 });
  });

  it('is a multiple of the blocks, near 4096 cells for bytes and 2048 for wider types', () => {
    const blocks = layout(20_000, 20_000, 512, 512, true);
    expect(shapeOf(blocks)).toEqual({ rows: 4096, cols: 4096 });
    expect(shapeOf({ ...blocks, bits: 16, dtype: 'uint16' })).toEqual({ rows: 2048, cols: 2048 });
    expect(shapeOf({ ...blocks, blockRows: 1000, blockCols: 1000 })).toEqual({ rows: 4000, cols: 4000 });
  });

  it('is near 2048 cells where more than classes is measured, or the land cover lies on another lattice', () => {
    expect(shapeOf(layout(20_000, 20_000, 512, 512, true), true)).toEqual({ rows: 2048, cols: 2048 });
    expect(shapeOf(null)).toEqual({ rows: 2048, cols: 2048 });
  });

  it('takes whole rows of a file in strips, near 4096 x 4096 cells', () => {
    expect(shapeOf(layout(8000, 10_000, 1, 10_000, false))).toEqual({ rows: 1677, cols: 10_000 });
    expect(shapeOf(layout(8000, 10_000, 100, 10_000, false))).toEqual({ rows: 1600, cols: 10_000 });
  });

  it('has no more cells than a worker takes, also where a file is one huge strip', () => {
    expect(shapeOf(layout(8000, 10_000, 8000, 10_000, false))).toEqual({ rows: 1677, cols: 10_000 });
    const length = fc.integer({ min: 1, max: 200_000 });
    fc.assert(
      fc.property(length, length, length, fc.boolean(), fc.boolean(), (rows, cols, block, tiled, measured) => {
        const shape = shapeOf(layout(rows, cols, block, tiled ? block : cols, tiled), measured);
        expect(shape.rows * shape.cols).toBeLessThanOrEqual(MAX_TILE_CELLS);
        expect(Math.min(shape.rows, shape.cols)).toBeGreaterThan(0);
      }),
    );
  });
});
