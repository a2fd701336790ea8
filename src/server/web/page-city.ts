import { amountText } from '../../shared/carbon/figure-text.ts';
import { percentText } from '../../shared/carbon/number-text.ts';
import type { RunSummary } from '../answers.ts';
import { getJson } from './api.ts';
import { type Column, dataTable } from './data-table.ts';
import { h } from './dom.ts';
import { addressOf } from './page-address.ts';
import { coverageBar, loaded, type Page, stateBadge, timeText } from './parts.ts';
import { t } from './words.ts';

const FINISHED = ['DONE', 'PARTIAL', 'FAILED', 'unreadable'];

/** Where the page of a run is: its results, or how far it is. */
export function runAddress({ city, run, state }: Pick<RunSummary, 'city' | 'run' | 'state'>): string {
  return FINISHED.includes(state) ? addressOf(['runs', city, run]) : addressOf(['live', run]);
}

/** Every run of a city, the newest first. */
export function cityPage(city: string): Page {
  const main = h('div');
  loaded(
    main,
    () => getJson<{ runs: RunSummary[] }>(`api/cities/${encodeURIComponent(city)}/runs`),
    ({ runs }) => [runsTable(city, runs)],
  );
  return { title: t('runs_of', city), element: h('div', {}, h('h1', { tabindex: -1 }, t('runs_of', city)), main) };
}

function runsTable(city: string, runs: readonly RunSummary[]): HTMLElement {
  const newest = runs.find(({ state }) => state === 'DONE' || state === 'PARTIAL');
  const amount = (key: string, heading: string, unit: string, of: (run: RunSummary) => number | null) => {
    const column: Column<RunSummary> = {
      key,
      heading,
      unit,
      numeric: true,
      cell: (run) => amountText(of(run)),
      sortBy: of,
    };
    return column;
  };
  const columns: Column<RunSummary>[] = [
    {
      key: 'run',
      heading: t('run'),
      cell: (run) => h('a', { href: runAddress(run) }, run.run),
      sortBy: ({ run }) => run,
    },
    { key: 'state', heading: t('state'), cell: ({ state }) => stateBadge(state), sortBy: ({ state }) => state },
    {
      key: 'finished',
      heading: t('finished'),
      cell: ({ finished }) => timeText(finished),
      sortBy: ({ finished }) => finished,
    },
    { key: 'year', heading: t('year'), numeric: true, cell: ({ year }) => year ?? '-', sortBy: ({ year }) => year },
    amount('storage', t('storage'), t('unit_tc'), (run) => run.storage_tC),
    amount('rate', t('sequestration'), t('unit_tcyr'), (run) => run.sequestration_tC_yr),
    { key: 'offset', heading: t('offset'), numeric: true, cell: (run) => percentText(run.offset_percent) },
    {
      key: 'coverage',
      heading: t('coverage'),
      numeric: true,
      cell: ({ area_ha, coverage }) => (area_ha === null ? '-' : coverageBar(coverage)),
    },
    {
      key: 'compare',
      heading: t('compare'),
      cell: (run) =>
        newest === undefined || newest.run === run.run || run.storage_tC === null
          ? ''
          : h(
              'a',
              { href: addressOf(['compare'], { a: `${city}/${run.run}`, b: `${city}/${newest.run}` }) },
              t('compare_newest'),
            ),
    },
  ];
  return dataTable({ caption: t('runs_of', city), columns, rows: runs, cards: true });
}
