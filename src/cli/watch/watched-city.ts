import { partsOfSpecName } from '../../producer/spec-name.ts';
import type { EventPlace } from '../../server/hooks/hook-events.ts';
import type { CitysinkError } from '../../shared/errors.ts';
import { toCitysinkError } from '../../shared/errors.ts';
import type { InputChanges } from './input-changes.ts';
import type { CityLook } from './look-at-city.ts';
import { isWatched } from './watched-places.ts';

/** How the run of a change ended. */
export interface EndedRun {
  readonly run: string;
  readonly status: 'DONE' | 'PARTIAL' | 'FAILED';
  readonly tiles: number;
  /** Of these counted anew; the others were there. */
  readonly counted: number;
}

/** What is told of a city; `spec` names it while its spec cannot be read. */
export type WatchNews =
  | { readonly kind: 'unchanged'; readonly city: string; readonly run: string; readonly status: string }
  | {
      readonly kind: 'changed';
      readonly city: string;
      readonly changes: InputChanges | null;
      /** Until the run starts, where nothing more changes. */
      readonly settleMs: number;
    }
  | { readonly kind: 'started'; readonly city: string; readonly run: string }
  | ({ readonly kind: 'ended'; readonly city: string } & EndedRun)
  | { readonly kind: 'waits'; readonly city: string; readonly run: string; readonly why: string }
  | { readonly kind: 'failed'; readonly city: string; readonly error: CitysinkError };

/** What a watched city asks of the rest. */
export interface WatchDesk {
  look(specUrl: string): Promise<CityLook>;
  /** Another run of the city that is under way anywhere; null: none. */
  activeRun(cityUrl: string, run: string): Promise<string | null>;
  /** Queues and waits for the end; `onStart` once its tiles are being queued. Errors: those of planning and of the queue. */
  run(look: ChangedLook, onStart: () => void): Promise<EndedRun>;
  /**
   * Passes work on when it is this city's turn: one run a city, few at once. `waited`: others went first, and what was
   * seen may be old.
   */
  inTurn<T>(cityUrl: string, work: (waited: boolean) => Promise<T>): Promise<T>;
  tell(news: WatchNews): void;
  nowMs(): number;
}

export interface CityTimes {
  readonly settleMs: number;
  /** From an event to the look that it asks for; events in between ask for the same one. */
  readonly eventMs: number;
  /** Between looks while another run of the city is under way. */
  readonly busyMs: number;
}

type ChangedLook = CityLook & { readonly state: 'changed' };

/** What follows a look: nothing, or another look after a pause; `ran`: a run came between. */
type Next = { readonly afterMs: number; readonly ran: boolean } | null;

/**
 * One city: looks, waits until what it sees stands still, runs, looks again. All that it keeps is when it first saw the
 * present state and which alarm is set; the truth stands in the store.
 */
export class WatchedCity {
  readonly specUrl: string;
  private readonly desk: WatchDesk;
  private readonly times: CityTimes;
  private name: string;
  private prefixes: readonly string[] = [];
  /** The change that is waited for, by the digest of its request. */
  private seen: { readonly digest: string; readonly sinceMs: number } | null = null;
  private working: Promise<void> | null = null;
  private lookAgain = false;
  private alarm: { readonly timer: NodeJS.Timeout; readonly atMs: number } | null = null;
  private closed = false;
  private told = '';

  constructor(specUrl: string, desk: WatchDesk, times: CityTimes) {
    this.specUrl = specUrl;
    this.name = partsOfSpecName(specUrl).specUrl;
    this.desk = desk;
    this.times = times;
  }

  /** Looks now, or once more after what is under way. Never throws. */
  turn(): Promise<void> {
    if (this.working !== null) this.lookAgain = true;
    else {
      this.working = this.work().finally(() => {
        this.working = null;
      });
    }
    return this.working;
  }

  /** An event named an object: whether it is this city's. Looks soon then; any number of events are one look. */
  mark(place: EventPlace): boolean {
    if (!isWatched(this.prefixes, place)) return false;
    this.wakeAfter(this.times.eventMs);
    return true;
  }

  /** Looks and waits until the city is run or stands still: at most one run. For a single sweep. */
  async once(pause: (ms: number) => Promise<void>): Promise<void> {
    for (;;) {
      const next = await this.lookAndRun();
      if (next === null || next.ran) return;
      if (next.afterMs > 0) await pause(next.afterMs);
    }
  }

  /** Sets no alarm any more; what is under way ends by itself. */
  async close(): Promise<void> {
    this.closed = true;
    if (this.alarm !== null) clearTimeout(this.alarm.timer);
    await this.working;
  }

  private async work(): Promise<void> {
    do {
      this.lookAgain = false;
      const next = await this.lookAndRun();
      if (next?.afterMs === 0) this.lookAgain = true;
      else if (next !== null) this.wakeAfter(next.afterMs);
    } while (this.lookAgain && !this.closed);
  }

  /** The alarm that rings first stays. */
  private wakeAfter(ms: number): void {
    const atMs = this.desk.nowMs() + ms;
    if (this.closed || (this.alarm !== null && this.alarm.atMs <= atMs)) return;
    if (this.alarm !== null) clearTimeout(this.alarm.timer);
    const timer = setTimeout(() => {
      this.alarm = null;
      void this.turn();
    }, ms);
    this.alarm = { timer, atMs };
  }

  private async lookAndRun(): Promise<Next> {
    try {
      const look = await this.look();
      if (look.state !== 'changed') {
        this.seen = null;
        return this.tellStill(look);
      }
      const restMs = this.restMs(look);
      if (restMs > 0) return { afterMs: restMs, ran: false };
      return await this.desk.inTurn(look.cityUrl, (waited) => this.runNow(look, waited));
    } catch (thrown) {
      if (!this.closed) this.desk.tell({ kind: 'failed', city: this.name, error: toCitysinkError(thrown) });
      this.told = '';
      return null;
    }
  }

  private async look(): Promise<CityLook> {
    const look = await this.desk.look(this.specUrl);
    this.name = look.city;
    this.prefixes = look.prefixes;
    return look;
  }

  private tellStill(look: Exclude<CityLook, { state: 'changed' }>): Next {
    const { city, run } = look;
    if (look.state === 'unchanged') {
      this.tellOnce({ kind: 'unchanged', city, run, status: look.status });
      return null;
    }
    const cause = look.before.causes[0]?.message ?? look.before.status;
    const at = new Date(look.retryAtMs).toISOString();
    this.tellOnce({ kind: 'waits', city, run: look.before.run, why: `tried again from ${at}: ${cause}` });
    return null;
  }

  /** Time until a change may be run, ms: it must have stood still in our eyes, or by the times of the objects themselves. */
  private restMs({ city, changes, request }: ChangedLook): number {
    const now = this.desk.nowMs();
    const isNew = this.seen?.digest !== request.digest;
    if (isNew) this.seen = { digest: request.digest, sinceMs: now };
    const seenMs = now - (this.seen?.sinceMs ?? now);
    const ageMs = changes?.newestMs == null ? 0 : now - changes.newestMs;
    const restMs = Math.max(0, this.times.settleMs - Math.max(seenMs, ageMs));
    if (isNew) {
      this.told = '';
      this.desk.tell({ kind: 'changed', city, changes, settleMs: restMs });
    }
    return restMs;
  }

  private async runNow(look: ChangedLook, waited: boolean): Promise<Next> {
    if (this.closed) return null;
    const again = { afterMs: 0, ran: false };
    const now = waited ? await this.look() : look;
    if (now.state !== 'changed' || now.request.digest !== look.request.digest) return again;
    const { city, cityUrl, run } = now;
    const other = await this.desk.activeRun(cityUrl, run);
    if (other !== null) {
      this.tellOnce({ kind: 'waits', city, run: other, why: 'it is under way; the newest state is run after it' });
      return { afterMs: this.times.busyMs, ran: false };
    }
    this.seen = null;
    const ended = await this.desk.run(now, () => this.desk.tell({ kind: 'started', city, run }));
    this.told = '';
    this.desk.tell({ kind: 'ended', city, ...ended });
    // What changed in the meantime is the newest state, and comes after it.
    return { afterMs: 0, ran: true };
  }

  /** News that the last look brought already is not told again. */
  private tellOnce(news: WatchNews): void {
    const text = JSON.stringify(news);
    if (text === this.told) return;
    this.told = text;
    this.desk.tell(news);
  }
}
