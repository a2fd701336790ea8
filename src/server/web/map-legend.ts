import { legendNumber, shownCodes } from '../../shared/contracts/legend-words.ts';
import type { MapLayer } from '../answers.ts';
import { h, s } from './dom.ts';
import { language, t } from './words.ts';

/** What the colours of a map mean: a ramp with its ends in numbers, or the names of codes. */

export function layerTitle({ title, unit }: Pick<MapLayer, 'title' | 'unit'>): string {
  return unit === null ? title[language()] : `${title[language()]}, ${unitText(unit)}`;
}

/** Units of maps as the page writes them elsewhere. */
function unitText(unit: string): string {
  return unit === 't C/ha' ? t('unit_density') : unit === 't C/ha/yr' ? t('unit_rate') : unit;
}

export function mapLegend(layer: Pick<MapLayer, 'title' | 'unit' | 'range' | 'codes'>): HTMLElement[] {
  const heading = h('p', { class: 'legend-title' }, layerTitle(layer));
  if (layer.codes !== null) return [heading, codesList(layer.codes)];
  return [heading, layer.range === null ? h('p', { class: 'quiet' }, t('map_empty')) : ramp(layer.range, layer.unit)];
}

function ramp({ low, high, colours, has_below, has_above }: NonNullable<MapLayer['range']>, unit: string | null) {
  const width = 100 / colours.length;
  const stripes = colours.map((fill, at) => s('rect', { x: at * width, width: width + 0.4, height: 10, fill }));
  const ends = [
    `${t('low')} ${has_below ? '≤ ' : ''}${legendNumber(low)}`,
    ...(low < 0 && high > 0 ? ['0'] : []),
    `${t('high')} ${has_above ? '≥ ' : ''}${legendNumber(high)} ${unit === null ? '' : unitText(unit)}`.trim(),
  ];
  return h(
    'div',
    { class: 'ramp' },
    s('svg', { viewBox: '0 0 100 10', preserveAspectRatio: 'none', 'aria-hidden': 'true' }, ...stripes),
    h('p', { class: 'ramp-ends' }, ...ends.map((text) => h('span', {}, text))),
  );
}

function codesList(codes: NonNullable<MapLayer['codes']>): HTMLElement {
  const items = shownCodes(codes).map(({ colour, name }) =>
    h(
      'li',
      {},
      s(
        'svg',
        { class: 'swatch', viewBox: '0 0 10 10', 'aria-hidden': 'true' },
        s('rect', { width: 10, height: 10, fill: colour }),
      ),
      h('bdi', {}, name[language()]),
    ),
  );
  return h('ul', { 'aria-label': t('legend') }, ...items);
}
