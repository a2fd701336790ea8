/** Sends an answer, whole or spoiled by a failure on command; says how many bytes of body went out. */

import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { Answer } from './answer.ts';
import { readSlice, sliceBytes } from './buckets.ts';
import type { FailureAction } from './failures.ts';

/** Resets the connection (RST, not a polite end). */
export function reset(response: ServerResponse): void {
  response.socket?.resetAndDestroy();
}

function head(response: ServerResponse, answer: Answer, length: number): void {
  response.writeHead(answer.status, { 'content-length': String(length), ...answer.headers });
}

function lengthOf(answer: Answer): number {
  return typeof answer.body === 'string' ? Buffer.byteLength(answer.body) : answer.body.end + 1 - answer.body.start;
}

/** The answer as it should be. */
export async function send(response: ServerResponse, answer: Answer, withBody: boolean): Promise<number> {
  head(response, answer, lengthOf(answer));
  if (!withBody || typeof answer.body === 'string' || lengthOf(answer) === 0) {
    const text = withBody && typeof answer.body === 'string' ? answer.body : '';
    response.end(text);
    return Buffer.byteLength(text);
  }
  const slice = readSlice(answer.body.object, answer.body.start, answer.body.end);
  if (slice instanceof Readable) await pipeline(slice, response);
  else response.end(slice);
  return lengthOf(answer);
}

async function bodyBytes(answer: Answer): Promise<Buffer> {
  if (typeof answer.body === 'string') return Buffer.from(answer.body);
  return sliceBytes(answer.body.object, answer.body.start, answer.body.end);
}

async function drip(response: ServerResponse, body: Buffer, bytes: number, everyMs: number): Promise<number> {
  let sent = 0;
  for (; sent < body.length && !response.destroyed; sent += bytes) {
    response.write(body.subarray(sent, sent + bytes));
    await pause(everyMs);
  }
  response.end();
  return Math.min(sent, body.length);
}

/** Part of the body, given time to arrive, then the connection ends by a reset or by a plain close. */
async function cutShort(response: ServerResponse, body: Buffer, bytes: number, end: (r: ServerResponse) => void) {
  response.write(body.subarray(0, bytes));
  await pause(20);
  end(response);
  return bytes;
}

/** The answer spoiled as the action says. */
export async function sendSpoiled(
  response: ServerResponse,
  answer: Answer,
  withBody: boolean,
  action: FailureAction,
): Promise<number> {
  if (action.kind === 'no-answer') return 0;
  if (action.kind === 'wrong-etag') {
    return send(
      response,
      { ...answer, headers: { ...answer.headers, etag: '"00000000000000000000000000000000"' } },
      withBody,
    );
  }
  const body = withBody ? await bodyBytes(answer) : Buffer.alloc(0);
  if (action.kind === 'headers-then-silence') {
    head(response, answer, lengthOf(answer));
    response.flushHeaders();
    return 0;
  }
  const half = Math.floor(body.length / 2);
  head(response, answer, lengthOf(answer));
  if (action.kind === 'slow-drip') return drip(response, body, action.bytes, action.everyMs);
  if (action.kind === 'reset-mid-body') return cutShort(response, body, action.afterBytes ?? half, reset);
  if (action.kind === 'truncate') {
    return cutShort(response, body, action.afterBytes ?? half, (r) => void r.socket?.end());
  }
  if (action.kind === 'flip-byte') {
    const at = action.at ?? half;
    body[at] = (body[at] ?? 0) ^ 1;
  }
  response.end(body);
  return body.length;
}
