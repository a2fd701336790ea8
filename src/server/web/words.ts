import { EN, type Word } from './words-en.ts';
import { ZH } from './words-zh.ts';

/** The page in two languages. */

export type Language = 'en' | 'zh';

let current: Language = 'en';

export function setLanguage(language: Language): void {
  current = language;
}

export function language(): Language {
  return current;
}

/** A word in the language of the page; `{}` are filled in order, `{1}` by place. */
export function t(word: Word, ...parts: readonly (string | number)[]): string {
  let next = 0;
  return (current === 'zh' ? ZH : EN)[word].replace(/\{(\d?)\}/g, (_, place: string) =>
    String(parts[place === '' ? next++ : Number(place)] ?? ''),
  );
}

/** Whether this is a word of the page: states and parts come from the server. */
export function isWord(text: string): text is Word {
  return Object.hasOwn(EN, text);
}

/** A state or part in words; one that the page does not know stays as it is. */
export function named(prefix: 'state_' | 'part_', name: string): string {
  const word = prefix + name;
  return isWord(word) ? t(word) : name;
}

/** Name of a city in the language of the page. */
export function cityName(name: { readonly en: string; readonly zh?: string | undefined }): string {
  return current === 'zh' ? (name.zh ?? name.en) : name.en;
}

/** The language to begin with: the one chosen before, else that of the browser. */
export function firstLanguage(stored: string | null, browser: string): Language {
  if (stored === 'en' || stored === 'zh') return stored;
  return /^zh\b/i.test(browser) ? 'zh' : 'en';
}
