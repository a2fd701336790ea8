import { amountText } from '../../shared/carbon/figure-text.ts';
import { percentText } from '../../shared/carbon/number-text.ts';
import type { MapLayers, RunDetail, ZoneMap } from '../answers.ts';
import { getJson } from './api.ts';
import { type ClassBar, classChart } from './class-chart.ts';
import { type Child, fill, h } from './dom.ts';
import { explainPart } from './explain-part.ts';
import { addressOf } from './page-address.ts';
import { bytesText, coverageBar, loaded, type Page, section, stateBadge, timeText } from './parts.ts';
import { actions } from './run-actions.ts';
import { scenarioPart } from './scenario-part.ts';
import {
  type Choice,
  type IntervalView,
  intervalsOf,
  type ManifestView,
  scenarioOf,
  type TotalsView,
} from './totals-view.ts';
import { cityName, language, t } from './words.ts';
import { type ZonesPart, zonesPart } from './zones-part.ts';

/** Results of a run: headline with intervals, zones, classes, what was not seen, and the files. */
export function runPage(city: string, run: string): Page {
  const heading = h('h1', { tabindex: -1 }, `${city} ${run}`);
  const main = h('div');
  const path = `api/runs/${encodeURIComponent(city)}/${encodeURIComponent(run)}`;
  loaded(
    main,
    () => getJson<RunDetail>(path),
    (detail) => {
      const { summary, name } = detail;
      fill(heading, summary.year === null ? cityName(name) : t('in_year', cityName(name), summary.year));
      return runParts(detail, path);
    },
  );
  return { title: `${city} ${run}`, element: h('div', {}, heading, main) };
}

function runParts(detail: RunDetail, path: string): Child[] {
  const { summary, files, has_zones } = detail;
  const manifest = detail.manifest as ManifestView | null;
  const totals = detail.totals as TotalsView | null;
  const facts = h(
    'p',
    { class: 'facts' },
    stateBadge(summary.state),
    h('span', { class: 'mono' }, summary.run),
    h('span', {}, timeText(summary.finished)),
    h('a', { href: addressOf(['cities', summary.city]) }, t('runs_of', summary.city)),
    manifest === null ? h('a', { href: addressOf(['live', summary.run]) }, t('live')) : null,
  );
  const failed = manifest === null || manifest.status === 'DONE' ? null : causesPart(manifest, summary.run);
  if (totals === null) {
    const why = manifest === null || summary.storage_tC === null ? t('no_figures') : t('too_large');
    return [facts, failed, h('p', {}, why), filesPart(files), provenancePart(manifest)];
  }
  return [
    facts,
    failed,
    ...figureParts(summary, totals, has_zones ? path : null),
    notesPart(manifest),
    filesPart(files),
    provenancePart(manifest),
  ];
}

function figureParts(summary: RunDetail['summary'], totals: TotalsView, zonesPath: string | null): Child[] {
  const whole = totals.figures.scenarios.rows.at(-1) ?? null;
  let choice: Choice = { soil: true, small: whole?.small_green ?? null };
  const headline = h('div', { class: 'headline' });
  const { zones, city } = totals.figures;
  const explain = explainPart(summary.city, summary.run);
  const mapPath = (map: string) => `${zonesPath ?? ''}/maps/${encodeURIComponent(map)}`;
  const zonesView = zonesPart(zones, city.total, mapPath, (x, y) => {
    explain.explainGrid(x, y);
    explain.element.scrollIntoView({ block: 'nearest' });
  });
  const draw = () => {
    const scenario = scenarioOf(totals, choice);
    fill(headline, ...headlineCards(totals, choice));
    zonesView.show(scenario);
  };
  const toggle = (word: 'with_soil' | 'with_small', enabled: boolean, change: (on: boolean) => Choice) =>
    h(
      'label',
      { class: 'check' },
      h('input', {
        type: 'checkbox',
        checked: enabled,
        disabled: !enabled,
        onchange: (event) => {
          choice = change((event.target as HTMLInputElement).checked);
          draw();
        },
      }),
      t(word),
    );
  const switches = h(
    'fieldset',
    { class: 'switches' },
    h('legend', {}, t('what_counts')),
    toggle('with_soil', true, (soil) => ({ ...choice, soil })),
    toggle('with_small', choice.small !== null, (small) => ({ ...choice, small })),
  );
  draw();
  if (zonesPath === null) zonesView.setMap(null, []);
  else void showMaps(zonesView, zonesPath);
  const { classes, total } = city;
  return [
    switches,
    headline,
    language() === 'en' ? h('p', { class: 'summary' }, totals.figures.scenarios.summary) : null,
    zonesView.element,
    scenarioPart(totals),
    section(
      t('classes'),
      h('p', { class: 'quiet' }, t('classes_whole')),
      classChart(namedClasses(classes, totals), total),
    ),
    explain.element,
  ];
}

/** Outlines, and the maps that the run drew over the same place; what does not load is left out. */
async function showMaps(view: ZonesPart, path: string): Promise<void> {
  const [outlines, layers] = await Promise.all([
    getJson<ZoneMap>(`${path}/zones`).catch(() => null),
    getJson<MapLayers>(`${path}/maps`).catch(() => ({ maps: [] })),
  ]);
  view.setMap(outlines, layers.maps);
}

/** Classes by the names that the factor table has for the language of the page. */
function namedClasses(classes: readonly ClassBar[], { factors = [] }: TotalsView): ClassBar[] {
  const names = new Map(factors.map(({ code, nameZh = '' }) => [code, nameZh]));
  return classes.map((row) => ({ ...row, name: (language() === 'zh' ? names.get(row.class) : '') || row.name }));
}

function headlineCards(totals: TotalsView, choice: Choice): HTMLElement[] {
  const { figures } = totals;
  const { total } = figures.city;
  const scenario = scenarioOf(totals, choice);
  const isWhole = scenario === (figures.scenarios.rows.at(-1) ?? null);
  const spread = intervalsOf(totals, scenario);
  const co2 = isWhole ? total : null;
  const { offset } = figures;
  return [
    card(t('storage'), amountText(scenario?.storage_tC ?? null), t('unit_tc'), [
      intervalText(spread?.storage_tC ?? null),
      co2 === null ? null : t('co2e', amountText(co2.storage_tCO2)),
    ]),
    card(t('per_year'), amountText(scenario?.sequestration_tC_yr ?? null), t('unit_tcyr'), [
      intervalText(spread?.sequestration_tC_yr ?? null),
      co2 === null ? null : t('co2e_yr', amountText(co2.sequestration_tCO2_yr)),
    ]),
    card(t('offset'), percentText(scenario?.offset_percent ?? null), '', [
      offset === null ? t('no_emissions') : t('offset_of', offset.emissions_year, amountText(offset.emissions_tCO2)),
    ]),
    card(t('coverage'), coverageBar(total.coverage), '', [
      t('seen', amountText(total.area_ha), amountText(total.zone_area_ha)),
    ]),
  ];
}

function card(title: string, value: Child, unit: string, lines: readonly (string | null)[]): HTMLElement {
  return h(
    'div',
    { class: 'figure' },
    h('h2', {}, title),
    h('p', { class: 'value' }, value, unit === '' ? null : h('span', { class: 'unit' }, ` ${unit}`)),
    ...lines.filter((line) => line !== null).map((line) => h('p', { class: 'quiet' }, line)),
  );
}

function intervalText(interval: IntervalView | null): string {
  if (interval?.p2_5 == null || interval.p97_5 === null) return t('no_interval');
  return t('interval', amountText(interval.p2_5), amountText(interval.p97_5));
}

function causesPart({ causes, unread }: ManifestView, run: string): HTMLElement {
  const lines = [
    ...causes.map(({ code, message }) => h('li', {}, message, ' ', h('code', {}, code))),
    ...unread.map(({ url, code, message }) =>
      h('li', {}, h('span', { class: 'mono' }, url), ` ${message} `, h('code', {}, code)),
    ),
  ];
  return section(
    t('causes'),
    h('ul', { class: 'problems' }, ...lines),
    actions(run, { canCancel: false, canRetry: true }),
  );
}

function notesPart(manifest: ManifestView | null): HTMLElement | null {
  if (manifest === null || manifest.warnings.length === 0) return null;
  return section(t('notes'), h('ul', { class: 'notes' }, ...manifest.warnings.map((text) => h('li', {}, text))));
}

type Files = RunDetail['files'];

/** Tables first, then maps, then pictures of them: those who look for one are not shown all three. */
function filesPart(files: Files): HTMLElement | null {
  if (files.length === 0) return null;
  const isMap = (name: string) => name.startsWith('maps/') && name.endsWith('.tif');
  const isPicture = (name: string) => name.startsWith('maps/') && !isMap(name);
  const groups: [string, Files][] = [
    [t('files_figures'), files.filter(({ name }) => !name.startsWith('maps/'))],
    [t('files_maps'), files.filter(({ name }) => isMap(name))],
    [t('files_pictures'), files.filter(({ name }) => isPicture(name))],
  ];
  const known = groups.filter(([, group]) => group.length > 0);
  const lists = known.flatMap(([title, group]) => [
    known.length === 1 ? null : h('h3', { class: 'files-title' }, title),
    h('ul', { class: 'files' }, ...group.map(fileItem)),
  ]);
  return section(t('downloads'), ...lists);
}

function fileItem({ name, sizeBytes, href }: Files[number]): HTMLElement {
  const isReport = name.endsWith('.html');
  const props = isReport ? { href, target: '_blank', rel: 'noopener' } : { href, download: true };
  const text = isReport ? t('open_report') : name.replace(/^maps\//, '');
  return h('li', {}, h('a', props, text), h('span', { class: 'quiet' }, ` ${bytesText(sizeBytes)}`));
}

/** Lists longer than this stand in manifest and totals. */
const MOST_SCENES = 20;

function provenancePart(manifest: ManifestView | null): HTMLElement | null {
  if (manifest === null) return null;
  const { inputs, software } = manifest;
  const rows: [string, string[]][] = [
    [t('software'), [`${software.name} ${software.version}, ${software.model}`]],
    [t('spec'), [inputs.spec]],
    [t('factors'), [inputs.factors.url]],
    [t('zones_file'), [inputs.zones.url]],
    [t('scenes'), inputs.scenes.slice(0, MOST_SCENES).map(({ url }) => url)],
  ];
  const more = inputs.scenes.length - MOST_SCENES;
  if (more > 0) rows.at(-1)?.[1].push(`+ ${more}`);
  const list = rows.flatMap(([name, texts]) => [
    h('dt', {}, name),
    ...texts.map((text) => h('dd', { class: 'mono' }, text)),
  ]);
  return section(t('provenance'), h('dl', { class: 'provenance' }, ...list));
}
