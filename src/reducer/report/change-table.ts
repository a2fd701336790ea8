import { amountText } from '../../shared/carbon/figure-text.ts';
import type { ChangeFigures, Transition } from '../change-figures.ts';
import { bar, barScale } from './bars.ts';
import { classLabel } from './class-pools.ts';
import type { ReportContext } from './context.ts';
import { figureTable, section } from './figure-table.ts';
import { type Html, html, NOTHING } from './html.ts';
import { amount, heading, say, text } from './words.ts';

/** @pure Which class became which, and what that stored or lost; nothing where there is one date. */

const MOST_ROWS = 30;

export function changeTable(context: ReportContext): Html {
  const { change } = context.figures;
  if (change === null) return NOTHING;
  const moved = change.city.transitions.filter(({ from, to }) => from !== to);
  const sorted = moved.toSorted((a, b) => Math.abs(b.change_tC) - Math.abs(a.change_tC) || b.area_ha - a.area_ha);
  const shown = sorted.slice(0, MOST_ROWS);
  const more =
    moved.length > shown.length
      ? html`<p class="soft">${say(({ t }) => t.changeMost(shown.length, moved.length))}</p>`
      : NOTHING;
  return section(
    'change',
    text('change'),
    html`<p>${changeWords(change)}${worth(change)}</p>${shown.length === 0 ? NOTHING : table(context, change, shown)}${more}`,
  );
}

function changeWords({ from_year: from, to_year: to, city }: ChangeFigures): Html {
  return say(({ t, locale }) => {
    const [tC, ha] = [amountText(Math.abs(city.change_tC), locale), amountText(city.common_ha, locale)];
    if (city.change_tC === 0) return t.changeNone(from, to, ha);
    return city.change_tC < 0 ? t.changeLost(from, to, tC, ha) : t.changeStored(from, to, tC, ha);
  });
}

function worth({ net_present_value: net }: ChangeFigures): Html {
  if (net === null) return NOTHING;
  return say(
    ({ t, locale }) => ` ${t.worth(amountText(net.value, locale), net.currency, amountText(net.value_per_tC, locale))}`,
  );
}

function table(
  { nameOf }: ReportContext,
  { from_year, to_year, city }: ChangeFigures,
  rows: readonly Transition[],
): Html {
  const scale = barScale(rows.map(({ change_tC }) => change_tC));
  return figureTable({
    caption: text('changeCaption'),
    columns: [
      { head: html`${text('from')} (${from_year})` },
      { head: html`${text('to')} (${to_year})`, kind: 'text' },
      { head: heading('area') },
      { head: heading('changeCol') },
      { head: '', kind: 'chart' },
    ],
    rows: rows.map(({ from, to, area_ha, change_tC }) => [
      classLabel(nameOf(from)),
      classLabel(nameOf(to)),
      amount(area_ha),
      amount(change_tC),
      bar(change_tC, scale),
    ]),
    foot: [text('allClasses'), '', amount(city.common_ha), amount(city.change_tC), ''],
  });
}
