import { expect, test } from 'vitest';
import { SAMPLE_GRID } from '../../../../src/cli/demo/sample-city.ts';
import { SAMPLE_SEED } from '../../../../src/cli/demo/sample-files.ts';
import { sampleZones } from '../../../../src/cli/demo/sample-zones.ts';

type Position = [number, number];
interface Districts {
  crs: { properties: { name: string } };
  features: { properties: { code: string; name: string }; geometry: { coordinates: Position[][] } }[];
}
const districts = JSON.parse(JSON.stringify(sampleZones(SAMPLE_SEED))) as Districts;

/** Twice the signed area of a closed ring, m2. */
function twiceArea(ring: readonly Position[]): number {
  return ring.slice(1).reduce((sum, [x, y], i) => sum + (ring[i]![0] - x) * (ring[i]![1] + y), 0);
}

function edges(ring: readonly Position[]): string[] {
  return ring.slice(1).map((end, i) => [String(ring[i]), String(end)].sort().join(' '));
}

test('neighbouring districts share their borders edge by edge, and the rest is the outline of the city', () => {
  const uses = new Map<string, number>();
  for (const { geometry } of districts.features) {
    for (const edge of geometry.coordinates.flatMap(edges)) uses.set(edge, (uses.get(edge) ?? 0) + 1);
  }
  const counts = [...uses.values()];
  expect(Math.max(...counts)).toBe(2);
  // 8 outer borders of 64 pieces are used once; 8 inner ones and the 4 of the enclave twice.
  expect(counts.filter((count) => count === 1)).toHaveLength(8 * 64);
  expect(counts.filter((count) => count === 2)).toHaveLength((8 + 4) * 64);
});

test('one district has a hole, and another fills it exactly', () => {
  const withHole = districts.features.filter(({ geometry }) => geometry.coordinates.length === 2);
  expect(withHole.map(({ properties }) => properties.name)).toEqual(['Xigang 西岗区']);
  const hole = withHole[0]!.geometry.coordinates[1]!;
  const enclave = districts.features.find(({ properties }) => properties.code === 'LJ06')!.geometry.coordinates[0]!;
  expect(enclave).toEqual(hole);
  expect(Math.abs(twiceArea(hole))).toBeGreaterThan(2 * 1_000_000);
});

test('rings are closed, the CRS is named, and all districts lie within the rows and columns of the scenes', () => {
  expect(districts.crs.properties.name).toBe('urn:ogc:def:crs:EPSG::32650');
  const { originX, originY, rows, cols, cellM } = SAMPLE_GRID;
  for (const ring of districts.features.flatMap(({ geometry }) => geometry.coordinates)) {
    expect(ring.at(-1)).toEqual(ring[0]);
    for (const [x, y] of ring) {
      expect(x > originX && x < originX + cols * cellM && y < originY && y > originY - rows * cellM, `${x}, ${y}`).toBe(
        true,
      );
    }
  }
});

/** Twice the signed area of the triangle a, b, c: its sign is the side of the line a-b on which c lies. */
function side(a: Position, b: Position, c: Position): number {
  return Math.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]));
}

test('no border crosses another, so that no district overlaps its neighbour', () => {
  const unique = new Map<string, [Position, Position]>();
  for (const ring of districts.features.flatMap(({ geometry }) => geometry.coordinates)) {
    ring.slice(1).forEach((end, i) => {
      unique.set([String(ring[i]), String(end)].sort().join(' '), [ring[i]!, end]);
    });
  }
  const segments = [...unique.values()];
  const crossings = segments.flatMap(([a, b], i) =>
    segments.slice(i + 1).filter(([c, d]) => side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0),
  );
  expect(crossings).toEqual([]);
});
