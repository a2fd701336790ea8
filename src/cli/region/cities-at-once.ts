import { type CitysinkError, requestInvalid, toCitysinkError } from '../../shared/errors.ts';
import type { CliContext } from '../context.ts';
import type { Engine } from '../engine.ts';
import { type CityRun, type CityRunOptions, runCity } from '../run-city.ts';
import type { RunResult } from '../run-report.ts';
import { Turnstile } from '../turnstile.ts';
import type { RegionProgress } from './region-progress.ts';

/** Many cities on one engine: each for itself, so that none holds the others. */

/** Cities that are planned at once: planning reads headers and zones. */
const PLANNING = 4;
/** Cities planned, queued or waited for at once. Their tiles take turns, so a large one among them holds no small one. */
const UNDER_WAY = 64;

/** How a city ended: what `keep` made of its result, or why there is none. */
export type CityOutcome<T> =
  | { readonly spec: string; readonly seconds: number; readonly kept: T; readonly error: null }
  | { readonly spec: string; readonly seconds: number; readonly kept: null; readonly error: CitysinkError };

export interface CitiesRun<T> {
  readonly engine: Promise<Pick<Engine, 'queue'>>;
  readonly signal: AbortSignal;
  readonly progress: RegionProgress;
  /** Makes of a result what is kept of it: that of a thousand cities must fit into memory. */
  readonly keep: (result: RunResult, seconds: number) => Promise<T>;
  readonly ended: (outcome: CityOutcome<T>) => void;
  readonly planned?: (spec: string) => NonNullable<CityRun['planned']>;
}

/** Outcomes in the order of the specs. A city that fails is an outcome, never an error of all. */
export async function runCities<T>(
  specs: readonly string[],
  options: CityRunOptions,
  context: CliContext,
  { engine, signal, progress, keep, ended, planned }: CitiesRun<T>,
): Promise<CityOutcome<T>[]> {
  const [planning, underWay] = [new Turnstile(PLANNING), new Turnstile(UNDER_WAY)];
  const taken = new Map<string, string>();
  const one = async (spec: string): Promise<CityOutcome<T>> => {
    const began = performance.now();
    const seconds = () => (performance.now() - began) / 1000;
    try {
      const result = await runCity(spec, options, context, {
        engine,
        signal,
        progress: progress.viewOf(spec),
        inTurn: (work) => planning.pass(work),
        accept: ({ city, year, resultsUrl }) => refuseTwice(taken, `${resultsUrl}${city} ${year}`, spec),
        ...(planned === undefined ? {} : { planned: planned(spec) }),
      });
      return { spec, seconds: seconds(), kept: await keep(result, seconds()), error: null };
    } catch (thrown) {
      context.log.debug({ err: thrown, spec }, 'Run:Fail');
      return { spec, seconds: seconds(), kept: null, error: toCitysinkError(thrown) };
    }
  };
  return Promise.all(
    specs.map((spec) =>
      underWay.pass(async () => {
        const outcome = await one(spec);
        ended(outcome);
        return outcome;
      }),
    ),
  );
}

/** Two specs of one city and year would write over each other's pointer, and count twice. */
function refuseTwice(taken: Map<string, string>, city: string, spec: string): void {
  const first = taken.get(city);
  if (first !== undefined && first !== spec) {
    const message = 'the same city and year stand in two specs of what is run';
    throw requestInvalid([{ where: spec, message, expected: 'another `city` or `year`', found: first }]);
  }
  taken.set(city, spec);
}
