import type { Command } from 'commander';
import { duration, type Perform, wholeNumber } from './verb-words.ts';

/** The words of `citysink serve`; main.ts has those of the other verbs. */

export function addServe(program: Command, perform: Perform): void {
  program
    .command('serve')
    .description('show results and runs over HTTP: a page, an API, /healthz, /metrics; until SIGTERM')
    .argument('[results...]', 'results roots: paths or URLs (default: ./results/)')
    .option('--port <n>', 'port to listen on; 0: any free one', wholeNumber(0, 65_535), 8080)
    .option('--host <host>', 'address to listen on; any but this machine needs CITYSINK_API_TOKEN', '127.0.0.1')
    .option('--specs <folder>', 'let runs be started of the specs below this folder (default: none)')
    .option(
      '--workers <n>',
      'worker processes while a run that was started here is under way (default: the cores; 0 with REDIS_URL)',
      wholeNumber(0, 256),
    )
    .option(
      '--watch <time>',
      'sweep the specs of --specs so often, as `watch` does, and take POST /hooks/s3',
      duration(1_000),
    )
    .option(
      '--settle <time>',
      'with --watch: a change is run when nothing more has changed for so long',
      duration(0),
      120_000,
    )
    .addHelpText(
      'after',
      `
Examples:
  citysink serve results/
  CITYSINK_API_TOKEN=$(openssl rand -hex 24) citysink serve --host 0.0.0.0 --specs cities/ s3://results/
  CITYSINK_HOOK_KEYS=$(openssl rand -hex 24) citysink serve --specs cities/ --watch 15m s3://results/`,
    )
    .action((results: string[], { watch = null, settle, ...options }) =>
      perform('info', false, async (context) =>
        (await import('./commands/serve.ts')).serveCommand(
          results,
          { specs: null, workers: null, ...options, watchMs: watch, settleMs: settle },
          context,
        ),
      ),
    );
}
