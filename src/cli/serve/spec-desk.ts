import { missingTiles } from '../../producer/enqueue.ts';
import { loadSpec } from '../../producer/load-spec.ts';
import { isPlanned, type Production, produce } from '../../producer/produce.ts';
import type { Quote, SpecRequest, Started } from '../../server/answers.ts';
import type { SpecDesk } from '../../server/desk.ts';
import type { ObjectStore } from '../../shared/io/store.ts';
import { estimateOf, ownedOf } from '../commands/plan.ts';
import type { CliContext } from '../context.ts';
import { placeText } from '../place-text.ts';
import { planText } from '../plan-text.ts';
import { Turnstile } from '../turnstile.ts';
import type { SpecsFolder } from './specs-folder.ts';
import type { StartedRuns } from './started-runs.ts';

/** Quotes and runs of the specs of one folder; their results go to the first root that the server shows. */
export class FolderSpecs implements SpecDesk {
  private readonly folder: SpecsFolder;
  private readonly resultsRoot: string;
  private readonly context: CliContext;
  private readonly started: StartedRuns;
  /** Planning reads headers, zones and factors: a few at a time. */
  private readonly turnstile = new Turnstile(2);
  /** Requests that are being planned, by name and text of the spec. */
  private readonly planning = new Map<string, Promise<Production>>();

  constructor(folder: SpecsFolder, resultsRoot: string, context: CliContext, started: StartedRuns) {
    this.folder = folder;
    this.resultsRoot = resultsRoot;
    this.context = context;
    this.started = started;
  }

  list(): Promise<{ name: string; sizeBytes: number }[]> {
    return this.folder.list();
  }

  text(name: string): Promise<string> {
    return this.folder.text(name);
  }

  async plan(request: SpecRequest): Promise<Quote> {
    const production = await this.produced(request);
    if (!isPlanned(production)) {
      const { settled, run, runUrl } = production;
      const nothing = { tiles: 0, tiles_reused: 0, requests: 0, bytes: 0, cpu_seconds: 0, worker_memory_mb: 0 };
      const { city, year, warnings } = settled;
      const text = `unchanged since run ${run}: nothing would be queued\n${placeText(runUrl)}`;
      return { run, city, year, url: runUrl, unchanged: true, ...nothing, warnings, text };
    }
    const { plan, tiles, runUrl } = production;
    const missing = await missingTiles(this.context.stores.storeFor(runUrl), plan, tiles);
    const estimate = estimateOf(production, missing);
    return {
      run: plan.run,
      city: plan.city,
      year: plan.year,
      url: runUrl,
      unchanged: false,
      tiles: missing.length,
      tiles_reused: tiles.length - missing.length,
      requests: estimate.requests,
      bytes: estimate.bytes,
      cpu_seconds: estimate.cpuSeconds,
      worker_memory_mb: estimate.workerMemoryMb,
      warnings: [...plan.warnings, ...plan.scoreWarnings],
      text: planText({
        prices: this.context.config.prices,
        plan,
        runUrl,
        missing: missing.length,
        estimate,
        owned: ownedOf(production),
      }),
    };
  }

  /** An edited text is kept first, once it has no mistakes, so that a retry finds what was run. */
  async start(request: SpecRequest): Promise<Started> {
    const production = await this.produced(request);
    if (request.text !== undefined) await this.folder.keep(request.name, request.text);
    return this.started.start(production);
  }

  /** The same request at the same time is planned once. Errors: REQUEST_INVALID with every mistake; the store's. */
  private async produced({ name, text }: SpecRequest): Promise<Production> {
    const written = text ?? (await this.folder.text(name));
    const key = `${name}\n${written}`;
    const planning = this.planning.get(key) ?? this.planned(name, new TextEncoder().encode(written));
    this.planning.set(key, planning);
    return planning.finally(() => this.planning.delete(key));
  }

  private planned(name: string, bytes: Uint8Array): Promise<Production> {
    return this.turnstile.pass(async () => {
      const { stores, config } = this.context;
      const specUrl = this.folder.urlOf(name);
      const storeFor = (url: string) =>
        url === specUrl ? withObject(stores.storeFor(url), bytes) : stores.storeFor(url);
      const options = { out: this.resultsRoot, anonymous: config.s3.anonymous };
      const spec = await loadSpec(storeFor, specUrl, options);
      const { stacHosts } = config;
      return produce(spec, specUrl, stores, { tileSize: null, fresh: null, again: false, stacHosts });
    });
  }
}

/** The store in which one object has these bytes, whatever stands there. */
function withObject(store: ObjectStore, bytes: Uint8Array): ObjectStore {
  return new Proxy(store, {
    get: (target, name) => {
      if (name === 'read') return async () => bytes;
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}
