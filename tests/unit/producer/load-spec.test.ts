import { describe, expect, it } from 'vitest';
import { loadSpec, readSpec, type SpecOptions } from '../../../src/producer/load-spec.ts';
import type { CitysinkError, Problem } from '../../../src/shared/errors.ts';
import type { ObjectStore } from '../../../src/shared/io/store.ts';
import { PLAIN_LAYER } from '../../support/placed-scenes.ts';

const FULL = `city: sao-tome                       # [a-z0-9-]+
name: { en: São Tomé, zh: 圣多美 }
year: 2021
zones: { url: ./districts.geojson, id: code, label: name }
grid: { crs: EPSG:32632, resolution: 10 }    # optional
area: plane
layers:
  landcover: { scenes: s3://scenes/sao-tome/landcover/, nodata: 0 }
  red:  { scenes: s3://scenes/sao-tome/s2/, match: "*_B04.tif", offset: -1000, scale: 0.0001 }
  nir:  { stac: s3://scenes/sao-tome/items/, asset: nir }
  soil: { scenes: s3://soil/ocs.tif, unit: t/ha }
factors: ./factors.csv
green: { min_ha: 0.04, small_ha: 1.0, connectivity: 8 }
emissions: { t_co2: 31415926, year: 2021, source: "city inventory 2021" }
results: s3://results/
`;

const SMALL =
  'city: a\nyear: 2020\nzones: { url: z.geojson }\nlayers:\n  landcover: { scenes: lc.tif }\nfactors: f.csv\n';

function read(text: string, options?: SpecOptions, url = 'file:///home/city/spec.yaml') {
  return readSpec(new TextEncoder().encode(text), url, options);
}

async function problemsOf(text: string): Promise<readonly Problem[]> {
  return read(text).then(
    () => [],
    (error: CitysinkError) => error.problems,
  );
}

/** A small spec with other values for the land cover. */
function landcover(settings: string): string {
  return SMALL.replace('{ scenes: lc.tif }', `{ ${settings} }`);
}

describe('readSpec', () => {
  it('reads a spec with every key', async () => {
    expect(await read(FULL)).toEqual({
      city: 'sao-tome',
      name: { en: 'São Tomé', zh: '圣多美' },
      year: 2021,
      zones: { url: 'file:///home/city/districts.geojson', id: 'code', label: 'name', crs: null, rule: 'centre' },
      grid: { crs: 'EPSG:32632', resolution: 10, origin: null },
      area: 'plane',
      landcover: { ...PLAIN_LAYER, scenes: ['s3://scenes/sao-tome/landcover/'], nodata: 0 },
      layers: {
        red: { ...PLAIN_LAYER, scenes: ['s3://scenes/sao-tome/s2/'], match: '*_B04.tif', offset: -1000, scale: 0.0001 },
        nir: {
          ...PLAIN_LAYER,
          stac: {
            url: 's3://scenes/sao-tome/items/',
            asset: 'nir',
            datetime: null,
            maxCloudCover: null,
            bbox: null,
            api: null,
          },
        },
        soil: { ...PLAIN_LAYER, scenes: ['s3://soil/ocs.tif'], unit: 't/ha' },
      },
      green: {
        minHa: 0.04,
        smallHa: 1,
        connectivity: 8,
        from: 'ndvi',
        ndviMin: 'otsu',
        closingM: 50,
        holesHa: null,
        small: null,
        large: null,
        mixture: null,
      },
      casa: null,
      change: null,
      accuracyUrl: null,
      unused: [],
      factorsUrl: 'file:///home/city/factors.csv',
      emissions: { tCo2: 31415926, year: 2021, source: 'city inventory 2021' },
      resultsUrl: 's3://results/',
    });
  });

  it('fills in defaults, with results beside the spec', async () => {
    const spec = await read(SMALL);
    expect(spec).toMatchObject({ name: { en: 'a' }, grid: null, area: null, emissions: null, unused: [] });
    expect(spec.resultsUrl).toBe('file:///home/city/results/');
  });

  it('resolves places against a spec in a bucket', async () => {
    const spec = await read(SMALL.replace('f.csv', '../shared/f.csv'), {}, 's3://bucket/cities/a/spec.yaml');
    expect([spec.zones.url, spec.factorsUrl]).toEqual([
      's3://bucket/cities/a/z.geojson',
      's3://bucket/cities/shared/f.csv',
    ]);
  });

  it('takes folders as prefixes and keeps files and globs', async () => {
    const spec = await read(landcover('scenes: [lc, ./v1.0/, "lc/*", "a?.tif", b.tif, s3://bucket, ..]'));
    expect(spec.landcover.scenes).toEqual([
      'file:///home/city/lc/',
      'file:///home/city/v1.0/',
      'file:///home/city/lc/*',
      'file:///home/city/a?.tif',
      'file:///home/city/b.tif',
      's3://bucket/',
      'file:///home/',
    ]);
  });

  it('writes results to --out, and reads without credentials with --anonymous', async () => {
    const spec = await read(SMALL, { out: 's3://other/place', anonymous: true });
    expect([spec.resultsUrl, spec.landcover.anonymous]).toEqual(['s3://other/place/', true]);
    expect((await read(SMALL, { out: 'here' })).resultsUrl).toMatch(/^file:\/\/.*\/here\/$/);
  });

  it.each(['nan', '.nan', '"nan"'])('reads nodata %s as NaN', async (nodata) => {
    expect((await read(landcover(`scenes: a.tif, nodata: ${nodata}`))).landcover.nodata).toBe('nan');
  });

  it('reads JSON, indented with tabs too', async () => {
    const json = {
      city: 'a',
      year: 2020,
      zones: { url: 'z.geojson', crs: 4326 },
      layers: { landcover: { scenes: 'a.tif' } },
      factors: 'f.csv',
    };
    expect((await read(JSON.stringify(json, null, '\t'))).zones.crs).toBe('4326');
  });

  it('names every mistake at once, in the order of lines', async () => {
    const text = `city: São Tomé
year: "2021"
zones: { url: ./d.geojson, idd: code }
grid: { crs: EPSG:999999, resolution: -1 }
area: flat
layers:
  landcover:
    scene: a.tif
    resample: average
  red: {}
factors: http://x/y.csv
emissions: { t_co2: 0 }
results:
`;
    expect((await problemsOf(text)).map(({ where, message }) => `${where}: ${message}`)).toEqual([
      'spec.yaml:1 city: has another form',
      'spec.yaml:2 year: has another type',
      'spec.yaml:3 zones.idd: unknown key',
      'spec.yaml:4 grid.resolution: is out of range',
      'spec.yaml:4 grid.crs: is not a CRS that can be used',
      'spec.yaml:5 area: is not a known value',
      'spec.yaml:8 layers.landcover.scene: unknown key',
      'spec.yaml:9 layers.landcover.resample: would blend classes',
      'spec.yaml:10 layers.red: has no source',
      'spec.yaml:11 factors: is not a place',
      'spec.yaml:12 emissions.t_co2: is out of range',
      'spec.yaml:13 results: has no value',
    ]);
  });

  it('suggests the key that was meant', async () => {
    expect(await problemsOf(landcover('scene: a.tif'))).toEqual([
      {
        where: 'spec.yaml:5 layers.landcover.scene',
        message: 'unknown key',
        expected: 'did you mean "scenes"?',
        found: 'scene',
      },
    ]);
    const misspelt = await problemsOf(SMALL.replace('landcover', 'landcovr'));
    expect(misspelt.map(({ where, expected }) => [where, expected])).toContainEqual([
      'spec.yaml:5 layers.landcovr',
      'did you mean "landcover"?',
    ]);
  });

  it('reads the ends of a mixture, which have no default, and tells what is wrong with them', async () => {
    const imagery = SMALL.replace(
      '{ scenes: lc.tif }\n',
      '{ scenes: lc.tif }\n  red: { scenes: r.tif }\n  nir: { scenes: n.tif }\n',
    );
    const found = await read(`${imagery}green: { mixture: { bare: 0.05, full: 0.8 } }\n`);
    expect(found.green?.mixture).toEqual({ bare: 0.05, full: 0.8 });
    const problems = await problemsOf(`${imagery}green: { mixture: { bar: 0.05, full: 2 } }\n`);
    expect(problems.map(({ where, message, expected }) => [where.split(' ')[1], message, expected])).toEqual([
      ['green.mixture.bare', 'is missing', expect.anything()],
      ['green.mixture.full', 'is out of range', expect.anything()],
      ['green.mixture.bar', 'unknown key', 'did you mean "bare"?'],
    ]);
  });

  it('names keys that are missing', async () => {
    const problems = await problemsOf('city: a\n');
    expect(problems.map(({ where, message }) => `${where} ${message}`)).toEqual([
      'spec.yaml:1 year is missing',
      'spec.yaml:1 zones is missing',
      'spec.yaml:1 layers is missing',
      'spec.yaml:1 factors is missing',
    ]);
  });

  it.each([
    ['stac: 7', 'stac', 'not a place'],
    ['stac: { url: a.json, datetime: summer }', 'stac.datetime', 'is no time'],
    ['stac: { url: a.json, bbox: [0, 5, 1, 4] }', 'stac.bbox', 'is no box'],
    ['stac: { url: a.json, asset: red }, asset: nir', 'stac.asset', 'is named twice'],
    ['stac_api: { url: ftp://a/ }', 'stac_api.url', 'has another form'],
    ['scenes: a.tif, mask: { layer: scl, keep: [4] }', 'mask.layer', 'names no other layer'],
    ['scenes: a.tif, mask: scl', 'mask', 'asks for the classes of STAC items'],
    ['scenes: a.tif, resample: bilinear', 'resample', 'would blend classes'],
    ['scenes: a.tif, scale: 2', 'scale', 'would change class codes'],
    ['scenes: a.tif, band: 0', 'band', 'is out of range'],
    ['scenes: []', 'scenes', 'is out of range'],
    ['scenes: 7', 'scenes', 'not a place'],
  ])('refuses land cover with { %s }', async (settings, key, message) => {
    expect(await problemsOf(landcover(settings))).toMatchObject([
      { where: `spec.yaml:5 layers.landcover.${key}`, message },
    ]);
  });

  it.each([
    ['stac: items, asset: map', { url: 'file:///home/city/items/', asset: 'map' }],
    ['stac: s3://b-1/i.json', { url: 's3://b-1/i.json' }],
    [
      'stac: { url: ../c.json, asset: map, datetime: 2021-05/2021-09, max_cloud_cover: 20, bbox: [179, 0, -179, 1] }',
      {
        url: 'file:///home/c.json',
        asset: 'map',
        datetime: '2021-05/2021-09',
        maxCloudCover: 20,
        bbox: [179, 0, -179, 1],
      },
    ],
    [
      'stac_api: { url: https://api.example/v1, collections: [lc], datetime: "2021" }, asset: map',
      { url: 'https://api.example/v1', asset: 'map', datetime: '2021', api: { collections: ['lc'] } },
    ],
  ])('reads land cover from { %s }', async (settings, stac) => {
    const none = { asset: null, datetime: null, maxCloudCover: null, bbox: null, api: null };
    expect((await read(landcover(settings))).landcover).toMatchObject({ scenes: [], stac: { ...none, ...stac } });
  });

  it('names the line of every syntax error', async () => {
    const problems = await problemsOf('city: a\ncity: b\nzones: [\n');
    expect(problems.map(({ where }) => where)).toEqual(expect.arrayContaining(['spec.yaml:2']));
  });

  it.each([
    [
      'aliases of aliases',
      'a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c]',
    ],
    ['brackets in brackets', '['.repeat(100_000)],
    ['nothing', ''],
    ['a list', '- city'],
    ['a tag that makes objects', 'city: !!js/function "x"'],
  ])('refuses %s', async (_, text) => {
    await expect(read(text)).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
  });

  it('does not take __proto__ for a setting', async () => {
    expect(await problemsOf(`${SMALL}__proto__: { area: plane }\n`)).toMatchObject([
      { message: 'unknown key', found: '__proto__' },
    ]);
  });
});

describe('loadSpec', () => {
  it('reads at most 1 MiB from the store of the URL', async () => {
    const asked: unknown[] = [];
    const store: Pick<ObjectStore, 'read'> = {
      read: async (url, { maxBytes }) => {
        asked.push(url, maxBytes);
        return new TextEncoder().encode(SMALL);
      },
    };
    const spec = await loadSpec(() => store as ObjectStore, 's3://bucket/spec.yaml');
    expect(asked).toEqual(['s3://bucket/spec.yaml', 2 ** 20]);
    expect(spec.landcover.scenes).toEqual(['s3://bucket/lc.tif']);
  });
});
