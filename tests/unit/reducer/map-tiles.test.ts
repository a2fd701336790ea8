import { describe, expect, it } from 'vitest';
import { mapTiling, tileBlocks } from '../../../src/reducer/map-tiles.ts';
import type { Plan, PlannedTile } from '../../../src/shared/contracts/plan.ts';
import { hectarePlan } from '../../support/plan-parts.ts';

/** A plan over so many cells whose tiles have this side; the grid begins at row 7, column -3 of its lattice. */
function planOf(rows: number, cols: number, side: number): { plan: Plan; tiles: PlannedTile[] } {
  const window = { row: 7, col: -3, rows, cols };
  const base = hectarePlan({});
  const plan = { ...base, grid: { ...base.grid, window }, tileRows: side, tileCols: side };
  const tiles: PlannedTile[] = [];
  for (let row = 0; row < rows; row += side) {
    for (let col = 0; col < cols; col += side) {
      const [high, wide] = [Math.min(side, rows - row), Math.min(side, cols - col)];
      tiles.push([7 + row, col - 3, high, wide, [tiles.length % 3], `partial ${tiles.length}`]);
    }
  }
  return { plan, tiles };
}

describe('Tiles of maps', () => {
  it.each([
    [16, 1],
    [1023, 1],
    [1024, 2],
    [8192, 2],
  ])('beside tiles of %d cells have %d blocks a side', (side, blocks) => {
    const { plan, tiles } = planOf(3000, 2000, side);
    expect(mapTiling(plan, tiles, []).side).toBe(blocks);
  });

  it('cover the grid from its corner, each cell once, and end with it', () => {
    const { plan, tiles } = planOf(1100, 700, 100);
    const found = mapTiling(plan, tiles, []).tiles.map(({ window }) => window);
    expect(found.map(({ row, col, rows, cols }) => [row, col, rows, cols])).toEqual([
      [7, -3, 512, 512],
      [7, 509, 512, 188],
      [519, -3, 512, 512],
      [519, 509, 512, 188],
      [1031, -3, 76, 512],
      [1031, 509, 76, 188],
    ]);
  });

  it('are named by the partials that lie over them, and leave out what could not be counted', () => {
    const { plan, tiles } = planOf(512, 1000, 500);
    const [west, east] = mapTiling(plan, tiles, [0]).tiles;
    expect(west?.partials).toEqual(['partial 1', 'partial 2', 'partial 3']);
    expect(west?.blanks).toEqual([{ row: 7, col: -3, rows: 500, cols: 500 }]);
    expect(east?.partials).toEqual(['partial 1', 'partial 3']);
    expect([west?.scenes, east?.scenes]).toEqual([
      [0, 1, 2],
      [0, 1],
    ]);
  });

  it('are none where nothing was counted', () => {
    const { plan, tiles } = planOf(600, 600, 600);
    expect(mapTiling(plan, tiles, [0]).tiles).toEqual([]);
    expect(mapTiling(plan, [], []).tiles).toEqual([]);
  });

  it('have their blocks in place on every level', () => {
    const { plan, tiles } = planOf(2000, 2000, 1024);
    const tiling = mapTiling(plan, tiles, []);
    const last = tiling.tiles.at(-1);
    expect(last?.window).toEqual({ row: 7 + 1024, col: -3 + 1024, rows: 976, cols: 976 });
    if (last === undefined) throw new Error('no tile');
    expect(tileBlocks(tiling, last, 0)).toEqual({ row: 2, col: 2, rows: 2, cols: 2 });
    expect(tileBlocks(tiling, last, 1)).toEqual({ row: 1, col: 1, rows: 1, cols: 1 });
    expect(tiling.levels).toHaveLength(3);
  });
});
