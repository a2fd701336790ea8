import { existsSync } from 'node:fs';

/** Files that stand beside the code: the launcher, the factor library, the page of `serve`. */

const MOST_FOLDERS_UP = 4;

/**
 * URL of a path of the project, `data/` for one: the same where the code runs from `src/` and where it was bundled into
 * `dist/`. A path ends with a slash where it is a folder.
 */
export function projectUrl(path: string): URL {
  return new URL(path, root());
}

function root(): URL {
  let folder = new URL('./', import.meta.url);
  for (let up = 0; up < MOST_FOLDERS_UP; up++) {
    if (existsSync(new URL('package.json', folder))) return folder;
    folder = new URL('../', folder);
  }
  throw new RangeError(`no package.json above ${import.meta.url}`);
}
