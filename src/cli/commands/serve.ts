import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { startServer } from '../../server/main.ts';
import { CitysinkError } from '../../shared/errors.ts';
import { type CliContext, folderArgument } from '../context.ts';
import { ServeDesk } from '../serve/serve-desk.ts';
import { type ServeWatch, startServeWatch } from '../watch/serve-watch.ts';
import { refuseLonely, workersOf } from '../worker-count.ts';

export interface ServeOptions {
  readonly host: string;
  readonly port: number;
  /** Folder of specs that may be run; null: none may. */
  readonly specs: string | null;
  /** Worker processes while runs that were started here are under way; null: the cores, or 0 with REDIS_URL. */
  readonly workers: number | null;
  /** Time between sweeps of the specs; null: they are not watched, and no notifications are taken. */
  readonly watchMs: number | null;
  readonly settleMs: number;
}

/** Shows results and runs over HTTP until SIGTERM. */
export async function serveCommand(
  results: readonly string[],
  options: ServeOptions,
  context: CliContext,
): Promise<number> {
  const { apiToken, hooks } = context.config;
  const specsFolder = options.specs === null ? null : await folderOrRefuse(options.specs);
  const workers = workersOf(options.workers, context.config);
  refuseLonely(workers, context.config);
  const roots = (results.length === 0 ? ['./results'] : results).map(folderArgument);
  const desk = new ServeDesk(context, { roots, specsFolder, workers });
  const watch = watchOf(desk, specsFolder, roots, options, context);
  try {
    const { host, port } = options;
    const taken = watch === null ? null : { ...hooks, mark: watch.watcher.mark.bind(watch.watcher) };
    const server = await startServer(
      desk,
      { host, port, token: apiToken, hooks: taken },
      context.log,
      context.stores.meter,
    );
    context.print(`citysink serves ${server.url}/`);
    context.log.info({ url: server.url, roots, specs: specsFolder, asksForToken: apiToken !== null }, 'Serve:Start');
    await untilStopped();
    await server.close();
  } finally {
    await watch?.close();
    await desk.close();
  }
  return 0;
}

/** Errors: CONFIG_INVALID where there is nothing to watch. */
function watchOf(
  desk: ServeDesk,
  folder: string | null,
  roots: readonly string[],
  { watchMs: intervalMs, settleMs }: ServeOptions,
  context: CliContext,
): ServeWatch | null {
  if (intervalMs === null) return null;
  if (folder !== null) {
    return startServeWatch(context, desk.started, { folder, resultsRoot: roots[0] as string, intervalMs, settleMs });
  }
  const problem = { where: '--watch', message: 'no specs to watch', expected: '--specs with a folder of city specs' };
  throw new CitysinkError('CONFIG_INVALID', 'nothing can be watched', { problems: [problem] });
}

async function folderOrRefuse(folder: string): Promise<string> {
  const path = resolve(folder);
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (isFolder) return path;
  const problem = { where: '--specs', message: 'no such folder', expected: 'a folder of city specs', found: folder };
  throw new CitysinkError('CONFIG_INVALID', 'the specs cannot be read', { problems: [problem] });
}

function untilStopped(): Promise<void> {
  return new Promise((stop) => {
    for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(name, () => stop());
  });
}
