import { roundFigure } from '../shared/units.ts';
import type { Interval } from './intervals.ts';

/** @pure Intervals as they are published: rounded like the figures beside them. */

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

export function published(interval: Interval): PublishedInterval {
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
