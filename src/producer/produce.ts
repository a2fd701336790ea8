import type { FactorTable } from '../shared/carbon/factors.ts';
import type { CitySpec } from '../shared/contracts/city-spec.ts';
import type { Manifest } from '../shared/contracts/manifest.ts';
import { RUN_FILES } from '../shared/contracts/run-places.ts';
import { encodeZones } from '../shared/contracts/zones-file.ts';
import { CitysinkError, type Problem, refuseIfAny, requestInvalid, toCitysinkError } from '../shared/errors.ts';
import type { Crs } from '../shared/geo/crs.ts';
import { crsFromEpsg, parseCrs } from '../shared/geo/crs-registry.ts';
import type { AnalysisGrid, Lattice } from '../shared/geo/grid.ts';
import { packZones } from '../shared/geo/packed-zones.ts';
import type { StoreRegistry } from '../shared/io/open-store.ts';
import { joinUrl } from '../shared/io/store-url.ts';
import { compactJsonBytes, jsonBytes } from '../shared/io/stored-json.ts';
import { areaRule, chooseLattice, gridProblems, gridWindow, type PlacedScene, placeScenes } from './analysis-grid.ts';
import { assemblePlan, type Layout, type Produced } from './assemble-plan.ts';
import { type Catalog, catalogScenes } from './catalog.ts';
import { loadFactors } from './load-factors.ts';
import { fetchZones, loadZones } from './load-zones.ts';
import { MAX_TILES, TILE_SIDE_LIMITS, type TileShape, tileShape } from './plan-tiles.ts';
import { namedFile } from './request-text.ts';
import { type ResolvedScenes, resolveScenes } from './resolve-scenes.ts';
import { findRun, requestDigest } from './run-identity.ts';
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
  refuseIfAny(tileSizeProblems(options.tileSize));
  const { factors, zoneBytes, resolved } = await readRequest(spec, stores, options.stacHosts);
  const digest = requestDigest({
    spec,
    ...resolved,
    zonesDigest: zoneBytes.digest,
    factorsDigest: factors.digest,
    tileSize: options.tileSize,
    fresh: options.fresh,
  });
  const found = await findRun(stores.storeFor(spec.resultsUrl), spec, digest, options.again);
  if (found.settled !== null) {
    return { settled: found.settled, run: found.run, runUrl: found.runUrl, resultsUrl: spec.resultsUrl };
  }
  const catalog = await catalogScenes(spec.landcover, resolved.scenes, stores).catch(async (error: unknown) => {
    throw await withProblemsOf(error, [zonesAlone(spec, stores)]);
  });
  const layout = await layOut(spec, stores, catalog, options);
  const unread = [...resolved.unread, ...catalog.unread];
  const { tileSize, fresh } = options;
  return assemblePlan({ spec, specUrl, factors, unread, tileSize, fresh: fresh !== null, ...found, ...layout });
}

interface RequestFiles {
  readonly factors: FactorTable;
  /** The zones' file and what belongs to it, for their digest. */
  readonly zoneBytes: ZoneBytes;
  readonly resolved: ResolvedScenes;
}

/** All that the spec names. Where one part has mistakes, the others are looked through for theirs, to be told at once. */
async function readRequest(spec: CitySpec, stores: StoreRegistry, stacHosts: readonly string[]): Promise<RequestFiles> {
  const { factorsUrl, zones } = spec;
  const resolving = resolveScenes(spec.landcover, stores, { hosts: stacHosts });
  try {
    const [factors, zoneBytes, resolved] = await allOrProblems([
      namedFile('factors', factorsUrl, loadFactors(stores.storeFor(factorsUrl), factorsUrl)),
      namedFile('zones.url', zones.url, fetchZones(stores.storeFor(zones.url), zones)),
      resolving,
    ]);
    return { factors, zoneBytes, resolved };
  } catch (error) {
    const headers = resolving.then(({ scenes }) => catalogScenes(spec.landcover, scenes, stores));
    const lattice = headers.then((catalog) => chooseLattice(catalog.scenes));
    throw await withProblemsOf(error, [lattice, zonesAlone(spec, stores)]);
  }
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

/** Waits for all and gathers the mistakes of all; beside mistakes an error of another kind is one more of them. */
async function allOrProblems<T extends readonly unknown[]>(work: { [K in keyof T]: Promise<T[K]> }): Promise<T> {
  const settled = await Promise.allSettled(work);
  const errors = settled.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
  if (errors.some((error) => problemsOf(error).length > 0)) refuseIfAny(errors.flatMap(asProblems));
  if (errors.length > 0) throw errors[0];
  return settled.map((outcome) => (outcome as PromiseFulfilledResult<unknown>).value) as unknown as T;
}

/** The error with the mistakes that other checks find put beside it. */
async function withProblemsOf(error: unknown, checks: readonly Promise<unknown>[]): Promise<unknown> {
  const settled = await Promise.allSettled(checks);
  const others = settled.flatMap((outcome) => (outcome.status === 'rejected' ? problemsOf(outcome.reason) : []));
  if (others.length === 0) return error;
  // One cause may spoil several checks, and is told once.
  const all = new Map([...asProblems(error), ...others].map((problem) => [JSON.stringify(problem), problem]));
  return requestInvalid([...all.values()]);
}

function problemsOf(error: unknown): readonly Problem[] {
  return error instanceof CitysinkError ? error.problems : [];
}

function asProblems(error: unknown): readonly Problem[] {
  const { problems, context, code, message } = toCitysinkError(error);
  return problems.length > 0 ? problems : [{ where: String(context.url ?? code), message }];
}

/** Looks through the zones in their own CRS, for when the grid is not known. */
async function zonesAlone(spec: CitySpec, stores: StoreRegistry): Promise<void> {
  await loadZones(stores.storeFor(spec.zones.url), spec.zones, await crsFromEpsg(4326));
}

/** Grid, zones on it, and the shape of tiles. */
async function layOut(
  spec: CitySpec,
  stores: StoreRegistry,
  catalog: Catalog,
  options: ProduceOptions,
): Promise<Layout> {
  const { lattice, model } = await latticeOrProblems(spec, stores, catalog);
  const loading = loadZones(stores.storeFor(spec.zones.url), spec.zones, lattice);
  const [scenes, loaded] = await allOrProblems([checkScenes(spec, lattice, model, catalog), loading]);
  const grid = gridWindow(lattice, packZones(lattice, loaded.zones), scenes);
  const shape = tileShape(model.raster.header.layout, options.tileSize);
  refuseIfAny(sizeProblems(grid, shape));
  return {
    grid,
    rule: areaRule(spec, lattice.crs).rule,
    scenes,
    zones: loaded.zones,
    zonesDigest: loaded.digest,
    warnings: loaded.warnings,
    shape,
  };
}

async function latticeOrProblems(spec: CitySpec, stores: StoreRegistry, catalog: Catalog) {
  try {
    return chooseLattice(catalog.scenes);
  } catch (error) {
    throw await withProblemsOf(error, [zonesAlone(spec, stores)]);
  }
}

async function checkScenes(
  spec: CitySpec,
  lattice: Lattice,
  model: Catalog['scenes'][number],
  catalog: Catalog,
): Promise<PlacedScene[]> {
  const wanted: Crs | null = spec.grid === null ? null : await parseCrs(spec.grid.crs);
  const problems = [...gridProblems(spec, lattice, wanted), ...areaRule(spec, lattice.crs).problems];
  const [scenes] = await allOrProblems([
    Promise.resolve().then(() => placeScenes(spec, lattice, model, catalog.scenes)),
    Promise.resolve().then(() => refuseIfAny(problems)),
  ]);
  return scenes;
}

function sizeProblems(grid: AnalysisGrid, shape: TileShape): Problem[] {
  const tiles = Math.ceil(grid.window.rows / shape.rows) * Math.ceil(grid.window.cols / shape.cols);
  if (tiles <= MAX_TILES) return [];
  const found = `${grid.window.rows} x ${grid.window.cols} cells, ${tiles} tiles of ${shape.rows} x ${shape.cols}`;
  return [
    { where: 'zones.url', message: 'the zones span too many tiles', expected: `at most ${MAX_TILES} tiles`, found },
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
