import { describe, expect, it } from 'vitest';
import { scorePart } from '../../../src/producer/score-part.ts';
import type { ClassFactors, FactorTable } from '../../../src/shared/carbon/factors.ts';
import type { CitySpec, LayerSpec } from '../../../src/shared/contracts/city-spec.ts';
import { flaggedRow, GREEN_SPEC, tableOf, URBAN_ROWS } from '../../support/green-parts.ts';

/** Of a spec only what scores are made of. */
function specOf(changes: Partial<CitySpec> = {}): CitySpec {
  const name = { en: 'Test City', zh: '测试' };
  return {
    name,
    year: 2021,
    emissions: null,
    unused: [],
    maps: [],
    layers: {},
    green: null,
    casa: null,
    change: null,
    ...changes,
  } as unknown as CitySpec;
}

const soilTo = (depthCm: number | null): Partial<CitySpec> => ({ layers: { soil: { depthCm } as LayerSpec } });

/** Classes 1, 2, 5, 6, 7 with soils to these depths. */
function tableTo(...depths: (number | null)[]): FactorTable {
  const table = tableOf();
  const provenance = table.classes.map(({ code }, index) => {
    return { code, soilDepthCm: depths[index] ?? null, tags: {}, caveat: null };
  });
  return { ...table, provenance };
}

const warningsOf = (spec: CitySpec, table = tableOf()) => scorePart(spec, table, null).scoreWarnings;

describe('the error of soil', () => {
  it('is a score; without the key it is not known', () => {
    const errorOf = (soil: Partial<LayerSpec>) =>
      scorePart(specOf({ layers: { soil: { unit: 't/ha', ...soil } as LayerSpec } }), tableOf(), null).soilRelativeSe;
    expect(errorOf({ relativeSe: 0.3 })).toBe(0.3);
    expect(errorOf({ relativeSe: null })).toBeNull();
    expect(scorePart(specOf(), tableOf(), null).soilRelativeSe).toBeNull();
  });
});

describe('depths of soil', () => {
  it('of the raster and the table that differ are named: where one stands in for the other, neither is true', () => {
    expect(warningsOf(specOf(soilTo(30)), tableTo(100, 100))).toEqual([
      'layers.soil holds 0-30 cm, the factor table 0-100 cm: where the raster has no value, soil of another depth stands in',
    ]);
  });

  it('of the table are named once each, the shallowest first, and not the one that agrees', () => {
    expect(warningsOf(specOf(soilTo(30)), tableTo(100, 20, 30, 100, null))).toEqual([
      'layers.soil holds 0-30 cm, the factor table 0-20 cm and 0-100 cm: where the raster has no value, soil of another depth stands in',
    ]);
  });

  it('that agree, or are not stated on one side, are nothing to warn of', () => {
    expect(warningsOf(specOf(soilTo(30)), tableTo(30, 30, null))).toEqual([]);
    expect(warningsOf(specOf(soilTo(30)), tableTo())).toEqual([]);
    expect(warningsOf(specOf(soilTo(null)), tableTo(100))).toEqual([]);
    expect(warningsOf(specOf(), tableTo(100))).toEqual([]);
  });

  it('of classes without soil say nothing', () => {
    const [first, ...others] = tableTo(30, 100).classes as [ClassFactors, ...ClassFactors[]];
    const classes = [first, ...others.map((row) => ({ ...row, values: { ...row.values, soil: 0 } }))];
    expect(warningsOf(specOf(soilTo(30)), { ...tableTo(30, 100), classes })).toEqual([]);
  });

  it('is missing in a table that cannot tell where a raster of soil is sealed or under water', () => {
    const table = { ...tableTo(), coefficients: ['above'] } as FactorTable;
    const layer = (unit: string) => specOf({ layers: { soil: { depthCm: 30, unit } as LayerSpec } });
    expect(warningsOf(layer('t/ha'), table)).toEqual([
      expect.stringContaining('layers.soil counts in full under water and built-up land too'),
    ]);
    expect(warningsOf(layer('percent'), table)).toEqual([]);
    expect(warningsOf(layer('t/ha'), { ...table, coefficients: ['above', 'soil'] })).toEqual([]);
    const sealed = table.classes.map((row) => ({ ...row, impervious: 0.5 }));
    expect(warningsOf(layer('t/ha'), { ...table, classes: sealed })).toEqual([]);
  });
});

describe('what is applied to a run', () => {
  it('carries the warnings of its table, keys that nothing is done with, and emissions of another year', () => {
    const emissions = { tCo2: 5e6, year: 2019, source: 'inventory' };
    const table = { ...tableTo(100), warnings: ['factors.csv: soils of different depths'] };
    expect(warningsOf(specOf({ ...soilTo(30), emissions, unused: ['flux', 'price'] }), table)).toEqual([
      'factors.csv: soils of different depths',
      expect.stringContaining('layers.soil holds 0-30 cm'),
      'not measured with by this version: flux, price',
      'emissions are of 2019, the land cover of 2021: the offset compares different years',
    ]);
    expect(warningsOf(specOf({ emissions: { ...emissions, year: 2021 } }))).toEqual([]);
  });

  it('is the table as it was read, sealed shares and where its numbers come from among it', () => {
    const classes = [flaggedRow(5, { built: true, impervious: 0.6 }), flaggedRow(1, { green: true, source: 'plots' })];
    const { factors, name, emissions, greenScore } = scorePart(specOf(), tableOf(classes), null);
    expect(factors.classes).toEqual(classes);
    expect(factors.classes.map(({ impervious }) => impervious)).toEqual([0.6, null]);
    expect(Object.keys(factors).sort()).toEqual(['classes', 'coefficients', 'digest', 'provenance', 'url', 'warnings']);
    expect([name, emissions, greenScore]).toEqual([{ en: 'Test City', zh: '测试' }, null, null]);
  });

  it('has sizes of green spaces and the rows that patches take', () => {
    const spec = specOf({ green: { ...GREEN_SPEC, minHa: 0.1 } });
    const built = flaggedRow(6, { built: true });
    const table = tableOf([built, flaggedRow(5, { built: true }), ...URBAN_ROWS]);
    expect(scorePart(spec, table, null).greenScore).toEqual({ minHa: 0.1, smallHa: 1, small: 41, large: 40, built: 5 });
  });
});
