import type { Command } from 'commander';
import { jsonOption, type Perform } from './verb-words.ts';

/** The words of the verb `factors`; its work is in commands/factors.ts. */

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
    .addOption(jsonOption())
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
    .addOption(jsonOption())
    .action((file: string, options) =>
      perform('warn', options.json, async (context) =>
        (await import('./commands/factors.ts')).factorsCheckCommand(file, { classes: null, ...options }, context),
      ),
    );
}
