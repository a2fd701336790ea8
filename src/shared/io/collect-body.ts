/** Bodies of answers into memory: one buffer of the known length, an end to silence, no byte too few or too many. */

import type { Readable } from 'node:stream';
import { CitysinkError } from '../errors.ts';
import { abortError } from './deadline.ts';

export interface BodyCall {
  /** Named in errors. */
  readonly url: string;
  /** Bytes the body must have. */
  readonly expectedBytes: number;
  /** Longest silence, milliseconds. */
  readonly idleMs: number;
  readonly signal: AbortSignal;
}

function truncated(call: BodyCall, got: number, cause?: unknown): CitysinkError {
  return new CitysinkError('OBJECT_TRUNCATED', `${call.url}: expected ${call.expectedBytes} bytes, got ${got}`, {
    context: { url: call.url, expected: call.expectedBytes, found: got, transient: true },
    cause,
  });
}

function silent(call: BodyCall, got: number): CitysinkError {
  const message = `${call.url}: the body fell silent for over ${call.idleMs} ms after ${got} of ${call.expectedBytes} bytes`;
  return new CitysinkError('STORE_TIMEOUT', message, { context: { url: call.url, transient: true } });
}

/**
 * The whole body. Errors: OBJECT_TRUNCATED (ended or broke off early, or ran over), STORE_TIMEOUT (silence), CANCELLED.
 * The stream is destroyed on every failure, so its connection is not used again.
 */
export function collectBody(body: Readable, call: BodyCall): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const bytes = new Uint8Array(call.expectedBytes);
    let filled = 0;
    let lastFilled = -1;
    // One timer a body, not one a chunk: silence is noticed after one to two periods, and a chunk costs nothing.
    const idle = setInterval(() => {
      if (filled === lastFilled) fail(silent(call, filled));
      lastFilled = filled;
    }, call.idleMs);
    const stop = () => {
      clearInterval(idle);
      call.signal.removeEventListener('abort', onAbort);
    };
    const fail = (error: CitysinkError) => {
      stop();
      reject(error);
      body.destroy();
    };
    const onAbort = () => fail(abortError(call.signal));
    body.on('data', (chunk: Uint8Array) => {
      if (filled + chunk.length > bytes.length) return fail(truncated(call, filled + chunk.length));
      bytes.set(chunk, filled);
      filled += chunk.length;
    });
    body.on('error', (cause) => fail(truncated(call, filled, cause)));
    // After a good end too, when the error would be made for nothing.
    body.on('close', () => body.readableEnded || fail(truncated(call, filled)));
    body.on('end', () => {
      if (filled < bytes.length) return fail(truncated(call, filled));
      stop();
      resolve(bytes);
    });
    call.signal.addEventListener('abort', onAbort, { once: true });
    if (call.signal.aborted) onAbort();
  });
}
