import { isPlanned, produce, storePlan } from '../../producer/produce.ts';
import { REGIONS_FOLDER, zoneTotalsOf } from '../../reducer/publish-region.ts';
import { cellsOfEarlier } from '../../reducer/region-overlaps.ts';
import { type CityOverlap, type CityTotals, sumOfRows } from '../../reducer/region-totals.ts';
import type { CitySpec } from '../../shared/contracts/city-spec.ts';
import { type Plan, parsePlan } from '../../shared/contracts/plan.ts';
import { RUN_FILES } from '../../shared/contracts/run-places.ts';
import { parseZones } from '../../shared/contracts/zones-file.ts';
import type { Zone } from '../../shared/geo/zone.ts';
import { joinUrl } from '../../shared/io/store-url.ts';
import { compactJsonBytes, readJson, sha256 } from '../../shared/io/stored-json.ts';
import { awaitRun } from '../await-run.ts';
import type { CliContext } from '../context.ts';
import type { Engine } from '../engine.ts';
import { readSpec } from '../read-spec.ts';

/**
 * Land that two cities share is counted for the first. What the later one has without it is counted by a run of its own: the zones
 * of the first stand before its zones, and a cell belongs to the first zone that has it. Its results stand with the region's.
 */

export interface SharedLandParts {
  readonly root: string;
  readonly region: string;
  readonly out: string | null;
  readonly engine: Promise<Pick<Engine, 'queue'>>;
  readonly signal: AbortSignal;
  readonly context: CliContext;
}

const OWN = 'own:';

/** The same overlaps, with what each later city has of its own where that can be counted exactly. */
export async function withOwnLand(
  overlaps: readonly CityOverlap[],
  cities: readonly CityTotals[],
  parts: SharedLandParts,
): Promise<CityOverlap[]> {
  const counted: CityOverlap[] = [];
  for (const overlap of overlaps) {
    const of = (name: string) => cities.find(({ city, year }) => city === name && year === overlap.year);
    const [city, earlier] = [of(overlap.city), overlap.with.map(of).filter((one) => one !== undefined)];
    const own =
      overlap.same_grid && city !== undefined ? await ownLand(city, earlier, parts).catch(whyNot(parts)) : null;
    // The cells that were left out must be those that were found: else nothing is claimed.
    const ownCells = own?.zone_cells ?? null;
    const agrees = ownCells !== null && ownCells + (overlap.cells ?? 0) === city?.total.zone_cells;
    counted.push(own !== null && agrees ? { ...overlap, left_out: true, own } : overlap);
  }
  return counted;
}

/** Land that is shared stays stated where it cannot be counted apart; a run that is stopped ends here too. */
function whyNot({ context, signal }: SharedLandParts): (error: unknown) => null {
  return (error) => {
    if (signal.aborted) throw error;
    context.log.warn({ err: error }, 'Region:SharedLand');
    return null;
  };
}

async function ownLand(city: CityTotals, earlier: readonly CityTotals[], parts: SharedLandParts) {
  const { context, engine, signal } = parts;
  const plan = await planOf(city, context);
  // Patches and thresholds of green belong to a whole city: with other zones they would be others.
  if (plan.green !== null) return null;
  const zones = await zonesBefore(city, plan, earlier, context);
  const spec = await ownSpec(plan, zones, parts);
  const options = { tileSize: plan.tileSize, fresh: null, again: false, stacHosts: context.config.stacHosts };
  const produced = await produce(spec, plan.specUrl, context.stores, options);
  if (!isPlanned(produced)) return ownTotal(produced.runUrl, context);
  await storePlan(produced, context.stores);
  const quiet = { show: () => {}, end: () => {} };
  await awaitRun(context, (await engine).queue, produced, signal, quiet);
  return ownTotal(produced.runUrl, context);
}

async function planOf({ url }: CityTotals, { stores }: CliContext): Promise<Plan> {
  return parsePlan(await readJson(stores.storeFor(url), joinUrl(url, RUN_FILES.plan)));
}

async function zonesOf({ url }: CityTotals, { stores }: CliContext): Promise<Zone[]> {
  return parseZones(await readJson(stores.storeFor(url), joinUrl(url, RUN_FILES.zones)));
}

/** Zones of earlier cities that reach into the city, then its own. */
async function zonesBefore(
  city: CityTotals,
  { grid }: Plan,
  earlier: readonly CityTotals[],
  context: CliContext,
): Promise<Zone[]> {
  const own = await zonesOf(city, context);
  const before: Zone[] = [];
  for (const other of earlier) {
    const { grid: theirs } = await planOf(other, context);
    for (const zone of await zonesOf(other, context)) {
      if (cellsOfEarlier(grid, own, [{ grid: theirs, zones: [zone] }]) !== 0) before.push(zone);
    }
  }
  return [
    ...before.map((zone, index) => ({ ...zone, id: `before:${index}` })),
    ...own.map((zone) => ({ ...zone, id: `${OWN}${zone.id}` })),
  ];
}

/** The city's spec with these zones, as a file beside the region's totals, and results there. */
async function ownSpec(plan: Plan, zones: readonly Zone[], parts: SharedLandParts): Promise<CitySpec> {
  const { root, region, out, context } = parts;
  const spec = await readSpec(plan.specUrl, { out, anonymous: false }, context);
  const body = compactJsonBytes({ type: 'FeatureCollection', features: zones.map(featureOf) });
  const folder = joinUrl(root, `${REGIONS_FOLDER}${region}/shared/`);
  const url = joinUrl(folder, `zones/${sha256(body).slice(0, 32)}.geojson`);
  await context.stores.storeFor(url).create(url, body, 'application/geo+json');
  const { epsg, proj4 } = plan.grid.crs;
  const crs = epsg === null ? proj4 : `EPSG:${epsg}`;
  return {
    ...spec,
    zones: { url, id: 'id', label: 'name', crs, rule: 'centre' },
    maps: [],
    emissions: null,
    resultsUrl: folder,
  };
}

function featureOf({ id, name, polygons }: Zone): object {
  const rings = polygons.map((polygon) =>
    polygon.map((ring) => Array.from({ length: ring.length / 2 }, (_, i) => [ring[2 * i], ring[2 * i + 1]])),
  );
  return { type: 'Feature', properties: { id, name }, geometry: { type: 'MultiPolygon', coordinates: rings } };
}

/** Sum of the city's own zones. */
async function ownTotal(runUrl: string, { stores }: CliContext) {
  const url = joinUrl(runUrl, RUN_FILES.totalsJson);
  const rows = zoneTotalsOf(await readJson(stores.storeFor(url), url), url);
  return sumOfRows(rows.filter(({ zone }) => zone.startsWith(OWN)).map(({ total }) => total));
}
