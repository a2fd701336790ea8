import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { loadSpec } from '../../producer/load-spec.ts';
import { isPlanned, produce } from '../../producer/produce.ts';
import type {
  Cancelled,
  CityAnswer,
  Health,
  LiveRun,
  QueueCounts,
  RunDetail,
  RunProgress,
  RunSummary,
  Started,
  TileLayout,
  ZoneMap,
} from '../../server/answers.ts';
import type { Desk, MapDesk, RunFile, SpecDesk } from '../../server/desk.ts';
import { zonePaths } from '../../server/zone-paths.ts';
import { parsePlan } from '../../shared/contracts/plan.ts';
import { RUN_FILES } from '../../shared/contracts/run-places.ts';
import { parseZones } from '../../shared/contracts/zones-file.ts';
import { CitysinkError } from '../../shared/errors.ts';
import { joinUrl } from '../../shared/io/store-url.ts';
import { isThere, readJson } from '../../shared/io/stored-json.ts';
import { cancelRun } from '../commands/cancel.ts';
import { comparisonOf, finishedRun } from '../commands/compare.ts';
import { viewRunOrReason } from '../commands/status.ts';
import { shownWaterfall } from '../compare-text.ts';
import type { CliContext } from '../context.ts';
import { askedPlace } from '../explain/asked-place.ts';
import { cellText } from '../explain/cell-text.ts';
import { explainCell } from '../explain/explain-cell.ts';
import type { LiveQueue } from '../find-run.ts';
import { packageVersion } from '../package-version.ts';
import { Turnstile } from '../turnstile.ts';
import { cityAnswer } from './city-answer.ts';
import { QueueLinks, within } from './queue-links.ts';
import { type IndexedRun, type Listing, ResultsIndex } from './results-index.ts';
import { ProgressReader } from './run-progress.ts';
import { FolderSpecs } from './spec-desk.ts';
import { SpecsFolder } from './specs-folder.ts';
import { StartedRuns } from './started-runs.ts';
import { StoredMaps } from './stored-maps.ts';
import { emptySummary, StoredRuns } from './stored-runs.ts';

/** All that the server asks for, from the results roots, the queues, and the same code as the other commands. */

const PART_BYTES = 1024 * 1024;
const KEPT_MAPS = 32;
const ANSWER_MS = 3_000;
/** Last runs of a city that are looked through for the one before the newest. */
const MOST_BEFORE = 6;
/** Runs that are read for one look at their states: thousands are counted over several. */
const MOST_READ_AT_ONCE = 500;
/** Runs of a city that are listed; the results have all. */
const MOST_RUNS = 500;

export interface DeskSettings {
  /** Folder URLs; results of runs that are started go to the first. */
  readonly roots: readonly string[];
  readonly specsFolder: string | null;
  readonly workers: number;
}

/** Of a plan only where its grid lies: other versions drew it the same way, and their maps can be shown. */
const plannedGrid = z.looseObject({
  grid: z.looseObject({
    crs: z.looseObject({
      name: z.string(),
      kind: z.enum(['geographic', 'projected']),
      unitSize: z.number().positive(),
    }),
  }),
});

export class ServeDesk implements Desk {
  readonly version = packageVersion();
  readonly specs: SpecDesk | null;
  readonly maps: MapDesk;
  private readonly context: CliContext;
  private readonly index: ResultsIndex;
  private readonly stored: StoredRuns;
  private readonly links: QueueLinks;
  private readonly reader: ProgressReader;
  /** Runs under way, whoever asked for them. */
  readonly started: StartedRuns;
  private readonly outlines = new LRUCache<string, ZoneMap>({ max: KEPT_MAPS });
  private readonly explaining = new Turnstile(2);
  /** What was answered for a listing holds as long as the listing does. */
  private lastCities: { readonly listing: Listing; readonly answers: CityAnswer[] } | null = null;

  constructor(context: CliContext, { roots, specsFolder, workers }: DeskSettings) {
    this.context = context;
    this.index = new ResultsIndex(roots, context.stores);
    this.stored = new StoredRuns(context.stores);
    this.maps = new StoredMaps(this.index, this.stored, context.stores);
    this.links = new QueueLinks(context);
    this.reader = new ProgressReader(context.stores);
    this.started = new StartedRuns(context, workers);
    const root = roots[0] as string;
    this.specs =
      specsFolder === null ? null : new FolderSpecs(new SpecsFolder(specsFolder), root, context, this.started);
  }

  async close(): Promise<void> {
    await this.started.close();
    await this.links.close();
  }

  async cities(): Promise<CityAnswer[]> {
    const listing = await this.index.list();
    if (this.lastCities?.listing === listing) return this.lastCities.answers;
    const byCity = [...Map.groupBy(listing.runs, ({ city }) => city)].sort(([a], [b]) => (a < b ? -1 : 1));
    const answers = await inTurns(byCity, 8, async ([city, all]) => {
      const newest = await this.index.newestOf(city);
      const known = await inTurns(lastOf(all, newest), 4, (run) => this.stored.summary(run));
      return cityAnswer(city, all.length, known, newest);
    });
    this.lastCities = { listing, answers };
    return answers;
  }

  async runs(city: string): Promise<RunSummary[]> {
    const { runs } = await this.index.list();
    const found = runs.filter((run) => run.city === city);
    if (found.length === 0) throw new CitysinkError('RUN_NOT_FOUND', `no city ${city} in the results`);
    const live = await this.links.live().catch(() => []);
    const summaries = await inTurns(found.slice(-MOST_RUNS), 8, (run) => this.summaryOf(run, live));
    return summaries.sort((a, b) => compareTimes(b.finished, a.finished));
  }

  async run(city: string, run: string): Promise<RunDetail> {
    const found = await this.index.find(city, run);
    const manifest = await this.stored.manifest(found);
    const store = this.context.stores.storeFor(found.url);
    const hasZones = await isThere(store, joinUrl(found.url, RUN_FILES.zones));
    if (manifest === null) {
      const summary = await this.summaryOf(found, await this.links.live().catch(() => []));
      return { summary, name: { en: city }, manifest: null, totals: null, files: [], has_zones: hasZones };
    }
    const { summary, name } = await this.stored.summary(found);
    const files = manifest.outputs.map(({ name: file, sizeBytes, sha256 }) => ({
      name: file,
      sizeBytes,
      sha256,
      href: `api/runs/${city}/${run}/files/${file.split('/').map(encodeURIComponent).join('/')}`,
    }));
    const totals = await this.stored.totals(found, manifest);
    return { summary, name, manifest: { ...manifest }, totals, files, has_zones: hasZones };
  }

  async file(city: string, run: string, name: string): Promise<RunFile | null> {
    const found = await this.index.find(city, run);
    const listed = (await this.stored.manifest(found))?.outputs.find((output) => output.name === name);
    if (listed === undefined) return null;
    const url = joinUrl(found.url, listed.name);
    const store = this.context.stores.storeFor(url);
    async function* read(offset: number, length: number): AsyncGenerator<Uint8Array> {
      for (let at = offset; at < offset + length; at += PART_BYTES) {
        yield await store.readRange(url, { offset: at, length: Math.min(PART_BYTES, offset + length - at) });
      }
    }
    return { name: listed.name, sizeBytes: listed.sizeBytes, sha256: listed.sha256, read };
  }

  async zones(city: string, run: string): Promise<ZoneMap> {
    const { url } = await this.index.find(city, run);
    const kept = this.outlines.get(url);
    if (kept !== undefined) return kept;
    const store = this.context.stores.storeFor(url);
    const [plan, zones] = await Promise.all([
      readJson(store, joinUrl(url, RUN_FILES.plan)).then((stored) => plannedGrid.parse(stored)),
      readJson(store, joinUrl(url, RUN_FILES.zones)).then(parseZones),
    ]);
    const map = zonePaths(zones, plan.grid);
    if (map === null) throw new CitysinkError('OBJECT_NOT_FOUND', `the zones of run ${run} have no outline`);
    this.outlines.set(url, map);
    return map;
  }

  async liveRuns(): Promise<LiveRun[]> {
    const live = await this.links.live();
    const folders = new Set(live.flatMap(({ runs }) => [...runs.values()]));
    const views = await inTurns([...folders], 8, (folder) => viewRunOrReason(folder, live, this.context));
    return views
      .filter((view) => view !== null)
      .filter(({ state }) => !['DONE', 'PARTIAL', 'FAILED'].includes(state))
      .map(({ run, city, year, state, tiles_all, tiles_left }) => ({ run, city, year, state, tiles_all, tiles_left }));
  }

  async progress(run: string): Promise<RunProgress> {
    const { folder, holder } = await this.placeOf(run);
    const progress = await this.reader.read(folder, holder, this.started.isUnderWay(run));
    const failure = progress.state === 'stopped' ? this.started.failureOf(run) : null;
    return failure === null
      ? progress
      : { ...progress, state: 'failed', causes: [{ code: failure.code, message: failure.message }] };
  }

  async layout(run: string): Promise<TileLayout | null> {
    return this.reader.layout((await this.placeOf(run)).folder);
  }

  async cancel(run: string): Promise<Cancelled> {
    const { folder, live } = await this.placeOf(run);
    return { run, outcome: await cancelRun(folder, live, this.context) };
  }

  /** As `citysink retry`: from the run's own spec, with its tile size; finished tiles are found by their names. */
  async retry(run: string): Promise<Started> {
    const { folder } = await this.placeOf(run);
    const plan = parsePlan(await readJson(this.context.stores.storeFor(folder), joinUrl(folder, RUN_FILES.plan)));
    const production = await this.produced(plan.specUrl, plan.resultsUrl, { tileSize: plan.tileSize, again: true });
    return this.started.start(production);
  }

  async compare(old: string, next: string): Promise<Record<string, unknown> & { text: string }> {
    const found = await Promise.all(
      [old, next].map(async (name) => finishedRun(name, (await this.index.findNamed(name)).url, this.context)),
    );
    const [before, after] = found;
    if (before === undefined || after === undefined) throw new RangeError('two runs');
    const { answer, text } = await comparisonOf([before, after], this.context);
    const shown = ({
      storage_tC,
      sequestration_tC_yr,
    }: (typeof answer)['city'] | (typeof answer)['zones'][number]) => ({
      storage_tC: textsOf(shownWaterfall(storage_tC)),
      sequestration_tC_yr: textsOf(shownWaterfall(sequestration_tC_yr)),
    });
    return { ...answer, text, shown: { city: shown(answer.city), zones: answer.zones.map(shown) } };
  }

  async explain(
    city: string,
    run: string,
    { x, y, crs }: { readonly x: number; readonly y: number; readonly crs: string | null },
  ): Promise<Record<string, unknown> & { text: string }> {
    const { url } = await this.index.find(city, run);
    return this.explaining.pass(async () => {
      const plan = parsePlan(await readJson(this.context.stores.storeFor(url), joinUrl(url, RUN_FILES.plan)));
      const place = crs === 'grid' ? { x, y, crs: plan.grid.crs } : await askedPlace(`${x},${y}`, crs);
      const produced = await this.produced(plan.specUrl, plan.resultsUrl, {
        tileSize: plan.tileSize,
        again: false,
        fresh: 'explain',
      });
      if (!isPlanned(produced)) throw new CitysinkError('INTERNAL', `run ${run} answers what was asked anew`);
      const report = await explainCell(produced, place, this.context.stores, AbortSignal.timeout(60_000));
      return { ...report, text: cellText(report) };
    });
  }

  async health(): Promise<Pick<Health, 'redis' | 'store'>> {
    const [live, store] = await Promise.all([
      this.links.live().catch(() => null),
      within(this.index.list(), ANSWER_MS),
    ]);
    const redis = live === null ? 'down' : live.length === 0 ? 'none' : 'ok';
    return { redis, store: store === null ? 'down' : 'ok' };
  }

  async queue(): Promise<QueueCounts> {
    const live = await this.links.live();
    const all = await Promise.all(
      live.map(async ({ queue }) => ({ ...(await queue.counts()), workers: await queue.workerCount() })),
    );
    const sum = (of: (one: (typeof all)[number]) => number) => all.reduce((total, one) => total + of(one), 0);
    return {
      waiting: sum(({ waiting }) => waiting),
      active: sum(({ active }) => active),
      delayed: sum(({ delayed }) => delayed),
      workers: sum(({ workers }) => workers),
      queues: live.length,
    };
  }

  async ages(): Promise<{ oldestWaitingSeconds: number | null; newestResultSeconds: number | null }> {
    const live = await this.links.live().catch(() => []);
    const waiting = await Promise.all(live.map(({ queue }) => queue.oldestWaitingMs()));
    const { runs } = await this.index.list();
    const newest = Math.max(
      ...runs.map(({ written }) => (written === '' ? Number.NaN : Date.parse(written))).filter(Number.isFinite),
    );
    return {
      oldestWaitingSeconds: live.length === 0 ? null : Math.max(...waiting) / 1000,
      newestResultSeconds: Number.isFinite(newest) ? Math.max(0, Date.now() - newest) / 1000 : null,
    };
  }

  async runsByState(): Promise<Map<string, number>> {
    const states = new Map<string, number>();
    const add = (state: string, count: number) => states.set(state, (states.get(state) ?? 0) + count);
    const { runs } = await this.index.list();
    const finished = runs.filter(({ manifestEtag }) => manifestEtag !== null);
    const unknown = finished.filter((run) => this.stored.knownState(run) === null);
    await inTurns(unknown.slice(0, MOST_READ_AT_ONCE), 8, (run) => this.stored.summary(run));
    for (const run of finished) add(this.stored.knownState(run) ?? 'not looked at yet', 1);
    const live = await this.links.live().catch(() => []);
    add('queued', new Set(live.flatMap((one) => [...one.runs.keys()])).size);
    return states;
  }

  private async summaryOf(run: IndexedRun, live: readonly LiveQueue[]): Promise<RunSummary> {
    if (run.manifestEtag !== null) return (await this.stored.summary(run)).summary;
    const view = await viewRunOrReason(run.url, live, this.context);
    const { year = null, state = 'stopped', tiles_all: tiles = null } = view ?? {};
    return { ...emptySummary(run), year, state, tiles };
  }

  /** A run by its name: from the queues, else from the results. Errors: RUN_NOT_FOUND. */
  private async placeOf(run: string): Promise<{ folder: string; holder: LiveQueue | null; live: LiveQueue[] }> {
    const live = await this.links.live().catch(() => []);
    const holder = live.find(({ runs }) => runs.has(run)) ?? null;
    const folder = holder?.runs.get(run) ?? (await this.index.findNamed(run)).url;
    return { folder, holder, live };
  }

  private async produced(
    specUrl: string,
    resultsUrl: string,
    { tileSize, again, fresh = null }: { tileSize: number | null; again: boolean; fresh?: string | null },
  ) {
    const { stores, config } = this.context;
    const options = { out: resultsUrl, anonymous: config.s3.anonymous };
    const spec = await loadSpec((url) => stores.storeFor(url), specUrl, options);
    return produce(spec, specUrl, stores, { tileSize, fresh, again, stacHosts: config.stacHosts });
  }
}

/** The newest run of a city and the last finished ones beside it. */
function lastOf(runs: readonly IndexedRun[], newest: string | null): IndexedRun[] {
  const finished = runs.filter(({ manifestEtag }) => manifestEtag !== null);
  finished.sort((a, b) => Number(b.run === newest) - Number(a.run === newest) || (a.written < b.written ? 1 : -1));
  return finished.slice(0, MOST_BEFORE);
}

function textsOf({ parts, ...ends }: ReturnType<typeof shownWaterfall>): object {
  return { ...ends, parts: Object.fromEntries(parts) };
}

/** Runs that have not ended come first. */
function compareTimes(a: string | null, b: string | null): number {
  if (a === b) return 0;
  if (a === null) return 1;
  return b === null ? -1 : a < b ? -1 : 1;
}

/** All answers in order, a few asked for at once. */
async function inTurns<T, R>(items: readonly T[], width: number, ask: (item: T) => Promise<R>): Promise<R[]> {
  const turnstile = new Turnstile(width);
  return Promise.all(items.map((item) => turnstile.pass(() => ask(item))));
}
