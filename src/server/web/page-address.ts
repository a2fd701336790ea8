/** @pure Addresses inside of the page, behind the `#`: paths of encoded parts, then a query. */

export interface Address {
  readonly parts: readonly string[];
  readonly query: ReadonlyMap<string, string>;
}

export function parseAddress(hash: string): Address {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  const parts = path.split('/').filter((part) => part !== '');
  return { parts: parts.map(decoded), query: new Map(new URLSearchParams(query)) };
}

/** Always an address of the page itself, whatever the parts are. */
export function addressOf(parts: readonly string[], query: Readonly<Record<string, string>> = {}): string {
  const text = new URLSearchParams(query).toString();
  return `#/${parts.map(encodeURIComponent).join('/')}${text === '' ? '' : `?${text}`}`;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
