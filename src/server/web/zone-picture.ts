import type { ZoneMap } from '../answers.ts';
import { breaksOf, STEPS, stepOf } from './colour-scale.ts';
import { fill, h, s } from './dom.ts';
import { t } from './words.ts';

/** The zones as a picture: each in the colour of its value, with a legend that says the same in numbers. */

export interface ZonePicture {
  readonly element: HTMLElement;
  /** Colours by zone id; `text` says a value as the table does. */
  show(values: ReadonlyMap<string, number | null>, title: string, text: (value: number | null) => string): void;
  /** Marks a zone, or none. */
  mark(zone: string | null): void;
}

export interface PictureSettings {
  readonly map: ZoneMap;
  onPoint(zone: string | null): void;
  /** A place was chosen, in the CRS of the grid. */
  onChoose(x: number, y: number): void;
}

export function zonePicture({ map, onPoint, onChoose }: PictureSettings): ZonePicture {
  const titles = new Map<string, SVGTitleElement>();
  const shapes = new Map<string, SVGPathElement>();
  for (const { zone, path } of map.zones) {
    const title = s('title');
    titles.set(zone, title);
    const point = () => onPoint(zone);
    shapes.set(
      zone,
      s(
        'path',
        { d: path, class: 'zone', 'fill-rule': 'evenodd', onmouseenter: point, onmouseleave: () => onPoint(null) },
        title,
      ),
    );
  }
  const place = s('circle', { class: 'place', r: 9, cx: -99, cy: -99 });
  const picture = s(
    'svg',
    { class: 'zones', viewBox: `-4 -4 ${map.width + 8} ${map.height + 8}`, role: 'img', 'aria-label': t('zone_map') },
    ...shapes.values(),
    place,
  );
  picture.addEventListener('click', (event) => {
    const matrix = picture.getScreenCTM();
    if (matrix === null) return;
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
    place.setAttribute('cx', String(at.x));
    place.setAttribute('cy', String(at.y));
    onChoose(map.west + at.x * map.unit_x, map.north - at.y * map.unit_y);
  });
  const legend = h('div', { class: 'legend' });
  return {
    element: h('figure', { class: 'picture' }, picture, legend),
    show(values, title, text) {
      picture.setAttribute('aria-label', `${t('zone_map')}: ${title}`);
      const breaks = breaksOf([...values.values()].filter((value) => value !== null));
      for (const { zone, name } of map.zones) {
        const value = values.get(zone) ?? null;
        const step = stepOf(value, breaks);
        shapes.get(zone)?.setAttribute('data-step', step === null ? 'none' : String(step));
        const label = titles.get(zone);
        if (label !== undefined) label.textContent = `${name}: ${value === null ? t('no_value') : text(value)}`;
      }
      fill(legend, ...legendParts(breaks, title, text, [...values.values()]));
    },
    mark(zone) {
      for (const [id, shape] of shapes) shape.classList.toggle('marked', id === zone);
    },
  };
}

function legendParts(
  breaks: readonly number[],
  title: string,
  text: (value: number | null) => string,
  values: readonly (number | null)[],
): HTMLElement[] {
  const swatch = (step: number | string, label: string) =>
    h(
      'li',
      {},
      s(
        'svg',
        { class: 'swatch', viewBox: '0 0 10 10', 'aria-hidden': 'true' },
        s('rect', { width: 10, height: 10, class: 'zone', 'data-step': step }),
      ),
      label,
    );
  const classes = Array.from({ length: breaks.length + 1 }, (_, index) => {
    const [low, high] = [breaks[index - 1], breaks[index]];
    const step = breaks.length === 0 ? Math.floor(STEPS / 2) : Math.round((index * (STEPS - 1)) / breaks.length);
    // One value alone: the legend has it as it is.
    if (low === undefined && high === undefined) return swatch(step, text(values.find((one) => one !== null) ?? null));
    if (low === undefined) return swatch(step, `< ${text(high ?? null)}`);
    return swatch(step, high === undefined ? `≥ ${text(low)}` : `${text(low)} – ${text(high)}`);
  });
  return [
    h('p', { class: 'legend-title' }, title),
    h(
      'ul',
      { 'aria-label': t('legend') },
      ...classes,
      ...(values.includes(null) ? [swatch('none', t('no_value'))] : []),
    ),
  ];
}
