import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadZones } from '../../src/producer/load-zones.ts';
import { crsFromEpsg } from '../../src/shared/geo/crs-registry.ts';
import type { Ring, Zone } from '../../src/shared/geo/zone.ts';
import { FileStore } from '../../src/shared/io/store-file.ts';
import { NO_TEST_DATA, testData } from '../support/test-data.ts';

/** One set of zones as ogr2ogr writes it in each format (tests/fixtures/zones/make-formats.sh), read alike from all. */

const fixtures = join(import.meta.dirname, '../fixtures/zones');
const UTM50 = await crsFromEpsg(32650);

async function load(
  path: string,
  more: { id?: string; label?: string; crs?: string; layer?: string } = {},
  grid = UTM50,
) {
  const source = { url: pathToFileURL(path).href, id: null, label: null, crs: null, ...more };
  return (await loadZones(new FileStore(), source, grid)).zones;
}

function twiceArea(ring: Ring): number {
  let sum = 0;
  for (let i = 0; i + 3 < ring.length; i += 2) sum += ring[i]! * ring[i + 3]! - ring[i + 2]! * ring[i + 1]!;
  return sum;
}

/** A ring from its least vertex on, counter-clockwise: formats begin and turn as they like. */
function plainRing(ring: Ring): string {
  const points = Array.from({ length: ring.length / 2 - 1 }, (_, i) => [ring[i * 2]!, ring[i * 2 + 1]!] as const);
  if (twiceArea(ring) < 0) points.reverse();
  const least = points.reduce((best, [x, y], i) => {
    const [bx, by] = points[best] as readonly [number, number];
    return x < bx || (x === bx && y < by) ? i : best;
  }, 0);
  return [...points.slice(least), ...points.slice(0, least)].map((point) => point.join(' ')).join(', ');
}

function plain(zones: readonly Zone[]) {
  return zones
    .map(({ id, name, polygons }) => ({
      id,
      name,
      polygons: polygons
        .map(([outer, ...holes]) => [plainRing(outer as Ring), ...holes.map(plainRing).sort()].join(' minus '))
        .sort(),
    }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

const KEYS = { id: 'code', label: 'name' };

describe('zones in other formats', () => {
  it.each([
    ['formats.gpkg', { layer: 'districts' }],
    ['formats.shp', {}],
    ['formats.fgb', {}],
    ['formats-plain.fgb', {}],
  ])('%s has the zones of the GeoJSON to the bit', async (file, more) => {
    const expected = plain(await load(join(fixtures, 'formats.geojson'), KEYS));
    expect(expected.map(({ id, name, polygons }) => [id, name, polygons.length])).toEqual([
      ['p1', 'Park with a pond, and an island in it', 2],
      ['p2', '西湖区', 2],
      ['p3', 'São João', 1],
    ]);
    expect(plain(await load(join(fixtures, file), { ...KEYS, ...more }))).toEqual(expected);
  });

  it('a file in degrees comes back to the metre grid within a nanometre or so', async () => {
    const expected = await load(join(fixtures, 'formats.geojson'), KEYS);
    const found = await load(join(fixtures, 'formats-wgs84.fgb'), KEYS);
    for (const { id, polygons } of expected) {
      const other = found.find((zone) => zone.id === id);
      const numbers = (zone: Pick<Zone, 'polygons'> | undefined) =>
        (zone?.polygons ?? []).flat().flatMap((ring) => [...ring]);
      expect(numbers(other)).toHaveLength(numbers({ polygons }).length);
      const farthest = numbers({ polygons }).reduce(
        (most, value, i) => Math.max(most, Math.abs(value - numbers(other)[i]!)),
        0,
      );
      expect(farthest).toBeLessThan(1e-6);
    }
  });

  it('a whole number becomes an id without decimals in every format', async () => {
    for (const file of ['formats.shp', 'formats.fgb']) {
      const zones = await load(join(fixtures, file), { id: 'code', label: 'people' });
      expect(zones.map(({ name }) => name).sort()).toEqual(['0', '1200', 'p3']);
    }
  });

  it('the feature number of a GeoPackage can be the id', async () => {
    const zones = await load(join(fixtures, 'formats.gpkg'), { id: 'fid', layer: 'wards' });
    expect(zones.map(({ id }) => id)).toEqual(['1']);
  });
});

interface Vectors {
  readonly features: number;
  readonly vertices: number;
  readonly bbox: readonly [number, number, number, number];
}

const root = testData();

describe.skipIf(root === null)(`a real GeoPackage (${NO_TEST_DATA})`, () => {
  const folder = join(root ?? '', 'data/real');

  it('New York has the features, vertices and box that OGR counts', async () => {
    const expected: { vectors: Record<string, Vectors> } = JSON.parse(
      readFileSync(join(folder, 'expected.json'), 'utf8'),
    );
    const { features, vertices, bbox } = expected.vectors['new-york/nycd.gpkg'] as Vectors;
    const zones = await load(join(folder, 'new-york/nycd.gpkg'), { id: 'fid' }, await crsFromEpsg(32618));
    const rings = zones.flatMap((zone) => zone.polygons.flat());
    expect([zones.length, rings.reduce((sum, ring) => sum + ring.length / 2, 0)]).toEqual([features, vertices]);
    const along = (axis: 0 | 1) => rings.flatMap((ring) => [...ring.filter((_, index) => index % 2 === axis)]);
    const [xs, ys] = [along(0), along(1)];
    const least = (values: number[]) => values.reduce((a, b) => Math.min(a, b));
    const most = (values: number[]) => values.reduce((a, b) => Math.max(a, b));
    expect([least(xs), least(ys), most(xs), most(ys)]).toEqual(bbox);
  });
});
