import type { Command } from 'commander';
import { jsonOption, type Perform, wholeNumber } from './verb-words.ts';

/** The words of the verbs for whoever keeps an installation: gc and drain. */

export function addKeepVerbs(program: Command, perform: Perform): void {
  program
    .command('gc')
    .description('list counts of tiles below a results root that no run needs any more; with --yes delete them')
    .argument('<results>', 'results root: path or URL')
    .option('--yes', 'delete them; without it nothing is changed', false)
    .option('--older-than <age>', 'keep what is younger: 7d, 12h, 30m', '7d')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Needed is what the plan of any run names, finished or not; results, plans and manifests are never touched.

Examples:
  citysink gc s3://results/
  citysink gc --yes --older-than 30d s3://results/`,
    )
    .action((results: string, options) =>
      perform('warn', options.json, async (context) =>
        (await import('./commands/gc.ts')).gcCommand(results, options, context),
      ),
    );
  program
    .command('drain')
    .description('let all workers of REDIS_URL finish what they are at and take nothing new')
    .option('--resume', 'let them take jobs again', false)
    .option('--wait <seconds>', 'wait this long for what is under way', wholeNumber(0, 3600), 60)
    .addHelpText('after', '\nExample:\n  REDIS_URL=redis://queue:6379 citysink drain')
    .action((options) =>
      perform('warn', false, async (context) => (await import('./commands/drain.ts')).drainCommand(options, context)),
    );
}
