/** ListObjects, versions 1 and 2: prefix, delimiter, pages, url encoding. */

import { type Bucket, byteOrder } from './buckets.ts';
import { toXml, type XmlTree } from './xml.ts';

const MAX_KEYS = 1000;

function encodeKey(key: string): string {
  return encodeURIComponent(key)
    .replaceAll('%2F', '/')
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}

interface Page {
  readonly contents: string[];
  readonly prefixes: string[];
  /** Where the next page begins: everything after this text; null at the end. */
  readonly next: string | null;
}

/** Up to `maxKeys` keys and common prefixes after `after`, in byte order. */
function collect(bucket: Bucket, prefix: string, delimiter: string, after: string, maxKeys: number): Page {
  const page: Page = { contents: [], prefixes: [], next: null };
  const afterOrder = byteOrder(after);
  let last = after;
  for (const key of bucket.keys()) {
    if (!key.startsWith(prefix) || byteOrder(key) <= afterOrder) continue;
    const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    const common = cut < 0 ? null : key.slice(0, cut + delimiter.length);
    // The rest of a common prefix that was given already, on this page or the last.
    if (common !== null && (common === page.prefixes.at(-1) || common === after)) continue;
    if (page.contents.length + page.prefixes.length === maxKeys) return { ...page, next: last };
    if (common === null) page.contents.push(key);
    else page.prefixes.push(common);
    last = common ?? key;
  }
  return page;
}

function entry(bucket: Bucket, key: string, encode: (key: string) => string): XmlTree {
  const object = bucket.get(key);
  return {
    Key: encode(key),
    LastModified: object?.modified.toISOString(),
    ETag: object?.etag,
    Size: object?.sizeBytes,
    StorageClass: 'STANDARD',
  };
}

function token(after: string): string {
  return Buffer.from(after).toString('base64url');
}

/** The body of the answer to a list request. */
export function listObjects(bucket: Bucket, query: URLSearchParams): string {
  const v2 = query.get('list-type') === '2';
  const asked = Number(query.get('max-keys') ?? MAX_KEYS);
  const maxKeys = Math.min(MAX_KEYS, Number.isFinite(asked) ? asked : MAX_KEYS);
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const continuation = query.get('continuation-token');
  const start = query.get(v2 ? 'start-after' : 'marker') ?? '';
  const after = continuation === null ? start : Buffer.from(continuation, 'base64url').toString();
  const page =
    maxKeys === 0 ? { contents: [], prefixes: [], next: null } : collect(bucket, prefix, delimiter, after, maxKeys);
  const encoding = query.get('encoding-type') ?? undefined;
  const encode = encoding === 'url' ? encodeKey : (key: string) => key;
  const next = page.next;
  return toXml('ListBucketResult', {
    Name: bucket.name,
    Prefix: encode(prefix),
    Delimiter: delimiter === '' ? undefined : encode(delimiter),
    MaxKeys: maxKeys,
    EncodingType: encoding,
    KeyCount: v2 ? page.contents.length + page.prefixes.length : undefined,
    IsTruncated: next !== null,
    ContinuationToken: continuation ?? undefined,
    NextContinuationToken: v2 && next !== null ? token(next) : undefined,
    NextMarker: !v2 && next !== null ? encode(next) : undefined,
    Contents: page.contents.map((key) => entry(bucket, key, encode)),
    CommonPrefixes: page.prefixes.map((one) => ({ Prefix: encode(one) })),
  });
}
