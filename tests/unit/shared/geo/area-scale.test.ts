import { describe, expect, it } from 'vitest';
import { cellAreaExponent, cellAreas, planeDistortion } from '../../../../src/shared/geo/area-scale.ts';
import type { Crs } from '../../../../src/shared/geo/crs.ts';
import { parseCrs } from '../../../../src/shared/geo/crs-registry.ts';
import type { AnalysisGrid } from '../../../../src/shared/geo/grid.ts';
import type { Window } from '../../../../src/shared/geo/window.ts';

const SYSTEMS = {
  'UTM 50N': 'EPSG:32650',
  'UTM 50S': 'EPSG:32750',
  'Web Mercator': 'EPSG:3857',
  'LAEA of Europe': 'EPSG:3035',
  'Albers of the USA': 'EPSG:5070',
  'EASE-Grid 2.0': 'EPSG:6933',
  'Albers of Hangzhou':
    '+proj=aea +lat_1=29 +lat_2=31 +lat_0=30 +lon_0=120 +x_0=0 +y_0=0 +datum=WGS84 +units=m +no_defs',
  'Lambert of China': '+proj=lcc +lat_1=25 +lat_2=47 +lat_0=36 +lon_0=105 +x_0=0 +y_0=0 +datum=WGS84 +units=m +no_defs',
  'Gauss-Krueger': '+proj=tmerc +lat_0=0 +lon_0=117 +k=1 +x_0=500000 +y_0=0 +ellps=GRS80 +units=m +no_defs',
  'Long Island, US feet': 'EPSG:2263',
  'polar stereographic': 'EPSG:3413',
} as const;
type Name = keyof typeof SYSTEMS;
const EQUAL_AREA: readonly Name[] = ['LAEA of Europe', 'Albers of the USA', 'EASE-Grid 2.0', 'Albers of Hangzhou'];

const named = new Map<string, Crs>();
for (const [name, text] of Object.entries(SYSTEMS)) named.set(name, await parseCrs(text));

function crsOf(name: Name): Crs {
  return named.get(name) as Crs;
}

/**
 * True areas (m2) of map squares with their top-left corner at (x, y), sides of 1000 and of 2000 units of the system.
 *
 * Made with libproj 9.1.1 of Debian 12 (Python, ctypes): each edge cut into 128 parts, proj_trans of the corners to longitude
 * and latitude (proj_create_crs_to_crs, proj_normalize_for_visualization), geod_polygonarea of the ring (GeographicLib, on
 * WGS 84 or GRS 80). Twice as many parts change 2e-10 at most; PROJ's inverses of equal-area systems are good to 1e-9.
 *
 *     P = ctypes.CDLL('libproj.so.25')
 *     t = [i / n for i in range(n)]
 *     ring = [(x + w*s, y - w) for s in t] + [(x + w, y - w + w*s) for s in t] \
 *          + [(x + w - w*s, y) for s in t] + [(x, y - w*s) for s in t]
 *     degrees = [P.proj_trans(transform, 1, Coord(px, py, 0, 0)) for px, py in ring]
 *     P.geod_polygonarea(geod, latitudes, longitudes, 4 * n, byref(area), byref(perimeter))
 */
const SQUARES: readonly (readonly [Name, number, number, number, number])[] = [
  ['UTM 50N', 514_000, 3_079_000, 1_000_795.28193, 4_003_179.64487],
  ['UTM 50N', 626_000, 2_776_000, 1_000_404.88871, 4_001_606.99869],
  ['UTM 50N', 738_000, 3_501_000, 999_397.03655, 3_997_564.57592],
  ['UTM 50N', 850_000, 3_400_000, 997_772.12926, 3_991_053.96627],
  ['UTM 50N', 206_000, 5_390_000, 998_684.3355, 3_994_766.08399],
  ['UTM 50S', 764_000, 9_073_000, 999_068.85945, 3_996_249.23377],
  ['UTM 50S', 430_000, 6_198_000, 1_000_681.27028, 4_002_731.8926],
  ['Web Mercator', 148_000, 0, 993_305.61198, 3_973_222.35156],
  ['Web Mercator', 13_462_000, 3_503_000, 747_600.86802, 2_990_635.47305],
  ['Web Mercator', 2_152_000, 8_399_000, 250_922.94931, 1_003_827.62785],
  ['LAEA of Europe', 4_490_000, 3_177_000, 1_000_000.00026, 4_000_000.00111],
  ['LAEA of Europe', 2_700_000, 1_900_000, 1_000_000.00055, 4_000_000.0024],
  ['LAEA of Europe', 5_500_000, 4_800_000, 1_000_000.0001, 4_000_000.00036],
  ['Albers of the USA', -2_000_000, 1_500_000, 1_000_000.00008, 3_999_999.99987],
  ['Albers of the USA', 1_700_000, 2_300_000, 999_999.99998, 4_000_000.00008],
  ['EASE-Grid 2.0', 11_281_000, 3_491_000, 1_000_000.00052, 4_000_000.00208],
  ['EASE-Grid 2.0', -4_704_000, -6_900_000, 1_000_000.00009, 4_000_000.00035],
  ['Albers of Hangzhou', 20_000, 30_000, 1_000_000.0, 4_000_000.0],
  ['Albers of Hangzhou', 250_000, -300_000, 999_999.99999, 3_999_999.99999],
  ['Lambert of China', 1_668_000, -681_000, 1_018_932.0749, 4_075_629.51062],
  ['Lambert of China', -2_500_000, 1_500_000, 1_008_203.90589, 4_032_884.91509],
  ['Gauss-Krueger', 1_000_000, 3_400_000, 993_847.69701, 3_975_341.74938],
  ['Long Island, US feet', 985_000, 200_000, 92_903.8394, 371_615.31515],
  ['Long Island, US feet', 1_270_000, 280_000, 92_904.18267, 371_616.75502],
  ['polar stereographic', 1000, -1000, 1_063_122.96245, 4_252_491.62527],
  ['polar stereographic', 1_000_000, -2_000_000, 997_284.64609, 3_988_987.92373],
];

/** A grid on which the corner (x, y) is that of cell (1733, 2911): deep inside of a mesh of any width. */
const PLACE = { row: 1733, col: 2911 };

function gridAt(crs: Crs, x: number, y: number, cell: number, change: Partial<AnalysisGrid> = {}): AnalysisGrid {
  const window = { ...PLACE, rows: 200, cols: 200 };
  const originX = x - PLACE.col * cell;
  const originY = y + PLACE.row * cell;
  return { crs, originX, originY, cellWidth: cell, cellHeight: cell, window, ...change };
}

/** Integer units of every cell of a window, row by row. */
function unitsOf(grid: AnalysisGrid, window: Window, exponent = cellAreaExponent(grid)): Float64Array[] {
  const areas = cellAreas(grid, window, exponent);
  return Array.from({ length: window.rows }, (_, i) => {
    const out = new Float64Array(window.cols);
    areas.row(window.row + i, window.col, window.cols, out);
    return out;
  });
}

function areaM2(grid: AnalysisGrid, window: Window = grid.window): number {
  const exponent = cellAreaExponent(grid);
  return unitsOf(grid, window, exponent).reduce((sum, row) => row.reduce((a, b) => a + b, sum), 0) * 2 ** -exponent;
}

function relativeError(found: number, wanted: number): number {
  return Math.abs(found / wanted - 1);
}

const ONE_CELL = { ...PLACE, rows: 1, cols: 1 };

describe('areas of projected cells on the ellipsoid', () => {
  it.each(SQUARES)('a cell of 1000 units in %s at %d, %d has the area of the geodesic polygon', (name, x, y, area) => {
    const grid = gridAt(crsOf(name), x, y, 1000);
    expect(relativeError(areaM2(grid, ONE_CELL), area)).toBeLessThan(1e-8);
  });

  it.each(SQUARES)('200 x 200 cells of 10 units in %s at %d, %d sum up to one polygon', (name, x, y, _, area) => {
    const grid = gridAt(crsOf(name), x, y, 10);
    expect(relativeError(areaM2(grid), area)).toBeLessThan(1e-8);
  });

  /** As SQUARES, but with 256 parts an edge and sides of 25 km. */
  it.each([
    ['EASE-Grid 2.0', 11_281_000, 3_491_000, 625_000_000.32735],
    ['Web Mercator', 13_462_000, 3_503_000, 468_119_995.95123],
    ['UTM 50N', 850_000, 3_400_000, 623_475_207.49309],
  ] as const)('a cell of 25 km in %s at %d, %d is measured over its whole width', (name, x, y, area) => {
    const crs = crsOf(name);
    const window = { row: 2, col: 1, rows: 1, cols: 1 };
    const grid = gridAt(crs, x, y, 25_000, { originX: x - 25_000, originY: y + 50_000, window });
    expect(relativeError(areaM2(grid), area)).toBeLessThan(1e-8);
  });

  /** As SQUARES, from the corners of single cells; rounded degrees leave such small polygons good to some 1e-7. */
  it.each([
    ['UTM 50N', 852_780, 3_398_060, 10, 99.773260446],
    ['Web Mercator', 13_359_010, 3_501_400, 10, 74.772904871],
    ['Long Island, US feet', 990_220, 196_820, 30, 83.613403117],
  ] as const)('a single small cell in %s at %d, %d has its own area', (name, x, y, cell, area) => {
    expect(relativeError(areaM2(gridAt(crsOf(name), x, y, cell), ONE_CELL), area)).toBeLessThan(5e-7);
  });

  it.each(EQUAL_AREA)('cells of %s are all equal, and equal to the plane', (name) => {
    const [, x, y] = SQUARES.find(([other]) => other === name) as (typeof SQUARES)[number];
    const window = { row: PLACE.row - 900, col: PLACE.col - 1500, rows: 2000, cols: 3000 };
    const grid = gridAt(crsOf(name), x, y, 30, { window });
    const plane = 900 * 2 ** cellAreaExponent(grid);
    let [least, most] = [Number.POSITIVE_INFINITY, 0];
    for (const row of unitsOf(grid, window)) {
      least = row.reduce((a, b) => Math.min(a, b), least);
      most = row.reduce((a, b) => Math.max(a, b), most);
    }
    expect(relativeError(least, plane)).toBeLessThan(1e-9);
    expect(relativeError(most, plane)).toBeLessThan(1e-9);
  });

  it.each([
    '+proj=laea +lat_0=55 +lon_0=40 +x_0=0 +y_0=0 +ellps=krass +units=m +no_defs',
    '+proj=aea +lat_1=29.5 +lat_2=45.5 +lat_0=23 +lon_0=-96 +x_0=0 +y_0=0 +datum=NAD27 +units=m +no_defs',
  ])('a system keeps its own ellipsoid, whatever is known of its datum: %s', async (definition) => {
    const distortion = planeDistortion(gridAt(await parseCrs(definition), 300_000, 400_000, 30));
    expect(Math.abs(distortion.least)).toBeLessThan(1e-9);
    expect(Math.abs(distortion.largest)).toBeLessThan(1e-9);
  });

  it('the seam of Web Mercator at 180 degrees costs nothing: cells up to it have the area of their latitude', () => {
    const mercator = crsOf('Web Mercator');
    const edge = 20_037_508.342789244;
    const window = { row: 0, col: -3, rows: 1, cols: 3 };
    const lattice = { originX: edge, originY: 3_503_000, cellWidth: 1000, cellHeight: 1000, window };
    const [row] = unitsOf({ crs: mercator, ...lattice }, window, 17);
    for (const units of row as Float64Array) expect(relativeError(units * 2 ** -17, 747_600.86802)).toBeLessThan(1e-7);
  });
});

describe('the same cell through different windows', () => {
  const grid = gridAt(crsOf('UTM 50N'), 850_000, 3_400_000, 10, {
    window: { row: -300, col: 0, rows: 9000, cols: 9000 },
  });
  const exponent = cellAreaExponent(grid);

  it('has the same bits in every tiling, on both sides of meshes and of row 0', () => {
    for (const { row, col } of [
      { row: -2, col: 4090 },
      { row: 4094, col: 4090 },
      { row: 8191, col: 8185 },
    ]) {
      const whole = unitsOf(grid, { row, col, rows: 4, cols: 12 }, exponent);
      for (let i = 0; i < 4; i++) {
        const right = unitsOf(grid, { row: row + i, col: col + 5, rows: 1, cols: 7 }, exponent)[0];
        expect(whole[i]?.subarray(5)).toEqual(right);
      }
    }
  });

  it('has the same bits in a row that is asked for whole, in parts and again', () => {
    const window = { row: 100, col: 3000, rows: 1, cols: 2500 };
    const [whole] = unitsOf(grid, window, exponent);
    const areas = cellAreas(grid, window, exponent);
    for (const [col, count] of [
      [4000, 700],
      [3000, 1],
      [4095, 2],
      [4000, 700],
    ] as const) {
      const out = new Float64Array(count);
      areas.row(100, col, count, out);
      expect(out).toEqual(whole?.slice(col - 3000, col - 3000 + count));
    }
  });

  it('is a whole number of at most 38 bits, and of at least 35', () => {
    for (const name of ['UTM 50N', 'Web Mercator', 'Long Island, US feet'] as const) {
      const [, x, y] = SQUARES.find(([other]) => other === name) as (typeof SQUARES)[number];
      for (const cell of [0.5, 10, 1000]) {
        const [row] = unitsOf(gridAt(crsOf(name), x, y, cell), ONE_CELL);
        const units = row?.[0] as number;
        expect(Number.isInteger(units)).toBe(true);
        expect(Math.log2(units)).toBeGreaterThan(35);
        expect(Math.log2(units)).toBeLessThanOrEqual(38);
      }
    }
  });

  it('is refused outside of the window', () => {
    const areas = cellAreas(grid, { row: 0, col: 0, rows: 10, cols: 10 }, exponent);
    const out = new Float64Array(10);
    for (const [row, col, count] of [
      [10, 0, 1],
      [-1, 0, 1],
      [0, 5, 6],
    ] as const) {
      expect(() => areas.row(row, col, count, out)).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
    }
  });
});

describe('how far the plane is from the ellipsoid', () => {
  it('is -0.08 % on the central meridian of UTM and above 0 far from it', () => {
    const window = { row: 0, col: 0, rows: 3000, cols: 33_000 };
    const utm = { crs: crsOf('UTM 50N'), originX: 500_000, originY: 3_400_000, cellWidth: 10, cellHeight: 10, window };
    const { least, mean, largest } = planeDistortion(utm);
    expect(least).toBeCloseTo(0.9996 ** 2 - 1, 7);
    // On the sphere the scale is k0 cosh(x / (k0 R)); 2e-5 is what the ellipsoid's radius changes at 330 km.
    expect(largest).toBeCloseTo(0.9996 ** 2 * Math.cosh(330 / 0.9996 / 6371) ** 2 - 1, 4);
    expect(mean).toBeGreaterThan(least);
    expect(mean).toBeLessThan((least + largest) / 2);
  });

  it('is a third in Web Mercator at 30 degrees, where latitudes are those of WGS 84', () => {
    const y = 6_378_137 * Math.log(Math.tan(Math.PI / 3));
    const { mean, least, largest } = planeDistortion(gridAt(crsOf('Web Mercator'), 13_358_000, y + 1000, 10));
    // 1 / (M N cos^2 / a^2) of WGS 84 at 30 degrees.
    const e2 = 0.00669437999014133;
    const exact = (1 - e2 / 4) ** 2 / (1 - e2) / 0.75 - 1;
    expect(mean).toBeCloseTo(exact, 6);
    expect(exact).toBeCloseTo(0.338, 3);
    expect(least).toBeLessThan(exact);
    expect(largest).toBeGreaterThan(exact);
  });

  it('is found for a grid of one cell', () => {
    const { mean, least, largest } = planeDistortion(
      gridAt(crsOf('UTM 50N'), 850_000, 3_400_000, 1000, { window: ONE_CELL }),
    );
    expect(mean).toBe(least);
    expect(mean).toBe(largest);
    expect(mean).toBeCloseTo(1_000_000 / 997_772.12926 - 1, 8);
  });
});

describe('what has no area on the ellipsoid', () => {
  it('a cell outside of the domain of the projection is refused with its place', () => {
    const outside = gridAt(crsOf('LAEA of Europe'), 30_000_000, 3_000_000, 1000);
    const refusal = expect.objectContaining({ code: 'GRID_UNSUPPORTED', message: expect.stringContaining('row 1733') });
    expect(() => planeDistortion(outside)).toThrow(refusal);
    expect(() => cellAreaExponent(outside)).toThrow(refusal);
    expect(() => unitsOf(outside, ONE_CELL, 17)).toThrow(refusal);
  });

  it('a mesh that lies half outside of the domain still has the areas of its inner cells', async () => {
    const crs = await parseCrs('+proj=ortho +lat_0=0 +lon_0=0 +x_0=0 +y_0=0 +R=6371000 +units=m +no_defs');
    const window = { row: 0, col: 6300, rows: 1, cols: 80 };
    const grid = { crs, originX: 0, originY: 500, cellWidth: 1000, cellHeight: 1000, window };
    const areas = cellAreas(grid, window, 10);
    const out = new Float64Array(60);
    areas.row(0, 6300, 60, out);
    // Towards the limb the true area grows as 1 / cos(distance).
    for (let i = 1; i < 60; i++) expect(out[i]).toBeGreaterThan(out[i - 1] as number);
    expect(() => areas.row(0, 6372, 1, out)).toThrow(expect.objectContaining({ code: 'GRID_UNSUPPORTED' }));
  });

  it('a projection that is not computed is refused as such', async () => {
    const crs = await parseCrs('+proj=airy +datum=WGS84 +units=m +no_defs');
    expect(() => planeDistortion(gridAt(crs, 0, 0, 10))).toThrow(expect.objectContaining({ code: 'CRS_UNSUPPORTED' }));
  });

  it('a geographic grid is none of this module', async () => {
    const grid = gridAt(await parseCrs('EPSG:4326'), 120, 30, 0.001);
    expect(() => cellAreaExponent(grid)).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
  });
});
