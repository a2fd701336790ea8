/** AWS Signature Version 4 as a server checks it, from the published description; header form only. */

import { createHash, createHmac } from 'node:crypto';

export interface SignedRequest {
  readonly method: string;
  /** Path and query as they came over the wire. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** What the chunk signatures of a streamed body go on from. */
export interface Signature {
  readonly signature: string;
  readonly scope: string;
  readonly date: string;
  readonly signingKey: Buffer;
}

const MAX_SKEW_MS = 15 * 60_000;
const EMPTY_SHA256 = sha256('');

export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}

function uriEncode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function canonicalQuery(query: string): string {
  const pairs = query.split('&').filter(Boolean);
  const encoded = pairs.map((pair) => {
    const at = pair.indexOf('=');
    const name = at < 0 ? pair : pair.slice(0, at);
    const value = at < 0 ? '' : pair.slice(at + 1);
    return `${uriEncode(decodeURIComponent(name))}=${uriEncode(decodeURIComponent(value))}`;
  });
  return encoded.sort().join('&');
}

function canonicalRequest(request: SignedRequest, signedHeaders: readonly string[], payloadHash: string): string {
  const at = request.target.indexOf('?');
  const path = at < 0 ? request.target : request.target.slice(0, at);
  const query = at < 0 ? '' : request.target.slice(at + 1);
  const uri = path
    .split('/')
    .map((part) => uriEncode(decodeURIComponent(part)))
    .join('/');
  const headers = signedHeaders.map((name) => `${name}:${(request.headers[name] ?? '').trim().replace(/ +/g, ' ')}\n`);
  return [request.method, uri, canonicalQuery(query), headers.join(''), signedHeaders.join(';'), payloadHash].join(
    '\n',
  );
}

function amzDateMs(date: string): number {
  return Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

/** The signature if it is right; else S3's error code. */
export function verifySignature(request: SignedRequest, keys: Keys): Signature | string {
  const form =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;
  const parts = form.exec(request.headers.authorization ?? '');
  if (parts === null) return 'AuthorizationHeaderMalformed';
  const [, accessKeyId = '', day = '', region = '', names = '', signature = ''] = parts;
  if (accessKeyId !== keys.accessKeyId) return 'InvalidAccessKeyId';
  const date = request.headers['x-amz-date'] ?? '';
  if (!(Math.abs(amzDateMs(date) - Date.now()) < MAX_SKEW_MS)) return 'RequestTimeTooSkewed';
  const signedHeaders = names.split(';');
  const mustSign = Object.keys(request.headers).filter((name) => name === 'host' || name.startsWith('x-amz-'));
  if (mustSign.some((name) => !signedHeaders.includes(name))) return 'AccessDenied';
  const scope = `${day}/${region}/s3/aws4_request`;
  const signingKey = hmac(hmac(hmac(hmac(`AWS4${keys.secretAccessKey}`, day), region), 's3'), 'aws4_request');
  const canonical = canonicalRequest(request, signedHeaders, request.headers['x-amz-content-sha256'] ?? EMPTY_SHA256);
  const toSign = `AWS4-HMAC-SHA256\n${date}\n${scope}\n${sha256(canonical)}`;
  if (hmac(signingKey, toSign).toString('hex') !== signature) return 'SignatureDoesNotMatch';
  return { signature, scope, date, signingKey };
}

/** The signature of one chunk of a STREAMING-AWS4-HMAC-SHA256-PAYLOAD body. */
export function chunkSignature(before: Signature, previous: string, chunk: Uint8Array): string {
  const lines = ['AWS4-HMAC-SHA256-PAYLOAD', before.date, before.scope, previous, EMPTY_SHA256, sha256(chunk)];
  return hmac(before.signingKey, lines.join('\n')).toString('hex');
}
