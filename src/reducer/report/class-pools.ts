import { POOLS, type Pool } from '../../shared/carbon/factors.ts';
import { amountText } from '../../shared/carbon/figure-text.ts';
import type { ClassRow } from '../carbon-model.ts';
import { perHectare } from '../zone-rows.ts';
import { barScale, stackedBar } from './bars.ts';
import type { ReportContext } from './context.ts';
import { figureTable, section } from './figure-table.ts';
import { type Html, html, NOTHING, named } from './html.ts';
import { amount, heading, rate, say, text } from './words.ts';

/** @pure Storage of the city by class and pool, with the sequestration of each class. */

export function classPools(context: ReportContext): Html {
  const { city } = context.figures;
  const pools = POOLS.filter((pool) => city.total[`${pool}_tC`] !== null);
  const missing = POOLS.filter((pool) => !pools.includes(pool));
  const absent =
    missing.length === 0 || pools.length === 0
      ? NOTHING
      : html`<p class="soft">${say(({ t, code }) => t.poolsMissing(missing.map((pool) => t[pool]).join(code === 'zh' ? '、' : ', ')))}</p>`;
  return section(
    'classes',
    text('classes'),
    html`<p id="classes-words">${classWords(context, pools)}</p>${poolLegend(pools)}${classTable(context, pools)}${absent}`,
  );
}

function classWords({ figures, nameOf }: ReportContext, pools: readonly Pool[]): Html {
  const { classes, total } = figures.city;
  const most = largest(classes.map((row) => ({ what: row.class, value: row.storage_tC })));
  const pool = largest(pools.map((name) => ({ what: name, value: total[`${name}_tC`] })));
  if (most === null || pool === null) return text('classesNone');
  return say(({ t, code, locale }) =>
    t.classesWords(
      nameOf(most.what)[code],
      amountText(most.value, locale),
      t[pool.what].toLowerCase(),
      amountText(pool.value, locale),
    ),
  );
}

function largest<T>(
  items: readonly { readonly what: T; readonly value: number | null }[],
): { what: T; value: number } | null {
  let best: { what: T; value: number } | null = null;
  for (const { what, value } of items)
    if (value !== null && (best === null || value > best.value)) best = { what, value };
  return best;
}

function poolLegend(pools: readonly Pool[]): Html {
  const items = pools.map(
    (pool) =>
      html`<li><svg viewBox="0 0 14 14" aria-hidden="true"><rect class="f-${pool}" width="14" height="14"/></svg>${text(pool)}</li>`,
  );
  return pools.length === 0 ? NOTHING : html`<ul class="legend">${items}</ul>`;
}

function classTable({ figures, nameOf }: ReportContext, pools: readonly Pool[]): Html {
  const { classes, total } = figures.city;
  const scale = barScale(classes.map(({ storage_tC }) => storage_tC));
  const cells = (row: Omit<ClassRow, 'class' | 'name'>, head: Html, bar: Html) => [
    head,
    amount(row.area_ha),
    ...pools.map((pool) => amount(row[`${pool}_tC`])),
    amount(row.storage_tC),
    rate(perHectare(row.storage_tC, row.area_ha)),
    bar,
    amount(row.sequestration_tC_yr),
  ];
  return figureTable({
    caption: text('classesCaption'),
    columns: [
      { head: heading('class') },
      { head: heading('area') },
      ...pools.map((pool) => ({ head: heading(`${pool}Col`) })),
      { head: heading('storageCol') },
      { head: heading('densityCol') },
      { head: '', kind: 'chart' as const },
      { head: heading('rateCol') },
    ],
    rows: classes.map((row) =>
      cells(
        row,
        classLabel(nameOf(row.class)),
        stackedBar(
          pools.map((pool) => ({ value: row[`${pool}_tC`], fill: pool })),
          scale,
        ),
      ),
    ),
    foot: cells(total, text('allClasses'), NOTHING),
  });
}

/** A class in both languages. */
export function classLabel(name: { readonly en: string; readonly zh: string }): Html {
  return say(({ code }) => named(name[code]));
}
