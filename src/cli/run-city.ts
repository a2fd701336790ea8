import { randomUUID } from 'node:crypto';
import { isPlanned, type Production, produce, storePlan } from '../producer/produce.ts';
import { partsOfSpecName } from '../producer/spec-name.ts';
import { pointToRun } from '../reducer/publish.ts';
import type { CitySpec } from '../shared/contracts/city-spec.ts';
import { NO_LIMITS, type RunLimits } from '../shared/contracts/run-cost.ts';
import { CitysinkError } from '../shared/errors.ts';
import { awaitRun } from './await-run.ts';
import { isLimited, refuseDearRun } from './budget.ts';
import { type CliContext, urlArgument } from './context.ts';
import type { Engine } from './engine.ts';
import { placeText } from './place-text.ts';
import type { ProgressView } from './progress.ts';
import { readSpec } from './read-spec.ts';
import type { RunResult } from './run-report.ts';

/** One city from its spec to its manifest, on an engine that may serve other cities too. */

export interface CityRunOptions {
  readonly tileSize: number | null;
  readonly out: string | null;
  readonly fresh: boolean;
  readonly anonymous: boolean;
  /** A new attempt even where the last one ended for a lasting cause. */
  readonly again: boolean;
  /** Most that the run may take; absent: no limits. */
  readonly limits?: RunLimits;
}

export interface CityRun {
  /** Redis and workers; they may start while scenes are listed. */
  readonly engine: Promise<Pick<Engine, 'queue'>>;
  readonly signal: AbortSignal;
  readonly progress?: ProgressView;
  /** Looks at the spec before anything is read for it. Errors that it throws end the city. */
  readonly accept?: (spec: CitySpec) => void;
  /** Told which run the request is, once that is known and before anything is queued. */
  readonly planned?: (run: { readonly city: string; readonly run: string; readonly runUrl: string }) => Promise<void>;
  /** Lets a few plan at once. */
  readonly inTurn?: <T>(work: () => Promise<T>) => Promise<T>;
}

/** Errors: those of the request, the store and Redis; CANCELLED where the signal stopped it. */
export async function runCity(
  spec: string,
  options: CityRunOptions,
  context: CliContext,
  { engine, signal, progress, accept, planned, inTurn = (work) => work() }: CityRun,
): Promise<RunResult> {
  const name = specArgument(spec);
  try {
    signal.throwIfAborted();
    const production = await inTurn(() => plan(name, options, context, accept));
    if (!isPlanned(production)) {
      const { settled, run, runUrl, resultsUrl } = production;
      await planned?.({ city: settled.city, run, runUrl });
      await pointToRun(context.stores.storeFor(resultsUrl), resultsUrl, settled);
      return { manifest: settled, runUrl, tiles: null };
    }
    const { runUrl } = production;
    const { limits = NO_LIMITS } = options;
    const { prices } = context.config;
    if (isLimited(limits)) await refuseDearRun(production, limits, prices, context.stores);
    await storePlan(production, context.stores);
    await planned?.({ city: production.plan.city, run: production.plan.run, runUrl });
    const { queue } = await engine;
    const limiting = queue.ledger(production.plan.run).limit(limits, prices);
    // Without limits only those of an earlier request are forgotten: a Redis that is away is waited for below.
    await (isLimited(limits) ? limiting : limiting.catch(() => {}));
    const awaited = await awaitRun(context, queue, production, signal, progress);
    const tiles = { reused: awaited.tilesReused, queued: awaited.tilesQueued };
    return { manifest: awaited.manifest, runUrl, tiles };
  } catch (error) {
    if (!signal.aborted) throw error;
    const again = partsOfSpecName(name).regionUrl;
    const place = again === null ? spec : placeText(again);
    const message = `stopped; finished tiles are kept, and \`citysink run ${place}\` goes on from there`;
    throw new CitysinkError('CANCELLED', message, { cause: error });
  }
}

/** The name of a spec (spec-name.ts) as given: a path, a URL, or with the defaults of a region. */
export function specArgument(text: string): string {
  return partsOfSpecName(text).regionUrl === null ? urlArgument(text) : text;
}

async function plan(
  name: string,
  options: CityRunOptions,
  context: CliContext,
  accept: (spec: CitySpec) => void = () => {},
): Promise<Production> {
  const city = await readSpec(name, options, context);
  accept(city);
  const fresh = options.fresh ? randomUUID() : null;
  const { tileSize, again } = options;
  return produce(city, name, context.stores, { tileSize, fresh, again, stacHosts: context.config.stacHosts });
}
