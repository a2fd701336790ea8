import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Figures } from '../../src/reducer/totals.ts';
import { temporaryFolder, writeCity } from '../support/city.ts';
import { runCli } from '../support/cli.ts';
import { type S3Server, startS3Server } from '../support/s3-server/s3-server.ts';
import { NO_TEST_DATA, testData } from '../support/test-data.ts';
import { classCells, type Totals } from '../support/totals.ts';

/** Real rasters by real zones, from files and from S3, against what GDAL and pyproj found (expected.json). */

const root = testData();
const real = join(root ?? '', 'data/real');

interface Expected {
  readonly rasters: Record<
    string,
    { width: number; height: number; geotransform: number[]; band: { class_counts: Record<string, number> }[] }
  >;
  readonly zonal: Record<string, unknown>;
}

const expected = (
  root === null ? { rasters: {}, zonal: {} } : JSON.parse(readFileSync(join(real, 'expected.json'), 'utf8'))
) as Expected;

/** One value of expected.json's zonal section, by the beginning of its name. */
function zonal<T>(beginning: string): T {
  const name = Object.keys(expected.zonal).find((key) => key.startsWith(beginning));
  if (name === undefined) throw new Error(`expected.json has no ${beginning}`);
  return expected.zonal[name] as T;
}

/** A rectangle around the whole raster, a hair wider so that no outer edge is in question. */
function wholeRaster(name: string, crs: string): object {
  const { width, height, geotransform } = expected.rasters[name] as Expected['rasters'][string];
  const [x0 = 0, dx = 0, , y1 = 0, , dy = 0] = geotransform;
  const [left, right, bottom, top] = [x0 - dx / 8, x0 + width * dx + dx / 8, y1 + height * dy + dy / 8, y1 - dy / 8];
  const ring = [
    [left, bottom],
    [right, bottom],
    [right, top],
    [left, top],
    [left, bottom],
  ];
  return {
    type: 'FeatureCollection',
    crs: { type: 'name', properties: { name: crs } },
    features: [{ type: 'Feature', properties: {}, geometry: { type: 'Polygon', coordinates: [ring] } }],
  };
}

interface Case {
  readonly raster: string;
  readonly zones: object | string;
  readonly zonesKeys?: Record<string, unknown>;
  readonly landcover?: Record<string, unknown>;
  readonly factors: string;
}

/** Classes of this range, each with as many t C/ha of soil as its code: a soil raster read as classes gives its own sum. */
function soilTable(low: number, high: number): string {
  const rows = Array.from({ length: high - low + 1 }, (_, i) => `${low + i},class ${low + i},${Math.max(0, low + i)}`);
  return `class,name,soil\n${rows.join('\n')}\n`;
}

let s3: S3Server;

beforeAll(async () => {
  s3 = await startS3Server({ buckets: ['scenes', 'results'] });
});

afterAll(async () => {
  await s3.close();
});

/** Runs a case once from files and once with scene and results in S3; both must give the same figures. */
async function figuresOf(testCase: Case): Promise<Figures> {
  const fromFiles = await run(testCase, join(real, testCase.raster), {});
  s3.putFile('scenes', testCase.raster, join(real, testCase.raster));
  const fromS3 = await run(testCase, `s3://scenes/${testCase.raster}`, { results: 's3://results/' });
  expect(fromS3.figures_sha256).toBe(fromFiles.figures_sha256);
  return fromFiles.figures;
}

async function run(testCase: Case, scenes: string, spec: Record<string, unknown>): Promise<Totals> {
  const { zones, factors, zonesKeys = {}, landcover = {} } = testCase;
  const path = await writeCity({ folder: await temporaryFolder(), scenes, zones, factors, zonesKeys, landcover, spec });
  const { code, stdout, stderr } = await runCli(['run', '--json', '--workers', '1', path], { env: s3.env });
  expect(code, `${basename(scenes)}: ${stderr}\n${stdout.slice(0, 2000)}`).toBe(0);
  return (JSON.parse(stdout) as { totals: Totals }).totals;
}

function relativeError(found: number, wanted: number): number {
  return Math.abs(found / wanted - 1);
}

describe.skipIf(root === null)(`real rasters by real zones${root === null ? ` (${NO_TEST_DATA})` : ''}`, () => {
  it.each(['2020_v100', '2021_v200'])(
    'São Tomé, WorldCover %s: cells by class, and areas on the ellipsoid',
    async (version) => {
      const raster = `sao-tome/worldcover_${version}_sao_tome_city.tif`;
      const zones = wholeRaster(raster, 'EPSG:4326');
      const figures = await figuresOf({ raster, zones, factors: soilTable(10, 95) });
      expect(classCells(figures, 'all')).toEqual(expected.rasters[raster]?.band[0]?.class_counts);
      const areas = zonal<Record<string, number>>(`${raster} area_ha by class`);
      for (const row of figures.city.classes) {
        expect(relativeError(row.area_ha, areas[String(row.class)] as number)).toBeLessThan(1e-9);
      }
      expect(figures.city.classes).toHaveLength(Object.keys(areas).length);
    },
  );

  it.each(['soc_0_30cm_2010_10km', 'soc_0_100cm_2010_10km', 'soc_0_30cm_NoLU_10km'])(
    'Zhejiang, %s: cells, areas and soil carbon of eleven prefectures',
    async (name) => {
      const raster = `hangzhou/${name}_zhejiang.tif`;
      const zones = join(real, 'hangzhou/zhejiang_prefectures.geojson');
      const figures = await figuresOf({ raster, zones, zonesKeys: { id: 'ADM2_EN' }, factors: soilTable(0, 257) });
      const wanted = zonal<Record<string, { cells: number; area_ha_of_cells: number; total_MgC: number }>>(
        `${raster} by`,
      );
      for (const { zone, total } of figures.zones) {
        const { cells, area_ha_of_cells, total_MgC } = wanted[zone] as (typeof wanted)[string];
        expect(total.cells, zone).toBe(cells);
        expect(relativeError(total.area_ha, area_ha_of_cells), zone).toBeLessThan(1e-9);
        expect(relativeError(total.soil_tC as number, total_MgC), zone).toBeLessThan(1e-9);
      }
      expect(figures.zones).toHaveLength(11);
    },
  );

  it('Guadeloupe, CORINE: a nodata that no byte can be matches nothing, so 0 is a class', async () => {
    const raster = 'guadeloupe/U2018_CLC2018_V2020_20u1_FR_GLP.tif';
    const zones = wholeRaster(raster, 'EPSG:4559');
    const counts = expected.rasters[raster]?.band[0]?.class_counts ?? {};
    const figures = await figuresOf({ raster, zones, factors: soilTable(0, 44) });
    expect(classCells(figures, 'all')).toEqual(counts);
    const without = await figuresOf({ raster, zones, factors: soilTable(0, 44), landcover: { nodata: 0 } });
    const { 0: _, ...rest } = counts as Record<number, number>;
    expect(classCells(without, 'all')).toEqual(rest);
    // Coverage is what is left without the 397856 cells of class 0.
    expect(without.city.total.coverage).toBeCloseTo((1017291 - 397856) / 1017291, 11);
  });

  it('Olinda, Landsat: cells of 470 census tracts given in degrees', async () => {
    const raster = 'olinda/L7_ETMs.tif';
    const zones = join(real, 'olinda/olinda_census_tracts.geojson');
    const figures = await figuresOf({ raster, zones, landcover: { band: 3 }, factors: soilTable(0, 255) });
    const wanted = zonal<{ cells: number }[]>(raster).map((tract) => tract.cells);
    expect(figures.zones.map((zone) => zone.total.cells)).toEqual(wanted);
    expect(figures.city.total.cells).toBe(wanted.reduce((sum, cells) => sum + cells, 0));
  });

  it.each(['20180428', '20180903'])(
    'New York, Landsat of %s: cells of 71 districts, some without any',
    async (date) => {
      const raster = `new-york/LC08_L1TP_014032_${date}_BQA.TIF`;
      const zones = join(real, 'new-york/nycd.geojson');
      // The quality band has few codes; 1 is fill, outside of the scene.
      const figures = await figuresOf({
        raster,
        zones,
        zonesKeys: { id: 'fid' },
        landcover: { nodata: 1 },
        factors: soilTable(2700, 3010),
      });
      const wanted = zonal<{ fid: number; cells: number }[]>(`new-york/LC08_L1TP_014032_${date} NDVI`);
      expect(figures.zones.map((zone) => zone.total.cells)).toEqual(wanted.map((district) => district.cells));
    },
  );
});
