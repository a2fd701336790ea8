import type { Plan } from '../shared/contracts/plan.ts';
import { FIGURE_DIGITS, roundFigure } from '../shared/units.ts';
import type { CarbonModel } from './carbon-model.ts';
import { offsetPercent } from './offset.ts';
import { rankCorrelation } from './rank-correlation.ts';
import { addZones, NO_ZONE, type RefinedZone } from './refined-zones.ts';
import { scenarioSentence } from './scenario-sentence.ts';

/**
 * @pure What soil and small green spaces change: the same city with and without each of them. Fan and Wei 2022
 * (Sustainability 14(5):2680) found for Hangzhou that both change the amount and its pattern.
 */

export interface ScenarioAmounts {
  readonly storage_tC: number | null;
  readonly sequestration_tC_yr: number | null;
}

export interface Scenario extends ScenarioAmounts {
  readonly soil: boolean;
  /** null: green spaces were not looked for, so nothing can be left out. */
  readonly small_green: boolean | null;
  /** Of the year's emissions. */
  readonly offset_percent: number | null;
  readonly zones: readonly (ScenarioAmounts & { readonly zone: string })[];
  readonly classes: readonly (ScenarioAmounts & { readonly class: number })[];
}

/** The whole against the barest scenario. */
export interface LeftOut extends ScenarioAmounts {
  /** Of the whole; null where the whole is 0. */
  readonly storage_percent: number | null;
  readonly sequestration_percent: number | null;
  /** Spearman's rank correlation of zones by density, whole against barest; null below three zones, or where all are equal. */
  readonly storage_rank_correlation: number | null;
  readonly sequestration_rank_correlation: number | null;
  readonly zones: readonly (ScenarioAmounts & { readonly zone: string })[];
}

export interface ScenarioFigures {
  readonly rows: readonly Scenario[];
  readonly left_out: LeftOut;
  /** The same in a sentence. */
  readonly summary: string;
}

/** One way of counting: with soil or not, with small green spaces or not. */
export interface ScenarioZones {
  readonly soil: boolean;
  readonly smallGreen: boolean | null;
  readonly zones: readonly RefinedZone[];
}

/** All combinations, the barest first, the whole last. `zonesOf` gives the zones with or without small green spaces. */
export function scenarioZones(zonesOf: (small: boolean) => readonly RefinedZone[], hasGreen: boolean): ScenarioZones[] {
  const greens = hasGreen ? [false, true] : [null];
  return greens
    .flatMap((smallGreen) => {
      const zones = zonesOf(smallGreen ?? true);
      return [false, true].map((soil) => ({ soil, smallGreen, zones }));
    })
    .sort((a, b) => Number(a.soil) - Number(b.soil));
}

export function scenarioFigures(plan: Plan, model: CarbonModel, all: readonly ScenarioZones[]): ScenarioFigures {
  const rows = all.map((scenario) => rowOf(plan, model, scenario));
  const [barest] = rows;
  const whole = rows.at(-1);
  if (barest === undefined || whole === undefined) throw new RangeError('no scenario');
  const leftOut = leftOutOf(model, all, whole, barest);
  const summary = scenarioSentence(model, {
    city: (all.at(-1)?.zones ?? []).reduce(addZones, NO_ZONE),
    green: whole.small_green !== null,
    whole,
    barest,
    left: leftOut,
    rank: leftOut.storage_rank_correlation,
  });
  return { rows, left_out: leftOut, summary };
}

function rowOf(plan: Plan, model: CarbonModel, { soil, smallGreen, zones }: ScenarioZones): Scenario {
  const city = zones.reduce(addZones, NO_ZONE);
  const total = amountsOf(model, city, soil);
  return {
    soil,
    small_green: smallGreen,
    ...total,
    offset_percent: offsetPercent(plan, model.uptakeOf(city, { soil })),
    zones: zones.map((zone, index) => ({ zone: plan.zones.list[index]?.id ?? '', ...amountsOf(model, zone, soil) })),
    classes: [...city.classes]
      .sort(([a], [b]) => a - b)
      .map(([code, refined]) => ({
        class: code,
        ...amountsOf(model, { ...city, classes: new Map([[code, refined]]) }, soil),
      })),
  };
}

function amountsOf(model: CarbonModel, zone: RefinedZone, soil: boolean): ScenarioAmounts {
  const { storage_tC, sequestration_tC_yr } = model.carbonOf(zone, { soil });
  return { storage_tC, sequestration_tC_yr };
}

function leftOutOf(model: CarbonModel, all: readonly ScenarioZones[], whole: Scenario, barest: Scenario): LeftOut {
  const areas = (all.at(-1)?.zones ?? []).map((zone) => model.areaHa(zone.seen));
  const correlation = (of: (row: ScenarioAmounts) => number | null) =>
    rankCorrelation(densities(whole, areas, of), densities(barest, areas, of));
  const difference = minus(whole, barest);
  return {
    ...difference,
    storage_percent: percentOf(difference.storage_tC, whole.storage_tC),
    sequestration_percent: percentOf(difference.sequestration_tC_yr, whole.sequestration_tC_yr),
    storage_rank_correlation: correlation((row) => row.storage_tC),
    sequestration_rank_correlation: correlation((row) => row.sequestration_tC_yr),
    zones: whole.zones.map((zone, index) => ({ zone: zone.zone, ...minus(zone, barest.zones[index] ?? zone) })),
  };
}

/** Fewer than figures keep: their rounding is not ranked. */
const RANKED_DIGITS = FIGURE_DIGITS - 3;

/** Amount a hectare of each zone that has been seen; null where one of them has no amount. */
function densities(
  row: Scenario,
  areas: readonly number[],
  of: (row: ScenarioAmounts) => number | null,
): number[] | null {
  const values: number[] = [];
  for (const [index, zone] of row.zones.entries()) {
    const [amount, area] = [of(zone), areas[index] ?? 0];
    if (area === 0) continue;
    if (amount === null) return null;
    // Zones of one make are equal, and no noise of a division may rank them.
    values.push(Number((amount / area).toPrecision(RANKED_DIGITS)));
  }
  return values;
}

function minus(a: ScenarioAmounts, b: ScenarioAmounts): ScenarioAmounts {
  const difference = (x: number | null, y: number | null) => (x === null ? null : roundFigure(x - (y ?? 0)));
  return {
    storage_tC: difference(a.storage_tC, b.storage_tC),
    sequestration_tC_yr: difference(a.sequestration_tC_yr, b.sequestration_tC_yr),
  };
}

function percentOf(part: number | null, whole: number | null): number | null {
  return part === null || whole === null || whole === 0 ? null : roundFigure((part / whole) * 100);
}
