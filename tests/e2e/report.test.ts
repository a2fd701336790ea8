import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { unzipSync } from 'fflate';
import { parquetReadObjects } from 'hyparquet';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Figures } from '../../src/reducer/totals.ts';
import { shareText } from '../../src/shared/carbon/figure-text.ts';
import type { Manifest } from '../../src/shared/contracts/manifest.ts';
import { sha256 } from '../../src/shared/io/stored-json.ts';
import { runCli } from '../support/cli.ts';
import { elementsOf, wordsOf } from '../support/markup.ts';
import { SMALL_EPSG, smallCity } from '../support/small-city.ts';
import type { Totals } from '../support/totals.ts';
import { blockRange, EAST, twoSceneCity } from '../support/two-scenes.ts';

/** What stands beside the totals of a run: every file against the figures, read by other programs than the one that wrote it. */

const IMAGE = '<img src=x onerror=alert(1)>';
const FORMULA = '=HYPERLINK("http://evil.example/","x")';

/** Two halves of the small raster, a part of the second as a hole and an island; names that a page or a sheet could take amiss. */
const ZONES = {
  type: 'FeatureCollection',
  crs: { type: 'name', properties: { name: `urn:ogc:def:crs:EPSG::${SMALL_EPSG}` } },
  features: [
    zone('a', IMAGE, [[box(500_000, 2_999_680, 500_160, 3_000_000)]]),
    zone('b', FORMULA, [
      [box(500_160, 2_999_680, 500_320, 2_999_900), box(500_200, 2_999_700, 500_240, 2_999_740)],
      [box(500_210, 2_999_710, 500_230, 2_999_730)],
    ]),
  ],
};

function box(x0: number, y0: number, x1: number, y1: number): number[][] {
  return [
    [x0, y0],
    [x0, y1],
    [x1, y1],
    [x1, y0],
    [x0, y0],
  ];
}

function zone(id: string, name: string, coordinates: number[][][][]): object {
  return { type: 'Feature', properties: { id, name }, geometry: { type: 'MultiPolygon', coordinates } };
}

interface Answer {
  readonly url: string;
  readonly report: string | null;
  readonly totals: Totals;
}

let folder = '';
let figures: Figures;
let spec = '';

const at = (name: string) => join(folder, name);

beforeAll(async () => {
  const city = await smallCity({
    zones: ZONES,
    zonesKeys: { id: 'id', label: 'name' },
    factors: `class,name,above,above_se,soil,sequestration,source\n1,${IMAGE},10,1,2,0.5,a\n2,"@SUM(1+1)*cmd",3,1,4,-0.25,b\n`,
    spec: { name: { en: '</script><script>alert(1)</script>', zh: '小城' }, emissions: { t_co2: 100, source: 'none' } },
  });
  spec = city.spec;
  const { code, stdout, stderr } = await runCli(['run', '--json', '--workers', '1', spec]);
  expect(code, stderr + stdout).toBe(0);
  const answer = JSON.parse(stdout) as Answer;
  folder = decodeURIComponent(new URL(answer.url).pathname);
  figures = answer.totals.figures;
  expect(answer.report).toBe(`${answer.url}report.html`);
});

function json<T>(name: string): Promise<T> {
  return readFile(at(name), 'utf8').then((text) => JSON.parse(text) as T);
}

const OGR = '/usr/bin/python3';
const hasOgr = existsSync(OGR) && runs(['-c', 'from osgeo import ogr']);

function runs(words: readonly string[]): boolean {
  try {
    execFileSync(OGR, words, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Fields, area in m2 of UTM and validity of every feature, as GDAL reads them. */
function readByOgr(path: string): { fields: Record<string, unknown>; areaM2: number; valid: boolean; epsg: string }[] {
  const script = `
import json, sys
from osgeo import ogr, osr
ogr.UseExceptions()
layer = (source := ogr.Open(sys.argv[1])).GetLayer(0)
target = osr.SpatialReference(); target.ImportFromEPSG(${SMALL_EPSG}); target.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
out = []
for feature in layer:
    shape = feature.GetGeometryRef()
    own = layer.GetSpatialRef()
    valid = shape.IsValid()
    shape.TransformTo(target)
    out.append(dict(fields=feature.items(), areaM2=shape.GetArea(), valid=valid, epsg=own.GetAuthorityCode(None)))
print(json.dumps(out))`;
  return JSON.parse(execFileSync(OGR, ['-c', script, path], { encoding: 'utf8' }));
}

describe('the files of a run', () => {
  it('are all in the manifest with their size and digest, the item and the report among them', async () => {
    const { outputs } = await json<Manifest>('manifest.json');
    const names = outputs.map(({ name }) => name);
    for (const name of ['report.html', 'zones.geojson', 'zones.gpkg', 'totals.xlsx', 'totals.parquet', 'item.json']) {
      expect(names).toContain(name);
    }
    for (const { name, sha256: digest, sizeBytes } of outputs) {
      const bytes = await readFile(at(name));
      expect([name, sha256(bytes), bytes.length]).toEqual([name, digest, sizeBytes]);
    }
  });

  it('end with the report when the totals are printed', async () => {
    const { code, stdout } = await runCli(['run', '--workers', '1', spec]);
    expect(code).toBe(0);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(`report  ${at('report.html')}`);
  });

  describe.skipIf(!hasOgr)(`as GDAL reads them${hasOgr ? '' : ' (no python3 with GDAL here)'}`, () => {
    for (const name of ['zones.geojson', 'zones.gpkg']) {
      it(`${name} has each zone with its outline, names and total row, in WGS 84`, () => {
        const rows = readByOgr(at(name));
        expect(rows.map(({ fields }) => [fields.zone, fields.name])).toEqual([
          ['a', IMAGE],
          ['b', FORMULA],
        ]);
        const areas = [160 * 320, 160 * 220 - 40 * 40 + 20 * 20];
        rows.forEach(({ fields, areaM2, valid, epsg }, index) => {
          const total = figures.zones[index]?.total;
          expect([valid, epsg]).toEqual([true, '4326']);
          // Coordinates are kept to 1e-9 degree: a tenth of a millimetre.
          expect(Math.abs(areaM2 / (areas[index] ?? 0) - 1)).toBeLessThan(1e-5);
          for (const key of [
            'cells',
            'area_ha',
            'storage_tC',
            'soil_tC',
            'below_tC',
            'sequestration_tC_yr',
            'coverage',
          ] as const) {
            expect([key, fields[key]]).toEqual([key, total?.[key]]);
          }
          expect(fields.storage_tC_ha).toBeCloseTo((total?.storage_tC ?? 0) / (total?.area_ha ?? 1), 9);
        });
      });
    }
  });

  it('zones.geojson turns outer rings against the clock and holes with it, as RFC 7946 asks', async () => {
    const { features } = await json<{
      features: { id: string; geometry: { type: string; coordinates: number[][][][] } }[];
    }>('zones.geojson');
    expect(features.map(({ id, geometry }) => [id, geometry.type])).toEqual([
      ['a', 'Polygon'],
      ['b', 'MultiPolygon'],
    ]);
    const [outer, hole] = features[1]?.geometry.coordinates[0] ?? [];
    expect([turn(outer), turn(hole)]).toEqual([1, -1]);
  });

  it('totals.parquet has the rows of totals.csv', async () => {
    const file = await readFile(at('totals.parquet'));
    const rows = await parquetReadObjects({
      file: file.buffer.slice(file.byteOffset, file.byteOffset + file.length) as ArrayBuffer,
    });
    const csv = parse(await readFile(at('totals.csv')), { columns: true }) as Record<string, string>[];
    expect(rows.length).toBe(csv.length);
    rows.forEach((row, index) => {
      expect(Object.keys(row)).toEqual(Object.keys(csv[index] ?? {}));
      for (const [key, value] of Object.entries(row)) {
        // Names are guarded in CSV alone.
        if (!key.endsWith('_name'))
          expect([key, value === null || value === undefined ? '' : String(value)]).toEqual([key, csv[index]?.[key]]);
      }
    });
    expect(rows.some(({ zone_name }) => zone_name === FORMULA)).toBe(true);
  });

  it('totals.xlsx has the same figures, its land categories and sources, and no formula', async () => {
    const parts = unzipSync(await readFile(at('totals.xlsx')));
    const text = (path: string) => new TextDecoder().decode(parts[path]);
    expect(text('xl/workbook.xml')).toMatch(/Summary.*Zones by class.*Land categories 3B.*Factors and sources/s);
    const sheets = [1, 2, 3, 4].map((n) => text(`xl/worksheets/sheet${n}.xml`));
    expect(sheets.join('')).not.toMatch(/<f[ >]/);
    expect(sheets[0]).toContain(`<v>${figures.city.total.storage_tC}</v>`);
    expect(sheets[1]).toContain(`<v>${figures.zones[1]?.total.storage_tC}</v>`);
    expect(sheets[1]).toContain("'=HYPERLINK(");
    expect(sheets[1]).toContain("'@SUM(1+1)*cmd");
    expect(sheets[2]).toContain('not a GPC submission');
  });

  it('totals.csv guards names that a spreadsheet would take for formulas, and no figure', async () => {
    const rows = parse(await readFile(at('totals.csv')), { columns: true }) as Record<string, string>[];
    expect(rows.map(({ zone_name }) => zone_name)).toContain(`'${FORMULA}`);
    expect(rows.map(({ class_name }) => class_name)).toContain("'@SUM(1+1)*cmd");
    expect(rows.some(({ sequestration_tC_yr }) => Number(sequestration_tC_yr) < 0)).toBe(true);
  });

  it('item.json is a STAC item with the box of the zones and a multihash of every file', async () => {
    interface Item {
      readonly bbox: number[];
      readonly geometry: { coordinates: number[][][] };
      readonly properties: Record<string, unknown>;
      readonly assets: Record<string, { href: string; 'file:checksum': string; 'file:size': number }>;
    }
    const item = await json<Item>('item.json');
    expect(item.properties).toMatchObject({ 'proj:code': `EPSG:${SMALL_EPSG}`, datetime: null });
    expect(item.bbox[0]).toBeCloseTo(117, 6);
    expect(item.geometry.coordinates[0]?.[2]).toEqual([item.bbox[2], item.bbox[3]]);
    for (const [name, asset] of Object.entries(item.assets)) {
      const bytes = await readFile(at(asset.href));
      expect([name, asset['file:checksum'], asset['file:size']]).toEqual([name, `1220${sha256(bytes)}`, bytes.length]);
    }
    expect(Object.keys(item.assets)).toContain('zones.gpkg');
  });

  it('report.html shows the names as text, the figures as the terminal does, and leads nowhere', async () => {
    const html = await readFile(at('report.html'), 'utf8');
    const tags = elementsOf(html);
    expect(tags.some(({ tag }) => tag === 'img')).toBe(false);
    expect(html.match(/<script/g)?.length).toBe(1);
    for (const { attributes } of tags) {
      for (const name of ['src', 'href']) if (attributes[name] !== undefined) expect(attributes[name]).toMatch(/^#/);
    }
    const words = wordsOf(html, 'en');
    expect(words).toContain(IMAGE);
    expect(words).toContain(`${(figures.city.total.storage_tC ?? 0).toFixed(2)} t C`);
    expect(wordsOf(html, 'zh')).toContain('小城自然碳汇');
  });
});

/** 1 against the clock, -1 with it. */
function turn(ring: readonly (readonly number[])[] = []): number {
  const area = ring.slice(1).reduce((sum, [x = 0, y = 0], index) => {
    const [px = 0, py = 0] = ring[index] ?? [];
    return sum + px * y - x * py;
  }, 0);
  return Math.sign(area);
}

describe('the report of a run that could not read everything', () => {
  it('says so before its figures, and names the scene and its coverage', async () => {
    const city = await twoSceneCity();
    try {
      city.server.put('scenes', EAST, city.east.subarray(0, blockRange(city.east, 2).offset + 100));
      const { code, stdout, stderr } = await city.start(['run', '--json', '--workers', '1', city.spec]).ended;
      expect(code, stderr).toBe(3);
      const { url, totals } = JSON.parse(stdout) as Answer;
      const html = await readFile(new URL('report.html', url), 'utf8');
      const words = wordsOf(html, 'en');
      const coverage = shareText(totals.figures.city.total.coverage ?? 1);
      expect(words.indexOf(`of the ${coverage} of the area that was seen`)).toBeGreaterThan(0);
      expect(words.indexOf('Some input could not be read')).toBeLessThan(words.indexOf('Key figures\n'));
      expect(words).toContain(`s3://scenes/${EAST}`);
      expect(words).toContain('no figure');
    } finally {
      await city.server.close();
      await rm(city.folder, { recursive: true, force: true });
    }
  });
});
