/** Which driver serves a URL. */

import { PROCESS_RETRY_TOOLS } from './deadline.ts';
import { GatedStore } from './gated-store.ts';
import type { ObjectStore, StoreAccess } from './store.ts';
import { FileStore } from './store-file.ts';
import { MeteredStore, StoreMeter } from './store-meter.ts';
import { S3Store } from './store-s3.ts';
import type { StoreSettings } from './store-settings.ts';
import { schemeOf } from './store-url.ts';

/** The store that serves `url`; the caller closes it. Errors: STORE_URL_INVALID. */
export function openStore(
  url: string,
  access: StoreAccess,
  settings: StoreSettings,
  tools = PROCESS_RETRY_TOOLS,
): ObjectStore {
  const store = schemeOf(url) === 's3' ? new S3Store(settings, access, tools) : new FileStore();
  return settings.places === undefined ? store : new GatedStore(store, settings.places);
}

/** Stores of one process, one for each scheme and way of access, so that connections and retry budgets are shared. */
export class StoreRegistry {
  /** What all of these stores were asked for. */
  readonly meter = new StoreMeter();
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
    const scheme = schemeOf(url);
    // A pause is what stands before a request that is made again.
    const sleep: typeof PROCESS_RETRY_TOOLS.sleep = (millis, signal) => {
      this.meter.retried(scheme);
      return PROCESS_RETRY_TOOLS.sleep(millis, signal);
    };
    const opened = openStore(url, access, this.#settings, { ...PROCESS_RETRY_TOOLS, sleep });
    const store = new MeteredStore(opened, this.meter, scheme);
    this.#stores.set(name, store);
    return store;
  }

  close(): void {
    for (const store of this.#stores.values()) store.close();
    this.#stores.clear();
  }
}
