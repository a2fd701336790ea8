import { getJson } from './api.ts';
import { h } from './dom.ts';
import { loaded, section } from './parts.ts';
import { t } from './words.ts';

/** What one cell is made of: asked by a place on the map, or by longitude and latitude from the keyboard. */

export interface ExplainPart {
  readonly element: HTMLElement;
  /** Explains the cell at a place of the grid's own CRS. */
  explainGrid(x: number, y: number): void;
}

/** Of the answer: the cell's centre in degrees, where the grid has a place there. */
interface Explained {
  readonly text: string;
  readonly cell?: { readonly lon: number | null; readonly lat: number | null } | null;
}

export function explainPart(city: string, run: string): ExplainPart {
  const answer = h('div', { 'aria-live': 'polite' });
  // A place chosen on the map stands in the form too, to be noted or changed.
  const fillPlace = (cell: Explained['cell']) => {
    for (const [name, value] of [
      ['x', cell?.lon],
      ['y', cell?.lat],
    ] as const) {
      const input = form.querySelector<HTMLInputElement>(`input[name="${name}"]`);
      if (input !== null && typeof value === 'number') input.value = value.toFixed(6);
    }
  };
  const ask = (query: Readonly<Record<string, string>>) => {
    const path = `api/runs/${encodeURIComponent(city)}/${encodeURIComponent(run)}/explain?${new URLSearchParams(query)}`;
    loaded(
      answer,
      () => getJson<Explained>(path),
      ({ text, cell }) => {
        fillPlace(cell);
        return [h('pre', { tabindex: 0, 'aria-label': t('explain') }, text)];
      },
    );
  };
  const number = (name: string, label: string, limit: number) =>
    h(
      'label',
      { class: 'field' },
      h('span', {}, label),
      h('input', { name, type: 'number', step: 'any', min: -limit, max: limit, required: true }),
    );
  const form = h(
    'form',
    { class: 'toolbar' },
    number('x', t('lon'), 360),
    number('y', t('lat'), 90),
    h('button', { type: 'submit' }, t('explain_go')),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const data = new FormData(form);
    ask({ x: String(data.get('x')), y: String(data.get('y')) });
  });
  return {
    element: section(t('explain'), h('p', { class: 'quiet' }, t('explain_note')), form, answer),
    explainGrid: (x, y) => ask({ x: String(x), y: String(y), crs: 'grid' }),
  };
}
