/** Well-known text of coordinate reference systems (WKT 1 of OGC and ESRI, WKT 2) as a tree of nodes. */

export interface WktNode {
  /** Keyword in upper case: PROJCS, PARAMETER, ID ... */
  readonly keyword: string;
  /** Texts and numbers of the node itself, in order. */
  readonly values: readonly (string | number)[];
  readonly children: readonly WktNode[];
}

const MAX_LENGTH = 65_536;
const MAX_DEPTH = 32;

const TOKEN =
  /\s*(?:"((?:[^"]|"")*)"|([A-Za-z_][A-Za-z_0-9]*)|([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)|([[\](),]))/y;

/** The tree of a text, or null where it is none. Bounded in length and depth. */
export function parseWkt(text: string): WktNode | null {
  if (text.length > MAX_LENGTH) return null;
  const tokens = tokensOf(text.replace(/^\ufeff/, '').trim());
  if (tokens === null) return null;
  const at = { place: 0 };
  const node = readNode(tokens, at, 0);
  return node !== null && at.place === tokens.length ? node : null;
}

type Token =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'word'; readonly text: string }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'mark'; readonly text: string };

function tokensOf(text: string): Token[] | null {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const [, quoted, word, digits, mark]: (string | undefined)[] = TOKEN.exec(text) ?? [];
    if (quoted !== undefined) tokens.push({ kind: 'text', text: quoted.replaceAll('""', '"') });
    else if (word !== undefined) tokens.push({ kind: 'word', text: word });
    else if (digits !== undefined) tokens.push({ kind: 'number', value: Number(digits) });
    else if (mark !== undefined) tokens.push({ kind: 'mark', text: mark });
    else return null;
  }
  return tokens;
}

function readNode(tokens: readonly Token[], at: { place: number }, depth: number): WktNode | null {
  const word = tokens[at.place++];
  if (word?.kind !== 'word' || depth > MAX_DEPTH || !isMark(tokens[at.place++], '[(')) return null;
  const values: (string | number)[] = [];
  const children: WktNode[] = [];
  for (;;) {
    const token = tokens[at.place];
    if (token?.kind === 'word' && isMark(tokens[at.place + 1], '[(')) {
      const child = readNode(tokens, at, depth + 1);
      if (child === null) return null;
      children.push(child);
    } else if (token?.kind === 'number') {
      values.push(token.value);
      at.place++;
    } else if (token?.kind === 'text' || token?.kind === 'word') {
      // Bare words: axis directions (EAST, NORTH), kinds of coordinate systems.
      values.push(token.text);
      at.place++;
    } else return null;
    const next = tokens[at.place++];
    if (isMark(next, '])')) return { keyword: word.text.toUpperCase(), values, children };
    if (!isMark(next, ',')) return null;
  }
}

function isMark(token: Token | undefined, among: string): boolean {
  return token?.kind === 'mark' && among.includes(token.text);
}

/** The first child with one of these keywords. */
export function childOf(node: WktNode, ...keywords: readonly string[]): WktNode | undefined {
  return node.children.find((child) => keywords.includes(child.keyword));
}

/** Text of a node's first value: its name. */
export function nameOf(node: WktNode | undefined): string {
  return String(node?.values[0] ?? '');
}

/** EPSG code that a node carries as AUTHORITY (WKT 1) or ID (WKT 2), or null. */
export function epsgOf(node: WktNode): number | null {
  const mark = childOf(node, 'AUTHORITY', 'ID');
  if (mark === undefined || String(mark.values[0]).toUpperCase() !== 'EPSG') return null;
  const code = Number(mark.values[1]);
  return Number.isSafeInteger(code) && code > 0 ? code : null;
}
