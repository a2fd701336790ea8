import type { Region } from '../../producer/region.ts';
import { cityTotalOf, findOverlaps, publishRegion, type RegionTotals } from '../../reducer/publish-region.ts';
import type { CityTotals } from '../../reducer/region-totals.ts';
import type { Manifest } from '../../shared/contracts/manifest.ts';
import { RUN_FILES } from '../../shared/contracts/run-places.ts';
import { EXIT_CODES } from '../../shared/contracts/run-status.ts';
import { CitysinkError } from '../../shared/errors.ts';
import { joinUrl } from '../../shared/io/store-url.ts';
import { readJson } from '../../shared/io/stored-json.ts';
import { type CliContext, folderArgument } from '../context.ts';
import { errorJson, errorText, exitCodeOf, gravest } from '../error-text.ts';
import { placeText } from '../place-text.ts';
import type { RunResult } from '../run-report.ts';
import type { CityOutcome } from './cities-at-once.ts';
import { type CityLine, regionTable } from './region-table.ts';
import { type SharedLandParts, withOwnLand } from './shared-land.ts';

/** What is kept and told of the cities of a region. */

/** A city that has ended, small enough that ten thousand fit into memory. */
export interface KeptCity {
  readonly city: string;
  readonly name: string;
  readonly year: number;
  readonly run: string;
  readonly url: string;
  /** Root of its results. */
  readonly root: string;
  readonly status: Manifest['status'];
  readonly unchanged: boolean;
  readonly figuresSha256: string | null;
  /** null: the run FAILED. */
  readonly total: CityTotals['total'] | null;
  readonly causes: readonly { readonly code: string; readonly message: string }[];
}

export async function keptCity({ manifest, runUrl, tiles }: RunResult, context: CliContext): Promise<KeptCity> {
  const { city, year, run, status, figuresSha256, causes } = manifest;
  const url = joinUrl(runUrl, RUN_FILES.totalsJson);
  const totals = figuresSha256 === null ? null : await readJson(context.stores.storeFor(runUrl), url);
  const name = (totals as { name?: { en?: string } } | null)?.name?.en ?? city;
  return {
    city,
    name,
    year,
    run,
    url: runUrl,
    root: runUrl.slice(0, runUrl.length - `${city}/${run}/`.length),
    status,
    unchanged: tiles === null,
    figuresSha256,
    total: totals === null ? null : cityTotalOf(totals, url),
    causes: causes.slice(0, 3),
  };
}

/** A city's end in one line. */
export function cityEnd({ spec, kept, error, seconds }: CityOutcome<KeptCity>): string {
  const took = `${seconds.toFixed(1)} s`;
  if (kept !== null) return `${kept.status}  ${kept.city} ${kept.run}  ${kept.unchanged ? 'unchanged' : took}`;
  return `${error.code}  ${placeText(spec)}  ${error.message}`;
}

export interface RegionEnd {
  readonly exitCode: number;
  readonly published: { readonly url: string; readonly totals: RegionTotals } | null;
}

/** Tells how a region ended. */
export function tellRegion(
  region: Region,
  outcomes: readonly CityOutcome<KeptCity>[],
  published: RegionEnd['published'],
  options: { readonly json: boolean },
  context: CliContext,
): number {
  const exitCode = gravest(outcomes.map(codeOf));
  if (options.json) context.print(JSON.stringify(regionAnswer(region, outcomes, { exitCode, published }), null, 1));
  else context.print(regionText(region, outcomes, { exitCode, published }));
  return exitCode;
}

function codeOf({ kept, error }: CityOutcome<KeptCity>): number {
  return kept === null ? exitCodeOf(error) : EXIT_CODES[kept.status];
}

/** Regional totals of these outcomes, written; null where no city has figures. `out`: root of results in place of the region's and the cities' own. */
export async function publishedTotals(
  region: Region,
  outcomes: readonly CityOutcome<KeptCity>[],
  out: string | null,
  counting: Pick<SharedLandParts, 'engine' | 'signal'>,
  context: CliContext,
): Promise<RegionEnd['published']> {
  const cities = outcomes
    .flatMap(({ kept }) => (kept === null ? [] : [totalsOf(kept)]))
    .filter((city) => city !== null);
  const missing = outcomes.flatMap(({ spec, kept, error }) => {
    if (kept === null) return [{ spec, code: error.code, message: error.message }];
    const cause = kept.causes[0] ?? { code: 'INTERNAL', message: 'the run FAILED' };
    return kept.total === null ? [{ spec, ...cause }] : [];
  });
  if (cities.length === 0) return null;
  const root =
    out === null ? (region.resultsUrl ?? outcomes.find(({ kept }) => kept !== null)?.kept?.root) : folderArgument(out);
  if (root === undefined) throw new CitysinkError('INTERNAL', `region ${region.name} has no place for its totals`);
  const overlaps = await findOverlaps(context.stores, cities);
  const own = await withOwnLand(overlaps, cities, { ...counting, root, region: region.name, out, context });
  return publishRegion(context.stores, { region: region.name, root, cities, missing, overlaps: own });
}

function totalsOf({ city, name, year, run, url, status, figuresSha256, total }: KeptCity): CityTotals | null {
  if (total === null || figuresSha256 === null || status === 'FAILED') return null;
  return { city, name, year, run, url, status, figures_sha256: figuresSha256, total };
}

function regionAnswer(region: Region, outcomes: readonly CityOutcome<KeptCity>[], end: RegionEnd): object {
  return {
    region: region.name,
    status: statusOf(end, outcomes),
    exit_code: end.exitCode,
    url: end.published?.url ?? null,
    runs: outcomes.map((outcome) => {
      const { spec, kept, error, seconds } = outcome;
      const common = { spec, exit_code: codeOf(outcome), seconds: Number(seconds.toFixed(3)) };
      if (kept === null) return { ...common, ...errorJson(error) };
      const { city, year, run, url, status, unchanged, total, causes } = kept;
      return { ...common, city, year, run, url, status, unchanged, total, causes };
    }),
    totals: end.published?.totals ?? null,
    left_out: region.leftOut,
  };
}

function statusOf({ exitCode, published }: RegionEnd, outcomes: readonly CityOutcome<KeptCity>[]): string {
  if (outcomes.some(({ error }) => error?.code === 'CANCELLED')) return 'CANCELLED';
  if (published === null) return 'FAILED';
  return exitCode === 0 ? published.totals.status : 'PARTIAL';
}

function regionText(region: Region, outcomes: readonly CityOutcome<KeptCity>[], end: RegionEnd): string {
  const { published } = end;
  const lines = [
    `${region.name}: ${outcomes.length} ${outcomes.length === 1 ? 'city' : 'cities'}`,
    '',
    regionTable(outcomes.map(lineOf), published?.totals.years ?? []),
  ];
  const causes = outcomes.flatMap(({ spec, kept, error }) => {
    if (kept === null) return error.code === 'CANCELLED' ? [] : [`${placeText(spec)}\n${errorText(error)}`];
    return kept.status === 'DONE' ? [] : kept.causes.map(({ code, message }) => `${kept.city}: ${message} [${code}]`);
  });
  if (causes.length > 0) lines.push('', ...causes);
  // What a city lacks stands above already.
  const notes = published?.totals.notes.filter((note) => !note.includes('has no figures')) ?? [];
  if (notes.length > 0) lines.push('', ...notes);
  lines.push('', `${statusOf(end, outcomes)}${published === null ? '' : `\n${placeText(published.url)}`}`);
  return lines.join('\n');
}

function lineOf({ spec, kept, error }: CityOutcome<KeptCity>): CityLine {
  if (kept === null) {
    const nothing = { year: null, run: '', areaHa: null, storageTC: null, sequestrationTCYr: null, coverage: null };
    return { city: placeText(spec).split('/').at(-1) ?? spec, status: error.code, ...nothing };
  }
  const { city, year, status, run, total } = kept;
  return {
    city,
    year,
    status,
    run,
    areaHa: total?.area_ha ?? null,
    storageTC: total?.storage_tC ?? null,
    sequestrationTCYr: total?.sequestration_tC_yr ?? null,
    coverage: total?.coverage ?? null,
  };
}
