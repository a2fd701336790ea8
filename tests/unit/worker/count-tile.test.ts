import { describe, expect, it } from 'vitest';
import type { Partial } from '../../../src/shared/carbon/partial.ts';
import { cellAreas } from '../../../src/shared/geo/area-scale.ts';
import { areaExponent, rowCellAreaM2 } from '../../../src/shared/geo/cell-area.ts';
import { countTile } from '../../../src/worker/count-tile.ts';
import { LATTICE, SIDE, SQUARE, tileTask, uint8Scene } from '../../support/tile-parts.ts';

/** Cells of zone 0 by class. */
function classes(partial: Partial): Record<number, number> {
  return Object.fromEntries([...(partial.zones.get(0)?.classes ?? [])].map(([code, tally]) => [code, tally.cells]));
}

const TILE = { row: 0, col: 0, rows: SIDE, cols: SIDE };

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

  /** Cells of one degree, the first row from 40 to 39 degrees north. */
  const DEGREES = { ...LATTICE, crs: { ...LATTICE.crs, kind: 'geographic' as const }, originY: 40 };
  const unitsOf = (row: number, exponent: number) => BigInt(Math.round(rowCellAreaM2(DEGREES, row) * 2 ** exponent));

  it('adds areas as integers, row by row', () => {
    // Class 1 in rows 0 and 3, four cells each; class 2 in rows 1 and 2.
    const scene = uint8Scene([1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1]);
    const partial = countTile(tileTask([scene], { lattice: DEGREES, areas: { areaBy: 'row', areaExponent: 2 } }));
    const [a, b, c, d] = [0, 1, 2, 3].map((row) => unitsOf(row, 2)) as [bigint, bigint, bigint, bigint];
    expect(partial.zones.get(0)?.classes.get(1)).toEqual({ cells: 8, area: 4n * (a + d) });
    expect(partial.zones.get(0)?.classes.get(2)).toEqual({ cells: 8, area: 4n * (b + c) });
    expect(partial.zones.get(0)?.all).toEqual({ cells: 16, area: 4n * (a + b + c + d) });
  });

  it('areas beyond 2^53 in sum stay exact', () => {
    const window = { row: 0, col: 0, rows: 8, cols: 8 };
    const areas = { areaBy: 'row', areaExponent: areaExponent({ ...DEGREES, window }) } as const;
    const scene = uint8Scene(new Array<number>(64).fill(1), 8);
    const partial = countTile(tileTask([scene], { side: 8, lattice: DEGREES, areas }));
    const rows = [0, 1, 2, 3, 4, 5, 6, 7];
    const wanted = rows.reduce((sum, row) => sum + 8n * unitsOf(row, areas.areaExponent), 0n);
    expect(wanted).toBeGreaterThan(2n ** 53n);
    expect(partial.zones.get(0)?.classes.get(1)?.area).toBe(wanted);
  });

  it('areas by cell are those of the cells under a class, whatever the runs', () => {
    const areas = { areaBy: 'cell', areaExponent: 20 } as const;
    const lattice = { ...LATTICE, originX: 300_000, originY: 3_400_000, cellWidth: 100, cellHeight: 100 };
    const codes = [1, 2, 1, 2, 2, 1, 2, 1, 1, 1, 0, 2, 0, 0, 1, 1];
    const partial = countTile(tileTask([uint8Scene(codes)], { lattice, areas }));
    const units = new Float64Array(SIDE);
    const wanted = new Map<number, bigint>();
    const cellUnits = cellAreas({ ...lattice, window: TILE }, TILE, areas.areaExponent);
    codes.forEach((code, cell) => {
      cellUnits.row(Math.floor(cell / SIDE), 0, SIDE, units);
      if (code !== 0) wanted.set(code, (wanted.get(code) ?? 0n) + BigInt(units[cell % SIDE] as number));
    });
    expect(wanted.size).toBe(2);
    for (const [code, area] of wanted) expect(partial.zones.get(0)?.classes.get(code)?.area).toBe(area);
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
