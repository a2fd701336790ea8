import type { Command } from 'commander';
import { jsonOption, type Perform, wholeNumber } from './verb-words.ts';

/** The words of `citysink verify`; main.ts has those of the other verbs. */

/** Tiles that are counted again unless more are asked for. */
const SAMPLE_TILES = 4;

export function addVerify(program: Command, perform: Perform): void {
  program
    .command('verify')
    .description('check a finished run against its manifest: digests, figures made again, tiles counted again')
    .argument('<run>', 'name of a run, city/name, or its folder')
    .option('--out <url>', 'results root to look in (default: ./results/)')
    .option('--tiles <n>', 'tiles that are counted again from their scenes', wholeNumber(0, 1_000_000), SAMPLE_TILES)
    .option('--all', 'count every tile again', false)
    .option('--seed <text>', 'which tiles the sample takes (default: the name of the run)')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Reads only. Exit codes: 0 all is as it was; 1 something differs, and each place is named; 2 there is no such finished run.

Examples:
  citysink verify 2021-3f2a9c0d1e55 --out s3://results/
  citysink verify --all hangzhou/2021-3f2a9c0d1e55`,
    )
    .action((run: string, options) =>
      perform('warn', options.json, async (context) =>
        (await import('./commands/verify.ts')).verifyCommand(run, { out: null, seed: null, ...options }, context),
      ),
    );
}
