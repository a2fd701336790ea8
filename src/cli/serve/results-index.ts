import { LATEST_FILE, RUN_FILES } from '../../shared/contracts/run-places.ts';
import { CitysinkError } from '../../shared/errors.ts';
import type { StoreRegistry } from '../../shared/io/open-store.ts';
import { joinUrl } from '../../shared/io/store-url.ts';
import { readJsonIfThere } from '../../shared/io/stored-json.ts';

/** Which cities and runs stand below the results roots, from lists of their objects. */

export interface IndexedRun {
  readonly city: string;
  readonly run: string;
  /** Folder, with a slash at its end. */
  readonly url: string;
  /** Version of its manifest; null: it has none. */
  readonly manifestEtag: string | null;
  /** When it was written, ISO time; '' without one. Copies of results may have other times than the runs. */
  readonly written: string;
}

export interface Listing {
  readonly runs: readonly IndexedRun[];
  /** Cities that have a latest.json, with the version of it. */
  readonly pointers: ReadonlyMap<string, { readonly url: string; readonly etag: string }>;
}

/** A list is as good as new for this long, or for five times as long as it took. */
const FRESH_MS = 700;

export class ResultsIndex {
  readonly roots: readonly string[];
  private readonly stores: StoreRegistry;
  private last: { readonly listing: Listing; readonly goodUntil: number } | null = null;
  private listing: Promise<Listing> | null = null;
  private readonly latest = new Map<string, { readonly etag: string; readonly run: string | null }>();

  /** `roots`: folder URLs with a slash at their ends. Where two have a run of the same name, the first counts. */
  constructor(roots: readonly string[], stores: StoreRegistry) {
    this.roots = roots;
    this.stores = stores;
  }

  /** Errors: those of the store; a root that is not there yet has no runs. */
  async list(): Promise<Listing> {
    if (this.last !== null && performance.now() < this.last.goodUntil) return this.last.listing;
    this.listing ??= this.listAll().finally(() => {
      this.listing = null;
    });
    return this.listing;
  }

  /** Errors: RUN_NOT_FOUND. */
  async find(city: string, run: string): Promise<IndexedRun> {
    const { runs } = await this.list();
    const found = runs.find((one) => one.city === city && one.run === run);
    if (found !== undefined) return found;
    throw notFound(`${city}/${run}`);
  }

  /** By name, or by city/name. Errors: RUN_NOT_FOUND. */
  async findNamed(text: string): Promise<IndexedRun> {
    const { runs } = await this.list();
    const found = runs.find(({ city, run }) => run === text || `${city}/${run}` === text);
    if (found !== undefined) return found;
    throw notFound(text);
  }

  /** The run that latest.json of a city names; null where there is none. */
  async newestOf(city: string): Promise<string | null> {
    const pointer = (await this.list()).pointers.get(city);
    if (pointer === undefined) return null;
    const known = this.latest.get(city);
    if (known?.etag === pointer.etag) return known.run;
    const stored = await readJsonIfThere(this.stores.storeFor(pointer.url), pointer.url).catch(() => null);
    const run = (stored as { run?: unknown } | null)?.run;
    const found = { etag: pointer.etag, run: typeof run === 'string' ? run : null };
    this.latest.set(city, found);
    return found.run;
  }

  private async listAll(): Promise<Listing> {
    const began = performance.now();
    const runs = new Map<string, IndexedRun>();
    const pointers = new Map<string, { readonly url: string; readonly etag: string }>();
    for (const root of this.roots) await this.listRoot(root, runs, pointers);
    const listing = { runs: [...runs.values()], pointers };
    const now = performance.now();
    this.last = { listing, goodUntil: now + Math.max(FRESH_MS, 5 * (now - began)) };
    return listing;
  }

  private async listRoot(
    root: string,
    runs: Map<string, IndexedRun>,
    pointers: Map<string, { readonly url: string; readonly etag: string }>,
  ): Promise<void> {
    const found = new Map<string, { planned: boolean; manifestEtag: string | null; written: string }>();
    try {
      for await (const { url, etag, modified } of this.stores.storeFor(root).list(root)) {
        const [city = '', run = '', file, more] = url.slice(root.length).split('/');
        if (file === undefined && run === LATEST_FILE && !pointers.has(city)) pointers.set(city, { url, etag });
        if (more !== undefined || (file !== RUN_FILES.plan && file !== RUN_FILES.manifest)) continue;
        const known = found.get(`${city}/${run}`) ?? { planned: false, manifestEtag: null, written: '' };
        if (file === RUN_FILES.plan) known.planned = true;
        else Object.assign(known, { manifestEtag: etag, written: modified });
        found.set(`${city}/${run}`, known);
      }
    } catch (error) {
      if (!(error instanceof CitysinkError) || error.code !== 'OBJECT_NOT_FOUND') throw error;
    }
    for (const [name, { planned, ...manifest }] of found) {
      const [city = '', run = ''] = name.split('/');
      if (planned && !runs.has(name)) runs.set(name, { city, run, url: joinUrl(root, `${name}/`), ...manifest });
    }
  }
}

function notFound(name: string): CitysinkError {
  return new CitysinkError('RUN_NOT_FOUND', `no run ${name} in the results that this server shows`, {
    remedy: 'GET /api/cities lists cities, GET /api/cities/{city}/runs their runs.',
  });
}
