import { describe, expect, it } from 'vitest';
import { type PlacedScene, placeScene, type SceneUse } from '../../../src/producer/place-scenes.ts';
import type { Problem } from '../../../src/shared/errors.ts';
import { crsFromEpsg, crsFromProj4 } from '../../../src/shared/geo/crs-registry.ts';
import type { Geotransform } from '../../../src/shared/geo/geotransform.ts';
import type { AnalysisGrid } from '../../../src/shared/geo/grid.ts';
import type { BandHeader } from '../../../src/shared/raster/raster-header.ts';
import type { Radiometry } from '../../../src/shared/raster/reflectance.ts';
import { BYTE_BAND, catalogScene, northUp, PLAIN_LAYER, rasterHeader, sceneUse } from '../../support/placed-scenes.ts';
import { UTM_50N } from '../../support/plan-parts.ts';

const GRID: AnalysisGrid = {
  crs: UTM_50N,
  originX: 1000,
  originY: 2000,
  cellWidth: 10,
  cellHeight: 10,
  window: { row: 0, col: 0, rows: 100, cols: 100 },
};

const DEGREES = await crsFromEpsg(4326);

function place(use: SceneUse): { readonly placed: PlacedScene | null; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  return { placed: placeScene(GRID, use, problems), problems };
}

function placedAt(geotransform: Geotransform, changes: Parameters<typeof rasterHeader>[1] = {}) {
  return place(sceneUse(catalogScene('a.tif', rasterHeader(geotransform, changes))));
}

function withBand(band: Partial<BandHeader>, changes: Partial<SceneUse> = {}): SceneUse {
  const header = rasterHeader(northUp(1000, 2000), { bands: [{ ...BYTE_BAND, ...band }] });
  return sceneUse(catalogScene('a.tif', header), changes);
}

describe('a scene on the lattice of the grid', () => {
  it('has the cell under its first pixel; it may lie west and north of the origin', () => {
    expect(placedAt(northUp(2000, 1500)).placed).toMatchObject({ window: { row: 50, col: 100, rows: 100, cols: 100 } });
    expect(placedAt(northUp(990, 2020)).placed).toMatchObject({ window: { row: -2, col: -1, rows: 100, cols: 100 } });
  });

  it('may drift in the last digits', () => {
    const { placed, problems } = placedAt([2000.000001, 10, 0, 2000, 0, -10]);
    expect(placed).toMatchObject({ window: { row: 0, col: 100 }, warp: null, pixelsPerCell: 1 });
    expect(problems).toEqual([]);
  });
});

describe('a scene on another lattice', () => {
  it.each<[string, Geotransform, number]>([
    ['half a cell aside', [2005, 10, 0, 2000, 0, -10], 1],
    ['of larger cells', [1000, 20, 0, 2000, 0, -20], 0.25],
    ['south up', [1000, 10, 0, 1000, 0, 10], 1],
    ['mirrored', [2000, -10, 0, 2000, 0, -10], 1],
    ['rotated', [1000, 8, 6, 2000, 6, -8], 1],
  ])('%s is warped and not refused', (_, geotransform, pixels) => {
    const { placed, problems } = placedAt(geotransform);
    expect(problems).toEqual([]);
    expect(placed).toMatchObject({ window: null, warp: { geotransform, rows: 100, cols: 100 } });
    expect(placed?.pixelsPerCell).toBeCloseTo(pixels, 6);
  });

  it('has in its extent the cells of its own pixels', () => {
    // South up from 1000 on: the last row of the raster is the first of the grid.
    const extent = placedAt([1000, 10, 0, 1000, 0, 10]).placed?.extent;
    expect(extent?.pixelsOf({ row: 0, col: 0, rows: 2, cols: 3 })).toMatchObject({ col: 0 });
    expect([extent?.holds(0, 0), extent?.holds(99, 99), extent?.holds(100, 0), extent?.holds(0, -1)]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it('in degrees has as many pixels a cell as their areas say', () => {
    // 1/120,000 degree at 0.01 degree north is about 0.93 m: some 116 in a cell of 10 m.
    const south = { ...GRID, originX: 500_000, originY: 1000 };
    const header = rasterHeader([116.99, 1 / 120_000, 0, 0.02, 0, -1 / 120_000], {
      crs: DEGREES,
      rows: 3000,
      cols: 3000,
    });
    const problems: Problem[] = [];
    const placed = placeScene(south, sceneUse(catalogScene('a.tif', header)), problems);
    expect(placed?.pixelsPerCell).toBeGreaterThan(110);
    expect(placed?.pixelsPerCell).toBeLessThan(125);
  });

  it('in a system that is not computed is refused by name', () => {
    const ocean = crsFromProj4('+proj=igh_o +lon_0=0 +datum=WGS84 +no_defs', 'Interrupted Goode Homolosine Ocean');
    const { placed, problems } = placedAt(northUp(1000, 2000), { crs: ocean });
    expect(placed).toBeNull();
    expect(problems).toMatchObject([
      { where: 'layers.landcover', message: expect.stringMatching(/s3:\/\/s\/a\.tif .*Goode Homolosine Ocean/) },
    ]);
  });
});

describe('nodata', () => {
  const asked = (nodata: number | 'nan') => place(withBand({}, { layer: { ...PLAIN_LAYER, nodata } }));

  it("is the file's, or the spec's in its place", () => {
    expect(place(withBand({})).placed?.nodata).toBe(255);
    expect(asked(0).placed?.nodata).toBe(0);
  });

  it.each([300, -1, 0.5, 'nan'] as const)('%s is refused for bytes: it could never match', (nodata) => {
    expect(asked(nodata).problems).toMatchObject([{ where: 'layers.landcover.nodata' }]);
  });

  it('NaN is taken for floats', () => {
    const use = withBand({ dtype: 'float32' }, { kind: 'quantity', layer: { ...PLAIN_LAYER, nodata: 'nan' } });
    expect(place(use)).toMatchObject({ placed: { nodata: 'nan' }, problems: [] });
  });

  it("is the item's where neither the spec nor the file has one, if the type can hold it", () => {
    const stated = (nodata: number, band: Partial<BandHeader>) =>
      place(withBand(band, { kind: 'quantity', radiometry: { ...NOTHING_KNOWN, nodata } })).placed?.nodata;
    expect(stated(0, { nodata: null })).toBe(0);
    expect(stated(0, { nodata: 7 })).toBe(7);
    expect(stated(-9999, { nodata: null })).toBeNull();
  });
});

const NOTHING_KNOWN: Radiometry = { scale: null, offset: null, nodata: null, why: '', doubt: null };

describe('scale and offset', () => {
  const quantity = (band: Partial<BandHeader>, changes: Partial<SceneUse> = {}) => {
    const { placed } = place(withBand(band, { kind: 'quantity', ...changes }));
    return [placed?.gain, placed?.bias];
  };

  it("are the file's own tags, offset after scaling", () => {
    expect(quantity({ scale: 0.5, offset: -3 })).toEqual([0.5, -3]);
  });

  it("are the product's in place of the file's, both of them", () => {
    const radiometry = { ...NOTHING_KNOWN, scale: 0.0001, offset: -0.1 };
    expect(quantity({ scale: 0.5, offset: -3 }, { radiometry })).toEqual([0.0001, -0.1]);
    expect(quantity({ scale: 0.5, offset: -3 }, { radiometry: { ...NOTHING_KNOWN, scale: 0.1 } })).toEqual([0.1, 0]);
  });

  it("of the spec mean (stored + offset) x scale, and leave what they don't name to the file", () => {
    const layer = (scale: number | null, offset: number | null) => ({ layer: { ...PLAIN_LAYER, scale, offset } });
    expect(quantity({}, layer(0.0001, -1000))).toEqual([0.0001, -0.1]);
    expect(quantity({ scale: 0.5, offset: -3 }, layer(null, -1000))).toEqual([0.5, -500]);
    // The file's -3 is 6 stored units of 0.5: in the spec's units of 2 the same 6 are 12.
    expect(quantity({ scale: 0.5, offset: -3 }, layer(2, null))).toEqual([2, -12]);
  });

  it('are no matter of classes and masks', () => {
    for (const kind of ['classes', 'codes'] as const)
      expect(quantity({ scale: 0.5, offset: -3 }, { kind })).toEqual([1, 0]);
  });
});

describe('scenes that cannot be what they are asked to be', () => {
  it('a band that is not there is refused', () => {
    const { placed, problems } = place(withBand({}, { band: 3 }));
    expect(placed).toBeNull();
    expect(problems).toMatchObject([{ where: 'layers.landcover.band', expected: '1 to 1' }]);
  });

  it('samples that are no classes are refused for land cover and masks, and taken for quantities', () => {
    const float = { dtype: 'float32', nodata: null } as const;
    expect(place(withBand(float)).problems).toMatchObject([{ where: 's3://s/a.tif', found: 'float32' }]);
    expect(place(withBand(float, { kind: 'codes', layerName: 'clouds' })).problems).toMatchObject([
      { message: expect.stringContaining('layers.clouds') },
    ]);
    expect(place(withBand(float, { kind: 'quantity' })).problems).toEqual([]);
  });
});
