import type { ProgressEvent, TileLayout } from '../answers.ts';
import { h, s } from './dom.ts';
import { t } from './words.ts';

/** Tiles by state: each where it lies, or one bar of all where there are too many. */

type Tiles = ProgressEvent['tiles'];

/** Side of a tile where there is room for it. */
const TILE_PX = 40;

const STATES = { d: 'done', f: 'failed', a: 'active', w: 'waiting' } as const;

export function tilePicture({ tiles, tile_states: states }: ProgressEvent, layout: TileLayout | null): HTMLElement {
  const bar = tileBar(tiles);
  if (layout === null || states === null || layout.cells.length > states.length) return h('div', {}, bar);
  const rects = layout.cells.map((cell, tile) => {
    const [row, col] = [Math.floor(cell / layout.cols), cell % layout.cols];
    const letter = states[tile] ?? 'w';
    const place = { x: col * 10 + 0.5, y: row * 10 + 0.5, width: 9, height: 9, rx: 1 };
    const parts = [s('rect', { class: `tile tile-${letter}`, ...place })];
    // A cross, so that a failed tile is told from a done one without its colour.
    if (letter === 'f')
      parts.push(s('path', { class: 'cross', d: `M${col * 10 + 3} ${row * 10 + 3}l4 4m0 -4l-4 4` }) as never);
    return s('g', {}, ...parts);
  });
  const picture = s(
    'svg',
    {
      class: 'tile-grid',
      width: layout.cols * TILE_PX,
      height: layout.rows * TILE_PX,
      viewBox: `0 0 ${layout.cols * 10} ${layout.rows * 10}`,
      role: 'img',
      'aria-label': `${t('tile_picture')}: ${summaryText(tiles)}`,
    },
    ...rects,
  );
  return h('div', { class: 'tile-host' }, bar, picture);
}

/** Done, failed and active side by side; what is waiting is left open. */
export function tileBar(tiles: Tiles): HTMLElement {
  const { all, done, failed, active } = tiles;
  let at = 0;
  const part = (count: number, letter: keyof typeof STATES) => {
    const width = all === 0 ? 0 : (count / all) * 1000;
    const rect = s('rect', { class: `tile tile-${letter}`, x: at, width, height: 10 });
    at += width;
    return rect;
  };
  const svg = s(
    'svg',
    { viewBox: '0 0 1000 10', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    s('rect', { class: 'bar-ground', width: 1000, height: 10 }),
    part(done, 'd'),
    part(failed, 'f'),
    part(active, 'a'),
  );
  const label = t('tiles_done', done, all);
  return h(
    'div',
    {
      class: 'tile-bar',
      role: 'progressbar',
      'aria-valuemin': 0,
      'aria-valuemax': all,
      'aria-valuenow': done,
      'aria-valuetext': label,
      'aria-label': t('tiles'),
    },
    svg,
  );
}

function summaryText(tiles: Tiles): string {
  return Object.values(STATES)
    .map((state) => `${t(state)} ${tiles[state]}`)
    .join(', ');
}
