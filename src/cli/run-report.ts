import { durationText } from '../shared/carbon/number-text.ts';
import type { Manifest } from '../shared/contracts/manifest.ts';
import { RUN_FILES } from '../shared/contracts/run-places.ts';
import { EXIT_CODES } from '../shared/contracts/run-status.ts';
import { CitysinkError, isErrorCode } from '../shared/errors.ts';
import { joinUrl } from '../shared/io/store-url.ts';
import { readJson } from '../shared/io/stored-json.ts';
import type { CliContext } from './context.ts';
import { errorJson, errorText } from './error-text.ts';
import { placeText } from './place-text.ts';
import { remarksText, type TotalsView, totalsTable } from './totals-table.ts';

/** What a run came to, for people and for programs. */

export interface RunResult {
  readonly manifest: Manifest;
  readonly runUrl: string;
  /** null: the run was settled before, nothing was queued and no block read. */
  readonly tiles: { readonly reused: number; readonly queued: number } | null;
}

/** Prints a run's totals, remarks and place for people, the report last; the answer is what --json prints. */
export async function reportRun(
  result: RunResult,
  options: { readonly json: boolean },
  context: CliContext,
  seconds: number,
): Promise<object> {
  const { manifest, runUrl, tiles } = result;
  const totals =
    manifest.figuresSha256 === null
      ? null
      : await readJson(context.stores.storeFor(runUrl), joinUrl(runUrl, RUN_FILES.totalsJson));
  const report = reportUrl(result);
  if (!options.json) {
    if (totals !== null) context.print(totalsTable(viewOf(totals, manifest)));
    const remarks = remarksText(manifest);
    if (remarks !== '') context.print(`\n${remarks}`);
    context.print(
      `\n${manifest.status}  ${tilesText(tiles, manifest)}, ${durationText(seconds)}\n${placeText(runUrl)}`,
    );
    if (report !== null) context.print(`report  ${placeText(report)}`);
    if (manifest.status === 'FAILED') context.note(errorText(failureOf(manifest)));
  }
  return {
    status: manifest.status,
    exit_code: EXIT_CODES[manifest.status],
    run: manifest.run,
    url: runUrl,
    report,
    unchanged: tiles === null,
    tiles: { all: manifest.tiles.count, ...(tiles ?? { reused: manifest.tiles.count, queued: 0 }) },
    seconds: Number(seconds.toFixed(3)),
    took: manifest.took ?? null,
    totals,
    ...(manifest.status === 'FAILED' ? errorJson(failureOf(manifest)) : {}),
    causes: manifest.causes,
    unread: manifest.unread,
    warnings: manifest.warnings,
  };
}

/** Where the report stands; null where the run has none. */
function reportUrl({ manifest, runUrl }: RunResult): string | null {
  return manifest.outputs.some(({ name }) => name === RUN_FILES.report) ? joinUrl(runUrl, RUN_FILES.report) : null;
}

function tilesText(tiles: RunResult['tiles'], manifest: Manifest): string {
  if (tiles === null) return `unchanged since run ${manifest.run}: no block was read`;
  const reused = tiles.reused === 0 ? '' : `, ${tiles.reused} were there already`;
  return `${tiles.queued} ${tiles.queued === 1 ? 'tile' : 'tiles'} counted${reused}`;
}

/** Causes that are told one by one; the manifest has all. */
const MOST_CAUSES = 10;

/** Why a run FAILED, as the error that it would have been had it not ended in order. */
function failureOf({ run, causes }: Manifest): CitysinkError {
  const [first] = causes;
  const code = first !== undefined && isErrorCode(first.code) ? first.code : 'INTERNAL';
  if (causes.length === 1 && first !== undefined) return new CitysinkError(code, first.message);
  const problems = causes.slice(0, MOST_CAUSES).map((cause) => ({ where: cause.code, message: cause.message }));
  return new CitysinkError(code, `run ${run} failed for ${causes.length} causes`, { problems });
}

/** totals.json was written by this program: its figures are taken as they are. */
function viewOf(totals: unknown, manifest: Manifest): TotalsView {
  const { figures, name } = totals as { figures: TotalsView['figures']; name: { en: string } };
  return { city: name.en, year: manifest.year, figures, warnings: manifest.warnings };
}
