import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadZones } from '../../src/producer/load-zones.ts';
import { crsFromEpsg } from '../../src/shared/geo/crs-registry.ts';
import type { Zone } from '../../src/shared/geo/zone.ts';
import { FileStore } from '../../src/shared/io/store-file.ts';
import { NO_TEST_DATA, testData } from '../support/test-data.ts';

interface Vectors {
  readonly features: number;
  readonly vertices: number;
  readonly bbox: readonly [number, number, number, number];
}

const root = testData();

/** Files and the zones in them whose outline crosses itself a little: GEOS calls these invalid too. */
const FILES = [
  ['boundaries/milan.geojson', 'name', 0],
  ['boundaries/the-hague.geojson', 'name', 1],
  ['hangzhou/hangzhou_prefecture.geojson', 'ADM2_PCODE', 0],
  ['hangzhou/zhejiang_prefectures.geojson', 'ADM2_PCODE', 0],
  ['new-york/nycd.geojson', 'fid', 18],
  ['olinda/olinda_census_tracts.geojson', 'ID', 0],
] as const;

function boxOf(zones: readonly Zone[]): number[] {
  const rings = zones.flatMap((zone) => zone.polygons.flat());
  const along = (axis: 0 | 1) => rings.flatMap((ring) => [...ring.filter((_, index) => index % 2 === axis)]);
  const extreme = (values: number[], pick: (a: number, b: number) => number) => values.reduce((a, b) => pick(a, b));
  const [xs, ys] = [along(0), along(1)];
  return [extreme(xs, Math.min), extreme(ys, Math.min), extreme(xs, Math.max), extreme(ys, Math.max)];
}

describe.skipIf(root === null)(`zones of real cities (${NO_TEST_DATA})`, () => {
  const folder = join(root ?? '', 'data/real');
  const expected: { vectors: Record<string, Vectors> } =
    root === null ? { vectors: {} } : JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8'));
  const load = async (file: string, id: string | null, epsg: number) => {
    const source = { url: pathToFileURL(join(folder, file)).href, id, label: null, crs: null };
    return loadZones(new FileStore(), source, await crsFromEpsg(epsg));
  };

  it.each(FILES)('%s has the features, vertices and box that OGR counts', async (file, id, crossing) => {
    const { zones, warnings } = await load(file, id, 4326);
    const vectors = expected.vectors[file];
    const vertices = zones.flatMap((zone) => zone.polygons.flat()).reduce((sum, ring) => sum + ring.length / 2, 0);
    expect([zones.length, vertices]).toEqual([vectors?.features, vectors?.vertices]);
    for (const [index, edge] of boxOf(zones).entries()) expect(edge).toBeCloseTo(vectors?.bbox[index] ?? Number.NaN, 6);
    expect(warnings.filter((warning) => warning.includes('crosses itself'))).toHaveLength(crossing);
  });

  it('New York in UTM 18N has the box of the GeoPackage in that CRS', async () => {
    const { zones } = await load('new-york/nycd.geojson', 'fid', 32618);
    const box = expected.vectors['new-york/nycd.gpkg']?.bbox ?? [];
    // GeoJSON keeps six decimals of a degree: about 0.1 m.
    for (const [index, edge] of boxOf(zones).entries()) expect(Math.abs(edge - (box[index] ?? 0))).toBeLessThan(0.1);
  });
});
