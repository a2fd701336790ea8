import { setTimeout as sleep } from 'node:timers/promises';
import type { EventPlace } from '../../server/hooks/hook-events.ts';
import { toCitysinkError } from '../../shared/errors.ts';
import type { FoundSpecs } from './spec-places.ts';
import { type CityTimes, type WatchDesk, WatchedCity } from './watched-city.ts';

export interface WatcherSettings extends CityTimes {
  readonly intervalMs: number;
  /** Asked for at each sweep, so that a spec that is put into a folder is seen. */
  readonly specs: () => Promise<FoundSpecs>;
}

/** From an event to the look that it asks for: a scene is many objects, and many events. */
const EVENT_MS = 2_000;
/** Between looks while another run of the city is under way elsewhere. */
const BUSY_MS = 10_000;

/** The pauses of a city whose changes are to stand still for so long. */
export function cityTimes(settleMs: number): CityTimes {
  return { settleMs, eventMs: Math.min(EVENT_MS, Math.max(200, settleMs)), busyMs: BUSY_MS };
}

/** All watched cities: sweeps them by the clock, and looks sooner where an event says so. Each goes its own way. */
export class Watcher {
  private readonly desk: WatchDesk;
  private readonly settings: WatcherSettings;
  private readonly cities = new Map<string, WatchedCity>();

  constructor(desk: WatchDesk, settings: WatcherSettings) {
    this.desk = desk;
    this.settings = settings;
  }

  /** Sweeps until the signal; a sweep that comes while a city is busy asks it to look once more. */
  async watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.refresh();
      for (const city of this.cities.values()) void city.turn();
      await sleep(this.settings.intervalMs, undefined, { signal }).catch(() => {});
    }
    await Promise.all([...this.cities.values()].map((city) => city.close()));
  }

  /** One sweep, to the end of the runs that it starts: one a city at the most. */
  async sweepOnce(signal: AbortSignal): Promise<void> {
    await this.refresh();
    const pause = (ms: number) => sleep(ms, undefined, { signal });
    await Promise.all([...this.cities.values()].map((city) => city.once(pause).catch(() => {})));
  }

  /** How many cities look again soon because of these objects. */
  mark(places: readonly EventPlace[]): number {
    const cities = [...this.cities.values()];
    return cities.filter((city) => places.filter((place) => city.mark(place)).length > 0).length;
  }

  /** New specs are watched, those that are gone no longer. While a place cannot be listed, none counts as gone. */
  private async refresh(): Promise<void> {
    const { specs, failures } = await this.settings.specs();
    for (const { place, error } of failures) {
      this.desk.tell({ kind: 'failed', city: place, error: toCitysinkError(error) });
    }
    const present = new Set(specs);
    for (const spec of present) {
      if (!this.cities.has(spec)) this.cities.set(spec, new WatchedCity(spec, this.desk, this.settings));
    }
    if (failures.length > 0) return;
    for (const [spec, city] of this.cities) {
      if (present.has(spec)) continue;
      this.cities.delete(spec);
      void city.close();
    }
  }
}
