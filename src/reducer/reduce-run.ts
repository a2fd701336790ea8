import { mergePartials, type Partial, type UnreadInput } from '../shared/carbon/partial.ts';
import type { Manifest, TileFailureRecord } from '../shared/contracts/manifest.ts';
import type { MapPainter } from '../shared/contracts/map-job.ts';
import type { Plan, PlannedTile } from '../shared/contracts/plan.ts';
import { RUN_FILES } from '../shared/contracts/run-places.ts';
import { parseZones } from '../shared/contracts/zones-file.ts';
import { CitysinkError, isInputLoss, toCitysinkError } from '../shared/errors.ts';
import { packZones } from '../shared/geo/packed-zones.ts';
import type { ObjectStore } from '../shared/io/store.ts';
import { joinUrl } from '../shared/io/store-url.ts';
import { isThere, readJson } from '../shared/io/stored-json.ts';
import { clearBlocks, drawMaps } from './draw-maps.ts';
import { type LoadedPartials, loadPartials } from './load-partials.ts';
import { type Outcome, publish } from './publish.ts';
import { NO_QUICKLOOKS, type Quicklooks, quicklooksOrReason } from './quicklooks.ts';
import type { StoredPlan } from './stored-plans.ts';
import { explainMissing } from './tile-failures.ts';
import { computeFigures } from './totals.ts';
import { uncountedTiles } from './uncounted-tiles.ts';
import { refuseUnknownClasses } from './unknown-classes.ts';
import { figureWarnings } from './warnings.ts';

export interface ReduceSettings {
  readonly version: string;
  readonly now: () => Date;
  /** Draws maps, where the plan has any. */
  readonly painter?: MapPainter;
  readonly isCancelled?: () => Promise<boolean>;
  /** What workers took for the run; null: nobody knows. */
  readonly took?: () => Promise<NonNullable<Manifest['took']> | null>;
}

/**
 * Stage 3: merge what the store has of a plan, account for what is missing, apply the factors, publish.
 *
 * Doing it twice publishes once. Errors: those of the store; a failure that lies in the request itself is published
 * as a FAILED manifest, not thrown.
 */
export async function reduceRun(
  store: ObjectStore,
  runUrl: string,
  { plan, tiles }: StoredPlan,
  settings: ReduceSettings,
): Promise<Manifest> {
  const loaded = await loadPartials(store, plan, tiles);
  const { missing, seals } = loaded;
  const found = await outcomeOf(store, runUrl, { plan, tiles }, loaded);
  const { outcome, maps, quicklooks } = await withMaps(
    store,
    runUrl,
    { plan, tiles },
    { outcome: found, missing },
    settings,
  );
  const manifest = await publish(store, {
    plan,
    runUrl,
    tiles,
    seals,
    outcome,
    maps,
    quicklooks,
    version: settings.version,
    finished: settings.now().toISOString(),
    took: (await settings.took?.()) ?? null,
  });
  if (maps.length > 0) await clearBlocks(store, runUrl);
  return manifest;
}

/**
 * What the partials of a plan and the records of its failures come to, before anything is published.
 * Errors: TILES_MISSING, those of the store.
 */
export async function outcomeOf(
  store: ObjectStore,
  runUrl: string,
  { plan, tiles }: StoredPlan,
  { partial, missing }: Pick<LoadedPartials, 'partial' | 'missing'>,
): Promise<Outcome> {
  const { failures, unexplained } = await explainMissing(store, runUrl, missing);
  if (unexplained.length > 0) {
    throw new CitysinkError(
      'TILES_MISSING',
      `run ${plan.run}: ${unexplained.length} of ${tiles.length} tiles are not counted yet`,
    );
  }
  if (missing.length === 0) return conclude(plan, partial, failures);
  const holes = missing.map((place) => tiles[place] as PlannedTile);
  return conclude(plan, mergePartials(partial, await lostTiles(store, runUrl, plan, holes)), failures);
}

/** Maps of a run that has figures and is not published yet. An input that was lost since it was counted costs the maps, not the figures. */
async function withMaps(
  store: ObjectStore,
  runUrl: string,
  { plan, tiles }: StoredPlan,
  { outcome, missing }: { readonly outcome: Outcome; readonly missing: readonly number[] },
  { painter, isCancelled }: ReduceSettings,
): Promise<{ outcome: Outcome; maps: Manifest['outputs']; quicklooks: Quicklooks }> {
  const { figures } = outcome;
  const nothing = { outcome, maps: [], quicklooks: NO_QUICKLOOKS };
  if (plan.maps === undefined || painter === undefined || figures === null) return nothing;
  if (await isThere(store, joinUrl(runUrl, RUN_FILES.manifest))) return nothing;
  const refuseCancelled = async (): Promise<void> => {
    if ((await isCancelled?.()) === true) throw new CitysinkError('CANCELLED', `run ${plan.run} was cancelled`);
  };
  const threshold = figures.green?.ndvi_threshold ?? null;
  try {
    const maps = await drawMaps(store, { plan, tiles, runUrl, missing, threshold, painter, refuseCancelled });
    const { quicklooks, warning } = await quicklooksOrReason(store, runUrl, plan, maps);
    const warnings = warning === null ? outcome.warnings : [...outcome.warnings, warning];
    return { outcome: { ...outcome, warnings }, maps, quicklooks };
  } catch (thrown) {
    const { code, message, retryable, context } = toCitysinkError(thrown);
    // What may pass is tried again, unless it is about a scene: that was waited for long enough.
    const isOfScene = plan.scenes.some(({ url }) => url === context.url);
    if (!isInputLoss(code) || (retryable && !isOfScene)) throw thrown;
    const causes = [...outcome.causes, { code, message: `maps are left out: ${message}` }];
    return { ...nothing, outcome: { ...outcome, status: 'PARTIAL', causes } };
  }
}

async function lostTiles(
  store: ObjectStore,
  runUrl: string,
  plan: Plan,
  tiles: readonly PlannedTile[],
): Promise<Partial> {
  const zones = parseZones(await readJson(store, joinUrl(runUrl, RUN_FILES.zones)));
  return uncountedTiles(plan, packZones(plan.grid, zones, plan.zones.rule), tiles);
}

async function conclude(plan: Plan, partial: Partial, failures: readonly TileFailureRecord[]): Promise<Outcome> {
  const unread: UnreadInput[] = [...plan.unread, ...partial.unread, ...lostInputs(failures)];
  const base = { unread: distinct(unread), failures, warnings: [] };
  // A failure that is about no scene lies in the results' own store: nothing of the city was lost, and nothing is told of it.
  const fatal = failures.filter(({ code, inputs }) => !isInputLoss(code) || inputs.length === 0);
  if (fatal.length > 0) return { ...base, status: 'FAILED', figures: null, causes: distinctCauses(fatal) };
  try {
    await refuseUnknownClasses(plan, partial);
  } catch (thrown) {
    const { code, message } = toCitysinkError(thrown);
    if (!(thrown instanceof CitysinkError)) throw thrown;
    return { ...base, status: 'FAILED', figures: null, causes: [{ code, message }] };
  }
  const figures = computeFigures(plan, partial);
  const causes = distinctCauses(base.unread);
  const warnings = [...plan.warnings, ...plan.scoreWarnings, ...figureWarnings(plan, figures)];
  return {
    ...base,
    status: causes.length === 0 && failures.length === 0 ? 'DONE' : 'PARTIAL',
    figures,
    causes,
    warnings,
  };
}

function lostInputs(failures: readonly TileFailureRecord[]): UnreadInput[] {
  return failures.flatMap(({ code, message, inputs }) => inputs.map((url) => ({ url, code, message })));
}

/** One entry an input and code: the message of the first. */
function distinct(unread: readonly UnreadInput[]): UnreadInput[] {
  const byInput = new Map<string, UnreadInput>();
  for (const input of unread) {
    const key = `${input.url} ${input.code}`;
    if (!byInput.has(key)) byInput.set(key, input);
  }
  return [...byInput.values()];
}

function distinctCauses(
  found: readonly { readonly code: string; readonly message: string }[],
): { code: string; message: string }[] {
  const byText = new Map(found.map(({ code, message }) => [`${code} ${message}`, { code, message }]));
  return [...byText.values()];
}
