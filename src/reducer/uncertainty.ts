import { coverageBounds } from '../shared/carbon/coverage-bounds.ts';
import type { Coefficient } from '../shared/carbon/factors.ts';
import type { Plan } from '../shared/contracts/plan.ts';
import { carbonToCo2, roundFigure } from '../shared/units.ts';
import { type CarbonModel, WHOLE } from './carbon-model.ts';
import type { AreaError } from './interval-areas.ts';
import type { Term } from './interval-model.ts';
import { FLUXES, planCoefficients, STOCKS, type TermsIn, termsUnder } from './interval-terms.ts';
import type { VarianceCause } from './interval-variance.ts';
import { DEFAULT_DRAWS, Intervals, scaledInterval } from './intervals.ts';
import { type LeftOutIntervals, leftOutIntervals } from './left-out-intervals.ts';
import { offsetPercent } from './offset.ts';
import { type IntervalPair, type PublishedInterval, published } from './published-interval.ts';
import { addZones, NO_ZONE, type RefinedZone } from './refined-zones.ts';
import type { ScenarioFigures, ScenarioZones } from './scenarios.ts';

/** @pure Intervals of storage, sequestration and offset from the standard errors of the factor table, and what coverage leaves open. */

export interface Uncertainty {
  readonly draws: number;
  readonly city: IntervalPair & { readonly offset_percent: PublishedInterval | null };
  readonly zones: readonly (IntervalPair & { readonly zone: string })[];
  readonly scenarios: readonly (IntervalPair & { readonly soil: boolean; readonly small_green: boolean | null })[];
  /** The whole against the barest scenario: of the figures under `scenarios.left_out`. */
  readonly left_out: LeftOutIntervals;
  /** Share of the city's variance by cause. */
  readonly causes: { readonly storage: readonly Cause[]; readonly sequestration: readonly Cause[] };
  /** Totals if what was not seen were of the poorest or the richest class that occurs; null where all was seen. */
  readonly coverage_bounds: { readonly storage_tC: Bounds | null; readonly sequestration_tC_yr: Bounds | null };
}

export interface Cause {
  readonly name: string;
  readonly share: number;
}

export interface Bounds {
  readonly low: number;
  readonly high: number;
}

/** Causes that are told; the smallest are left to the eye. */
const MOST_CAUSES = 12;

/** null where nothing has a standard error. */
export function uncertaintyOf(
  plan: Plan,
  model: CarbonModel,
  scenarios: readonly ScenarioZones[],
  { left_out }: Pick<ScenarioFigures, 'left_out'>,
): Uncertainty | null {
  const coefficients = planCoefficients(plan);
  const isExact = coefficients.every(({ standardError }) => standardError === null || standardError === 0);
  if (isExact && plan.accuracy === null) return null;
  // Not the run or its tiling: the same city, year and table give the same draws.
  const seed = `${plan.city} ${plan.year} ${plan.factors.digest}`;
  const intervals = new Intervals(coefficients, { seed, areaError: areaErrorOf(plan) });
  const whole = scenarios.at(-1)?.zones ?? [];
  const city = whole.reduce(addZones, NO_ZONE);
  const termsIn = termsUnder(plan, model);
  const pair = (zone: RefinedZone, soil = true): IntervalPair => ({
    storage_tC: intervalOf(intervals, termsIn(zone, STOCKS, soil)),
    sequestration_tC_yr: intervalOf(intervals, termsIn(zone, FLUXES, soil)),
  });
  const inScenario = ({ soil, zones }: ScenarioZones, index: number | null, columns: readonly Coefficient[]) =>
    termsIn(index === null ? zones.reduce(addZones, NO_ZONE) : (zones[index] ?? NO_ZONE), columns, soil);
  return {
    draws: DEFAULT_DRAWS,
    city: {
      ...pair(city),
      offset_percent: offsetInterval(plan, intervals, termsIn(city, FLUXES), model.uptakeOf(city, WHOLE)),
    },
    zones: whole.map((zone, index) => ({ zone: plan.zones.list[index]?.id ?? '', ...pair(zone) })),
    scenarios: scenarios.map(({ soil, smallGreen, zones }) => ({
      soil,
      small_green: smallGreen,
      ...pair(zones.reduce(addZones, NO_ZONE), soil),
    })),
    left_out: leftOutIntervals(scenarios, inScenario, intervals, left_out),
    causes: {
      storage: causesOf(intervals, termsIn(city, STOCKS)),
      sequestration: causesOf(intervals, termsIn(city, FLUXES)),
    },
    coverage_bounds: {
      storage_tC: boundsOf(plan, model, city, termsIn, STOCKS),
      sequestration_tC_yr: boundsOf(plan, model, city, termsIn, FLUXES),
    },
  };
}

/** Areas of the map, as published, with the error that the sample shows; classes that the table does not know take no part. */
function areaErrorOf({ accuracy, factors }: Plan): AreaError | null {
  if (accuracy === null) return null;
  const known = new Set(factors.classes.map(({ code }) => code));
  return accuracy.matrix.classes.every((code) => known.has(code))
    ? { matrix: accuracy.matrix, centre: 'mapped' }
    : null;
}

function intervalOf(intervals: Intervals, terms: readonly Term[]): PublishedInterval | null {
  return terms.length === 0 ? null : published(intervals.interval(terms));
}

/** `takenTC`: what the offset itself is made of, so that the interval stands at that very number. */
function offsetInterval(
  plan: Plan,
  intervals: Intervals,
  terms: readonly Term[],
  takenTC: number | null,
): PublishedInterval | null {
  const value = offsetPercent(plan, takenTC);
  if (plan.emissions === null || value === null || terms.length === 0) return null;
  const percentPerTC = (carbonToCo2(1) / plan.emissions.tCo2) * 100;
  return { ...published(scaledInterval(intervals.interval(terms), percentPerTC)), value };
}

function causesOf(intervals: Intervals, terms: readonly Term[]): Cause[] {
  const causes: VarianceCause[] = intervals.causes(terms);
  return causes
    .filter(({ share }) => share !== null && share > 0)
    .sort((a, b) => (b.share ?? 0) - (a.share ?? 0) || (a.name < b.name ? -1 : 1))
    .slice(0, MOST_CAUSES)
    .map(({ name, share }) => ({ name, share: roundFigure(share ?? 0) }));
}

function boundsOf(
  plan: Plan,
  model: CarbonModel,
  city: RefinedZone,
  termsIn: TermsIn,
  columns: readonly Coefficient[],
): Bounds | null {
  const values = new Map(planCoefficients(plan).map(({ code, column, mean }) => [`${code} ${column}`, mean]));
  const amountOf = (zone: RefinedZone) =>
    termsIn(zone, columns).reduce(
      (sum, { areaHa, code, column }) => sum + areaHa * (values.get(`${code} ${column}`) ?? 0),
      0,
    );
  if (termsIn(city, columns).length === 0) return null;
  const amount = amountOf(city);
  const densities = [...city.classes].flatMap(([code, refined]) => {
    const areaHa = model.areaHa(refined.tally);
    const total = amountOf({ ...city, classes: new Map([[code, refined]]) });
    return areaHa === 0 ? [] : [total / areaHa];
  });
  const seenHa = model.areaHa(city.seen);
  const bounds = coverageBounds({ amount, seenHa, zoneHa: model.areaHa(city.all) }, densities);
  return bounds === null || bounds.unseenHa <= 0
    ? null
    : { low: roundFigure(bounds.low), high: roundFigure(bounds.high) };
}
