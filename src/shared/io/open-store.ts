/** Which driver serves a URL. */

import { GatedStore } from './gated-store.ts';
import type { ObjectStore, StoreAccess } from './store.ts';
import { FileStore } from './store-file.ts';
import { S3Store } from './store-s3.ts';
import type { StoreSettings } from './store-settings.ts';
import { schemeOf } from './store-url.ts';

/** The store that serves `url`; the caller closes it. Errors: STORE_URL_INVALID. */
export function openStore(url: string, access: StoreAccess, settings: StoreSettings): ObjectStore {
  const store = schemeOf(url) === 's3' ? new S3Store(settings, access) : new FileStore();
  return settings.places === undefined ? store : new GatedStore(store, settings.places);
}

/** Stores of one process, one for each scheme and way of access, so that connections and retry budgets are shared. */
export class StoreRegistry {
  readonly #settings: StoreSettings;
  readonly #stores = new Map<string, ObjectStore>();

  constructor(settings: StoreSettings) {
    this.#settings = settings;
  }

  /** The store that serves `url` with this access. Errors: STORE_URL_INVALID. */
  storeFor(url: string, access: StoreAccess = {}): ObjectStore {
    const anonymous = access.anonymous ?? this.#settings.s3Anonymous;
    const name = schemeOf(url) === 'file' ? 'file' : `s3 ${anonymous} ${access.requesterPays === true}`;
    const known = this.#stores.get(name);
    if (known !== undefined) return known;
    const store = openStore(url, access, this.#settings);
    this.#stores.set(name, store);
    return store;
  }

  close(): void {
    for (const store of this.#stores.values()) store.close();
    this.#stores.clear();
  }
}
