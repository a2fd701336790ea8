/** Waits that end: a deadline over a piece of work, and a pause that can be cancelled. */

import { setTimeout as pause } from 'node:timers/promises';
import { CitysinkError } from '../errors.ts';
import type { RetryTools } from './retry.ts';

/** The reason of an aborted signal as one of our errors: CANCELLED unless the aborter gave a code. */
export function abortError(signal: AbortSignal): CitysinkError {
  if (signal.reason instanceof CitysinkError) return signal.reason;
  return new CitysinkError('CANCELLED', 'the call was cancelled', { cause: signal.reason });
}

/**
 * Runs `work` with a signal that aborts at the deadline or with `parent`; rejects at that moment even where the work
 * does not heed its signal. `lateError` makes the error of a missed deadline.
 */
export async function withDeadline<T>(
  millis: number,
  parent: AbortSignal | undefined,
  lateError: () => CitysinkError,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (parent?.aborted) throw abortError(parent);
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(lateError()), millis);
  const onParent = () => controller.abort(parent === undefined ? undefined : abortError(parent));
  parent?.addEventListener('abort', onParent, { once: true });
  const ended = new Promise<never>((_, reject) => {
    controller.signal.addEventListener('abort', () => reject(abortError(controller.signal)), { once: true });
  });
  try {
    return await Promise.race([work(controller.signal), ended]);
  } catch (error) {
    throw controller.signal.aborted ? abortError(controller.signal) : error;
  } finally {
    clearTimeout(timer);
    parent?.removeEventListener('abort', onParent);
  }
}

/** Clock, pause and dice of the running process. */
export const PROCESS_RETRY_TOOLS: RetryTools = {
  now: () => performance.now(),
  sleep: async (millis, signal) => {
    try {
      await pause(millis, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      throw signal?.aborted ? abortError(signal) : error;
    }
  },
  random: Math.random,
};
