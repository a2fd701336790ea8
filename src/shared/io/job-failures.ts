import { type Job, UnrecoverableError } from 'bullmq';
import { CitysinkError, ERROR_KINDS, type ErrorCode, toCitysinkError } from '../errors.ts';

/** Part of the door to BullMQ (job-queue.ts): how failures cross the queue, and come back out of it. */

/** Why a tile job failed for good. */
export interface TileFailure {
  readonly tile: number;
  readonly code: ErrorCode;
  readonly message: string;
}

/** Place in the plan, from an id or a key that ends with it; -1 where it does not. */
export const tileOfKey = (key: string) => Number(/-t(\d+)$/.exec(key)?.[1] ?? -1);

/** Of groups that failed themselves. */
export async function groupErrors(job: Job): Promise<CitysinkError[]> {
  return Object.values(await job.getIgnoredChildrenFailures()).map((reason) => decodeFailure(String(reason)));
}

/** Of tiles below a group that failed for good. */
export async function tileFailures(job: Job): Promise<TileFailure[]> {
  const reasons = await job.getIgnoredChildrenFailures();
  return Object.entries(reasons).map(([key, reason]) => {
    const { code, message } = decodeFailure(String(reason));
    return { tile: tileOfKey(key), code, message };
  });
}

/** Errors cross the queue as JSON of code and message; what a retry cannot help becomes BullMQ's unrecoverable error. */
export function guarded(process: (job: Job) => Promise<void>): (job: Job) => Promise<void> {
  return async (job) => {
    try {
      await process(job);
    } catch (thrown) {
      const error = toCitysinkError(thrown);
      const text = JSON.stringify({ code: error.code, message: error.message });
      throw error.retryable ? new Error(text, { cause: error }) : new UnrecoverableError(text);
    }
  };
}

/** What a reason of a failed job says. */
export function decodeFailure(reason: string): CitysinkError {
  try {
    const { code, message } = JSON.parse(reason) as { code: ErrorCode; message: string };
    if (code in ERROR_KINDS) return new CitysinkError(code, message);
  } catch {
    // BullMQ's own reasons are plain text, below.
  }
  return new CitysinkError(/stalled/.test(reason) ? 'WORKER_LOST' : 'INTERNAL', reason);
}
