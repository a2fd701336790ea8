/** A finished run's plan with other factors or emissions: what was measured stays, and no scene is looked at. */

import { z } from 'zod';
import type { FactorTable } from '../shared/carbon/factors.ts';
import type { CitySpec } from '../shared/contracts/city-spec.ts';
import { type Plan, type PlannedTile, parsePlan, parseTiles } from '../shared/contracts/plan.ts';
import { FAILURES_FOLDER, RUN_FILES } from '../shared/contracts/run-places.ts';
import { CitysinkError, refuseIfAny } from '../shared/errors.ts';
import type { StoreRegistry } from '../shared/io/open-store.ts';
import type { ObjectStore } from '../shared/io/store.ts';
import { joinUrl } from '../shared/io/store-url.ts';
import { jsonBytes, readJson, readJsonIfThere } from '../shared/io/stored-json.ts';
import { loadNamedFactors } from './factor-library.ts';
import { loadAccuracy } from './load-accuracy.ts';
import { planCasa } from './plan-casa.ts';
import { planGreen } from './plan-green.ts';
import { namedFile } from './request-text.ts';
import { cityUrl, findRun, latestUrl, requestDigest, scoreDigests } from './run-identity.ts';
import { scorePart } from './score-part.ts';

export interface Rescored {
  readonly plan: Plan;
  readonly tiles: readonly PlannedTile[];
  readonly runUrl: string;
  /** The run whose statistics are used. */
  readonly from: string;
}

const WITHOUT_MAPS =
  'maps are left out: scoring again reads no scene; `citysink run` draws them from what is counted already';

const pointerSchema = z.object({ run: z.string() });

/**
 * Plans the newest run of a city again with the spec's factors, emissions and name, and stores that plan under its own run.
 * The run is the very one that `run` would make of this spec, so that either finds the other's result.
 *
 * Errors: RUN_NOT_FOUND where the city has no run; REQUEST_INVALID where the spec is of another year; those of factors and store.
 */
export async function rescorePlan(spec: CitySpec, specUrl: string, stores: StoreRegistry): Promise<Rescored> {
  const store = stores.storeFor(spec.resultsUrl);
  const { factorsUrl, accuracyUrl } = spec;
  const [old, factors, accuracy] = await Promise.all([
    newestPlan(spec, store),
    namedFile(
      'factors',
      factorsUrl,
      loadNamedFactors(factorsUrl, (url) => stores.storeFor(url)),
    ),
    accuracyUrl === null
      ? Promise.resolve(null)
      : namedFile('accuracy', accuracyUrl, loadAccuracy(stores.storeFor(accuracyUrl), accuracyUrl)),
  ]);
  refuseOtherGreen(old.plan, spec, factors);
  await refuseOtherCasa(old.plan, spec);
  // Maps need scenes: the run is that of the same spec without them, so that `run` finds its maps still to be drawn.
  const scored = { ...spec, maps: [] };
  const digest = requestDigest(old.plan.measured, scoreDigests(factors, accuracy, scored));
  const { run, runUrl } = await findRun(store, spec, digest, false);
  const { maps: _, ...measured } = old.plan;
  const score = scorePart(scored, factors, accuracy);
  const scoreWarnings = [...score.scoreWarnings, ...(spec.maps.length === 0 ? [] : [WITHOUT_MAPS])];
  const plan: Plan = { ...measured, run, resultsUrl: spec.resultsUrl, specUrl, ...score, scoreWarnings };
  await copyRun(store, old, { plan, runUrl });
  return { plan, tiles: old.tiles, runUrl, from: old.plan.run };
}

/** Patches were found with the classes that the old table marked: others are another measurement. */
function refuseOtherGreen(plan: Plan, spec: CitySpec, factors: FactorTable): void {
  if (JSON.stringify(planGreen(spec, factors, plan.grid)) === JSON.stringify(plan.green)) return;
  refuseIfAny([
    {
      where: 'green',
      message: 'the newest run found green spaces otherwise, or not at all',
      expected:
        'the same `green` (but for min_ha, small_ha, small and large), and classes marked green and built as they were; else `citysink run`',
    },
  ]);
}

/** Light and respiration were summed up under these rules: others are another measurement. */
async function refuseOtherCasa(plan: Plan, spec: CitySpec): Promise<void> {
  if (JSON.stringify(await planCasa(spec, plan.grid)) === JSON.stringify(plan.casa)) return;
  refuseIfAny([
    {
      where: 'casa',
      message: 'the newest run has the flux by model under other rules, or not at all',
      expected: 'the same `casa`; else `citysink run`',
    },
  ]);
}

interface OldRun {
  readonly plan: Plan;
  readonly tiles: readonly PlannedTile[];
  readonly folder: string;
}

async function newestPlan(spec: CitySpec, store: ObjectStore): Promise<OldRun> {
  const pointer = pointerSchema.safeParse(await readJsonIfThere(store, latestUrl(spec)));
  if (!pointer.success) {
    throw new CitysinkError('RUN_NOT_FOUND', `${cityUrl(spec)} has no finished run to take statistics from`, {
      remedy: 'Run the spec once with `citysink run`; or name the results root with --out.',
    });
  }
  const folder = joinUrl(cityUrl(spec), `${pointer.data.run}/`);
  const [plan, tiles] = await Promise.all([
    readJson(store, joinUrl(folder, RUN_FILES.plan)).then(parsePlan),
    readJson(store, joinUrl(folder, RUN_FILES.tiles)).then(parseTiles),
  ]);
  if (plan.year === spec.year) return { plan, tiles, folder };
  const problem = {
    where: 'year',
    message: `the newest run of ${spec.city} is of another year`,
    expected: String(plan.year),
    found: String(spec.year),
  };
  throw new CitysinkError('REQUEST_INVALID', problem.message, { problems: [problem] });
}

/** Files of a run that its reduction needs, in the folder of the new one; those that are there already are the same. */
async function copyRun(
  store: ObjectStore,
  old: OldRun,
  { plan, runUrl }: { plan: Plan; runUrl: string },
): Promise<void> {
  if (runUrl === old.folder) return;
  for (const name of [RUN_FILES.zones, RUN_FILES.tiles]) {
    const body = await store.read(joinUrl(old.folder, name), { maxBytes: MAX_FILE_BYTES });
    await store.replace(joinUrl(runUrl, name), body, 'application/json');
  }
  for await (const { url } of listed(store, joinUrl(old.folder, FAILURES_FOLDER))) {
    const body = await store.read(url, { maxBytes: MAX_FILE_BYTES });
    await store.replace(joinUrl(runUrl, url.slice(old.folder.length)), body, 'application/json');
  }
  await store.replace(joinUrl(runUrl, RUN_FILES.plan), jsonBytes(plan), 'application/json');
}

/** A million tiles take some hundred bytes each. */
const MAX_FILE_BYTES = 2 ** 29;

/** A folder that is not there is empty. */
async function* listed(store: ObjectStore, folder: string): AsyncGenerator<{ readonly url: string }> {
  try {
    yield* store.list(folder);
  } catch (error) {
    if (!(error instanceof CitysinkError) || error.code !== 'OBJECT_NOT_FOUND') throw error;
  }
}
