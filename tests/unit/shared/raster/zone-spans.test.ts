import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rowAreaUnits } from '../../../../src/shared/geo/cell-area.ts';
import type { Lattice } from '../../../../src/shared/geo/grid.ts';
import type { Window } from '../../../../src/shared/geo/window.ts';
import { WindowAreas } from '../../../../src/shared/geo/window-areas.ts';
import { zoneSpans, zoneTallies } from '../../../../src/shared/raster/zone-spans.ts';
import { cellsOf, cutWindow, insideAt, type Points, SIXTEENTHS, zoneOfCells } from '../../../support/cells-oracle.ts';
import { UTM_50N } from '../../../support/plan-parts.ts';
import { anyZones, packRandomZones, type RandomZone } from '../../../support/random-zones.ts';
import { IN_PLANE, LATTICE } from '../../../support/tile-parts.ts';

/** A window that does not begin at the lattice's origin, and zones that reach out of it on all sides. */
const WINDOW: Window = { row: -3, col: 5, rows: 22, cols: 19 };
const [LOW, HIGH] = [-8, 28];

function box(x0: number, y0: number, x1: number, y1: number): Points {
  const corners = [
    [x0, y0],
    [x1, y0],
    [x1, y1],
    [x0, y1],
  ] as const;
  return corners.map(([x, y]) => [x * SIXTEENTHS, y * SIXTEENTHS] as const);
}

function cellsOfZones(zones: readonly RandomZone[], window: Window): Int32Array {
  return zoneOfCells(zoneSpans(packRandomZones(zones), window));
}

describe('the zone of a cell', () => {
  it('is the one that has its centre, so a box from centre to centre keeps the centres of one side', () => {
    const window = { row: 0, col: 0, rows: 4, cols: 4 };
    const inside = [...cellsOfZones([[box(1, 1, 3, 3)]], window)].map((zone) => zone + 1).join('');
    expect(inside).toBe('0000011001100000');
    // Edges through centres: two by two cells again, since two such boxes side by side must not share any.
    expect([...cellsOfZones([[box(0.5, 0.5, 2.5, 2.5)]], window)].filter((zone) => zone === 0)).toHaveLength(4);
  });

  it('is none in a hole', () => {
    const zones = [[box(0, 0, 5, 5), box(1, 1, 4, 4)]];
    const cells = cellsOfZones(zones, { row: 0, col: 0, rows: 5, cols: 5 });
    expect([...cells].filter((zone) => zone === 0)).toHaveLength(25 - 9);
  });

  it('is none under a polygon that is too small to have a centre', () => {
    const cells = cellsOfZones([[box(0.55, 0.55, 1.45, 1.45)]], { row: 0, col: 0, rows: 3, cols: 3 });
    expect([...cells].every((zone) => zone === -1)).toBe(true);
  });

  it('is told in a row that a comb of hundreds of teeth crosses, beside another zone and out of order', () => {
    // Teeth from col 2k + 0.25 to 2k + 1.25 hold the centre of col 2k; they hang from a bar above the window.
    const teeth = Array.from({ length: 300 }, (_, k) => box(2 * k + 0.25, -9, 2 * k + 1.25, 9)).reverse();
    const window = { row: 0, col: 0, rows: 2, cols: 600 };
    const cells = [...cellsOfZones([teeth, [box(0, 0, 600, 600)]], window)];
    expect(cells).toEqual(cells.map((_, cell) => cell % 2));
  });

  it('is the first in file order of all that contain its centre, cell by cell', () => {
    fc.assert(
      fc.property(anyZones(LOW, HIGH), (zones) => {
        const found = cellsOfZones(zones, WINDOW);
        const wrong: string[] = [];
        let at = 0;
        for (const { row, col } of cellsOf(WINDOW)) {
          const verdicts = zones.map((rings) => insideAt(rings, row, col));
          const zone = found[at++];
          // Where an edge runs through the centre the rule of ties decides; that of GDAL is tested with its own output.
          if (!verdicts.includes('edge') && zone !== verdicts.indexOf('in')) wrong.push(`${row}, ${col}: ${zone}`);
        }
        expect(wrong).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('does not hang on the window: any tiles give the same cells as one', () => {
    fc.assert(
      fc.property(
        anyZones(LOW, HIGH),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        (zones, r, c) => {
          const packed = packRandomZones(zones);
          const whole = cellsOfZones(zones, WINDOW);
          const joined = new Int32Array(whole.length).fill(-2);
          for (const tile of cutWindow(WINDOW, r, c)) {
            const cells = zoneOfCells(zoneSpans(packed, tile));
            let at = 0;
            for (const { row, col } of cellsOf(tile))
              joined[(row - WINDOW.row) * WINDOW.cols + col - WINDOW.col] = cells[at++] as number;
          }
          expect(joined).toEqual(whole);
        },
      ),
      { numRuns: 200 },
    );
  });
});

/** Random doubles between, so that crossings of a shared edge are rounded numbers. */
const wild = fc.double({ min: 0.001, max: 11.999, noNaN: true }).map((cells) => cells * SIXTEENTHS);
const tied = fc.integer({ min: 1, max: 23 }).map((halves) => (halves * SIXTEENTHS) / 2);

describe('two zones that share an edge', () => {
  // From the top of a box of 12 x 12 cells to its bottom, by points in order of y: it cuts the box in two polygons.
  const cut = fc.array(fc.tuple(fc.oneof(wild, tied), fc.oneof(wild, tied)), { minLength: 1, maxLength: 8 });
  const side = 12 * SIXTEENTHS;

  it('neither lose nor double a cell, whatever way each of them is drawn', () => {
    fc.assert(
      fc.property(cut, fc.oneof(wild, tied), fc.oneof(wild, tied), (points, top, bottom) => {
        const inner = [...points].sort((a, b) => a[1] - b[1]);
        const line: Points = [[top, 0], ...inner, [bottom, side]];
        const left: Points = [...line, [0, side], [0, 0]];
        const right: Points = [[side, 0], [side, side], ...[...line].reverse()];
        const spans = zoneSpans(packRandomZones([[left], [right]]), { row: 0, col: 0, rows: 12, cols: 12 });
        expect(spans.overlaps).toEqual(new Map());
        const areas = new WindowAreas({ ...LATTICE, window: spans.window }, spans.window, IN_PLANE);
        const cells = [...zoneTallies(spans, areas).values()].reduce((sum, tally) => sum + tally.cells, 0);
        expect(cells).toBe(144);
      }),
      { numRuns: 500 },
    );
  });
});

describe('overlaps', () => {
  it('count each cell that a later zone claims too, for the one that has it', () => {
    fc.assert(
      fc.property(anyZones(LOW, HIGH), (zones) => {
        const spans = zoneSpans(packRandomZones(zones), WINDOW);
        const alone = zones.map((zone) => cellsOfZones([zone], WINDOW));
        const wanted = new Map<string, number>();
        zoneOfCells(spans).forEach((owner, cell) => {
          alone.forEach((cells, later) => {
            if (later > owner && owner >= 0 && cells[cell] === 0)
              wanted.set(`${owner},${later}`, (wanted.get(`${owner},${later}`) ?? 0) + 1);
          });
        });
        expect(spans.overlaps).toEqual(wanted);
      }),
      { numRuns: 200 },
    );
  });
});

/** Rows from 60 degrees north on, about 1.1 m x 0.6 m: areas of up to 50 bits, no two rows alike. */
const DEGREES: Lattice = {
  crs: { ...UTM_50N, kind: 'geographic' },
  originX: 0,
  originY: 60,
  cellWidth: 1e-5,
  cellHeight: 1e-5,
};

describe('zoneTallies', () => {
  it('adds cells and the areas of their rows, exactly', () => {
    fc.assert(
      fc.property(anyZones(LOW, HIGH), fc.integer({ min: 1, max: 50 }), (zones, exponent) => {
        const spans = zoneSpans(packRandomZones(zones), WINDOW);
        const units = rowAreaUnits(DEGREES, { row: WINDOW.row, count: WINDOW.rows }, exponent);
        const areas = new WindowAreas({ ...DEGREES, window: WINDOW }, WINDOW, {
          areaBy: 'row',
          areaExponent: exponent,
        });
        const wanted = new Map<number, { cells: number; area: bigint }>();
        zoneOfCells(spans).forEach((zone, cell) => {
          if (zone < 0) return;
          const { cells, area } = wanted.get(zone) ?? { cells: 0, area: 0n };
          const row = Math.floor(cell / WINDOW.cols);
          wanted.set(zone, { cells: cells + 1, area: area + BigInt(units[row] as number) });
        });
        expect(zoneTallies(spans, areas)).toEqual(wanted);
      }),
    );
  });
});
