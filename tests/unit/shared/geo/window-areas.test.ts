import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cellAreaExponent, cellAreas } from '../../../../src/shared/geo/area-scale.ts';
import { areaExponent, rowCellAreaM2 } from '../../../../src/shared/geo/cell-area.ts';
import type { AnalysisGrid } from '../../../../src/shared/geo/grid.ts';
import { type AreaKeeping, CELL_BITS, WindowAreas } from '../../../../src/shared/geo/window-areas.ts';
import { UTM_50N } from '../../../support/plan-parts.ts';
import { IN_PLANE } from '../../../support/tile-parts.ts';

const WHOLE = { row: -40, col: 100, rows: 90, cols: 120 };
const PROJECTED: AnalysisGrid = {
  crs: UTM_50N,
  originX: 300_000,
  originY: 3_400_000,
  cellWidth: 100,
  cellHeight: 100,
  window: WHOLE,
};
const GEOGRAPHIC: AnalysisGrid = {
  ...PROJECTED,
  crs: { ...UTM_50N, kind: 'geographic' },
  originX: 8,
  originY: 40,
  cellWidth: 0.01,
  cellHeight: 0.01,
};
const BY_ROW: AreaKeeping = { areaBy: 'row', areaExponent: areaExponent(GEOGRAPHIC) };
const BY_CELL: AreaKeeping = { areaBy: 'cell', areaExponent: cellAreaExponent(PROJECTED) };

/** Two spans that meet in a row of the whole window, at any place of it. */
const spans = fc
  .tuple(
    fc.integer({ min: 0, max: 89 }),
    fc.uniqueArray(fc.integer({ min: 0, max: 120 }), { minLength: 3, maxLength: 3 }),
  )
  .map(([row, cols]) => ({ row, cols: [...cols].sort((a, b) => a - b) as [number, number, number] }));

describe('areas of the plane', () => {
  it('are none: a count of cells says all', () => {
    const areas = new WindowAreas(PROJECTED, WHOLE, IN_PLANE);
    expect([areas.rowUnits, areas.rowSums(3), areas.spanUnits(3, 0, 50)]).toEqual([null, null, 0n]);
  });
});

describe.each([
  ['by row', GEOGRAPHIC, BY_ROW, 50],
  ['by cell', PROJECTED, BY_CELL, 38],
] as const)('areas %s', (_, grid, keeping, bits) => {
  const whole = new WindowAreas(grid, WHOLE, keeping);

  it(`are whole units of which the largest cell has at most 2^${bits}, and more than an eighth of that`, () => {
    expect(whole.cellBits).toBe(bits);
    expect(CELL_BITS[keeping.areaBy as 'row' | 'cell']).toBe(bits);
    let largest = 0n;
    for (let row = 0; row < WHOLE.rows; row++) {
      for (let col = 0; col < WHOLE.cols; col += 40) {
        const units = whole.spanUnits(row, col, col + 1);
        if (units > largest) largest = units;
      }
    }
    expect(largest).toBeLessThanOrEqual(2n ** BigInt(bits));
    expect(largest).toBeGreaterThan(2n ** BigInt(bits - 3));
  });

  it('of spans that meet add up to that of both', () => {
    fc.assert(
      fc.property(spans, ({ row, cols: [a, b, c] }) => {
        expect(whole.spanUnits(row, a, b) + whole.spanUnits(row, b, c)).toBe(whole.spanUnits(row, a, c));
      }),
    );
  });

  it('are the same in every window', () => {
    fc.assert(
      fc.property(spans, ({ row, cols: [first, from, to] }) => {
        const part = { row: WHOLE.row + row, col: WHOLE.col + first, rows: 1, cols: 121 - first };
        const own = new WindowAreas(grid, part, keeping);
        expect(own.spanUnits(0, from - first, to - first)).toBe(whole.spanUnits(row, from, to));
      }),
      { numRuns: 30 },
    );
  });
});

describe('areas', () => {
  it('by row are those of the ellipsoid between two parallels', () => {
    const areas = new WindowAreas(GEOGRAPHIC, WHOLE, BY_ROW);
    for (const row of [0, 40, 89]) {
      const wanted = Math.round(rowCellAreaM2(GEOGRAPHIC, WHOLE.row + row) * 2 ** (BY_ROW.areaExponent as number));
      expect(areas.spanUnits(row, 3, 13)).toBe(10n * BigInt(wanted));
    }
  });

  it('by cell are the running sums of cells, whatever row was asked before', () => {
    const areas = new WindowAreas(PROJECTED, WHOLE, BY_CELL);
    const units = new Float64Array(WHOLE.cols);
    for (const row of [5, 80, 5]) {
      cellAreas(PROJECTED, WHOLE, BY_CELL.areaExponent as number).row(WHOLE.row + row, WHOLE.col, WHOLE.cols, units);
      let sum = 0;
      const sums = areas.rowSums(row) as Float64Array;
      expect(sums[0]).toBe(0);
      for (let col = 0; col < WHOLE.cols; col++) {
        sum += units[col] as number;
        expect(sums[col + 1]).toBe(sum);
      }
    }
  });
});
