import type { CitySpec } from '../shared/contracts/city-spec.ts';
import { isSettled, type Manifest, parseManifest } from '../shared/contracts/manifest.ts';
import { MODEL_VERSION } from '../shared/contracts/plan.ts';
import { LATEST_FILE, RUN_FILES } from '../shared/contracts/run-places.ts';
import type { ObjectInfo, ObjectStore } from '../shared/io/store.ts';
import { joinUrl } from '../shared/io/store-url.ts';
import { readJsonIfThere, sha256 } from '../shared/io/stored-json.ts';
import type { ResolvedScene, ResolvedScenes } from './resolve-scenes.ts';

/** Which run a request is: the same request has the same name, and finds what was done for it before. */

const NAME_DIGITS = 12;

/** Attempts at one request that were not DONE before a person should look. */
const MAX_ATTEMPTS = 1000;

export interface RequestParts {
  readonly spec: CitySpec;
  /** What each layer's places and items gave, by name of the layer; the land cover is one of them. */
  readonly resolved: ReadonlyMap<string, ResolvedScenes>;
  readonly zonesDigest: string;
  readonly tileSize: number | null;
  /** Set where nothing may be reused: makes the request unlike any other. */
  readonly fresh: string | null;
}

/** Digest over everything that decides what is measured, down to the version mark of each scene: all but `ScorePart`. */
export function measureDigest(parts: RequestParts): string {
  const { spec } = parts;
  return sha256(
    JSON.stringify({
      model: MODEL_VERSION,
      city: spec.city,
      year: spec.year,
      zones: [
        parts.zonesDigest,
        spec.zones.id,
        spec.zones.label,
        spec.zones.crs,
        spec.zones.layer ?? null,
        spec.zones.rule,
      ],
      grid: spec.grid,
      area: spec.area,
      green: measuredGreen(spec),
      casa: spec.casa,
      change: spec.change?.layer ?? null,
      layers: [...parts.resolved].map(([name, resolved]) => layerParts(name, spec, resolved)),
      tileSize: parts.tileSize,
      fresh: parts.fresh,
    }),
  );
}

/** What is applied to measured statistics: it may change without a pixel being read. */
export interface ScorePart {
  readonly factorsDigest: string;
  readonly accuracyDigest: string | null;
  readonly spec: Pick<CitySpec, 'name' | 'unused' | 'emissions' | 'green' | 'change' | 'layers' | 'maps'>;
}

/** The parts of a request that are applied to what was measured. */
export function scoreDigests(
  factors: { readonly digest: string },
  accuracy: { readonly digest: string } | null,
  spec: ScorePart['spec'],
): ScorePart {
  return { factorsDigest: factors.digest, accuracyDigest: accuracy?.digest ?? null, spec };
}

/** Digest of a request: what is measured, and what is applied to it. */
export function requestDigest(measured: string, { factorsDigest, accuracyDigest, spec }: ScorePart): string {
  const { name, unused, emissions, green, change, layers, maps } = spec;
  return sha256(
    JSON.stringify({
      measured,
      factors: factorsDigest,
      accuracy: accuracyDigest,
      name,
      unused,
      emissions,
      green,
      change,
      // Absent where there is none, so that requests of before keep their names.
      soilRelativeSe: layers.soil?.relativeSe ?? undefined,
      // Left out where there are none, so that a request without maps keeps its name.
      ...(maps.length === 0 ? {} : { maps }),
    }),
  );
}

/** Of `green` what workers find; classes that the factor table marks are in the plan itself (`rescore` compares them). */
function measuredGreen({ green }: CitySpec): unknown {
  if (green === null) return null;
  const { from, ndviMin, closingM, holesHa, connectivity, mixture } = green;
  return { from, ndviMin, closingM, holesHa, connectivity, mixture };
}

function layerParts(name: string, spec: CitySpec, { scenes, unread }: ResolvedScenes): unknown[] {
  const layer = name === 'landcover' ? spec.landcover : spec.layers[name];
  return [
    name,
    // The error of soil is applied to what was measured.
    { ...layer, scenes: undefined, relativeSe: undefined },
    scenes.map((scene) => [versionOf(scene.info), scene.key, scene.datetime, scene.radiometry, maskVersion(scene)]),
    unread.map(({ url, code }) => [url, code]),
  ];
}

function versionOf({ url, etag, sizeBytes }: ObjectInfo): unknown[] {
  return [url, etag, sizeBytes];
}

function maskVersion({ ownMask }: ResolvedScene): unknown[] | null {
  return ownMask === null ? null : versionOf(ownMask);
}

export interface FoundRun {
  readonly run: string;
  readonly runUrl: string;
  /** The manifest if this very request is settled already, else null: the run is to be made or gone on with. */
  readonly settled: Manifest | null;
  /** Of the attempt before this one, which ended for a cause that may pass; null where this is the first. */
  readonly before: Manifest | null;
}

/**
 * The run of a request: the finished one if asking again would change nothing; else the first attempt without a
 * manifest. An attempt that ended for a passing cause stays as it is, and a new one is made beside it, which reuses
 * every finished tile; `again` does so for a lasting cause too.
 */
export async function findRun(store: ObjectStore, spec: CitySpec, digest: string, again: boolean): Promise<FoundRun> {
  const base = `${spec.year}-${digest.slice(0, NAME_DIGITS)}`;
  let before: Manifest | null = null;
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const run = attempt === 1 ? base : `${base}-r${attempt}`;
    const runUrl = joinUrl(cityUrl(spec), `${run}/`);
    const stored = await readJsonIfThere(store, joinUrl(runUrl, RUN_FILES.manifest));
    if (stored === null) return { run, runUrl, settled: null, before };
    const manifest = parseManifest(stored);
    const settled = again ? manifest.status === 'DONE' : isSettled(manifest);
    if (settled) return { run, runUrl, settled: manifest, before };
    before = manifest;
  }
  throw new RangeError(`${base}: more than ${MAX_ATTEMPTS} attempts`);
}

/** Folder of a city's results. */
export function cityUrl(spec: { readonly resultsUrl: string; readonly city: string }): string {
  return joinUrl(spec.resultsUrl, `${spec.city}/`);
}

/** Where the pointer to the newest run stands. */
export function latestUrl(spec: { readonly resultsUrl: string; readonly city: string }): string {
  return joinUrl(cityUrl(spec), LATEST_FILE);
}
