/** Texts of a request (spec, zones, factors) from bytes, with mistakes of form as problems with a line. */

import { CitysinkError, refuseIfAny } from '../shared/errors.ts';

/** A file that the request names and that is not there is a mistake of the request; `where` is the key that names it. */
export async function namedFile<T>(where: string, url: string, reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (!(error instanceof CitysinkError) || error.code !== 'OBJECT_NOT_FOUND') throw error;
    refuseIfAny([{ where, message: 'there is no such file', found: url }]);
    throw error;
  }
}

/** UTF-8 text without byte order mark. Errors: REQUEST_INVALID for other encodings. */
export function decodeUtf8(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    refuseIfAny([
      { where: file, message: 'not UTF-8 text', expected: 'a file saved as UTF-8', found: encodingHint(bytes) },
    ]);
    throw new Error('unreachable');
  }
}

function encodingHint(bytes: Uint8Array): string {
  const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  return utf16 ? 'UTF-16 text' : 'bytes of another encoding';
}

/** Line (from 1) of a character position. */
export function lineAt(text: string, position: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < position; at = text.indexOf('\n', at + 1)) line++;
  return line;
}

/** Parsed JSON. Errors: REQUEST_INVALID with the line of a syntax error. */
export function parseJsonText(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const line = lineAt(text, errorPosition(text, message));
    refuseIfAny([{ where: `${file}:${line}`, message: `not JSON: ${message}`, expected: 'a GeoJSON file' }]);
    throw error;
  }
}

/** V8 gives the position, or twenty characters around it, or nothing where the text ends too early. */
function errorPosition(text: string, message: string): number {
  const position = /at position (\d+)/.exec(message)?.[1];
  if (position !== undefined) return Number(position);
  const [, token, before, excerpt] =
    /^Unexpected token '(.)', (\.\.\.)?"(.*)"(?:\.\.\.)? is not valid JSON$/su.exec(message) ?? [];
  if (token === undefined || excerpt === undefined) return text.length;
  const start = Math.max(0, text.indexOf(excerpt));
  return before === undefined ? text.indexOf(token, start) : start + 10;
}
