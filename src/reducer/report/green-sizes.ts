import { amountText, shareText } from '../../shared/carbon/figure-text.ts';
import type { PatchBin } from '../patches.ts';
import { columnChart } from './columns.ts';
import type { ReportContext } from './context.ts';
import { figureTable, section } from './figure-table.ts';
import { type Html, html, NOTHING } from './html.ts';
import { amount, count, gap, heading, rateText, say, share, text } from './words.ts';

/** @pure Green spaces in built-up land by the size of their patches; nothing where they were not looked for. */

export function greenSizes({ figures }: ReportContext): Html {
  const { green } = figures;
  if (green === null) return NOTHING;
  const { bins } = green.city;
  const isEmpty = bins.every(({ patches }) => patches === 0);
  const chart = html`<figure><figcaption id="green-words" class="soft">${text('greenChart')}</figcaption>${chartLegend()}${columnChart(
    bins.map((bin) => ({ label: shortSize(bin), first: bin.share_of_patches, second: bin.share_of_area })),
    'green-words',
  )}</figure>`;
  return section(
    'green',
    text('green'),
    html`<p>${greenWords(green)}</p>${isEmpty ? NOTHING : html`${chart}${binTable(bins)}`}<p class="soft small">${unseenWords(green)}</p>`,
  );
}

type Green = NonNullable<ReportContext['figures']['green']>;

/** Green below a pixel is estimated, or not seen. */
function unseenWords({ sub_pixel: mixture, pixel_m2 }: Green): Html {
  return say(({ t, locale }) =>
    mixture === null
      ? t.greenPixel(rateText(pixel_m2, locale))
      : t.greenMixture(amountText(mixture.city.green_ha, locale), amountText(mixture.city.area_ha, locale)),
  );
}

function greenWords({ city, min_ha, small_ha }: Green): Html {
  const { below_min: below, small, large } = city.total;
  const [patches, area] = [small.patches + large.patches, small.area_ha + large.area_ha];
  const part = (of: number, all: number) => (all === 0 ? '-' : shareText(of / all));
  const found =
    patches === 0
      ? text('greenNone')
      : say(({ t, locale }) =>
          t.greenWords(
            patches.toLocaleString(locale),
            amountText(area, locale),
            String(small_ha),
            part(small.patches, patches),
            part(small.area_ha, area),
          ),
        );
  const left =
    below.patches === 0
      ? NOTHING
      : say(
          (w) =>
            `${gap(w)}${w.t.greenBelow(String(min_ha), below.patches.toLocaleString(w.locale), amountText(below.area_ha, w.locale))}`,
        );
  return html`${found}${left}`;
}

function chartLegend(): Html {
  const item = (fill: string, words: Html) =>
    html`<li><svg viewBox="0 0 14 14" aria-hidden="true"><rect class="f-${fill}" width="14" height="14"/></svg>${words}</li>`;
  return html`<ul class="legend">${item('two', text('patchShare'))}${item('one', text('areaShare'))}</ul>`;
}

function shortSize({ from_ha, to_ha }: PatchBin): string {
  if (to_ha === null) return `≥ ${from_ha} ha`;
  if (from_ha === 0) return `< ${to_ha}`;
  return `${from_ha}–${to_ha}`;
}

function binTable(bins: readonly PatchBin[]): Html {
  return figureTable({
    caption: text('greenCaption'),
    columns: [
      { head: heading('size') },
      { head: heading('patches') },
      { head: heading('patchShare') },
      { head: heading('area') },
      { head: heading('areaShare') },
    ],
    rows: bins.map((bin) => [
      say(({ t }) =>
        bin.to_ha === null ? t.sizeOver(String(bin.from_ha)) : t.sizeFrom(String(bin.from_ha), String(bin.to_ha)),
      ),
      count(bin.patches),
      share(bin.share_of_patches),
      amount(bin.area_ha),
      share(bin.share_of_area),
    ]),
  });
}
