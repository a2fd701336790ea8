import { amountText, shareText } from '../../shared/carbon/figure-text.ts';
import type { Scenario } from '../scenarios.ts';
import { bar, barScale } from './bars.ts';
import type { ReportContext } from './context.ts';
import { figureTable, section } from './figure-table.ts';
import { type Html, html, NOTHING } from './html.ts';
import { amount, gap, heading, say, text, type Words } from './words.ts';

/** @pure The same city with and without soil and small green spaces, and what that does to the order of districts. */

export function scenarioTable(context: ReportContext): Html {
  const { rows } = context.figures.scenarios;
  const hasGreen = rows.some(({ small_green }) => small_green !== null);
  return section(
    'scenarios',
    text(hasGreen ? 'scenarios' : 'scenariosSoil'),
    html`<p>${say((w) => scenarioWords(context.figures, w).join(gap(w)))}</p>${table(rows, hasGreen)}`,
  );
}

/** Names only what was counted, calls equal amounts equal, and says of how much of the city it speaks. */
function scenarioWords({ scenarios, city, uncertainty }: ReportContext['figures'], w: Words): string[] {
  const { rows, left_out: left } = scenarios;
  const [barest] = rows;
  const whole = rows.at(-1);
  const hasSoil = city.total.soil_tC !== null || city.total.soil_sequestration_tC_yr !== null;
  const hasGreen = whole !== undefined && whole.small_green !== null;
  const isMeasured = whole !== undefined && (whole.storage_tC !== null || whole.sequestration_tC_yr !== null);
  if (barest === undefined || whole === undefined || !isMeasured || !(hasSoil || hasGreen))
    return [w.t.nothingToCompare];
  const what = hasSoil && hasGreen ? w.t.soilAndGreen : hasSoil ? w.t.soilAlone : w.t.greenAlone;
  const amounts = w.t.scenariosWords(
    what,
    changed(w, w.t.storageLower, whole.storage_tC, barest.storage_tC, w.t.unitStorage),
    changed(w, w.t.sequestrationLower, whole.sequestration_tC_yr, barest.sequestration_tC_yr, w.t.unitRate),
  );
  const spread = uncertainty?.left_out.storage_tC ?? null;
  const range =
    spread === null || spread.p2_5 === null || spread.p97_5 === null
      ? []
      : [w.t.leftOutInterval(what, amountText(spread.p2_5, w.locale), amountText(spread.p97_5, w.locale))];
  const correlation = left.storage_rank_correlation;
  const order = correlation === null ? w.t.rankNone : w.t.rankWords(correlation.toFixed(3));
  const { coverage } = city.total;
  const part = coverage === null || coverage >= 1 ? [] : [w.t.amountsOf(shareText(coverage))];
  return [amounts, ...range, order, ...part];
}

/** A share only of a sink that stays one: 75 % more than -40 could be -10 or -70. */
function changed(w: Words, what: string, whole: number | null, bare: number | null, unit: string): string {
  const { t, locale } = w;
  if (whole === null) return t.noneAnyway(what);
  if (bare === null) return t.notMeasured(what);
  if (bare === whole) return t.theSame(what, amountText(whole, locale), unit);
  const size = Math.abs(bare - whole);
  const percent = (size / whole) * 100;
  const shown =
    whole <= 0 || bare < 0
      ? `${amountText(size, locale)} ${unit}`
      : percent < 0.05
        ? t.lessThanTenth
        : `${percent.toFixed(1)} %`;
  const words = bare < whole ? t.changeLess(shown) : t.changeMore(shown);
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
