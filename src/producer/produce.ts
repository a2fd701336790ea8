import type { FactorTable } from '../shared/carbon/factors.ts';
import type { CitySpec } from '../shared/contracts/city-spec.ts';
import type { Manifest } from '../shared/contracts/manifest.ts';
import { RUN_FILES } from '../shared/contracts/run-places.ts';
import { encodeZones } from '../shared/contracts/zones-file.ts';
import { type Problem, refuseIfAny } from '../shared/errors.ts';
import type { StoreRegistry } from '../shared/io/open-store.ts';
import { joinUrl } from '../shared/io/store-url.ts';
import { compactJsonBytes, jsonBytes } from '../shared/io/stored-json.ts';
import { assemblePlan, type Produced } from './assemble-plan.ts';
import { type Catalog, catalogScenes, HeaderReader } from './catalog.ts';
import { chooseGrid } from './choose-grid.ts';
import { loadNamedFactors } from './factor-library.ts';
import { allOrProblems, withProblemsOf } from './gather-problems.ts';
import { layOut, zonesAlone } from './lay-out.ts';
import { type Accuracy, loadAccuracy } from './load-accuracy.ts';
import { fetchZones } from './load-zones.ts';
import { TILE_SIDE_LIMITS } from './plan-tiles.ts';
import { namedFile } from './request-text.ts';
import { type NamedLayer, type ResolvedScenes, resolveScenes } from './resolve-scenes.ts';
import { type FoundRun, findRun, measureDigest, requestDigest, scoreDigests } from './run-identity.ts';
import type { ZoneBytes } from './zone-files/zone-bytes.ts';

export interface ProduceOptions {
  readonly tileSize: number | null;
  /** A mark of this request alone where nothing may be reused, else null. */
  readonly fresh: string | null;
  /** Makes a new attempt even where the last one ended for a cause that lasts. */
  readonly again: boolean;
  /** Hosts of STAC APIs that may be searched. */
  readonly stacHosts: readonly string[];
}

/** A request that is answered by a run that has ended. */
export interface Settled {
  readonly settled: Manifest;
  readonly run: string;
  readonly runUrl: string;
  readonly resultsUrl: string;
}

export type Production = Settled | Produced;

/**
 * Stage 1: from a spec to a plan. Reads lists, headers, zones and factors; no pixel, and writes nothing.
 *
 * Errors: REQUEST_INVALID with every mistake of the spec, zones, factors and scenes; the store's own.
 */
export async function produce(
  spec: CitySpec,
  specUrl: string,
  stores: StoreRegistry,
  options: ProduceOptions,
): Promise<Production> {
  const headers = new HeaderReader(stores);
  const request = await identify(spec, stores, options, headers);
  return planIdentified(request, specUrl, stores, options, headers);
}

/** A request with all that it names looked up, and the run that it is. */
export interface IdentifiedRequest {
  readonly spec: CitySpec;
  readonly files: RequestFiles;
  /** Digest of what is measured. */
  readonly measured: string;
  /** Digest of the request: what is measured, and what is applied to it. */
  readonly digest: string;
  readonly found: FoundRun;
}

/**
 * Which run a spec is now: reads lists, items, zones and factors, and no raster where the request has no mistakes.
 *
 * Errors: as `produce`.
 */
export async function identify(
  spec: CitySpec,
  stores: StoreRegistry,
  { tileSize, fresh, again, stacHosts }: ProduceOptions,
  headers: HeaderReader = new HeaderReader(stores),
): Promise<IdentifiedRequest> {
  refuseIfAny(tileSizeProblems(tileSize));
  const files = await readRequest(spec, stores, stacHosts, headers);
  const { factors, accuracy, zoneBytes, resolved } = files;
  const measured = measureDigest({ spec, resolved, zonesDigest: zoneBytes.digest, tileSize, fresh });
  const digest = requestDigest(measured, scoreDigests(factors, accuracy, spec));
  const found = await findRun(stores.storeFor(spec.resultsUrl), spec, digest, again);
  return { spec, files, measured, digest, found };
}

/** From an identified request to its plan: reads headers, and lists nothing again. Errors: as `produce`. */
export async function planIdentified(
  { spec, files, measured, found }: IdentifiedRequest,
  specUrl: string,
  stores: StoreRegistry,
  { tileSize, fresh }: ProduceOptions,
  headers: HeaderReader = new HeaderReader(stores),
): Promise<Production> {
  const { settled, run, runUrl } = found;
  if (settled !== null) return { settled, run, runUrl, resultsUrl: spec.resultsUrl };
  const { factors, accuracy, resolved } = files;
  const catalogs = await catalogLayers(spec, resolved, headers).catch(async (error: unknown) => {
    throw await withProblemsOf(error, [zonesAlone(spec, stores)]);
  });
  const layout = await layOut(spec, stores, catalogs);
  const unread = [...catalogs.values()].flatMap((part) => part.unread);
  return assemblePlan({
    spec,
    specUrl,
    factors,
    accuracy,
    measured,
    unread,
    tileSize,
    fresh: fresh !== null,
    run,
    runUrl,
    ...layout,
  });
}

/** The land cover and the other layers, by name. */
function namedLayers(spec: CitySpec): NamedLayer[] {
  const others = Object.entries(spec.layers).map(([name, layer]) => ({ name, layer }));
  return [{ name: 'landcover', layer: spec.landcover }, ...others];
}

export interface RequestFiles {
  readonly factors: FactorTable;
  readonly accuracy: Accuracy | null;
  /** The zones' file and what belongs to it, for their digest. */
  readonly zoneBytes: ZoneBytes;
  /** By name of the layer. */
  readonly resolved: ReadonlyMap<string, ResolvedScenes>;
}

/** All that the spec names. Where one part has mistakes, the others are looked through for theirs, to be told at once. */
async function readRequest(
  spec: CitySpec,
  stores: StoreRegistry,
  stacHosts: readonly string[],
  headers: HeaderReader,
): Promise<RequestFiles> {
  const { factorsUrl, accuracyUrl, zones } = spec;
  const resolving = resolveLayers(spec, stores, stacHosts);
  try {
    const [factors, accuracy, zoneBytes, resolved] = await allOrProblems([
      namedFile(
        'factors',
        factorsUrl,
        loadNamedFactors(factorsUrl, (url) => stores.storeFor(url)),
      ),
      accuracyUrl === null
        ? Promise.resolve(null)
        : namedFile('accuracy', accuracyUrl, loadAccuracy(stores.storeFor(accuracyUrl), accuracyUrl)),
      namedFile('zones.url', zones.url, fetchZones(stores.storeFor(zones.url), zones)),
      resolving,
    ]);
    return { factors, accuracy, zoneBytes, resolved };
  } catch (error) {
    const grid = resolving
      .then((resolved) => catalogLayers(spec, resolved, headers))
      .then((catalogs) => chooseGrid(spec, catalogs.get('landcover')?.scenes ?? [], async () => []));
    throw await withProblemsOf(error, [grid, zonesAlone(spec, stores)]);
  }
}

async function resolveLayers(
  spec: CitySpec,
  stores: StoreRegistry,
  stacHosts: readonly string[],
): Promise<ReadonlyMap<string, ResolvedScenes>> {
  const named = namedLayers(spec);
  const all = await allOrProblems(named.map((layer) => resolveScenes(layer, stores, { hosts: stacHosts })));
  return new Map(named.map(({ name }, index) => [name, all[index] as ResolvedScenes]));
}

/** Headers of all layers. Errors: REQUEST_INVALID with the mistakes of all; what is lost of the land cover as its own error. */
async function catalogLayers(
  spec: CitySpec,
  resolved: ReadonlyMap<string, ResolvedScenes>,
  headers: HeaderReader,
): Promise<ReadonlyMap<string, Catalog>> {
  const named = namedLayers(spec);
  const all = await allOrProblems(
    named.map((layer) => catalogScenes(layer, resolved.get(layer.name)?.scenes ?? [], headers)),
  );
  // What was not there when places were looked up is lost to its layer as well.
  return new Map(
    named.map(({ name }, index) => {
      const { scenes, unread } = all[index] as Catalog;
      return [name, { scenes, unread: [...(resolved.get(name)?.unread ?? []), ...unread] }];
    }),
  );
}

function tileSizeProblems(tileSize: number | null): Problem[] {
  const { least, most } = TILE_SIDE_LIMITS;
  if (tileSize === null || (Number.isInteger(tileSize) && tileSize >= least && tileSize <= most)) return [];
  return [
    {
      where: '--tile-size',
      message: 'the tile side cannot be used',
      expected: `a whole number from ${least} to ${most}`,
      found: String(tileSize),
    },
  ];
}

/** Writes the plan into the run's folder, so that workers and later attempts find it. The same run, the same bytes. */
export async function storePlan(produced: Produced, stores: StoreRegistry): Promise<void> {
  const { plan, runUrl, tiles, zones } = produced;
  const store = stores.storeFor(runUrl);
  const write = (name: string, body: Uint8Array) => store.replace(joinUrl(runUrl, name), body, 'application/json');
  await write(RUN_FILES.zones, compactJsonBytes(encodeZones(zones)));
  await write(RUN_FILES.tiles, compactJsonBytes(tiles));
  await write(RUN_FILES.plan, jsonBytes(plan));
}

/** Whether an outcome of `produce` is a plan to be run. */
export function isPlanned(production: Production): production is Produced {
  return 'plan' in production;
}
