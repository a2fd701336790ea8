/** What a command leaves behind: its error in words, and all that it wrote. */

import { toCitysinkError } from '../shared/errors.ts';
import { errorJson, errorText, exitCodeOf } from './error-text.ts';

/** Writes an error for people, with `json` for programs too; gives the exit code. */
export function tellError(thrown: unknown, json: boolean): number {
  if (json) process.stdout.write(`${JSON.stringify(errorJson(thrown), null, 1)}\n`);
  process.stderr.write(`${errorText(thrown)}\n`);
  return exitCodeOf(toCitysinkError(thrown));
}

/** A pipe takes what was written bit by bit; leaving before would cut long JSON off. A reader that left is no reason to wait. */
export function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.writableLength === 0) return resolve();
    stream.once('error', () => resolve());
    stream.write('', () => resolve());
  });
}
