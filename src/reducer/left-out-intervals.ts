import type { Coefficient } from '../shared/carbon/factors.ts';
import type { Term } from './interval-model.ts';
import { FLUXES, STOCKS } from './interval-terms.ts';
import { differenceTerms, type Intervals } from './intervals.ts';
import { type IntervalPair, type PublishedInterval, published } from './published-interval.ts';
import type { LeftOut, ScenarioAmounts, ScenarioZones } from './scenarios.ts';

/**
 * @pure Intervals of what scenarios leave out. Two scenarios share the draws of all that both count, so only what differs
 * varies: a difference is known far better than one of two independent totals would be.
 */

export interface LeftOutIntervals extends IntervalPair {
  readonly zones: readonly (IntervalPair & { readonly zone: string })[];
  /** One factor alone, added to the barest scenario; `small_green` null: green spaces were not looked for. */
  readonly alone: { readonly soil: IntervalPair; readonly small_green: IntervalPair | null };
}

/** Terms of a scenario in a zone by its index; null: in the city. */
export type ScenarioTerms = (scenario: ScenarioZones, zone: number | null, columns: readonly Coefficient[]) => Term[];

/** `all`: the barest scenario first, the whole last. `leftOut`: the figures that the intervals are of. */
export function leftOutIntervals(
  all: readonly ScenarioZones[],
  termsIn: ScenarioTerms,
  intervals: Intervals,
  leftOut: LeftOut,
): LeftOutIntervals {
  const [barest] = all;
  const whole = all.at(-1);
  if (barest === undefined || whole === undefined) throw new RangeError('no scenario');
  const step = (to: ScenarioZones, zone: number | null): Step => ({ to, from: barest, zone });
  const pair = (one: Step, figures?: ScenarioAmounts): IntervalPair => {
    const of = (columns: readonly Coefficient[], figure?: number | null) =>
      differenceOf(one, columns, termsIn, intervals, figure);
    return {
      storage_tC: of(STOCKS, figures?.storage_tC),
      sequestration_tC_yr: of(FLUXES, figures?.sequestration_tC_yr),
    };
  };
  const soil = all.find((one) => one.soil && one.smallGreen !== true) ?? whole;
  const small = all.find((one) => !one.soil && one.smallGreen === true);
  return {
    ...pair(step(whole, null), leftOut),
    zones: leftOut.zones.map((zone, index) => ({ zone: zone.zone, ...pair(step(whole, index), zone) })),
    alone: { soil: pair(step(soil, null)), small_green: small === undefined ? null : pair(step(small, null)) },
  };
}

interface Step {
  readonly to: ScenarioZones;
  readonly from: ScenarioZones;
  readonly zone: number | null;
}

/** null where neither scenario has anything of the columns. `figure`: as it is published, where it is. */
function differenceOf(
  { to, from, zone }: Step,
  columns: readonly Coefficient[],
  termsIn: ScenarioTerms,
  intervals: Intervals,
  figure?: number | null,
): PublishedInterval | null {
  const [more, less] = [termsIn(to, zone, columns), termsIn(from, zone, columns)];
  if (more.length + less.length === 0) return null;
  const interval = published(intervals.interval(differenceTerms(more, less)));
  // A difference of rounded figures and a rounded difference part in their last digits; there is one number, the figure.
  return figure == null ? interval : { ...interval, value: figure };
}
