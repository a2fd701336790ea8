import type { Partial } from '../shared/carbon/partial.ts';
import { type ErrorCode, toCitysinkError } from '../shared/errors.ts';
import { countTile } from './count-tile.ts';
import { type PaintedTile, type PaintTask, paintTile } from './paint-tile.ts';
import { type Survey, type SurveyTask, surveyTile } from './survey-tile.ts';
import type { TileTask } from './tile-task.ts';

/** What a compute thread answers: errors keep their code across the thread's boundary as plain data. */
export type ThreadAnswer<T = unknown> =
  | { readonly done: T }
  | { readonly error: { readonly code: ErrorCode; readonly message: string; readonly remedy: string } };

/** Entries of a compute thread: they decode and count; they hold no connection. */
export function count(task: TileTask): ThreadAnswer<Partial> {
  return answer(() => countTile(task));
}

export function survey(task: SurveyTask): ThreadAnswer<Survey> {
  return answer(() => surveyTile(task));
}

export function paint(task: PaintTask): ThreadAnswer<PaintedTile> {
  return answer(() => paintTile(task));
}

function answer<T>(work: () => T): ThreadAnswer<T> {
  try {
    return { done: work() };
  } catch (thrown) {
    const { code, message, remedy } = toCitysinkError(thrown);
    return { error: { code, message, remedy } };
  }
}
