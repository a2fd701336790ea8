/** File driver: objects are files, keys are paths below a folder; writes are whole or not there. */

import { randomBytes } from 'node:crypto';
import { type BigIntStats, constants, type Dirent } from 'node:fs';
import { type FileHandle, link, mkdir, open, readdir, realpath, rename, stat, unlink } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { CitysinkError, type ErrorCode } from '../errors.ts';
import { abortError } from './deadline.ts';
import type { ObjectInfo, ObjectStore, ReadOptions, StreamedBody } from './store.ts';
import { fileUrlToPath, pathToUrl } from './store-url.ts';
import { partsOf } from './streamed-body.ts';

/** Files being written; never listed, so a crash in mid-write leaves nothing that counts. */
const TEMP_PREFIX = '.citysink-tmp-';

const CODES: Readonly<Record<string, [ErrorCode, string]>> = {
  ENOENT: ['OBJECT_NOT_FOUND', 'there is no such file'],
  ENOTDIR: ['OBJECT_NOT_FOUND', 'a file stands where the path has a folder'],
  EISDIR: ['OBJECT_NOT_FOUND', 'this is a folder, not a file'],
  ELOOP: ['OBJECT_NOT_FOUND', 'its symbolic links go round in a circle'],
  ENAMETOOLONG: ['STORE_URL_INVALID', 'the name is too long for the file system'],
  ENOSPC: ['STORE_FULL', 'no space is left'],
  EDQUOT: ['STORE_FULL', 'the quota is used up'],
  EFBIG: ['STORE_FULL', 'larger than the file system or the limit of the process allows'],
  EACCES: ['STORE_DENIED', 'the file system refuses access'],
  EPERM: ['STORE_DENIED', 'the file system refuses access'],
  EROFS: ['STORE_DENIED', 'the file system is read-only'],
};

/** File systems without hard links say one of these. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV']);

function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function fileError(error: unknown, verb: string, url: string): CitysinkError {
  if (error instanceof CitysinkError) return error;
  // What a streamed body itself throws is not of the file system.
  if (error instanceof RangeError)
    return new CitysinkError('INTERNAL', `${verb} ${url}: ${error.message}`, { cause: error });
  const errno = errnoOf(error);
  const [code, sentence] = CODES[errno] ?? ['STORE_UNAVAILABLE', `the file system failed (${errno || 'unknown'})`];
  return new CitysinkError(code, `${verb} ${url}: ${sentence}`, { context: { url, verb, errno }, cause: error });
}

/** Size, time to the nanosecond and inode: replacing by rename changes the inode, writing in place the time. */
function etagOf(stats: BigIntStats): string {
  return `${stats.size}-${stats.mtimeNs}-${stats.ino}`;
}

function infoOf(url: string, stats: BigIntStats): ObjectInfo {
  return { url, sizeBytes: Number(stats.size), etag: etagOf(stats), modified: stats.mtime.toISOString() };
}

function refuseOther(stats: BigIntStats, url: string, options: ReadOptions): void {
  if (!stats.isFile()) {
    const message = `read ${url}: this is not a regular file`;
    throw new CitysinkError('OBJECT_NOT_FOUND', message, { context: { url } });
  }
  if (options.ifMatch === undefined || options.ifMatch === etagOf(stats)) return;
  throw new CitysinkError('OBJECT_CHANGED', `read ${url}: the file was replaced or rewritten`, {
    context: { url, expected: options.ifMatch, found: etagOf(stats) },
  });
}

export class FileStore implements ObjectStore {
  async head(url: string, options: ReadOptions = {}): Promise<ObjectInfo> {
    return guarded('head', url, async (path) => {
      const stats = await stat(path, { bigint: true });
      refuseOther(stats, url, options);
      return infoOf(url, stats);
    });
  }

  async read(url: string, options: ReadOptions & { readonly maxBytes: number }): Promise<Uint8Array> {
    return withFile(url, options, (file, sizeBytes) => {
      if (sizeBytes <= options.maxBytes) return readExactly(file, url, 0, sizeBytes, options.signal);
      const message = `read ${url}: ${sizeBytes} bytes, more than the ${options.maxBytes} allowed`;
      throw new CitysinkError('OBJECT_TOO_LARGE', message, {
        context: { url, expected: options.maxBytes, found: sizeBytes },
      });
    });
  }

  async readRange(
    url: string,
    range: { readonly offset: number; readonly length: number },
    options: ReadOptions = {},
  ): Promise<Uint8Array> {
    return withFile(url, options, (file, sizeBytes) => {
      // Checked before the buffer is taken: a length from a damaged header must not cost memory.
      if (range.offset + range.length > sizeBytes)
        throw truncated(url, range.length, Math.max(0, sizeBytes - range.offset));
      return readExactly(file, url, range.offset, range.length, options.signal);
    });
  }

  async create(url: string, body: Uint8Array): Promise<'created' | 'exists'> {
    return guarded('create', url, async (path) => {
      if (await isThere(path, url)) return 'exists';
      return withTemp(path, body, (temp) => linkNew(temp, path, url));
    });
  }

  async replace(url: string, body: Uint8Array): Promise<void> {
    await guarded('replace', url, (path) => withTemp(path, body, (temp) => rename(temp, path)));
  }

  async replaceStreamed(url: string, body: StreamedBody): Promise<void> {
    await guarded('replace', url, (path) => withTemp(path, body, (temp) => rename(temp, path)));
  }

  async *list(prefixUrl: string): AsyncIterable<ObjectInfo> {
    const prefix = fileUrlToPath(prefixUrl);
    const folder = prefix.slice(0, prefix.lastIndexOf(sep) + 1);
    try {
      const root = await realpath(folder);
      yield* walk(folder, prefix.slice(folder.length), root.endsWith(sep) ? root : root + sep);
    } catch (error) {
      // A prefix without objects is an empty list, as in S3.
      if (!isAbsent(error)) throw fileError(error, 'list', prefixUrl);
    }
  }

  async remove(url: string): Promise<void> {
    await guarded('remove', url, async (path) => {
      await unlink(path).catch((error: unknown) => {
        if (!isAbsent(error)) throw error;
      });
    });
  }

  close(): void {
    // Files are opened and closed by each call.
  }
}

function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(errnoOf(error));
}

async function guarded<T>(verb: string, url: string, work: (path: string) => Promise<T>): Promise<T> {
  const path = fileUrlToPath(url);
  try {
    return await work(path);
  } catch (error) {
    throw fileError(error, verb, url);
  }
}

// ---- reading ----

async function withFile(
  url: string,
  options: ReadOptions,
  work: (file: FileHandle, sizeBytes: number) => Promise<Uint8Array>,
): Promise<Uint8Array> {
  return guarded('read', url, async (path) => {
    if (options.signal?.aborted) throw abortError(options.signal);
    // O_NONBLOCK: opening a named pipe must not wait for a writer.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const before = await file.stat({ bigint: true });
      refuseOther(before, url, options);
      const bytes = await work(file, Number(before.size));
      // Written in place while it was read: old and new bytes would be mixed.
      if (options.ifMatch !== undefined) refuseOther(await file.stat({ bigint: true }), url, options);
      return bytes;
    } finally {
      await file.close();
    }
  });
}

function truncated(url: string, expected: number, found: number): CitysinkError {
  return new CitysinkError('OBJECT_TRUNCATED', `read ${url}: expected ${expected} bytes, got ${found}`, {
    context: { url, expected, found },
  });
}

async function readExactly(
  file: FileHandle,
  url: string,
  offset: number,
  length: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let filled = 0; filled < length; ) {
    if (signal?.aborted) throw abortError(signal);
    const { bytesRead } = await file.read(bytes, filled, length - filled, offset + filled);
    if (bytesRead === 0) throw truncated(url, length, filled);
    filled += bytesRead;
  }
  return bytes;
}

// ---- writing ----

async function isThere(path: string, url: string): Promise<boolean> {
  try {
    if (!(await stat(path)).isDirectory()) return true;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
  throw new CitysinkError('STORE_DENIED', `create ${url}: a folder of this name is in the way`, { context: { url } });
}

/** Writes the body beside its target, forces it to disk, lets `settle` put it in place; the temp file goes in any case. */
async function withTemp<T>(
  path: string,
  body: Uint8Array | StreamedBody,
  settle: (temp: string) => Promise<T>,
): Promise<T> {
  const folder = dirname(path);
  await makeFolder(folder);
  const temp = join(folder, `${TEMP_PREFIX}${randomBytes(9).toString('hex')}`);
  try {
    await writeSynced(temp, body);
    const result = await settle(temp);
    await syncFolder(folder);
    return result;
  } finally {
    await unlink(temp).catch(() => undefined);
  }
}

/** Folder by folder: mkdir's own `recursive` says ENOENT for a read-only or full file system. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'EEXIST') return;
    if (errno !== 'ENOENT' || dirname(folder) === folder) throw error;
    await makeFolder(dirname(folder));
    await makeFolder(folder);
  }
}

/** Bytes of a streamed body that are written at once. */
const WRITE_BYTES = 4 * 1024 * 1024;

async function writeSynced(temp: string, body: Uint8Array | StreamedBody): Promise<void> {
  const file = await open(temp, 'wx', 0o644);
  try {
    if (body instanceof Uint8Array) await file.writeFile(body);
    else for await (const part of partsOf(body, WRITE_BYTES)) await file.writeFile(part);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The new name itself to disk; file systems that cannot are left as they are. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close().catch(() => undefined);
}

/** Hard link: atomic, and fails where the name is taken. Without hard links: look, then rename (whole, with a race). */
async function linkNew(temp: string, path: string, url: string): Promise<'created' | 'exists'> {
  try {
    await link(temp, path);
    return 'created';
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return 'exists';
    if (!NO_LINKS.has(errnoOf(error))) throw error;
  }
  if (await isThere(path, url)) return 'exists';
  await rename(temp, path);
  return 'created';
}

// ---- listing ----

/** Files below `folder` whose path there begins with `prefix`, in byte order of the whole key. */
async function* walk(folder: string, prefix: string, root: string): AsyncGenerator<ObjectInfo> {
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of inKeyOrder(entries.filter((one) => one.name.startsWith(prefix)))) {
    const path = folder + entry.name;
    if (entry.isDirectory()) yield* walk(path + sep, '', root);
    else if (!entry.name.startsWith(TEMP_PREFIX)) yield* found(path, entry, root);
  }
}

async function* found(path: string, entry: Dirent, root: string): AsyncGenerator<ObjectInfo> {
  if (!entry.isFile() && !(entry.isSymbolicLink() && (await pointsInside(path, root)))) return;
  const stats = await stat(path, { bigint: true }).catch((error: unknown) => {
    // Removed since the folder was read.
    if (isAbsent(error)) return undefined;
    throw error;
  });
  if (stats?.isFile()) yield infoOf(pathToUrl(path), stats);
}

async function pointsInside(path: string, root: string): Promise<boolean> {
  const target = await realpath(path).catch(() => '');
  return target.startsWith(root);
}

/** A folder sorts as its name with a slash: `a-b` before `a/`, which is the byte order of whole keys. */
function inKeyOrder(entries: Dirent[]): Dirent[] {
  const keyed = entries.map((entry) => ({
    entry,
    key: Buffer.from(entry.isDirectory() ? `${entry.name}/` : entry.name),
  }));
  return keyed.sort((a, b) => Buffer.compare(a.key, b.key)).map((one) => one.entry);
}
