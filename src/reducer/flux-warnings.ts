import type { RespirationModel } from '../shared/carbon/respiration.ts';
import { type FluxFigures, type FluxRow, isCrop, type ModelFactors } from './flux-model.ts';

/** @pure What a reader must know beside NPP and NEP: where the equations are from, and figures outside of what was measured. */

/** NEP by the same model in the Pearl River Delta, -40 .. 638 g C m-2 yr-1 (cf.2025.67), t C/ha/yr. */
export const NEP_SEEN: readonly [number, number] = [-0.4, 6.38];

/** Soil respiration of China, upper ends of its means (Yu et al. 2010), t C/ha/yr: Rh is a part of it. */
export const SOIL_RESPIRATION_SEEN = { any: 7.09, crop: 5.67 } as const;

/** Coefficients for one class differ between sources by up to this. */
const RATIO_SEEN = 10;

/** Of the city. `respiration`: the model of the plan. */
export function fluxWarnings(
  city: FluxFigures,
  factors: ReadonlyMap<number, ModelFactors>,
  respiration: RespirationModel,
): string[] {
  if (city.classes.length === 0) return ['flux by model: no class has an eps_max and cells with all months'];
  return [
    ...respirationWarnings(city, respiration),
    ...cropWarnings(city, factors),
    ...coverageWarnings(city),
    ...city.classes.flatMap(plausibilityWarnings),
  ];
}

function respirationWarnings({ total }: FluxFigures, respiration: RespirationModel): string[] {
  if (respiration === 'none')
    return ['respiration is not modelled: NPP is gross of it and is no sink; there is no NEP'];
  if (total.rh_tC_yr === null) return [];
  return [
    'respiration is by an equation fitted in dry north-west China; in humid places it is out of its range: quote NPP beside NEP',
    'NEP does not subtract harvest, fire and lateral export; soil rates are not added to it, as it nets soil respiration already',
  ];
}

function cropWarnings({ classes }: FluxFigures, factors: ReadonlyMap<number, ModelFactors>): string[] {
  const crops = classes.filter(({ crop }) => crop);
  if (crops.length === 0) return [];
  const guessed = crops.filter((row) => {
    const own = factors.get(row.class);
    return own !== undefined && own.crop === null && isCrop(own);
  });
  return [
    `cropland is not in the NEP of the headline, as its harvest leaves: ${crops.map(titleOf).join(', ')}`,
    ...(guessed.length === 0
      ? []
      : [`taken as cropland by name, the factor table having no "crop" for it: ${guessed.map(titleOf).join(', ')}`]),
  ];
}

function coverageWarnings({ classes, not_modelled: without }: FluxFigures): string[] {
  const partly = classes
    .filter(({ coverage }) => coverage !== null && coverage < 1)
    .map((row) => `${titleOf(row)} ${Math.floor((row.coverage as number) * 1000) / 10} %`);
  const codes = without.map((row) => row.class);
  return [
    ...(partly.length === 0
      ? []
      : [`flux by model is of cells with all months only and is not stretched to the class: ${partly.join(', ')}`]),
    ...(codes.length === 0 ? [] : [`classes without flux by model: ${codes.join(', ')}`]),
  ];
}

function plausibilityWarnings(row: FluxRow): string[] {
  const warnings: string[] = [];
  const [least, greatest] = NEP_SEEN;
  const { nep_tC_ha_yr: nep, rh_tC_ha_yr: rh, nep_over_coefficient: ratio } = row;
  if (nep !== null && (nep < least || nep > greatest)) {
    warnings.push(
      `NEP of ${titleOf(row)} is ${digits(nep)} t C/ha/yr; the Pearl River Delta has ${least} .. ${greatest}`,
    );
  }
  const most = row.crop ? SOIL_RESPIRATION_SEEN.crop : SOIL_RESPIRATION_SEEN.any;
  if (rh !== null && rh > most) {
    warnings.push(
      `respiration of ${titleOf(row)} is ${digits(rh)} t C/ha/yr, above all soil respiration read for China, ${most}`,
    );
  }
  if (ratio !== null && (ratio < 0 || ratio > RATIO_SEEN)) {
    warnings.push(`NEP of ${titleOf(row)} is ${digits(ratio)} times what its coefficients take up`);
  }
  return warnings;
}

function titleOf({ class: code, name }: FluxRow): string {
  return name === '' ? String(code) : `${code} ${name}`;
}

function digits(value: number): string {
  return String(Number(value.toPrecision(3)));
}
