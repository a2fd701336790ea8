import { describe, expect, it } from 'vitest';
import { type CutInput, cutTiles } from '../../../src/producer/cut-tiles.ts';
import { MAX_SCENES_PER_TILE } from '../../../src/shared/contracts/tile-job.ts';
import { CitysinkError, type Problem } from '../../../src/shared/errors.ts';
import { packZones } from '../../../src/shared/geo/packed-zones.ts';
import { layerOf, placedScene } from '../../support/placed-scenes.ts';
import { LATTICE } from '../../support/tile-parts.ts';

/** A zone of so many cells a side from the origin on. */
function input(side: number, changes: Partial<CutInput> = {}): CutInput {
  const ring = Float64Array.of(0, 0, side, 0, side, -side, 0, -side, 0, 0);
  const window = { row: 0, col: 0, rows: side, cols: side };
  const scenes = changes.scenes ?? [placedScene(window)];
  return {
    grid: { ...LATTICE, window },
    zones: packZones(LATTICE, [{ id: '1', name: '1', polygons: [[ring]] }]),
    layers: [layerOf([...scenes.keys()])],
    haloCells: null,
    tileSize: null,
    nameOf: () => '0'.repeat(32),
    ...changes,
    scenes,
  };
}

function problemsOf(asked: CutInput): readonly Problem[] {
  try {
    cutTiles(asked);
  } catch (error) {
    if (error instanceof CitysinkError) return error.problems;
    throw error;
  }
  return [];
}

const SIDE = 3000;
const WINDOW = { row: 0, col: 0, rows: SIDE, cols: SIDE };

describe('the tiles of a run', () => {
  it('have the best shape where it fits into memory', () => {
    const lattice = cutTiles(input(SIDE));
    expect(lattice.shape.rows).toBeGreaterThanOrEqual(SIDE);
    const warped = cutTiles(input(SIDE, { scenes: [placedScene(WINDOW, { window: null })] }));
    expect(warped.shape).toEqual({ rows: 2048, cols: 2048 });
    expect(warped.tiles).toHaveLength(4);
  });

  it('are halved until the pixels under them fit: 100 bytes a cell of pixels take a sixteenth of the cells', () => {
    const fine = placedScene(WINDOW, { window: null, pixelsPerCell: 100 });
    const { shape, tiles } = cutTiles(input(SIDE, { scenes: [fine] }));
    // 2048 x 2048 cells would hold 304 bytes each, 1216 MiB; 1024 x 1024 304 MiB; 512 x 512 76 MiB of 192.
    expect(shape).toEqual({ rows: 512, cols: 512 });
    expect(tiles).toHaveLength(36);
  });

  it('are halved for what is read around them too: 12 bytes a cell of tile and halo', () => {
    const shapeOf = (haloCells: number) =>
      cutTiles(input(SIDE, { scenes: [placedScene(WINDOW, { window: null })], haloCells })).shape;
    // With 2048 x 2048 cells, 500 on each side come to 106 MiB, 1000 to 187 MiB; the tile itself takes more of the 192.
    expect(shapeOf(500)).toEqual({ rows: 2048, cols: 2048 });
    expect(shapeOf(1000)).toEqual({ rows: 1024, cols: 1024 });
  });

  it('of a size that was asked for are not halved: too much memory is refused with the numbers', () => {
    const fine = placedScene(WINDOW, { window: null, pixelsPerCell: 100 });
    expect(cutTiles(input(SIDE, { scenes: [fine], tileSize: 1500 })).shape).toEqual({ rows: 1500, cols: 1500 });
    expect(problemsOf(input(SIDE, { scenes: [fine], tileSize: 2000 }))).toMatchObject([
      { where: '--tile-size', found: '1160 MB for a tile of 2000 x 2000 cells' },
    ]);
  });

  it('are halved where too many scenes meet in one, and refused where they lie over one another', () => {
    // Scenes side by side in a row: fewer of them meet in a smaller tile.
    const count = 2 * MAX_SCENES_PER_TILE;
    const beside = Array.from({ length: count }, (_, i) => placedScene({ row: 0, col: i, rows: SIDE, cols: 1 }));
    const few = cutTiles(input(SIDE, { scenes: beside }));
    expect(few.shape.cols).toBeLessThanOrEqual(MAX_SCENES_PER_TILE);
    expect(Math.max(...few.tiles.map((tile) => tile[4].length))).toBeLessThanOrEqual(MAX_SCENES_PER_TILE);
    const small = { row: 0, col: 0, rows: 100, cols: 100 };
    const above = Array.from({ length: MAX_SCENES_PER_TILE + 1 }, () => placedScene(small));
    expect(problemsOf(input(100, { scenes: above }))).toMatchObject([
      { where: 'layers', found: expect.stringContaining(`${MAX_SCENES_PER_TILE + 1} scenes over the tile at row 0`) },
    ]);
  });

  it('more than a million are refused before they are made', () => {
    expect(problemsOf(input(20_000, { tileSize: 16 }))).toMatchObject([
      { where: 'zones.url', found: expect.stringContaining('1562500 tiles of 16 x 16') },
    ]);
  });
});
