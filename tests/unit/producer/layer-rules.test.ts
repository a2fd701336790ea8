import { describe, expect, it } from 'vitest';
import { layerRuleMistakes } from '../../../src/producer/layer-rules.ts';

/** Mistakes of the other layers beside a land cover without fault, as `path message`. */
function mistakes(layers: Readonly<Record<string, unknown>>): string[] {
  return layerRuleMistakes({ landcover: { scenes: 'a.tif' }, ...layers }).map(
    ({ path, message }) => `${path.slice(1).join('.')} ${message}`,
  );
}

const SCENES = { scenes: 'b.tif' };
const ITEMS = { stac: 'items/' };

describe('layers without fault', () => {
  it.each([
    { red: SCENES, nir: ITEMS },
    { canopy: { ...SCENES, mask: { layer: 'landcover', keep: [1] }, scale: 0.1, offset: -10 } },
    { red: { ...ITEMS, mask: 'scl', composite: 'median' }, nir: ITEMS },
    { red: { ...SCENES, composite: 'newest', order: 'newest' }, nir: SCENES },
    { landcover: { ...SCENES, mask: { layer: 'water', drop_bits: [1] }, resample: 'mode' }, water: SCENES },
    { landcover: { ...SCENES, scale: 1, offset: 0 } },
    { ndvi: SCENES },
    { red: { ...ITEMS, mask: { own: 'scl', keep: [4, 5] } } },
  ])('%j', (layers) => {
    expect(mistakes(layers)).toEqual([]);
  });
});

describe('names of layers', () => {
  it('stand in columns of tables', () => {
    expect(mistakes({ 'a,b': SCENES })).toEqual(['a,b is no name for a layer']);
    expect(mistakes({ '1st': SCENES })).toHaveLength(1);
    expect(mistakes({ [`a${'b'.repeat(40)}`]: SCENES })).toHaveLength(1);
    expect(mistakes({ [`a${'b'.repeat(39)}`]: SCENES })).toEqual([]);
  });

  it('`ndvi` is taken where red and nir make it', () => {
    expect(mistakes({ red: SCENES, nir: SCENES, ndvi: SCENES })).toEqual(['ndvi is no name for a layer']);
  });

  it('near `landcover` is a mistake in its name where there is none', () => {
    const [mistake] = layerRuleMistakes({ landcovr: SCENES });
    expect(mistake).toMatchObject({ path: ['layers', 'landcovr'], expected: 'did you mean "landcover"?' });
  });

  it('are at most 32', () => {
    const many = Object.fromEntries(Array.from({ length: 32 }, (_, i) => [`layer-${i}`, SCENES]));
    expect(mistakes(many)).toEqual([' has too many layers']);
    const { 'layer-0': _, ...fewer } = many;
    expect(mistakes(fewer)).toEqual([]);
  });
});

describe('sources', () => {
  it('are one for each layer', () => {
    expect(mistakes({ soil: { ...SCENES, ...ITEMS } })).toEqual(['soil has both scenes and stac']);
    expect(mistakes({ soil: { ...SCENES, ...ITEMS, stac_api: {} } })).toEqual([
      'soil has scenes and stac and stac_api',
    ]);
    expect(mistakes({ soil: {} })).toEqual(['soil has no source']);
  });

  it('that are misspelt are told by the form, not here', () => {
    expect(mistakes({ soil: { scene: 'a.tif' } })).toEqual([]);
  });
});

describe('masks', () => {
  const masked = (mask: unknown, layer: object = SCENES) => mistakes({ soil: { ...layer, mask }, water: SCENES });

  it.each<[unknown, string]>([
    [{ keep: [1] }, 'soil.mask names no layer, or two'],
    [{ layer: 'water', own: 'scl', keep: [1] }, 'soil.mask names no layer, or two'],
    [{ layer: 'water' }, 'soil.mask says not what to keep'],
    [{ layer: 'water', keep: [1], drop_bits: [1] }, 'soil.mask says not what to keep'],
    [{ layer: 'watr', keep: [1] }, 'soil.mask.layer names no other layer'],
    [{ layer: 'soil', keep: [1] }, 'soil.mask.layer names no other layer'],
    ['scl', 'soil.mask asks for the classes of STAC items'],
    [{ own: 'qa_pixel' }, 'soil.mask asks for the classes of STAC items'],
  ])('%j: %s', (mask, wanted) => {
    expect(masked(mask)).toContain(wanted);
  });

  it('of items have one rule at most', () => {
    expect(masked({ own: 'scl', keep: [4], drop_bits: [1] }, ITEMS)).toEqual(['soil.mask has two rules']);
  });

  it('are not masked themselves', () => {
    const soil = { ...SCENES, mask: { layer: 'water', keep: [1] } };
    const water = { ...SCENES, mask: { layer: 'landcover', keep: [1] } };
    expect(mistakes({ soil, water })).toEqual(['soil.mask.layer is masked itself']);
  });

  it('a near name is proposed', () => {
    const [mistake] = layerRuleMistakes({ a: { ...SCENES, mask: { layer: 'watr', keep: [1] } }, water: SCENES });
    expect(mistake).toMatchObject({ expected: 'did you mean "water"?', found: 'watr' });
  });
});

describe('composites', () => {
  it('are for red and nir', () => {
    expect(mistakes({ soil: { ...SCENES, composite: 'median' } })).toEqual(['soil.composite is for the NDVI']);
    expect(mistakes({ landcover: { ...SCENES, composite: 'first' } })).toHaveLength(1);
  });

  it('the newest contradicts another order', () => {
    const red = { ...SCENES, composite: 'newest', order: 'oldest' };
    expect(mistakes({ red, nir: SCENES })).toEqual(['red.order contradicts the composite']);
  });
});

describe('offsets', () => {
  it('that were meant after scaling are refused, with the number that was meant', () => {
    const [mistake] = layerRuleMistakes({ red: { ...SCENES, scale: 0.0001, offset: -0.1 } });
    expect(mistake).toMatchObject({
      path: ['layers', 'red', 'offset'],
      message: 'is added before scaling',
      expected: expect.stringContaining('-1000:'),
    });
    expect(mistakes({ red: { ...SCENES, scale: 0.0000275, offset: -0.2 } })).toHaveLength(1);
  });

  it('that may well be meant before scaling are taken', () => {
    for (const [scale, offset] of [
      [0.0001, -1000],
      [0.0001, 0],
      [1, -0.5],
      [0.1, -0.1],
    ])
      expect(mistakes({ red: { ...SCENES, scale, offset } })).toEqual([]);
  });
});

describe('the land cover', () => {
  it.each([
    ['resample', 'bilinear', 'would blend classes'],
    ['resample', 'average', 'would blend classes'],
    ['scale', 2, 'would change class codes'],
    ['offset', 1, 'would change class codes'],
  ])('%s: %s %s', (key, value, message) => {
    expect(mistakes({ landcover: { ...SCENES, [key]: value } })).toEqual([`landcover.${key} ${message}`]);
  });
});

describe('filters of items', () => {
  it.each([
    [{ asset: 'red' }, { asset: 'nir' }, 'soil.stac.asset is named twice'],
    [{ bbox: [0, 5, 1, 4] }, {}, 'soil.stac.bbox is no box'],
    [{ bbox: [0, -91, 1, 4] }, {}, 'soil.stac.bbox is no box'],
    [{ datetime: 'summer' }, {}, 'soil.stac.datetime is no time'],
  ])('%j beside %j: %s', (stac, beside, wanted) => {
    expect(mistakes({ soil: { stac: { url: 'a', ...stac }, ...beside } })).toEqual([wanted]);
  });

  it('a box may cross 180 degrees', () => {
    expect(mistakes({ soil: { stac: { url: 'a', bbox: [179, 0, -179, 1] } } })).toEqual([]);
  });
});

describe('the error of a layer', () => {
  const messageOf = (layers: object) =>
    layerRuleMistakes({ landcover: { scenes: 'a.tif' }, ...layers }).map(
      ({ path, message, expected }) => `${path.join('.')} ${message}; expected ${expected}`,
    );

  it('is that of soil in t/ha or kg/m2', () => {
    for (const unit of ['t/ha', 'kg/m2', 'kg C/m2']) {
      expect(messageOf({ soil: { ...SCENES, unit, relative_se: 0.3 } }), unit).toEqual([]);
    }
  });

  it('is refused where no interval would take it', () => {
    expect(messageOf({ canopy: { ...SCENES, unit: 't/ha', relative_se: 0.3 } })).toEqual([
      'layers.canopy.relative_se is for the layer soil only; expected no relative_se here: errors of classes stand in the factor table',
    ]);
    const unitless =
      'layers.soil.relative_se is for soil in a unit of carbon over area; expected unit: t/ha or kg/m2 beside it';
    expect(messageOf({ soil: { ...SCENES, relative_se: 0.3 } })).toEqual([unitless]);
    expect(messageOf({ soil: { ...SCENES, unit: 'g/kg', relative_se: 0.3 } })).toEqual([unitless]);
    expect(messageOf({ landcover: { ...SCENES, relative_se: 0.3 } })).toHaveLength(1);
  });
});
