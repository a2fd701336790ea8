import { CitysinkError } from '../shared/errors.ts';
import { resolveUrl } from '../shared/io/store-url.ts';
import { isLibraryName } from './factor-library.ts';
import { valueAt } from './spec-problems.ts';

/** Which values of a spec are places, and places of another file as absolute URLs. */

/** More scenes than this are not looked at one by one; the schema refuses them. */
const MOST_SCENES = 10_000;

/** Paths of all texts of a spec that name a place; a factor table of the library is none. */
export function placePaths(value: unknown): PropertyKey[][] {
  const paths: PropertyKey[][] = [['zones', 'url'], ['factors'], ['accuracy'], ['results']];
  const layers = valueAt(value, ['layers']);
  for (const name of Object.keys(typeof layers === 'object' && layers !== null ? layers : {})) {
    const scenes = valueAt(layers, [name, 'scenes']);
    const count = Array.isArray(scenes) ? Math.min(scenes.length, MOST_SCENES) : 0;
    paths.push(['layers', name, 'scenes'], ['layers', name, 'stac'], ['layers', name, 'stac', 'url']);
    for (let index = 0; index < count; index++) paths.push(['layers', name, 'scenes', index]);
  }
  return paths.filter((path) => {
    const text = valueAt(value, path);
    // Other types and empty texts are the schema's to report.
    return typeof text === 'string' && text !== '' && !(path[0] === 'factors' && isLibraryName(text));
  });
}

/** The same spec with each relative place resolved against `folder`; what is no place stays, to be told by the checks. */
export function withAbsolutePlaces(value: unknown, folder: string): unknown {
  const copy: unknown = structuredClone(value);
  for (const path of placePaths(copy)) {
    const holder = valueAt(copy, path.slice(0, -1)) as Record<PropertyKey, unknown>;
    const key = path.at(-1) as PropertyKey;
    holder[key] = resolvedOr(String(holder[key]), folder);
  }
  return copy;
}

function resolvedOr(text: string, folder: string): string {
  try {
    return resolveUrl(text, folder);
  } catch (error) {
    if (error instanceof CitysinkError) return text;
    throw error;
  }
}
