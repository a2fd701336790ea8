import type { Coefficient } from '../../shared/carbon/factors.ts';
import { amountText, NOT_MEASURED, type NumberLocale, shareText } from '../../shared/carbon/figure-text.ts';
import { Html, html, type Value } from './html.ts';
import { EN, type Texts } from './texts-en.ts';
import { ZH } from './texts-zh.ts';

/** @pure Both languages side by side: every sentence is in the document twice, and a rule of style shows one. */

export interface Words {
  readonly code: 'en' | 'zh';
  readonly t: Texts;
  readonly locale: NumberLocale;
}

const ENGLISH: Words = { code: 'en', t: EN, locale: 'en-US' };
const CHINESE: Words = { code: 'zh', t: ZH, locale: 'zh-CN' };
export const LANGUAGES: readonly Words[] = [ENGLISH, CHINESE];

/** The same words in both languages; where they are equal they stand there once. */
export function say(words: (w: Words) => Value): Html {
  const [english, chinese] = LANGUAGES.map((language) => html`${words(language)}`.text) as [string, string];
  if (english === chinese) return new Html(english);
  return new Html(`<span class="en" lang="en">${english}</span><span class="zh" lang="zh-Hans">${chinese}</span>`);
}

/** The same inside of a drawing. */
export function sayDrawn(words: (w: Words) => string): Html {
  const [english, chinese] = LANGUAGES.map((language) => html`${words(language)}`.text) as [string, string];
  if (english === chinese) return new Html(english);
  return new Html(`<tspan class="en" lang="en">${english}</tspan><tspan class="zh" lang="zh-Hans">${chinese}</tspan>`);
}

/** Heading of a column, its unit on a line of its own: `Area, ha` and `面积（公顷）`. */
export function heading(key: Parameters<typeof text>[0]): Html {
  return say(({ t }) => {
    const [, words, unit] = /^(.*?)(?:, |(?=（))(.+)$/.exec(t[key]) ?? [null, t[key], null];
    return unit === null ? t[key] : html`${words}<br><span class="unit">${unit}</span>`;
  });
}

/** What stands between two sentences. */
export function gap({ code }: Words): string {
  return code === 'zh' ? '' : ' ';
}

/** A text of the dictionary. */
export function text(key: keyof { [K in keyof Texts as Texts[K] extends string ? K : never]: true }): Html {
  return say(({ t }) => t[key]);
}

/** An amount, as the totals on a terminal have it. */
export function amount(value: number | null): Html {
  return say(({ locale }) => amountText(value, locale));
}

/** Something small or by the hectare: as many decimals as keep three digits, at most three. */
export function rateText(value: number | null, locale: NumberLocale): string {
  if (value === null) return NOT_MEASURED;
  const size = Math.abs(value);
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  // Tiny negative figures must not read -0.
  const shown = Number(value.toFixed(digits)) + 0 === 0 ? 0 : value;
  return shown.toLocaleString(locale, {
    minimumFractionDigits: digits === 3 ? 0 : digits,
    maximumFractionDigits: digits,
  });
}

export function rate(value: number | null): Html {
  return say(({ locale }) => rateText(value, locale));
}

export function share(value: number | null): Html {
  return html`${value === null ? NOT_MEASURED : shareText(value)}`;
}

export function count(value: number): Html {
  return say(({ locale }) => value.toLocaleString(locale, { maximumFractionDigits: 2 }));
}

/** Word of each coefficient of a factor table. */
export const COEFFICIENT_WORDS = {
  above: 'above',
  below: 'below',
  dead: 'dead',
  soil: 'soil',
  sequestration: 'rates',
  soil_sequestration: 'soilRate',
} as const satisfies Record<Coefficient, string>;

/** Name of a class in a language. */
export interface ClassName {
  readonly en: string;
  readonly zh: string;
}

export function classNames(
  classes: readonly { readonly code: number; readonly name: string; readonly nameZh: string | null }[],
): (code: number) => ClassName {
  const byCode = new Map(classes.map(({ code, name, nameZh }) => [code, { en: name, zh: nameZh ?? name }]));
  return (code) => {
    const found = byCode.get(code);
    return { en: found?.en || String(code), zh: found?.zh || String(code) };
  };
}
