import type { Produced } from '../../producer/assemble-plan.ts';
import { isPlanned, type Production, storePlan } from '../../producer/produce.ts';
import { pointToRun } from '../../reducer/publish.ts';
import type { Started } from '../../server/answers.ts';
import { type CitysinkError, requestInvalid, toCitysinkError } from '../../shared/errors.ts';
import { type AwaitedRun, awaitRun } from '../await-run.ts';
import type { CliContext } from '../context.ts';
import { type Engine, startEngine } from '../engine.ts';

/** Runs that a server started: queued and watched to their end, with what a lost Redis forgot queued again. */

/** Failures that are remembered; older ones are forgotten. */
const MOST_FAILURES = 100;

/** Runs under way at once; each is looked after until it ends. */
const MOST_UNDER_WAY = 50;

export class StartedRuns {
  private readonly context: CliContext;
  private readonly workers: number;
  private readonly stop = new AbortController();
  private readonly underWay = new Map<string, Promise<AwaitedRun | null>>();
  /** Runs whose plan is being stored. */
  private readonly beginning = new Map<string, Promise<void>>();
  private readonly failures = new Map<string, CitysinkError>();
  private engine: Promise<Engine> | null = null;
  /** Runs that use the engine or are about to: it is not stopped before the last one has ended. */
  private users = 0;

  /** `workers`: processes started while runs are under way; 0: those of REDIS_URL count. */
  constructor(context: CliContext, workers: number) {
    this.workers = workers;
    // What a person would read on a terminal goes into the log.
    this.context = { ...context, interactive: false, note: (text) => context.log.info(text) };
  }

  /** Queues what was planned. Errors: those of storing the plan, and of Redis. */
  async start(production: Production): Promise<Started> {
    const { stores } = this.context;
    if (!isPlanned(production)) {
      const { settled, resultsUrl } = production;
      await pointToRun(stores.storeFor(resultsUrl), resultsUrl, settled);
      return { run: settled.run, city: settled.city, outcome: 'unchanged' };
    }
    const { run, city } = production.plan;
    // The same request any number of times at once is one run, watched once.
    const beginning = this.beginning.get(run) ?? this.begin(production);
    this.beginning.set(run, beginning);
    await beginning.finally(() => this.beginning.delete(run));
    return { run, city, outcome: 'queued' };
  }

  private async begin(production: Produced): Promise<void> {
    const { run } = production.plan;
    if (this.underWay.has(run)) return;
    if (this.users >= MOST_UNDER_WAY) throw crowded();
    this.users += 1;
    try {
      await storePlan(production, this.context.stores);
      const engine = await this.sharedEngine();
      // Known by name from now on, before its tiles are queued.
      await engine.queue.registerRun(run, production.runUrl);
      this.failures.delete(run);
      this.underWay.set(run, this.watch(production, engine));
    } catch (error) {
      await this.leaveEngine();
      throw error;
    }
  }

  /** Whether the run was started here and has not ended. */
  isUnderWay(run: string): boolean {
    return this.underWay.has(run);
  }

  /** Waits for the end of a run that was started here; null: watching it ended without a manifest, or it is not under way. */
  async ended(run: string): Promise<AwaitedRun | null> {
    return (await this.underWay.get(run)) ?? null;
  }

  /** Why watching it ended without a manifest; null: it did not. */
  failureOf(run: string): CitysinkError | null {
    return this.failures.get(run) ?? null;
  }

  /** Leaves all runs; finished tiles are kept, and whoever asks again goes on. */
  async close(): Promise<void> {
    this.stop.abort();
    await Promise.all(this.underWay.values());
    await this.engine?.then((engine) => engine.stop(true)).catch(() => {});
  }

  private async watch(produced: Produced, engine: Engine): Promise<AwaitedRun | null> {
    const { run } = produced.plan;
    try {
      return await awaitRun(this.context, engine.queue, produced, this.stop.signal);
    } catch (thrown) {
      const error = toCitysinkError(thrown);
      if (!this.stop.signal.aborted) this.context.log.warn({ run, err: error }, 'Run:Fail');
      this.failures.set(run, error);
      for (const name of [...this.failures.keys()].slice(0, -MOST_FAILURES)) this.failures.delete(name);
      return null;
    } finally {
      this.underWay.delete(run);
      await this.leaveEngine();
    }
  }

  private sharedEngine(): Promise<Engine> {
    this.engine ??= startEngine(this.context, this.workers).catch((error: unknown) => {
      this.engine = null;
      throw error;
    });
    return this.engine;
  }

  /** Workers and a private Redis are not kept while nothing runs. */
  private async leaveEngine(): Promise<void> {
    this.users -= 1;
    if (this.users > 0 || this.engine === null || this.stop.signal.aborted) return;
    const ending = this.engine;
    this.engine = null;
    await ending.then((engine) => engine.stop(false)).catch(() => {});
  }
}

function crowded(): CitysinkError {
  const message = `${MOST_UNDER_WAY} runs that were started here are under way`;
  return requestInvalid([{ where: 'run', message, expected: 'some of them to end first' }]);
}
