import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { posix } from 'node:path';
import { projectUrl } from '../shared/io/project-files.ts';

/**
 * Files of the page. Its modules are TypeScript that the server strips of types when it starts, so there is no build
 * step, and the page uses the very functions that the command line formats figures with.
 */

export interface Asset {
  readonly type: string;
  readonly body: Uint8Array;
  readonly etag: string;
}

const SOURCES = projectUrl('src/');
const WEB = 'server/web/';
const TYPES: Readonly<Record<string, string>> = {
  '.ts': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.svg': 'image/svg+xml',
};

export interface WebAssets {
  readonly page: Asset;
  /** By path below `/assets/`, the same as below `src/`. */
  readonly files: ReadonlyMap<string, Asset>;
}

/** All that the page may ask for, read once: no path of a request reaches the disk. */
export async function loadAssets(): Promise<WebAssets> {
  const files = new Map<string, Asset>();
  for (const name of await readdir(new URL(WEB, SOURCES))) {
    if (!name.endsWith('.json')) await addFile(files, WEB + name);
  }
  const page = files.get(`${WEB}index.html`);
  if (page === undefined) throw new RangeError('the page is missing');
  return { page, files };
}

/** A file, and the modules that it imports. */
async function addFile(files: Map<string, Asset>, path: string): Promise<void> {
  if (files.has(path)) return;
  const extension = posix.extname(path);
  const text = await readFile(new URL(path, SOURCES), 'utf8');
  const code = extension === '.ts' ? stripped(text) : text;
  const body = new TextEncoder().encode(code);
  const etag = `"${createHash('sha256').update(body).digest('hex').slice(0, 32)}"`;
  files.set(path, { type: TYPES[extension] ?? 'application/octet-stream', body, etag });
  if (extension !== '.ts') return;
  for (const [, specifier = ''] of code.matchAll(/^(?:import|export)\b[^'"]*?from\s+'(\.[^']+)'/gm)) {
    await addFile(files, posix.join(posix.dirname(path), specifier));
  }
}

/** Node calls its own stripping of types experimental each time a process begins to use it by hand; nobody here can act on that. */
function stripped(text: string): string {
  const emit = process.emitWarning;
  process.emitWarning = () => {};
  try {
    return stripTypeScriptTypes(text);
  } finally {
    process.emitWarning = emit;
  }
}
