import { durationText, siNumber } from '../../shared/carbon/number-text.ts';
import type { Quote, Started } from '../answers.ts';
import { ApiError, getJson, postJson } from './api.ts';
import { type Child, fill, h } from './dom.ts';
import { addressOf } from './page-address.ts';
import { choice, emptyState, errorState, loaded, loadingState, type Page, problemList, section } from './parts.ts';
import { t } from './words.ts';

/** Starting a run: a spec, its mistakes or its quote, and only then the run. */

interface Specs {
  readonly allowed: boolean;
  readonly specs: readonly { readonly name: string }[];
}

export function startPage(): Page {
  const main = h('div');
  loaded(main, () => getJson<Specs>('api/specs'), startParts);
  return { title: t('start'), element: h('div', {}, h('h1', { tabindex: -1 }, t('start')), main) };
}

function startParts({ allowed, specs }: Specs): Child[] {
  if (!allowed) return [emptyState(t('start_off'), t('start_off_how'))];
  const [first] = specs;
  if (first === undefined) return [emptyState(t('spec_none'), t('spec_none_how'))];
  const editor = h('div');
  const show = (name: string) =>
    loaded(
      editor,
      () => getJson<{ text: string }>(`api/spec?${new URLSearchParams({ name })}`),
      ({ text }) => [editorPart(name, text)],
    );
  show(first.name);
  return [
    choice(
      t('spec_pick'),
      specs.map(({ name }) => [name, name] as const),
      first.name,
      show,
    ),
    editor,
  ];
}

function editorPart(name: string, original: string): HTMLElement {
  const area = h('textarea', {
    id: 'spec-text',
    rows: 18,
    spellcheck: 'false',
    autocapitalize: 'off',
    autocomplete: 'off',
  });
  area.value = original;
  const file = h('input', { id: 'spec-name', type: 'text', value: name, autocomplete: 'off' });
  const answer = h('div', { 'aria-live': 'polite' });
  const request = () => ({ name: file.value, ...(area.value === original ? {} : { text: area.value }) });
  const quote = async () => {
    fill(answer, loadingState());
    try {
      fill(answer, quotePart(await postJson<Quote>('api/plan', request()), confirm));
    } catch (error) {
      fill(answer, refusedPart(error));
    }
  };
  const confirm = async () => {
    try {
      const { run, city, outcome } = await postJson<Started>('api/runs', request());
      location.hash = outcome === 'queued' ? addressOf(['live', run]) : addressOf(['runs', city, run]);
    } catch (error) {
      fill(answer, refusedPart(error));
    }
  };
  // A quote is of the text as it was: what is edited needs a new one.
  for (const input of [area, file]) input.addEventListener('input', () => fill(answer));
  return h(
    'div',
    { class: 'editor' },
    h('label', { for: 'spec-text' }, t('spec_text')),
    area,
    h('label', { for: 'spec-name' }, t('spec_name')),
    file,
    h('p', { class: 'quiet' }, t('spec_name_hint')),
    h(
      'div',
      { class: 'toolbar' },
      h('button', { type: 'button', class: 'primary', onclick: () => void quote() }, t('quote')),
    ),
    answer,
  );
}

function refusedPart(error: unknown): HTMLElement {
  if (!(error instanceof ApiError) || error.problems.length === 0) return errorState(error);
  const count = error.problems.length;
  return h(
    'div',
    { class: 'error', role: 'alert' },
    h('p', { class: 'error-title' }, count === 1 ? t('mistake') : t('mistakes', count)),
    problemList(error),
  );
}

function quotePart(quote: Quote, confirm: () => Promise<void>): HTMLElement {
  const one = (name: string, value: string | number) => h('div', {}, h('dt', {}, name), h('dd', {}, value));
  const numbers = h(
    'dl',
    { class: 'counts' },
    one(t('q_tiles'), quote.tiles),
    one(t('q_reused'), quote.tiles_reused),
    one(t('q_requests'), quote.requests),
    one(t('q_bytes'), `${siNumber(quote.bytes)}B`),
    one(t('q_time'), durationText(quote.cpu_seconds)),
    one(t('q_memory'), `${quote.worker_memory_mb} MB`),
  );
  const button = h('button', { type: 'button', class: 'primary', onclick: () => void confirm() }, t('confirm'));
  const results = h('a', { href: addressOf(['runs', quote.city, quote.run]) }, t('results'));
  return section(
    t('quote_is'),
    quote.unchanged ? h('p', {}, t('unchanged'), ' ', results) : numbers,
    h('details', {}, h('summary', {}, t('as_plan')), h('pre', { tabindex: 0, 'aria-label': t('as_plan') }, quote.text)),
    quote.warnings.length === 0
      ? null
      : h('ul', { class: 'notes' }, ...quote.warnings.map((text) => h('li', {}, text))),
    quote.unchanged ? null : h('div', { class: 'toolbar' }, button),
  );
}
