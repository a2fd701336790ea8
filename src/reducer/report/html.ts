/**
 * @pure HTML that is escaped by construction: whatever a template is given is text, unless it is Html itself.
 * Names come from files of others, so nothing of them may become markup, steer the direction of text or hide.
 */

/** Markup that is safe to stand in a document. Made by `html` and by constants of this folder alone. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Value = Html | string | number | null | undefined | readonly Value[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Html {
  let text = strings[0] ?? '';
  values.forEach((value, index) => {
    text += markup(value) + (strings[index + 1] ?? '');
  });
  return new Html(text);
}

export const NOTHING = new Html('');

function markup(value: Value): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Html) return value.text;
  if (typeof value === 'object') return value.map(markup).join('');
  return plain(String(value)).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

/** Characters that steer a document and are no text: controls, marks and overrides of direction, lone surrogates. */
const STEERING = /[\p{Cc}\p{Cs}\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]+/gu;

/** One line of plain text. */
export function plain(text: string): string {
  return text.replace(STEERING, ' ');
}

/** A name from outside among other words: its direction stays its own. */
export function named(name: string): Html {
  return html`<bdi>${name}</bdi>`;
}

/** As much of a name as fits, with an ellipsis where something is left out. */
export function clipped(name: string, most: number): string {
  const characters = [...plain(name)];
  return characters.length <= most ? characters.join('') : `${characters.slice(0, most - 1).join('')}…`;
}
