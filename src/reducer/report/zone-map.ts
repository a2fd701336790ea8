import { short } from './bars.ts';
import { type ColorClass, classOf, colorClasses, niceStep } from './color-classes.ts';
import type { ReportContext } from './context.ts';
import { section } from './figure-table.ts';
import { clipped, type Html, html, NOTHING, plain } from './html.ts';
import { mapPicture } from './map-picture.ts';
import { type Measure, measuresOf, ranksOf } from './measures.ts';
import { type Drawing, drawZones, type Shape } from './outline-paths.ts';
import { gap, say, sayDrawn, text, type Words } from './words.ts';

/** @pure The districts, coloured by a measure that the reader chooses; works without scripts. */

export function zoneMap(context: ReportContext): Html {
  const drawing = drawZones(context.zones, context.plan.grid);
  if (drawing === null) return section('map', text('map'), html`<p>${text('noMap')}</p>`);
  const measures = measuresOf(context);
  const names = context.figures.zones.map(({ name }) => name);
  const ranks = ranksOf(context.figures);
  const layers = measures.map((measure, index) => colored(measure, index, names, drawing));
  const captions = measures.map(
    (measure, index) => html`<span class="measure m${index}">${mapWords(measure, names)}</span>`,
  );
  const legends = measures.map((measure, index) => legend(measure, index));
  return section(
    'map',
    text('map'),
    html`${measureSwitch(measures)}<figure><figcaption id="map-words">${captions}</figcaption>${legends}
<svg class="map" viewBox="-12 -12 ${drawing.width + 24} ${drawing.height + 70}" role="img" aria-labelledby="map-words">
<defs><pattern id="hatch" class="hatch" width="10" height="10" patternUnits="userSpaceOnUse"><rect width="10" height="10"/><path d="M0 10L10 0"/></pattern>
${drawing.shapes.map(({ path }, index) => html`<path id="z${index}" fill-rule="evenodd" d="${path}"/>`)}</defs>
${layers}<g aria-hidden="true">${drawing.shapes.map((shape, index) => label(shape, names[index] ?? '', ranks[index] ?? null))}${scaleBar(drawing)}</g></svg></figure>
<p class="soft small">${say((w) => w.t.north + gap(w) + w.t.mapTwin)}</p>${mapPicture(context.quicklook)}`,
  );
}

function measureSwitch(measures: readonly Measure[]): Html {
  const choices = measures.map(
    ({ label: words }, index) =>
      html`<label><input type="radio" name="measure" id="m${index}"${index === 0 ? CHECKED : NOTHING}>${say(words)}</label>`,
  );
  return html`<fieldset><legend>${text('measure')}</legend>${choices}</fieldset>`;
}

const CHECKED = html` checked`;

function colored({ values, shown }: Measure, index: number, names: readonly string[], drawing: Drawing): Html {
  const classes = colorClasses(known(values));
  const zones = drawing.shapes.map((_, zone) => {
    const value = values[zone] ?? null;
    const color = value === null ? 'none' : (classOf(classes, value)?.color ?? 'none');
    const title = `${clipped(names[zone] ?? '', 80)}: ${value === null ? '-' : shown(value, 'en-US')}`;
    return html`<use href="#z${zone}" class="r${color}"><title>${title}</title></use>`;
  });
  return html`<g class="measure m${index}">${zones}</g>`;
}

function known(values: readonly (number | null)[]): number[] {
  return values.filter((value) => value !== null);
}

/** What the map shows, in a sentence that holds for any figures. */
export function mapWords({ values, label: words, shown }: Measure, names: readonly string[]): Html {
  const found = values.flatMap((value, index) =>
    value === null ? [] : [{ value, name: clipped(names[index] ?? '', 60) }],
  );
  const sorted = found.toSorted((a, b) => a.value - b.value);
  const [low] = sorted;
  const high = sorted.at(-1);
  return say((w) => {
    const measure = words(w);
    if (low === undefined || high === undefined) return w.t.mapNone(measure);
    const of = ({ value }: { value: number }) => shown(value, w.locale);
    if (found.length === 1) return w.t.mapOne(measure, low.name, of(low));
    if (of(low) === of(high)) return w.t.mapSame(measure, of(low));
    return w.t.mapRange(measure, low.name, of(low), high.name, of(high));
  });
}

function legend({ values, shown }: Measure, index: number): Html {
  const swatch = (color: string) =>
    html`<svg viewBox="0 0 14 14" aria-hidden="true"><rect class="r${color}" width="14" height="14"/></svg>`;
  const range = ({ from, to }: ColorClass, { t, locale }: Words) =>
    from === to ? shown(from, locale) : t.mapLegend(bound(from, locale), bound(to, locale));
  const items = colorClasses(known(values)).map(
    (one) => html`<li>${swatch(String(one.color))}${say((w) => range(one, w))}</li>`,
  );
  const missing = values.includes(null) ? html`<li>${swatch('none')}${text('mapNoFigure')}</li>` : NOTHING;
  return html`<ul class="legend measure m${index}">${items}${missing}</ul>`;
}

function bound(value: number, locale: Words['locale']): string {
  return value.toLocaleString(locale, { maximumSignificantDigits: 6 });
}

/** Sizes of labels in units of the drawing, on a wide and on a narrow screen (style.ts). */
const LABEL = { wide: 20, narrow: 30 };
const LONGEST_LABEL = 24;

/** The name where it fits into the district, else its place in the table where that fits. */
function label(shape: Shape, name: string, rank: number | null): Html {
  const words = fittingLabel(shape, clipped(name, LONGEST_LABEL));
  return words === null && rank !== null ? (fittingLabel(shape, String(rank)) ?? NOTHING) : (words ?? NOTHING);
}

/** null: it does not fit. */
function fittingLabel({ label: place }: Shape, words: string): Html | null {
  const ems = [...words].reduce((sum, character) => sum + (/[\u1100-\uffdf]/u.test(character) ? 1 : 0.56), 0);
  if (place === null || ems * LABEL.wide > place.width) return null;
  const isRoomy = ems * LABEL.narrow > place.width;
  return html`<text x="${short(place.x)}" y="${short(place.y + 6)}"${isRoomy ? html` class="roomy"` : NOTHING}>${plain(words)}</text>`;
}

const METRES_PER_KM = 1000;

function scaleBar({ width, height, unitsPerM }: Drawing): Html {
  const most = (width * 0.25) / unitsPerM / METRES_PER_KM;
  if (!Number.isFinite(most) || most <= 0) return NOTHING;
  // The largest round length that is no longer.
  const km = [0.4, 0.5, 0.8, 1].map((part) => niceStep(most * part)).findLast((length) => length <= most) ?? most;
  const end = short(km * METRES_PER_KM * unitsPerM);
  const y = height + 30;
  return html`<g class="scale"><path d="M0 ${y - 6}v6H${end}v-6"/><text x="${short(Number(end) + 8)}" y="${y + 4}">${sayDrawn(({ t, locale }) => t.scaleBar(bound(km, locale)))}</text></g>`;
}
