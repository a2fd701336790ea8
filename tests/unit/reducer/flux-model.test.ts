import { describe, expect, it } from 'vitest';
import { type FluxFigures, fluxByModel, isCropName, type ModelFactors } from '../../../src/reducer/flux-model.ts';
import { fluxWarnings } from '../../../src/reducer/flux-warnings.ts';
import { type LayerFigures, layerFigures } from '../../../src/reducer/layer-figures.ts';
import type { QuantityTally } from '../../../src/shared/carbon/partial.ts';
import type { Tally } from '../../../src/shared/carbon/tally.ts';
import { hectarePlan, measuredLayer, partialOf } from '../../support/plan-parts.ts';

type Means = Readonly<Record<number, readonly [areaHa: number, mean: number]>>;

function layer(name: string, means: Means): LayerFigures {
  const classes = Object.entries(means).map(([code, [area, mean]]) => {
    return { class: Number(code), cells: area, area_ha: area, mean, sum_unit_ha: mean * area };
  });
  return {
    layer: name,
    unit: null,
    cells: 0,
    area_ha: 0,
    mean: null,
    sum_unit_ha: null,
    coverage: null,
    classes,
    dates: [],
    masked_cells: null,
    masked_share: null,
  };
}

const factors = (code: number, name: string, epsMax: number | null, rest: Partial<ModelFactors> = {}) =>
  [code, { code, name, epsMax, epsMaxSe: null, crop: null, ...rest }] as const;

const FACTORS = new Map<number, ModelFactors>([
  factors(10, 'Tree cover', 0.5, { epsMaxSe: 0.1 }),
  factors(30, 'Grassland', 0.542, { epsMaxSe: 0.04 }),
  factors(40, 'Cropland', 0.542, { epsMaxSe: 0.04 }),
  factors(50, 'Built-up', null),
]);

/** Forest: 100 ha, 80 of them modelled at 1600 MJ/m2: 800 g/m2 of NPP, 8 t/ha. */
const LIGHT: Means = { 10: [80, 1600], 30: [50, 1000], 40: [200, 1500] };
const RESPIRED: Means = { 10: [80, 400], 30: [50, 442], 40: [200, 300] };
const COEFFICIENTS = [
  { class: 10, area_ha: 100, sequestration_tC_yr: 200 },
  { class: 30, area_ha: 50, sequestration_tC_yr: 0 },
  { class: 40, area_ha: 200, sequestration_tC_yr: -5.4 },
  { class: 50, area_ha: 70, sequestration_tC_yr: 0 },
];

function figures(light = LIGHT, respired: Means | null = RESPIRED, coefficients = COEFFICIENTS): FluxFigures {
  const respiration = respired === null ? null : layer('respiration', respired);
  return fluxByModel({ light: layer('light', light), respiration }, coefficients, FACTORS);
}

describe('flux by model', () => {
  const { classes, total, headline, not_modelled } = figures();

  it('of a class is eps_max times light, less respiration, over the modelled area', () => {
    expect(classes[0]).toMatchObject({
      class: 10,
      modelled_area_ha: 80,
      coverage: 0.8,
      npp_tC_yr: 640,
      npp_se_tC_yr: 128,
      rh_tC_yr: 320,
      nep_tC_yr: 320,
      npp_tC_ha_yr: 8,
      rh_tC_ha_yr: 4,
      nep_tC_ha_yr: 4,
    });
    expect(classes[0]?.nep_tCO2_yr).toBeCloseTo((320 * 44) / 12, 7);
  });

  it('is set beside the coefficients per hectare, so that missing cells do not tell', () => {
    expect(classes[0]?.nep_over_coefficient).toBe(2);
    expect(classes[1]?.nep_over_coefficient).toBeNull();
  });

  it('sums classes in total, and leaves cropland out of the headline', () => {
    expect(total.npp_tC_yr).toBeCloseTo(640 + 0.542 * 10 * 50 + 0.542 * 15 * 200, 9);
    expect(headline.npp_tC_yr).toBeCloseTo(640 + 271, 9);
    expect(headline.nep_tC_yr).toBeCloseTo(320 + 50, 9);
    expect(headline.modelled_area_ha).toBe(130);
    expect(headline.npp_se_tC_yr).toBeCloseTo(128 + 20, 9);
  });

  it('names classes without eps_max or without cells, and has no zero for them', () => {
    expect(not_modelled).toEqual([{ class: 50, area_ha: 70 }]);
    expect(classes.map((row) => row.class)).toEqual([10, 30, 40]);
    const { 30: _, ...others } = LIGHT;
    expect(figures(others).not_modelled.map((row) => row.class)).toEqual([30, 50]);
  });

  it('has no NEP where respiration is not modelled, and none where a class lacks it', () => {
    for (const respired of [null, {}]) {
      const { headline, classes } = figures(LIGHT, respired);
      expect(headline).toMatchObject({ rh_tC_yr: null, nep_tC_yr: null });
      expect(headline.npp_tC_yr).toBeCloseTo(911, 9);
      expect(classes[0]).toMatchObject({ nep_tC_yr: null, nep_over_coefficient: null });
    }
  });

  it('has no standard error where a class has none', () => {
    const unsure = new Map([...FACTORS, factors(30, 'Grassland', 0.542)]);
    const { total } = fluxByModel({ light: layer('light', LIGHT), respiration: null }, COEFFICIENTS, unsure);
    expect(total.npp_se_tC_yr).toBeNull();
  });

  it('does not depend on the order of rows', () => {
    expect(figures(LIGHT, RESPIRED, [...COEFFICIENTS].reverse())).toEqual(figures());
  });

  it('of nothing is nothing, and NEP of nothing is not known', () => {
    expect(figures({}).total).toMatchObject({ modelled_area_ha: 0, npp_tC_yr: 0, nep_tC_yr: null });
  });
});

describe('flux by model of counted cells', () => {
  it('is the sum of what each cell has, though eps_max comes after all sums', () => {
    const lights: Readonly<Record<number, readonly number[]>> = { 10: [1512.25, 1380.7, 1641.1], 30: [903.3, 870.9] };
    const tallies = Object.entries(lights).map(([code, values]): [number, QuantityTally] => {
      const sum = values.reduce((total, value) => total + BigInt(Math.round(value * 2 ** 20)), 0n);
      return [Number(code), { cells: values.length, area: 0n, sum }];
    });
    const plan = hectarePlan({ layers: [...hectarePlan().layers, measuredLayer('light')] });
    const partial = partialOf([], { quantities: new Map([['light', new Map([[0, new Map(tallies)]])]]) });
    const byCells = ({ cells }: Tally) => cells;
    const [light] = layerFigures(plan, partial, 0, { cells: 5, seenHa: 5, units: 1 }, byCells);
    const rows = [10, 30].map((code) => ({
      class: code,
      area_ha: lights[code]?.length ?? 0,
      sequestration_tC_yr: null,
    }));
    const { total } = fluxByModel({ light: light as LayerFigures, respiration: null }, rows, FACTORS);
    // A cell is a hectare: 0.01 t/ha for each g/m2.
    const cellByCell = 0.01 * (0.5 * (1512.25 + 1380.7 + 1641.1) + 0.542 * (903.3 + 870.9));
    expect(total.npp_tC_yr).toBeCloseTo(cellByCell, 6);
    expect(total.modelled_area_ha).toBe(5);
  });
});

describe('cropland', () => {
  it('is known by its name where the table does not say', () => {
    const crops = ['Cropland', 'paddy field', 'Cultivated land', '耕地', '水田'];
    expect(crops.every(isCropName)).toBe(true);
    expect(['Tree cover', 'Grassland', 'Water', '林地', '草地'].some(isCropName)).toBe(false);
  });

  it('is what the table says, whatever its name', () => {
    const said = new Map([
      ...FACTORS,
      factors(40, 'Cropland', 0.542, { crop: false }),
      factors(30, 'Orchard', 0.5, { crop: true }),
    ]);
    const { classes } = fluxByModel({ light: layer('light', LIGHT), respiration: null }, COEFFICIENTS, said);
    expect(classes.map((row) => row.crop)).toEqual([false, true, false]);
  });
});

describe('warnings of the flux by model', () => {
  const all = (city: FluxFigures, respiration: 'pei' | 'none' = 'pei') =>
    fluxWarnings(city, FACTORS, respiration).join('\n');

  it('say where respiration is from, what is not modelled, and that cropland was taken by name', () => {
    const text = all(figures());
    expect(text).toContain('fitted in dry north-west China');
    expect(text).toContain('soil rates are not added');
    expect(text).toContain('taken as cropland by name, the factor table having no "crop" for it: 40 Cropland');
    expect(text).toContain('not stretched to the class: 10 Tree cover 80 %');
    expect(text).toContain('classes without flux by model: 50');
    expect(text).toContain('NEP of 40 Cropland is -190 times');
    expect(text).not.toContain('Pearl River Delta');
  });

  it('say when NEP or respiration lie outside of what was measured', () => {
    const text = all(figures({ ...LIGHT, 10: [100, 2400] }, { 10: [100, 400], 30: [50, 720], 40: [200, 600] }));
    expect(text).toContain('NEP of 10 Tree cover is 8 t C/ha/yr; the Pearl River Delta has -0.4 .. 6.38');
    expect(text).toContain('NEP of 30 Grassland is -1.78 t C/ha/yr');
    expect(text).toContain('respiration of 30 Grassland is 7.2 t C/ha/yr');
    expect(text).toContain('respiration of 40 Cropland is 6 t C/ha/yr');
  });

  it('say that NPP alone is no sink, and that nothing was modelled', () => {
    expect(all(figures(LIGHT, null), 'none')).toContain('there is no NEP');
    expect(all(figures({}))).toBe('flux by model: no class has an eps_max and cells with all months');
  });
});
