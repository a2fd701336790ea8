import { type Html, html, NOTHING, type Value } from './html.ts';

/** @pure Tables of a report: a caption, headings with a scope, and room to scroll on a narrow screen. */

export interface Column {
  readonly head: Value;
  /** `text` reads from the start, `source` is long, `chart` holds a bar; default: a figure. */
  readonly kind?: 'text' | 'source' | 'chart' | 'thin';
}

export interface FigureTable {
  readonly caption: Value;
  /** The first column heads its rows. */
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Value[])[];
  readonly foot?: readonly Value[];
}

export function figureTable({ caption, columns, rows, foot }: FigureTable): Html {
  const head = columns.map(({ head: words, kind }, index) =>
    kind === 'chart' || kind === 'thin'
      ? html`<td></td>`
      : html`<th scope="col"${index === 0 || kind === 'text' || kind === 'source' ? START : NOTHING}>${words}</th>`,
  );
  const line = (cells: readonly Value[]) =>
    html`<tr>${cells.map((cell, index) => cellOf(cell, columns[index], index))}</tr>`;
  const end = foot === undefined ? NOTHING : html`<tfoot>${line(foot)}</tfoot>`;
  // Focusable, so that keys can scroll what is wider than the screen.
  return html`<div class="scroll" tabindex="0"><table><caption>${caption}</caption><thead><tr>${head}</tr></thead><tbody>${rows.map(line)}</tbody>${end}</table></div>`;
}

const START = html` class="start"`;

function cellOf(cell: Value, column: Column | undefined, index: number): Html {
  if (index === 0) return html`<th scope="row">${cell}</th>`;
  if (column?.kind === 'chart') return html`<td class="chart">${cell}</td>`;
  if (column?.kind === 'thin') return html`<td class="chart thin">${cell}</td>`;
  if (column?.kind === 'source') return html`<td class="text source">${cell}</td>`;
  return column?.kind === 'text' ? html`<td class="text">${cell}</td>` : html`<td>${cell}</td>`;
}

/** A section with a heading that the contents point to. */
export function section(id: string, heading: Html, body: Value): Html {
  return html`<section id="${id}" aria-labelledby="${id}-h"><h2 id="${id}-h">${heading}</h2>${body}</section>`;
}

/** A list behind a summary, open in print. */
export function folded(summary: Value, body: Value): Html {
  return html`<details><summary>${summary}</summary>${body}</details>`;
}
