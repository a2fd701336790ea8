/** What S3 answers hold and what is refused in them; plain values, so that no SDK type leaves the driver. */

import { CitysinkError } from '../errors.ts';
import type { S3Call } from './s3-errors.ts';
import type { ObjectInfo } from './store.ts';

interface RangeAnswer {
  readonly ContentRange?: string | undefined;
  readonly ContentLength?: number | undefined;
}

/** Bytes of a whole object, known before its body is taken. Errors: OBJECT_TOO_LARGE; STORE_UNAVAILABLE without a length. */
export function knownSize(url: string, sizeBytes: number | undefined, maxBytes: number): number {
  if (sizeBytes === undefined) {
    throw new CitysinkError('STORE_UNAVAILABLE', `read ${url}: the answer has no Content-Length`, { context: { url } });
  }
  if (sizeBytes > maxBytes) throw tooLarge(url, sizeBytes, maxBytes);
  return sizeBytes;
}

/** What S3 tells about an object. */
export function objectInfo(
  url: string,
  size: number | undefined,
  etag: string | undefined,
  modified: Date | undefined,
): ObjectInfo {
  return { url, sizeBytes: size ?? 0, etag: etag ?? '', modified: (modified ?? new Date(0)).toISOString() };
}

/** Keys come percent-encoded, with `+` for a space, where the server says that it did so. */
export function decodeKey(key: string, encoding: string | undefined): string {
  return encoding === 'url' ? decodeURIComponent(key.replaceAll('+', ' ')) : key;
}

/** Whether a failure is one of ours with this code. */
export function isCode(error: unknown, code: CitysinkError['code']): boolean {
  return error instanceof CitysinkError && error.code === code;
}

/** Whether OBJECT_NOT_FOUND is about the bucket and not about a key in it. */
export function isMissingBucket(error: unknown): boolean {
  return error instanceof CitysinkError && error.context.s3Code === 'NoSuchBucket';
}

/** A missed deadline: `what` was not had within `millis`. */
export function late(call: S3Call, what: string, millis: number): CitysinkError {
  return new CitysinkError('STORE_TIMEOUT', `${call.verb} ${call.url}: ${what} within ${Math.round(millis)} ms`, {
    context: { url: call.url, verb: call.verb, transient: true },
  });
}

function tooLarge(url: string, sizeBytes: number, maxBytes: number): CitysinkError {
  const message = `read ${url}: ${sizeBytes} bytes, more than the ${maxBytes} allowed`;
  return new CitysinkError('OBJECT_TOO_LARGE', message, { context: { url, expected: maxBytes, found: sizeBytes } });
}

/** A list that would never end: more is promised and no place given to go on from. */
export function endlessList(url: string): CitysinkError {
  const message = `list ${url}: the server says that there are more objects and does not say where they go on`;
  return new CitysinkError('STORE_UNAVAILABLE', message, { context: { url } });
}

/** Refuses an answer that is not the range asked for: short because the object ends, or the whole because Range is ignored. */
export function checkRange(url: string, range: { offset: number; length: number }, answer: RangeAnswer): void {
  const expected = `bytes ${range.offset}-${range.offset + range.length - 1}/`;
  const found = answer.ContentRange ?? 'no Content-Range';
  if (found.startsWith(expected)) return;
  if (answer.ContentRange === undefined && range.offset === 0 && answer.ContentLength === range.length) return;
  const ends = found.startsWith(`bytes ${range.offset}-`);
  throw new CitysinkError(
    ends ? 'OBJECT_TRUNCATED' : 'STORE_UNAVAILABLE',
    `read ${url}: expected ${expected.slice(0, -1)}, found ${found}${ends ? ': the object ends there' : ''}`,
    { context: { url, expected, found } },
  );
}
