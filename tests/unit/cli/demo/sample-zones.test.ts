import { expect, test } from 'vitest';
import { SAMPLE_GRID } from '../../../../src/cli/demo/sample-city.ts';
import { sampleZones } from '../../../../src/cli/demo/sample-zones.ts';

type Position = [number, number];
interface Districts {
  crs: { properties: { name: string } };
  features: { properties: { code: string; name: string }; geometry: { coordinates: Position[][] } }[];
}
const districts = JSON.parse(JSON.stringify(sampleZones(5))) as Districts;

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
