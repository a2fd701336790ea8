import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { TOTALS_SCHEMA } from '../../reducer/publish.ts';
import type { RunSummary } from '../../server/answers.ts';
import { type Manifest, parseManifest } from '../../shared/contracts/manifest.ts';
import { RUN_FILES } from '../../shared/contracts/run-places.ts';
import { CitysinkError, toCitysinkError } from '../../shared/errors.ts';
import type { StoreRegistry } from '../../shared/io/open-store.ts';
import { joinUrl } from '../../shared/io/store-url.ts';
import { readJson } from '../../shared/io/stored-json.ts';
import type { IndexedRun } from './results-index.ts';

/** Finished runs as they are stored: read once each, since a manifest is never written again. */

/** Summaries that are kept; a summary is small. */
const KEPT = 20_000;
const KEPT_STATES = 200_000;
/** Manifests name every scene and file. */
const KEPT_MANIFESTS = 64;
/** Larger totals are downloaded, not shown. */
export const MOST_TOTALS_BYTES = 32 * 1024 * 1024;

const amount = z.number().nullable();
const totalsHead = z.looseObject({
  schema: z.literal(TOTALS_SCHEMA),
  name: z.object({ en: z.string(), zh: z.string().optional() }),
  figures: z.looseObject({
    city: z.looseObject({
      total: z.looseObject({
        area_ha: z.number(),
        coverage: amount,
        storage_tC: amount,
        sequestration_tC_yr: amount,
        sequestration_tCO2_yr: amount,
      }),
    }),
    offset: z.looseObject({ offset_percent: amount }).nullable(),
  }),
});

export type CityName = z.infer<typeof totalsHead>['name'];

/** A summary, with the names that totals.json has of the city. */
export interface KnownRun {
  readonly summary: RunSummary;
  readonly name: CityName;
}

export class StoredRuns {
  private readonly stores: StoreRegistry;
  private readonly known = new LRUCache<string, KnownRun>({ max: KEPT });
  private readonly states = new LRUCache<string, string>({ max: KEPT_STATES });
  private readonly manifests = new LRUCache<string, Manifest>({ max: KEPT_MANIFESTS });

  constructor(stores: StoreRegistry) {
    this.stores = stores;
  }

  /** The manifest; null where the run has none. Errors: JOB_INVALID. */
  async manifest({ url, manifestEtag }: IndexedRun): Promise<Manifest | null> {
    if (manifestEtag === null) return null;
    const key = `${url} ${manifestEtag}`;
    const kept = this.manifests.get(key);
    if (kept !== undefined) return kept;
    const manifest = parseManifest(await readJson(this.stores.storeFor(url), joinUrl(url, RUN_FILES.manifest)));
    this.manifests.set(key, manifest);
    return manifest;
  }

  /** totals.json; null where there are no figures, or too many to show. Errors: JOB_INVALID where it is of another form. */
  async totals(run: IndexedRun, manifest: Manifest): Promise<z.infer<typeof totalsHead> | null> {
    const listed = manifest.outputs.find(({ name }) => name === RUN_FILES.totalsJson);
    if (manifest.figuresSha256 === null || (listed?.sizeBytes ?? 0) > MOST_TOTALS_BYTES) return null;
    const url = joinUrl(run.url, RUN_FILES.totalsJson);
    const parsed = totalsHead.safeParse(await readJson(this.stores.storeFor(url), url));
    if (parsed.success) return parsed.data;
    throw new CitysinkError('JOB_INVALID', `${url} is not of the form ${TOTALS_SCHEMA}`);
  }

  /** State of a finished run that was looked at before; null: it was not. */
  knownState({ url, manifestEtag }: IndexedRun): string | null {
    return this.states.get(`${url} ${manifestEtag}`) ?? null;
  }

  /** A finished run in a line. One that cannot be read must not hide the others: it is `unreadable`. */
  async summary(run: IndexedRun): Promise<KnownRun> {
    const key = `${run.url} ${run.manifestEtag}`;
    const kept = this.known.get(key);
    if (kept !== undefined) return kept;
    try {
      const manifest = await this.manifest(run);
      if (manifest === null) throw new CitysinkError('RUN_NOT_FOUND', `run ${run.run} is not finished`);
      const known = knownRun(run, manifest, await this.totals(run, manifest));
      this.known.set(key, known);
      this.states.set(key, known.summary.state);
      return known;
    } catch (thrown) {
      const error = toCitysinkError(thrown);
      if (error.retryable) throw error;
      this.states.set(key, 'unreadable');
      return { summary: { ...emptySummary(run), state: 'unreadable' }, name: { en: run.city } };
    }
  }
}

function knownRun(run: IndexedRun, manifest: Manifest, totals: z.infer<typeof totalsHead> | null): KnownRun {
  const { status, finished, year, tiles, warnings, unread } = manifest;
  const total = totals?.figures.city.total;
  return {
    name: totals?.name ?? { en: run.city },
    summary: {
      ...emptySummary(run),
      year,
      state: status,
      finished,
      storage_tC: total?.storage_tC ?? null,
      sequestration_tC_yr: total?.sequestration_tC_yr ?? null,
      sequestration_tCO2_yr: total?.sequestration_tCO2_yr ?? null,
      offset_percent: totals?.figures.offset?.offset_percent ?? null,
      area_ha: total?.area_ha ?? null,
      coverage: total?.coverage ?? null,
      tiles: tiles.count,
      warnings: warnings.length,
      unread: unread.length,
    },
  };
}

/** A run of which nothing is known but its place. */
export function emptySummary({ city, run, url }: Pick<IndexedRun, 'city' | 'run' | 'url'>): RunSummary {
  const nothing = { year: null, finished: null, storage_tC: null, sequestration_tC_yr: null, coverage: null };
  const more = { sequestration_tCO2_yr: null, offset_percent: null, area_ha: null, tiles: null };
  return { city, run, url, state: 'stopped', ...nothing, ...more, warnings: 0, unread: 0 };
}
