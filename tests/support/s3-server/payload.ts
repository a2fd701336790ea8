/** Bodies as the SDK sends them: plain, or aws-chunked with signatures or trailing checksums; checked before use. */

import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { chunkSignature, type Signature, sha256 } from './sigv4.ts';

type Headers = Readonly<Record<string, string>>;

/** The decoded body, or S3's error code where a hash, signature or checksum does not hold. */
export function decodePayload(raw: Buffer, headers: Headers, signature: Signature | null): Buffer | string {
  const form = headers['x-amz-content-sha256'] ?? 'UNSIGNED-PAYLOAD';
  if (form.startsWith('STREAMING-')) return decodeChunks(raw, headers, form, signature);
  if (/^[0-9a-f]{64}$/.test(form) && sha256(raw) !== form) return 'XAmzContentSHA256Mismatch';
  return checksumsHold(raw, headers) ? raw : 'BadDigest';
}

function decodeChunks(raw: Buffer, headers: Headers, form: string, signature: Signature | null): Buffer | string {
  const signed = form.startsWith('STREAMING-AWS4-HMAC-SHA256-PAYLOAD');
  const chunks: Buffer[] = [];
  let previous = signature?.signature ?? '';
  let at = 0;
  for (;;) {
    const lineEnd = raw.indexOf('\r\n', at);
    if (lineEnd < 0) return 'IncompleteBody';
    const [sizeText = '', extension = ''] = raw.toString('latin1', at, lineEnd).split(';');
    const size = Number.parseInt(sizeText, 16);
    if (!(size >= 0) || lineEnd + 2 + size > raw.length) return 'IncompleteBody';
    const chunk = raw.subarray(lineEnd + 2, lineEnd + 2 + size);
    if (signed && signature !== null) {
      previous = chunkSignature(signature, previous, chunk);
      if (extension !== `chunk-signature=${previous}`) return 'SignatureDoesNotMatch';
    }
    at = lineEnd + 2 + size;
    if (size === 0) break;
    chunks.push(chunk);
    at += 2;
  }
  const body = Buffer.concat(chunks);
  if (body.length !== Number(headers['x-amz-decoded-content-length'] ?? body.length)) return 'IncompleteBody';
  const trailers = Object.fromEntries(
    raw
      .toString('latin1', at)
      .split('\r\n')
      .map((line) => line.split(/:(.*)/s))
      .filter((pair) => pair.length > 1)
      .map(([name = '', value = '']) => [name.toLowerCase(), value.trim()]),
  );
  return checksumsHold(body, { ...headers, ...trailers }) ? body : 'BadDigest';
}

function checksumsHold(body: Buffer, headers: Headers): boolean {
  const crc = Buffer.alloc(4);
  crc.writeUInt32BE(crc32(body));
  const expected: [string, () => string][] = [
    ['content-md5', () => createHash('md5').update(body).digest('base64')],
    ['x-amz-checksum-crc32', () => crc.toString('base64')],
    ['x-amz-checksum-sha256', () => createHash('sha256').update(body).digest('base64')],
  ];
  return expected.every(([name, digest]) => headers[name] === undefined || headers[name] === digest());
}
