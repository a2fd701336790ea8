import { amountText } from '../../shared/carbon/figure-text.ts';
import type { ReportContext } from './context.ts';
import { section } from './figure-table.ts';
import { type Html, html, NOTHING, type Value } from './html.ts';
import { say, text } from './words.ts';

/** @pure What was not read, what overlaps, and all that the run has to say beside its figures. */

/** Items of a list; totals.json has every one. */
const MOST_ITEMS = 60;

export function warningList({ figures, unread, failures, warnings }: ReportContext): Html {
  const overlaps = figures.overlaps.filter(({ cells }) => cells >= 1);
  const parts = [
    list(
      'unreadTitle',
      unread,
      ({ url, code, message }) => html`<code>${url}</code> <span lang="en">${message} [${code}]</span>`,
    ),
    list(
      'failuresTitle',
      failures,
      ({ tile, code, message }) => html`${text('tile')} ${tile}: <span lang="en">${message} [${code}]</span>`,
    ),
    list('overlapsTitle', overlaps, ({ first, later, cells, area_ha }) =>
      say(({ t, locale }) => t.overlap(first, later, cells.toLocaleString(locale), amountText(area_ha, locale))),
    ),
    list('notesTitle', warnings, (warning) => html`<span lang="en">${warning}</span>`),
  ];
  const isQuiet = unread.length + failures.length + warnings.length + overlaps.length === 0;
  const note = isQuiet ? text('warningsNone') : text('warningsLanguage');
  return section('warnings', text('warnings'), html`<p class="soft">${note}</p>${parts}`);
}

function list<T>(
  title: 'unreadTitle' | 'failuresTitle' | 'overlapsTitle' | 'notesTitle',
  items: readonly T[],
  words: (item: T) => Value,
): Html {
  if (items.length === 0) return NOTHING;
  const more = items.length - MOST_ITEMS;
  return html`<h3>${text(title)} (${items.length})</h3><ul class="plain">${items.slice(0, MOST_ITEMS).map((item) => html`<li>${words(item)}</li>`)}${
    more > 0 ? html`<li>${say(({ t }) => t.moreInJson(more))}</li>` : NOTHING
  }</ul>`;
}
