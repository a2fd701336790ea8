import { CitysinkError } from '../../src/shared/errors.ts';
import type { ObjectInfo, ObjectStore } from '../../src/shared/io/store.ts';

/** A store that holds one object in memory and counts what is asked of it; for damaged files made in a test. */
export class MemoryObject implements ObjectStore {
  readonly info: ObjectInfo;
  readonly requests: { offset: number; length: number; ifMatch: string | undefined }[] = [];
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, url = 'file:///memory/raster.tif') {
    this.#bytes = bytes;
    this.info = { url, sizeBytes: bytes.length, etag: '"1"', modified: '2021-01-01T00:00:00Z' };
  }

  async head(): Promise<ObjectInfo> {
    return this.info;
  }

  async read(): Promise<Uint8Array> {
    return this.#bytes.slice();
  }

  async readRange(
    url: string,
    range: { readonly offset: number; readonly length: number },
    options: { readonly ifMatch?: string } = {},
  ): Promise<Uint8Array> {
    this.requests.push({ ...range, ifMatch: options.ifMatch });
    if (range.offset < 0 || range.offset + range.length > this.#bytes.length) {
      throw new CitysinkError('OBJECT_TRUNCATED', `${url}: ${range.offset} + ${range.length} is beyond the end`);
    }
    return this.#bytes.slice(range.offset, range.offset + range.length);
  }

  create(): Promise<'created' | 'exists'> {
    return Promise.reject(new Error('not written to'));
  }

  replace(): Promise<void> {
    return Promise.reject(new Error('not written to'));
  }

  replaceStreamed(): Promise<void> {
    return Promise.reject(new Error('not written to'));
  }

  list(): AsyncIterable<ObjectInfo> {
    throw new Error('not listed');
  }

  remove(): Promise<void> {
    return Promise.reject(new Error('not removed'));
  }

  close(): void {}
}
