import {
  NIGHT_SCHEMA,
  NIGHTS_FOLDER,
  type NightEnd,
  type NightEntry,
  parseSchedule,
  SCHEDULES_FOLDER,
  type Schedule,
} from '../../shared/contracts/schedule.ts';
import { CitysinkError } from '../../shared/errors.ts';
import type { StoreRegistry } from '../../shared/io/open-store.ts';
import type { ObjectStore } from '../../shared/io/store.ts';
import { baseNameOf, joinUrl } from '../../shared/io/store-url.ts';
import { isThere, jsonBytes, readJson, readJsonIfThere, sha256 } from '../../shared/io/stored-json.ts';

/**
 * Schedules of a results root and the ledger of their nights. Each object of the ledger is made once, by the store's own conditional
 * create: `<night>/<city>.json` when it is known which run a night comes to, `<city>.end.json` when that has ended, `<night>.json` when
 * all cities of the night have.
 */
export class ScheduleBook {
  readonly root: string;
  private readonly store: ObjectStore;

  /** `root`: folder URL. */
  constructor(root: string, stores: StoreRegistry) {
    this.root = root;
    this.store = stores.storeFor(root);
  }

  async list(): Promise<Schedule[]> {
    const found: Schedule[] = [];
    for await (const { url } of this.store.list(joinUrl(this.root, SCHEDULES_FOLDER))) {
      if (!baseNameOf(url).endsWith('.json')) continue;
      const stored = await readJsonIfThere(this.store, url);
      if (stored !== null) found.push(parseSchedule(stored));
    }
    return found;
  }

  /** null: there is none of that name. */
  async find(name: string): Promise<Schedule | null> {
    const stored = await readJsonIfThere(this.store, this.scheduleUrl(name));
    return stored === null ? null : parseSchedule(stored);
  }

  /** Keeps a schedule. One of the same times keeps its beginning, so that no night is asked for twice or forgotten. */
  async keep(schedule: Schedule): Promise<'new' | 'changed' | 'unchanged'> {
    const before = await this.find(schedule.name);
    const sameTimes = before !== null && before.cron === schedule.cron && before.tz === schedule.tz;
    const next = sameTimes ? { ...schedule, since: before.since } : schedule;
    if (before !== null && JSON.stringify(before) === JSON.stringify(next)) return 'unchanged';
    await this.store.replace(this.scheduleUrl(schedule.name), jsonBytes(next), 'application/json');
    return before === null ? 'new' : 'changed';
  }

  /** Errors: RUN_NOT_FOUND where there is none of that name. Its ledger stays. */
  async remove(name: string): Promise<void> {
    if ((await this.find(name)) === null) {
      throw new CitysinkError('RUN_NOT_FOUND', `no schedule ${name} in ${this.root}`, {
        remedy: 'List schedules with `citysink schedule list`; name the results root with --out.',
      });
    }
    await this.store.remove(this.scheduleUrl(name));
  }

  /** `exists`: the night was claimed for this city before; what stands there stays. */
  claim(entry: NightEntry): Promise<'created' | 'exists'> {
    return this.create(this.cityUrl(entry, ''), entry);
  }

  end(schedule: string, end: NightEnd): Promise<'created' | 'exists'> {
    return this.create(this.cityUrl({ schedule, ...end }, '.end'), end);
  }

  hasEnded(schedule: string, night: string, spec: string): Promise<boolean> {
    return isThere(this.store, this.cityUrl({ schedule, night, spec }, '.end'));
  }

  /** Says that all cities of a night have ended. */
  close(schedule: string, night: string, cities: number, at: string): Promise<'created' | 'exists'> {
    return this.create(this.nightUrl(schedule, night), { schema: NIGHT_SCHEMA, schedule, night, cities, closed: at });
  }

  isClosed(schedule: string, night: string): Promise<boolean> {
    return isThere(this.store, this.nightUrl(schedule, night));
  }

  /** Entries of a schedule, by night and city. */
  async entries(schedule: string): Promise<NightEntry[]> {
    const found: NightEntry[] = [];
    for await (const { url } of this.store.list(joinUrl(this.root, `${NIGHTS_FOLDER}${schedule}/`))) {
      const isCity = url.split('/').at(-2) !== schedule && !url.endsWith('.end.json');
      if (isCity) found.push((await readJson(this.store, url)) as NightEntry);
    }
    return found;
  }

  private create(url: string, value: object): Promise<'created' | 'exists'> {
    return this.store.create(url, jsonBytes(value), 'application/json');
  }

  private scheduleUrl(name: string): string {
    return joinUrl(this.root, `${SCHEDULES_FOLDER}${name}.json`);
  }

  private nightUrl(schedule: string, night: string): string {
    return joinUrl(this.root, `${NIGHTS_FOLDER}${schedule}/${night}.json`);
  }

  private cityUrl(
    { schedule, night, spec }: { readonly schedule: string; readonly night: string; readonly spec: string },
    part: string,
  ): string {
    return joinUrl(this.root, `${NIGHTS_FOLDER}${schedule}/${night}/${cityKey(spec)}${part}.json`);
  }
}

/** Name of a spec in the ledger: one spec is one city and year, whether it can be read tonight or not. */
function cityKey(spec: string): string {
  const stem = (spec.split('#')[0] ?? '').split('/').at(-1) ?? '';
  const short = stem
    .replace(/\.[a-z]+$/i, '')
    .replace(/[^A-Za-z0-9-]+/g, '-')
    .slice(0, 40);
  return `${short}-${sha256(spec).slice(0, 8)}`;
}
