import { amountText, shareText } from '../../shared/carbon/figure-text.ts';
import { carbonToCo2 } from '../../shared/units.ts';
import type { PublishedInterval } from '../published-interval.ts';
import { perHectare } from '../zone-rows.ts';
import { intervalStrip } from './bars.ts';
import type { ReportContext } from './context.ts';
import { section } from './figure-table.ts';
import { type Html, html, NOTHING } from './html.ts';
import { gap, rate, say, text, type Words } from './words.ts';

/** @pure Storage, sequestration and offset of the city, each with its interval, and how much of the city was seen. */

export function headline({ figures }: ReportContext): Html {
  return section(
    'headline',
    text('headline'),
    html`<div class="cards">${storageCard(figures)}${sequestrationCard(figures)}${offsetCard(figures)}</div>${coverageWords(figures)}`,
  );
}

type Figures = ReportContext['figures'];

function storageCard({ city, uncertainty }: Figures): Html {
  const { storage_tC: value, storage_tCO2: co2, area_ha } = city.total;
  if (value === null || co2 === null) return card(text('storage'), html`<p>${text('noStorage')}</p>`);
  return card(
    text('storage'),
    html`${bigFigure(value, (w) => w.t.unitStorage)}
<p>${figureLine(co2, (w) => w.t.unitStorageCo2)} · ${rate(perHectare(value, area_ha))} ${text('unitDensity')}</p>
${intervalWords(
  uncertainty?.city.storage_tC ?? null,
  (w) => w.t.unitStorage,
  (w) => w.t.unitStorageCo2,
)}
<p class="soft">${text('storageWords')}</p>`,
  );
}

function sequestrationCard({ city, uncertainty }: Figures): Html {
  const { sequestration_tC_yr: value, sequestration_tCO2_yr: co2, area_ha } = city.total;
  if (value === null || co2 === null) return card(text('sequestration'), html`<p>${text('noSequestration')}</p>`);
  return card(
    text('sequestration'),
    html`${bigFigure(value, (w) => w.t.unitRate)}
<p>${figureLine(co2, (w) => w.t.unitRateCo2)} · ${rate(perHectare(value, area_ha))} ${text('unitRateDensity')}</p>
${intervalWords(
  uncertainty?.city.sequestration_tC_yr ?? null,
  (w) => w.t.unitRate,
  (w) => w.t.unitRateCo2,
)}
<p class="soft">${text(value < 0 ? 'sourceWords' : 'uptakeWords')}</p>`,
  );
}

function offsetCard({ offset, uncertainty }: Figures): Html {
  if (offset === null) return card(text('offset'), html`<p>${text('noOffset')}</p>`);
  const { offset_percent: percent, emissions_tCO2, emissions_year, emissions_source } = offset;
  const source = html`<p class="soft small">${text('offsetSource')}${text('colon')}<bdi>${emissions_source}</bdi></p>`;
  if (percent === null) return card(text('offset'), html`<p>${text('noOffsetRate')}</p>${source}`);
  return card(
    text('offset'),
    html`<div class="figure">${percent.toFixed(2)} <span class="unit">%</span></div>
<p>${say(({ t, locale }) => t.offsetWords(amountText(emissions_tCO2, locale), emissions_year))}</p>
${intervalWords(uncertainty?.city.offset_percent ?? null, () => '%', null)}${source}`,
  );
}

function card(heading: Html, body: Html): Html {
  return html`<div class="card"><h3>${heading}</h3>${body}</div>`;
}

type Unit = (w: Words) => string;

function bigFigure(value: number, unit: Unit): Html {
  return html`<div class="figure">${figureLine(value, (w) => html`<span class="unit">${unit(w)}</span>`)}</div>`;
}

function figureLine(value: number, unit: (w: Words) => string | Html): Html {
  return say((w) => html`${amountText(value, w.locale)} ${unit(w)}`);
}

/** The outer quantiles in carbon, and in CO2e where the figure has a unit of it. */
function intervalWords(interval: PublishedInterval | null, unit: Unit, co2Unit: Unit | null): Html {
  if (interval === null || interval.p2_5 === null || interval.p97_5 === null)
    return html`<p class="soft">${text('noInterval')}</p>`;
  const { value, p2_5: low, p97_5: high, without_error: lacking } = interval;
  const range = (w: Words, words: Unit, factor: number) =>
    w.t.interval(amountText(low * factor, w.locale), amountText(high * factor, w.locale), words(w));
  const co2 = co2Unit === null ? NOTHING : html` (${say((w) => co2Range(w, low, high, co2Unit))})`;
  const bound =
    lacking.length === 0 ? NOTHING : html`<p class="soft">${say(({ t }) => t.lowerBound(lacking.length))}</p>`;
  return html`${intervalStrip(value, low, high)}<p>${say((w) => range(w, unit, 1))}${co2}</p>${bound}`;
}

function co2Range(w: Words, low: number, high: number, unit: Unit): string {
  const co2 = (tC: number) => amountText(carbonToCo2(tC), w.locale);
  return `${w.t.mapLegend(co2(low), co2(high))} ${unit(w)}`;
}

function coverageWords({ city, uncertainty }: Figures): Html {
  const { coverage, area_ha, zone_area_ha } = city.total;
  if (coverage === null) return html`<p>${text('coverageNone')}</p>`;
  const seen = say(({ t, locale }) =>
    t.coverageNote(amountText(area_ha, locale), amountText(zone_area_ha, locale), shareText(coverage)),
  );
  const bounds = uncertainty?.coverage_bounds;
  const open = (found: { low: number; high: number } | null | undefined, what: 'storage' | 'sequestration') =>
    found == null
      ? NOTHING
      : say((w) => {
          const { t, locale } = w;
          const [name, unit] =
            what === 'storage' ? [t.storageLower, t.unitStorage] : [t.sequestrationLower, t.unitRate];
          return `${gap(w)}${t.bounds(name, amountText(found.low, locale), amountText(found.high, locale), unit)}`;
        });
  return html`<p><strong>${text('coverage')}</strong> · ${seen}${open(bounds?.storage_tC, 'storage')}${open(bounds?.sequestration_tC_yr, 'sequestration')}</p>`;
}
