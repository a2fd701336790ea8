import type { Command } from 'commander';
import { TILE_SIDE_LIMITS } from '../producer/plan-tiles.ts';
import { anonymousOption, duration, type Perform, wholeNumber } from './verb-words.ts';
import { workersOf } from './worker-count.ts';

/** The words of `citysink watch`; main.ts has those of the other verbs. */

export function addWatch(program: Command, perform: Perform): void {
  program
    .command('watch')
    .description('run cities whose scenes, items, zones or factors are not as their newest run read them, until Ctrl-C')
    .argument('<spec...>', 'city specs, regions, or folders of specs: paths or URLs')
    .option('--interval <time>', 'between sweeps: 30s, 15m, 6h', duration(1_000), 900_000)
    .option('--settle <time>', 'a change is run when nothing more has changed for so long', duration(0), 120_000)
    .option('--once', 'one sweep, to the end of its runs', false)
    .option(
      '--workers <n>',
      'worker processes while runs are under way (default: the cores; 0 with REDIS_URL)',
      wholeNumber(0, 256),
    )
    .option('--runs <n>', 'cities that are run at once', wholeNumber(1, 50), 4)
    .option(
      '--tile-size <n>',
      'cells a side of a tile, as for `run`',
      wholeNumber(TILE_SIDE_LIMITS.least, TILE_SIDE_LIMITS.most),
    )
    .option('--out <url>', "results root in place of the specs': path or URL")
    .addOption(anonymousOption())
    .option('--json', 'JSON on standard output: a line for each piece of news; with --once one object', false)
    .addHelpText(
      'after',
      `
Sweeps read lists, items and small files, and no raster. Restart it at any time: what changed since the newest run is seen again.
With --once the exit code is that of the gravest city, as for \`run\`.

Examples:
  citysink watch cities/
  citysink watch --once --settle 0s spec.yaml
  REDIS_URL=redis://queue:6379 citysink watch --interval 5m --runs 20 s3://specs/`,
    )
    .action((specs: string[], { interval, settle, ...options }) =>
      perform('warn', options.json, async (context) => {
        const { watchCommand } = await import('./commands/watch.ts');
        const workers = workersOf(options.workers, context.config);
        const times = { intervalMs: interval, settleMs: settle };
        return watchCommand(specs, { out: null, tileSize: null, ...options, ...times, workers }, context);
      }),
    );
}
