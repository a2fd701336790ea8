import type { CityAnswer, RunSummary } from '../answers.ts';
import { getJson } from './api.ts';
import { type Column, dataTable } from './data-table.ts';
import { differencePart } from './difference-part.ts';
import { type Child, fill, h } from './dom.ts';
import { addressOf } from './page-address.ts';
import { choice, emptyState, loaded, type Page, section } from './parts.ts';
import { type WaterfallView, waterfallChart } from './waterfall-chart.ts';
import { named, t } from './words.ts';

/** Two runs and what made the difference between them: the waterfall, the same as a table, zones, and words. */

type MeasureKey = 'storage_tC' | 'sequestration_tC_yr';

interface ShownView {
  readonly old: string;
  readonly new: string;
  readonly difference: string;
  readonly parts: Readonly<Record<string, string>>;
}
type Shown = Readonly<Record<MeasureKey, ShownView>>;

interface ComparisonView {
  readonly old: { readonly run: string; readonly year: number };
  readonly new: { readonly run: string; readonly year: number; readonly name: string };
  readonly city: Readonly<Record<MeasureKey, WaterfallView>>;
  readonly zones: readonly (Readonly<Record<MeasureKey, WaterfallView>> & {
    readonly zone: string;
    readonly name: string;
  })[];
  readonly shown: { readonly city: Shown; readonly zones: readonly Shown[] };
  readonly text: string;
}

export function comparePage(a: string | null, b: string | null): Page {
  const main = h('div');
  const result = h('div', { 'aria-live': 'polite' });
  const city = (b ?? a ?? '').split('/')[0] ?? '';
  loaded(
    main,
    () => getJson<{ cities: CityAnswer[] }>('api/cities'),
    ({ cities }) => [pickers(cities, city, a, b)],
  );
  if (a !== null && b !== null) {
    const path = `api/compare?${new URLSearchParams({ a, b })}`;
    loaded(
      result,
      () => getJson<ComparisonView>(path),
      (found) => comparisonParts(found, differencePart(a, b)),
    );
  } else fill(result, h('p', { class: 'quiet' }, t('compare_pick')));
  return { title: t('compare_two'), element: h('div', {}, h('h1', { tabindex: -1 }, t('compare_two')), main, result) };
}

function pickers(cities: readonly CityAnswer[], asked: string, a: string | null, b: string | null): HTMLElement {
  const several = cities.filter(({ runs }) => runs > 1);
  const city = several.some((one) => one.city === asked) ? asked : (several[0]?.city ?? '');
  if (city === '') return emptyState(t('compare_pick'), t('compare_few'));
  const host = h('div', { class: 'toolbar' });
  const show = (chosen: string, old: string | null, next: string | null) =>
    loaded(
      host,
      () => getJson<{ runs: RunSummary[] }>(`api/cities/${encodeURIComponent(chosen)}/runs`),
      ({ runs }) => [citySelect(chosen), ...runSelects(chosen, runs, old, next)],
    );
  const citySelect = (chosen: string) =>
    choice(
      t('city'),
      several.map((one) => [one.city, one.city] as const),
      chosen,
      (value) => show(value, null, null),
    );
  show(city, a, b);
  return host;
}

function runSelects(city: string, runs: readonly RunSummary[], a: string | null, b: string | null): Child[] {
  const finished = runs.filter(
    ({ storage_tC, sequestration_tC_yr }) => storage_tC !== null || sequestration_tC_yr !== null,
  );
  const [first, second] = finished;
  if (first === undefined || second === undefined) return [h('p', { class: 'quiet' }, t('compare_few'))];
  const options = finished.map(
    ({ run, year }) => [`${city}/${run}`, `${run}${year === null ? '' : ` (${year})`}`] as const,
  );
  const known = (name: string | null, other: string) =>
    options.some(([key]) => key === name) ? (name as string) : other;
  let [old, next] = [known(a, `${city}/${second.run}`), known(b, `${city}/${first.run}`)];
  const go = () => {
    location.hash = addressOf(['compare'], { a: old, b: next });
  };
  return [
    choice(t('older'), options, old, (value) => {
      old = value;
    }),
    choice(t('newer'), options, next, (value) => {
      next = value;
    }),
    h('button', { type: 'button', class: 'primary', onclick: go }, t('compare')),
    h(
      'button',
      {
        type: 'button',
        onclick: () => {
          [old, next] = [next, old];
          go();
        },
      },
      t('swap'),
    ),
  ];
}

function comparisonParts(comparison: ComparisonView, difference: HTMLElement): Child[] {
  const { city, shown, zones, old, new: next } = comparison;
  return [
    h('p', { class: 'facts' }, `${next.name}: `, h('span', { class: 'mono' }, `${old.run} → ${next.run}`)),
    h(
      'div',
      { class: 'two' },
      measurePart(t('storage'), t('unit_tc'), city.storage_tC, shown.city.storage_tC),
      measurePart(t('sequestration'), t('unit_tcyr'), city.sequestration_tC_yr, shown.city.sequestration_tC_yr),
    ),
    difference,
    zones.length < 2 ? null : section(t('by_zone'), zonesTable(comparison)),
    section(t('in_words'), h('pre', { tabindex: 0, 'aria-label': t('in_words') }, comparison.text)),
  ];
}

interface PartRow {
  readonly name: string;
  readonly text: string;
}

function measurePart(title: string, unit: string, waterfall: WaterfallView, shown: ShownView): HTMLElement {
  const heading = `${title}, ${unit}`;
  if (waterfall.parts === null) return section(heading, h('p', {}, t('cannot_compare')));
  const parts = Object.entries(shown.parts).filter(([part, text]) => part !== 'zones' || text !== '0');
  const rows: PartRow[] = [
    { name: t('old'), text: shown.old },
    ...parts.map(([part, text]) => ({ name: named('part_', part), text })),
    { name: t('new'), text: shown.new },
  ];
  const columns: Column<PartRow>[] = [
    { key: 'part', heading: t('part'), cell: ({ name }) => name },
    { key: 'value', heading: unit, numeric: true, cell: ({ text }) => text },
  ];
  const total = { name: t('difference'), text: shown.difference };
  return section(
    heading,
    waterfallChart(waterfall, shown.parts, heading),
    dataTable({ caption: heading, columns, rows, total }),
  );
}

function zonesTable({ zones, shown }: ComparisonView): HTMLElement {
  const rows = zones.map((zone, place) => ({ zone, shown: shown.zones[place] as Shown }));
  type Row = (typeof rows)[number];
  const column = (key: MeasureKey, heading: string, unit: string): Column<Row> => ({
    key,
    heading,
    unit,
    numeric: true,
    cell: (row) => row.shown[key].difference,
    sortBy: (row) => row.zone[key].difference,
  });
  return dataTable<Row>({
    caption: t('by_zone'),
    columns: [
      { key: 'name', heading: t('zone'), cell: ({ zone }) => zone.name, sortBy: ({ zone }) => zone.name },
      column('storage_tC', t('change_storage'), t('unit_tc')),
      column('sequestration_tC_yr', t('change_rate'), t('unit_tcyr')),
    ],
    rows,
  });
}
