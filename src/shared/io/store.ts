/** The one door to bytes: objects named by URL (`s3://bucket/key`, `file:///path`), with a few verbs. */

export interface ObjectInfo {
  readonly url: string;
  readonly sizeBytes: number;
  /** Opaque version mark; changes when the content is replaced. Quoted form for S3, size-mtime-inode for files. */
  readonly etag: string;
  /** ISO 8601 UTC time of the last change. */
  readonly modified: string;
}

export interface ReadOptions {
  /** Fails with OBJECT_CHANGED unless the object still has this etag. */
  readonly ifMatch?: string;
  readonly signal?: AbortSignal;
}

/** How a place is reached; part of a layer's settings, never holds a secret. */
export interface StoreAccess {
  readonly anonymous?: boolean;
  readonly requesterPays?: boolean;
}

/** A body in chunks of any size, and how large it is as a whole. */
export interface StreamedBody {
  readonly sizeBytes: number;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/**
 * Errors: OBJECT_NOT_FOUND, OBJECT_CHANGED, OBJECT_TRUNCATED, OBJECT_TOO_LARGE, STORE_DENIED, STORE_FULL,
 * STORE_TIMEOUT, STORE_UNAVAILABLE, each naming the URL. Transient ones were already retried within the budget.
 */
export interface ObjectStore {
  head(url: string, options?: ReadOptions): Promise<ObjectInfo>;
  /** The whole object; refused before it takes memory if larger than `maxBytes`. */
  read(url: string, options: ReadOptions & { readonly maxBytes: number }): Promise<Uint8Array>;
  /** Exactly `length` bytes from `offset`; fewer is OBJECT_TRUNCATED. */
  readRange(
    url: string,
    range: { readonly offset: number; readonly length: number },
    options?: ReadOptions,
  ): Promise<Uint8Array>;
  /** Write-once: creates the object whole or not at all; an object already there is left as it is. */
  create(url: string, body: Uint8Array, contentType: string): Promise<'created' | 'exists'>;
  /** Replaces the object whole (atomic for readers). Only for pointers such as latest.json. */
  replace(url: string, body: Uint8Array, contentType: string): Promise<void>;
  /**
   * The same for a body that is too large to hold: chunks one after the other, `sizeBytes` in all.
   * Errors: RangeError where the chunks come to another size; nothing is replaced then.
   */
  replaceStreamed(url: string, body: StreamedBody, contentType: string): Promise<void>;
  /** Objects whose key begins with the prefix URL, in byte order of keys; pages are followed. */
  list(prefixUrl: string): AsyncIterable<ObjectInfo>;
  remove(url: string): Promise<void>;
  /** Ends idle connections. */
  close(): void;
}
