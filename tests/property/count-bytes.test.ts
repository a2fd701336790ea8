import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { areaExponent } from '../../src/shared/geo/cell-area.ts';
import type { AnalysisGrid } from '../../src/shared/geo/grid.ts';
import { WindowAreas } from '../../src/shared/geo/window-areas.ts';
import type { ZoneSpans } from '../../src/shared/raster/zone-spans.ts';
import { ClassTally, RunAreas } from '../../src/worker/kernels/class-tally.ts';
import { ByteCounter } from '../../src/worker/kernels/count-bytes.ts';
import { countRowPiece, type TileCounters } from '../../src/worker/kernels/count-runs.ts';
import { UTM_50N } from '../support/plan-parts.ts';

/** Bytes counted through histograms against the same blocks counted run by run. */

const BLOCK = 24;
const TILE = 40;
const WINDOW = { row: 7, col: -11, rows: TILE, cols: TILE };
const ZONES = 3;

const DEGREES: AnalysisGrid = {
  crs: { ...UTM_50N, epsg: 4326, kind: 'geographic', unitSize: Math.PI / 180, proj4: '+proj=longlat +datum=WGS84' },
  originX: 120,
  originY: 30,
  cellWidth: 1 / 12_000,
  cellHeight: 1 / 12_000,
  window: WINDOW,
};

/** Runs of codes, as land cover has them, and noise. */
const codesArb = fc
  .array(fc.tuple(fc.constantFrom(0, 1, 2, 7, 255), fc.constantFrom(1, 1, 2, 3, 5, 8, 13, 40)), { minLength: 80 })
  .map((runs) => runs.flatMap(([code, count]) => new Array<number>(count).fill(code)));

const spansArb = fc.array(
  fc
    .uniqueArray(fc.integer({ min: 0, max: TILE }), { minLength: 2, maxLength: 7 })
    .map((cols) => cols.sort((a, b) => a - b)),
  { minLength: TILE, maxLength: TILE },
);

function spansOf(rows: readonly (readonly number[])[]): ZoneSpans {
  const [spans, rowStarts]: [number[], number[]] = [[], [0]];
  rows.forEach((cols, row) => {
    for (let i = 0; i + 1 < cols.length; i += 1 + (row % 2)) spans.push(cols[i]!, cols[i + 1]!, (i + row) % ZONES);
    rowStarts.push(spans.length / 3);
  });
  return { window: WINDOW, rowStarts: Int32Array.from(rowStarts), spans: Int32Array.from(spans), overlaps: new Map() };
}

function countersOf(spans: ZoneSpans, inPlane: boolean): TileCounters {
  const keeping = inPlane
    ? ({ areaBy: null, areaExponent: null } as const)
    : ({ areaBy: 'row', areaExponent: areaExponent(DEGREES) } as const);
  const areas = new RunAreas(new WindowAreas(DEGREES, WINDOW, keeping), inPlane);
  return { spans, areas, classes: new ClassTally(ZONES), unread: new ClassTally(ZONES) };
}

function told({ classes }: TileCounters): unknown[] {
  return classes.codes
    .map((code, index) => ({
      code,
      place: classes.places[index],
      zones: Array.from({ length: ZONES }, (_, zone) => classes.tally(index, zone)),
    }))
    .sort((a, b) => a.code - b.code);
}

/** Blocks over the tile in this order; those at its edges lie partly outside. */
function placesOf(order: readonly number[]): { row: number; col: number; rows: number; cols: number }[] {
  const across = Math.ceil(TILE / BLOCK);
  return order.map((index) => {
    const [row, col] = [Math.floor(index / across) * BLOCK, (index % across) * BLOCK];
    return { row, col, rows: Math.min(BLOCK, TILE - row), cols: Math.min(BLOCK, TILE - col) };
  });
}

describe('bytes counted through histograms', () => {
  it('come to the counts, areas and first places of counting run by run', () => {
    fc.assert(
      fc.property(
        fc.array(codesArb, { minLength: 4, maxLength: 4 }),
        spansArb,
        fc.boolean(),
        fc.constantFrom(null, 0, 255, 3),
        fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }),
        fc.integer({ min: 0, max: 5 }),
        (codes, rows, inPlane, nodata, order, shift) => {
          const spans = spansOf(rows);
          const [byBytes, byRuns] = [countersOf(spans, inPlane), countersOf(spans, inPlane)];
          const counter = new ByteCounter(byBytes);
          placesOf(order).forEach((cells, block) => {
            // Blocks begin anywhere in memory and in their own rows.
            const buffer = new Uint8Array(shift + BLOCK * BLOCK + 3).subarray(shift);
            buffer.set((codes[block] ?? []).slice(0, buffer.length));
            const from = (shift % 2) * (BLOCK - cells.cols);
            counter.add({ codes: buffer, from, rowStride: BLOCK, cells }, nodata);
            for (let row = 0; row < cells.rows; row++) {
              const piece = { codes: buffer, from: from + row * BLOCK, stride: 1, count: cells.cols };
              countRowPiece(byRuns, { ...piece, row: cells.row + row, col: cells.col }, nodata);
            }
          });
          expect(told(byBytes)).toEqual(told(byRuns));
        },
      ),
      { numRuns: 400 },
    );
  });
});
