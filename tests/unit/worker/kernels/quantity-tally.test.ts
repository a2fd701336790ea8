import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { QuantityTally } from '../../../../src/shared/carbon/partial.ts';
import { cellAreaExponent, cellAreas } from '../../../../src/shared/geo/area-scale.ts';
import { areaExponent, rowCellAreaM2 } from '../../../../src/shared/geo/cell-area.ts';
import type { AnalysisGrid } from '../../../../src/shared/geo/grid.ts';
import type { Window } from '../../../../src/shared/geo/window.ts';
import { type AreaKeeping, WindowAreas } from '../../../../src/shared/geo/window-areas.ts';
import { zoneSpans } from '../../../../src/shared/raster/zone-spans.ts';
import { tallyQuantity } from '../../../../src/worker/kernels/quantity-tally.ts';
import { zoneOfCells } from '../../../support/cells-oracle.ts';
import { UTM_50N } from '../../../support/plan-parts.ts';
import { anyZones, packRandomZones } from '../../../support/random-zones.ts';
import { IN_PLANE } from '../../../support/tile-parts.ts';

const WINDOW: Window = { row: -2, col: 3, rows: 12, cols: 15 };
const CELLS = WINDOW.rows * WINDOW.cols;
const PROJECTED: AnalysisGrid = {
  crs: UTM_50N,
  originX: 300_000,
  originY: 3_400_000,
  cellWidth: 100,
  cellHeight: 100,
  window: WINDOW,
};
const GEOGRAPHIC: AnalysisGrid = {
  ...PROJECTED,
  crs: { ...UTM_50N, kind: 'geographic' },
  originX: 8,
  originY: 40,
  cellWidth: 0.01,
  cellHeight: 0.01,
};

interface Keeping {
  readonly name: string;
  readonly grid: AnalysisGrid;
  readonly areas: AreaKeeping;
  /** Bits of a whole share. */
  readonly shareBits: number;
  /** Units of a cell by its row and column in the window. */
  readonly unitsOf: (row: number, col: number) => number;
}

function keepings(): Keeping[] {
  const rowExponent = areaExponent(GEOGRAPHIC);
  const cellExponent = cellAreaExponent(PROJECTED);
  const surface = cellAreas(PROJECTED, WINDOW, cellExponent);
  const one = new Float64Array(1);
  const byCell = (row: number, col: number) => {
    surface.row(WINDOW.row + row, WINDOW.col + col, 1, one);
    return one[0] as number;
  };
  return [
    { name: 'in the plane', grid: PROJECTED, areas: IN_PLANE, shareBits: 0, unitsOf: () => 0 },
    {
      name: 'by row',
      grid: GEOGRAPHIC,
      areas: { areaBy: 'row', areaExponent: rowExponent },
      shareBits: 50,
      unitsOf: (row) => Math.round(rowCellAreaM2(GEOGRAPHIC, WINDOW.row + row) * 2 ** rowExponent),
    },
    {
      name: 'by cell',
      grid: PROJECTED,
      areas: { areaBy: 'cell', areaExponent: cellExponent },
      shareBits: 38,
      unitsOf: byCell,
    },
  ];
}

const MISSING = -7;
const code = fc.constantFrom(MISSING, 1, 2, 900);
const value = fc.oneof(
  fc.double({ min: -500_000, max: 500_000, noNaN: true }),
  fc.constant(Number.NaN),
  fc.constantFrom(0, -0, 1e-9, 0.1),
);

type Tallies = Map<number, Map<number, QuantityTally>>;

/** Without classes that have no value, which say nothing. */
function told(tallies: Tallies): Tallies {
  return new Map([...tallies].filter(([, classes]) => classes.size > 0));
}

describe.each(keepings())('values of a layer, areas $name', ({ grid, areas, shareBits, unitsOf }) => {
  const windowAreas = new WindowAreas(grid, WINDOW, areas);

  it('add up to what adding cell by cell in whole numbers gives', () => {
    const all = fc.record({
      zones: anyZones(-4, 20, 3),
      codes: fc.array(code, { minLength: CELLS, maxLength: CELLS }),
      values: fc.array(value, { minLength: CELLS, maxLength: CELLS }),
      bits: fc.constantFrom(20, 10),
    });
    fc.assert(
      fc.property(all, ({ zones, codes, values, bits }) => {
        const spans = zoneSpans(packRandomZones(zones), WINDOW);
        const wanted: Tallies = new Map();
        zoneOfCells(spans).forEach((zone, cell) => {
          const [ofCell, number] = [codes[cell] as number, values[cell] as number];
          if (zone < 0 || ofCell === MISSING || Number.isNaN(number)) return;
          const units = unitsOf(Math.floor(cell / WINDOW.cols), cell % WINDOW.cols);
          const share = shareBits === 0 ? 1 : units / 2 ** shareBits;
          const classes = wanted.get(zone) ?? new Map<number, QuantityTally>();
          wanted.set(zone, classes);
          const { cells, area, sum } = classes.get(ofCell) ?? { cells: 0, area: 0n, sum: 0n };
          const part = BigInt(Math.round(number * share * 2 ** bits));
          classes.set(ofCell, { cells: cells + 1, area: area + BigInt(units), sum: sum + part });
        });
        const quantity = { name: 'canopy', values: Float64Array.from(values), bits };
        const cells = { spans, areas: windowAreas, codes: Int32Array.from(codes), missing: MISSING };
        expect(told(tallyQuantity(quantity, cells))).toEqual(wanted);
      }),
      { numRuns: 150 },
    );
  });
});

describe('values of a layer', () => {
  /** One zone over a window of one row, in the plane. */
  const row = (values: Float64Array, bits: number) => {
    const window = { row: 0, col: 0, rows: 1, cols: values.length };
    const spans = {
      window,
      rowStarts: Int32Array.of(0, 1),
      spans: Int32Array.of(0, values.length, 0),
      overlaps: new Map(),
    };
    const areas = new WindowAreas({ ...PROJECTED, window }, window, IN_PLANE);
    const codes = new Int32Array(values.length).fill(1);
    return tallyQuantity({ name: 'canopy', values, bits }, { spans, areas, codes, missing: MISSING }).get(0)?.get(1);
  };

  it('of the largest size stay exact over runs of any length', () => {
    const count = 2 ** 15 + 3;
    for (const sign of [1, -1]) {
      const tally = row(new Float64Array(count).fill(sign * 2 ** 19), 20);
      expect(tally).toEqual({ cells: count, area: 0n, sum: BigInt(sign) * 2n ** 39n * BigInt(count) });
    }
  });

  it('that differ in sign leave their small rest', () => {
    const values = Float64Array.from({ length: 10_001 }, (_, i) =>
      i === 10_000 ? 2 ** -20 : i % 2 === 0 ? 5e5 : -5e5,
    );
    expect(row(values, 20)?.sum).toBe(1n);
  });

  it.each([2 ** 19 + 1, -(2 ** 19) - 1, Infinity, -Infinity, -3.4e38])(
    '%s is out of range, by the name of the layer',
    (far) => {
      expect(() => row(Float64Array.of(1, far), 20)).toThrow(
        expect.objectContaining({ code: 'RASTER_UNSUPPORTED', message: expect.stringContaining('layers.canopy') }),
      );
    },
  );

  it('that are all missing leave no class', () => {
    expect(row(new Float64Array(5).fill(Number.NaN), 20)).toBeUndefined();
  });
});
