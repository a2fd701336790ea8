import type { Region } from '../../producer/region.ts';
import { REGIONS_FOLDER } from '../../reducer/publish-region.ts';
import { toCitysinkError } from '../../shared/errors.ts';
import { joinUrl } from '../../shared/io/store-url.ts';
import { readJsonIfThere } from '../../shared/io/stored-json.ts';
import type { CliContext } from '../context.ts';
import type { LiveQueue } from '../find-run.ts';
import { placeText } from '../place-text.ts';
import { readSpec } from '../read-spec.ts';
import { Turnstile } from '../turnstile.ts';
import { latestOf } from './latest-city.ts';

/** The cities of a region: the run of each that is under way, else the one that answers it now. */

const AT_ONCE = 8;

/** A run under way, as `status` looks at it. */
interface LiveView {
  readonly run: string;
  readonly state: string;
  readonly tiles_all: number;
  readonly tiles_left: number | null;
}

/** Looks at the run in a folder; null where there is none. */
type LookAtRun = (folder: string, live: readonly LiveQueue[], context: CliContext) => Promise<LiveView | null>;

interface CityStatus {
  readonly spec: string;
  readonly city: string | null;
  readonly year: number | null;
  /** State of a run under way, or status of the newest finished one; `never run`; a code where the spec cannot be read. */
  readonly state: string;
  readonly run: string | null;
  readonly tiles: string;
  readonly finished: string | null;
  readonly message: string | null;
}

export async function regionStatus(
  region: Region,
  live: readonly LiveQueue[],
  options: { readonly out: string | null; readonly json: boolean },
  context: CliContext,
  look: LookAtRun,
): Promise<void> {
  const turnstile = new Turnstile(AT_ONCE);
  const roots = new Set<string>();
  const cities = await Promise.all(
    region.specs.map((spec) =>
      turnstile.pass(() =>
        cityStatus(spec, options.out, roots, context, (prefix) => liveRun(prefix, live, context, look)),
      ),
    ),
  );
  const root = options.out === null ? (region.resultsUrl ?? [...roots][0] ?? null) : ([...roots][0] ?? null);
  const totals = root === null ? null : await totalsUrl(root, region.name, context);
  if (options.json) {
    context.print(JSON.stringify({ region: region.name, cities, totals }, null, 1));
    return;
  }
  const lines = cities.map(({ spec, city, year, state, run, tiles, finished, message }) =>
    [city ?? placeText(spec), year ?? '', state, run ?? '', tiles, finished ?? '', message ?? '']
      .filter((text) => text !== '')
      .join('  '),
  );
  context.print([`${region.name}: ${countText(cities)}`, ...lines].join('\n'));
  if (totals !== null) context.print(placeText(totals));
}

function countText(cities: readonly CityStatus[]): string {
  const counts = [...Map.groupBy(cities, ({ state }) => state)].map(([state, list]) => `${list.length} ${state}`);
  return counts.sort().join(', ');
}

async function cityStatus(
  spec: string,
  out: string | null,
  roots: Set<string>,
  context: CliContext,
  underWayBelow: (prefix: string) => Promise<LiveView | null>,
): Promise<CityStatus> {
  const nothing = { spec, city: null, year: null, run: null, tiles: '', finished: null, message: null };
  try {
    const { city, year, resultsUrl } = await readSpec(spec, { out, anonymous: false }, context);
    roots.add(resultsUrl);
    const underWay = await underWayBelow(joinUrl(resultsUrl, `${city}/${year}-`));
    if (underWay !== null) {
      const { run, state, tiles_all: all, tiles_left: left } = underWay;
      return { ...nothing, city, year, state, run, tiles: left === null ? '' : `${all - left}/${all} tiles` };
    }
    const latest = await latestOf({ city, year, resultsUrl }, context);
    if (latest === null) return { ...nothing, city, year, state: 'never run' };
    const { status, run, finished, tiles, causes } = latest.manifest;
    const message = causes[0]?.message ?? null;
    return {
      ...nothing,
      city,
      year,
      state: status,
      run,
      tiles: `${tiles.count} ${tiles.count === 1 ? 'tile' : 'tiles'}`,
      finished,
      message,
    };
  } catch (thrown) {
    const { code, message, problems } = toCitysinkError(thrown);
    const [first] = problems;
    return { ...nothing, state: code, message: first === undefined ? message : `${first.where}: ${first.message}` };
  }
}

/** `prefix`: URL that all runs of the city and year begin with. */
async function liveRun(
  prefix: string,
  live: readonly LiveQueue[],
  context: CliContext,
  look: LookAtRun,
): Promise<LiveView | null> {
  for (const { runs } of live) {
    for (const folder of runs.values()) {
      if (!folder.startsWith(prefix)) continue;
      const view = await look(folder, live, context);
      if (view !== null && !['DONE', 'PARTIAL', 'FAILED', 'stopped'].includes(view.state)) return view;
    }
  }
  return null;
}

/** Where the newest totals of the region stand; null: there are none. */
async function totalsUrl(root: string, region: string, context: CliContext): Promise<string | null> {
  const folder = joinUrl(root, `${REGIONS_FOLDER}${region}/`);
  const stored = await readJsonIfThere(context.stores.storeFor(folder), joinUrl(folder, 'latest.json'));
  const totals = (stored as { totals?: unknown } | null)?.totals;
  return typeof totals === 'string' && /^[0-9a-f]+\/totals\.json$/.test(totals) ? joinUrl(folder, totals) : null;
}
