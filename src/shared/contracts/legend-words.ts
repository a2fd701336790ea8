import type { MapLegend } from './map-legend.ts';

/** Legends in words, the same in the report, the STAC item and the page, which has no schemas to import. */

type Words = { readonly en: string; readonly zh: string };

/** The same number in both languages: up to six digits, with separators. */
export function legendNumber(value: number): string {
  return value.toLocaleString('en-US', { maximumSignificantDigits: 6 });
}

/** What the colours of a map say, in a line of words: the range with its unit, or the names of its codes. */
export function legendWords({ range, codes, unit }: Pick<MapLegend, 'range' | 'codes' | 'unit'>): Words {
  if (codes !== null) return { en: namesOf(codes, 'en', ', '), zh: namesOf(codes, 'zh', '、') };
  if (range === null) return { en: 'no cell has a value', zh: '没有任何格网单元有值' };
  const [low, high] = [legendNumber(range.low), `${legendNumber(range.high)} ${unit ?? ''}`.trim()];
  if (range.low === range.high) return { en: `${high} everywhere`, zh: `各处均为 ${high}` };
  if (range.low < 0 && range.high > 0) {
    return { en: `${low} (orange) over 0 (pale) to ${high} (blue)`, zh: `${low}（橙）经 0（浅）至 ${high}（蓝）` };
  }
  if (range.low < 0) return { en: `${low} (dark orange) to ${high} (pale)`, zh: `${low}（深橙）至 ${high}（浅）` };
  return { en: `${low} (pale) to ${high} (dark)`, zh: `${low}（浅）至 ${high}（深）` };
}

function namesOf(codes: NonNullable<MapLegend['codes']>, language: 'en' | 'zh', comma: string): string {
  return shownCodes(codes)
    .map(({ name }) => name[language])
    .join(comma);
}

/** Codes that the picture has. */
export function shownCodes(codes: NonNullable<MapLegend['codes']>): NonNullable<MapLegend['codes']> {
  return codes.filter(({ pixels }) => pixels > 0);
}
