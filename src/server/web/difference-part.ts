import type { ComparedMaps, MapLayer } from '../answers.ts';
import { getJson } from './api.ts';
import { type Child, h } from './dom.ts';
import { layerTitle, mapLegend } from './map-legend.ts';
import { choice, loaded, section } from './parts.ts';
import { t } from './words.ts';

/** Where two runs differ: the difference of a map that both drew on one grid. */

export function differencePart(a: string, b: string): HTMLElement {
  const main = h('div');
  const query = new URLSearchParams({ a, b });
  loaded(
    main,
    () => getJson<ComparedMaps>(`api/compare/maps?${query}`),
    ({ maps, reason }) => {
      const [first] = maps;
      if (first === undefined)
        return [h('p', { class: 'quiet' }, t(reason === 'grid' ? 'difference_grid' : 'difference_none'))];
      const host = h('div', { 'aria-live': 'polite' });
      const show = (name: string) => {
        const path = `api/compare/maps/${encodeURIComponent(name)}`;
        loaded(
          host,
          () => getJson<MapLayer>(`${path}?${query}`),
          (layer) => pictureParts(layer, `${path}/picture?${query}`),
        );
      };
      show(first.name);
      const names = maps.map((one) => [one.name, layerTitle(one)] as const);
      return [h('div', { class: 'toolbar' }, choice(t('measure'), names, first.name, show)), host];
    },
  );
  return section(t('difference_map'), h('p', { class: 'quiet' }, t('difference_note')), main);
}

function pictureParts(layer: MapLayer, src: string): Child[] {
  const alt = t('difference_picture', layerTitle(layer));
  return [
    h('img', { class: 'difference', src, alt, ...shownSize(layer) }),
    h('div', { class: 'legend' }, ...mapLegend(layer)),
  ];
}

/** As large as fits beside a screen of text, whatever the number of cells. */
function shownSize({ cols, rows }: MapLayer): { width: number; height: number } {
  const times = Math.min(640 / cols, 560 / rows);
  return { width: Math.max(1, Math.round(cols * times)), height: Math.max(1, Math.round(rows * times)) };
}
