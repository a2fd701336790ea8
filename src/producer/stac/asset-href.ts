/** Where an asset or link of a STAC document lies, as a place that the stores can read. */

import { CitysinkError } from '../../shared/errors.ts';
import { redactUrl, resolveUrl } from '../../shared/io/store-url.ts';

const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]+):/;
/** bucket.s3.region, bucket.s3-region, bucket.s3 and their dual-stack and Chinese forms; a bucket may have dots. */
const BUCKET_HOST = /^(?<bucket>.+)\.s3(?:[.-](?:dualstack\.)?[a-z0-9-]+)?\.amazonaws\.com(?:\.cn)?$/;
const PATH_HOST = /^s3(?:[.-](?:dualstack\.)?[a-z0-9-]+)?\.amazonaws\.com(?:\.cn)?$/;

/**
 * The store URL of an href in the document at `documentUrl`. Addresses of S3's own hosts and GDAL's /vsis3/ become
 * `s3://`; relative ones are URI references, so percent escapes are undone.
 *
 * Errors: REQUEST_INVALID for other schemes and hosts, and for files named by a document that is not a file itself.
 */
export function hrefToUrl(href: string, documentUrl: string): string {
  const text = href.trim();
  const scheme = SCHEME.exec(text)?.[1]?.toLowerCase();
  const fromFile = documentUrl.startsWith('file:');
  if (scheme === 's3') return checked(text, documentUrl, text);
  if (text.startsWith('/vsis3/')) return checked(`s3://${text.slice('/vsis3/'.length)}`, documentUrl, text);
  if (scheme === 'https' || scheme === 'http') return checked(s3AddressOf(text), documentUrl, text);
  if (scheme !== undefined && scheme !== 'file') {
    throw refused(text, documentUrl, 's3://, a path beside the document, or an address of S3');
  }
  const isFile = scheme === 'file' || text.startsWith('/');
  if (isFile && !fromFile) throw refused(text, documentUrl, 's3://, or a path relative to the document');
  if (!fromFile && !documentUrl.startsWith('s3:')) throw refused(text, documentUrl, 's3:// or an address of S3');
  return checked(scheme === 'file' ? text : unescaped(text), documentUrl, text);
}

/** Whether an href names a place relative to its document. */
export function isRelativeHref(href: string): boolean {
  const text = href.trim();
  return !SCHEME.test(text) && !text.startsWith('/');
}

function refused(href: string, documentUrl: string, expected: string): CitysinkError {
  const found = redactUrl(href).slice(0, 300);
  const problem = { where: redactUrl(documentUrl), message: 'names a place that is not read', expected, found };
  return new CitysinkError('REQUEST_INVALID', `${problem.where}: ${found} is not read: expected ${expected}`, {
    problems: [problem],
    context: { url: problem.where },
  });
}

function checked(text: string | null, documentUrl: string, href: string): string {
  if (text === null) throw refused(href, documentUrl, 's3:// or an address of S3: nothing else is read over HTTP');
  let url: string;
  try {
    // A document from an API has no folder; relative places were refused before.
    url = resolveUrl(text, /^(s3|file):/.test(documentUrl) ? documentUrl : 's3://none/');
  } catch (error) {
    if (!(error instanceof CitysinkError)) throw error;
    throw refused(href, documentUrl, error.message);
  }
  if (url.endsWith('/') || /^s3:\/\/[^/]+$/.test(url)) throw refused(href, documentUrl, 'a file or object');
  return url;
}

/** `s3://` of an HTTP address of S3, or null. Signed and versioned addresses (with a query) are none. */
function s3AddressOf(address: string): string | null {
  const url = URL.parse(address);
  if (url === null || url.search !== '' || url.hash !== '' || url.username !== '' || url.port !== '') return null;
  const path = unescaped(url.pathname.slice(1));
  if (PATH_HOST.test(url.hostname)) return path.includes('/') ? `s3://${path}` : null;
  const bucket = BUCKET_HOST.exec(url.hostname)?.groups?.bucket;
  return bucket === undefined || path === '' ? null : `s3://${bucket}/${path}`;
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
