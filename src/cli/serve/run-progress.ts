import { LRUCache } from 'lru-cache';
import type { RunProgress, TileLayout } from '../../server/answers.ts';
import { parseManifest } from '../../shared/contracts/manifest.ts';
import { type PlannedTile, parsePlan, parseTiles } from '../../shared/contracts/plan.ts';
import { FAILURES_FOLDER, RUN_FILES } from '../../shared/contracts/run-places.ts';
import { GROUP_TILES } from '../../shared/contracts/tile-job.ts';
import { CitysinkError } from '../../shared/errors.ts';
import type { StoreRegistry } from '../../shared/io/open-store.ts';
import { baseNameOf, joinUrl } from '../../shared/io/store-url.ts';
import { readJson, readJsonIfThere } from '../../shared/io/stored-json.ts';
import type { LiveQueue } from '../find-run.ts';

/** How far a run is, tile by tile: from its plan, the queue that has it, and what the store says of failures. */

/** Up to here tiles are looked at and drawn one by one; beyond, groups are counted. */
const MOST_DRAWN = 4_000;
/** Up to here the list of tiles is read for the cells that they have together; beyond, all count as whole tiles. */
const MOST_READ = 50_000;
const KEPT = 100;
/** Failures that are told; the manifest will have all. */
const MOST_FAILURES = 50;

/** What of a plan never changes. */
interface RunFacts {
  readonly run: string;
  readonly city: string;
  readonly year: number;
  readonly tileCount: number;
  readonly cells: number;
  readonly layout: TileLayout | null;
}

type Failure = RunProgress['failures'][number];

export class ProgressReader {
  private readonly stores: StoreRegistry;
  private readonly facts = new LRUCache<string, RunFacts>({ max: KEPT });

  constructor(stores: StoreRegistry) {
    this.stores = stores;
  }

  /** `holder`: the queue that has the run; null: none. `pending`: the run was started here and is not queued yet. */
  async read(folder: string, holder: LiveQueue | null, pending: boolean): Promise<RunProgress> {
    const facts = await this.factsOf(folder);
    const queued = holder === null ? null : await this.queuedProgress(folder, facts, holder);
    if (queued !== null) return queued;
    const finished = await this.finishedProgress(folder, facts);
    if (finished !== null) return finished;
    return unknownProgress(facts, pending ? 'queueing' : 'stopped');
  }

  /** Null where there are too many tiles to be drawn. */
  async layout(folder: string): Promise<TileLayout | null> {
    return (await this.factsOf(folder)).layout;
  }

  private async factsOf(folder: string): Promise<RunFacts> {
    const kept = this.facts.get(folder);
    if (kept !== undefined) return kept;
    const store = this.stores.storeFor(folder);
    const plan = parsePlan(await readJson(store, joinUrl(folder, RUN_FILES.plan)));
    const { run, city, year, tileCount, tileRows, tileCols } = plan;
    const tiles = tileCount > MOST_READ ? null : parseTiles(await readJson(store, joinUrl(folder, RUN_FILES.tiles)));
    const cells = tiles?.reduce((sum, [, , rows, cols]) => sum + rows * cols, 0) ?? tileCount * tileRows * tileCols;
    const layout = tiles === null || tileCount > MOST_DRAWN ? null : layoutOf(tiles);
    const facts = { run, city, year, tileCount, cells, layout };
    this.facts.set(folder, facts);
    return facts;
  }

  /** Null: the queue has nothing to say of the run any more. */
  private async queuedProgress(folder: string, facts: RunFacts, { queue }: LiveQueue): Promise<RunProgress | null> {
    const { run } = facts;
    if (await queue.isCancelled(run)) {
      return (await this.finishedProgress(folder, facts)) ?? unknownProgress(facts, 'cancelled');
    }
    const state = await queue.runState(run);
    if (state === 'absent') return null;
    const workers = await queue.workerCount();
    if (state === 'failed') {
      const failure = await queue.runFailure(run);
      const causes = failure === null ? [] : [{ code: failure.code, message: failure.message }];
      return { ...unknownProgress(facts, 'failed'), workers, causes };
    }
    const tiles = facts.layout === null ? await countGroups(queue, facts) : await this.eachTile(folder, facts, queue);
    return { ...unknownProgress(facts, state), workers, ...tiles };
  }

  private async eachTile(
    folder: string,
    { run, tileCount }: RunFacts,
    queue: LiveQueue['queue'],
  ): Promise<Pick<RunProgress, 'tiles' | 'tile_states' | 'failures'>> {
    const groups = await Promise.all(groupsOf(tileCount).map((group) => queue.groupProgress(run, group)));
    const active = await queue.activeTiles(run);
    const states = new Array<string>(tileCount).fill('d');
    const set = (tiles: readonly number[], letter: string) => {
      for (const tile of tiles) if (states[tile] !== undefined) states[tile] = letter;
    };
    set(
      groups.flatMap((group) => group?.open ?? []),
      'w',
    );
    set(active, 'a');
    const failures = groups.flatMap((group) => group?.failures ?? []);
    // A group that is finished took its failures along; workers left them in the store.
    const stored = groups.some((group) => group === null) ? await this.storedFailures(folder, tileCount) : [];
    const all = [...new Map([...stored, ...failures].map((one) => [one.tile, one])).values()];
    set(
      all.map(({ tile }) => tile),
      'f',
    );
    const count = (letter: string) => states.filter((one) => one === letter).length;
    const tiles = { all: tileCount, done: count('d'), failed: count('f'), active: count('a'), waiting: count('w') };
    return { tiles, tile_states: states.join(''), failures: all.slice(0, MOST_FAILURES) };
  }

  private async storedFailures(folder: string, tileCount: number): Promise<Failure[]> {
    const store = this.stores.storeFor(folder);
    const found: Failure[] = [];
    try {
      for await (const { url } of store.list(joinUrl(folder, FAILURES_FOLDER))) {
        const tile = Number(/^(\d+)\.json$/.exec(baseNameOf(url))?.[1] ?? Number.NaN);
        if (!(tile < tileCount)) continue;
        const record = found.length < MOST_FAILURES ? await readJsonIfThere(store, url) : null;
        const { code = 'INTERNAL', message = '' } = (record ?? {}) as { code?: string; message?: string };
        found.push({ tile, code: String(code), message: String(message) });
      }
    } catch (error) {
      if (!(error instanceof CitysinkError) || error.code !== 'OBJECT_NOT_FOUND') throw error;
    }
    return found;
  }

  /** Null: the run has no manifest. */
  private async finishedProgress(folder: string, facts: RunFacts): Promise<RunProgress | null> {
    const stored = await readJsonIfThere(this.stores.storeFor(folder), joinUrl(folder, RUN_FILES.manifest));
    if (stored === null) return null;
    const { status, tiles, failures, causes } = parseManifest(stored);
    const failed = new Set(failures.map(({ tile }) => tile));
    const states = Array.from({ length: tiles.count }, (_, tile) => (failed.has(tile) ? 'f' : 'd')).join('');
    return {
      ...unknownProgress(facts, status),
      tiles: { all: tiles.count, done: tiles.count - tiles.missing, failed: tiles.missing, active: 0, waiting: 0 },
      tile_states: facts.layout === null ? null : states,
      failures: failures.slice(0, MOST_FAILURES).map(({ tile, code, message }) => ({ tile, code, message })),
      causes,
    };
  }
}

function groupsOf(tileCount: number): number[] {
  return Array.from({ length: Math.ceil(tileCount / GROUP_TILES) }, (_, group) => group);
}

async function countGroups(
  queue: LiveQueue['queue'],
  { run, tileCount }: RunFacts,
): Promise<Pick<RunProgress, 'tiles'>> {
  const [left, later] = await Promise.all([queue.tilesLeft(run, groupsOf(tileCount)), queue.tilesLater(run)]);
  const open = [...left.values()].reduce((sum, count) => sum + count, later);
  const active = Math.min(open, (await queue.activeTiles(run)).length);
  return { tiles: { all: tileCount, done: tileCount - open, failed: 0, active, waiting: open - active } };
}

function unknownProgress({ run, city, year, tileCount, cells }: RunFacts, state: string): RunProgress {
  const tiles = { all: tileCount, done: 0, failed: 0, active: 0, waiting: tileCount };
  return { run, city, year, state, tiles, tile_states: null, workers: 0, failures: [], causes: [], cells };
}

/** Rows and columns of tiles by their corners: tiles of a plan lie on one lattice, and some of it may be left out. */
function layoutOf(tiles: readonly PlannedTile[]): TileLayout {
  const ranked = (values: readonly number[]) =>
    new Map([...new Set(values)].sort((a, b) => a - b).map((value, rank) => [value, rank]));
  const [rows, cols] = [ranked(tiles.map(([row]) => row)), ranked(tiles.map(([, col]) => col))];
  const cells = tiles.map(([row, col]) => (rows.get(row) ?? 0) * cols.size + (cols.get(col) ?? 0));
  return { rows: rows.size, cols: cols.size, cells };
}
