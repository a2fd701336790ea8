import { type PaintedTile, type PaintTask, paintTile } from './paint-tile.ts';
import { type Survey, type SurveyTask, surveyTile } from './survey-tile.ts';
import { answered, type ThreadAnswer } from './thread.ts';

/** Work of a compute thread for maps (thread-entry.js); loaded when there are some. */
export function surveyInThread(task: SurveyTask): ThreadAnswer<Survey> {
  return answered(() => surveyTile(task));
}

/** Blocks of one tile of the maps. */
export function paintInThread(task: PaintTask): ThreadAnswer<PaintedTile> {
  return answered(() => paintTile(task));
}
