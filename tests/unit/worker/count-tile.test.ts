import { describe, expect, it } from 'vitest';
import type { Partial } from '../../../src/shared/carbon/partial.ts';
import { countTile } from '../../../src/worker/count-tile.ts';
import { SQUARE, tileTask, uint8Scene } from '../../support/tile-parts.ts';

/** Cells of zone 0 by class. */
function classes(partial: Partial): Record<number, number> {
  return Object.fromEntries([...(partial.zones.get(0)?.classes ?? [])].map(([code, tally]) => [code, tally.cells]));
}

describe('countTile', () => {
  it('counts the cells of each class whose centre is in the zone', () => {
    // Zone: columns and rows 1 to 3 of a 4 x 4 scene, 9 cells. 0 is nodata.
    const scene = uint8Scene([1, 1, 1, 1, 1, 2, 2, 0, 1, 2, 3, 3, 1, 1, 3, 0]);
    const partial = countTile(tileTask([scene], { zones: [[1, 1, 4, 4]] }));
    expect(classes(partial)).toEqual({ 1: 1, 2: 3, 3: 3 });
    expect(partial.zones.get(0)).toMatchObject({ all: { cells: 9 }, unread: { cells: 0 } });
  });

  it('a tile without any scene has its zone cells and no class', () => {
    const partial = countTile(tileTask([]));
    expect(partial.zones.get(0)).toMatchObject({ all: { cells: SQUARE }, classes: new Map() });
  });

  it('tells the first place, by row and column of the lattice, where each class is', () => {
    const partial = countTile(tileTask([uint8Scene([1, 1, 1, 1, 1, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 1])]));
    expect(partial.places.get(2)).toEqual({ row: 1, col: 2 });
  });

  it('adds areas as integers, row by row', () => {
    // Units of one cell in rows 0 to 3: 10, 20, 30, 40; class 1 in rows 0 and 3, four cells each: 4 x 10 + 4 x 40.
    const scene = uint8Scene([1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1]);
    const partial = countTile(tileTask([scene], { rowAreaUnits: Float64Array.of(10, 20, 30, 40) }));
    expect(partial.zones.get(0)?.classes.get(1)).toEqual({ cells: 8, area: 200n });
    expect(partial.zones.get(0)?.classes.get(2)).toEqual({ cells: 8, area: 200n });
    expect(partial.zones.get(0)?.all).toEqual({ cells: 16, area: 400n });
  });

  it('areas beyond 2^53 in sum stay exact', () => {
    const unit = 2 ** 50 - 1;
    const partial = countTile(
      tileTask([uint8Scene(new Array<number>(16).fill(1))], { rowAreaUnits: new Float64Array(4).fill(unit) }),
    );
    expect(partial.zones.get(0)?.classes.get(1)?.area).toBe(16n * BigInt(unit));
  });

  it('refuses a tile that would take too much memory before it takes any', () => {
    const task = { ...tileTask([]), window: { row: 0, col: 0, rows: 2 ** 14, cols: 2 ** 13 } };
    expect(() => countTile(task)).toThrow(expect.objectContaining({ code: 'RASTER_TOO_LARGE' }));
  });

  it('refuses a raster of fractions in disguise: too many codes', () => {
    const side = 80;
    const codes = Uint16Array.from({ length: side * side }, (_, i) => i);
    const scene = { ...uint8Scene([], side), nodata: null };
    const layout = { ...scene.layout, bits: 16, dtype: 'uint16' as const };
    const blocks = [{ blockRow: 0, blockCol: 0, bytes: new Uint8Array(codes.buffer) }];
    const task = tileTask([{ ...scene, layout, blocks }], { side });
    expect(() => countTile(task)).toThrow(
      expect.objectContaining({ code: 'RASTER_UNSUPPORTED', message: expect.stringContaining('4096 different codes') }),
    );
  });
});
