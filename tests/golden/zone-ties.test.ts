import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Crs } from '../../src/shared/geo/crs.ts';
import { packZones } from '../../src/shared/geo/packed-zones.ts';
import { SPAN_STRIDE, zoneSpans } from '../../src/shared/raster/zone-spans.ts';

interface Fixture {
  readonly side: number;
  readonly originX: number;
  readonly originY: number;
  readonly cell: number;
  readonly cases: readonly {
    readonly points: readonly (readonly [number, number])[];
    readonly cells: number;
    readonly sha256: string;
  }[];
}

const path = join(import.meta.dirname, '../fixtures/zones/gdal-ties.json');
const fixture = JSON.parse(readFileSync(path, 'utf8')) as Fixture;
const { side, originX, originY, cell } = fixture;
const lattice = { crs: {} as Crs, originX, originY, cellWidth: cell, cellHeight: cell };

function cellsInside(points: Fixture['cases'][number]['points']): number[] {
  const zone = { id: 'a', name: 'a', polygons: [[Float64Array.from(points.flat())]] };
  const spans = zoneSpans(packZones(lattice, [zone]), { row: 0, col: 0, rows: side, cols: side });
  const cells: number[] = [];
  for (let row = 0; row < side; row++) {
    for (let span = spans.rowStarts[row] ?? 0; span < (spans.rowStarts[row + 1] ?? 0); span++) {
      const start = spans.spans[span * SPAN_STRIDE] ?? 0;
      const end = spans.spans[span * SPAN_STRIDE + 1] ?? 0;
      for (let col = start; col < end; col++) cells.push(row * side + col);
    }
  }
  return cells;
}

describe('polygons whose edges run through cell centres', () => {
  it.each(fixture.cases)('give the cells that GDAL burns ($cells)', ({ points, cells, sha256 }) => {
    const found = cellsInside(points);
    expect(found).toHaveLength(cells);
    expect(createHash('sha256').update(found.join(',')).digest('hex')).toBe(sha256);
  });
});
