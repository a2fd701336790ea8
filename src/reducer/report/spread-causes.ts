import { shareText } from '../../shared/carbon/figure-text.ts';
import type { Cause } from '../uncertainty.ts';
import { bar } from './bars.ts';
import { classLabel } from './class-pools.ts';
import type { ReportContext } from './context.ts';
import { figureTable, section } from './figure-table.ts';
import { clipped, type Html, html, NOTHING } from './html.ts';
import { amount, COEFFICIENT_WORDS, heading, rate, say, share, text, type Words } from './words.ts';

/** @pure What the intervals come from, what was measured of other layers, and how accurate the land cover is. */

export function spreadCauses(context: ReportContext): Html {
  const { uncertainty } = context.figures;
  if (uncertainty === null) return section('intervals', text('uncertainty'), html`<p>${text('uncertaintyNone')}</p>`);
  return section(
    'intervals',
    text('uncertainty'),
    html`${causes(context, uncertainty.causes.storage, 'storage')}${causes(context, uncertainty.causes.sequestration, 'sequestration')}`,
  );
}

/** Of the variance; what causes less is not told. */
const LEAST_SHARE = 0.001;

function causes(context: ReportContext, list: readonly Cause[], what: 'storage' | 'sequestration'): Html {
  const shown = list.filter((cause, index) => index === 0 || cause.share >= LEAST_SHARE);
  const [first] = shown;
  const name = what === 'storage' ? 'storageLower' : 'sequestrationLower';
  if (first === undefined) return html`<p>${say(({ t }) => t.causesNone(t[name]))}</p>`;
  const table = figureTable({
    caption: text(what === 'storage' ? 'causesStorage' : 'causesSequestration'),
    columns: [{ head: heading('cause') }, { head: heading('varianceShare') }, { head: '', kind: 'chart' }],
    rows: shown.map((cause) => [
      causeName(context, cause.name),
      share(cause.share),
      bar(cause.share, { low: 0, high: 1 }),
    ]),
  });
  return html`<p>${say((w) => w.t.causesWords(w.t[name], causeText(context, first.name, w), shareText(first.share)))}</p>${table}`;
}

function causeName(context: ReportContext, name: string): Html {
  return say((w) => causeText(context, name, w));
}

/** `class 10 soil` as `Tree cover: soil`; other names stay as they are. */
function causeText({ nameOf }: ReportContext, name: string, { t, code }: Words): string {
  const [, number, column] = /^class (-?\d+) (\w+)$/.exec(name) ?? [];
  const key = Object.keys(COEFFICIENT_WORDS).find((known) => known === column) as keyof typeof COEFFICIENT_WORDS;
  if (number === undefined || key === undefined) return name;
  const words = t[COEFFICIENT_WORDS[key]];
  return `${clipped(nameOf(Number(number))[code], 60)}${code === 'zh' ? '：' : ': '}${words.toLowerCase()}`;
}

export function measuredLayers({ figures }: ReportContext): Html {
  const { layers } = figures.city;
  if (layers.length === 0) return NOTHING;
  const table = figureTable({
    caption: text('layersWords'),
    columns: [
      { head: heading('layer') },
      { head: heading('mean') },
      { head: heading('unit'), kind: 'text' },
      { head: heading('area') },
      { head: heading('coverageCol') },
    ],
    rows: layers.map(({ layer, mean, unit, area_ha, coverage }) => [
      layer,
      rate(mean),
      unit ?? '-',
      amount(area_ha),
      share(coverage),
    ]),
  });
  return section('layers', text('layers'), table);
}

export function coverAccuracy({ figures, nameOf }: ReportContext): Html {
  const { accuracy } = figures;
  if (accuracy === null) return NOTHING;
  const percent = (value: number) => (value * 100).toFixed(1);
  const table = figureTable({
    caption: text('accuracy'),
    columns: [
      { head: heading('class') },
      { head: heading('mapped') },
      { head: heading('adjusted') },
      { head: heading('adjustedSe') },
      { head: heading('users') },
      { head: heading('producers') },
    ],
    rows: accuracy.classes.map((row) => [
      classLabel(nameOf(row.class)),
      amount(row.mapped_ha),
      amount(row.adjusted_ha),
      amount(row.adjusted_ha_se),
      share(row.users_accuracy),
      share(row.producers_accuracy),
    ]),
  });
  return section(
    'accuracy',
    text('accuracy'),
    html`<p>${say(({ t }) => t.accuracyWords(percent(accuracy.overall_accuracy), percent(accuracy.overall_accuracy_se)))}</p>${table}`,
  );
}
