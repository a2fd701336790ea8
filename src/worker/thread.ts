import type { Partial } from '../shared/carbon/partial.ts';
import { type ErrorCode, toCitysinkError } from '../shared/errors.ts';
import { countTile } from './count-tile.ts';
import type { TileTask } from './tile-task.ts';

/** What a compute thread answers: errors keep their code across the thread's boundary as plain data. */
export type ThreadAnswer =
  | { readonly partial: Partial }
  | { readonly error: { readonly code: ErrorCode; readonly message: string; readonly remedy: string } };

/** Work of a compute thread (thread-entry.js): decodes and counts; it holds no connection. */
export function countInThread(task: TileTask): ThreadAnswer {
  try {
    return { partial: countTile(task) };
  } catch (thrown) {
    const { code, message, remedy } = toCitysinkError(thrown);
    return { error: { code, message, remedy } };
  }
}
