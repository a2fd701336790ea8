import { rm } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { plainFactors, rectangleZones } from '../support/city.ts';
import { runCli } from '../support/cli.ts';
import { expectPlainError, expectRefused } from '../support/refusals.ts';
import { matrixTag, oddRaster, SMALL_EPSG, smallCity } from '../support/small-city.ts';
import { resultNames } from '../support/totals.ts';

/** Specs, factors, zones and land cover that cannot be measured with. */

function polygon(...corners: readonly [number, number][]): object {
  const crs = { type: 'name', properties: { name: `EPSG:${SMALL_EPSG}` } };
  return {
    type: 'FeatureCollection',
    crs,
    features: [{ type: 'Feature', properties: {}, geometry: { type: 'Polygon', coordinates: [corners] } }],
  };
}

const BOW_TIE = polygon(
  [500_000, 3_000_000],
  [500_320, 2_999_680],
  [500_320, 3_000_000],
  [500_000, 2_999_680],
  [500_000, 3_000_000],
);

describe('A spec', () => {
  test('with an unknown key: its line, and the key that was meant.', () =>
    expectRefused({
      parts: { spec: { resuls: './results/' } },
      exit: 2,
      code: 'REQUEST_INVALID',
      says: [/spec\.yaml:\d+ resuls/, /unknown key/, /did you mean .*results/],
    }));

  test('that is not there.', async () => {
    const { code, stdout, stderr } = await runCli(['run', '/nowhere/spec.yaml', '--workers', '1', '--json']);
    expect(code, stderr).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: 'REQUEST_INVALID', problems: [{ message: expect.stringContaining('no such file') }] },
    });
  });

  test('whose zones and factors are not there: both are named.', () =>
    expectRefused({
      parts: { zones: './zonen.geojson', factors: './faktoren.csv' },
      exit: 2,
      code: 'REQUEST_INVALID',
      says: [/zones\.url/, /zonen\.geojson/, /factors/, /faktoren\.csv/, /no such file/],
    }));

  test('with mistakes, and with mistakes in zones and factors too: all are named at once.', () =>
    expectRefused({
      parts: {
        spec: { yeer: 2021, emissions: { t_co2: -1 } },
        zones: BOW_TIE,
        factors: 'class,name,above\n1,a,lots\n2,b,-1\n',
      },
      exit: 2,
      code: 'REQUEST_INVALID',
      says: [
        /yeer/,
        /emissions\.t_co2/,
        /crosses itself/,
        /factors\.csv:2/,
        /not a number/,
        /factors\.csv:3/,
        /negative density/,
      ],
    }));

  test('without mistakes, and mistakes in zones, factors and scenes: all are named at once.', () =>
    expectRefused({
      parts: {
        zones: BOW_TIE,
        factors: 'class,name,above\n1,a,lots\n',
        rasters: { 'a.tif': oddRaster({ crs: false }) },
      },
      exit: 2,
      code: 'REQUEST_INVALID',
      says: [/crosses itself/, /factors\.csv:2/, /a\.tif.*no CRS/],
    }));
});

describe('A factor table', () => {
  test('with text in place of a number: line and column.', () =>
    expectRefused({
      parts: { factors: 'class,name,above\n1,a,lots\n2,b,1\n' },
      exit: 2,
      code: 'REQUEST_INVALID',
      says: [/factors\.csv:2 column .*above/, /not a number/, /lots/],
    }));

  test('with a negative density: line and column.', () =>
    expectRefused({
      parts: { factors: 'class,name,above\n1,a,1\n2,b,-3\n' },
      exit: 2,
      code: 'REQUEST_INVALID',
      says: [/factors\.csv:3 column .*above/, /negative density/, /-3/],
    }));

  test('without a class that occurs in the city: the class, its cells and a place.', async () => {
    const { folder, spec, results } = await smallCity({ factors: plainFactors([1, 3]) });
    const [text, json] = [
      await runCli(['run', '--workers', '1', spec]),
      await runCli(['run', '--workers', '1', '--json', spec]),
    ];
    // Class 2 is the lower half: 512 cells. Its first one is row 16, col 0: x 500005, y 2999835, 117 E 27.1 N.
    expectPlainError(text, 1, 'CLASS_WITHOUT_FACTOR', [
      /factors\.csv: class 2 occurs in the city/,
      /512 cells/,
      /lon 117\.0000\d+ lat 27\.12\d+/,
      /x 500005 y 2999835/,
      /Add a row/,
    ]);
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({
      status: 'FAILED',
      exit_code: 1,
      error: { code: 'CLASS_WITHOUT_FACTOR' },
      totals: null,
    });
    // The run is complete, as FAILED: its manifest says why, and there is no figure and no pointer to it.
    const names = await resultNames(results);
    expect(names.filter((name) => /totals|latest|tmp/.test(name))).toEqual([]);
    expect(names.filter((name) => name.endsWith('manifest.json'))).toHaveLength(1);
    await rm(folder, { recursive: true, force: true });
  });
});

describe('Zones', () => {
  test('without any polygon.', () =>
    expectRefused({
      parts: {
        zones: {
          type: 'FeatureCollection',
          features: [{ type: 'Feature', properties: {}, geometry: { type: 'Point', coordinates: [117, 27] } }],
        },
      },
      exit: 2,
      code: 'REQUEST_INVALID',
      says: [/zones\.geojson: feature 1/, /Polygon or MultiPolygon/, /Point/],
    }));

  test('of an empty collection.', () =>
    expectRefused({
      parts: { zones: { type: 'FeatureCollection', features: [] } },
      exit: 2,
      code: 'REQUEST_INVALID',
      says: [/zones\.geojson/, /no (features|zones)|at least one/],
    }));

  test('whose outline crosses itself: the zone and the place.', () =>
    expectRefused({
      parts: { zones: BOW_TIE },
      exit: 2,
      code: 'REQUEST_INVALID',
      says: [/zones\.geojson: feature 1/, /crosses itself/, /500160, 2999840/],
    }));

  test('that miss the land cover: both extents.', () =>
    expectRefused({
      parts: { zones: rectangleZones(SMALL_EPSG, { far: [600_000, 2_000_000, 600_100, 2_000_100] }) },
      exit: 2,
      code: 'REQUEST_INVALID',
      says: [/no zone meets the land cover/, /500000 to 500320/, /600000 to 600100/, /zones\.crs/],
    }));
});

describe('A land cover', () => {
  const refusedRaster = (rasters: Record<string, Uint8Array>, ...says: RegExp[]) =>
    expectRefused({ parts: { rasters }, exit: 2, code: 'REQUEST_INVALID', says });

  test('without CRS.', () =>
    refusedRaster({ 'a.tif': oddRaster({ crs: false }) }, /a\.tif: the raster has no CRS/, /gdal_edit/));

  test('without any place on the map.', () =>
    refusedRaster({ 'a.tif': oddRaster({ georeference: {} }) }, /a\.tif: the raster has no geotransform/));

  test('whose pixels have no area.', () =>
    refusedRaster(
      { 'a.tif': oddRaster({ georeference: matrixTag(8, 6, 500_000, 8, 6, 3_000_000) }) },
      /a\.tif: the raster has no geotransform/,
    ));

  test('of fractions in place of classes.', () =>
    refusedRaster(
      { 'a.tif': oddRaster({ float: true }) },
      /a\.tif: land cover must be a raster of class codes/,
      /uint8/,
      /float32/,
    ));
});
