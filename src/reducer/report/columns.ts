import { short } from './bars.ts';
import { type Html, html, type Value } from './html.ts';

/** @pure A column chart of shares: two columns a bin, side by side. */

export interface Bin {
  readonly label: Value;
  /** From 0 to 1; null: there is none. */
  readonly first: number | null;
  readonly second: number | null;
}

const SIZE = { width: 720, height: 250, left: 76, top: 14, bottom: 34 };

/** `labelledBy`: id of the sentence that says what the chart shows. */
export function columnChart(bins: readonly Bin[], labelledBy: string): Html {
  const top = niceTop(Math.max(0, ...bins.flatMap(({ first, second }) => [first ?? 0, second ?? 0])));
  const floor = SIZE.height - SIZE.bottom;
  const y = (share: number) => floor - (share / top) * (floor - SIZE.top);
  const step = (SIZE.width - SIZE.left) / Math.max(1, bins.length);
  const ticks = [0, top / 2, top].map(
    (tick) =>
      html`<line class="${tick === 0 ? 'base' : ''}" x1="${SIZE.left}" x2="${SIZE.width}" y1="${short(y(tick))}" y2="${short(y(tick))}"/><text class="tick" x="${SIZE.left - 8}" y="${short(y(tick) + 4)}">${Math.round(tick * 100)} %</text>`,
  );
  const columns = bins.map(({ label, first, second }, index) => {
    const x = SIZE.left + step * index;
    const column = (share: number | null, fill: string, place: number) =>
      html`<rect class="f-${fill}" x="${short(x + step * place)}" y="${short(y(share ?? 0))}" width="${short(step * 0.3)}" height="${short(floor - y(share ?? 0))}"/>`;
    return html`${column(first, 'two', 0.18)}${column(second, 'one', 0.52)}<text x="${short(x + step / 2)}" y="${SIZE.height - 12}">${label}</text>`;
  });
  return html`<svg class="columns" viewBox="0 0 ${SIZE.width} ${SIZE.height}" role="img" aria-labelledby="${labelledBy}">${ticks}${columns}</svg>`;
}

/** The next of 10, 20, 50, 100 %. */
function niceTop(share: number): number {
  return [0.1, 0.2, 0.5].find((top) => share <= top) ?? 1;
}
