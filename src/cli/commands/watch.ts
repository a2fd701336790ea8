import { EXIT_CODES, type RunStatus } from '../../shared/contracts/run-status.ts';
import type { CliContext } from '../context.ts';
import { folderArgument } from '../context.ts';
import { exitCodeOf, gravest } from '../error-text.ts';
import { onInterrupt } from '../interrupt.ts';
import { StartedRuns } from '../serve/started-runs.ts';
import { RunDesk } from '../watch/run-desk.ts';
import { findSpecs } from '../watch/spec-places.ts';
import { newsJson, newsText } from '../watch/watch-text.ts';
import type { WatchNews } from '../watch/watched-city.ts';
import { cityTimes, Watcher } from '../watch/watcher.ts';
import { refuseLonely } from '../worker-count.ts';

export interface WatchOptions {
  readonly intervalMs: number;
  readonly settleMs: number;
  readonly once: boolean;
  readonly workers: number;
  /** Cities that are run at once. */
  readonly runs: number;
  readonly out: string | null;
  readonly tileSize: number | null;
  readonly anonymous: boolean;
  readonly json: boolean;
}

/**
 * Runs cities whose inputs changed, until Ctrl-C; with `once` after one sweep. Exit code of one sweep: the gravest of all
 * cities, as `run` has it; else 0.
 */
export async function watchCommand(
  words: readonly string[],
  options: WatchOptions,
  context: CliContext,
): Promise<number> {
  refuseLonely(options.workers, context.config);
  const interrupt = onInterrupt(context);
  const started = new StartedRuns(context, options.workers);
  const codes: number[] = [];
  const all: object[] = [];
  const tell = (news: WatchNews) => {
    // What was left on Ctrl-C is no failure of the city.
    if (news.kind === 'failed' && interrupt.signal.aborted) return;
    codes.push(exitCodeFor(news));
    context.log.info({ news: newsJson(news) }, 'Watch');
    if (!options.json) context.print(newsText(news));
    else if (options.once) all.push(newsJson(news));
    else context.print(JSON.stringify(newsJson(news)));
  };
  const { out, anonymous, tileSize, runs } = options;
  const desk = new RunDesk(
    context,
    { out: out === null ? null : folderArgument(out), anonymous, tileSize, runsAtOnce: runs },
    started,
    tell,
  );
  const { intervalMs, settleMs } = options;
  const specs = () => findSpecs(words, context);
  const watcher = new Watcher(desk, { intervalMs, ...cityTimes(settleMs), specs });
  // Runs end first: a city that is at one leaves it, and the next sweep or start goes on with it.
  interrupt.signal.addEventListener('abort', () => void started.close(), { once: true });
  try {
    await (options.once ? watcher.sweepOnce(interrupt.signal) : watcher.watch(interrupt.signal));
  } finally {
    await started.close();
    await desk.close();
    interrupt.release();
  }
  if (options.once && options.json) context.print(JSON.stringify({ cities: all }, null, 1));
  if (!options.once) return 0;
  return interrupt.signal.aborted ? 1 : gravest(codes);
}

/** As `run` has it; a change alone is no outcome. */
function exitCodeFor(news: WatchNews): number {
  if (news.kind === 'failed') return exitCodeOf(news.error);
  if (news.kind === 'ended' || news.kind === 'unchanged') return EXIT_CODES[news.status as RunStatus];
  return 0;
}
