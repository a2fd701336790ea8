import { describe, expect, it } from 'vitest';
import { encodePatches } from '../../../../src/shared/carbon/encode-patches.ts';
import { mergeAllPatches } from '../../../../src/shared/carbon/patch-merge.ts';
import { type PatchRule, patchRule } from '../../../../src/shared/carbon/patch-size.ts';
import { closeAll, emptyPatches, type PatchHistogram } from '../../../../src/shared/carbon/patch-tally.ts';
import { cellAreaExponent, cellAreas } from '../../../../src/shared/geo/area-scale.ts';
import { areaExponent, rowAreaUnits } from '../../../../src/shared/geo/cell-area.ts';
import type { AnalysisGrid } from '../../../../src/shared/geo/grid.ts';
import {
  below,
  floodFill,
  type GreenRaster,
  labelTile,
  latticeTiles,
  randomRaster,
} from '../../../support/patch-rasters.ts';
import { UTM_50N } from '../../../support/plan-parts.ts';
import { seeded } from '../../../support/random-mosaics.ts';

const TENS: PatchRule = { connectivity: 8, measure: 'cells', unitM2: 100 };

/** `.` not green, letters green of class 1 (a) or 2 (b), upper case the same in zone 1; `#` green and in no zone. */
function drawn(rows: readonly string[]): GreenRaster {
  const letters = rows.flatMap((row) => [...row]);
  return {
    window: { row: 10, col: 20, rows: rows.length, cols: rows[0]?.length ?? 0 },
    green: Uint8Array.from(letters, (letter) => (letter === '.' ? 0 : 1)),
    codes: Int32Array.from(letters, (letter) => (letter.toLowerCase() === 'b' ? 2 : 1)),
    zones: Int32Array.from(letters, (letter) => (letter === '#' ? -1 : letter >= 'A' && letter <= 'Z' ? 1 : 0)),
  };
}

function label(rows: readonly string[], rule = TENS) {
  const raster = drawn(rows);
  return labelTile(raster, raster.window, rule);
}

function closedText(histogram: PatchHistogram, rule: PatchRule): string {
  return JSON.stringify(encodePatches({ ...emptyPatches(rule), closed: histogram }).closed);
}

describe('patches of a tile', () => {
  it('are closed where no cell of them is at a side, and counted by zone, class and size', () => {
    const { closed, open } = encodePatches(label(['......', '.aaB..', '......', '.b..A.', '......']));
    expect(open).toEqual([]);
    expect(closed).toEqual([
      [
        0,
        [
          [1, [[300, 1, 2, '0']]],
          [2, [[100, 1, 1, '0']]],
        ],
      ],
      [
        1,
        [
          [1, [[100, 1, 1, '0']]],
          [2, [[300, 0, 1, '0']]],
        ],
      ],
    ]);
  });

  it('at a side stay open, with the cells that look out and the sums of all cells', () => {
    const { closed, open, borders } = encodePatches(label(['.ab.', '.a..', '...b']));
    expect(closed).toEqual([]);
    expect(open).toEqual([
      [
        10,
        21,
        0,
        1,
        [
          [0, 1, 2, '0'],
          [0, 2, 1, '0'],
        ],
      ],
      [12, 23, 0, 2, [[0, 2, 1, '0']]],
    ]);
    expect(borders).toEqual({
      north: [[0, 10, 21, 23]],
      south: [[1, 13, 23, 24]],
      west: [],
      east: [[1, 24, 12, 13]],
      corners: [],
    });
  });

  it('join over a corner with connectivity 8 only', () => {
    const rows = ['....', '.a..', '..b.', '....'];
    expect(encodePatches(label(rows)).closed).toEqual([
      [
        0,
        [
          [1, [[200, 1, 1, '0']]],
          [2, [[200, 0, 1, '0']]],
        ],
      ],
    ]);
    const four = encodePatches(label(rows, { ...TENS, connectivity: 4 })).closed;
    expect(four).toEqual([
      [
        0,
        [
          [1, [[100, 1, 1, '0']]],
          [2, [[100, 1, 1, '0']]],
        ],
      ],
    ]);
  });

  it('have no green cells outside of all zones: these part them too', () => {
    const { closed } = encodePatches(label(['.....', '.a#a.', '.....'], TENS));
    expect(closed).toEqual([[0, [[1, [[100, 2, 2, '0']]]]]]);
  });
});

const GEOGRAPHIC: AnalysisGrid = {
  crs: { ...UTM_50N, kind: 'geographic' },
  originX: 8,
  originY: 40,
  cellWidth: 0.01,
  cellHeight: 0.01,
  window: { row: -100, col: -100, rows: 230, cols: 230 },
};
const PROJECTED: AnalysisGrid = {
  ...GEOGRAPHIC,
  crs: UTM_50N,
  originX: 300_000,
  originY: 3_400_000,
  cellWidth: 100,
  cellHeight: 100,
};

describe('areas of patches on the ellipsoid', () => {
  const rowExponent = areaExponent(GEOGRAPHIC);
  const cellExponent = cellAreaExponent(PROJECTED);
  const rows = rowAreaUnits(GEOGRAPHIC, { row: -100, count: 230 }, rowExponent);
  const one = new Float64Array(1);
  const cases = [
    {
      name: 'by row',
      areas: { grid: GEOGRAPHIC, areaBy: 'row', exponent: rowExponent },
      units: (row: number) => rows[row + 100] as number,
    },
    {
      name: 'by cell',
      areas: { grid: PROJECTED, areaBy: 'cell', exponent: cellExponent },
      units: (row: number, col: number) => {
        cellAreas(PROJECTED, { row, col, rows: 1, cols: 1 }, cellExponent).row(row, col, 1, one);
        return one[0] as number;
      },
    },
  ] as const;

  for (const { name, areas, units } of cases) {
    it(`${name}: sums are exact whatever the tiles, and decide the size`, () => {
      for (let seed = 0; seed < 25; seed++) {
        const random = seeded(seed);
        const raster = randomRaster(random, 12);
        const rule = patchRule(areas.grid, areas.exponent, random() < 0.5 ? 4 : 8);
        const tiles = latticeTiles(raster, 1 + below(random, 7), 1 + below(random, 7), [0, 0]);
        const merged = mergeAllPatches(
          rule,
          tiles.map((tile) => labelTile(raster, tile, rule, areas)),
        );
        const expected = floodFill(raster, rule, (row, col) => BigInt(units(row, col)));
        expect(closedText(closeAll(merged), rule), `seed ${seed}`).toBe(closedText(expected, rule));
      }
    });
  }
});
