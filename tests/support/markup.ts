/** A small reader of the report's own HTML: elements with their attributes, and text, for tests of what a browser would see. */

export interface Element {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Every start tag, in order; the insides of style and script are no markup. */
export function elementsOf(html: string): Element[] {
  const bare = html.replace(/(<(style|script)[^>]*>)[\s\S]*?<\/\2>/g, '$1');
  return [...bare.matchAll(/<([a-zA-Z][a-zA-Z0-9]*)((?:\s+[a-zA-Z][a-zA-Z0-9:-]*(?:="[^"]*")?)*)\s*\/?>/g)].map(
    ([, tag = '', list = '']) => ({
      tag: tag.toLowerCase(),
      attributes: Object.fromEntries(
        [...list.matchAll(/([a-zA-Z][a-zA-Z0-9:-]*)(?:="([^"]*)")?/g)].map(([, name = '', value = '']) => [
          name,
          value,
        ]),
      ),
    }),
  );
}

/** Words that stand in the document, without markup, entities resolved; one language, or both. */
export function wordsOf(html: string, language: 'en' | 'zh' | null = null): string {
  const other = language === null ? null : language === 'en' ? 'zh' : 'en';
  let text = html.replace(/<(style|script|head)[^>]*>[\s\S]*?<\/\1>/g, '');
  if (other !== null) text = withoutClass(text, other);
  return text
    .replace(/<\/(p|td|th|li|h1|h2|h3|dd|dt|figcaption|caption|div|tr)>/g, '\n')
    .replace(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
    .replaceAll('\u00a0', ' ');
}

/** Without spans of a class, whatever stands in them. */
function withoutClass(html: string, name: string): string {
  let left = html;
  for (;;) {
    const start = left.search(new RegExp(`<t?span class="${name}"`));
    if (start < 0) return left;
    const tag = /^<t?span/.exec(left.slice(start))?.[0].slice(1) ?? 'span';
    left = left.slice(0, start) + left.slice(endOf(left, start, tag));
  }
}

function endOf(html: string, start: number, tag: string): number {
  const tags = new RegExp(`<(/?)${tag}\\b`, 'g');
  tags.lastIndex = start;
  let depth = 0;
  for (let found = tags.exec(html); found !== null; found = tags.exec(html)) {
    depth += found[1] === '/' ? -1 : 1;
    if (depth === 0) return html.indexOf('>', found.index) + 1;
  }
  return html.length;
}
