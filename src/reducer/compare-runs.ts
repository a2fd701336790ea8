import type { Plan } from '../shared/contracts/plan.ts';
import { carbonToCo2, roundFigure } from '../shared/units.ts';
import {
  changesOf,
  differenceOf,
  NOISE,
  type PartName,
  type PartTerm,
  type Relation,
  sumBy,
  type Waterfall,
  waterfall,
} from './compare-chain.ts';
import {
  comparisonNotes,
  type FactorChange,
  factorChanges,
  relationOf,
  type SceneChange,
  sceneChanges,
} from './compare-inputs.ts';
import { type ComparedRun, factorsOf, type Measure, zoneState } from './compare-state.ts';
import type { Figures, ZoneFigures } from './totals.ts';

/**
 * @pure What changed between two runs of a city, and why: the difference of each total as a sum of parts, each with its
 * cause. From published figures and stored plans alone; no count is read again.
 */

/** Version of the form of `citysink compare --json`. Fields may be added; none changes its meaning under the same version. */
export const COMPARISON_SCHEMA = 'citysink-comparison-1';

type Waterfalls = Readonly<Record<Measure, Waterfall>>;

export interface SeenChange {
  readonly old_area_ha: number;
  readonly new_area_ha: number;
  /** Seen over zone; null where no cell is in the zone. */
  readonly old_coverage: number | null;
  readonly new_coverage: number | null;
}

export interface ZoneComparison extends Waterfalls, SeenChange {
  readonly zone: string;
  readonly name: string;
}

/** A class as it was counted, before green spaces are told apart. */
export interface ClassChange {
  readonly class: number;
  readonly name: string;
  /** Change of its area at the same seen area: above 0 it grew. */
  readonly area_ha: number;
  /** Its summand of the part `land_change`; null where a run has no such figure. */
  readonly storage_tC: number | null;
  readonly sequestration_tC_yr: number | null;
}

/** A coefficient that differs, with its summand of the part `factors`. */
export interface FactorEffect extends FactorChange {
  readonly storage_tC: number | null;
  readonly sequestration_tC_yr: number | null;
}

export interface OffsetChange {
  readonly old_emissions_tCO2: number;
  readonly new_emissions_tCO2: number;
  readonly old_offset_percent: number | null;
  readonly new_offset_percent: number | null;
  /** Percentage points; `sequestration` and `emissions` add up to it. null where a run has no offset. */
  readonly difference_points: number | null;
  readonly sequestration_points: number | null;
  readonly emissions_points: number | null;
}

interface RunName {
  readonly run: string;
  readonly city: string;
  readonly name: string;
  readonly year: number;
}

export interface Comparison {
  readonly schema: typeof COMPARISON_SCHEMA;
  readonly old: RunName;
  readonly new: RunName;
  readonly city: Waterfalls & SeenChange;
  /** In file order of the new run: those that both have. */
  readonly zones: readonly ZoneComparison[];
  readonly zones_only_old: readonly { readonly zone: string; readonly name: string }[];
  readonly zones_only_new: readonly { readonly zone: string; readonly name: string }[];
  /** Largest change of area first; none where both runs have the same land cover. */
  readonly classes: readonly ClassChange[];
  /** Largest effect first. */
  readonly factors: readonly FactorEffect[];
  readonly scenes: readonly SceneChange[];
  /** null: neither run has emissions, or only one of them. */
  readonly offset: OffsetChange | null;
  /** What cannot be compared, and what to know. */
  readonly notes: readonly string[];
}

const MEASURES = ['storage_tC', 'sequestration_tC_yr'] as const satisfies readonly Measure[];

/** A zone of both runs with all summands of its changes. */
interface ZoneChange {
  readonly was: ZoneFigures;
  readonly is: ZoneFigures;
  readonly changes: Readonly<Record<Measure, readonly PartTerm[]>>;
  /** Change of the area of each class at the same seen area, ha. */
  readonly areas: ReadonlyMap<number, number>;
}

export function compareRuns(old: ComparedRun, next: ComparedRun): Comparison {
  const relation = relationOf(old, next);
  const before = new Map(old.figures.zones.map((zone) => [zone.zone, zone]));
  const after = new Set(next.figures.zones.map(({ zone }) => zone));
  const oldOnly = old.figures.zones.filter(({ zone }) => !after.has(zone));
  const newOnly = next.figures.zones.filter(({ zone }) => !before.has(zone));
  const zones = next.figures.zones.flatMap((is) => {
    const was = before.get(is.zone);
    return was === undefined ? [] : [zoneChange(old, next, relation, was, is)];
  });
  return {
    schema: COMPARISON_SCHEMA,
    old: nameOf(old.plan),
    new: nameOf(next.plan),
    city: {
      ...both((measure) => cityWaterfall(old, next, { zones, oldOnly, newOnly }, relation, measure)),
      ...seenChange(old.figures.city, next.figures.city),
    },
    zones: zones.map(({ was, is, changes }) => ({
      zone: is.zone,
      name: is.name,
      ...both((measure) => waterfall(endsOf(was, is, measure), partSums(changes[measure]), relation.otherModel)),
      ...seenChange(was, is),
    })),
    zones_only_old: oldOnly.map(({ zone, name }) => ({ zone, name })),
    zones_only_new: newOnly.map(({ zone, name }) => ({ zone, name })),
    classes: relation.partOf.shares === 'land_change' ? classChanges(old, next, zones) : [],
    factors: factorEffects(old, next, zones),
    scenes: sceneChanges(old.plan, next.plan),
    offset: offsetChange(old.figures, next.figures),
    notes: [...comparisonNotes(old, next), ...zoneNotes(oldOnly, newOnly, zones), ...holeNotes(relation, zones)],
  };
}

function nameOf({ run, city, name, year }: Plan): RunName {
  return { run, city, name: name.en, year };
}

function both<T>(make: (measure: Measure) => T): Record<Measure, T> {
  return { storage_tC: make('storage_tC'), sequestration_tC_yr: make('sequestration_tC_yr') };
}

function zoneChange(
  old: ComparedRun,
  next: ComparedRun,
  relation: Relation,
  was: ZoneFigures,
  is: ZoneFigures,
): ZoneChange {
  const [before, after] = [zoneState(old, was), zoneState(next, is)];
  const pair = { old: before, new: after, oldFactors: factorsOf(old.plan), newFactors: factorsOf(next.plan) };
  const areas = new Map<number, number>();
  // Nothing to tell of classes where one of the runs saw nothing.
  if (before.shares.size > 0 && after.shares.size > 0) {
    const meanHa = (was.total.area_ha + is.total.area_ha) / 2;
    const add = (code: number, ha: number) => areas.set(code, (areas.get(code) ?? 0) + ha);
    for (const [code, share] of before.shares) add(code, -share * meanHa);
    for (const [code, share] of after.shares) add(code, share * meanHa);
  }
  return { was, is, areas, changes: both((measure) => changesOf(pair, relation, measure)) };
}

function partSums(changes: readonly PartTerm[]): Map<PartName, number> {
  return sumBy(
    changes,
    ({ part }) => part,
    ({ value }) => value,
  );
}

type Counted = Pick<ZoneFigures, 'classes' | 'total'>;

function endsOf(was: Counted, is: Counted, measure: Measure): Parameters<typeof waterfall>[0] {
  return { old: was.total[measure], new: is.total[measure], scale: scaleOf(was, measure) + scaleOf(is, measure) };
}

/** Sum of the sizes of what was added up: sources and sinks do not cancel in it. */
function scaleOf({ classes }: Counted, measure: Measure): number {
  return classes.reduce((sum, row) => {
    if (measure === 'storage_tC') return sum + Math.abs(row.storage_tC ?? 0);
    return sum + Math.abs(row.vegetation_sequestration_tC_yr ?? 0) + Math.abs(row.soil_sequestration_tC_yr ?? 0);
  }, 0);
}

interface ComparedZones {
  readonly zones: readonly ZoneChange[];
  readonly oldOnly: readonly ZoneFigures[];
  readonly newOnly: readonly ZoneFigures[];
}

/** The sum of the zones; those of one run alone come or go as a whole. */
function cityWaterfall(
  old: ComparedRun,
  next: ComparedRun,
  { zones, oldOnly, newOnly }: ComparedZones,
  relation: Relation,
  measure: Measure,
): Waterfall {
  const parts = new Map<PartName, number>();
  const add = (part: PartName, value: number) => parts.set(part, (parts.get(part) ?? 0) + value);
  for (const { changes } of zones) for (const [part, value] of partSums(changes[measure])) add(part, value);
  for (const { total } of newOnly) add('zones', total[measure] ?? 0);
  for (const { total } of oldOnly) add('zones', -(total[measure] ?? 0));
  return waterfall(endsOf(old.figures.city, next.figures.city, measure), parts, relation.otherModel);
}

function seenChange({ total: was }: Counted, { total: is }: Counted): SeenChange {
  return {
    old_area_ha: was.area_ha,
    new_area_ha: is.area_ha,
    old_coverage: was.coverage,
    new_coverage: is.coverage,
  };
}

function classChanges(old: ComparedRun, next: ComparedRun, zones: readonly ZoneChange[]): ClassChange[] {
  const names = new Map(
    [...old.plan.factors.classes, ...next.plan.factors.classes].map(({ code, name }) => [code, name]),
  );
  const areas = sumBy(
    zones.flatMap((zone) => [...zone.areas]),
    ([code]) => code,
    ([, ha]) => ha,
  );
  const effects = both((measure) => effectsOf(zones, measure, 'land_change', ({ from }) => String(from)));
  const known = knownMeasures(old.figures, next.figures);
  const least = NOISE * Math.max(old.figures.city.total.area_ha, next.figures.city.total.area_ha);
  const scales = both((measure) => endsOf(old.figures.city, next.figures.city, measure).scale);
  // A class of the same area may change too: the same raster of soil has other values where it now lies.
  const hasEffect = (code: number) =>
    MEASURES.some((measure) => Math.abs(effects[measure].get(String(code)) ?? 0) > NOISE * scales[measure]);
  return [...areas]
    .filter(([code, ha]) => Math.abs(ha) > least || hasEffect(code))
    .sort(([a, x], [b, y]) => Math.abs(y) - Math.abs(x) || a - b)
    .map(([code, ha]) => ({
      class: code,
      name: names.get(code) ?? '',
      area_ha: roundFigure(ha),
      ...both((measure) => (known[measure] ? roundFigure(effects[measure].get(String(code)) ?? 0) : null)),
    }));
}

/** Summands of a part over all zones, by a key. */
function effectsOf(
  zones: readonly ZoneChange[],
  measure: Measure,
  part: PartName,
  keyOf: (term: PartTerm) => string,
): Map<string, number> {
  const terms = zones.flatMap(({ changes }) => changes[measure].filter((term) => term.part === part));
  return sumBy(terms, keyOf, ({ value }) => value);
}

function knownMeasures(old: Figures, next: Figures): Record<Measure, boolean> {
  return both((measure) => old.city.total[measure] !== null && next.city.total[measure] !== null);
}

function factorEffects(old: ComparedRun, next: ComparedRun, zones: readonly ZoneChange[]): FactorEffect[] {
  const changes = factorChanges(old.plan, next.plan);
  const listed = new Set(changes.map((change) => `${change.class} ${change.column}`));
  // A sealed share, or a soil of 0, takes its part of a raster's soil: it stands with the number that decides it.
  const keyOf = ({ to, column }: PartTerm) => {
    if (column !== 'raster') return `${to} ${column}`;
    return listed.has(`${to} impervious`) ? `${to} impervious` : `${to} soil`;
  };
  const effects = both((measure) => effectsOf(zones, measure, 'factors', keyOf));
  const known = knownMeasures(old.figures, next.figures);
  const scales = both((measure) => endsOf(old.figures.city, next.figures.city, measure).scale || 1);
  const sizeOf = (one: FactorEffect) =>
    Math.max(...MEASURES.map((measure) => Math.abs(one[measure] ?? 0) / scales[measure]));
  return changes
    .map((change) => ({
      ...change,
      ...both((measure) =>
        known[measure] && concerns(change, measure)
          ? roundFigure(effects[measure].get(`${change.class} ${change.column}`) ?? 0)
          : null,
      ),
    }))
    .sort((a, b) => sizeOf(b) - sizeOf(a));
}

function concerns({ unit }: FactorChange, measure: Measure): boolean {
  return (unit === 't C/ha/yr') === (measure === 'sequestration_tC_yr');
}

/** 100 x uptake / emissions: each of both put from old to new, the mean of either order. */
function offsetChange(old: Figures, next: Figures): OffsetChange | null {
  if (old.offset === null || next.offset === null) return null;
  const [before, after] = [old.offset.emissions_tCO2, next.offset.emissions_tCO2];
  const [was, is] = [old.city.total.sequestration_tC_yr, next.city.total.sequestration_tC_yr];
  const ends = {
    old_emissions_tCO2: before,
    new_emissions_tCO2: after,
    old_offset_percent: old.offset.offset_percent,
    new_offset_percent: next.offset.offset_percent,
  };
  const [oldPercent, newPercent] = [old.offset.offset_percent, next.offset.offset_percent];
  if (was === null || is === null || oldPercent === null || newPercent === null) {
    return { ...ends, difference_points: null, sequestration_points: null, emissions_points: null };
  }
  const difference = differenceOf(oldPercent, newPercent);
  const emitted = ((carbonToCo2(was) + carbonToCo2(is)) / 2) * 100 * (1 / after - 1 / before);
  const emissions = roundFigure(was === is ? difference : emitted);
  const taken = before === after ? difference : differenceOf(emissions, difference);
  return {
    ...ends,
    difference_points: difference,
    sequestration_points: taken,
    emissions_points: before === after ? 0 : emissions,
  };
}

/** Change of an outline's area, as a share of it, that is worth a word. */
const OTHER_SIZE = 1e-9;

function zoneNotes(
  oldOnly: readonly ZoneFigures[],
  newOnly: readonly ZoneFigures[],
  zones: readonly ZoneChange[],
): string[] {
  const list = (some: readonly ZoneFigures[]) => some.map(({ zone }) => zone).join(', ');
  const notes: string[] = [];
  if (zones.length === 0) notes.push('no zone has the same id in both runs: nothing but the totals can be compared');
  if (oldOnly.length > 0) notes.push(`zones of the old run alone: ${list(oldOnly)}`);
  if (newOnly.length > 0) notes.push(`zones of the new run alone: ${list(newOnly)}`);
  const resized = zones.filter(
    ({ was, is }) => Math.abs(is.total.zone_area_ha - was.total.zone_area_ha) > OTHER_SIZE * was.total.zone_area_ha,
  );
  if (resized.length > 0) notes.push(`zones of another area: ${list(resized.map(({ is }) => is))}`);
  return notes;
}

/** Change of coverage that is worth a word: a hundredth of a percent. */
const OTHER_COVERAGE = 1e-4;

/** Counts do not say what lies in a hole. */
function holeNotes({ partOf }: Relation, zones: readonly ZoneChange[]): string[] {
  if (partOf.shares !== 'land_change') return [];
  const holed = zones.filter(({ was, is, areas }) => {
    const change = Math.abs((is.total.coverage ?? 0) - (was.total.coverage ?? 0));
    const mixed = [...areas.values()].some((ha) => Math.abs(ha) > NOISE * is.total.zone_area_ha);
    return change > OTHER_COVERAGE && mixed;
  });
  return holed.length === 0
    ? []
    : [
        `shares of classes are those of what each run saw; where coverage differs, a hole over one class looks like a land change: ${holed.map(({ is }) => is.zone).join(', ')}`,
      ];
}
