import { amountText } from '../../shared/carbon/figure-text.ts';
import type { Scenario } from '../scenarios.ts';
import { bar, barScale } from './bars.ts';
import type { ReportContext } from './context.ts';
import { figureTable, section } from './figure-table.ts';
import { type Html, html, NOTHING } from './html.ts';
import { amount, heading, rateText, say, text, type Words } from './words.ts';

/** @pure The same city with and without soil and small green spaces, and what that does to the order of districts. */

export function scenarioTable(context: ReportContext): Html {
  const { rows, left_out: left } = context.figures.scenarios;
  const hasGreen = rows.some(({ small_green }) => small_green !== null);
  const correlation = left.storage_rank_correlation;
  const order = correlation === null ? text('rankNone') : say(({ t }) => t.rankWords(correlation.toFixed(3)));
  return section(
    'scenarios',
    text(hasGreen ? 'scenarios' : 'scenariosSoil'),
    html`<p>${scenarioWords(context, hasGreen)}${text('space')}${order}</p>${table(rows, hasGreen)}`,
  );
}

function scenarioWords({ figures }: ReportContext, hasGreen: boolean): Html {
  const { rows } = figures.scenarios;
  const [barest] = rows;
  const whole = rows.at(-1);
  if (barest === undefined || whole === undefined) return NOTHING;
  return say((w) =>
    w.t.scenariosWords(
      hasGreen ? w.t.soilAndGreen : w.t.soilAlone,
      changed(w, w.t.storageLower, whole.storage_tC, barest.storage_tC, w.t.unitStorage),
      changed(w, w.t.sequestrationLower, whole.sequestration_tC_yr, barest.sequestration_tC_yr, w.t.unitRate),
    ),
  );
}

function changed({ t, locale }: Words, what: string, whole: number | null, bare: number | null, unit: string): string {
  if (whole === null) return t.noneAnyway(what);
  if (bare === null) return t.notMeasured(what);
  const percent = whole === 0 || bare === whole ? null : ((bare - whole) / Math.abs(whole)) * 100;
  const size = percent === null ? '' : rateText(Math.abs(percent), locale);
  const words = percent === null ? '' : percent < 0 ? t.changeLess(size) : t.changeMore(size);
  return t.wouldBe(what, amountText(bare, locale), amountText(whole, locale), unit, words);
}

function table(rows: readonly Scenario[], hasGreen: boolean): Html {
  const storage = barScale(rows.map(({ storage_tC }) => storage_tC));
  const taken = barScale(rows.map(({ sequestration_tC_yr }) => sequestration_tC_yr));
  const with_ = (is: boolean | null) => text(is === null ? 'notSought' : is ? 'yes' : 'no');
  return figureTable({
    caption: text('scenariosCaption'),
    columns: [
      { head: heading('counted') },
      { head: heading('storageCol') },
      { head: '', kind: 'chart' },
      { head: heading('rateCol') },
      { head: '', kind: 'chart' },
      { head: heading('offsetCol') },
    ],
    rows: rows.map(({ soil, small_green, storage_tC, sequestration_tC_yr, offset_percent }) => [
      html`${text('soilCounted')}${text('colon')}${with_(soil)}${hasGreen ? html` · ${text('greenCounted')}${text('colon')}${with_(small_green)}` : NOTHING}`,
      amount(storage_tC),
      bar(storage_tC, storage),
      amount(sequestration_tC_yr),
      bar(sequestration_tC_yr, taken),
      offset_percent === null ? '-' : offset_percent.toFixed(2),
    ]),
  });
}
