import type { FactorTable } from '../shared/carbon/factors.ts';
import type { UnreadInput } from '../shared/carbon/partial.ts';
import type { AreaRule, CitySpec } from '../shared/contracts/city-spec.ts';
import type { Manifest } from '../shared/contracts/manifest.ts';
import { MODEL_VERSION, PLAN_SCHEMA, type Plan, type PlannedTile } from '../shared/contracts/plan.ts';
import { RUN_FILES } from '../shared/contracts/run-places.ts';
import { encodeZones } from '../shared/contracts/zones-file.ts';
import { CitysinkError, type Problem, refuseIfAny, requestInvalid, toCitysinkError } from '../shared/errors.ts';
import { areaExponent } from '../shared/geo/cell-area.ts';
import type { Crs } from '../shared/geo/crs.ts';
import { crsFromEpsg, parseCrs } from '../shared/geo/crs-registry.ts';
import type { AnalysisGrid, Lattice } from '../shared/geo/grid.ts';
import { packZones } from '../shared/geo/packed-zones.ts';
import { zoneMeasure } from '../shared/geo/polygon-area.ts';
import type { Zone } from '../shared/geo/zone.ts';
import type { StoreRegistry } from '../shared/io/open-store.ts';
import { joinUrl } from '../shared/io/store-url.ts';
import { compactJsonBytes, jsonBytes, shortDigest } from '../shared/io/stored-json.ts';
import { m2ToHa, roundFigure } from '../shared/units.ts';
import { areaRule, chooseLattice, gridProblems, gridWindow, type PlacedScene, placeScenes } from './analysis-grid.ts';
import { type Catalog, catalogScenes } from './catalog.ts';
import { loadFactors } from './load-factors.ts';
import { fetchZones, loadZones } from './load-zones.ts';
import { MAX_TILES, planTiles, TILE_SIDE_LIMITS, type TileShape, tileShape } from './plan-tiles.ts';
import { namedFile } from './request-text.ts';
import { type ResolvedScenes, resolveScenes } from './resolve-scenes.ts';
import { cityUrl, findRun, requestDigest } from './run-identity.ts';
import type { ZoneBytes } from './zone-files/zone-bytes.ts';

export interface ProduceOptions {
  readonly tileSize: number | null;
  /** A mark of this request alone where nothing may be reused, else null. */
  readonly fresh: string | null;
  /** Makes a new attempt even where the last one ended for a cause that lasts. */
  readonly again: boolean;
}

/** A run that is planned and not yet finished. */
export interface Produced {
  readonly plan: Plan;
  readonly runUrl: string;
  readonly tiles: readonly PlannedTile[];
  readonly scenes: readonly PlacedScene[];
  readonly zones: readonly Zone[];
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
  const { factors, zoneBytes, resolved } = await readRequest(spec, stores);
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
  return assemble({ spec, specUrl, factors, unread, tileSize, fresh: fresh !== null, ...found, ...layout });
}

interface RequestFiles {
  readonly factors: FactorTable;
  /** The zones' file and what belongs to it, for their digest. */
  readonly zoneBytes: ZoneBytes;
  readonly resolved: ResolvedScenes;
}

/** All that the spec names. Where one part has mistakes, the others are looked through for theirs, to be told at once. */
async function readRequest(spec: CitySpec, stores: StoreRegistry): Promise<RequestFiles> {
  const { factorsUrl, zones } = spec;
  const resolving = resolveScenes(spec.landcover, stores);
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

interface Layout {
  readonly grid: AnalysisGrid;
  readonly rule: AreaRule;
  readonly scenes: readonly PlacedScene[];
  readonly zones: readonly Zone[];
  readonly zonesDigest: string;
  readonly warnings: readonly string[];
  readonly shape: TileShape;
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

interface AssembleParts extends Layout {
  readonly spec: CitySpec;
  readonly specUrl: string;
  readonly factors: FactorTable;
  readonly unread: readonly UnreadInput[];
  readonly run: string;
  readonly runUrl: string;
  readonly fresh: boolean;
  readonly tileSize: number | null;
}

function assemble(parts: AssembleParts): Produced {
  const { spec, grid, scenes, zones, rule } = parts;
  const exponent = rule === 'ellipsoid' ? areaExponent(grid) : null;
  const { window: _, ...lattice } = grid;
  const basis = shortDigest(JSON.stringify({ model: MODEL_VERSION, lattice, zones: parts.zonesDigest, exponent }));
  const planned = scenes.map((scene) => planScene(spec, scene));
  const tiles = planTiles({
    window: grid.window,
    shape: parts.shape,
    zones: packZones(grid, zones),
    scenes: planned.map((scene) => scene.window),
    nameOf: (window, owners) =>
      shortDigest(JSON.stringify([basis, window, owners.map((index) => scenePart(planned[index]))])),
  });
  refuseIfAny(crowdProblems(tiles));
  const plan: Plan = {
    schema: PLAN_SCHEMA,
    model: MODEL_VERSION,
    run: parts.run,
    city: spec.city,
    name: spec.name,
    year: spec.year,
    resultsUrl: spec.resultsUrl,
    specUrl: parts.specUrl,
    partialsUrl: parts.fresh ? joinUrl(parts.runUrl, 'partials/') : joinUrl(cityUrl(spec), 'partials/'),
    area: rule,
    grid,
    areaExponent: exponent,
    tileSize: parts.tileSize,
    tileRows: parts.shape.rows,
    tileCols: parts.shape.cols,
    tileCount: tiles.length,
    basis,
    scenes: planned,
    unread: [...parts.unread],
    zones: { url: spec.zones.url, digest: parts.zonesDigest, list: zones.map((zone) => planZone(zone, grid)) },
    factors: plainFactors(parts.factors),
    emissions: spec.emissions,
    unused: [...spec.unused],
    warnings: [...parts.warnings, ...planWarnings(spec, parts.factors)],
  };
  return { plan, runUrl: parts.runUrl, tiles, scenes, zones };
}

function planZone({ id, name, polygons }: Zone, lattice: Lattice): Plan['zones']['list'][number] {
  const { areaM2, cells } = zoneMeasure(polygons, lattice);
  return { id, name, areaHa: roundFigure(m2ToHa(areaM2)), areaCells: roundFigure(cells) };
}

function planScene(spec: CitySpec, scene: PlacedScene): Plan['scenes'][number] {
  const { url, etag, sizeBytes, modified } = scene.info;
  const { anonymous, requesterPays, band } = spec.landcover;
  return { url, etag, sizeBytes, modified, window: scene.window, band, nodata: scene.nodata, anonymous, requesterPays };
}

/** What of a scene decides the counts of a tile: its version, place and reading; not its date. */
function scenePart(scene: Plan['scenes'][number] | undefined): unknown[] {
  return scene === undefined ? [] : [scene.url, scene.etag, scene.sizeBytes, scene.window, scene.band, scene.nodata];
}

const MOST_OWNERS = 64;

function crowdProblems(tiles: readonly PlannedTile[]): Problem[] {
  const crowded = tiles.find((tile) => tile[4].length > MOST_OWNERS);
  if (crowded === undefined) return [];
  const found = `${crowded[4].length} scenes over the tile at row ${crowded[0]}, col ${crowded[1]}`;
  return [
    {
      where: 'layers.landcover.scenes',
      message: 'too many scenes overlap',
      expected: `at most ${MOST_OWNERS} over one tile; a smaller --tile-size helps`,
      found,
    },
  ];
}

function plainFactors(factors: FactorTable): Plan['factors'] {
  return {
    url: factors.url,
    digest: factors.digest,
    coefficients: [...factors.coefficients],
    classes: factors.classes.map((row) => ({
      ...row,
      values: { ...row.values },
      standardErrors: { ...row.standardErrors },
    })),
    warnings: [...factors.warnings],
  };
}

function planWarnings(spec: CitySpec, factors: FactorTable): string[] {
  const warnings = [...factors.warnings];
  if (spec.unused.length > 0) {
    warnings.push(
      `not measured with by this version: ${spec.unused.join(', ')}; every figure comes from the land cover and the factor table`,
    );
  }
  if (spec.emissions !== null && spec.emissions.year !== spec.year) {
    warnings.push(
      `emissions are of ${spec.emissions.year}, the land cover of ${spec.year}: the offset compares different years`,
    );
  }
  return warnings;
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
