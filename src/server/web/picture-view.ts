import { h } from './dom.ts';
import { movedView, type View, zoomedView } from './map-window.ts';
import { t } from './words.ts';

/** Coming closer to a drawing and moving in it, by buttons, by dragging, and by the wheel with Ctrl. */

export interface PictureView {
  readonly controls: HTMLElement;
  readonly now: () => View;
}

/** Less than this many pixels is a click and no drag. */
const CLICK_PX = 4;
const STEP = 2;

/** `onChange` is told of each new view; `onClick` of a place in units of the drawing. */
export function pictureView(
  svg: SVGSVGElement,
  whole: View,
  { onChange, onClick }: { onChange(view: View): void; onClick(x: number, y: number): void },
): PictureView {
  let view = whole;
  const controls = h('div', { class: 'view-controls', role: 'group', 'aria-label': t('map_view') });
  const arrows: HTMLButtonElement[] = [];
  const set = (next: View) => {
    view = next;
    svg.setAttribute('viewBox', `${view.x} ${view.y} ${view.width} ${view.height}`);
    const isWhole = view.width >= whole.width;
    svg.classList.toggle('closer', !isWhole);
    for (const arrow of arrows) arrow.disabled = isWhole;
    onChange(view);
  };
  const button = (text: string, label: string, next: () => View) =>
    h('button', { type: 'button', 'aria-label': label, title: label, onclick: () => set(next()) }, text);
  const move = (x: number, y: number) => () => movedView(view, whole, (x * view.width) / 3, (y * view.height) / 3);
  arrows.push(
    button('←', t('map_west'), move(-1, 0)),
    button('↑', t('map_north'), move(0, -1)),
    button('↓', t('map_south'), move(0, 1)),
    button('→', t('map_east'), move(1, 0)),
    button('−', t('map_out'), () => zoomedView(view, whole, 1 / STEP)),
    button('⤢', t('map_whole'), () => whole),
  );
  controls.append(
    button('+', t('map_in'), () => zoomedView(view, whole, STEP)),
    ...arrows,
  );
  for (const arrow of arrows) arrow.disabled = true;
  watchPointer(svg, { onClick, get: () => view, whole, set });
  return { controls, now: () => view };
}

interface Watched {
  readonly whole: View;
  get(): View;
  set(view: View): void;
  onClick(x: number, y: number): void;
}

function watchPointer(svg: SVGSVGElement, { whole, get, set, onClick }: Watched): void {
  let from: { readonly x: number; readonly y: number; readonly view: View } | null = null;
  let isDragged = false;
  svg.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    from = { x: event.clientX, y: event.clientY, view: get() };
    isDragged = false;
  });
  svg.addEventListener('pointermove', (event) => {
    const matrix = svg.getScreenCTM();
    if (from === null || matrix === null || event.buttons === 0) return;
    const [right, down] = [event.clientX - from.x, event.clientY - from.y];
    isDragged ||= Math.hypot(right, down) >= CLICK_PX;
    // A whole picture cannot be moved; on a phone the finger then moves the page.
    if (!isDragged || from.view.width >= whole.width) return;
    svg.setPointerCapture(event.pointerId);
    set(movedView(from.view, whole, -right / matrix.a, -down / matrix.d));
  });
  svg.addEventListener('click', (event) => {
    from = null;
    const matrix = svg.getScreenCTM();
    if (isDragged || matrix === null) return;
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
    onClick(at.x, at.y);
  });
  svg.addEventListener('wheel', (event) => {
    const matrix = svg.getScreenCTM();
    if (!event.ctrlKey || matrix === null) return;
    event.preventDefault();
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
    set(zoomedView(get(), whole, event.deltaY < 0 ? 1.25 : 0.8, at));
  });
}
