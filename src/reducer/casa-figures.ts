import type { Partial } from '../shared/carbon/partial.ts';
import type { RespirationModel } from '../shared/carbon/respiration.ts';
import { CASA_LIGHT, CASA_RESPIRATION } from '../shared/contracts/counted-names.ts';
import type { Plan } from '../shared/contracts/plan.ts';
import { type CarbonModel, cellUnits } from './carbon-model.ts';
import { type FluxFigures, fluxByModel, type ModelFactors } from './flux-model.ts';
import { quantityFigures } from './layer-figures.ts';
import { addZones, NO_ZONE, type RefinedZone, refineZone } from './refined-zones.ts';

/** @pure The flux by model of zones and city: eps_max of the factor table on light and respiration as they were summed up. */

/** Figures are of land-cover classes as the raster has them: green patches inside of built-up land keep the class of their cells. */
export interface FluxByModel {
  /** The respiration that NEP is made with; `none`: there is no NEP. */
  readonly respiration: RespirationModel;
  readonly city: FluxFigures;
  readonly zones: readonly (FluxFigures & { readonly zone: string })[];
}

/** null: not asked for. */
export function casaFigures(plan: Plan, partial: Partial, model: CarbonModel): FluxByModel | null {
  if (plan.casa === null) return null;
  const { respiration } = plan.casa;
  const factors = modelFactors(plan);
  const figuresOf = (zone: RefinedZone, index: number | null): FluxFigures => {
    const size = { cells: zone.all.cells, seenHa: model.areaHa(zone.seen), units: cellUnits(plan) };
    const layer = (name: string, unit: string) =>
      quantityFigures(plan, partial, index, { name, unit }, size, model.areaHa);
    const light = layer(CASA_LIGHT, 'MJ/m2/yr');
    const respired = respiration === 'none' ? null : layer(CASA_RESPIRATION, 'g C/m2/yr');
    return fluxByModel({ light, respiration: respired }, model.figures(zone).classes, factors);
  };
  const bare = { patches: null, parts: null, score: null, small: true };
  const zones = plan.zones.list.map((_, index) => refineZone(plan, partial, index, bare, model.areaHa));
  const list = zones.map((zone, index) => ({ zone: plan.zones.list[index]?.id ?? '', ...figuresOf(zone, index) }));
  return { respiration, city: figuresOf(zones.reduce(addZones, NO_ZONE), null), zones: list };
}

/** What the model takes of the factor table, by class code. */
export function modelFactors({ factors }: Plan): ReadonlyMap<number, ModelFactors> {
  return new Map(
    factors.classes.map(({ code, name, epsMax, epsMaxSe, crop }) => [code, { code, name, epsMax, epsMaxSe, crop }]),
  );
}
