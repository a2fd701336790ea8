import { describe, expect, it } from 'vitest';
import { computeFigures } from '../../../src/reducer/totals.ts';
import { figureWarnings } from '../../../src/reducer/warnings.ts';
import type { QuantityTally } from '../../../src/shared/carbon/partial.ts';
import { CASA_LIGHT, CASA_RESPIRATION } from '../../../src/shared/contracts/counted-names.ts';
import type { Plan } from '../../../src/shared/contracts/plan.ts';
import type { PlannedCasa } from '../../../src/shared/contracts/plan-casa.ts';
import { factorRow, hectarePlan, partialOf, zoneTally } from '../../support/plan-parts.ts';

const CASA: PlannedCasa = {
  inputs: { ndvi: 'n', temperature: 't', precipitation: 'p', radiation: 's', pet: null },
  fpar: { form: 'linear' },
  coldStop: true,
  halveOutside: true,
  respiration: 'pei',
  hotMonths: 'parabola',
  radiationFactors: new Array(12).fill(1),
  monthLengths: new Array(12).fill(1),
};

/** So many cells of a hectare with a mean. */
function tally(cells: number, mean: number): QuantityTally {
  return { cells, area: 0n, sum: BigInt(Math.round(cells * mean * 2 ** 20)) };
}

type Sums = Readonly<Record<number, QuantityTally>>;

function quantity(...zones: readonly Sums[]): Map<number, Map<number, QuantityTally>> {
  return new Map(
    zones.map((sums, zone) => [zone, new Map(Object.entries(sums).map(([code, one]) => [Number(code), one]))]),
  );
}

function planOf(changes: Partial<Plan> = {}): Plan {
  const plan = hectarePlan({ casa: CASA, ...changes });
  const classes = [
    { ...factorRow(1, 10, 5, 2), epsMax: 0.5, epsMaxSe: 0.1, crop: null },
    { ...factorRow(2, 0, 40, -0.5), epsMax: null },
  ];
  return { ...plan, factors: { ...plan.factors, classes } };
}

const PARTIAL = partialOf([zoneTally(10, { 1: 8, 2: 2 }), zoneTally(6, { 1: 4, 2: 2 })], {
  quantities: new Map([
    [CASA_LIGHT, quantity({ 1: tally(6, 1000), 2: tally(2, 500) }, { 1: tally(2, 2000), 2: tally(2, 500) })],
    [CASA_RESPIRATION, quantity({ 1: tally(6, 200), 2: tally(2, 100) }, { 1: tally(2, 400), 2: tally(2, 100) })],
  ]),
});

describe('the flux by model of a run', () => {
  const figures = computeFigures(planOf(), PARTIAL);
  const flux = figures.flux_by_model;

  it('is eps_max times light less respiration, by zone and for the city, with what is not modelled', () => {
    // 6 ha of 1000 MJ/m2 at 0.5 g/MJ: 500 g/m2, 5 t/ha, 30 t; 2 ha of 2000: 20 t.
    expect(flux?.zones.map(({ zone, total }) => [zone, total.npp_tC_yr, total.nep_tC_yr])).toEqual([
      ['n', 30, 18],
      ['s', 20, 12],
    ]);
    expect(flux?.city.total).toEqual({
      modelled_area_ha: 8,
      npp_tC_yr: 50,
      npp_se_tC_yr: 10,
      rh_tC_yr: 20,
      nep_tC_yr: 30,
      nep_tCO2_yr: 110,
    });
    expect(flux?.city.classes[0]?.coverage).toBe(0.666666666667);
    expect(flux?.city.not_modelled).toEqual([{ class: 2, area_ha: 4 }]);
  });

  it('is no measured layer, and moves no other figure', () => {
    expect(figures.city.layers).toEqual([]);
    const { flux_by_model: without, ...rest } = computeFigures(planOf({ casa: null }), PARTIAL);
    expect(without).toBeNull();
    expect(rest).toEqual({ ...figures, flux_by_model: undefined });
  });

  it('has no respiration where it is not modelled', () => {
    const plan = planOf({ casa: { ...CASA, respiration: 'none' } });
    const partial = { ...PARTIAL, quantities: new Map([...PARTIAL.quantities].slice(0, 1)) };
    const city = computeFigures(plan, partial).flux_by_model?.city;
    expect(city?.total).toMatchObject({ npp_tC_yr: 50, rh_tC_yr: null, nep_tC_yr: null });
  });

  it('comes with what to know of it', () => {
    const warnings = figureWarnings(planOf(), figures);
    expect(warnings.some((text) => text.includes('fitted in dry north-west China'))).toBe(true);
    expect(warnings).toContain('classes without flux by model: 2');
    const none = planOf({ casa: null });
    expect(figureWarnings(none, computeFigures(none, PARTIAL)).join()).not.toContain('flux by model');
  });
});
