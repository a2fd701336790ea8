/** S3's answers as XML. */

export interface XmlTree {
  readonly [name: string]: string | number | boolean | XmlTree | readonly XmlTree[] | undefined;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
};

function escapeText(text: string): string {
  return text.replace(/[&<>"\r]/g, (char) => ESCAPES[char] ?? char);
}

function element(name: string, value: XmlTree[string]): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.map((one) => element(name, one)).join('');
  if (typeof value === 'object') return `<${name}>${children(value as XmlTree)}</${name}>`;
  return `<${name}>${escapeText(String(value))}</${name}>`;
}

function children(tree: XmlTree): string {
  return Object.entries(tree)
    .map(([name, value]) => element(name, value))
    .join('');
}

export function toXml(root: string, tree: XmlTree): string {
  const namespace = root === 'Error' ? '' : ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}${namespace}>${children(tree)}</${root}>`;
}

/** Texts of all elements of a name, unescaped; enough for the few bodies that clients send. */
export function xmlTexts(xml: string, name: string): string[] {
  const found = xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'));
  return [...found].map(([, text = '']) =>
    text
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&quot;', '"')
      .replaceAll('&#34;', '"')
      .replaceAll('&apos;', "'")
      .replaceAll('&amp;', '&'),
  );
}
