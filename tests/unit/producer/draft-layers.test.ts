import { describe, expect, it } from 'vitest';
import type { Catalog, CatalogScene } from '../../../src/producer/catalog.ts';
import { type DraftLayer, draftLayers, QA_PIXEL_DROP_BITS, SCL_KEEP } from '../../../src/producer/draft-layers.ts';
import { readSpec } from '../../../src/producer/load-spec.ts';
import type { CitySpec, LayerSpec, MaskSpec } from '../../../src/shared/contracts/city-spec.ts';
import { CitysinkError, type Problem } from '../../../src/shared/errors.ts';
import { catalogScene, PLAIN_LAYER } from '../../support/placed-scenes.ts';

const TEXT =
  'city: a\nyear: 2021\nzones: { url: z.geojson }\nlayers: { landcover: { scenes: ./s/ } }\nfactors: f.csv\n';
const SPEC = await readSpec(new TextEncoder().encode(TEXT), 'file:///city/spec.yaml');

/** A scene by key, with the name of its layer in its URL. */
function keyed(layer: string, key: string, changes: Partial<CatalogScene> = {}): CatalogScene {
  return catalogScene(`${layer}-${key}.tif`, undefined, { key, ...changes });
}

function keyedAll(layer: string, keys: readonly string[]): CatalogScene[] {
  return keys.map((key) => keyed(layer, key));
}

interface Setup {
  readonly layers?: Readonly<Record<string, Partial<LayerSpec>>>;
  readonly landcover?: Partial<LayerSpec>;
  readonly scenes?: Readonly<Record<string, readonly CatalogScene[]>>;
  /** Names of layers of which a scene could not be read. */
  readonly lost?: readonly string[];
}

function drafts({ layers = {}, landcover = {}, scenes = {}, lost = [] }: Setup): DraftLayer[] {
  const named = Object.entries(layers).map(([name, changes]) => [name, { ...PLAIN_LAYER, ...changes }]);
  const spec: CitySpec = {
    ...SPEC,
    landcover: { ...SPEC.landcover, ...landcover },
    layers: Object.fromEntries(named) as CitySpec['layers'],
  };
  const unread = [{ url: 's3://s/lost.tif', code: 'OBJECT_NOT_FOUND', message: '' }];
  const all = { landcover: keyedAll('landcover', ['a']), ...scenes };
  const catalogs = Object.entries(all).map(([name, of]): [string, Catalog] => [
    name,
    { scenes: of, unread: lost.includes(name) ? unread : [] },
  ]);
  return draftLayers(spec, new Map(catalogs));
}

function problemsOf(setup: Setup): readonly Problem[] {
  try {
    drafts(setup);
  } catch (error) {
    if (error instanceof CitysinkError) return error.problems;
    throw error;
  }
  return [];
}

/** URLs of each take, its mask after a bar. */
function takesOf(layer: DraftLayer | undefined): string[] {
  const name = (url: string) => url.slice('s3://s/'.length, -'.tif'.length);
  return (layer?.takes ?? []).map(({ scenes, mask }) => {
    const own = scenes.map(({ info }) => name(info.url)).join('+');
    return mask === null ? own : `${own}|${name(mask.info.url)}`;
  });
}

const RED_NIR = { red: {}, nir: {} };

function mask(changes: Partial<MaskSpec>): MaskSpec {
  return { layer: null, own: null, keep: null, dropBits: null, ...changes };
}

describe('the layers of a run', () => {
  it('are the land cover, masks of whole layers, and then what is measured', () => {
    const canopy = { mask: mask({ layer: 'water', keep: [0] }), unit: 'm' };
    const layers = drafts({
      layers: { canopy, water: {}, soil: {} },
      scenes: {
        canopy: keyedAll('canopy', ['a']),
        water: keyedAll('water', ['a']),
        soil: keyedAll('soil', ['a', 'b']),
      },
    });
    expect(layers.map(({ name, kind }) => [name, kind])).toEqual([
      ['landcover', 'classes'],
      ['water', 'codes'],
      ['canopy', 'quantity'],
      ['soil', 'quantity'],
    ]);
    expect(takesOf(layers[3])).toEqual(['soil-a', 'soil-b']);
    expect(layers[2]).toMatchObject({ unit: 'm', mask: { layer: 'water', keep: [0], dropBits: null } });
  });

  it('red without nir is a quantity like any other', () => {
    const layers = drafts({ layers: { red: {} }, scenes: { red: keyedAll('red', ['a']) } });
    expect(layers.map(({ name, kind }) => [name, kind])).toEqual([
      ['landcover', 'classes'],
      ['red', 'quantity'],
    ]);
  });
});

describe('red and near infrared', () => {
  it('of the same key are one date, in the order of red, whatever order nir has', () => {
    const scenes = { red: keyedAll('red', ['a', 'b', 'c']), nir: keyedAll('nir', ['c', 'a', 'b']) };
    const [, ndvi] = drafts({ layers: RED_NIR, scenes });
    expect(ndvi).toMatchObject({ name: 'ndvi', kind: 'ndvi', mask: null, composite: 'first' });
    expect(takesOf(ndvi)).toEqual(['red-a+nir-a', 'red-b+nir-b', 'red-c+nir-c']);
  });

  it('have the day of either', () => {
    const red = [keyed('red', 'a', { datetime: '2021-05-03T02:00:00Z' }), keyed('red', 'b')];
    const nir = [keyed('nir', 'a'), keyed('nir', 'b', { datetime: '2021-06-04' })];
    const [, ndvi] = drafts({ layers: RED_NIR, scenes: { red, nir } });
    expect(ndvi?.takes.map(({ date }) => date)).toEqual(['2021-05-03', '2021-06-04']);
  });

  it('of one scene each are a pair whatever they are called', () => {
    const [, ndvi] = drafts({ layers: RED_NIR, scenes: { red: [keyed('red', 'x')], nir: [keyed('nir', 'y')] } });
    expect(takesOf(ndvi)).toEqual(['red-x+nir-y']);
  });

  it('that alone are left of several are no pair: the dates are two', () => {
    const scenes = { red: [keyed('red', 'x')], nir: [keyed('nir', 'y')] };
    const [, ndvi] = drafts({ layers: RED_NIR, scenes, lost: ['red', 'nir'] });
    expect(takesOf(ndvi)).toEqual([]);
  });

  it('without a partner are refused, on both sides at once, by their URLs', () => {
    const scenes = { red: keyedAll('red', ['a', 'b']), nir: keyedAll('nir', ['a', 'c', 'd']) };
    expect(problemsOf({ layers: RED_NIR, scenes })).toMatchObject([
      { where: 'layers.red', found: 's3://s/red-b.tif', message: expect.stringMatching(/^a scene has no partner/) },
      { where: 'layers.nir', found: 's3://s/nir-c.tif, s3://s/nir-d.tif' },
    ]);
  });

  it('whose partner could not be read are left out: the partner is told as unread', () => {
    const scenes = { red: keyedAll('red', ['a', 'b']), nir: keyedAll('nir', ['b']) };
    const [, ndvi] = drafts({ layers: RED_NIR, scenes, lost: ['nir'] });
    expect(takesOf(ndvi)).toEqual(['red-b+nir-b']);
  });

  it.each(['red', 'nir'] as const)('two scenes of %s under one key are refused', (name) => {
    const scenes = { red: keyedAll('red', ['a', 'b']), nir: keyedAll('nir', ['a', 'b']) };
    const again = { ...scenes, [name]: [...scenes[name], catalogScene('again.tif', undefined, { key: 'a' })] };
    expect(problemsOf({ layers: RED_NIR, scenes: again })).toMatchObject([
      { where: `layers.${name}`, found: 's3://s/again.tif' },
    ]);
  });

  it('must not differ in what makes one NDVI; what one of them says holds for both', () => {
    const scenes = { red: keyedAll('red', ['a']), nir: keyedAll('nir', ['a']) };
    const asked = (red: Partial<LayerSpec>, nir: Partial<LayerSpec>) => ({ layers: { red, nir }, scenes });
    expect(problemsOf(asked({ composite: 'median' }, { composite: 'max_ndvi' }))).toMatchObject([
      { where: 'layers.nir.composite', expected: '"median"', found: '"max_ndvi"' },
    ]);
    expect(problemsOf(asked({ resample: 'nearest' }, { resample: 'average' }))).toHaveLength(1);
    const [, ndvi] = drafts(asked({ resample: 'nearest' }, { composite: 'median' }));
    expect(ndvi).toMatchObject({ resample: 'nearest', composite: 'median' });
  });

  it('of a Sentinel-2 product are scaled by what its name says, and the mask is not', () => {
    const url = 's3://s/S2B_MSIL2A_20210503T021609_N0500_R003_T50RQS_20230101T000000/T50RQS_20210503T021609_B04.tif';
    const named = keyed('red', 'a', { info: { url, etag: '', sizeBytes: 1, modified: '' } });
    const [, ndvi] = drafts({ layers: RED_NIR, scenes: { red: [named], nir: keyedAll('nir', ['a']) } });
    const [red, nir] = ndvi?.takes[0]?.scenes ?? [];
    expect(red?.radiometry).toMatchObject({ scale: 0.0001, offset: -0.1 });
    expect(nir?.radiometry).toBeNull();
  });
});

describe('masks', () => {
  const clouds = { mask: mask({ layer: 'clouds', dropBits: [3] }) };
  const layers = { red: clouds, nir: {}, clouds: {} };
  const dated = (red: readonly string[], ofClouds: readonly string[]) => ({
    red: keyedAll('red', red),
    nir: keyedAll('nir', red),
    clouds: keyedAll('clouds', ofClouds),
  });

  it('of the same keys go with their dates, and are no layer of their own', () => {
    const all = drafts({ layers, scenes: dated(['a', 'b'], ['b', 'a']) });
    expect(all.map(({ name }) => name)).toEqual(['landcover', 'ndvi']);
    expect(takesOf(all[1])).toEqual(['red-a+nir-a|clouds-a', 'red-b+nir-b|clouds-b']);
    expect(all[1]?.mask).toEqual({ layer: null, keep: null, dropBits: [3] });
    expect(all[1]?.takes[0]?.mask).toMatchObject({ kind: 'codes', layerName: 'clouds' });
  });

  it('of one scene, or of no key that is a date, mask all dates alike', () => {
    for (const ofClouds of [['x'], ['x', 'y']]) {
      const all = drafts({ layers, scenes: dated(['a', 'b'], ofClouds) });
      expect(all.map(({ name }) => name)).toEqual(['landcover', 'clouds', 'ndvi']);
      expect(all[2]?.mask).toEqual({ layer: 'clouds', keep: null, dropBits: [3] });
      expect(takesOf(all[2])).toEqual(['red-a+nir-a', 'red-b+nir-b']);
    }
  });

  it('that only some dates have are refused', () => {
    expect(problemsOf({ layers, scenes: dated(['a', 'b', 'c'], ['a', 'c']) })).toMatchObject([
      { where: 'layers.red', message: expect.stringContaining('layers.clouds'), found: 's3://s/red-b.tif' },
    ]);
  });

  it('that could not be read take their dates with them; the one that is left masks no other date', () => {
    const [, ndvi] = drafts({ layers, scenes: dated(['a', 'b'], ['b']), lost: ['clouds'] });
    expect(takesOf(ndvi)).toEqual(['red-b+nir-b|clouds-b']);
  });

  it('by the land cover are no second layer of it', () => {
    const canopy = { mask: mask({ layer: 'landcover', keep: [1, 2] }) };
    const all = drafts({ layers: { canopy }, scenes: { canopy: keyedAll('canopy', ['a']) } });
    expect(all.map(({ name }) => name)).toEqual(['landcover', 'canopy']);
    expect(all[1]?.mask).toEqual({ layer: 'landcover', keep: [1, 2], dropBits: null });
  });

  it('may be on the land cover itself', () => {
    const landcover = { mask: mask({ layer: 'water', keep: [0] }) };
    const all = drafts({ landcover, layers: { water: {} }, scenes: { water: keyedAll('water', ['a']) } });
    expect(all.map(({ name, kind }) => [name, kind])).toEqual([
      ['landcover', 'classes'],
      ['water', 'codes'],
    ]);
    expect(all[0]?.mask).toEqual({ layer: 'water', keep: [0], dropBits: null });
  });

  it.each([
    ['scl', {}, { keep: SCL_KEEP, dropBits: null }],
    ['qa_pixel', {}, { keep: null, dropBits: QA_PIXEL_DROP_BITS }],
    ['scl', { keep: [4] }, { keep: [4], dropBits: null }],
    ['scl', { dropBits: [1] }, { keep: null, dropBits: [1] }],
  ] as const)("the item's own %s with %j", (own, rule, wanted) => {
    const scl = catalogScene('scl.tif');
    const red = keyed('red', 'a', { ownMask: scl.info, ownMaskRaster: scl.raster });
    const asked = { mask: mask({ own, ...rule }), nodata: 7, band: 2, scale: 2, offset: 3 };
    const [, ndvi] = drafts({ layers: { red: asked, nir: {} }, scenes: { red: [red], nir: [keyed('nir', 'a')] } });
    expect(ndvi?.mask).toEqual({ layer: null, ...wanted });
    expect(takesOf(ndvi)).toEqual(['red-a+nir-a|scl']);
    // Nodata, band and scale of the layer are not those of the mask.
    const ofItem = ndvi?.takes[0]?.mask;
    expect(ofItem).toMatchObject({ kind: 'codes', band: 1, layer: { nodata: null, scale: null, offset: null } });
  });
});
