import { type IdentifiedRequest, identify, type ProduceOptions } from '../../producer/produce.ts';
import { cityUrl, latestUrl } from '../../producer/run-identity.ts';
import { partsOfSpecName } from '../../producer/spec-name.ts';
import { pointToRun } from '../../reducer/publish.ts';
import type { CitySpec } from '../../shared/contracts/city-spec.ts';
import { type Manifest, parseManifest } from '../../shared/contracts/manifest.ts';
import { RUN_FILES } from '../../shared/contracts/run-places.ts';
import type { RunStatus } from '../../shared/contracts/run-status.ts';
import { CitysinkError, ERROR_KINDS, isErrorCode } from '../../shared/errors.ts';
import { joinUrl } from '../../shared/io/store-url.ts';
import { readJsonIfThere } from '../../shared/io/stored-json.ts';
import type { CliContext } from '../context.ts';
import { readSpec } from '../read-spec.ts';
import { type InputChanges, inputChanges, type PresentInputs } from './input-changes.ts';
import { watchedPrefixes } from './watched-places.ts';

/** One look at a city: its lists and items as they are now, against what its newest run read. Reads no raster, keeps nothing. */

interface SeenCity {
  readonly city: string;
  readonly cityUrl: string;
  readonly specUrl: string;
  /** The run that the city is now, made or not. */
  readonly run: string;
  /** Where its inputs may change, as URL prefixes. */
  readonly prefixes: readonly string[];
}

export type CityLook =
  | (SeenCity & { readonly state: 'unchanged'; readonly status: RunStatus })
  /** The last attempt at this very state ended for a cause that may pass: it is tried again later. */
  | (SeenCity & { readonly state: 'failed before'; readonly before: Manifest; readonly retryAtMs: number })
  | (SeenCity & {
      readonly state: 'changed';
      /** null: the city has no run yet. */
      readonly changes: InputChanges | null;
      readonly request: IdentifiedRequest;
    });

export interface LookOptions {
  readonly out: string | null;
  readonly anonymous: boolean;
  readonly tileSize: number | null;
}

const RETRY_FIRST_MS = 10 * 60_000;
const RETRY_LAST_MS = 24 * 3_600_000;

export function produceOptions({ tileSize }: LookOptions, context: CliContext): ProduceOptions {
  return { tileSize, fresh: null, again: false, stacHosts: context.config.stacHosts };
}

/**
 * Looks at the city of a spec. Where it is as a finished run read it, latest.json is made to name that run.
 *
 * Errors: REQUEST_INVALID with the spec's mistakes; the store's own, also where a part of a layer cannot be listed now.
 */
export async function lookAtCity(
  specUrl: string,
  options: LookOptions,
  context: CliContext,
  nowMs: number,
): Promise<CityLook> {
  const spec = await readSpec(specUrl, options, context);
  const request = await identify(spec, context.stores, produceOptions(options, context));
  refuseOutage(request);
  const { settled, before, run } = request.found;
  const scenes = [...request.files.resolved.values()].flatMap((layer) =>
    layer.scenes.flatMap(({ info, ownMask }) => (ownMask === null ? [info] : [info, ownMask])),
  );
  const urls = scenes.map(({ url }) => url);
  const seen = {
    city: spec.city,
    cityUrl: cityUrl(spec),
    specUrl,
    run,
    prefixes: watchedPrefixes(spec, partsOfSpecName(specUrl).specUrl, urls),
  };
  if (settled !== null) {
    await pointToRun(context.stores.storeFor(spec.resultsUrl), spec.resultsUrl, settled);
    return { ...seen, state: 'unchanged', status: settled.status };
  }
  const retryMs = before === null ? 0 : retryAtMs(run, before);
  if (before !== null && nowMs < retryMs) return { ...seen, state: 'failed before', before, retryAtMs: retryMs };
  const newest = await newestManifest(spec, context);
  const present = { scenes, factorsDigest: request.files.factors.digest };
  return { ...seen, state: 'changed', changes: newest === null ? null : changesSince(newest, present), request };
}

/** A place that does not answer now is no change: the next look sees it again. */
function refuseOutage({ files }: IdentifiedRequest): void {
  const lost = [...files.resolved.values()].flatMap(({ unread }) => unread);
  for (const { code, message, url } of lost) {
    if (isErrorCode(code) && ERROR_KINDS[code].retryable) throw new CitysinkError(code, message, { context: { url } });
  }
}

/** Twice as long after each attempt, from the end of the last one, so that a restart changes nothing. */
function retryAtMs(run: string, before: Manifest): number {
  const attempts = Number(/-r(\d+)$/.exec(run)?.[1] ?? 2) - 1;
  return Date.parse(before.finished) + Math.min(RETRY_LAST_MS, RETRY_FIRST_MS * 2 ** (attempts - 1));
}

function changesSince({ inputs, unread }: Manifest, present: PresentInputs): InputChanges {
  return inputChanges(present, {
    scenes: inputs.scenes,
    unread: unread.map(({ url }) => url),
    factorsDigest: inputs.factors.digest,
  });
}

/** Manifest of the run that latest.json names; null where there is none that can be read. */
async function newestManifest(spec: CitySpec, { stores }: CliContext): Promise<Manifest | null> {
  const store = stores.storeFor(spec.resultsUrl);
  const pointer = (await readJsonIfThere(store, latestUrl(spec))) as { run?: unknown } | null;
  if (typeof pointer?.run !== 'string' || !/^[a-z0-9-]+$/.test(pointer.run)) return null;
  const stored = await readJsonIfThere(store, joinUrl(cityUrl(spec), `${pointer.run}/${RUN_FILES.manifest}`));
  return stored === null ? null : parseManifest(stored);
}
