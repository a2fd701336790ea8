import { describe, expect, it } from 'vitest';
import { areaRule, chooseLattice, gridProblems, gridWindow, placeScenes } from '../../../src/producer/analysis-grid.ts';
import type { CatalogScene } from '../../../src/producer/catalog.ts';
import { readSpec } from '../../../src/producer/load-spec.ts';
import type { CitySpec } from '../../../src/shared/contracts/city-spec.ts';
import { CitysinkError } from '../../../src/shared/errors.ts';
import type { Geotransform } from '../../../src/shared/geo/geotransform.ts';
import { packZones } from '../../../src/shared/geo/packed-zones.ts';
import type { RasterHeader } from '../../../src/shared/raster/raster-header.ts';
import { UTM_50N } from '../../support/plan-parts.ts';
import { uint8Layout } from '../../support/tile-parts.ts';

const TEXT =
  'city: a\nyear: 2021\nzones: { url: z.geojson }\nlayers: { landcover: { scenes: ./s/ } }\nfactors: f.csv\n';
const SPEC = await readSpec(new TextEncoder().encode(TEXT), 'file:///city/spec.yaml');

function header(geotransform: Geotransform | null, changes: Partial<RasterHeader> = {}): RasterHeader {
  const band = { dtype: 'uint8', nodata: 255, scale: 1, offset: 0, description: null, unit: null } as const;
  const rest = { pixelIsPoint: false, overviews: [], mask: null, bigTiff: false, remarks: [] };
  return {
    rows: 100,
    cols: 100,
    layout: uint8Layout(100),
    bands: [band],
    geotransform,
    crs: UTM_50N,
    ...rest,
    ...changes,
  };
}

/** Cells of 10 m with the upper left corner at a point. */
function northUp(x: number, y: number): Geotransform {
  return [x, 10, 0, y, 0, -10];
}

function scene(name: string, ofScene: RasterHeader): CatalogScene {
  const info = { url: `s3://s/${name}`, etag: '"1"', sizeBytes: 1, modified: '' };
  return { info, raster: { header: ofScene } as CatalogScene['raster'] };
}

function problemsOf(work: () => unknown): readonly { where: string; message: string }[] {
  try {
    work();
  } catch (error) {
    if (error instanceof CitysinkError) return error.problems;
    throw error;
  }
  return [];
}

const A = scene('a.tif', header(northUp(1000, 2000)));
const { lattice, model } = chooseLattice([A]);

describe('the lattice', () => {
  it('is that of the first scene by URL, in whatever order they come', () => {
    const b = scene('b.tif', header(northUp(2000, 2000)));
    for (const scenes of [
      [A, b],
      [b, A],
    ])
      expect(chooseLattice(scenes).lattice).toMatchObject({
        originX: 1000,
        originY: 2000,
        cellWidth: 10,
        cellHeight: 10,
      });
  });

  it('every scene without place, CRS or north is named at once', () => {
    const scenes = [
      scene('a.tif', header(null)),
      scene('b.tif', header(northUp(0, 0), { crs: null })),
      scene('c.tif', header([0, 8, 6, 0, 6, -8])),
    ];
    expect(problemsOf(() => chooseLattice(scenes)).map(({ where }) => where)).toEqual([
      's3://s/a.tif',
      's3://s/b.tif',
      's3://s/c.tif',
    ]);
  });
});

describe('placing scenes', () => {
  it('gives each the cell of the lattice under its first pixel; it may lie west and north of the origin', () => {
    const [east, northWest] = [scene('e.tif', header(northUp(2000, 1500))), scene('n.tif', header(northUp(990, 2020)))];
    expect(placeScenes(SPEC, lattice, model, [east, northWest]).map(({ window }) => window)).toEqual([
      { row: 50, col: 100, rows: 100, cols: 100 },
      { row: -2, col: -1, rows: 100, cols: 100 },
    ]);
  });

  it('takes a drift in the last digits, and refuses half a cell and other cells', () => {
    const placed = (gt: Geotransform) =>
      problemsOf(() => placeScenes(SPEC, lattice, model, [A, scene('b.tif', header(gt))]));
    expect(placed([2000.000001, 10, 0, 2000, 0, -10])).toEqual([]);
    expect(placed([2005, 10, 0, 2000, 0, -10])).toMatchObject([
      { where: 's3://s/b.tif', message: expect.stringContaining('another lattice') },
    ]);
    expect(placed([2000, 20, 0, 2000, 0, -20])).toHaveLength(1);
  });

  const withNodata = (nodata: number | 'nan'): CitySpec => ({ ...SPEC, landcover: { ...SPEC.landcover, nodata } });

  it("takes the file's nodata, or the spec's in its place", () => {
    expect(placeScenes(SPEC, lattice, model, [A])[0]?.nodata).toBe(255);
    expect(placeScenes(withNodata(0), lattice, model, [A])[0]?.nodata).toBe(0);
  });

  it.each([300, -1, 0.5, 'nan'] as const)('refuses %s as nodata of bytes: it could never match', (nodata) => {
    expect(problemsOf(() => placeScenes(withNodata(nodata), lattice, model, [A]))).toMatchObject([
      { where: 'layers.landcover.nodata' },
    ]);
  });

  it('refuses a band that is not there and samples that are no classes', () => {
    const third = { ...SPEC, landcover: { ...SPEC.landcover, band: 3 } };
    expect(problemsOf(() => placeScenes(third, lattice, model, [A]))).toMatchObject([
      { where: 'layers.landcover.band', expected: '1 to 1' },
    ]);
    const [band] = A.raster.header.bands;
    const float = scene(
      'f.tif',
      header(northUp(1000, 2000), { bands: band === undefined ? [] : [{ ...band, dtype: 'float32', nodata: null }] }),
    );
    expect(problemsOf(() => placeScenes(SPEC, lattice, model, [float]))).toMatchObject([
      { where: 's3://s/f.tif', found: 'float32' },
    ]);
  });
});

describe('the window of the grid', () => {
  const placed = placeScenes(SPEC, lattice, model, [A]);
  const square = (x0: number, y0: number, x1: number, y1: number) =>
    packZones(lattice, [{ id: '1', name: '1', polygons: [[Float64Array.of(x0, y0, x1, y0, x1, y1, x0, y1, x0, y0)]] }]);

  it('is the cells that the zones span, outward to whole cells', () => {
    // x 1004 to 1031 is cell 0.4 to 3.1; y 1995 to 1969 is row 0.5 to 3.1.
    expect(gridWindow(lattice, square(1004, 1969, 1031, 1995), placed).window).toEqual({
      row: 0,
      col: 0,
      rows: 4,
      cols: 4,
    });
  });

  it('may reach beyond the scenes: what lies there is not covered', () => {
    expect(gridWindow(lattice, square(900, 1900, 1100, 2100), placed).window).toEqual({
      row: -10,
      col: -10,
      rows: 20,
      cols: 20,
    });
  });

  it('without a common cell with any scene is refused, with both extents', () => {
    expect(problemsOf(() => gridWindow(lattice, square(9000, 1900, 9100, 2000), placed))).toMatchObject([
      {
        where: 'zones.url',
        expected: expect.stringContaining('x 1000 to 2000, y 1000 to 2000'),
        found: expect.stringContaining('x 9000 to 9100'),
      },
    ]);
  });
});

describe('grid and area of the spec', () => {
  it('the grid may repeat the land cover, and may be no other', () => {
    const grid = (resolution: number): CitySpec => ({ ...SPEC, grid: { crs: 'EPSG:32650', resolution } });
    expect(gridProblems(grid(10), lattice, UTM_50N)).toEqual([]);
    expect(gridProblems(grid(20), lattice, UTM_50N)).toMatchObject([{ where: 'grid' }]);
    expect(gridProblems(grid(10), lattice, { ...UTM_50N, epsg: 32651 })).toHaveLength(1);
  });

  it('areas are of the plane on projected grids and of the ellipsoid on geographic ones', () => {
    const geographic = { ...UTM_50N, kind: 'geographic' as const };
    expect(areaRule(SPEC, UTM_50N)).toEqual({ rule: 'plane', problems: [] });
    expect(areaRule(SPEC, geographic)).toEqual({ rule: 'ellipsoid', problems: [] });
    expect(areaRule({ ...SPEC, area: 'plane' }, geographic).problems).toMatchObject([
      { where: 'area', message: 'degrees have no plane area' },
    ]);
  });
});
