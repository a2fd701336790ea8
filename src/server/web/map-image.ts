import type { MapLayer, ZoneMap } from '../answers.ts';
import { s } from './dom.ts';
import { cellsInView, placeOfCells, type View } from './map-window.ts';

/** The picture of a map under the outlines of the zones: as many cells as the view has, from the server. */

export interface MapImage {
  readonly element: SVGElement;
  /** null: none. */
  show(layer: MapLayer | null, view: View): void;
}

/** While somebody drags or zooms, no picture is asked for that is gone before it comes. */
const REST_MS = 120;
const [LEAST_PX, MOST_PX] = [64, 1024];

/** `path` of a map by its name; `frame`: place of the drawing on the grid. */
export function mapImage(svg: SVGSVGElement, frame: ZoneMap, path: (map: string) => string): MapImage {
  const image = s('image', { class: 'map-image', preserveAspectRatio: 'none' });
  let [timer, shown]: [number, string | null] = [0, null];
  const load = (layer: MapLayer, view: View) => {
    const cells = cellsInView(layer, frame, view);
    if (cells === null) return image.removeAttribute('href');
    const wanted = Math.ceil(svg.clientWidth * window.devicePixelRatio);
    const px = Math.max(LEAST_PX, Math.min(MOST_PX, wanted));
    const { row, col, rows, cols } = cells;
    const query = Object.entries({ row, col, rows, cols, px }).map(([key, value]) => `${key}=${value}`);
    const href = `${path(layer.name)}/picture?${query.join('&')}`;
    if (href === shown) return;
    shown = href;
    // The old picture stays in its place until the new one is there.
    const coming = new Image();
    coming.onload = () => {
      if (shown !== href) return;
      image.setAttribute('href', href);
      for (const [name, value] of Object.entries(placeOfCells(layer, frame, cells)))
        image.setAttribute(name, `${value}`);
    };
    coming.src = href;
  };
  return {
    element: image,
    show(layer, view) {
      clearTimeout(timer);
      if (layer === null) {
        shown = null;
        image.removeAttribute('href');
      } else timer = window.setTimeout(() => load(layer, view), REST_MS);
    },
  };
}
