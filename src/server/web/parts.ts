import { coverageText } from '../../shared/carbon/number-text.ts';
import { ApiError } from './api.ts';
import { type Child, fill, h, s } from './dom.ts';
import { language, named, t } from './words.ts';

/** Small parts that several pages show. */

/** What a page is: its element, and what to end when another takes its place. */
export interface Page {
  readonly title: string;
  readonly element: HTMLElement;
  leave?(): void;
}

const GLYPHS: Readonly<Record<string, string>> = {
  DONE: '✓',
  PARTIAL: '◐',
  FAILED: '✕',
  failed: '✕',
  unreadable: '✕',
  working: '▶',
  queueing: '…',
  cancelled: '■',
  stopped: '■',
};

/** A state by sign, colour and word, so that none of the three is needed alone. */
export function stateBadge(state: string): HTMLElement {
  return h(
    'span',
    { class: 'badge', 'data-state': state },
    h('span', { 'aria-hidden': 'true' }, GLYPHS[state] ?? '•'),
    ' ',
    named('state_', state),
  );
}

/** A share as a bar and its text; the bar is for the eye alone. */
export function coverageBar(share: number | null): HTMLElement {
  const width = Math.round(Math.max(0, Math.min(1, share ?? 0)) * 100);
  const bar = s(
    'svg',
    { class: 'bar', viewBox: '0 0 100 6', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    s('rect', { class: 'bar-ground', width: 100, height: 6 }),
    s('rect', { class: 'bar-fill', width, height: 6 }),
  );
  return h('span', { class: 'coverage' }, bar, h('span', { class: 'share' }, coverageText(share)));
}

export function timeText(iso: string | null): string {
  if (iso === null) return '';
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  return date.toLocaleString(language() === 'zh' ? 'zh-CN' : 'en-GB', { dateStyle: 'medium', timeStyle: 'short' });
}

export function bytesText(bytes: number): string {
  for (const [size, unit] of [
    [1e9, 'GB'],
    [1e6, 'MB'],
    [1e3, 'kB'],
  ] as const) {
    if (bytes >= size) return `${(bytes / size).toFixed(1)} ${unit}`;
  }
  return `${bytes} B`;
}

/** A section with a heading that names it. */
export function section(title: string, ...children: readonly Child[]): HTMLElement {
  const id = `s-${Math.random().toString(36).slice(2, 9)}`;
  return h('section', { class: 'card', 'aria-labelledby': id }, h('h2', { id }, title), ...children);
}

/** Nothing is here yet, and what makes something be here. */
export function emptyState(title: string, how: string, ...children: readonly Child[]): HTMLElement {
  return h('div', { class: 'empty' }, h('p', { class: 'empty-title' }, title), h('p', {}, how), ...children);
}

export function loadingState(): HTMLElement {
  const lines = [92, 70, 84].map((width) => h('span', { class: `skeleton w${width}` }));
  return h(
    'div',
    { class: 'loading', role: 'status' },
    h('span', { class: 'visually-hidden' }, t('loading')),
    ...lines,
  );
}

/** An error with every mistake and what to do. */
export function errorState(error: unknown, again?: () => void): HTMLElement {
  const known = error instanceof ApiError ? error : null;
  return h(
    'div',
    { class: 'error', role: 'alert' },
    h('p', { class: 'error-title' }, known === null ? t('failed_load') : known.message),
    known === null ? h('p', {}, String(error)) : problemList(known),
    again === undefined ? null : h('button', { type: 'button', onclick: again }, t('retry_load')),
  );
}

export function problemList({ problems, remedy }: ApiError): HTMLElement {
  const lines = problems.map(({ where, message, expected, found }) =>
    h(
      'li',
      {},
      h('code', {}, where),
      ` ${message}`,
      expected === undefined ? null : h('span', { class: 'quiet' }, ` · ${t('expected')}: ${expected}`),
      found === undefined ? null : h('span', { class: 'quiet' }, ` · ${t('found')}: ${found}`),
    ),
  );
  return h(
    'div',
    {},
    lines.length === 0 ? null : h('ul', { class: 'problems' }, ...lines),
    remedy === '' ? null : h('p', { class: 'quiet' }, remedy),
  );
}

/** Shows what loads, then what came of it. The answer of a page that was left is thrown away. */
export function loaded<T>(host: HTMLElement, ask: () => Promise<T>, show: (value: T) => Child[]): void {
  fill(host, loadingState());
  host.setAttribute('aria-busy', 'true');
  ask().then(
    (value) => {
      host.removeAttribute('aria-busy');
      fill(host, ...show(value));
    },
    (error: unknown) => {
      if ((error as Error).name === 'AbortError') return;
      host.removeAttribute('aria-busy');
      fill(
        host,
        errorState(error, () => loaded(host, ask, show)),
      );
    },
  );
}

/** A list of choices with its label. */
export function choice(
  label: string,
  options: readonly (readonly [string, string])[],
  value: string,
  onChange: (value: string) => void,
): HTMLElement {
  const select = h(
    'select',
    { onchange: (event) => onChange((event.target as HTMLSelectElement).value) },
    ...options.map(([key, text]) => h('option', { value: key, selected: key === value }, text)),
  );
  return h('label', { class: 'field' }, h('span', {}, label), select);
}
