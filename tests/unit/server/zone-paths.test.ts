import { describe, expect, it } from 'vitest';
import { zonePaths } from '../../../src/server/zone-paths.ts';
import type { Crs } from '../../../src/shared/geo/crs.ts';
import type { Zone } from '../../../src/shared/geo/zone.ts';

const METRES: Crs = { epsg: 32650, name: 'UTM', kind: 'projected', unitSize: 1, proj4: '', ellipsoid: { a: 1, e2: 0 } };
const DEGREES: Crs = { ...METRES, epsg: 4326, name: 'WGS 84', kind: 'geographic' };

const zone = (id: string, ...rings: readonly (readonly number[])[]): Zone => ({
  id,
  name: `zone ${id}`,
  polygons: [rings.map((ring) => Float64Array.from(ring))],
});

describe('zones as a picture', () => {
  it('has its longer side in 1000 units, north up, holes in the same path', () => {
    const outer = [0, 0, 2000, 0, 2000, 1000, 0, 1000, 0, 0];
    const hole = [200, 200, 400, 200, 400, 400, 200, 200];
    const map = zonePaths([zone('a', outer, hole)], { crs: METRES });
    expect(map).toMatchObject({ width: 1000, height: 500, west: 0, north: 1000, unit_x: 2, unit_y: 2 });
    expect(map?.zones).toEqual([
      { zone: 'a', name: 'zone a', path: 'M0 500L1000 500L1000 0L0 0ZM100 400L200 400L200 300Z' },
    ]);
  });

  it('draws a million vertices by as many points as can be seen', () => {
    const count = 1_000_000;
    const ring = Array.from({ length: count + 1 }, (_, i) => {
      const angle = ((i % count) / count) * 2 * Math.PI;
      return [Math.cos(angle) * 5e4, Math.sin(angle) * 5e4];
    }).flat();
    const path = zonePaths([zone('a', ring)], { crs: METRES })?.zones[0]?.path ?? '';
    expect(path.split('L').length).toBeLessThan(5000);
    expect(path.split('L').length).toBeGreaterThan(1000);
  });

  it('narrows degrees of longitude towards the poles', () => {
    const map = zonePaths([zone('a', [10, 59, 12, 59, 12, 61, 10, 61, 10, 59])], { crs: DEGREES });
    expect(map).toMatchObject({ width: 500, height: 1000 });
    // A point of the picture is told back in degrees.
    expect((map?.west ?? 0) + 500 * (map?.unit_x ?? 0)).toBeCloseTo(12, 9);
  });

  it('leaves out what is smaller than a point, and has no picture of nothing', () => {
    const map = zonePaths([zone('a', [0, 0, 1000, 0, 1000, 1000, 0, 0]), zone('dot', [5, 5, 5.1, 5, 5.1, 5.1, 5, 5])], {
      crs: METRES,
    });
    expect(map?.zones.map(({ path }) => path === '')).toEqual([false, true]);
    expect(zonePaths([], { crs: METRES })).toBeNull();
  });
});
