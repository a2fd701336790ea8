import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LayerFigures } from '../../src/reducer/layer-figures.ts';
import type { Figures } from '../../src/reducer/totals.ts';
import { rectangleZones, temporaryFolder, writeCity } from '../support/city.ts';
import { runCli } from '../support/cli.ts';
import { NO_TEST_DATA, testData } from '../support/test-data.ts';
import type { Totals } from '../support/totals.ts';

/** NDVI of real scenes by real zones, against what GDAL and numpy found (expected.json). */

const root = testData();
const real = join(root ?? '', 'data/real');
const zonal = (
  root === null
    ? {}
    : (JSON.parse(readFileSync(join(real, 'expected.json'), 'utf8')) as { zonal: Record<string, unknown> }).zonal
) as Record<string, unknown>;

function wantedOf<T>(beginning: string): T {
  return zonal[Object.keys(zonal).find((key) => key.startsWith(beginning)) ?? ''] as T;
}

/** A table with a row for each code of a range: what the land cover is does not matter here. */
function anyFactors(low: number, high: number): string {
  const rows = Array.from({ length: high - low + 1 }, (_, i) => `${low + i},class ${low + i},1`);
  return `class,name,soil\n${rows.join('\n')}\n`;
}

async function figures(
  layers: Readonly<Record<string, object>>,
  zones: string | object,
  parts: { readonly factors: string; readonly zonesKeys?: Record<string, unknown>; readonly spec?: object },
): Promise<Figures> {
  const { factors, zonesKeys = {}, spec = {} } = parts;
  const folder = await temporaryFolder();
  const path = await writeCity({ folder, scenes: '', zones, factors, zonesKeys, spec: { ...spec, layers } });
  const { code, stdout, stderr } = await runCli(['run', '--json', '--workers', '1', path]);
  expect(code, stderr + stdout.slice(0, 1000)).toBe(0);
  return (JSON.parse(stdout) as { totals: Totals }).totals.figures;
}

function ndviOf({ layers }: { readonly layers: readonly LayerFigures[] }): LayerFigures {
  const [layer] = layers;
  expect(layer?.layer).toBe('ndvi');
  return layer as LayerFigures;
}

describe.skipIf(root === null)(`NDVI of real scenes${root === null ? ` (${NO_TEST_DATA})` : ''}`, () => {
  it('Olinda: 470 census tracts in degrees, bands 3 and 4 of one file in UTM', async () => {
    const scenes = join(real, 'olinda/L7_ETMs.tif');
    const layers = { landcover: { scenes, band: 3 }, red: { scenes, band: 3 }, nir: { scenes, band: 4 } };
    const zones = join(real, 'olinda/olinda_census_tracts.geojson');
    const found = await figures(layers, zones, { factors: anyFactors(0, 255) });
    const wanted = wantedOf<{ cells: number; ndvi_mean: number }[]>('olinda/L7_ETMs.tif NDVI=');
    expect(found.zones).toHaveLength(wanted.length);
    for (const [index, tract] of found.zones.entries()) {
      const { cells, mean } = ndviOf(tract);
      expect(cells).toBe(wanted[index]?.cells);
      expect(mean).toBeCloseTo(wanted[index]?.ndvi_mean ?? Number.NaN, 8);
    }
  });

  it.each(['20180428', '20180903'])('New York, Landsat of %s: districts of a few pixels, 0 outside', async (date) => {
    const band = (name: string) => join(real, `new-york/LC08_L1TP_014032_${date}_${name}.TIF`);
    const layers = {
      landcover: { scenes: band('BQA'), nodata: 1 },
      red: { scenes: band('B4'), nodata: 0 },
      nir: { scenes: band('B5'), nodata: 0 },
    };
    const zones = join(real, 'new-york/nycd.gpkg');
    const found = await figures(layers, zones, { factors: anyFactors(2700, 3010), zonesKeys: { id: 'fid' } });
    const wanted = wantedOf<{ cells: number; ndvi_mean: number | null }[]>(`new-york/LC08_L1TP_014032_${date} NDVI`);
    expect(found.zones).toHaveLength(wanted.length);
    for (const [index, district] of found.zones.entries()) {
      const { cells, mean } = ndviOf(district);
      const { cells: wantedCells, ndvi_mean: wantedMean } = wanted[index] as (typeof wanted)[number];
      expect(cells).toBe(wantedCells);
      if (wantedMean === null) expect(mean).toBeNull();
      else expect(mean).toBeCloseTo(wantedMean, 8);
    }
    // Digits of the day stand in the name of each file.
    const day = `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`;
    expect(ndviOf(found.city).dates.map((entry) => entry.date)).toEqual([day]);
  });

  it('Sentinel-2: a whole scene on the grid of its red band, classes from a band of half the resolution', async () => {
    const band = (name: string) => join(real, `sentinel-2/S2A_29RKH_20200219_0_L2A/${name}.tif`);
    const layers = { landcover: { scenes: band('SCL') }, red: { scenes: band('B04') }, nir: { scenes: band('B08') } };
    const [x0, y1, side] = [199_980, 2_800_020, 109_800];
    const zones = rectangleZones(32629, { scene: [x0 - 1, y1 - side - 1, x0 + side + 1, y1 + 1] });
    const spec = { grid: { crs: 'EPSG:32629', resolution: 100, origin: [x0, y1] } };
    const found = await figures(layers, zones, { factors: anyFactors(0, 11), spec });
    const wanted = wantedOf<{ cells: number; mean: number }>('sentinel-2/S2A_29RKH NDVI');
    const { cells, mean } = ndviOf(found.city);
    expect(found.city.total.zone_cells).toBe(1098 ** 2);
    expect(cells).toBe(wanted.cells);
    expect(mean).toBeCloseTo(wanted.mean, 7);
  });
});
