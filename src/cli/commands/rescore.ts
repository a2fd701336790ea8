import { isLibraryName } from '../../producer/factor-library.ts';
import { rescorePlan } from '../../producer/rescore-plan.ts';
import { pointToRun } from '../../reducer/publish.ts';
import { reduceRun } from '../../reducer/reduce-run.ts';
import { EXIT_CODES } from '../../shared/contracts/run-status.ts';
import { type CliContext, urlArgument } from '../context.ts';
import { packageVersion } from '../package-version.ts';
import { readSpec } from '../read-spec.ts';
import { reportRun } from '../run-report.ts';

export interface RescoreOptions {
  readonly factors: string | null;
  readonly out: string | null;
  readonly json: boolean;
}

/** A file or URL, or a table of the library by name. */
function factorsArgument(text: string): string {
  return isLibraryName(text) ? text : urlArgument(text);
}

/** New totals from what the newest run of the city measured: other factors, emissions or names. No scene is read, nothing is queued. */
export async function rescoreCommand(spec: string, options: RescoreOptions, context: CliContext): Promise<number> {
  const started = performance.now();
  const specUrl = urlArgument(spec);
  const read = await readSpec(specUrl, { ...options, anonymous: false }, context);
  const city = options.factors === null ? read : { ...read, factorsUrl: factorsArgument(options.factors) };
  const { plan, tiles, runUrl } = await rescorePlan(city, specUrl, context.stores);
  const store = context.stores.storeFor(runUrl);
  const settings = { version: packageVersion(), now: () => new Date() };
  const manifest = await reduceRun(store, runUrl, { plan, tiles }, settings);
  // A manifest that was there already stays; the city's newest answer is this one all the same.
  await pointToRun(store, plan.resultsUrl, manifest);
  const result = { manifest, runUrl, tiles: null };
  const answer = await reportRun(result, options, context, (performance.now() - started) / 1000);
  if (options.json) context.print(JSON.stringify(answer, null, 1));
  return EXIT_CODES[manifest.status];
}
