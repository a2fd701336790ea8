import { describe, expect, it } from 'vitest';
import { type PackedZones, packZones } from '../../../../src/shared/geo/packed-zones.ts';
import { ringSigns } from '../../../../src/shared/geo/ring-signs.ts';
import type { Window } from '../../../../src/shared/geo/window.ts';
import {
  CELL_UNITS,
  FRACTION_SPAN_STRIDE,
  fractionTallies,
  PART_STRIDE,
  zoneFractions,
} from '../../../../src/shared/raster/zone-fractions.ts';
import { UTM_50N } from '../../../support/plan-parts.ts';

type Points = readonly (readonly [number, number])[];

const LATTICE = { crs: UTM_50N, originX: 0, originY: 0, cellWidth: 1, cellHeight: 1 };
const FIVE: Window = { row: 0, col: 0, rows: 5, cols: 5 };

function box(col0: number, row0: number, col1: number, row1: number): Points {
  return [
    [col0, row0],
    [col1, row0],
    [col1, row1],
    [col0, row1],
  ];
}

/** Zones as lists of rings of `col, row`, the first point not repeated. */
function pack(zones: readonly (readonly Points[])[]): PackedZones {
  return packZones(
    LATTICE,
    zones.map((rings, index) => ({
      id: String(index),
      name: '',
      polygons: rings.map((ring) => [
        Float64Array.from([...ring, ...ring.slice(0, 1)].flatMap(([col, row]) => [col, -row])),
      ]),
    })),
  );
}

/** Share of each cell that a zone has, row by row. */
function shares(zones: readonly (readonly Points[])[], zone: number, window: Window): number[][] {
  const { rowStarts, spans, parts } = zoneFractions(pack(zones), window);
  const cells = Array.from({ length: window.rows }, () => new Array<number>(window.cols).fill(0));
  cells.forEach((row, r) => {
    for (
      let at = (rowStarts[r] ?? 0) * FRACTION_SPAN_STRIDE;
      at < (rowStarts[r + 1] ?? 0) * FRACTION_SPAN_STRIDE;
      at += 3
    )
      if (spans[at + 2] === zone) row.fill(1, spans[at], spans[at + 1]);
  });
  for (let at = 0; at < parts.length; at += PART_STRIDE) {
    const [row = -1, col = -1, ofZone, units = 0] = parts.subarray(at, at + PART_STRIDE);
    const line = cells[row];
    if (ofZone === zone && line !== undefined) line[col] = units / CELL_UNITS;
  }
  return cells;
}

describe('the fraction of a cell that a zone covers', () => {
  it('is what lies within its outline, on all sides and at corners', () => {
    expect(shares([[box(0.5, 0.75, 3.25, 2)]], 0, { row: 0, col: 0, rows: 3, cols: 4 })).toEqual([
      [0.125, 0.25, 0.25, 0.0625],
      [0.5, 1, 1, 0.25],
      [0, 0, 0, 0],
    ]);
  });

  it('follows a slope through a row of cells', () => {
    const triangle: Points = [
      [0, 0],
      [4, 1],
      [0, 1],
    ];
    expect(shares([[triangle]], 0, { row: 0, col: 0, rows: 1, cols: 5 })).toEqual([[7 / 8, 5 / 8, 3 / 8, 1 / 8, 0]]);
  });

  it('keeps whole cells together as runs, and needs no part where borders run between cells', () => {
    const found = zoneFractions(pack([[box(0, 1, 2, 4)], [box(2, 1, 5, 4)]]), FIVE);
    expect([...found.rowStarts]).toEqual([0, 0, 2, 4, 6, 6]);
    expect([...found.spans.subarray(0, 6)]).toEqual([0, 2, 0, 2, 5, 1]);
    expect(found.parts).toHaveLength(0);
  });

  it('lists parts by row, column and zone', () => {
    const found = zoneFractions(pack([[box(1.5, 0, 5, 2)], [box(0, 0, 1.5, 2)]]), { ...FIVE, rows: 2, cols: 3 });
    const half = CELL_UNITS / 2;
    expect([...found.rowPartStarts]).toEqual([0, 2, 4]);
    expect([...found.parts]).toEqual([0, 1, 0, half, 0, 1, 1, half, 1, 1, 0, half, 1, 1, 1, half]);
  });

  it('is all of a zone that is smaller than a cell, and nothing of one without area', () => {
    const speck = box(2.25, 2.5, 2.5, 2.75);
    const line: Points = [
      [0.3, 0.3],
      [4.1, 3.7],
    ];
    const found = fractionTallies(zoneFractions(pack([[speck], [line], []]), FIVE), null);
    expect([...found]).toEqual([[0, { units: CELL_UNITS / 16, area: 0n }]]);
  });

  it('leaves out holes and takes in islands in them, whatever way each ring is drawn and in any order', () => {
    const rings = [box(0, 0, 5, 5), box(0.5, 0.5, 4.5, 4.5), box(0.75, 0.75, 4, 4), box(3, 3, 3.5, 3.5)];
    const area = 25 - 16 + 3.25 ** 2 - 0.25;
    for (let turned = 0; turned < 16; turned++) {
      const drawn = rings.map((ring, i) => ((turned >> i) & 1 ? [...ring].reverse() : ring));
      for (const order of [drawn, [...drawn].reverse()]) {
        expect(fractionTallies(zoneFractions(pack([order]), FIVE), null).get(0)?.units).toBe(area * CELL_UNITS);
      }
    }
    // All four in one cell: only the signs of the rings can tell.
    const tiny = rings.map((ring) => [...ring].reverse().map(([col, row]) => [col / 8, row / 8] as const));
    expect(shares([tiny], 0, { row: 0, col: 0, rows: 1, cols: 1 })).toEqual([[area / 64]]);
  });

  it('is 0 where a zone has the same ring twice or covers a cell twice, as the even-odd rule has it', () => {
    expect(zoneFractions(pack([[box(0.5, 0.5, 3, 3), box(0.5, 0.5, 3, 3)]]), FIVE).parts).toHaveLength(0);
    const crossed = shares([[box(0, 0, 3, 1), box(1.75, 0, 5, 1)]], 0, { ...FIVE, rows: 1 });
    expect(crossed).toEqual([[1, 0.75, 0, 1, 1]]);
  });

  it('is the same through a window too wide to number its cells', () => {
    const star: Points = Array.from({ length: 400 }, (_, i) => {
      const reach = i % 2 === 0 ? 40 : 5;
      return [50 + reach * Math.cos(i / 63.7), 50 + reach * Math.sin(i / 63.7)] as const;
    });
    const near = zoneFractions(pack([[star]]), { row: 0, col: 0, rows: 4096, cols: 100 });
    const far = zoneFractions(pack([[star]]), { row: 0, col: 0, rows: 4096, cols: 2 ** 31 - 1 });
    expect(near.parts.length).toBeGreaterThan(10_000);
    expect(far.parts).toEqual(near.parts);
    expect(far.spans).toEqual(near.spans);
  });
});

describe('cells that several zones claim', () => {
  it('go to the first in file order, and what later ones lose is counted', () => {
    const zones = [[box(0, 0, 3, 1)], [box(1, 0, 5, 1)], [box(2.5, 0, 3.5, 1)]];
    const row: Window = { ...FIVE, rows: 1 };
    expect(shares(zones, 1, row)).toEqual([[0, 0, 0, 1, 1]]);
    expect(shares(zones, 2, row)).toEqual([[0, 0, 0, 0, 0]]);
    const { overlaps } = zoneFractions(pack(zones), row);
    expect(overlaps).toEqual(
      new Map([
        ['0,1', 2 * CELL_UNITS],
        ['0,2', CELL_UNITS / 2],
        ['1,2', CELL_UNITS / 2],
      ]),
    );
  });

  it('are shared as far as they go: a later zone gets what is left', () => {
    const zones = [[box(0, 0, 0.75, 1)], [box(0.5, 0, 1, 1)]];
    const cell: Window = { ...FIVE, rows: 1, cols: 1 };
    expect(shares(zones, 1, cell)).toEqual([[0.25]]);
    expect(zoneFractions(pack(zones), cell).overlaps).toEqual(new Map([['0,1', CELL_UNITS / 4]]));
  });

  it('show no overlap where zones lie on each other but do not fill the cell', () => {
    const zones = [[box(0, 0, 0.5, 1)], [box(0.25, 0, 0.5, 1)]];
    const cell: Window = { ...FIVE, rows: 1, cols: 1 };
    expect(shares(zones, 1, cell)).toEqual([[0.25]]);
    expect(zoneFractions(pack(zones), cell).overlaps).toEqual(new Map());
  });
});

describe('fractionTallies', () => {
  it('weighs each cell with its own area, exactly', () => {
    const found = zoneFractions(pack([[box(0.5, 0, 2, 2)]]), { ...FIVE, rows: 2, cols: 2 });
    const cells = [
      [2 ** 49 + 1, 7],
      [11, 2 ** 49 + 3],
    ];
    const areas = {
      spanUnits: (row: number, start: number, end: number) =>
        (cells[row] ?? []).slice(start, end).reduce((sum, area) => sum + BigInt(area), 0n),
    };
    const half = BigInt(CELL_UNITS / 2);
    expect(fractionTallies(found, areas).get(0)).toEqual({
      units: 3 * CELL_UNITS,
      area: half * BigInt(2 ** 49 + 1 + 11) + 2n * half * BigInt(2 ** 49 + 3 + 7),
    });
  });
});

describe('ringSigns', () => {
  it('tells outlines from holes by what lies in what, and islands that touch the outline from holes', () => {
    const outer = box(0, 0, 4, 4);
    const touching = box(0, 1, 2, 3);
    const beside = box(4, 0, 6, 4);
    expect([...ringSigns(pack([[outer, touching, beside]]))]).toEqual([1, -1, 1]);
    expect([...ringSigns(pack([[[...touching].reverse(), beside, [...outer].reverse()]]))]).toEqual([1, 1, -1]);
  });

  it('refuses a zone that takes too long to untangle, by its number', () => {
    const many = Array.from({ length: 50 }, (_, i) => box(i, 0, i + 0.5, 4));
    expect(() => ringSigns(pack([[box(0, 0, 1, 1)], many]), 100)).toThrow(/zone 2 of the file has too many/);
    expect(ringSigns(pack([[box(0, 0, 1, 1)], many]), 50 * 100)).toHaveLength(51);
  });

  it('does not mistake what lies in another zone for a hole', () => {
    expect([...ringSigns(pack([[box(0, 0, 4, 4)], [box(1, 1, 2, 2), box(5, 5, 6, 6)]]))]).toEqual([1, 1, 1]);
  });
});
