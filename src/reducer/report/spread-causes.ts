import { shareText } from '../../shared/carbon/figure-text.ts';
import type { Cause } from '../uncertainty.ts';
import { bar } from './bars.ts';
import { classLabel } from './class-pools.ts';
import type { ReportContext } from './context.ts';
import { figureTable, section } from './figure-table.ts';
import { type Html, html, NOTHING } from './html.ts';
import { amount, rate, say, share, text } from './words.ts';

/** @pure What the intervals come from, what was measured of other layers, and how accurate the land cover is. */

export function spreadCauses({ figures }: ReportContext): Html {
  const { uncertainty } = figures;
  if (uncertainty === null) return section('intervals', text('uncertainty'), html`<p>${text('uncertaintyNone')}</p>`);
  return section(
    'intervals',
    text('uncertainty'),
    html`${causes(uncertainty.causes.storage, 'storage')}${causes(uncertainty.causes.sequestration, 'sequestration')}`,
  );
}

function causes(list: readonly Cause[], what: 'storage' | 'sequestration'): Html {
  const [first] = list;
  const name = what === 'storage' ? 'storageLower' : 'sequestrationLower';
  if (first === undefined) return html`<p>${say(({ t }) => t.causesNone(t[name]))}</p>`;
  const table = figureTable({
    caption: text(what === 'storage' ? 'causesStorage' : 'causesSequestration'),
    columns: [{ head: text('cause') }, { head: text('varianceShare') }, { head: '', kind: 'chart' }],
    rows: list.map((cause) => [cause.name, share(cause.share), bar(cause.share, { low: 0, high: 1 })]),
  });
  return html`<p>${say(({ t }) => t.causesWords(t[name], first.name, shareText(first.share)))}</p>${table}`;
}

export function measuredLayers({ figures }: ReportContext): Html {
  const { layers } = figures.city;
  if (layers.length === 0) return NOTHING;
  const table = figureTable({
    caption: text('layersWords'),
    columns: [
      { head: text('layer') },
      { head: text('mean') },
      { head: text('unit'), kind: 'text' },
      { head: text('area') },
      { head: text('coverageCol') },
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
      { head: text('class') },
      { head: text('mapped') },
      { head: text('adjusted') },
      { head: text('adjustedSe') },
      { head: text('users') },
      { head: text('producers') },
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
