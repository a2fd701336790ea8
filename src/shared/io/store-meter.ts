import { AsyncLocalStorage } from 'node:async_hooks';
import { toCitysinkError } from '../errors.ts';
import type { ObjectInfo, ObjectStore, ReadOptions, StreamedBody } from './store.ts';

/** What is asked of stores, counted: for this process as a whole, and for one piece of work. */

/** What a piece of work took of stores. Requests that were made again count again. */
export interface Taken {
  /** GETs of whole objects and of ranges. */
  gets: number;
  /** Bytes of bodies that arrived. */
  bytes: number;
  /** Everything else: heads, lists, writes. */
  others: number;
}

const current = new AsyncLocalStorage<Taken>();

/** Does `work` and counts what it asks of any store into `taken`, whether it succeeds or not. */
export function countingInto<T>(taken: Taken, work: () => Promise<T>): Promise<T> {
  return current.run(taken, work);
}

/** Nothing taken yet. */
export function nothingTaken(): Taken {
  return { gets: 0, bytes: 0, others: 0 };
}

type Verb = 'head' | 'get' | 'put' | 'list' | 'delete';

/** Running sums of one process; names of stores are `file` and `s3`, verbs and codes are few. */
export class StoreMeter {
  /** `store verb` to requests, each once however often it was made again. */
  readonly requests = new Map<string, number>();
  /** `store code` to requests that failed for good. */
  readonly errors = new Map<string, number>();
  readonly retries = new Map<string, number>();
  readonly readBytes = new Map<string, number>();
  readonly writtenBytes = new Map<string, number>();

  async ask<T>(store: string, verb: Verb, call: () => Promise<T>): Promise<T> {
    this.count(store, verb);
    try {
      return await call();
    } catch (thrown) {
      add(this.errors, `${store} ${toCitysinkError(thrown).code}`, 1);
      throw thrown;
    }
  }

  /** One more request; GETs are what is paid for and what a plan predicts. */
  count(store: string, verb: Verb): void {
    add(this.requests, `${store} ${verb}`, 1);
    const taken = current.getStore();
    if (taken === undefined) return;
    if (verb === 'get') taken.gets += 1;
    else taken.others += 1;
  }

  /** A request that failed in a way that may pass is made again; of tiles nearly all are GETs, and count as such. */
  retried(store: string): void {
    add(this.retries, store, 1);
    const taken = current.getStore();
    if (taken !== undefined) taken.gets += 1;
  }

  arrived(store: string, bytes: number): void {
    add(this.readBytes, store, bytes);
    const taken = current.getStore();
    if (taken !== undefined) taken.bytes += bytes;
  }

  written(store: string, bytes: number): void {
    add(this.writtenBytes, store, bytes);
  }
}

function add(sums: Map<string, number>, key: string, count: number): void {
  sums.set(key, (sums.get(key) ?? 0) + count);
}

/** A store whose calls are counted. */
export class MeteredStore implements ObjectStore {
  readonly #inner: ObjectStore;
  readonly #meter: StoreMeter;
  readonly #name: string;

  constructor(inner: ObjectStore, meter: StoreMeter, name: string) {
    this.#inner = inner;
    this.#meter = meter;
    this.#name = name;
  }

  head(url: string, options?: ReadOptions): Promise<ObjectInfo> {
    return this.#meter.ask(this.#name, 'head', () => this.#inner.head(url, options));
  }

  read(url: string, options: ReadOptions & { readonly maxBytes: number }): Promise<Uint8Array> {
    return this.#get(() => this.#inner.read(url, options));
  }

  readRange(
    url: string,
    range: { readonly offset: number; readonly length: number },
    options?: ReadOptions,
  ): Promise<Uint8Array> {
    return this.#get(() => this.#inner.readRange(url, range, options));
  }

  async create(url: string, body: Uint8Array, contentType: string): Promise<'created' | 'exists'> {
    const result = await this.#meter.ask(this.#name, 'put', () => this.#inner.create(url, body, contentType));
    if (result === 'created') this.#meter.written(this.#name, body.byteLength);
    return result;
  }

  async replace(url: string, body: Uint8Array, contentType: string): Promise<void> {
    await this.#meter.ask(this.#name, 'put', () => this.#inner.replace(url, body, contentType));
    this.#meter.written(this.#name, body.byteLength);
  }

  async replaceStreamed(url: string, body: StreamedBody, contentType: string): Promise<void> {
    await this.#meter.ask(this.#name, 'put', () => this.#inner.replaceStreamed(url, body, contentType));
    this.#meter.written(this.#name, body.sizeBytes);
  }

  /** One request for a list of any length: its pages are counted by the thousand objects. */
  async *list(prefixUrl: string): AsyncIterable<ObjectInfo> {
    let seen = 0;
    for await (const info of this.#inner.list(prefixUrl)) {
      if (seen++ % PAGE === 0) this.#meter.count(this.#name, 'list');
      yield info;
    }
  }

  remove(url: string): Promise<void> {
    return this.#meter.ask(this.#name, 'delete', () => this.#inner.remove(url));
  }

  close(): void {
    this.#inner.close();
  }

  async #get(call: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const bytes = await this.#meter.ask(this.#name, 'get', call);
    this.#meter.arrived(this.#name, bytes.byteLength);
    return bytes;
  }
}

/** Objects of one page of a list, as S3 has them. */
const PAGE = 1000;
