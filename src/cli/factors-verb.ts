import type { Command } from 'commander';
import type { CliContext } from './context.ts';

/** The words of the verb `factors`; its work is in commands/factors.ts. */

type Perform = (level: string, json: boolean, action: (context: CliContext) => Promise<number>) => Promise<void>;

export function addFactors(program: Command, perform: Perform): void {
  const factors = program
    .command('factors')
    .description('the library of carbon factors with their sources, and checks of a table of your own')
    .addHelpText(
      'after',
      `
Examples:
  citysink factors list
  citysink factors show worldcover --table default > factors.csv
  citysink factors check factors.csv --classes worldcover`,
    );
  factors
    .command('list')
    .description('tables and crosswalks: names, versions, classes, what for')
    .option('--json', 'one JSON object on standard output and nothing else there', false)
    .action((options) =>
      perform('warn', options.json, async (context) =>
        (await import('./commands/factors.ts')).factorsListCommand(options, context),
      ),
    );
  factors
    .command('show')
    .description('print a table or crosswalk as CSV')
    .argument('<name>', 'name in the list, or TABLE+CROSSWALK')
    .option('--table <table>', 'print this table in the codes of the crosswalk, ready as `factors:` of a spec')
    .action((name: string, options) =>
      perform('warn', false, async (context) =>
        (await import('./commands/factors.ts')).factorsShowCommand(name, { table: null, ...options }, context),
      ),
    );
  factors
    .command('check')
    .description('tell what is wrong or likely wrong: units, pools, errors, depths, numbers from memory, classes')
    .argument('<file>', 'CSV table: path or URL, or library:NAME')
    .option('--classes <crosswalk>', 'also tell which classes of this product lack rows')
    .option('--json', 'one JSON object on standard output and nothing else there', false)
    .action((file: string, options) =>
      perform('warn', options.json, async (context) =>
        (await import('./commands/factors.ts')).factorsCheckCommand(file, { classes: null, ...options }, context),
      ),
    );
}
