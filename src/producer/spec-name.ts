/**
 * @pure The name of a spec that is read with the defaults of a region: `<spec>#defaults=<region file>`. It stands in plans, so
 * that `retry` and `explain` read the same spec again. File URLs have no bare `#`.
 */
const MARK = '#defaults=';

export function specName(specUrl: string, regionUrl: string | null): string {
  return regionUrl === null ? specUrl : `${specUrl}${MARK}${regionUrl}`;
}

/** `regionUrl` is null where the name is a plain URL. */
export function partsOfSpecName(name: string): { readonly specUrl: string; readonly regionUrl: string | null } {
  const at = name.indexOf(MARK);
  if (at < 0) return { specUrl: name, regionUrl: null };
  return { specUrl: name.slice(0, at), regionUrl: name.slice(at + MARK.length) };
}
