import { coverageBounds } from '../shared/carbon/coverage-bounds.ts';
import { type Coefficient, POOLS, RATES } from '../shared/carbon/factors.ts';
import type { Plan } from '../shared/contracts/plan.ts';
import { carbonToCo2, roundFigure } from '../shared/units.ts';
import type { CarbonModel } from './carbon-model.ts';
import type { AreaError } from './interval-areas.ts';
import { uncertainCoefficients } from './interval-coefficients.ts';
import type { Term } from './interval-model.ts';
import type { VarianceCause } from './interval-variance.ts';
import { DEFAULT_DRAWS, type Interval, Intervals, scaledInterval } from './intervals.ts';
import { addZones, NO_ZONE, type RefinedZone } from './refined-zones.ts';
import type { ScenarioZones } from './scenarios.ts';

/** @pure Intervals of storage, sequestration and offset from the standard errors of the factor table, and what coverage leaves open. */

/** An interval as it is published, in the unit of its figure. */
export interface PublishedInterval {
  readonly value: number;
  readonly mean: number | null;
  readonly sd: number | null;
  readonly p2_5: number | null;
  readonly p97_5: number | null;
  /** In closed form, beside that of the draws, and how the two compare. */
  readonly sd_analytic: number | null;
  readonly sd_ratio: number | null;
  /** Coefficients that have no error: where there are any, the interval is a lower bound of its width. */
  readonly without_error: readonly string[];
}

export interface IntervalPair {
  readonly storage_tC: PublishedInterval | null;
  readonly sequestration_tC_yr: PublishedInterval | null;
}

export interface Uncertainty {
  readonly draws: number;
  readonly city: IntervalPair & { readonly offset_percent: PublishedInterval | null };
  readonly zones: readonly (IntervalPair & { readonly zone: string })[];
  readonly scenarios: readonly (IntervalPair & { readonly soil: boolean; readonly small_green: boolean | null })[];
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

const STOCKS: readonly Coefficient[] = POOLS;
const FLUXES: readonly Coefficient[] = RATES;
const SOIL: readonly Coefficient[] = ['soil', 'soil_sequestration'];

/** Causes that are told; the smallest are left to the eye. */
const MOST_CAUSES = 12;

/** null where the table has no standard error at all. */
export function uncertaintyOf(plan: Plan, model: CarbonModel, scenarios: readonly ScenarioZones[]): Uncertainty | null {
  // A 0 without an error stands for what is not counted: nothing of it varies.
  const coefficients = uncertainCoefficients(plan.factors).map((one) =>
    one.mean === 0 && one.standardError === null ? { ...one, standardError: 0 } : one,
  );
  const isExact = coefficients.every(({ standardError }) => standardError === null || standardError === 0);
  if (isExact && plan.accuracy === null) return null;
  // Not the run or its tiling: the same city, year and table give the same draws.
  const intervals = new Intervals(coefficients, {
    seed: `${plan.city} ${plan.year} ${plan.factors.digest}`,
    areaError: areaErrorOf(plan),
  });
  const whole = scenarios.at(-1)?.zones ?? [];
  const city = whole.reduce(addZones, NO_ZONE);
  const pair = (zone: RefinedZone, soil: boolean): IntervalPair => ({
    storage_tC: published(intervalOf(plan, model, intervals, zone, STOCKS, soil)),
    sequestration_tC_yr: published(intervalOf(plan, model, intervals, zone, FLUXES, soil)),
  });
  const taken = intervalOf(plan, model, intervals, city, FLUXES, true);
  return {
    draws: DEFAULT_DRAWS,
    city: { ...pair(city, true), offset_percent: offsetInterval(plan, taken) },
    zones: whole.map((zone, index) => ({ zone: plan.zones.list[index]?.id ?? '', ...pair(zone, true) })),
    scenarios: scenarios.map(({ soil, smallGreen, zones }) => ({
      soil,
      small_green: smallGreen,
      ...pair(zones.reduce(addZones, NO_ZONE), soil),
    })),
    causes: {
      storage: causesOf(plan, model, intervals, city, STOCKS),
      sequestration: causesOf(plan, model, intervals, city, FLUXES),
    },
    coverage_bounds: {
      storage_tC: boundsOf(plan, model, city, STOCKS),
      sequestration_tC_yr: boundsOf(plan, model, city, FLUXES),
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

/** Areas that the columns of the table are applied to. Soil of a raster has no error here: it is `sure`, t C. */
function termsOf(
  plan: Plan,
  model: CarbonModel,
  zone: RefinedZone,
  columns: readonly Coefficient[],
  soil: boolean,
): { readonly terms: Term[]; readonly sure: number } {
  const alias = aliases(plan);
  const known = plan.factors.coefficients.filter(
    (column) => columns.includes(column) && (soil || !SOIL.includes(column)),
  );
  const terms: Term[] = [];
  let sure = 0;
  for (const [code, { tally, soilT, soilHa }] of [...zone.classes].sort(([a], [b]) => a - b)) {
    const areaHa = model.areaHa(tally);
    for (const column of known) {
      const tableHa = column === 'soil' ? Math.max(0, areaHa - soilHa) : areaHa;
      if (tableHa > 0) terms.push({ areaHa: tableHa, code: alias(code), column });
    }
    if (soil && columns.includes('soil')) sure += soilT;
  }
  return { terms, sure };
}

/** Rows with the same numbers from the same source are one measurement: they share its error, and so its draws. */
function aliases({ factors, accuracy }: Plan): (code: number) => number {
  // Errors of areas are by class of the map: there every class keeps its own name.
  if (accuracy !== null) return (code) => code;
  const first = new Map<string, number>();
  const byCode = new Map<number, number>();
  for (const { code, values, standardErrors, source } of factors.classes) {
    const key = JSON.stringify([values, standardErrors, source]);
    if (!first.has(key)) first.set(key, code);
    byCode.set(code, source === null ? code : (first.get(key) ?? code));
  }
  return (code) => byCode.get(code) ?? code;
}

function intervalOf(
  plan: Plan,
  model: CarbonModel,
  intervals: Intervals,
  zone: RefinedZone,
  columns: readonly Coefficient[],
  soil: boolean,
): Interval | null {
  const { terms, sure } = termsOf(plan, model, zone, columns, soil);
  if (terms.length === 0 && sure === 0) return null;
  const interval = shifted(intervals.interval(terms), sure);
  if (sure === 0) return interval;
  const withoutError = [...interval.withoutError, 'layers.soil'];
  // Nothing varies, and yet the figure is not exact: its error is not known.
  return interval.sd === 0 ? { ...interval, ...UNKNOWN, withoutError } : { ...interval, withoutError };
}

const UNKNOWN = { mean: null, sd: null, p2_5: null, p97_5: null, sdAnalytic: null, ratio: null };

/** The interval of a figure that is so much more for certain. */
function shifted(interval: Interval, by: number): Interval {
  const add = (value: number | null) => (value === null ? null : value + by);
  const { value, mean, p2_5, p97_5 } = interval;
  return { ...interval, value: value + by, mean: add(mean), p2_5: add(p2_5), p97_5: add(p97_5) };
}

function published(interval: Interval | null): PublishedInterval | null {
  if (interval === null) return null;
  const round = (value: number | null) => (value === null ? null : roundFigure(value));
  const { value, mean, sd, p2_5, p97_5, sdAnalytic, ratio, withoutError } = interval;
  return {
    value: roundFigure(value),
    mean: round(mean),
    sd: round(sd),
    p2_5: round(p2_5),
    p97_5: round(p97_5),
    sd_analytic: round(sdAnalytic),
    sd_ratio: round(ratio),
    without_error: withoutError,
  };
}

function offsetInterval({ emissions }: Plan, taken: Interval | null): PublishedInterval | null {
  if (emissions === null || taken === null) return null;
  return published(scaledInterval(taken, (carbonToCo2(1) / emissions.tCo2) * 100));
}

function causesOf(
  plan: Plan,
  model: CarbonModel,
  intervals: Intervals,
  city: RefinedZone,
  columns: readonly Coefficient[],
): Cause[] {
  const causes: VarianceCause[] = intervals.causes(termsOf(plan, model, city, columns, true).terms);
  return causes
    .filter(({ share }) => share !== null && share > 0)
    .sort((a, b) => (b.share ?? 0) - (a.share ?? 0) || (a.name < b.name ? -1 : 1))
    .slice(0, MOST_CAUSES)
    .map(({ name, share }) => ({ name, share: roundFigure(share ?? 0) }));
}

function boundsOf(plan: Plan, model: CarbonModel, city: RefinedZone, columns: readonly Coefficient[]): Bounds | null {
  const { terms, sure } = termsOf(plan, model, city, columns, true);
  if (terms.length === 0 && sure === 0) return null;
  const values = new Map(plan.factors.classes.map(({ code, values: own }) => [code, own]));
  const amount = terms.reduce(
    (sum, { areaHa, code, column }) => sum + areaHa * (values.get(code)?.[column] ?? 0),
    sure,
  );
  const densities = [...city.classes].flatMap(([code, refined]) => {
    const areaHa = model.areaHa(refined.tally);
    const one = termsOf(plan, model, { ...city, classes: new Map([[code, refined]]) }, columns, true);
    const total = one.terms.reduce((sum, term) => sum + term.areaHa * (values.get(code)?.[term.column] ?? 0), one.sure);
    return areaHa === 0 ? [] : [total / areaHa];
  });
  const seenHa = model.areaHa(city.seen);
  const bounds = coverageBounds({ amount, seenHa, zoneHa: model.areaHa(city.all) }, densities);
  return bounds === null || bounds.unseenHa <= 0
    ? null
    : { low: roundFigure(bounds.low), high: roundFigure(bounds.high) };
}
