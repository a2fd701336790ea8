import { HeaderReader, keptHeaders } from '../../producer/catalog.ts';
import { isPlanned, planIdentified } from '../../producer/produce.ts';
import { CitysinkError } from '../../shared/errors.ts';
import type { CliContext } from '../context.ts';
import { QueueLinks } from '../serve/queue-links.ts';
import type { StartedRuns } from '../serve/started-runs.ts';
import { Turnstile } from '../turnstile.ts';
import { type CityLook, type LookOptions, lookAtCity, produceOptions } from './look-at-city.ts';
import type { EndedRun, WatchDesk, WatchNews } from './watched-city.ts';

/** Looks and runs of watched cities, by the code of the other commands. */

const LOOKS_AT_ONCE = 8;

export class RunDesk implements WatchDesk {
  private readonly context: CliContext;
  private readonly options: LookOptions;
  private readonly started: StartedRuns;
  private readonly onNews: (news: WatchNews) => void;
  private readonly links: QueueLinks;
  private readonly looks = new Turnstile(LOOKS_AT_ONCE);
  private readonly runs: Turnstile;
  /** One at a time for each city under way. */
  private readonly cities = new Map<string, { readonly turn: Turnstile; users: number }>();
  private running = 0;
  private readonly headers = keptHeaders();
  private readonly runsAtOnce: number;

  constructor(
    context: CliContext,
    options: LookOptions & { readonly runsAtOnce: number },
    started: StartedRuns,
    onNews: (news: WatchNews) => void,
  ) {
    this.context = context;
    this.options = options;
    this.started = started;
    this.onNews = onNews;
    this.links = new QueueLinks(context);
    this.runsAtOnce = options.runsAtOnce;
    this.runs = new Turnstile(options.runsAtOnce);
  }

  look(specUrl: string): Promise<CityLook> {
    return this.looks.pass(() => lookAtCity(specUrl, this.options, this.context, this.nowMs()));
  }

  async activeRun(cityUrl: string, run: string): Promise<string | null> {
    for (const { queue, runs } of await this.links.live()) {
      for (const [other, url] of runs) {
        if (other === run || !url.startsWith(cityUrl)) continue;
        const state = await queue.runState(other);
        if (state === 'working' || state === 'queueing') return other;
      }
    }
    return null;
  }

  async run({ request, specUrl }: CityLook & { readonly state: 'changed' }, onStart: () => void): Promise<EndedRun> {
    const { stores } = this.context;
    const headers = new HeaderReader(stores, this.headers);
    const production = await planIdentified(
      request,
      specUrl,
      stores,
      produceOptions(this.options, this.context),
      headers,
    );
    const { run } = await this.started.start(production);
    if (!isPlanned(production)) return { run, status: production.settled.status, tiles: 0, counted: 0 };
    onStart();
    const ended = await this.started.ended(run);
    if (ended === null) throw this.started.failureOf(run) ?? new CitysinkError('CANCELLED', `run ${run} was left`);
    const { manifest, tilesQueued, tilesReused } = ended;
    return { run, status: manifest.status, tiles: tilesQueued + tilesReused, counted: tilesQueued };
  }

  async inTurn<T>(cityUrl: string, work: (waited: boolean) => Promise<T>): Promise<T> {
    const city = this.cities.get(cityUrl) ?? { turn: new Turnstile(1), users: 0 };
    this.cities.set(cityUrl, city);
    const waited = city.users > 0 || this.running >= this.runsAtOnce;
    city.users += 1;
    this.running += 1;
    try {
      return await city.turn.pass(() => this.runs.pass(() => work(waited)));
    } finally {
      this.running -= 1;
      city.users -= 1;
      if (city.users === 0) this.cities.delete(cityUrl);
    }
  }

  tell(news: WatchNews): void {
    this.onNews(news);
  }

  nowMs(): number {
    return Date.now();
  }

  close(): Promise<void> {
    return this.links.close();
  }
}
