/**
 * Places as URLs: `s3://bucket/key` with the key as it is (nothing is percent-encoded, as in the AWS CLI),
 * `file:///abs` percent-encoded as usual, and plain paths, which become `file://` URLs.
 */

import { isAbsolute } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { CitysinkError } from '../errors.ts';

export interface S3Place {
  readonly bucket: string;
  /** Literal key; empty for the bucket itself. */
  readonly key: string;
}

export type StoreScheme = 's3' | 'file';

const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,62}$/;
const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]+):/;

/** S3's limit for a key, in bytes of UTF-8. */
const MAX_KEY_BYTES = 1024;

function invalid(url: string, expected: string): CitysinkError {
  return new CitysinkError('STORE_URL_INVALID', `${redactUrl(url)}: expected ${expected}`, {
    context: { url: redactUrl(url), expected },
  });
}

/** A URL fit for messages: no user, no password, no query string (where signatures stand). */
export function redactUrl(url: string): string {
  const plain = url.replace(/^([A-Za-z][A-Za-z0-9+.-]*:\/\/)[^/@?]*@/, '$1');
  return /^https?:/i.test(plain) ? plain.replace(/\?.*$/s, '') : plain;
}

/** The scheme of a store URL. Errors: STORE_URL_INVALID for anything but `s3://` and `file://`. */
export function schemeOf(url: string): StoreScheme {
  if (url.startsWith('s3://')) return 's3';
  if (url.startsWith('file://')) return 'file';
  throw invalid(url, 's3://bucket/key or a file:// URL');
}

function refuseDots(segments: readonly string[], url: string): void {
  if (segments.some((part) => part === '..' || part === '.')) throw invalid(url, 'a key without . or .. segments');
}

/** Bucket and key of an `s3://` URL. Errors: STORE_URL_INVALID (bad bucket, `..` in the key, key over 1024 bytes). */
export function parseS3Url(url: string): S3Place {
  if (!url.startsWith('s3://')) throw invalid(url, 's3://bucket/key');
  const rest = url.slice('s3://'.length);
  const slash = rest.indexOf('/');
  const bucket = slash < 0 ? rest : rest.slice(0, slash);
  const key = slash < 0 ? '' : rest.slice(slash + 1);
  if (!BUCKET.test(bucket)) throw invalid(url, 's3://bucket/key with a bucket of letters, digits, dots and dashes');
  refuseDots(key.split('/'), url);
  if (new TextEncoder().encode(key).length > MAX_KEY_BYTES) throw invalid(url, 'a key of at most 1024 bytes');
  return { bucket, key };
}

/** As parseS3Url, and the key is there. Errors: STORE_URL_INVALID. */
export function parseObjectUrl(url: string): S3Place {
  const place = parseS3Url(url);
  if (place.key === '') throw invalid(url, 's3://bucket/key, not a bucket alone');
  return place;
}

/** The URL of a bucket and a literal key. */
export function formatS3Url(place: S3Place): string {
  return `s3://${place.bucket}/${place.key}`;
}

/** Absolute path of a `file://` URL. Errors: STORE_URL_INVALID for another scheme, a host, or an encoded slash. */
export function fileUrlToPath(url: string): string {
  if (!url.startsWith('file:')) throw invalid(url, 'a file:// URL');
  try {
    const path = fileURLToPath(url);
    if (!path.includes('\0')) return path;
  } catch {
    // The reason of Node names its own internals; ours names the form.
  }
  throw invalid(url, 'file:///absolute/path');
}

/** The `file://` URL of an absolute path; a trailing slash is kept. */
export function pathToUrl(path: string): string {
  if (!isAbsolute(path)) throw invalid(path, 'an absolute path');
  return pathToFileURL(path).href;
}

/** Splits, drops `.` and applies `..`; null where `..` climbs over the top. */
function walk(from: readonly string[], steps: readonly string[]): string[] | null {
  const segments = [...from];
  for (const step of steps) {
    if (step === '.' || step === '') continue;
    if (step !== '..') segments.push(step);
    else if (segments.pop() === undefined) return null;
  }
  return segments;
}

/**
 * The object `relative` (literal, `/` between segments) inside the folder `base`.
 * Errors: STORE_URL_INVALID where it would leave the folder: `..`, `.`, a leading slash.
 */
export function joinUrl(base: string, relative: string): string {
  const segments = relative.split('/');
  refuseDots(segments, relative);
  if (relative.startsWith('/') || relative.includes('\0')) throw invalid(relative, 'a path inside its folder');
  if (schemeOf(base) === 's3') {
    const { bucket, key } = parseS3Url(base);
    const folder = key === '' || key.endsWith('/') ? key : `${key}/`;
    return formatS3Url(parsed({ bucket, key: folder + relative }));
  }
  const folder = fileUrlToPath(base).replace(/\/*$/, '/');
  return pathToUrl(folder + relative);
}

function parsed(place: S3Place): S3Place {
  return parseS3Url(formatS3Url(place));
}

/** The folder an object is in, with a trailing slash: `s3://b/a/c.tif` gives `s3://b/a/`; a folder gives itself. */
export function folderOf(url: string): string {
  schemeOf(url);
  const bare = url.startsWith('s3://') && !url.slice('s3://'.length).includes('/') ? `${url}/` : url;
  return bare.slice(0, bare.lastIndexOf('/') + 1);
}

/** The last segment, decoded: `file:///a/b%20c.tif` gives `b c.tif`; empty for a folder. */
export function baseNameOf(url: string): string {
  const literal = schemeOf(url) === 's3' ? parseS3Url(url).key : fileUrlToPath(url);
  return literal.slice(literal.lastIndexOf('/') + 1);
}

/**
 * A place as people write it: a store URL, an absolute path, or a path relative to `baseFolderUrl`, which may be in a
 * bucket. A trailing slash is kept (it makes the place a prefix). Errors: STORE_URL_INVALID.
 */
export function resolveUrl(text: string, baseFolderUrl: string): string {
  if (text.trim() === '') throw invalid(text, 'a path or URL');
  if (text.startsWith('s3://')) return formatS3Url(parseS3Url(text));
  const fromS3 = schemeOf(baseFolderUrl) === 's3';
  if (fromS3 && (text.startsWith('file:') || isAbsolute(text))) {
    throw invalid(text, 's3:// or a relative path: what stands in a bucket names no file of the machine that reads it');
  }
  if (text.startsWith('file:')) return pathToUrl(fileUrlToPath(text));
  if (SCHEME.test(text)) throw invalid(text, 's3://bucket/key, file:///path or a path');
  if (text.includes('\0')) throw invalid(text, 'a path without NUL');
  const tail = /(^|\/)\.{0,2}$/.test(text) ? '/' : '';
  if (isAbsolute(text)) return pathToUrl(absolutePath([], text, tail));
  if (!fromS3) {
    return pathToUrl(absolutePath(fileUrlToPath(folderOf(baseFolderUrl)).split('/').filter(Boolean), text, tail));
  }
  const { bucket, key } = parseS3Url(folderOf(baseFolderUrl));
  const segments = walk(key.split('/').filter(Boolean), text.split('/'));
  if (segments === null) throw invalid(text, `a path inside the bucket ${bucket}`);
  return formatS3Url(parsed({ bucket, key: segments.join('/') + (segments.length > 0 ? tail : '') }));
}

function absolutePath(from: readonly string[], text: string, tail: string): string {
  // Above the root is the root, as the file system has it.
  const segments = walk(from, text.split('/')) ?? [];
  return `/${segments.join('/')}${segments.length > 0 ? tail : ''}`;
}
