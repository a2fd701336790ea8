import { PARTS, type PartName, type Waterfall } from '../reducer/compare-chain.ts';
import type { SceneChange } from '../reducer/compare-inputs.ts';
import type { Comparison, FactorEffect, OffsetChange, ZoneComparison } from '../reducer/compare-runs.ts';
import { coverageText, fixedText, signedText } from '../shared/carbon/number-text.ts';
import { placeText } from './place-text.ts';
import { alignedRows, plainLine } from './terminal-text.ts';

/** A comparison for a terminal: the waterfall, the zones, then what stands behind each part, in sentences. */

/** Lists longer than this go on in --json. */
const MOST_ROWS = 12;

const PART_NAMES: Readonly<Record<PartName, string>> = {
  zones: 'zones',
  coverage: 'coverage',
  land_change: 'land change',
  green_refinement: 'green refinement',
  soil_source: 'soil source',
  factors: 'factors',
  model_or_area_rule: 'model or area rule',
};

/** Parts that have no line where they are 0. */
const RARE: ReadonlySet<PartName> = new Set(['zones']);

export function comparisonText(comparison: Comparison): string {
  const { old, new: next } = comparison;
  const sections = [
    [`${next.name}: from run ${old.run} (${old.year}) to run ${next.run} (${next.year})`],
    waterfallLines(comparison.city.storage_tC, comparison.city.sequestration_tC_yr),
    zoneLines(comparison.zones),
    sentences(comparison),
    comparison.notes.map((note) => `note: ${note}`),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.map(plainLine).join('\n'))
    .join('\n\n');
}

function waterfallLines(storage: Waterfall, sequestration: Waterfall): string[] {
  const both = [shownWaterfall(storage), shownWaterfall(sequestration)];
  const shown = PARTS.filter((part) => !RARE.has(part) || [storage, sequestration].some(({ parts }) => parts?.[part]));
  const row = (name: string, of: (one: ShownWaterfall) => string | undefined) => [
    name,
    ...both.map((one) => of(one) ?? '-'),
  ];
  return aligned([
    ['', 'storage t C', 'sequestration t C/yr'],
    row('old', (one) => one.old),
    ...shown.map((part) => row(`  ${PART_NAMES[part]}`, ({ parts }) => parts.get(part))),
    row('new', (one) => one.new),
    row('difference', ({ difference }) => difference),
  ]);
}

/** A waterfall as it is printed: every number as its text. */
export interface ShownWaterfall {
  readonly old: string;
  readonly new: string;
  readonly difference: string;
  readonly parts: ReadonlyMap<PartName, string>;
}

/** Levels are rounded, and parts are steps between them: what is printed adds up too. */
export function shownWaterfall(one: Waterfall): ShownWaterfall {
  const digits = digitsOf(one);
  const rounded = (value: number) => Number(value.toFixed(digits));
  const parts = new Map<PartName, string>();
  const ends = { old: fixedText(one.old, digits), new: fixedText(one.new, digits), parts };
  if (one.old === null || one.new === null || one.parts === null) return { ...ends, difference: '-' };
  let level = one.old;
  for (const part of PARTS) {
    const next = level + one.parts[part];
    parts.set(part, step(one.parts[part], rounded(next) - rounded(level), digits));
    level = next;
  }
  return { ...ends, difference: step(one.difference ?? 0, rounded(one.new) - rounded(one.old), digits) };
}

/** A change as `shown`; its sign stays where so few digits leave nothing else of it. */
function step(value: number, shown: number, digits: number): string {
  if (value === 0) return '0';
  const sign = (shown === 0 ? value : shown) < 0 ? '-' : '+';
  return sign + fixedText(Math.abs(shown), digits);
}

/** Zones with the largest change first; each with the part that made most of it. */
function zoneLines(zones: readonly ZoneComparison[]): string[] {
  if (zones.length < 2) return [];
  const size = ({ storage_tC: a, sequestration_tC_yr: b }: ZoneComparison) =>
    [Math.abs(a.difference ?? 0), Math.abs(b.difference ?? 0)] as const;
  const sorted = zones
    .map((zone) => ({ zone, sizes: size(zone) }))
    .sort(({ sizes: a }, { sizes: b }) => b[0] - a[0] || b[1] - a[1])
    .map(({ zone }) => zone);
  const rows = sorted.slice(0, MOST_ROWS).map(({ name, storage_tC: storage, sequestration_tC_yr: rate }) => {
    const main = mainPart(storage.difference === 0 || storage.parts === null ? rate : storage);
    return [
      name,
      shownWaterfall(storage).difference,
      shownWaterfall(rate).difference,
      main === null ? '' : `mostly ${PART_NAMES[main]}`,
    ];
  });
  const lines = aligned([['zone', 'storage t C', 'sequestration t C/yr', ''], ...rows]);
  return [...lines, ...more(zones.length, 'zones')];
}

function mainPart({ parts }: Waterfall): PartName | null {
  if (parts === null) return null;
  const [first] = [...PARTS].sort((a, b) => Math.abs(parts[b]) - Math.abs(parts[a]));
  return first === undefined || parts[first] === 0 ? null : first;
}

function sentences(comparison: Comparison): string[] {
  const { city, offset, scenes, factors } = comparison;
  return [
    changeSentence('Storage', city.storage_tC, 't C'),
    changeSentence('Sequestration', city.sequestration_tC_yr, 't C/yr'),
    coverageSentence(comparison),
    ...classSentences(comparison),
    ...factorSentences(factors),
    ...sceneSentences(scenes),
    ...(offset === null ? [] : [offsetSentence(offset)]),
  ];
}

function changeSentence(what: string, one: Waterfall, unit: string): string {
  if (one.difference === null) return `${what} cannot be compared: a factor table has no columns for it.`;
  if (one.difference === 0) return `${what} is the same.`;
  const main = mainPart(one);
  const percent =
    one.old === null || one.old === 0 ? '' : ` (${signedText((one.difference / Math.abs(one.old)) * 100, 2)} %)`;
  const cause = main === null ? '' : `, mostly by ${PART_NAMES[main]}`;
  return `${what} changes by ${shownWaterfall(one).difference} ${unit}${percent}${cause}.`;
}

function coverageSentence({ city }: Comparison): string {
  const seen = (ha: number, coverage: number | null) =>
    `${fixedText(ha, ha >= 1000 ? 0 : 2)} ha (${coverageText(coverage)})`;
  const before = seen(city.old_area_ha, city.old_coverage);
  const after = seen(city.new_area_ha, city.new_coverage);
  return before === after ? `Seen are ${after} in both runs.` : `Seen were ${before}, now ${after}.`;
}

function classSentences({ classes }: Comparison): string[] {
  const text = (which: readonly Comparison['classes'][number][]) =>
    which
      .slice(0, MOST_ROWS)
      .map(
        ({ class: code, name, area_ha }) =>
          `${name || code} ${signedText(area_ha, Math.abs(area_ha) >= 100 ? 0 : 2)} ha`,
      )
      .join(', ');
  const grew = classes.filter(({ area_ha }) => area_ha > 0);
  const shrank = classes.filter(({ area_ha }) => area_ha < 0);
  return [
    ...(grew.length === 0 ? [] : [`Grew, at the same seen area: ${text(grew)}.`]),
    ...(shrank.length === 0 ? [] : [`Shrank: ${text(shrank)}.`]),
  ];
}

function factorSentences(factors: readonly FactorEffect[]): string[] {
  const lines = factors.slice(0, MOST_ROWS).map((one) => {
    const { class: code, name, column, unit } = one;
    const effects = [effectText(one.storage_tC, 't C'), effectText(one.sequestration_tC_yr, 't C/yr')];
    const effect = effects.filter((text) => text !== null).join(' and ');
    const stated = (value: number | null) => (value === null ? 'not in the table' : String(value));
    return `factor ${name || code}, ${column}: ${stated(one.old)}, now ${stated(one.new)} ${unit}${effect === '' ? '' : ` (${effect})`}`;
  });
  return [...lines, ...more(factors.length, 'factors')];
}

function effectText(value: number | null, unit: string): string | null {
  return value === null || value === 0 ? null : `${signedText(value, Math.abs(value) >= 1000 ? 0 : 2)} ${unit}`;
}

const SCENE_WORDS: Readonly<Record<SceneChange['change'], string>> = {
  added: 'added',
  dropped: 'dropped',
  replaced: 'replaced',
  read_otherwise: 'read otherwise',
};

function sceneSentences(scenes: readonly SceneChange[]): string[] {
  const lines = scenes.slice(0, MOST_ROWS).map((scene) => {
    const { change, layers, url, old_etag, new_etag, old_date, new_date } = scene;
    const dates = [...new Set([old_date, new_date].filter((date) => date !== null))].join(', then ');
    const etags = change === 'replaced' ? `  ETag ${old_etag}, now ${new_etag}` : '';
    return `scene ${SCENE_WORDS[change]}: ${placeText(url)} [${layers.join(', ')}]${dates === '' ? '' : `  ${dates}`}${etags}`;
  });
  return [...lines, ...more(scenes.length, 'scenes')];
}

function offsetSentence(offset: OffsetChange): string {
  const { old_offset_percent: before, new_offset_percent: after, difference_points: difference } = offset;
  if (before === null || after === null || difference === null) return 'The offset cannot be compared: no rates.';
  if (difference === 0) return `The offset is ${before.toFixed(2)} % in both runs.`;
  const parts = `${signedText(offset.sequestration_points ?? 0, 2)} by sequestration, ${signedText(offset.emissions_points ?? 0, 2)} by emissions`;
  return `The offset was ${before.toFixed(2)} %, now ${after.toFixed(2)} %: ${signedText(difference, 2)} points, ${parts}.`;
}

/** Digits behind the point for a column: whole numbers where its change is large, more where it is small. */
function digitsOf({ difference, parts }: Waterfall): number {
  const largest = Math.max(Math.abs(difference ?? 0), ...Object.values(parts ?? {}).map(Math.abs));
  if (largest === 0 || largest >= 1000) return largest === 0 ? 2 : 0;
  return Math.min(6, Math.max(2, 1 - Math.floor(Math.log10(largest))));
}

function more(count: number, what: string): string[] {
  return count <= MOST_ROWS ? [] : [`... and ${count - MOST_ROWS} more ${what} with --json`];
}

/** Columns: the first to the left, numbers to the right, a last text to the left. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  return alignedRows(
    rows.map((row) => row.map(plainLine)),
    new Set([0, 3]),
  );
}
