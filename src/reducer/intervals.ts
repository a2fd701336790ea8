import { CitysinkError } from '../shared/errors.ts';
import { type DrawSummary, summarise } from './draw-summary.ts';
import type { AreaError } from './interval-areas.ts';
import type { UncertainCoefficient } from './interval-coefficients.ts';
import { type Bundle, IntervalDraws } from './interval-draws.ts';
import { IntervalModel, type Term, type Weight } from './interval-model.ts';
import { type VarianceCause, varianceCauses, varianceOf } from './interval-variance.ts';

/**
 * @pure Intervals of figures that are sums of areas times coefficients (storage, sequestration, of zones, classes,
 * scenarios and their differences). One draw a coefficient and simulation, shared by all figures, never by cell: so
 * figures keep their correlation, and a difference of scenarios only varies with what differs.
 */

export const DEFAULT_DRAWS = 10_000;

/** Summaries kept at once: classes in zones are multiples of one another, and scenarios share most of their figures. */
const UNITS_KEPT = 4096;

/** In the figure's unit, t C or t C/yr. */
export interface Interval {
  /** Areas times means: the figure itself. */
  readonly value: number;
  /** Of the draws, as are sd and the quantiles; null where no coefficient of the figure has an error. */
  readonly mean: number | null;
  readonly sd: number | null;
  readonly p2_5: number | null;
  readonly p97_5: number | null;
  /** Square root of the variance in closed form. */
  readonly sdAnalytic: number | null;
  /** sd / sdAnalytic; null where nothing varies. */
  readonly ratio: number | null;
  /** Coefficients of the figure without an error: where there are any, the interval is a lower bound of its width. */
  readonly withoutError: readonly string[];
}

export interface IntervalOptions {
  /** Any text: the digest of the run's inputs, so that the same inputs give the same bits. */
  readonly seed: string;
  readonly draws?: number;
  readonly areaError?: AreaError | null;
}

/** Deviations from the centre of a figure divided by its first area. */
interface UnitSpread extends DrawSummary {
  readonly sdAnalytic: number;
}

/**
 * Intervals under one table of coefficients. Memory: 8 bytes x draws for each coefficient used and each bundle kept;
 * figures are summarised one by one and leave nothing but a few numbers.
 */
export class Intervals {
  private readonly model: IntervalModel;
  private readonly draws: IntervalDraws;
  private readonly units = new Map<string, UnitSpread>();
  private readonly simulated: Float64Array;
  private readonly scratch: Float64Array;

  /** Errors: REQUEST_INVALID for coefficients or a confusion matrix that cannot be used. */
  constructor(coefficients: readonly UncertainCoefficient[], options: IntervalOptions) {
    const { seed, draws = DEFAULT_DRAWS, areaError = null } = options;
    if (!Number.isSafeInteger(draws) || draws < 100) {
      throw new CitysinkError('CONFIG_INVALID', `draws: expected a whole number, 100 or more, found ${draws}`);
    }
    this.model = new IntervalModel(coefficients, areaError);
    this.draws = new IntervalDraws(this.model, areaError?.matrix.classes ?? [], seed, draws);
    this.simulated = new Float64Array(draws);
    this.scratch = new Float64Array(draws);
  }

  interval(terms: Iterable<Term>): Interval {
    const weights = this.model.weights(terms);
    const value = this.model.value(weights);
    const withoutError = this.model.withoutError(weights);
    const bundles = this.draws.bundlesOf(weights);
    const scale = bundles[0]?.areaHa;
    if (scale !== undefined) return { ...placed(value, scale, this.unit(bundles, scale)), withoutError };
    const sure = withoutError.length === 0;
    const centre = sure ? value : null;
    const spread = sure ? 0 : null;
    return {
      value,
      mean: centre,
      sd: spread,
      p2_5: centre,
      p97_5: centre,
      sdAnalytic: spread,
      ratio: null,
      withoutError,
    };
  }

  /** What the figure's variance comes from; the causes add up to sdAnalytic squared. */
  causes(terms: Iterable<Term>): VarianceCause[] {
    return varianceCauses(this.model, this.model.weights(terms));
  }

  /** The spread is made per first area in any case, so that its bits do not hang on what is kept. */
  private unit(bundles: readonly Bundle[], scale: number): UnitSpread {
    const key = bundles.map((bundle) => `${bundle.key}:${bundle.areaHa / scale}`).join();
    const kept = this.units.get(key);
    if (kept !== undefined) return kept;
    const ratios = bundles.map(({ areaHa }) => areaHa / scale);
    weigh(
      this.simulated,
      bundles.map((bundle) => this.draws.sum(bundle)),
      ratios,
    );
    const weights = bundles.flatMap(({ indices }, b) =>
      indices.map((index) => ({ index, areaHa: ratios[b] as number })),
    );
    const sdAnalytic = Math.sqrt(varianceOf(this.model, weights.sort(byIndex)));
    const unit = { ...summarise(this.simulated, this.scratch), sdAnalytic };
    if (this.units.size >= UNITS_KEPT) this.units.delete(this.units.keys().next().value as string);
    this.units.set(key, unit);
    return unit;
  }
}

/** Share of the areas added and taken away below which what is left is rounding, not area. */
const CANCELLED = 1e-12;

/**
 * Terms of a minus b, to get the interval of a difference with the correlation that the two have: one a coefficient.
 * What is in both is in neither, so that it has no error and is not named as lacking one.
 */
export function differenceTerms(a: Iterable<Term>, b: Iterable<Term>): Term[] {
  const nets = new Map<string, { term: Term; net: number; gross: number }>();
  const add = (term: Term, sign: 1 | -1) => {
    const key = `${term.code} ${term.column}`;
    const { net, gross } = nets.get(key) ?? { net: 0, gross: 0 };
    nets.set(key, { term, net: net + sign * term.areaHa, gross: gross + Math.abs(term.areaHa) });
  };
  for (const term of a) add(term, 1);
  for (const term of b) add(term, -1);
  return [...nets.values()].flatMap(({ term, net, gross }) =>
    Math.abs(net) <= CANCELLED * gross ? [] : [{ ...term, areaHa: net }],
  );
}

/** The interval of a figure times a factor that has no error: t CO2, or the share of emissions. */
export function scaledInterval(interval: Interval, factor: number): Interval {
  const times = (value: number | null) => (value === null ? null : value * factor);
  const spread = (value: number | null) => (value === null ? null : value * Math.abs(factor));
  const [low, high] = factor < 0 ? [interval.p97_5, interval.p2_5] : [interval.p2_5, interval.p97_5];
  return {
    ...interval,
    value: interval.value * factor,
    mean: times(interval.mean),
    sd: spread(interval.sd),
    p2_5: times(low),
    p97_5: times(high),
    sdAnalytic: spread(interval.sdAnalytic),
  };
}

function placed(value: number, scale: number, unit: UnitSpread): Omit<Interval, 'withoutError'> {
  const size = Math.abs(scale);
  const [low, high] = scale < 0 ? [unit.p97_5, unit.p2_5] : [unit.p2_5, unit.p97_5];
  return {
    value,
    mean: value + scale * unit.mean,
    sd: size * unit.sd,
    p2_5: value + scale * low,
    p97_5: value + scale * high,
    sdAnalytic: size * unit.sdAnalytic,
    ratio: unit.sdAnalytic === 0 ? null : unit.sd / unit.sdAnalytic,
  };
}

function byIndex(a: Weight, b: Weight): number {
  return a.index - b.index;
}

/** target = sum of ratio x draws, four at a time: the order of the additions is that of the list. */
function weigh(target: Float64Array, draws: readonly Float64Array[], ratios: readonly number[]): void {
  const last = draws.length - 1;
  target.fill(0);
  for (let at = 0; at < draws.length; at += 4) {
    const [a, b, c, d] = [0, 1, 2, 3].map((i) => draws[Math.min(at + i, last)]);
    const [p = 0, q = 0, r = 0, s = 0] = [0, 1, 2, 3].map((i) => ratios[at + i]);
    addFour(target, [a!, b!, c!, d!], [p, q, r, s]);
  }
}

type Four<T> = readonly [T, T, T, T];

function addFour(target: Float64Array, [a, b, c, d]: Four<Float64Array>, [p, q, r, s]: Four<number>): void {
  for (let n = 0; n < target.length; n++) {
    target[n] = target[n]! + p * a[n]! + q * b[n]! + r * c[n]! + s * d[n]!;
  }
}
