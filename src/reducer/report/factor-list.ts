import { POOLS, RATES } from '../../shared/carbon/factors.ts';
import { classLabel } from './class-pools.ts';
import type { ReportContext } from './context.ts';
import { figureTable, section } from './figure-table.ts';
import { type Html, html, NOTHING } from './html.ts';
import { COEFFICIENT_WORDS, heading, rateText, say, text } from './words.ts';

/** @pure Every coefficient that the figures rest on, with its error, its source and how it came about. */

export function factorList(context: ReportContext): Html {
  const { factors } = context.plan;
  const columns = [...POOLS, ...RATES].filter((name) => factors.coefficients.includes(name));
  const present = new Set(context.figures.city.classes.map((row) => row.class));
  // Classes that occur first; within both the order of the table.
  const rows = factors.classes.toSorted((a, b) => Number(present.has(b.code)) - Number(present.has(a.code)));
  const tags = new Map(factors.provenance?.map((row) => [row.code, row]));
  const hasTags = [...tags.values()].some((row) => Object.keys(row.tags).length > 0);
  const table = figureTable({
    caption: text('factorsCaption'),
    columns: [
      { head: heading('class') },
      ...columns.map((name) => ({ head: heading(COEFFICIENT_WORDS[name]) })),
      { head: heading('source'), kind: 'source' as const },
    ],
    rows: rows.map((row) => [
      html`${classLabel(context.nameOf(row.code))} <span class="soft">${row.code}${present.has(row.code) ? NOTHING : html` · ${text('absent')}`}</span>`,
      ...columns.map((name) => coefficient(row.values[name], row.standardErrors[name], tags.get(row.code)?.tags[name])),
      sourceCell(row.source, tags.get(row.code)?.caveat ?? null),
    ]),
  });
  return section(
    'factors',
    text('factors'),
    html`<p>${say(({ t }) => t.factorsWords(factors.classes.length))} ${text('factorTable')}${text('colon')}<code>${factors.url}</code></p>${hasTags ? tagWords() : NOTHING}${table}`,
  );
}

function coefficient(value: number | undefined, error: number | undefined, tag: string | undefined): Html {
  if (value === undefined) return html`-`;
  const spread = error === undefined ? NOTHING : html` ± ${say(({ locale }) => rateText(error, locale))}`;
  return html`${say(({ locale }) => rateText(value, locale))}${spread}${tag === undefined ? NOTHING : html`<br><span class="soft" lang="en">${tag}</span>`}`;
}

/** Sources and caveats stand in the words of the table. */
function sourceCell(source: string | null, caveat: string | null): Html {
  return html`<bdi>${source ?? '-'}</bdi>${caveat === null ? NOTHING : html`<br><span class="soft"><bdi>${caveat}</bdi></span>`}`;
}

function tagWords(): Html {
  const tags = ['tagRead', 'tagDerived', 'tagAssumed', 'tagRecalled'] as const;
  return html`<ul class="plain soft">${tags.map((tag) => html`<li>${text(tag)}</li>`)}</ul>`;
}
