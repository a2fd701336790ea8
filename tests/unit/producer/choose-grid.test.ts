import { describe, expect, it } from 'vitest';
import type { CatalogScene } from '../../../src/producer/catalog.ts';
import { chooseGrid, type GridChoice, georeferenceProblems } from '../../../src/producer/choose-grid.ts';
import { readSpec } from '../../../src/producer/load-spec.ts';
import type { CitySpec } from '../../../src/shared/contracts/city-spec.ts';
import { crsFromEpsg } from '../../../src/shared/geo/crs-registry.ts';
import type { Zone } from '../../../src/shared/geo/zone.ts';
import { catalogScene, northUp, rasterHeader } from '../../support/placed-scenes.ts';

const TEXT =
  'city: a\nyear: 2021\nzones: { url: z.geojson }\nlayers: { landcover: { scenes: ./s/ } }\nfactors: f.csv\n';
const SPEC = await readSpec(new TextEncoder().encode(TEXT), 'file:///city/spec.yaml');

const A = catalogScene('a.tif', rasterHeader(northUp(1000, 2000)));
const UTM_51N = await crsFromEpsg(32651);
const DEGREES = await crsFromEpsg(4326);

/** A square of a tenth of a degree. */
function zoneAt(lon: number, lat: number): Zone {
  const ring = Float64Array.of(lon, lat, lon + 0.1, lat, lon + 0.1, lat + 0.1, lon, lat + 0.1, lon, lat);
  return { id: '1', name: '1', polygons: [[ring]] };
}

const noZones = (): never => {
  throw new Error('zones were asked for');
};

/** The choice where the zones need not be known. */
function chosen(scenes: readonly CatalogScene[], grid: CitySpec['grid'] = null): Promise<GridChoice> {
  return chooseGrid({ ...SPEC, grid }, scenes, noZones);
}

describe('the lattice of one land cover', () => {
  it('is that of the first scene by URL, in whatever order they come', async () => {
    const b = catalogScene('b.tif', rasterHeader(northUp(2000, 2000)));
    const own = { originX: 1000, originY: 2000, cellWidth: 10, cellHeight: 10 };
    for (const scenes of [
      [A, b],
      [b, A],
    ])
      expect(await chosen(scenes)).toMatchObject({ lattice: own, reason: "the land cover's own" });
  });

  it('a drift in the last digits is the same lattice', async () => {
    const drifted = catalogScene('b.tif', rasterHeader([2000.000001, 10, 0, 2000, 0, -10]));
    expect((await chosen([A, drifted])).lattice).toMatchObject({ originX: 1000, originY: 2000 });
  });

  it('runs north up also where the rasters are south up or mirrored', async () => {
    // 100 rows of 10 m upward from 1000: the upper edge is 2000; 100 columns leftward from 2000: the left edge is 1000.
    for (const geotransform of [
      [1000, 10, 0, 1000, 0, 10],
      [2000, -10, 0, 2000, 0, -10],
    ] as const) {
      const scene = catalogScene('a.tif', rasterHeader([...geotransform]));
      expect((await chosen([scene])).lattice).toMatchObject({
        originX: 1000,
        originY: 2000,
        cellWidth: 10,
        cellHeight: 10,
      });
    }
  });
});

describe('scenes without a place', () => {
  it('are named at once: without geotransform, without CRS, with pixels of no area', async () => {
    const scenes = [
      catalogScene('a.tif', rasterHeader(null)),
      catalogScene('b.tif', rasterHeader(northUp(0, 0), { crs: null })),
      catalogScene('c.tif', rasterHeader([0, 8, 4, 0, 6, 3])),
    ];
    const refusal = {
      code: 'REQUEST_INVALID',
      problems: ['a', 'b', 'c'].map((name) => ({ where: `s3://s/${name}.tif` })),
    };
    await expect(chosen(scenes)).rejects.toMatchObject(refusal);
  });

  it('are told what was found where the file has something else', () => {
    const header = rasterHeader(null, { remarks: ['control points ignored'] });
    expect(georeferenceProblems([catalogScene('a.tif', header)])).toMatchObject([{ found: 'control points ignored' }]);
  });
});

describe('land cover without one lattice', () => {
  const around = async (scenes: readonly CatalogScene[], zones: readonly Zone[] = [zoneAt(117.23, 30.41)]) =>
    chooseGrid(SPEC, scenes, async () => zones);

  it.each<[string, CatalogScene]>([
    ['cells of another size', catalogScene('b.tif', rasterHeader([2000, 20, 0, 2000, 0, -20]))],
    ['cells shifted by half of one', catalogScene('b.tif', rasterHeader(northUp(2005, 2000)))],
    ['another system', catalogScene('b.tif', rasterHeader(northUp(2000, 2000), { crs: UTM_51N }))],
    ['a rotated raster', catalogScene('b.tif', rasterHeader([0, 8, 6, 0, 6, -8]))],
  ])('%s: an equal-area grid around the city is made', async (_, other) => {
    const { lattice, reason } = await around([A, other]);
    expect(lattice.crs.proj4).toContain('+proj=laea +lat_0=30.5 +lon_0=117.3 ');
    expect(lattice).toMatchObject({ originX: 0, originY: 0, cellWidth: 10, cellHeight: 10 });
    expect(reason).toContain('no one lattice');
  });

  it('names the systems that differ', async () => {
    const b = catalogScene('b.tif', rasterHeader(northUp(2000, 2000), { crs: UTM_51N }));
    expect((await around([A, b])).reason).toMatch(/UTM zone 50N\) and .*UTM zone 51N/);
  });

  it('has cells as large as the finest pixels, also of degrees, in two digits', async () => {
    // 1/12,000 degree at 60 degrees north: 9.28 m x 4.64 m, the side of a square of that area is 6.56 m.
    const fine = catalogScene('b.tif', rasterHeader([117, 1 / 12_000, 0, 61, 0, -1 / 12_000], { crs: DEGREES }));
    const { lattice } = await around([A, fine], [zoneAt(117, 60)]);
    expect(lattice.cellWidth).toBe(6.6);
    expect(lattice.cellHeight).toBe(6.6);
  });

  it('does not move with small changes of the zones', async () => {
    const rotated = catalogScene('b.tif', rasterHeader([0, 8, 6, 0, 6, -8]));
    const [one, other] = [
      await around([rotated], [zoneAt(117.23, 30.41)]),
      await around([rotated], [zoneAt(117.231, 30.412)]),
    ];
    expect(other.lattice).toEqual(one.lattice);
  });

  it('a city across 180 degrees has its centre there, not at Greenwich', async () => {
    const rotated = catalogScene('b.tif', rasterHeader([0, 8, 6, 0, 6, -8]));
    const { lattice } = await around([rotated], [zoneAt(179.8, -17), zoneAt(-179.9, -17)]);
    expect(lattice.crs.proj4).toMatch(/\+lon_0=-?180 /);
  });
});

describe('a grid that the spec names', () => {
  const grid = (resolution: number, origin: readonly [number, number] | null = null, crs = 'EPSG:32650') => ({
    crs,
    resolution,
    origin,
  });

  it("is the land cover's where it names the same cells", async () => {
    const { lattice, reason } = await chosen([A], grid(10));
    expect(lattice).toMatchObject({ originX: 1000, originY: 2000, cellWidth: 10 });
    expect(reason).toContain("the land cover's own");
  });

  it('is its own where the cells are others, or the system is', async () => {
    expect((await chosen([A], grid(20))).lattice).toMatchObject({
      originX: 0,
      originY: 0,
      cellWidth: 20,
      cellHeight: 20,
    });
    const other = await chosen([A], grid(10, null, 'EPSG:32651'));
    expect(other.lattice).toMatchObject({ originX: 0, originY: 0, crs: { epsg: 32651 } });
  });

  it("has a corner where the spec says, and is the land cover's only if that has one there too", async () => {
    expect((await chosen([A], grid(10, [500, 500]))).lattice).toMatchObject({ originX: 1000, originY: 2000 });
    expect((await chosen([A], grid(10, [503, 500]))).lattice).toMatchObject({ originX: 503, originY: 500 });
  });

  it('takes scenes on any lattice', async () => {
    const rotated = catalogScene('b.tif', rasterHeader([0, 8, 6, 0, 6, -8]));
    expect((await chosen([rotated], grid(10))).lattice).toMatchObject({ originX: 0, originY: 0, cellWidth: 10 });
  });
});
