import type { SessionAnswer } from '../answers.ts';
import { getJson, postJson } from './api.ts';
import { fill, h } from './dom.ts';
import { addressOf, parseAddress } from './page-address.ts';
import { citiesPage } from './page-cities.ts';
import { cityPage } from './page-city.ts';
import { comparePage } from './page-compare.ts';
import { livePage, liveRunPage } from './page-live.ts';
import { runPage } from './page-run.ts';
import { signInPage } from './page-signin.ts';
import { startPage } from './page-start.ts';
import { errorState, type Page } from './parts.ts';
import { firstLanguage, type Language, language, setLanguage, t } from './words.ts';

/** The page: header and navigation, and behind the `#` which of its parts is shown. */

const LANGUAGE_KEY = 'citysink.language';
const THEME_KEY = 'citysink.theme';
const app = document.getElementById('app') as HTMLElement;
let shown: Page | null = null;

function route(): Page {
  const { parts, query } = parseAddress(location.hash);
  const [first = '', second = '', third = ''] = parts;
  if (first === '') return citiesPage();
  if (first === 'cities' && second !== '') return cityPage(second);
  if (first === 'runs' && third !== '') return runPage(second, third);
  if (first === 'live') return second === '' ? livePage() : liveRunPage(second);
  if (first === 'compare') return comparePage(query.get('a') ?? null, query.get('b') ?? null);
  if (first === 'start') return startPage();
  const back = h('a', { href: '#/' }, t('back'));
  return { title: t('not_found'), element: h('div', {}, h('h1', { tabindex: -1 }, t('not_found')), back) };
}

function show(session: SessionAnswer, isFirst: boolean): void {
  shown?.leave?.();
  const page = session.signed_in ? route() : signInPage(() => void begin(false));
  shown = page;
  document.title = `${page.title} · citysink`;
  document.documentElement.lang = language() === 'zh' ? 'zh-CN' : 'en';
  const main = h('main', { id: 'main' }, page.element);
  const skip = h('a', { class: 'skip', href: '#main', onclick: (event) => focusMain(event) }, t('skip'));
  fill(app, skip, header(session), main, h('footer', {}, `citysink ${session.version}`));
  if (!isFirst) {
    window.scrollTo(0, 0);
    main.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true });
  }
}

function focusMain(event: Event): void {
  event.preventDefault();
  document.querySelector<HTMLElement>('main h1')?.focus();
}

function header(session: SessionAnswer): HTMLElement {
  const [current = ''] = parseAddress(location.hash).parts;
  const link = (part: string, text: string, isHere: boolean) =>
    h('li', {}, h('a', { href: addressOf(part === '' ? [] : [part]), 'aria-current': isHere ? 'page' : null }, text));
  const links = [
    link('', t('cities'), ['', 'cities', 'runs'].includes(current)),
    link('live', t('live'), current === 'live'),
    link('compare', t('compare'), current === 'compare'),
    session.specs_allowed ? link('start', t('start'), current === 'start') : null,
  ];
  const nav = session.signed_in ? h('nav', { 'aria-label': t('nav') }, h('ul', {}, ...links)) : null;
  return h(
    'header',
    {},
    h('a', { class: 'brand', href: '#/' }, 'citysink'),
    nav,
    h('div', { class: 'settings' }, languageButton(session), themeSelect(), signOutButton(session)),
  );
}

function languageButton(session: SessionAnswer): HTMLElement {
  const other: Language = language() === 'zh' ? 'en' : 'zh';
  const press = () => {
    keep(LANGUAGE_KEY, other);
    setLanguage(other);
    show(session, false);
  };
  return h(
    'button',
    { type: 'button', lang: other === 'zh' ? 'zh-CN' : 'en', class: 'plain', onclick: press },
    other === 'zh' ? '中文' : 'English',
  );
}

function themeSelect(): HTMLElement {
  const now = document.documentElement.dataset.theme ?? 'auto';
  const options = (['auto', 'light', 'dark'] as const).map((theme) =>
    h('option', { value: theme, selected: theme === now }, t(`theme_${theme}`)),
  );
  return h(
    'select',
    { 'aria-label': t('theme'), onchange: (event) => setTheme((event.target as HTMLSelectElement).value) },
    ...options,
  );
}

function signOutButton({ token_needed, signed_in }: SessionAnswer): HTMLElement | null {
  if (!token_needed || !signed_in) return null;
  const leave = () => void postJson('api/session/end').then(() => begin(false));
  return h('button', { type: 'button', class: 'plain', onclick: leave }, t('sign_out'));
}

function setTheme(theme: string): void {
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  keep(THEME_KEY, theme);
}

/** A browser may forbid to keep anything: then choices last as long as the page. */
function keep(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Nothing is lost but the choice.
  }
}

function kept(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

let onAddress: () => void = () => {};

async function begin(isFirst: boolean): Promise<void> {
  try {
    const session = await getJson<SessionAnswer>('api/session');
    onAddress = () => show(session, false);
    show(session, isFirst);
  } catch (error) {
    fill(
      app,
      h(
        'main',
        {},
        h('h1', {}, 'citysink'),
        errorState(error, () => void begin(false)),
      ),
    );
  }
}

setLanguage(firstLanguage(kept(LANGUAGE_KEY), navigator.language));
setTheme(kept(THEME_KEY) ?? 'auto');
window.addEventListener('hashchange', () => onAddress());
void begin(true);
