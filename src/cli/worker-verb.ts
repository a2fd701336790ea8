import type { Command } from 'commander';
import { Option } from 'commander';
import { type Perform, wholeNumber } from './verb-words.ts';

/** The words of `citysink worker`; main.ts has those of the other verbs. */

export function addWorker(program: Command, perform: Perform): void {
  program
    .command('worker')
    .description('serve the tile and reduce queues of REDIS_URL until SIGTERM, then drain within 25 s')
    .option(
      '--concurrency <n>',
      'tiles at once: one is read while the others are counted, each in a thread',
      wholeNumber(1, 64),
      2,
    )
    .option(
      '--metrics-port <n>',
      'answer /healthz and /metrics on this port; 0: any free one (default: none)',
      wholeNumber(0, 65_535),
    )
    .option('--metrics-host <host>', 'address of that port', '127.0.0.1')
    .addOption(new Option('--child', 'end with the process that started this one').default(false).hideHelp())
    .addHelpText(
      'after',
      '\nExample:\n  REDIS_URL=redis://queue:6379 citysink worker --concurrency 3 --metrics-port 9464',
    )
    .action((options) =>
      perform('info', false, async (context) =>
        (await import('./commands/worker.ts')).workerCommand({ metricsPort: null, ...options }, context),
      ),
    );
}
