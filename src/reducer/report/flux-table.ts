import { amountText } from '../../shared/carbon/figure-text.ts';
import { perHectare } from '../zone-rows.ts';
import { bar, barScale } from './bars.ts';
import { classLabel } from './class-pools.ts';
import type { ReportContext } from './context.ts';
import { figureTable, section } from './figure-table.ts';
import { type Html, html, NOTHING } from './html.ts';
import { amount, heading, rate, say, text } from './words.ts';

/** @pure The flux by model beside the coefficients, by class; nothing where it was not asked for. */

export function fluxTable(context: ReportContext): Html {
  const flux = context.figures.flux_by_model;
  if (flux === null) return NOTHING;
  if (flux.city.total.modelled_area_ha === 0) return section('flux', text('flux'), html`<p>${text('fluxNone')}</p>`);
  return section('flux', text('flux'), html`<p>${fluxWords(context.figures)}</p>${table(context)}`);
}

function fluxWords({ flux_by_model: flux, city }: ReportContext['figures']): Html {
  const headline = flux?.city.headline;
  if (headline === undefined) return NOTHING;
  return say(({ t, locale }) => {
    const area = amountText(headline.modelled_area_ha, locale);
    return headline.nep_tC_yr === null
      ? t.fluxNpp(amountText(headline.npp_tC_yr, locale), area)
      : t.fluxWords(amountText(headline.nep_tC_yr, locale), area, amountText(city.total.sequestration_tC_yr, locale));
  });
}

function table({ figures, nameOf }: ReportContext): Html {
  const rows = figures.flux_by_model?.city.classes ?? [];
  const coefficients = new Map(
    figures.city.classes.map((row) => [row.class, perHectare(row.sequestration_tC_yr, row.area_ha)]),
  );
  const coefficientOf = (code: number) => coefficients.get(code) ?? null;
  const scale = barScale(rows.flatMap((row) => [row.nep_tC_ha_yr, row.npp_tC_ha_yr, coefficientOf(row.class)]));
  return figureTable({
    caption: text('fluxCaption'),
    columns: [
      { head: heading('class') },
      { head: heading('modelled') },
      { head: heading('npp') },
      { head: heading('rh') },
      { head: heading('nep') },
      { head: '', kind: 'thin' },
      { head: heading('rateDensityCol') },
      { head: '', kind: 'thin' },
      { head: heading('ratio') },
    ],
    rows: rows.map((row) => [
      html`${classLabel(nameOf(row.class))}${row.crop ? html` <span class="soft">(${text('crop')})</span>` : NOTHING}`,
      amount(row.modelled_area_ha),
      rate(row.npp_tC_ha_yr),
      rate(row.rh_tC_ha_yr),
      rate(row.nep_tC_ha_yr),
      bar(row.nep_tC_ha_yr ?? row.npp_tC_ha_yr, scale),
      rate(coefficientOf(row.class)),
      bar(coefficientOf(row.class), scale, 'two'),
      rate(row.nep_over_coefficient),
    ]),
  });
}
