import { describe, expect, it } from 'vitest';
import {
  areaExponent,
  planeCellAreaM2,
  quadrangleAreaM2,
  rowAreaUnits,
  rowCellAreaM2,
} from '../../../../src/shared/geo/cell-area.ts';
import type { AnalysisGrid } from '../../../../src/shared/geo/grid.ts';
import { UTM_50N } from '../../../support/plan-parts.ts';

/**
 * References: the closed form q(lat) = sin / (1 - e2 sin^2) + atanh(e sin) / e of the ellipsoid's zones, evaluated with
 * 70 decimal digits (Python's decimal module), since in doubles it cancels on small cells.
 */
function ellipsoid(a: number, inverseFlattening: number): { a: number; e2: number } {
  const f = 1 / inverseFlattening;
  return { a, e2: f * (2 - f) };
}

const WGS84 = ellipsoid(6_378_137, 298.257223563);
const GRS80 = ellipsoid(6_378_137, 298.257222101);
const KRASSOWSKY = ellipsoid(6_378_245, 298.3);

/** A cell of 1/12000 degree, as ESA WorldCover has them; its south edge at a latitude. */
const WORLDCOVER = 1 / 12_000;

function relativeError(found: number, wanted: number): number {
  return Math.abs(found / wanted - 1);
}

describe('the area of a quadrangle on the ellipsoid', () => {
  it.each([
    [0, 85.47966721729613],
    [30.25, 74.09188448677456],
    [60, 43.17220859328929],
  ])('a WorldCover cell at %d N is %d m2', (south, areaM2) => {
    // The edges themselves are doubles: their difference is known to about 1e-10 of a cell, as in any program.
    const found = quadrangleAreaM2(WGS84, { south, north: south + WORLDCOVER }, WORLDCOVER);
    expect(relativeError(found, areaM2)).toBeLessThan(1e-10);
  });

  it.each([
    ['WGS 84, 1 x 1 degree', WGS84, 30, 31, 1, 10_642_393_438.8834],
    ['GRS 80, 1 x 1 degree', GRS80, 30, 31, 1, 10_642_393_438.7123],
    ['Krassowsky 1940, 1 x 1 degree', KRASSOWSKY, 30, 31, 1, 10_642_758_858.4787],
    ['5 x 5 degrees at the equator', WGS84, 0, 5, 5, 307_346_791_195.589],
    ['5 x 5 degrees at the pole', WGS84, 85, 90, 5, 13_599_377_779.3765],
  ])('%s: to 1e-14', (_name, shape, south, north, width, areaM2) => {
    expect(relativeError(quadrangleAreaM2(shape, { south, north }, width), areaM2)).toBeLessThan(1e-14);
  });

  it('the whole ellipsoid in bands of 5 degrees is 510.0656 million km2', () => {
    let sum = 0;
    for (let south = -90; south < 90; south += 5) sum += quadrangleAreaM2(WGS84, { south, north: south + 5 }, 360);
    expect(relativeError(sum, 510_065_621_724_088.5)).toBeLessThan(1e-14);
  });

  it('is the same north and south of the equator', () => {
    const north = quadrangleAreaM2(WGS84, { south: 30, north: 31 }, 1);
    expect(quadrangleAreaM2(WGS84, { south: -31, north: -30 }, 1)).toBe(north);
  });

  it('ends at the pole: nothing lies beyond', () => {
    const cap = quadrangleAreaM2(WGS84, { south: 89, north: 90 }, 1);
    expect(quadrangleAreaM2(WGS84, { south: 89, north: 95 }, 1)).toBe(cap);
    expect(quadrangleAreaM2(WGS84, { south: 90, north: 95 }, 1)).toBe(0);
  });
});

const DEGREES = { ...UTM_50N, epsg: 4326, name: 'EPSG:4326', kind: 'geographic', ellipsoid: WGS84 } as const;

/** A grid of WorldCover's cells whose first row begins at `north`. */
function degreeGrid(north: number, rows: number, cell = WORLDCOVER): AnalysisGrid {
  const window = { row: 0, col: 0, rows, cols: 10 };
  return { crs: DEGREES, originX: 6.66, originY: north, cellWidth: cell, cellHeight: cell, window };
}

describe('areas of cells on a lattice', () => {
  it('in the plane are width x height in square metres, feet turned into metres', () => {
    const lattice = { crs: UTM_50N, originX: 0, originY: 0, cellWidth: 30, cellHeight: 20 };
    expect(planeCellAreaM2(lattice)).toBe(600);
    const foot = 1200 / 3937;
    const feet = { ...lattice, crs: { ...UTM_50N, unitSize: foot } };
    expect(planeCellAreaM2(feet)).toBeCloseTo(600 * foot * foot, 10);
  });

  it('on the ellipsoid are those of their row', () => {
    const lattice = degreeGrid(31, 2, 1);
    expect(relativeError(rowCellAreaM2(lattice, 0), 10_642_393_438.8834)).toBeLessThan(1e-14);
    expect(rowCellAreaM2(lattice, 1)).toBeGreaterThan(rowCellAreaM2(lattice, 0));
  });

  it.each([
    ['north of the equator', degreeGrid(31, 12_000)],
    ['south of it', degreeGrid(-30, 12_000)],
    ['across it, where the widest row is in the middle', degreeGrid(0.4, 12_000)],
    ['up to the pole', degreeGrid(90, 12_000)],
    ['of the whole earth', degreeGrid(90, 180, 1)],
  ])('become integers of 50 bits at the most %s, and lose less than 1e-14', (_place, grid) => {
    const { rows } = grid.window;
    const exponent = areaExponent(grid);
    const units = rowAreaUnits(grid, { row: 0, count: rows }, exponent);
    const widest = units.reduce((most, one) => Math.max(most, one), 0);
    expect(widest).toBeLessThanOrEqual(2 ** 50);
    expect(widest).toBeGreaterThan(2 ** 48);
    expect(units.every(Number.isSafeInteger)).toBe(true);
    const exact = Array.from({ length: rows }, (_, row) => rowCellAreaM2(grid, row)).reduce((a, b) => a + b, 0);
    const summed = Number(units.reduce((sum, one) => sum + BigInt(one), 0n)) / 2 ** exponent;
    expect(relativeError(summed, exact)).toBeLessThan(1e-12);
  });

  it('do not hang on where a tile begins', () => {
    const grid = degreeGrid(31, 100);
    const exponent = areaExponent(grid);
    const whole = rowAreaUnits(grid, { row: 0, count: 100 }, exponent);
    expect(rowAreaUnits(grid, { row: 37, count: 20 }, exponent)).toEqual(whole.slice(37, 57));
  });
});
