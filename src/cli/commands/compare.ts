import { type Comparison, compareRuns } from '../../reducer/compare-runs.ts';
import type { ComparedRun } from '../../reducer/compare-state.ts';
import { TOTALS_SCHEMA } from '../../reducer/publish.ts';
import type { Figures } from '../../reducer/totals.ts';
import { type Manifest, parseManifest } from '../../shared/contracts/manifest.ts';
import { parsePlan } from '../../shared/contracts/plan.ts';
import { RUN_FILES } from '../../shared/contracts/run-places.ts';
import { CitysinkError, type Problem } from '../../shared/errors.ts';
import { joinUrl } from '../../shared/io/store-url.ts';
import { readJson, readJsonIfThere } from '../../shared/io/stored-json.ts';
import { comparisonText } from '../compare-text.ts';
import type { CliContext } from '../context.ts';
import { findRunFolder, liveQueues } from '../find-run.ts';
import { placeText } from '../place-text.ts';
import { plainLine } from '../terminal-text.ts';

export interface CompareOptions {
  readonly out: string | null;
  readonly json: boolean;
}

interface FinishedRun {
  /** As it was asked for. */
  readonly asked: string;
  readonly folder: string;
  readonly manifest: Manifest | null;
}

/**
 * What changed between two runs, and why. Reads manifests, plans and totals; no partial, no scene.
 * Errors: RUN_NOT_FOUND; REQUEST_INVALID for runs without figures, all of them by name.
 */
export async function compareCommand(
  old: string,
  next: string,
  options: CompareOptions,
  context: CliContext,
): Promise<number> {
  const found = [
    await findFinished(old, options.out, context),
    await findFinished(next, options.out, context),
  ] as const;
  const { answer, text } = await comparisonOf(found, context);
  context.print(options.json ? JSON.stringify(answer, null, 1) : text);
  return 0;
}

/** The comparison with where its runs stand, and the same as a text. Errors: REQUEST_INVALID for runs without figures. */
export async function comparisonOf(
  found: readonly [FinishedRun, FinishedRun],
  context: CliContext,
): Promise<{ readonly answer: Comparison; readonly text: string }> {
  refuseWithoutFigures(found);
  const [before, after] = await Promise.all([readRun(found[0], context), readRun(found[1], context)]);
  const comparison = compareRuns(before, after);
  const [oldRun, newRun] = found.map(placeOf);
  return {
    answer: { ...comparison, old: { ...comparison.old, ...oldRun }, new: { ...comparison.new, ...newRun } },
    text: [comparisonText(comparison), ...found.flatMap(partialNotes)].join('\n'),
  };
}

function placeOf({ folder, manifest }: FinishedRun): object {
  return { status: manifest?.status, finished: manifest?.finished, url: folder, unread: manifest?.unread };
}

/** What a run could not read explains its coverage. */
function partialNotes({ manifest }: FinishedRun): string[] {
  if (manifest?.status !== 'PARTIAL') return [];
  const [first] = manifest.unread;
  const inputs = manifest.unread.length === 1 ? '1 input' : `${manifest.unread.length} inputs`;
  const named = first === undefined ? '' : `, the first ${placeText(first.url)} [${first.code}]`;
  return [plainLine(`note: run ${manifest.run} is PARTIAL: ${inputs} could not be read${named}`)];
}

async function findFinished(asked: string, out: string | null, context: CliContext): Promise<FinishedRun> {
  return finishedRun(asked, await findFolder(asked, out, context), context);
}

/** A run by its folder; `asked` is what messages call it. */
export async function finishedRun(asked: string, folder: string, context: CliContext): Promise<FinishedRun> {
  const stored = await readJsonIfThere(context.stores.storeFor(folder), joinUrl(folder, RUN_FILES.manifest));
  return { asked, folder, manifest: stored === null ? null : parseManifest(stored) };
}

/** Finished runs stand in the results; a queue is asked only for what is not found there. */
async function findFolder(asked: string, out: string | null, context: CliContext): Promise<string> {
  try {
    return await findRunFolder(asked, [], out, context);
  } catch (error) {
    if (!(error instanceof CitysinkError) || error.code !== 'RUN_NOT_FOUND') throw error;
  }
  const live = await liveQueues(context);
  try {
    return await findRunFolder(asked, live, out, context);
  } finally {
    await Promise.all(live.map(({ queue }) => queue.close()));
  }
}

function refuseWithoutFigures(runs: readonly FinishedRun[]): void {
  const problems = runs.filter(({ manifest }) => manifest?.figuresSha256 == null).map(problemOf);
  if (problems.length === 0) return;
  const names = [...new Set(problems.map(({ where }) => where))].join(' and ');
  throw new CitysinkError('REQUEST_INVALID', `nothing to compare: ${names} has no figures`, { problems });
}

function problemOf({ asked, manifest }: FinishedRun): Problem {
  const expected = 'a run that is DONE or PARTIAL';
  if (manifest === null) return { where: asked, message: 'this run is not finished', expected };
  const [cause] = manifest.causes;
  return {
    where: asked,
    message: `this run is ${manifest.status}${cause === undefined ? '' : `: ${cause.message} [${cause.code}]`}`,
    expected,
  };
}

/** totals.json was written by this program: its figures are taken as they are, once its version is known. */
async function readRun({ folder }: FinishedRun, context: CliContext): Promise<ComparedRun> {
  const store = context.stores.storeFor(folder);
  const url = joinUrl(folder, RUN_FILES.totalsJson);
  const [plan, totals] = await Promise.all([
    readJson(store, joinUrl(folder, RUN_FILES.plan)).then(parsePlan),
    readJson(store, url) as Promise<{ readonly schema?: unknown; readonly figures?: Figures }>,
  ]);
  if (totals.schema === TOTALS_SCHEMA && totals.figures !== undefined) return { plan, figures: totals.figures };
  throw new CitysinkError('JOB_INVALID', `${url} is not of the form ${TOTALS_SCHEMA}: found ${String(totals.schema)}`);
}
