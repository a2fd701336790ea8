import type { MapLayer, ZoneMap } from '../answers.ts';
import { breaksOf, STEPS, stepOf } from './colour-scale.ts';
import { fill, h, s } from './dom.ts';
import { mapImage } from './map-image.ts';
import { layerTitle, mapLegend } from './map-legend.ts';
import type { View } from './map-window.ts';
import { pictureView } from './picture-view.ts';
import { t } from './words.ts';

/** The zones as a picture: each in the colour of its value, or as outlines over a map of the run; with a legend in words. */

export interface ZonePicture {
  readonly element: HTMLElement;
  /** Colours by zone id; `text` says a value as the table does. */
  show(values: ReadonlyMap<string, number | null>, title: string, text: (value: number | null) => string): void;
  /** A map of the run in place of the colours by zone. */
  showMap(layer: MapLayer): void;
  /** Marks a zone, or none. */
  mark(zone: string | null): void;
}

export interface PictureSettings {
  readonly map: ZoneMap;
  /** Address of a map of the run, by its name. */
  readonly mapPath: (map: string) => string;
  onPoint(zone: string | null): void;
  /** A place was chosen, in the CRS of the grid. */
  onChoose(x: number, y: number): void;
}

export function zonePicture({ map, mapPath, onPoint, onChoose }: PictureSettings): ZonePicture {
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
  const whole: View = { x: -4, y: -4, width: map.width + 8, height: map.height + 8 };
  const picture = s('svg', {
    class: 'zones',
    viewBox: `${whole.x} ${whole.y} ${whole.width} ${whole.height}`,
    role: 'img',
    'aria-label': t('zone_map'),
  });
  const image = mapImage(picture, map, mapPath);
  picture.append(image.element, ...shapes.values(), place);
  let layer: MapLayer | null = null;
  const view = pictureView(picture, whole, {
    onChange: (now) => {
      place.setAttribute('r', String((9 * now.width) / whole.width));
      image.show(layer, now);
    },
    onClick: (x, y) => {
      place.setAttribute('cx', String(x));
      place.setAttribute('cy', String(y));
      onChoose(map.west + x * map.unit_x, map.north - y * map.unit_y);
    },
  });
  const put = (next: MapLayer | null) => {
    layer = next;
    picture.classList.toggle('outlines', layer !== null);
    image.show(layer, view.now());
  };
  const legend = h('div', { class: 'legend' });
  return {
    element: h('figure', { class: 'picture' }, picture, view.controls, legend),
    showMap(next) {
      put(next);
      picture.setAttribute('aria-label', layerTitle(next));
      for (const { zone, name } of map.zones) {
        const label = titles.get(zone);
        if (label !== undefined) label.textContent = name;
      }
      fill(legend, ...mapLegend(next));
    },
    show(values, title, text) {
      put(null);
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
