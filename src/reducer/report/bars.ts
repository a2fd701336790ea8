import { type Html, html, NOTHING } from './html.ts';

/** @pure Bars inside of table cells: the figure stands in the cell beside them, so they are hidden from readers aloud. */

/** Range that bars of one column share; 0 is always in it. */
export interface BarScale {
  readonly low: number;
  readonly high: number;
}

export function barScale(values: Iterable<number | null>): BarScale {
  let [low, high] = [0, 0];
  for (const value of values) {
    low = Math.min(low, value ?? 0);
    high = Math.max(high, value ?? 0);
  }
  return { low, high };
}

/** Classes of style that a bar may have. */
export type Fill = 'one' | 'two' | 'neg' | 'above' | 'below' | 'dead' | 'soil';

const WIDTH = 200;

/** One bar from 0; below zero to the left in a colour of its own. Nothing for what was not measured. */
export function bar(value: number | null, scale: BarScale, fill: Fill = 'one'): Html {
  if (value === null) return NOTHING;
  return stackedBar([{ value, fill: value < 0 ? 'neg' : fill }], scale);
}

/** Parts side by side from 0: those above zero to the right, those below to the left. */
export function stackedBar(
  parts: readonly { readonly value: number | null; readonly fill: Fill }[],
  scale: BarScale,
): Html {
  const span = scale.high - scale.low;
  if (!(span > 0)) return NOTHING;
  const at = (value: number) => ((value - scale.low) / span) * WIDTH;
  let [right, left] = [0, 0];
  const rects = parts.map(({ value, fill }) => {
    if (value === null || value === 0) return NOTHING;
    const [from, to] = value > 0 ? [right, right + value] : [left + value, left];
    if (value > 0) right = to;
    else left = from;
    // The slightest bar is seen.
    const width = Math.max(at(to) - at(from), 0.7);
    return html`<rect class="f-${fill}" x="${short(at(from))}" y="1" width="${short(width)}" height="10"/>`;
  });
  const zero =
    scale.low < 0 ? html`<line class="axis" x1="${short(at(0))}" x2="${short(at(0))}" y1="0" y2="12"/>` : NOTHING;
  return html`<svg class="bar" viewBox="0 0 ${WIDTH} 12" preserveAspectRatio="none" aria-hidden="true" focusable="false">${rects}${zero}</svg>`;
}

/** Figure and interval on a line of their own; nothing where there is no interval. */
export function intervalStrip(value: number, low: number, high: number): Html {
  const [from, to] = [Math.min(0, low, value), Math.max(0, high, value)];
  if (!(to > from)) return NOTHING;
  const at = (x: number) => short(((x - from) / (to - from)) * WIDTH);
  return html`<svg class="strip" viewBox="0 0 ${WIDTH} 14" preserveAspectRatio="none" aria-hidden="true" focusable="false"><line class="axis" x1="0" x2="${WIDTH}" y1="7" y2="7"/><line class="range" x1="${at(low)}" x2="${at(high)}" y1="7" y2="7"/><line class="zero" x1="${at(0)}" x2="${at(0)}" y1="0" y2="14"/><line class="value" x1="${at(value)}" x2="${at(value)}" y1="1" y2="13"/></svg>`;
}

/** Two decimals are finer than any screen. */
export function short(value: number): string {
  return String(Number(value.toFixed(2)) + 0);
}
