/** Bytes of a raster's header, read in cached 64 KiB blocks under one cap and one version mark. */
import { CitysinkError } from '../errors.ts';
import type { ObjectStore } from './store.ts';

const BLOCK_BYTES = 64 * 1024;
/** All header bytes of one raster but the tables of blocks; real headers take under 1 MiB. */
const MAX_HEADER_BYTES = 64 * 1024 * 1024;

/** One version of one object. */
export interface ObjectVersion {
  readonly url: string;
  readonly etag: string;
  readonly sizeBytes: number;
}

/** Range reads for header parsers. `fetch` and `fileSize` have the form that geotiff takes for a source. */
export class HeaderSource {
  readonly version: ObjectVersion;
  readonly #store: ObjectStore;
  readonly #signal: AbortSignal | undefined;
  readonly #blocks = new Map<number, Promise<Uint8Array>>();
  #bytesRead = 0;

  constructor(store: ObjectStore, version: ObjectVersion, signal?: AbortSignal) {
    this.#store = store;
    this.version = version;
    this.#signal = signal;
  }

  get fileSize(): number {
    return this.version.sizeBytes;
  }

  /** As geotiff asks: each slice cut at the end of the file, in a buffer of its own. */
  async fetch(slices: readonly { offset: number; length: number }[]): Promise<ArrayBuffer[]> {
    return Promise.all(
      slices.map(async ({ offset, length }) => {
        const available = Math.min(length, Math.max(0, this.fileSize - offset));
        const bytes = await this.read(offset, available);
        return bytes.buffer as ArrayBuffer;
      }),
    );
  }

  /** Exactly `length` bytes in a buffer of their own. Errors: RASTER_CORRUPT beyond the file's end, and the store's. */
  async read(offset: number, length: number): Promise<Uint8Array> {
    if (!Number.isSafeInteger(offset) || offset < 0 || length < 0 || offset + length > this.fileSize) {
      throw new CitysinkError('RASTER_CORRUPT', `the header points to bytes ${offset} + ${length} of ${this.fileSize}`);
    }
    const out = new Uint8Array(length);
    const first = Math.floor(offset / BLOCK_BYTES);
    const last = Math.floor((offset + length - 1) / BLOCK_BYTES);
    this.#request(first, last);
    for (let index = first; index <= last; index++) {
      const block = await this.#blocks.get(index)!;
      const start = index * BLOCK_BYTES;
      const from = Math.max(offset, start);
      const to = Math.min(offset + length, start + block.length);
      out.set(block.subarray(from - start, to - start), from - offset);
    }
    return out;
  }

  /** Bytes read once and not kept: tables of offsets, whose size the caller has bounded. */
  readOnce(offset: number, length: number): Promise<Uint8Array> {
    if (length <= 8 * BLOCK_BYTES) return this.read(offset, length);
    return this.#store.readRange(this.version.url, { offset, length }, this.#options());
  }

  /** Starts one request for each run of blocks that nobody has asked for yet. */
  #request(first: number, last: number): void {
    for (let index = first; index <= last; index++) {
      if (this.#blocks.has(index)) continue;
      let end = index + 1;
      while (end <= last && !this.#blocks.has(end)) end++;
      this.#startRun(index, end);
    }
  }

  #startRun(first: number, end: number): void {
    const offset = first * BLOCK_BYTES;
    const length = Math.min(end * BLOCK_BYTES, this.fileSize) - offset;
    this.#bytesRead += length;
    if (this.#bytesRead > MAX_HEADER_BYTES) {
      throw new CitysinkError('RASTER_TOO_LARGE', `the header takes more than ${MAX_HEADER_BYTES} bytes`);
    }
    const run = this.#store.readRange(this.version.url, { offset, length }, this.#options());
    for (let index = first; index < end; index++) {
      const start = (index - first) * BLOCK_BYTES;
      const block = run.then((bytes) => bytes.subarray(start, start + BLOCK_BYTES));
      // Waited for in order: a failure of a later block must not count as unhandled meanwhile.
      block.catch(() => undefined);
      this.#blocks.set(index, block);
    }
  }

  #options(): { ifMatch: string; signal?: AbortSignal } {
    const ifMatch = this.version.etag;
    return this.#signal === undefined ? { ifMatch } : { ifMatch, signal: this.#signal };
  }
}
