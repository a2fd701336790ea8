import type { CliContext } from '../context.ts';
import type { StartedRuns } from '../serve/started-runs.ts';
import { RunDesk } from './run-desk.ts';
import { findSpecs } from './spec-places.ts';
import { newsJson } from './watch-text.ts';
import { cityTimes, Watcher } from './watcher.ts';

export interface ServeWatchSettings {
  /** Folder of specs. */
  readonly folder: string;
  /** Folder URL where all results go. */
  readonly resultsRoot: string;
  readonly intervalMs: number;
  readonly settleMs: number;
}

export interface ServeWatch {
  readonly watcher: Watcher;
  close(): Promise<void>;
}

const RUNS_AT_ONCE = 4;

/** Watches the specs of a server's folder beside it; news go to the log. Runs are those of the server. */
export function startServeWatch(
  context: CliContext,
  started: StartedRuns,
  { folder, resultsRoot, intervalMs, settleMs }: ServeWatchSettings,
): ServeWatch {
  const options = {
    out: resultsRoot,
    anonymous: context.config.s3.anonymous,
    tileSize: null,
    runsAtOnce: RUNS_AT_ONCE,
  };
  const desk = new RunDesk(context, options, started, (news) => {
    const level = news.kind === 'failed' ? 'warn' : news.kind === 'unchanged' ? 'debug' : 'info';
    context.log[level](newsJson(news), 'Watch');
  });
  const specs = () => findSpecs([folder], context);
  const watcher = new Watcher(desk, { intervalMs, ...cityTimes(settleMs), specs });
  const stop = new AbortController();
  const watching = watcher.watch(stop.signal);
  return {
    watcher,
    async close() {
      stop.abort();
      // What is under way is left by closing the server's runs.
      await started.close();
      await watching;
      await desk.close();
    },
  };
}
