import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CitysinkError } from '../errors.ts';
import type { ObjectInfo, ObjectStore, ReadOptions, StreamedBody } from './store.ts';
import { fileUrlToPath, pathToUrl, schemeOf } from './store-url.ts';

/** A store that serves allowed places only: whatever a spec, a STAC document or a job names passes here, in every process. */
export class GatedStore implements ObjectStore {
  readonly #store: ObjectStore;
  readonly #places: readonly string[];
  #real: Promise<readonly string[]> | undefined;

  /** `places`: URLs of buckets, prefixes and folders, each with a slash at its end, or of single objects. */
  constructor(store: ObjectStore, places: readonly string[]) {
    this.#store = store;
    this.#places = places;
  }

  async head(url: string, options?: ReadOptions): Promise<ObjectInfo> {
    await this.#pass(url);
    return this.#store.head(url, options);
  }

  async read(url: string, options: ReadOptions & { readonly maxBytes: number }): Promise<Uint8Array> {
    await this.#pass(url);
    return this.#store.read(url, options);
  }

  async readRange(
    url: string,
    range: { readonly offset: number; readonly length: number },
    options?: ReadOptions,
  ): Promise<Uint8Array> {
    await this.#pass(url);
    return this.#store.readRange(url, range, options);
  }

  async create(url: string, body: Uint8Array, contentType: string): Promise<'created' | 'exists'> {
    await this.#pass(url);
    return this.#store.create(url, body, contentType);
  }

  async replace(url: string, body: Uint8Array, contentType: string): Promise<void> {
    await this.#pass(url);
    return this.#store.replace(url, body, contentType);
  }

  async replaceStreamed(url: string, body: StreamedBody, contentType: string): Promise<void> {
    await this.#pass(url);
    return this.#store.replaceStreamed(url, body, contentType);
  }

  async *list(prefixUrl: string): AsyncGenerator<ObjectInfo> {
    await this.#pass(prefixUrl);
    yield* this.#store.list(prefixUrl);
  }

  async remove(url: string): Promise<void> {
    await this.#pass(url);
    return this.#store.remove(url);
  }

  close(): void {
    this.#store.close();
  }

  /** Errors: STORE_DENIED for a place that is not below an allowed one, by its name or by where links lead. */
  async #pass(url: string): Promise<void> {
    if (this.#places.some((place) => isWithin(url, place)) && (await this.#leadsWithin(url))) return;
    throw new CitysinkError('STORE_DENIED', `${url} is not below a place of CITYSINK_PLACES`, {
      context: { url },
      remedy: 'Name another place, or add its bucket, prefix or folder to CITYSINK_PLACES.',
    });
  }

  async #leadsWithin(url: string): Promise<boolean> {
    if (schemeOf(url) !== 'file') return true;
    this.#real ??= Promise.all(this.#places.filter((place) => place.startsWith('file:')).map(realUrl));
    const [real, places] = [await realUrl(url), await this.#real];
    return places.some((place) => isWithin(real, place));
  }
}

/** Equal, or below a place that ends with a slash; the place itself without its slash too. */
function isWithin(url: string, place: string): boolean {
  return url === place || `${url}/` === place || (place.endsWith('/') && url.startsWith(place));
}

/** Where a file's URL leads once links are followed; of what is not there yet, where its folder leads. */
async function realUrl(url: string): Promise<string> {
  const path = fileUrlToPath(url);
  const tail = path.length > 1 && path.endsWith('/') ? '/' : '';
  return pathToUrl((await realPathOf(path)) + tail);
}

async function realPathOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const parent = dirname(path);
    if (parent === path) return path;
    const base = path.replace(/\/+$/, '').slice(path.replace(/\/+$/, '').lastIndexOf('/') + 1);
    return `${(await realPathOf(parent)).replace(/\/$/, '')}/${base}`;
  }
}
