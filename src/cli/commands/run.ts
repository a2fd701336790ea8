import type { Region } from '../../producer/region.ts';
import type { RunLimits } from '../../shared/contracts/run-cost.ts';
import { EXIT_CODES } from '../../shared/contracts/run-status.ts';
import { type CitysinkError, toCitysinkError } from '../../shared/errors.ts';
import { type BudgetOptions, limitsOf } from '../budget.ts';
import type { CliContext } from '../context.ts';
import { type Engine, startEngine } from '../engine.ts';
import { errorJson, errorText, exitCodeOf, gravest } from '../error-text.ts';
import { onInterrupt } from '../interrupt.ts';
import { placeText } from '../place-text.ts';
import { runCities } from '../region/cities-at-once.ts';
import { regionOf } from '../region/read-region.ts';
import { RegionProgress } from '../region/region-progress.ts';
import { cityEnd, keptCity, publishedTotals, tellRegion } from '../region/region-run.ts';
import { runCity, specArgument } from '../run-city.ts';
import { reportRun } from '../run-report.ts';
import { refuseLonely } from '../worker-count.ts';

export interface RunOptions extends BudgetOptions {
  readonly workers: number;
  readonly tileSize: number | null;
  readonly out: string | null;
  readonly fresh: boolean;
  readonly anonymous: boolean;
  readonly json: boolean;
  /** A new attempt even where the last one ended for a lasting cause. */
  readonly again: boolean;
}

/** With what the limits among them come to. */
type LimitedOptions = RunOptions & { readonly limits: RunLimits };

/**
 * Runs one spec, several, or a region; cities of several are queued together and take turns. Exit code: the gravest of all; 1 failed
 * before 2 wrong before 3 partial.
 */
export async function runCommand(places: readonly string[], asked: RunOptions, context: CliContext): Promise<number> {
  refuseLonely(asked.workers, context.config);
  const options = { ...asked, limits: limitsOf(asked, context.config.prices) };
  const regions = await Promise.all(places.map((place) => regionOf(place, context)));
  const [first] = regions;
  if (places.length === 1 && first === null) return runOne(places[0] ?? '', options, context);
  if (places.length === 1 && first !== undefined && first !== null) return runRegion(first, options, context);
  const specs = places.flatMap((place, index) => regions[index]?.specs ?? [specArgument(place)]);
  return runSeveral([...new Set(specs)], options, context);
}

async function runOne(spec: string, options: LimitedOptions, context: CliContext): Promise<number> {
  const started = performance.now();
  try {
    const result = await onEngine(options, context, (engine, signal) =>
      runCity(spec, options, context, { engine, signal }),
    );
    const answer = await reportRun(result, options, context, (performance.now() - started) / 1000);
    if (options.json) context.print(JSON.stringify(answer, null, 1));
    return EXIT_CODES[result.manifest.status];
  } catch (thrown) {
    const error = toCitysinkError(thrown);
    if (options.json) context.print(JSON.stringify(failedAnswer(spec, error), null, 1));
    else context.note(errorText(error));
    context.log.debug({ err: error }, 'Run:Fail');
    return exitCodeOf(error);
  }
}

async function runRegion(region: Region, options: LimitedOptions, context: CliContext): Promise<number> {
  const progress = new RegionProgress(context, region.name, region.specs.length);
  if (region.leftOut.length > 0) {
    context.note(
      `${region.leftOut.length} files name no city and are left out, such as ${placeText(region.leftOut[0] ?? '')}`,
    );
  }
  const { outcomes, published } = await onEngine(options, context, async (engine, signal) => {
    const ended = await runCities(region.specs, options, context, {
      engine,
      signal,
      progress,
      keep: (result) => keptCity(result, context),
      ended: (outcome) => (signal.aborted ? progress.clear() : progress.tell(cityEnd(outcome))),
    });
    progress.clear();
    // Stopped before its end, a region has no new totals.
    const totals = signal.aborted
      ? null
      : await publishedTotals(region, ended, options.out, { engine, signal }, context);
    return { outcomes: ended, published: totals };
  });
  return tellRegion(region, outcomes, published, options, context);
}

/** Specs that have no region: each is told as if it had been run alone, in the order in which they were given. */
async function runSeveral(specs: readonly string[], options: LimitedOptions, context: CliContext): Promise<number> {
  const progress = new RegionProgress(context, 'all', specs.length);
  const outcomes = await onEngine(options, context, (engine, signal) =>
    runCities(specs, options, context, { engine, signal, progress, keep: async (result) => result, ended: () => {} }),
  );
  progress.clear();
  const codes: number[] = [];
  const answers: object[] = [];
  for (const { spec, kept, error, seconds } of outcomes) {
    codes.push(kept === null ? exitCodeOf(error) : EXIT_CODES[kept.manifest.status]);
    answers.push(kept === null ? failedAnswer(spec, error) : await reportRun(kept, options, context, seconds));
    if (kept === null && !options.json) context.note(`${placeText(spec)}\n${errorText(error)}`);
  }
  if (options.json) context.print(JSON.stringify({ runs: answers }, null, 1));
  return gravest(codes);
}

function failedAnswer(spec: string, error: CitysinkError): object {
  return { spec, exit_code: exitCodeOf(error), ...errorJson(error) };
}

/** Redis and workers for what is run, started while scenes are listed and ended with it. */
async function onEngine<T>(
  options: RunOptions,
  context: CliContext,
  work: (engine: Promise<Engine>, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const interrupt = onInterrupt(context);
  const starting = startEngine(context, options.workers);
  starting.catch(() => {});
  try {
    return await work(starting, interrupt.signal);
  } finally {
    const engine = await starting.catch(() => null);
    await engine?.stop(interrupt.signal.aborted);
    interrupt.release();
  }
}
