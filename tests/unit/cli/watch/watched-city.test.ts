import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CityLook } from '../../../../src/cli/watch/look-at-city.ts';
import { type EndedRun, type WatchDesk, WatchedCity, type WatchNews } from '../../../../src/cli/watch/watched-city.ts';
import { CitysinkError } from '../../../../src/shared/errors.ts';

/** A city whose state is a number: what was run last stands in the store. The clock is vitest's. */
class StateDesk implements WatchDesk {
  present = 0;
  /** State that the newest run is of. */
  counted = 0;
  looks = 0;
  runs: number[] = [];
  active = 0;
  mostActive = 0;
  runMs = 10_000;
  failure: CitysinkError | null = null;
  foreign: string | null = null;
  modifiedMs: number | null = null;
  readonly news: WatchNews[] = [];

  async look(specUrl: string): Promise<CityLook> {
    this.looks += 1;
    if (this.failure !== null) throw this.failure;
    const { present } = this;
    const seen = { city: 'a', cityUrl: 's3://r/a/', specUrl, run: `run-${present}`, prefixes: ['s3://scenes/a/'] };
    if (present === this.counted) return { ...seen, state: 'unchanged', status: 'DONE' };
    const changes = {
      added: [],
      replaced: ['s3://scenes/a/x.tif'],
      removed: [],
      factors: false,
      newestMs: this.modifiedMs,
    };
    const request = { digest: String(present) } as Extract<CityLook, { state: 'changed' }>['request'];
    return { ...seen, state: 'changed', changes, request };
  }

  async activeRun(): Promise<string | null> {
    return this.foreign;
  }

  async run({ run }: CityLook, onStart: () => void): Promise<EndedRun> {
    onStart();
    const state = Number(run.slice('run-'.length));
    this.runs.push(state);
    this.active += 1;
    this.mostActive = Math.max(this.mostActive, this.active);
    await new Promise((resolve) => setTimeout(resolve, this.runMs));
    this.active -= 1;
    this.counted = state;
    return { run, status: 'DONE', tiles: 4, counted: 1 };
  }

  inTurn<T>(_: string, work: (waited: boolean) => Promise<T>): Promise<T> {
    return work(false);
  }

  tell(news: WatchNews): void {
    this.news.push(news);
  }

  nowMs(): number {
    return Date.now();
  }

  get kinds(): string[] {
    return this.news.map(({ kind }) => kind);
  }
}

const TIMES = { settleMs: 60_000, eventMs: 2_000, busyMs: 10_000 };
const SCENE = { bucket: 'scenes', key: 'a/x.tif' };

let desk: StateDesk;
let city: WatchedCity;

beforeEach(async () => {
  vi.useFakeTimers({ now: Date.parse('2026-03-29T00:30:00Z') });
  desk = new StateDesk();
  city = new WatchedCity('file:///a.yaml', desk, TIMES);
  await city.turn();
});

afterEach(async () => {
  const closed = city.close();
  await vi.advanceTimersByTimeAsync(1_000_000);
  vi.useRealTimers();
  await closed;
});

describe('A watched city', () => {
  it('that does not change is told once, and never run', async () => {
    for (let i = 0; i < 5; i++) await city.turn();
    expect(desk.kinds).toEqual(['unchanged']);
    expect(desk.runs).toEqual([]);
  });

  it('is run when its change has stood still for the settling time, and not before', async () => {
    desk.present = 1;
    await city.turn();
    await vi.advanceTimersByTimeAsync(59_000);
    expect(desk.runs).toEqual([]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(desk.runs).toEqual([1]);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(desk.kinds).toEqual(['unchanged', 'changed', 'started', 'ended', 'unchanged']);
  });

  it('that goes on changing is run once, in its last state', async () => {
    for (let state = 1; state <= 10; state++) {
      desk.present = state;
      city.mark(SCENE);
      await vi.advanceTimersByTimeAsync(30_000);
    }
    expect(desk.runs).toEqual([]);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(desk.runs).toEqual([10]);
  });

  it('is run at once where the objects themselves are older than the settling time', async () => {
    desk.present = 1;
    desk.modifiedMs = Date.now() - 61_000;
    await Promise.race([city.turn(), vi.advanceTimersByTimeAsync(1)]);
    expect(desk.runs).toEqual([1]);
  });

  it('with objects from the future, by the clock of a store that is ahead, waits by its own clock', async () => {
    desk.present = 1;
    desk.modifiedMs = Date.now() + 3_600_000;
    await city.turn();
    await vi.advanceTimersByTimeAsync(61_000);
    expect(desk.runs).toEqual([1]);
  });

  it('that changes during its run is run again after it, once, in the newest state', async () => {
    desk.present = 1;
    desk.runMs = 300_000;
    await city.turn();
    await vi.advanceTimersByTimeAsync(61_000);
    for (let state = 2; state <= 6; state++) {
      desk.present = state;
      city.mark(SCENE);
      void city.turn();
      await vi.advanceTimersByTimeAsync(10_000);
    }
    await vi.advanceTimersByTimeAsync(1_000_000);
    expect(desk.runs).toEqual([1, 6]);
    expect(desk.mostActive).toBe(1);
  });

  it('that came back as it was before the run began is not run', async () => {
    desk.present = 1;
    await city.turn();
    desk.present = 0;
    await vi.advanceTimersByTimeAsync(200_000);
    expect(desk.runs).toEqual([]);
  });

  it('of which another run is under way waits for its end', async () => {
    desk.present = 1;
    desk.foreign = 'run-0';
    await city.turn();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(desk.runs).toEqual([]);
    expect(desk.kinds).toEqual(['unchanged', 'changed', 'waits']);
    desk.foreign = null;
    await vi.advanceTimersByTimeAsync(11_000);
    expect(desk.runs).toEqual([1]);
  });

  it('that cannot be looked at is told each time, and looked at again at the next sweep', async () => {
    desk.failure = new CitysinkError('STORE_UNAVAILABLE', 'no answer');
    await city.turn();
    await city.turn();
    desk.failure = null;
    await city.turn();
    expect(desk.kinds).toEqual(['unchanged', 'failed', 'failed', 'unchanged']);
  });

  it('looks once for any number of events, and not at all for those of other places', async () => {
    const before = desk.looks;
    for (let i = 0; i < 1_000; i++) expect(city.mark({ bucket: 'scenes', key: `a/${i}.tif` })).toBe(true);
    expect(city.mark({ bucket: 'scenes', key: 'ab.tif' })).toBe(false);
    expect(city.mark({ bucket: 'scenes2', key: 'a/x.tif' })).toBe(false);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(desk.looks - before).toBe(1);
  });
});
