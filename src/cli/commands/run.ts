import { randomUUID } from 'node:crypto';
import { isPlanned, type Production, produce, storePlan } from '../../producer/produce.ts';
import { pointToRun } from '../../reducer/publish.ts';
import { EXIT_CODES } from '../../shared/contracts/run-status.ts';
import { CitysinkError, toCitysinkError } from '../../shared/errors.ts';
import { awaitRun } from '../await-run.ts';
import { type CliContext, urlArgument } from '../context.ts';
import { type Engine, startEngine } from '../engine.ts';
import { errorJson, errorText, exitCodeOf } from '../error-text.ts';
import { onInterrupt } from '../interrupt.ts';
import { readSpec } from '../read-spec.ts';
import { type RunResult, reportRun } from '../run-report.ts';

export interface RunOptions {
  readonly workers: number;
  readonly tileSize: number | null;
  readonly out: string | null;
  readonly fresh: boolean;
  readonly anonymous: boolean;
  readonly json: boolean;
  /** A new attempt even where the last one ended for a lasting cause. */
  readonly again: boolean;
}

/** Runs each spec in turn. Exit code: the gravest of all; 1 failed before 2 wrong before 3 partial. */
export async function runCommand(specs: readonly string[], options: RunOptions, context: CliContext): Promise<number> {
  refuseLonelyRun(options, context);
  const codes: number[] = [];
  const answers: object[] = [];
  for (const spec of specs) {
    const started = performance.now();
    try {
      const result = await runSpec(spec, options, context);
      codes.push(EXIT_CODES[result.manifest.status]);
      answers.push(await reportRun(result, options, context, (performance.now() - started) / 1000));
    } catch (thrown) {
      const error = toCitysinkError(thrown);
      codes.push(exitCodeOf(error));
      answers.push({ spec, exit_code: exitCodeOf(error), ...errorJson(error) });
      if (!options.json) context.note(errorText(error));
      context.log.debug({ err: error }, 'Run:Fail');
    }
  }
  if (options.json) context.print(JSON.stringify(answers.length === 1 ? answers[0] : { runs: answers }, null, 1));
  return gravest(codes);
}

/** A private Redis has no workers but those of the run. */
function refuseLonelyRun(options: RunOptions, context: CliContext): void {
  if (options.workers > 0 || context.config.redisUrl !== null) return;
  const problem = {
    where: '--workers',
    message: '0 means workers that run already, and REDIS_URL names no queue that they serve',
    expected: 'REDIS_URL set, or at least 1',
  };
  throw new CitysinkError('CONFIG_INVALID', 'nobody would count the tiles', { problems: [problem] });
}

function gravest(codes: readonly number[]): number {
  return [1, 2, 3].find((code) => codes.includes(code)) ?? 0;
}

async function runSpec(spec: string, options: RunOptions, context: CliContext): Promise<RunResult> {
  const interrupt = onInterrupt(context);
  // Redis and workers start while scenes are listed and headers read; a spec with mistakes only wastes their start.
  const starting = startEngine(context, options.workers);
  starting.catch(() => {});
  try {
    const production = await plan(spec, options, context);
    if (!isPlanned(production)) {
      const { settled, runUrl, resultsUrl } = production;
      await pointToRun(context.stores.storeFor(resultsUrl), resultsUrl, settled);
      return { manifest: settled, runUrl, tiles: null };
    }
    await storePlan(production, context.stores);
    const { queue } = await starting;
    const awaited = await awaitRun(context, queue, production, interrupt.signal);
    return {
      manifest: awaited.manifest,
      runUrl: production.runUrl,
      tiles: { reused: awaited.tilesReused, queued: awaited.tilesQueued },
    };
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    throw new CitysinkError(
      'CANCELLED',
      `stopped; finished tiles are kept, and \`citysink run ${spec}\` goes on from there`,
      { cause: error },
    );
  } finally {
    await stopEngine(starting, interrupt.signal.aborted);
    interrupt.release();
  }
}

async function plan(spec: string, options: RunOptions, context: CliContext): Promise<Production> {
  const specUrl = urlArgument(spec);
  const city = await readSpec(specUrl, options, context);
  const fresh = options.fresh ? randomUUID() : null;
  return produce(city, specUrl, context.stores, {
    tileSize: options.tileSize,
    fresh,
    again: options.again,
    stacHosts: context.config.stacHosts,
  });
}

async function stopEngine(starting: Promise<Engine>, interrupted: boolean): Promise<void> {
  const engine = await starting.catch(() => null);
  await engine?.stop(interrupted);
}
