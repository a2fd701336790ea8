import { describe, expect, it } from 'vitest';
import { greenMistakes } from '../../../src/producer/green-rules.ts';
import type { SpecMistake } from '../../../src/producer/spec-mistake.ts';

const SCENES = { scenes: 'a.tif' };
const COVER = { landcover: SCENES };
const IMAGERY = { ...COVER, red: SCENES, nir: SCENES };
const PARKS = { ...COVER, parks: SCENES, canopy: SCENES };

type Json = Readonly<Record<string, unknown>>;

/** The only mistake of `green`. */
function mistake(green: Json, layers: Json = COVER, rule: unknown = undefined): SpecMistake {
  const [first, ...others] = greenMistakes(green, layers, rule);
  expect(others).toEqual([]);
  if (first === undefined) throw new Error(`no mistake in ${JSON.stringify(green)}`);
  return first;
}

describe('green without fault', () => {
  it.each<[Json, Json]>([
    [{}, COVER],
    [{}, IMAGERY],
    [{ min_ha: 1, small_ha: 1 }, COVER],
    [{ from: 'classes' }, IMAGERY],
    [{ from: 'ndvi', ndvi_min: 0.3 }, IMAGERY],
    [{ ndvi_min: 'otsu' }, IMAGERY],
    [{ mixture: { bare: 0.05, full: 0.8 } }, IMAGERY],
    [{ from: 'classes', mixture: { bare: 0.05, full: 0.8 } }, IMAGERY],
    [{ from: 'parks' }, PARKS],
    [{ from: 'parks', keep: [1, 2] }, PARKS],
    [
      { from: 'parks', keep: [1] },
      { ...PARKS, ...IMAGERY },
    ],
  ])('%j', (green, layers) => {
    expect(greenMistakes(green, layers, undefined)).toEqual([]);
    expect(greenMistakes(green, layers, 'centre')).toEqual([]);
  });
});

describe('sizes of green', () => {
  it('are refused where nothing could be small', () => {
    expect(mistake({ min_ha: 2, small_ha: 1 })).toMatchObject({
      path: ['green', 'min_ha'],
      expected: 'at most 1',
      found: '2',
    });
  });

  it('of whole cells do not go with zones that share cells', () => {
    expect(mistake({}, COVER, 'coverage')).toMatchObject({ path: ['zones', 'rule'], found: 'coverage' });
  });
});

describe('green smaller than a cell', () => {
  it('needs red and nir, whatever shows green', () => {
    const mixture = { bare: 0.05, full: 0.8 };
    for (const [green, layers] of [
      [{ mixture }, COVER],
      [{ mixture, from: 'parks' }, PARKS],
    ] as const)
      expect(mistake(green, layers)).toMatchObject({ path: ['green', 'mixture'], message: 'has no NDVI' });
  });

  it('needs bare ground to be less green than full vegetation', () => {
    for (const bare of [0.8, 0.9])
      expect(mistake({ mixture: { bare, full: 0.8 } }, IMAGERY)).toMatchObject({
        path: ['green', 'mixture', 'bare'],
        expected: 'less than 0.8',
        found: String(bare),
      });
  });
});

describe('the source of green', () => {
  it('needs red and nir for NDVI', () => {
    expect(mistake({ from: 'ndvi' })).toMatchObject({ path: ['green', 'from'], message: 'has no NDVI' });
    const { nir: _, ...red } = IMAGERY;
    expect(mistake({ from: 'ndvi' }, red)).toMatchObject({ path: ['green', 'from'] });
  });

  it('is a layer of the spec; a near name is a mistake in it', () => {
    expect(mistake({ from: 'prks' }, PARKS)).toMatchObject({
      path: ['green', 'from'],
      message: 'names no layer of codes',
      expected: 'did you mean "parks"?',
      found: 'prks',
    });
    expect(mistake({ from: 'clases' }, PARKS).expected).toBe('did you mean "classes"?');
  });

  it('that is near nothing is answered with what there is', () => {
    expect(mistake({ from: 'quadrilateral' }, PARKS).expected).toBe('one of classes, ndvi, parks, canopy');
  });

  it.each(['landcover', 'red', 'nir'])('is not layer %s, which has a use of its own', (from) => {
    const found = mistake({ from }, IMAGERY);
    expect(found).toMatchObject({ path: ['green', 'from'], message: 'names no layer of codes', found: from });
  });

  it('has codes to keep only where it is a layer', () => {
    for (const green of [{ keep: [1] }, { keep: [1], from: 'classes' }, { keep: [1], from: 'ndvi' }])
      expect(mistake(green, IMAGERY)).toMatchObject({ path: ['green', 'keep'], message: 'has no layer' });
  });

  it('has a least NDVI only where NDVI shows it', () => {
    const at = { path: ['green', 'ndvi_min'], message: 'has no NDVI' };
    expect(mistake({ ndvi_min: 0.3 })).toMatchObject(at);
    expect(mistake({ ndvi_min: 0.3, from: 'classes' }, IMAGERY)).toMatchObject(at);
    expect(mistake({ ndvi_min: 0.3, from: 'parks' }, { ...PARKS, ...IMAGERY })).toMatchObject(at);
  });

  it('tells of every mistake at once', () => {
    const green = { min_ha: 3, small_ha: 1, from: 'ndvi', keep: [1], ndvi_min: 0.3 };
    expect(greenMistakes(green, COVER, 'coverage').map(({ path }) => path.join('.'))).toEqual([
      'green.min_ha',
      'zones.rule',
      'green.from',
      'green.keep',
      'green.ndvi_min',
    ]);
  });
});
