import { describe, expect, it } from 'vitest';
import { CLOSEST, cellsInView, movedView, placeOfCells, zoomedView } from '../../../../src/server/web/map-window.ts';

const LAYER = { rows: 100, cols: 200, west: 1000, north: 5000, cell_width: 10, cell_height: 10 };
/** Two map units a unit of the picture, which begins 100 to the east and 50 to the south of the map. */
const FRAME = { west: 1100, north: 4950, unit_x: 2, unit_y: 2 };
const WHOLE = { x: 0, y: 0, width: 900, height: 450 };

describe('A view of a map', () => {
  it('has the cells that it touches, and those lie where they are drawn', () => {
    const cells = cellsInView(LAYER, FRAME, { x: 12, y: 3, width: 20, height: 10 });
    // x 1124 to 1164 are columns 12 to 16, y 4944 to 4924 rows 5 to 7.
    expect(cells).toEqual({ row: 5, col: 12, rows: 3, cols: 5 });
    expect(placeOfCells(LAYER, FRAME, { row: 5, col: 12, rows: 3, cols: 5 })).toEqual({
      x: 10,
      y: 0,
      width: 25,
      height: 15,
    });
  });

  it('ends where the map ends, and is nothing beside it', () => {
    expect(cellsInView(LAYER, FRAME, { x: -500, y: -500, width: 5000, height: 5000 })).toEqual({
      row: 0,
      col: 0,
      rows: 100,
      cols: 200,
    });
    expect(cellsInView(LAYER, FRAME, { x: 2000, y: 0, width: 10, height: 10 })).toBeNull();
  });

  it('comes closer around a point, and stays inside of the whole', () => {
    const closer = zoomedView(WHOLE, WHOLE, 2, { x: 900, y: 0 });
    expect(closer).toEqual({ x: 450, y: 0, width: 450, height: 225 });
    expect(movedView(closer, WHOLE, 1000, 1000)).toEqual({ x: 450, y: 225, width: 450, height: 225 });
    expect(zoomedView(closer, WHOLE, 0.1)).toEqual(WHOLE);
    expect(zoomedView(closer, WHOLE, 1e6).width).toBe(900 / CLOSEST);
  });
});
