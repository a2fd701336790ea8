/** What the server keeps: buckets of objects in memory or as files on disk, and uploads in parts. */

import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';

export interface BucketOptions {
  /** Anyone may get and list. */
  readonly publicRead?: boolean;
  /** Requests without `x-amz-request-payer: requester` are refused. */
  readonly requesterPays?: boolean;
  /** Keys that nobody may touch. */
  readonly deniedPrefixes?: readonly string[];
  /** Objects are files below this folder, and stay there; absent: memory. */
  readonly folder?: string;
}

export interface StoredObject {
  readonly source: Buffer | string;
  readonly sizeBytes: number;
  /** With its quotes. */
  readonly etag: string;
  readonly modified: Date;
  readonly contentType: string;
}

export interface MultipartUpload {
  readonly key: string;
  readonly contentType: string;
  readonly parts: Map<number, { readonly body: Buffer; readonly md5: string }>;
}

export function md5(body: Uint8Array): string {
  return createHash('md5').update(body).digest('hex');
}

/** Sorts as the bytes of UTF-8 do: one code unit a byte. */
export function byteOrder(key: string): string {
  return Buffer.from(key, 'utf8').toString('latin1');
}

export function readWhole(object: StoredObject): Buffer {
  return typeof object.source === 'string' ? readFileSync(object.source) : object.source;
}

/** Bytes `start` to `end` inclusive, from disk as a stream. */
export function readSlice(object: StoredObject, start: number, end: number): Buffer | Readable {
  if (typeof object.source !== 'string') return object.source.subarray(start, end + 1);
  return createReadStream(object.source, { start, end, highWaterMark: 1 << 20 });
}

export async function sliceBytes(object: StoredObject, start: number, end: number): Promise<Buffer> {
  if (typeof object.source !== 'string') return Buffer.from(object.source.subarray(start, end + 1));
  const file = await open(object.source);
  const { buffer } = await file.read(Buffer.alloc(end + 1 - start), 0, end + 1 - start, start);
  await file.close();
  return buffer;
}

export class Bucket {
  readonly name: string;
  readonly options: BucketOptions;
  readonly uploads = new Map<string, MultipartUpload>();
  readonly #objects = new Map<string, StoredObject>();
  #sorted: string[] | null = null;

  constructor(name: string, options: BucketOptions) {
    this.name = name;
    this.options = options;
    if (options.folder !== undefined) this.#adopt(options.folder);
  }

  #adopt(folder: string): void {
    mkdirSync(folder, { recursive: true });
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      this.putFile(path.slice(join(folder, '/').length), path);
    }
  }

  get(key: string): StoredObject | undefined {
    return this.#objects.get(key);
  }

  /** Keeps the body; `etag` without quotes is given for uploads in parts. */
  put(key: string, body: Buffer, contentType = 'application/octet-stream', etag = md5(body)): StoredObject {
    let source: Buffer | string = body;
    if (this.options.folder !== undefined) {
      source = join(this.options.folder, key);
      mkdirSync(dirname(source), { recursive: true });
      writeFileSync(source, body);
    }
    return this.#set(key, { source, sizeBytes: body.length, etag: `"${etag}"`, modified: new Date(), contentType });
  }

  /** A file on disk as an object, not copied; its ETag is made from size and time, since hashing would read it all. */
  putFile(key: string, path: string): StoredObject {
    const stats = statSync(path);
    const etag = `"${md5(Buffer.from(`${stats.size} ${stats.mtimeMs}`))}-1"`;
    const contentType = 'application/octet-stream';
    return this.#set(key, { source: path, sizeBytes: stats.size, etag, modified: stats.mtime, contentType });
  }

  #set(key: string, object: StoredObject): StoredObject {
    if (!this.#objects.has(key)) this.#sorted = null;
    this.#objects.set(key, object);
    return object;
  }

  remove(key: string): void {
    const object = this.#objects.get(key);
    if (object === undefined) return;
    this.#objects.delete(key);
    this.#sorted = null;
    if (this.options.folder !== undefined) rmSync(join(this.options.folder, key), { force: true });
  }

  /** Keys in byte order of UTF-8. */
  keys(): readonly string[] {
    if (this.#sorted === null) {
      const decorated = [...this.#objects.keys()].map((key) => ({ key, order: byteOrder(key) }));
      this.#sorted = decorated.sort((a, b) => (a.order < b.order ? -1 : 1)).map((one) => one.key);
    }
    return this.#sorted;
  }

  startUpload(key: string, contentType: string): string {
    const id = randomBytes(16).toString('hex');
    this.uploads.set(id, { key, contentType, parts: new Map() });
    return id;
  }
}
