import { describe, expect, it } from 'vitest';
import { crsFromEpsg } from '../../../../src/shared/geo/crs-registry.ts';
import { zoneMeasure } from '../../../../src/shared/geo/polygon-area.ts';

function square(x: number, y: number, side: number): Float64Array {
  return Float64Array.of(x, y, x + side, y, x + side, y + side, x, y + side, x, y);
}

async function lattice(epsg: number, cell: number) {
  return { crs: await crsFromEpsg(epsg), originX: 0, originY: 0, cellWidth: cell, cellHeight: cell };
}

describe('zoneMeasure', () => {
  it('takes holes away and adds pieces, in the plane', async () => {
    const polygons = [[square(5e5, 3e6, 100), square(500_010, 3_000_010, 20)], [square(6e5, 3e6, 10)]];
    expect(zoneMeasure(polygons, await lattice(32650, 10))).toEqual({ areaM2: 9700, cells: 97 });
  });

  it('measures in metres where the CRS has feet', async () => {
    const { areaM2, cells } = zoneMeasure([[square(1e6, 2e5, 100)]], await lattice(2263, 10));
    expect(areaM2).toBeCloseTo(1e4 * (1200 / 3937) ** 2, 6);
    expect(cells).toBeCloseTo(100, 9);
  });

  it.each([
    // The closed form of the area between parallels (Snyder 1987, 3-12), worked out in Python.
    [120, 30, 0.01, 1069521.173],
    [120, 60, 1, 6123140878.7],
  ])('measures on the ellipsoid: %d E %d N, %d degrees', async (x, y, side, areaM2) => {
    const found = zoneMeasure([[square(x, y, side)]], await lattice(4326, 0.001));
    expect(found.areaM2 / areaM2).toBeCloseTo(1, 6);
    expect(found.cells / (side / 0.001) ** 2).toBeCloseTo(1, 3);
  });
});
