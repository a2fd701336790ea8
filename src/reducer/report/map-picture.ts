import { legendNumber, shownCodes } from '../../shared/contracts/legend-words.ts';
import type { MapLegend } from '../../shared/contracts/map-legend.ts';
import type { Quicklook } from './context.ts';
import { type Html, html, NOTHING } from './html.ts';
import { say, text, type Words } from './words.ts';

/** @pure A picture of one map of the run with its legend, where the run drew maps. */

/** Without an outline on the map of zones too, so that it stands by itself. */
export function mapPicture(picture: Quicklook | null): Html {
  if (picture === null) return NOTHING;
  const { legend, widthPx, heightPx, webp } = picture;
  const size = html` width="${widthPx}" height="${heightPx}"`;
  return html`<h3 id="picture-words">${say(({ code }) => legend.title[code])}</h3><figure><figcaption>${pictureWords(picture)}</figcaption>
${legend.codes === null ? rampLegend(legend) : codesLegend(legend.codes)}<img class="quicklook"${size} alt="" aria-labelledby="picture-words" src="data:image/webp;base64,${webp}"></figure>`;
}

function pictureWords({ legend, cellsPerPixel }: Quicklook): Html {
  const { range, codes, unit } = legend;
  return say(({ code, t }) => {
    const pixel = cellsPerPixel === 1 ? t.pictureCells : t.picturePixels(cellsPerPixel, codes !== null);
    if (codes !== null) return t.pictureClasses(shownCodes(codes).length) + pixel;
    if (range === null) return t.pictureEmpty;
    const [low, high] = [legendNumber(range.low), legendNumber(range.high)];
    const title = legend.title[code];
    const words =
      low === high ? t.pictureSame(title, high, unitOf(unit, t)) : t.pictureRange(title, low, high, unitOf(unit, t));
    return words + pixel;
  });
}

/** Units of maps as the report writes them elsewhere. */
function unitOf(unit: string | null, t: Words['t']): string {
  return unit === 't C/ha' ? t.unitDensity : unit === 't C/ha/yr' ? t.unitRateDensity : (unit ?? '');
}

/** Low to high with the ends in numbers; what lies beyond an end has its colour. */
function rampLegend({ range, unit }: MapLegend): Html {
  if (range === null) return NOTHING;
  const { low, high, colours } = range;
  const width = 100 / colours.length;
  const parts = colours.map(
    (colour, index) =>
      html`<rect x="${(index * width).toFixed(2)}" width="${(width + 0.3).toFixed(2)}" height="10" fill="${colour}"/>`,
  );
  const ends = say(({ t }) => {
    const from = `${range.has_below ? '≤ ' : ''}${legendNumber(low)}`;
    const to = `${range.has_above ? '≥ ' : ''}${legendNumber(high)}`;
    return html`<span>${t.pictureLow} ${from}</span>${low < 0 && high > 0 ? html`<span>0</span>` : NOTHING}<span>${t.pictureHigh} ${to} ${unitOf(unit, t)}</span>`;
  });
  return html`<div class="ramp"><svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">${parts}</svg><div class="ends">${ends}</div></div>`;
}

function codesLegend(codes: NonNullable<MapLegend['codes']>): Html {
  const items = shownCodes(codes).map(
    ({ colour, name }) =>
      html`<li><svg viewBox="0 0 14 14" aria-hidden="true"><rect width="14" height="14" fill="${colour}"/></svg>${say(({ code }) => html`<bdi>${name[code]}</bdi>`)}</li>`,
  );
  return html`<ul class="legend" aria-label="Legend 图例">${items}<li>${text('pictureNone')}</li></ul>`;
}
