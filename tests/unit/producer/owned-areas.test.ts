import { describe, expect, it } from 'vitest';
import { ownedShares } from '../../../src/producer/owned-areas.ts';
import type { AnalysisGrid } from '../../../src/shared/geo/grid.ts';
import { packZones } from '../../../src/shared/geo/packed-zones.ts';
import { layerOf, placedScene } from '../../support/placed-scenes.ts';
import { LATTICE } from '../../support/tile-parts.ts';

/** Squares of a side on the diagonal, from cell 0, 0 on. */
function zonesOf(...sides: readonly number[]) {
  let at = 0;
  const zones = sides.map((side, i) => {
    const [a, b] = [at, at + side];
    at = b;
    return { id: String(i), name: '', polygons: [[Float64Array.of(a, -a, b, -a, b, -b, a, -b, a, -a)]] };
  });
  return packZones(LATTICE, zones);
}

function gridOf(side: number): AnalysisGrid {
  return { ...LATTICE, window: { row: 0, col: 0, rows: side, cols: side } };
}

describe('who owns which share of the city', () => {
  // Of 10 x 10 cells the first scene has the left 4 columns, the second the upper 5 rows.
  const scenes = [
    placedScene({ row: -5, col: -6, rows: 50, cols: 10 }),
    placedScene({ row: 0, col: 0, rows: 5, cols: 10 }),
    placedScene({ row: 50, col: 50, rows: 5, cols: 10 }),
  ];

  it('is by the order of takes, exactly where every cell is looked at', () => {
    expect(ownedShares(gridOf(10), zonesOf(10), [layerOf([0, 1]), layerOf([1, 0])], scenes)).toEqual([
      { shares: [0.4, 0.3], uncovered: 0.3, stride: 1 },
      { shares: [0.5, 0.2], uncovered: 0.3, stride: 1 },
    ]);
  });

  it('counts cells in zones alone', () => {
    // Zones of 4 and 6 cells a side on the diagonal: 16 cells under both scenes, of the other 36 six lie in row 4.
    const [owned] = ownedShares(gridOf(10), zonesOf(4, 6), [layerOf([1, 0])], scenes);
    expect(owned?.shares).toEqual([22 / 52, 0]);
    expect(owned?.uncovered).toBeCloseTo(30 / 52, 12);
  });

  it('a date of two bands has what both of them have', () => {
    const takes = [{ scenes: [0, 1], mask: null, date: null }];
    expect(ownedShares(gridOf(10), zonesOf(10), [layerOf([], { takes })], scenes)[0]).toMatchObject({ shares: [0.2] });
  });

  it('of large cities is taken from a sample that is right to a percent', () => {
    const side = 2000;
    const left = placedScene({ row: 0, col: 0, rows: side, cols: 700 });
    const [owned] = ownedShares(gridOf(side), zonesOf(side), [layerOf([0])], [left]);
    expect(owned?.stride).toBeGreaterThan(1);
    expect(Math.abs((owned?.shares[0] as number) - 0.35)).toBeLessThan(0.01);
    expect((owned?.shares[0] as number) + (owned?.uncovered as number)).toBeCloseTo(1, 12);
  });

  it('is nothing where no cell lies in a zone', () => {
    expect(ownedShares(gridOf(10), zonesOf(0.2), [layerOf([0])], scenes)).toEqual([
      { shares: [0], uncovered: 0, stride: 1 },
    ]);
  });
});
