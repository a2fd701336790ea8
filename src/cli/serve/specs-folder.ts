import { mkdir, readdir, readFile, realpath, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { CitysinkError, requestInvalid } from '../../shared/errors.ts';
import { pathToUrl } from '../../shared/io/store-url.ts';

/** Specs below one folder: nothing else of the disk is read or written for the asking. */

const SPEC_FILE = /\.(ya?ml|json)$/;
/** What makes a file a spec: it names its city. */
const NAMES_CITY = /^[\s{]*"?city"?\s*:/m;
const MOST_SPECS = 500;
const MAX_BYTES = 256 * 1024;

export class SpecsFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** By name, in order. Hidden folders and node_modules are left out. */
  async list(): Promise<{ name: string; sizeBytes: number }[]> {
    const entries = await readdir(this.path, { recursive: true, withFileTypes: true });
    const names = entries
      .filter((entry) => entry.isFile() && SPEC_FILE.test(entry.name))
      .map((entry) => relative(this.path, join(entry.parentPath, entry.name)).split(sep).join('/'))
      .filter((name) => !/(^|\/)(\.|node_modules\/|results\/)/.test(name))
      .sort();
    const specs: { name: string; sizeBytes: number }[] = [];
    for (const name of names.slice(0, 4 * MOST_SPECS)) {
      const { size } = await stat(join(this.path, name));
      if (size > MAX_BYTES || specs.length >= MOST_SPECS) continue;
      if (NAMES_CITY.test(await readFile(join(this.path, name), 'utf8'))) specs.push({ name, sizeBytes: size });
    }
    return specs;
  }

  /** Errors: OBJECT_NOT_FOUND; REQUEST_INVALID for a name that leads out of the folder. */
  async text(name: string): Promise<string> {
    const file = await this.existing(name);
    if (file === null) throw new CitysinkError('OBJECT_NOT_FOUND', `no spec ${name} below the folder of --specs`);
    if ((await stat(file)).size > MAX_BYTES)
      throw new CitysinkError('OBJECT_TOO_LARGE', `spec ${name} has more than 256 KiB`);
    return readFile(file, 'utf8');
  }

  /** URL that a spec of this name has, whether it is there or not; its relative places start from there. */
  urlOf(name: string): string {
    return pathToUrl(join(this.path, name));
  }

  /** Keeps an edited spec under its name. A file that is there with another text stays: REQUEST_INVALID. */
  async keep(name: string, text: string): Promise<void> {
    const file = await this.existing(name);
    if (file !== null) {
      if ((await readFile(file, 'utf8')) === text) return;
      throw requestInvalid([
        { where: 'name', message: `${name} is there with another text`, expected: 'a new name for what was edited' },
      ]);
    }
    const folder = dirname(join(this.path, name));
    // A link on the way is followed before anything is made behind it.
    this.refuseOutside(name, await nearestFolder(folder), await realpath(this.path));
    await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
      throw notKept(name, cause);
    });
    this.refuseOutside(name, await realpath(folder), await realpath(this.path));
    await writeFile(join(folder, name.split('/').at(-1) ?? ''), text, { flag: 'wx' }).catch((cause: unknown) => {
      throw notKept(name, cause);
    });
  }

  /** Path of a file that is there, with links followed; null: none is. */
  private async existing(name: string): Promise<string | null> {
    const file = await realpath(join(this.path, name)).catch(() => null);
    if (file !== null) this.refuseOutside(name, file, await realpath(this.path));
    return file;
  }

  private refuseOutside(name: string, path: string, root: string): void {
    if (path === root || path.startsWith(root.endsWith(sep) ? root : root + sep)) return;
    throw requestInvalid([{ where: 'name', message: 'leads out of the folder of --specs', found: name }]);
  }
}

/** Path of the deepest folder on the way that is there, with links followed. */
async function nearestFolder(folder: string): Promise<string> {
  const found = await realpath(folder).catch(() => null);
  return found ?? nearestFolder(dirname(folder));
}

/** The folder may be there to be read alone. */
function notKept(name: string, cause: unknown): CitysinkError {
  const found = cause instanceof Error ? cause.message : String(cause);
  return requestInvalid([{ where: 'name', message: `${name} cannot be kept below the folder of --specs`, found }]);
}
