/** What a handler decides, before anything is sent, so that failures can be played on it. */

import type { StoredObject } from './buckets.ts';
import { toXml } from './xml.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  /** A text, or the bytes `start` to `end` (inclusive) of an object. */
  readonly body: string | { readonly object: StoredObject; readonly start: number; readonly end: number };
}

/** S3's error codes that this server gives, with their statuses. */
const STATUSES: Readonly<Record<string, number>> = {
  AccessDenied: 403,
  AuthorizationHeaderMalformed: 400,
  BadDigest: 400,
  EntityTooSmall: 400,
  IncompleteBody: 400,
  InternalError: 500,
  InvalidAccessKeyId: 403,
  InvalidArgument: 400,
  InvalidPart: 400,
  InvalidRange: 416,
  MethodNotAllowed: 405,
  NoSuchBucket: 404,
  NoSuchKey: 404,
  NoSuchUpload: 404,
  NotImplemented: 501,
  PreconditionFailed: 412,
  RequestTimeTooSkewed: 403,
  SignatureDoesNotMatch: 403,
  SlowDown: 503,
  XAmzContentSHA256Mismatch: 400,
};

/** An error by S3's code; thrown by handlers and turned into XML. */
export class S3Refusal extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, status?: number) {
    super(code);
    this.code = code;
    this.status = status ?? STATUSES[code] ?? 400;
  }
}

export function xmlAnswer(root: string, tree: Parameters<typeof toXml>[1]): Answer {
  return { status: 200, headers: { 'content-type': 'application/xml' }, body: toXml(root, tree) };
}

export function empty(status: number, headers: Record<string, string> = {}): Answer {
  return { status, headers, body: '' };
}

export function errorAnswer(refusal: S3Refusal, resource: string): Answer {
  const body = toXml('Error', {
    Code: refusal.code,
    Message: `refused: ${refusal.code}`,
    Resource: resource,
    RequestId: '0',
  });
  return { status: refusal.status, headers: { 'content-type': 'application/xml' }, body };
}
