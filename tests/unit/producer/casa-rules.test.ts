import { describe, expect, it } from 'vitest';
import { casaMistakes, type OtherKeys, radiationFactors } from '../../../src/producer/casa-rules.ts';

const SCENES = { scenes: './m/' };
const LAYERS = {
  landcover: { scenes: 'a.tif' },
  greenness: SCENES,
  heat: { ...SCENES, unit: 'degC' },
  rain: { ...SCENES, unit: 'mm' },
  sun: { ...SCENES, unit: 'W/m2' },
};
const CASA = { ndvi: 'greenness', temperature: 'heat', precipitation: 'rain', radiation: 'sun' };

type Json = Readonly<Record<string, unknown>>;

/** Mistakes as `path message`. */
function mistakes(casa: Json, layers: Json = {}, others: OtherKeys = {}): string[] {
  return casaMistakes({ ...CASA, ...casa }, { ...LAYERS, ...layers }, others).map(
    ({ path, message }) => `${path.join('.')} ${message}`,
  );
}

describe('casa without fault', () => {
  it.each<[Json, Json]>([
    [{}, {}],
    [{ pet: 'pet' }, { pet: { ...SCENES, unit: 'mm/month' } }],
    [{ ndvi_limits: [0.1, 0.8] }, {}],
    [{ fpar: 'limits', ndvi_limits: { 10: [0.1, 0.8], other: [0, 0.7] } }, {}],
    [{ fpar: 'linear' }, { heat: SCENES, rain: SCENES }],
    [{}, { heat: { ...SCENES, unit: '°C' }, sun: { ...SCENES, unit: 'MJ m-2 day-1' } }],
    [{}, { rain: { ...SCENES, unit: 'kg m-2 month-1' } }],
  ])('%j with %j', (casa, layers) => {
    expect(mistakes(casa, layers)).toEqual([]);
  });
});

describe('the layers of casa', () => {
  it('have to be there, with the nearest name for one that is not', () => {
    const [mistake] = casaMistakes({ ...CASA, temperature: 'haet' }, LAYERS, {});
    expect(mistake).toMatchObject({ path: ['casa', 'temperature'], expected: 'did you mean "heat"?' });
    expect(casaMistakes({ ...CASA, ndvi: 'x' }, LAYERS, {})[0]?.expected).toBe('one of greenness, heat, rain, sun');
  });

  it('do nothing else', () => {
    expect(mistakes({ pet: 'rain' })).toEqual(['casa.pet is casa.precipitation too']);
    expect(mistakes({ ndvi: 'landcover' })).toEqual(['casa.ndvi is the land cover too']);
    const bands = { red: SCENES, nir: SCENES };
    expect(mistakes({ ndvi: 'nir' }, bands)).toEqual(['casa.ndvi is a band of the NDVI too']);
    const masked = { other: { ...SCENES, mask: { layer: 'rain', keep: [1] } } };
    expect(mistakes({}, masked)).toEqual(['casa.precipitation is the mask of layers.other too']);
    expect(mistakes({}, {}, { green: { from: 'greenness' } })).toHaveLength(1);
    expect(mistakes({}, {}, { green: { from: 'ndvi' } })).toEqual([]);
    expect(mistakes({}, {}, { change: { layer: 'sun' } })).toEqual(['casa.radiation is an earlier land cover too']);
  });

  it.each<[Json, string]>([
    [{ heat: { ...SCENES, unit: 'K' } }, 'layers.heat.unit does not go with casa.temperature'],
    [{ rain: { ...SCENES, unit: 'm' } }, 'layers.rain.unit does not go with casa.precipitation'],
    [{ rain: { ...SCENES, unit: 'mm/day' } }, 'layers.rain.unit does not go with casa.precipitation'],
    [{ sun: SCENES }, 'layers.sun.unit has to be stated'],
    [{ sun: { ...SCENES, unit: 'W/m2/day' } }, 'layers.sun.unit does not go with casa.radiation'],
    [{ greenness: { ...SCENES, unit: 't/ha' } }, 'layers.greenness.unit does not go with casa.ndvi'],
    [{ heat: { ...SCENES, resample: 'mode' } }, 'layers.heat.resample is for classes'],
    [{ heat: { ...SCENES, order: 'newest' } }, 'layers.heat.order is no order of months'],
  ])('%j: %s', (layers, expected) => {
    expect(mistakes({}, layers)).toEqual([expected]);
  });
});

describe('limits of NDVI', () => {
  it.each<[Json, string]>([
    [{ fpar: 'limits' }, 'casa.ndvi_limits is missing'],
    [{ fpar: 'linear', ndvi_limits: [0.1, 0.8] }, 'casa.ndvi_limits is not used'],
    [{ ndvi_limits: [0.8, 0.8] }, 'casa.ndvi_limits are not in order'],
    [{ ndvi_limits: { 10: [0.1, 0.8], 20: [0.5, 0.2] } }, 'casa.ndvi_limits.20 are not in order'],
  ])('%j: %s', (casa, expected) => {
    expect(mistakes(casa)).toEqual([expected]);
  });
});

describe('units of radiation', () => {
  it.each([
    ['MJ/m2', 1, 1],
    ['MJ m-2 month-1', 1, 1],
    ['kJ m-2 day-1', 0.031, 0.028],
    ['J/m²', 1e-6, 1e-6],
    ['W m^-2', 0.0864 * 31, 0.0864 * 28],
  ])('%s in January and February', (unit, january, february) => {
    const factors = radiationFactors(unit, 2021) ?? [];
    expect(factors).toHaveLength(12);
    expect(factors[0]).toBeCloseTo(january, 12);
    expect(factors[1]).toBeCloseTo(february, 12);
  });

  it('count the day more of a leap year', () => {
    expect(radiationFactors('W/m2', 2020)?.[1]).toBeCloseTo(0.0864 * 29, 12);
  });

  it.each(['', 'W', 'MJ', 'MJ/ha', 'W/m2/month', 'mm'])('%s is none', (unit) => {
    expect(radiationFactors(unit, 2021)).toBeNull();
  });
});
