import { amountText } from '../../shared/carbon/figure-text.ts';
import { percentText, signedText } from '../../shared/carbon/number-text.ts';
import type { CityAnswer, LiveRun, RunSummary } from '../answers.ts';
import { getJson } from './api.ts';
import { type Column, dataTable } from './data-table.ts';
import { type Child, fill, h } from './dom.ts';
import { addressOf } from './page-address.ts';
import { coverageBar, emptyState, loaded, type Page, stateBadge, timeText } from './parts.ts';
import { cityName, t } from './words.ts';

/** All cities with their newest run, and the runs under way above them. */
export function citiesPage(): Page {
  const main = h('div');
  const live = h('div');
  loaded(
    main,
    () => getJson<{ cities: CityAnswer[] }>('api/cities'),
    ({ cities }) => [cities.length === 0 ? emptyState(t('none_yet'), t('none_yet_how')) : citiesPart(cities)],
  );
  // Runs under way are an extra: a queue that is away leaves the results as they are.
  getJson<{ runs: LiveRun[] }>('api/runs/live').then(
    ({ runs }) => fill(live, runs.length === 0 ? null : liveStrip(runs)),
    () => {},
  );
  return { title: t('cities'), element: h('div', {}, h('h1', { tabindex: -1 }, t('cities')), live, main) };
}

function liveStrip(runs: readonly LiveRun[]): HTMLElement {
  const links = runs.map(({ run, city, state }) =>
    h('li', {}, stateBadge(state), ' ', h('a', { href: addressOf(['live', run]) }, `${city} ${run}`)),
  );
  return h('section', { class: 'strip', 'aria-label': t('live') }, h('strong', {}, t('live')), h('ul', {}, ...links));
}

function citiesPart(cities: readonly CityAnswer[]): HTMLElement {
  const host = h('div');
  const count = h('span', { class: 'quiet', role: 'status' });
  const input = h('input', {
    type: 'search',
    placeholder: t('search'),
    'aria-label': t('search'),
    oninput: () => draw(),
  });
  const draw = () => {
    const wanted = input.value.trim().toLowerCase();
    const found = cities.filter(({ city, name }) =>
      [city, name.en, name.zh ?? ''].some((text) => text.toLowerCase().includes(wanted)),
    );
    fill(count, t('cities_count', found.length, cities.length));
    fill(host, found.length === 0 ? noMatch(input.value, clear) : citiesTable(found));
  };
  const clear = () => {
    input.value = '';
    input.focus();
    draw();
  };
  draw();
  return h('div', {}, h('div', { class: 'toolbar' }, input, count), host);
}

function noMatch(text: string, clear: () => void): HTMLElement {
  return emptyState(t('none_match', text), '', h('button', { type: 'button', onclick: clear }, t('show_all')));
}

function citiesTable(cities: readonly CityAnswer[]): HTMLElement {
  const newest = (of: (run: RunSummary) => string | number | null) => (row: CityAnswer) =>
    row.newest === null ? null : of(row.newest);
  const columns: Column<CityAnswer>[] = [
    {
      key: 'city',
      heading: t('city'),
      cell: (row) => h('a', { href: addressOf(['cities', row.city]) }, cityName(row.name)),
      sortBy: (row) => cityName(row.name),
    },
    {
      key: 'run',
      heading: t('newest_run'),
      cell: ({ newest: run }) => (run === null ? '-' : runCell(run)),
      sortBy: newest(({ finished }) => finished),
    },
    {
      key: 'year',
      heading: t('year'),
      numeric: true,
      cell: (row) => row.newest?.year ?? '-',
      sortBy: newest((run) => run.year),
    },
    amountColumn('storage', t('storage'), t('unit_tc'), (run) => run.storage_tC),
    amountColumn('rate', t('sequestration'), t('unit_tcyr'), (run) => run.sequestration_tC_yr),
    {
      key: 'offset',
      heading: t('offset'),
      numeric: true,
      cell: ({ newest: run }) => percentText(run?.offset_percent ?? null),
      sortBy: newest((run) => run.offset_percent),
    },
    {
      key: 'coverage',
      heading: t('coverage'),
      numeric: true,
      cell: ({ newest: run }) => (run === null || run.area_ha === null ? '-' : coverageBar(run.coverage)),
      sortBy: newest((run) => run.coverage),
    },
    {
      key: 'change',
      heading: t('change_storage'),
      numeric: true,
      cell: changeCell,
      sortBy: (row) => row.change?.storage_percent ?? null,
    },
  ];
  return dataTable({
    caption: t('cities'),
    columns,
    rows: cities,
    cards: true,
    most: 200,
    order: { key: 'city', descending: false },
  });
}

function amountColumn(
  key: string,
  heading: string,
  unit: string,
  of: (run: RunSummary) => number | null,
): Column<CityAnswer> {
  const value = ({ newest }: CityAnswer) => (newest === null ? null : of(newest));
  return { key, heading, unit, numeric: true, cell: (row) => amountText(value(row)), sortBy: value };
}

function runCell(run: RunSummary): HTMLElement {
  return h(
    'span',
    { class: 'stack' },
    h('span', {}, stateBadge(run.state), ' ', h('a', { href: addressOf(['runs', run.city, run.run]) }, run.run)),
    h('span', { class: 'quiet' }, timeText(run.finished)),
  );
}

function changeCell({ city, newest, change }: CityAnswer): Child {
  if (change === null || newest === null) return h('span', { class: 'quiet' }, t('change_none'));
  const { storage_percent: percent, against } = change;
  const text = percent === null ? '-' : percent === 0 ? t('no_change') : `${signedText(percent, 2)} %`;
  return h('a', { href: addressOf(['compare'], { a: `${city}/${against}`, b: `${city}/${newest.run}` }) }, text);
}
