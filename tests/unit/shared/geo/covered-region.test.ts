import { describe, expect, it } from 'vitest';
import {
  gapsInCol,
  gapsInRow,
  joinRegions,
  NO_REGION,
  regionHas,
  regionOf,
} from '../../../../src/shared/geo/covered-region.ts';
import { unevenTiles } from '../../../support/patch-rasters.ts';
import { seeded } from '../../../support/random-mosaics.ts';

const WHOLE = { row: -4, col: 3, rows: 9, cols: 11 };

/** Pairs of first and after the last of the numbers that `has` lacks. */
function gapsOf(start: number, end: number, has: (at: number) => boolean): number[] {
  const gaps: number[] = [];
  for (let at = start; at < end; at++) {
    if (has(at)) continue;
    if (gaps.at(-1) === at) gaps[gaps.length - 1] = at + 1;
    else gaps.push(at, at + 1);
  }
  return gaps;
}

describe('covered regions', () => {
  it('of all tiles are the whole in one band, however it was cut', () => {
    for (let seed = 0; seed < 50; seed++) {
      expect(joinRegions(unevenTiles(WHOLE, seed === 0 ? () => 0.5 : seeded(seed)).map(regionOf))).toEqual(
        regionOf(WHOLE),
      );
    }
    expect(joinRegions([NO_REGION, NO_REGION])).toEqual(NO_REGION);
  });

  it('have the cells and gaps of their tiles, and one form in any grouping', () => {
    for (let seed = 0; seed < 100; seed++) {
      const random = seeded(seed);
      const tiles = unevenTiles(WHOLE, random).filter(() => random() < 0.6);
      const cells = new Set<string>();
      for (const { row, col, rows, cols } of tiles) {
        for (let cell = 0; cell < rows * cols; cell++)
          cells.add(`${row + Math.floor(cell / cols)},${col + (cell % cols)}`);
      }
      const regions = tiles.map(regionOf);
      const region = joinRegions(regions);
      const half = joinRegions([joinRegions(regions.slice(2)), joinRegions(regions.slice(0, 2).reverse())]);
      expect(half).toEqual(region);
      for (let row = -6; row < 7; row++) {
        for (let col = 1; col < 16; col++) expect(regionHas(region, row, col)).toBe(cells.has(`${row},${col}`));
        expect(gapsInRow(region, row, 2, 15)).toEqual(gapsOf(2, 15, (col) => cells.has(`${row},${col}`)));
      }
      for (let col = 1; col < 16; col++) {
        expect(gapsInCol(region, col, -6, 7)).toEqual(gapsOf(-6, 7, (row) => cells.has(`${row},${col}`)));
      }
    }
  });
});
