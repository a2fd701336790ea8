import { z } from 'zod';
import { parsePlan } from '../shared/contracts/plan.ts';
import { RUN_FILES } from '../shared/contracts/run-places.ts';
import { parseZones } from '../shared/contracts/zones-file.ts';
import { CitysinkError } from '../shared/errors.ts';
import { crsFromEpsg } from '../shared/geo/crs-registry.ts';
import type { Zone } from '../shared/geo/zone.ts';
import type { StoreRegistry } from '../shared/io/open-store.ts';
import { joinUrl } from '../shared/io/store-url.ts';
import { jsonBytes, readJson, sha256 } from '../shared/io/stored-json.ts';
import { roundFigure } from '../shared/units.ts';
import type { SumRow } from './carbon-model.ts';
import { TOTALS_SCHEMA } from './publish.ts';
import {
  type CityGrid,
  cellsOfEarlier,
  type DegreeBounds,
  degreeBounds,
  mayMeet,
  sameLattice,
} from './region-overlaps.ts';
import {
  type CityOverlap,
  type CityTotals,
  type MissingCity,
  REGION_SCHEMA,
  regionCsv,
  type YearTotals,
  yearTotals,
} from './region-totals.ts';

/** Totals of a region, written below `<results>/_regions/<region>/`: from the runs of its cities as they are stored. */

/** Folder of regions in a results root; no city has such a name. */
export const REGIONS_FOLDER = '_regions/';
const DIGEST_DIGITS = 12;

export interface RegionTotals {
  readonly schema: typeof REGION_SCHEMA;
  readonly region: string;
  readonly digest: string;
  /** DONE: every city is. PARTIAL: a city is PARTIAL, or missing. */
  readonly status: 'DONE' | 'PARTIAL';
  readonly years: readonly YearTotals[];
  readonly cities: readonly CityTotals[];
  readonly missing: readonly MissingCity[];
  readonly overlaps: readonly CityOverlap[];
  readonly intervals: null;
  readonly notes: readonly string[];
}

export interface RegionParts {
  readonly region: string;
  /** Folder URL of the results. */
  readonly root: string;
  readonly cities: readonly CityTotals[];
  readonly missing: readonly MissingCity[];
  /** Of `findOverlaps`. */
  readonly overlaps: readonly CityOverlap[];
}

const NO_INTERVALS =
  'No interval stands beside these sums: cities share factors and their errors, so intervals of cities do not add up.';

/** Writes totals.json, totals.csv, then the pointer. The same cities with the same figures give the same bytes. */
export async function publishRegion(
  stores: StoreRegistry,
  parts: RegionParts,
): Promise<{ readonly url: string; readonly totals: RegionTotals }> {
  const { region, root, missing, overlaps } = parts;
  const cities = [...parts.cities].sort(inOrder);
  const digest = regionDigest(region, cities, parts);
  const years = yearTotals(cities, overlaps);
  const whole = missing.length === 0 && cities.every(({ status }) => status === 'DONE');
  const totals: RegionTotals = {
    schema: REGION_SCHEMA,
    region,
    digest,
    status: whole ? 'DONE' : 'PARTIAL',
    years,
    cities,
    missing,
    overlaps,
    intervals: null,
    notes: [...notesOf(years, missing, overlaps), NO_INTERVALS],
  };
  const folder = joinUrl(root, `${REGIONS_FOLDER}${region}/`);
  const url = joinUrl(folder, `${digest}/`);
  const store = stores.storeFor(folder);
  await store.replace(joinUrl(url, RUN_FILES.totalsJson), jsonBytes(totals), 'application/json');
  const csv = new TextEncoder().encode(regionCsv(region, cities, years));
  await store.replace(joinUrl(url, RUN_FILES.totalsCsv), csv, 'text/csv; charset=utf-8');
  const pointer = {
    schema: 'citysink-region-latest-1',
    region,
    status: totals.status,
    totals: `${digest}/totals.json`,
  };
  await store.replace(joinUrl(folder, 'latest.json'), jsonBytes(pointer), 'application/json');
  return { url, totals };
}

function inOrder(a: CityTotals, b: CityTotals): number {
  return a.year - b.year || (a.city < b.city ? -1 : 1);
}

function regionDigest(
  region: string,
  cities: readonly CityTotals[],
  { missing, overlaps }: Pick<RegionParts, 'missing' | 'overlaps'>,
): string {
  const parts = [
    REGION_SCHEMA,
    region,
    cities.map(({ city, year, run, figures_sha256, status }) => [city, year, run, figures_sha256, status]),
    missing.map(({ spec, code }) => [spec, code]),
    overlaps.map(({ city, year, left_out }) => [city, year, left_out]),
  ];
  return sha256(JSON.stringify(parts)).slice(0, DIGEST_DIGITS);
}

function notesOf(
  years: readonly YearTotals[],
  missing: readonly MissingCity[],
  overlaps: readonly CityOverlap[],
): string[] {
  const [once, twice] = [overlaps.filter(({ left_out }) => left_out), overlaps.filter(({ left_out }) => !left_out)];
  return [
    ...missing.map(({ spec, code }) => `${spec} has no figures [${code}] and is in no sum.`),
    ...once.map(({ city, year, with: others, area_ha }) => {
      return `${city} (${year}) shares ${area_ha} ha with ${others.join(', ')}: the sums have that land once, as the first counts it.`;
    }),
    ...twice.map(({ city, year, with: others, area_ha, same_grid }) => {
      const size = area_ha === null ? 'an area that could not be found' : `${same_grid ? '' : 'about '}${area_ha} ha`;
      return `${city} (${year}) shares ${size} with ${others.join(', ')}: that land stands in the sums more than once.`;
    }),
    ...years.flatMap(({ year, cities, lacking }) =>
      Object.entries(lacking)
        // What no city measures is not asked for in the region.
        .filter(([, without]) => without.length < cities)
        .map(([column, without]) => `${column} (${year}) has no sum: ${someOf(without)} did not measure it.`),
    ),
  ];
}

/** Names that are told one by one; `lacking` has all. */
const MOST_NAMED = 5;

function someOf(names: readonly string[]): string {
  const more = names.length - MOST_NAMED;
  return names.slice(0, MOST_NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

interface PlacedCity {
  readonly totals: CityTotals;
  readonly grid: CityGrid;
  readonly bounds: DegreeBounds | null;
  readonly byCentre: boolean;
}

/** Land that a city has in common with those before it by name, of the same year. */
export async function findOverlaps(stores: StoreRegistry, unordered: readonly CityTotals[]): Promise<CityOverlap[]> {
  const cities = [...unordered].sort(inOrder);
  const wgs84 = await crsFromEpsg(4326);
  const placed: PlacedCity[] = [];
  const found: CityOverlap[] = [];
  for (const totals of cities) {
    const plan = parsePlan(await readJson(stores.storeFor(totals.url), joinUrl(totals.url, RUN_FILES.plan)));
    const bounds = degreeBounds(plan.grid, wgs84);
    const city = { totals, grid: plan.grid, bounds, byCentre: plan.zones.rule === 'centre' };
    const near = placed.filter((other) => other.totals.year === totals.year && mayMeet(bounds, other.bounds));
    placed.push(city);
    const overlap = near.length === 0 ? null : await overlapOf(stores, city, near);
    if (overlap !== null) found.push(overlap);
  }
  return found;
}

async function overlapOf(
  stores: StoreRegistry,
  city: PlacedCity,
  near: readonly PlacedCity[],
): Promise<CityOverlap | null> {
  const zones = await zonesOf(stores, city);
  const meeting: { readonly city: PlacedCity; readonly zones: readonly Zone[] }[] = [];
  for (const other of near) {
    const theirs = { city: other, zones: await zonesOf(stores, other) };
    if (cellsOfEarlier(city.grid, zones, [{ grid: other.grid, zones: theirs.zones }]) !== 0) meeting.push(theirs);
  }
  if (meeting.length === 0) return null;
  const earlier = meeting.map((one) => ({ grid: one.city.grid, zones: one.zones }));
  const cells = cellsOfEarlier(city.grid, zones, earlier);
  const { zone_cells, zone_area_ha } = city.totals.total;
  return {
    city: city.totals.city,
    year: city.totals.year,
    with: meeting.map((one) => one.city.totals.city),
    cells,
    // The city's mean cell: exact in the plane, near it on the ellipsoid.
    area_ha: cells === null || zone_cells === 0 ? null : roundFigure((zone_area_ha / zone_cells) * cells),
    same_grid: city.byCentre && meeting.every((one) => one.city.byCentre && sameLattice(city.grid, one.city.grid)),
    left_out: false,
  };
}

async function zonesOf(stores: StoreRegistry, { totals }: PlacedCity): Promise<Zone[]> {
  return parseZones(await readJson(stores.storeFor(totals.url), joinUrl(totals.url, RUN_FILES.zones)));
}

const amount = z.number().nullable();
const totalsHead = z.looseObject({
  schema: z.literal(TOTALS_SCHEMA),
  figures: z.looseObject({
    city: z.looseObject({
      total: z.looseObject({ cells: z.number(), area_ha: z.number(), storage_tC: amount, sequestration_tC_yr: amount }),
    }),
  }),
});

/** The row of a city's total from its totals.json. Errors: JOB_INVALID where it has another form. */
export function cityTotalOf(totalsJson: unknown, url: string): SumRow {
  const parsed = totalsHead.safeParse(totalsJson);
  if (parsed.success) return parsed.data.figures.city.total as unknown as SumRow;
  throw new CitysinkError('JOB_INVALID', `${url} is not of the form ${TOTALS_SCHEMA}`);
}

const zonesHead = z.looseObject({
  figures: z.looseObject({
    zones: z.array(z.looseObject({ zone: z.string(), total: z.looseObject({ zone_cells: z.number() }) })),
  }),
});

/** Totals of the zones of a run from its totals.json. Errors: JOB_INVALID where it has another form. */
export function zoneTotalsOf(totalsJson: unknown, url: string): { readonly zone: string; readonly total: SumRow }[] {
  const parsed = zonesHead.safeParse(totalsJson);
  if (parsed.success) return parsed.data.figures.zones as unknown as { zone: string; total: SumRow }[];
  throw new CitysinkError('JOB_INVALID', `${url} is not of the form ${TOTALS_SCHEMA}`);
}
