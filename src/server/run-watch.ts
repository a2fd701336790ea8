import { setTimeout as sleep } from 'node:timers/promises';
import type { ProgressEvent, RunProgress } from './answers.ts';
import type { Desk } from './desk.ts';
import { RateMeter } from './rate-meter.ts';

/** Progress of runs as streams of events: each run is asked for at most twice a second, however many watch it. */

const PERIOD_MS = 500;
/** States that nothing follows: the stream ends with them. */
const GOES_ON: ReadonlySet<string> = new Set(['working', 'queueing']);
/** Looks in a row that may fail, as while a queue that served only this run goes away with its end. */
const FAILED_LOOKS = 10;
/** A run that nobody watches is forgotten. */
const FORGET_MS = 120_000;

interface Watched {
  readonly meter: RateMeter;
  askedAt: number;
  answer: Promise<RunProgress>;
}

export class RunWatch {
  private readonly desk: Desk;
  private readonly now: () => number;
  private readonly watched = new Map<string, Watched>();

  constructor(desk: Desk, now: () => number = () => performance.now()) {
    this.desk = desk;
    this.now = now;
  }

  /** Progress now, with the speed since the run was first asked about. */
  async look(run: string): Promise<ProgressEvent> {
    const watched = this.askedNow(run);
    const progress = await watched.answer;
    const { all, done, failed } = progress.tiles;
    const cellsPerTile = all === 0 ? 0 : progress.cells / all;
    const left = (all - done - failed) * cellsPerTile;
    return { ...progress, cells_per_second: watched.meter.perSecond(), eta_seconds: watched.meter.eta(left) };
  }

  /**
   * Server-sent events: `layout` once where tiles can be drawn, `progress` as it changes, `ended` last. Errors: what the
   * desk throws, after `FAILED_LOOKS` of them in a row.
   */
  async *events(run: string, signal: AbortSignal): AsyncGenerator<string> {
    const layout = await this.desk.layout(run);
    if (layout !== null) yield eventText('layout', layout);
    let last = '';
    let failedLooks = 0;
    for (;;) {
      const progress = await this.look(run).catch((error: unknown) => {
        failedLooks += 1;
        if (failedLooks >= FAILED_LOOKS) throw error;
        return null;
      });
      if (progress !== null) failedLooks = 0;
      const text = progress === null ? last : eventText('progress', progress);
      // A comment keeps proxies from closing a stream in which nothing changes.
      yield text === last ? ': the same\n\n' : text;
      last = text;
      if (progress !== null && !GOES_ON.has(progress.state)) break;
      await sleep(PERIOD_MS, undefined, { signal });
    }
    yield eventText('ended', { run });
  }

  private askedNow(run: string): Watched {
    const now = this.now();
    const known = this.watched.get(run);
    if (known !== undefined && now - known.askedAt < PERIOD_MS * 0.9) return known;
    for (const [name, { askedAt }] of this.watched) if (now - askedAt > FORGET_MS) this.watched.delete(name);
    const meter = known?.meter ?? new RateMeter();
    const answer = this.desk.progress(run).then((progress) => {
      const { all, done } = progress.tiles;
      meter.add(this.now(), all === 0 ? 0 : (done * progress.cells) / all);
      return progress;
    });
    answer.catch(() => this.watched.delete(run));
    const asked = { meter, askedAt: now, answer };
    this.watched.set(run, asked);
    return asked;
  }
}

/** One event as text/event-stream has it; JSON has no line ends of its own. */
export function eventText(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
