import { FIGURE_DIGITS } from '../shared/units.ts';
import {
  completedFactors,
  completedSoil,
  type Factors,
  type Measure,
  type Mixture,
  type Term,
  termsOf,
  type ZoneState,
} from './compare-state.ts';

/**
 * @pure The waterfall between two runs. One thing after the other is put from the old run to the new; each part is the
 * change that its step makes. The same chain is gone from the new run to the old, and each part is the mean of both, so
 * that it does not hang on which run is named first (polar decomposition: Dietzenbacher and Los 1998, Economic Systems
 * Research 10(4):307). Either way the parts telescope: they add up to the difference.
 */

/** In the order of the chain. `zones`: other outlines, and zones that one run alone has. */
export const PARTS = [
  'zones',
  'coverage',
  'land_change',
  'green_refinement',
  'soil_source',
  'factors',
  'model_or_area_rule',
] as const;
export type PartName = (typeof PARTS)[number];
export type Parts = Readonly<Record<PartName, number>>;

export type Thing = 'zoneHa' | 'coverage' | 'shares' | 'moves' | 'soil' | 'factors';

/** How two runs relate, for the rules of the chain (compare-inputs.ts decides). */
export interface Relation {
  /** Grid, area rule, zone rule or model differ. */
  readonly otherModel: boolean;
  /** With which part each thing goes from one run to the other: of the same scenes no class has grown. */
  readonly partOf: Readonly<Record<Thing, PartName>>;
}

function thingsOf(part: PartName, { partOf }: Relation): Thing[] {
  return (Object.keys(partOf) as Thing[]).filter((thing) => partOf[thing] === part);
}

/** One end of the chain. What a run does not know of a zone (nothing seen there, no such row) is as in the other. */
function endOf(own: ZoneState, other: ZoneState, factors: Factors, otherFactors: Factors): Mixture {
  const isSeen = own.shares.size > 0;
  const { shares, moves } = isSeen ? own : other;
  return {
    zoneHa: own.zoneHa,
    coverage: own.coverage ?? other.coverage ?? 0,
    shares,
    moves,
    soil: isSeen || own.soil === null || other.soil === null ? completedSoil(own, other) : other.soil,
    factors: completedFactors(factors, otherFactors),
  };
}

export interface ZonePair {
  readonly old: ZoneState;
  readonly new: ZoneState;
  readonly oldFactors: Factors;
  readonly newFactors: Factors;
}

/** A change of one summand, from one step of the chain. */
export interface PartTerm extends Term {
  readonly part: PartName;
}

/** Changes of one measure in one zone, term by term: their sum over a part is the part. */
export function changesOf(pair: ZonePair, relation: Relation, measure: Measure): PartTerm[] {
  const from = endOf(pair.old, pair.new, pair.oldFactors, pair.newFactors);
  const to = endOf(pair.new, pair.old, pair.newFactors, pair.oldFactors);
  return [...walked(from, to, relation, measure, 0.5), ...walked(to, from, relation, measure, -0.5)];
}

function walked(from: Mixture, to: Mixture, relation: Relation, measure: Measure, weight: number): PartTerm[] {
  const changes: PartTerm[] = [];
  let present = from;
  for (const part of PARTS) {
    const things = thingsOf(part, relation);
    if (things.length === 0) continue;
    const next: Mixture = { ...present, ...Object.fromEntries(things.map((thing) => [thing, to[thing]])) };
    for (const term of termsOf(next, measure)) changes.push({ ...term, part, value: weight * term.value });
    for (const term of termsOf(present, measure)) changes.push({ ...term, part, value: -weight * term.value });
    present = next;
  }
  return changes;
}

/** Sums by a key, in the order in which keys first occur. */
export function sumBy<T, K>(items: readonly T[], keyOf: (item: T) => K, amountOf: (item: T) => number): Map<K, number> {
  const sums = new Map<K, number>();
  for (const item of items) sums.set(keyOf(item), (sums.get(keyOf(item)) ?? 0) + amountOf(item));
  return sums;
}

/** Published figures have 12 digits: below this share of the amounts that were added up nothing can be told. */
export const NOISE = 1e-10;

/** Beyond it something else than rounding is left, and is named as what it is: not explained by the other parts. */
const UNEXPLAINED = 1e-8;

export interface Waterfall {
  readonly old: number | null;
  readonly new: number | null;
  /** new - old, to the last digit that both publish; null where one has no such figure. */
  readonly difference: number | null;
  /** They add up to the difference; null where there is none. */
  readonly parts: Parts | null;
}

export interface Ends {
  readonly old: number | null;
  readonly new: number | null;
  /** Sum of the sizes of all amounts that were added up, without their signs. */
  readonly scale: number;
}

/** Parts to published digits. What rounding leaves goes to the largest part, or to the model where it is another. */
export function waterfall(ends: Ends, found: ReadonlyMap<PartName, number>, otherModel: boolean): Waterfall {
  if (ends.old === null || ends.new === null) return { old: ends.old, new: ends.new, difference: null, parts: null };
  const round = rounding(Math.max(Math.abs(ends.old), Math.abs(ends.new)));
  const difference = differenceOf(ends.old, ends.new);
  const least = NOISE * ends.scale;
  const parts = new Map(
    PARTS.map((name) => {
      const value = round(found.get(name) ?? 0);
      return [name, Math.abs(value) <= least ? 0 : value];
    }),
  );
  const left = difference - sumOf(parts);
  const isLarge = Math.abs(left) > UNEXPLAINED * ends.scale;
  const taker = otherModel || isLarge ? 'model_or_area_rule' : largest(parts, found);
  const others = sumOf(parts) - (parts.get(taker) ?? 0);
  if (Math.abs(left) > 0) parts.set(taker, round(difference - others));
  return { old: ends.old, new: ends.new, difference, parts: Object.fromEntries(parts) as Parts };
}

/** new - old, to the last place that both are published with. */
export function differenceOf(old: number, next: number): number {
  return rounding(Math.max(Math.abs(old), Math.abs(next)))(next - old);
}

function sumOf(parts: ReadonlyMap<PartName, number>): number {
  return [...parts.values()].reduce((sum, value) => sum + value, 0);
}

function largest(parts: ReadonlyMap<PartName, number>, found: ReadonlyMap<PartName, number>): PartName {
  const size = (name: PartName) => Math.abs(parts.get(name) || (found.get(name) ?? 0));
  return PARTS.reduce((best, name) => (size(name) > size(best) ? name : best), 'model_or_area_rule' as PartName);
}

/** To the last place of a published figure of this size; the same for both signs, and never -0. */
function rounding(size: number): (value: number) => number {
  if (size === 0) return (value) => value;
  const places = Math.min(100, Math.max(0, FIGURE_DIGITS - 1 - Math.floor(Math.log10(size))));
  return (value) => Number(value.toFixed(places)) + 0;
}
