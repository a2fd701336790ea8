import { availableParallelism } from 'node:os';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { TILE_SIDE_LIMITS } from '../producer/plan-tiles.ts';
import { CitysinkError } from '../shared/errors.ts';
import { type CliContext, createContext } from './context.ts';
import { addFactors } from './factors-verb.ts';
import { addKeepVerbs } from './keep-verbs.ts';
import { packageVersion } from './package-version.ts';
import { addSchedule } from './schedule-verb.ts';
import { addServe } from './serve-verb.ts';
import { flushed, tellError } from './tell-error.ts';
import { anonymousOption, jsonOption, type Perform, wholeNumber } from './verb-words.ts';
import { addVerify } from './verify-verb.ts';
import { addWatch } from './watch-verb.ts';
import { addWorker } from './worker-verb.ts';

/** The command line: words and options here, work in commands/, each loaded when it is called. The only place that ends the process. */

const EXIT_HELP = `
Exit codes: 0 DONE; 3 PARTIAL: some input could not be read, and is named; 1 FAILED; 2 the request is wrong.
`;

/** All verbs with their help. `perform` runs an action and keeps its exit code; docs are made without one. */
export function buildProgram(perform: Perform = async () => {}): Command {
  const program = new Command('citysink')
    .description(
      "Measures a city's natural carbon sink from remote-sensing scenes: storage (t C) and yearly sequestration (t C/yr).",
    )
    .version(packageVersion())
    .exitOverride()
    .configureOutput({ outputError: () => {} }) // Told in main, in the form of all errors.
    .configureHelp({ helpWidth: 100 })
    .addHelpText('after', `${EXIT_HELP}\nStart with \`citysink demo\`, or \`citysink init my-city\`.`);
  addRun(program, perform);
  addPlan(program, perform);
  addExplain(program, perform);
  addRescore(program, perform);
  addCompare(program, perform);
  addWorker(program, perform);
  addServe(program, perform);
  addSchedule(program, perform);
  addWatch(program, perform);
  addVerify(program, perform);
  addRunControl(program, perform);
  addKeepVerbs(program, perform);
  addFactors(program, perform);
  addTools(program, perform);
  return program;
}

function addRun(program: Command, perform: Perform): void {
  program
    .command('run')
    .description('plan, queue, wait with a progress bar, print the totals table')
    .argument('<spec...>', 'city specs, a folder of them or a region file: paths or URLs, YAML or JSON')
    .option(
      '--workers <n>',
      'worker processes started for this run; 0: use those already running',
      wholeNumber(0, 256),
      availableParallelism(),
    )
    .addOption(tileSizeOption())
    .addOption(outOption())
    .option('--fresh', 'reuse nothing that was counted before', false)
    .option(
      '--max-requests <n>',
      'GETs of blocks that a run may take; a larger quote queues nothing',
      wholeNumber(0, 1e12),
    )
    .option('--max-bytes <n>', 'bytes that it may read', wholeNumber(0, 1e15))
    .option('--max-cost <amount>', 'money that it may take, by the prices of the configuration', amount)
    .addOption(anonymousOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `${EXIT_HELP}
Examples:
  citysink run spec.yaml
  citysink run --workers 4 --out s3://results/ cities/*.yaml
  citysink run delta/region.yaml
  citysink run --json spec.yaml | jq .totals.figures.city.total

Ctrl-C leaves a run that the next \`citysink run\` of the same spec finishes.`,
    )
    .action((specs: string[], options) =>
      perform('warn', options.json, async (context) =>
        (await import('./commands/run.ts')).runCommand(specs, { ...withNulls(options), again: false }, context),
      ),
    );
}

function addPlan(program: Command, perform: Perform): void {
  program
    .command('plan')
    .description('read headers only; print grid, scenes and their owners, tiles, requests, bytes, time; queue nothing')
    .argument('<spec>', 'city spec: path or URL')
    .addOption(tileSizeOption())
    .addOption(outOption())
    .option('--fresh', 'plan as if nothing had been counted before', false)
    .addOption(anonymousOption())
    .addOption(jsonOption())
    .option('--geojson', 'tiles as GeoJSON on standard output, for a map', false)
    .addHelpText('after', '\nExamples:\n  citysink plan spec.yaml\n  citysink plan --geojson spec.yaml > tiles.geojson')
    .action((spec: string, options) =>
      perform('warn', options.json, async (context) =>
        (await import('./commands/plan.ts')).planCommand(spec, withNulls(options), context),
      ),
    );
}

function addExplain(program: Command, perform: Perform): void {
  program
    .command('explain')
    .description('walk one cell from its stored pixels to its class and carbon; queue nothing')
    .argument('<spec>', 'city spec: path or URL')
    .requiredOption('--at <lon,lat>', 'a place in the cell, in degrees; with --crs x,y of that CRS')
    .option('--crs <crs>', 'CRS of --at, such as EPSG:32650 (default: longitude and latitude of WGS 84)')
    .addOption(tileSizeOption())
    .addOption(outOption())
    .addOption(anonymousOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Reads what stands in the stores now, by the code that workers run: the cell's scenes and pixels, masks, owner, zone, factors.

Examples:
  citysink explain spec.yaml --at 120.15,30.25
  citysink explain --json spec.yaml --at 512345,3001235 --crs EPSG:32650`,
    )
    .action((spec: string, options) =>
      perform('warn', options.json, async (context) =>
        (await import('./commands/explain.ts')).explainCommand(spec, withNulls(options), context),
      ),
    );
}

function addRescore(program: Command, perform: Perform): void {
  program
    .command('rescore')
    .description(
      'new totals from what the newest run of the city measured: other factors or emissions, no scene is read',
    )
    .argument('<spec>', 'city spec: path or URL')
    .option('--factors <file>', "factor table in place of the spec's: path or URL")
    .addOption(outOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `${EXIT_HELP}
The result is that of a run of the same scenes with these factors, to the byte.

Example:
  citysink rescore spec.yaml --factors ./factors-2006.csv`,
    )
    .action((spec: string, options) =>
      perform('warn', options.json, async (context) =>
        (await import('./commands/rescore.ts')).rescoreCommand(spec, withNulls(options), context),
      ),
    );
}

function addCompare(program: Command, perform: Perform): void {
  program
    .command('compare')
    .description('what changed between two runs, and why: parts that add up to the difference; reads no scene')
    .argument('<old>', 'run to start from: name, city/name, or its folder')
    .argument('<new>', 'run to end at')
    .addOption(outOption('results root to look in (default: ./results/)'))
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  citysink compare 2020-7c1d2e3f4a5b 2021-3f2a9c0d1e55
  citysink compare --json --out s3://results/ 2020-7c1d2e3f4a5b 2021-3f2a9c0d1e55 | jq .city.storage_tC.parts`,
    )
    .action((old: string, next: string, options) =>
      perform('warn', options.json, async (context) =>
        (await import('./commands/compare.ts')).compareCommand(old, next, withNulls(options), context),
      ),
    );
}

function addRunControl(program: Command, perform: Perform): void {
  program
    .command('status')
    .description('runs, their progress, and failures with causes')
    .argument('[run]', 'name of a run, city/name, or its folder; a region; without it all runs')
    .addOption(outOption('results root to look in (default: ./results/)'))
    .addOption(jsonOption())
    .addHelpText('after', '\nExamples:\n  citysink status\n  citysink status 2021-3f2a9c0d1e55 --out s3://results/')
    .action((run: string | undefined, options) =>
      perform('warn', options.json, async (context) =>
        (await import('./commands/status.ts')).statusCommand(run ?? null, withNulls(options), context),
      ),
    );
  program
    .command('cancel')
    .description('stop one run everywhere; finished tiles are kept')
    .argument('<run>', 'name of a run, as `status` lists it')
    .addOption(outOption('results root to look in (default: ./results/)'))
    .addHelpText('after', '\nExample:\n  citysink cancel 2021-3f2a9c0d1e55')
    .action((run: string, options) =>
      perform('warn', false, async (context) =>
        (await import('./commands/cancel.ts')).cancelCommand(run, withNulls(options), context),
      ),
    );
  program
    .command('retry')
    .description('count again only what failed in a run, as a new attempt')
    .argument('<run>', 'name of a run, city/name, or its folder')
    .option(
      '--workers <n>',
      'worker processes started for this attempt; 0: use those already running',
      wholeNumber(0, 256),
      availableParallelism(),
    )
    .addOption(tileSizeOption())
    .addOption(outOption('results root to look in (default: ./results/)'))
    .addOption(anonymousOption())
    .addOption(jsonOption())
    .addHelpText('after', `${EXIT_HELP}\nExample:\n  citysink retry 2021-3f2a9c0d1e55 --out s3://results/`)
    .action((run: string, options) =>
      perform('warn', options.json, async (context) =>
        (await import('./commands/retry.ts')).retryCommand(run, withNulls(options), context),
      ),
    );
}

function addTools(program: Command, perform: Perform): void {
  program
    .command('inspect')
    .description('what the reader believes of one raster, as JSON')
    .argument('<url>', 'GeoTIFF: path or URL')
    .option('--window <col,row,cols,rows>', 'only these pixels are digested')
    .option(
      '--sha256',
      'add the sha256 of the decoded samples of each band: row order, native dtype, little-endian',
      false,
    )
    .addOption(anonymousOption())
    .addHelpText('after', '\nExample:\n  citysink inspect --window 0,0,512,512 --sha256 s3://scenes/cover.tif')
    .action((url: string, options) =>
      perform('warn', true, async (context) =>
        (await import('./commands/inspect.ts')).inspectCommand(url, withNulls(options), context),
      ),
    );
  program
    .command('doctor')
    .description('probe Redis and the stores for what the pipeline relies on; say what is missing')
    .argument('<spec>', 'city spec: path or URL')
    .addOption(outOption())
    .addOption(anonymousOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  citysink doctor spec.yaml')
    .action((spec: string, options) =>
      perform('warn', options.json, async (context) =>
        (await import('./commands/doctor.ts')).doctorCommand(spec, withNulls(options), context),
      ),
    );
  program
    .command('init')
    .description('write a commented spec and factor table to start from')
    .argument('<city>', 'name of the city: lower-case letters, digits and -')
    .option('--folder <folder>', 'where to write them', '.')
    .addHelpText('after', '\nExample:\n  citysink init hangzhou --folder hangzhou')
    .action((city: string, options) =>
      perform('warn', false, async (context) =>
        (await import('./commands/init.ts')).initCommand(city, options, context),
      ),
    );
  program
    .command('demo')
    .description('make a synthetic city, put it into an S3 API, run the pipeline on it with two workers')
    .option('--folder <folder>', 'where the city and its results go', '.citysink/demo')
    .option('--workers <n>', 'worker processes', wholeNumber(1, 64), 2)
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  citysink demo')
    .action((options) =>
      perform('warn', options.json, async (context) =>
        (await import('./commands/demo.ts')).demoCommand(options, context),
      ),
    );
}

const tileSizeOption = () =>
  new Option(
    '--tile-size <n>',
    "cells a side of a tile (default: near 4096, a multiple of the scenes' blocks)",
  ).argParser(wholeNumber(TILE_SIDE_LIMITS.least, TILE_SIDE_LIMITS.most));
const outOption = (text = "results root in place of the spec's: path or URL") => new Option('--out <url>', text);

function amount(text: string): number {
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value <= 1e9) return value;
  throw new InvalidArgumentError(`expected an amount such as 2.50, found ${text}.`);
}

/** Options that were not given are null inside, not absent. */
function withNulls<T extends object>(
  options: T,
): T & {
  out: string | null;
  tileSize: number | null;
  window: string | null;
  crs: string | null;
  factors: string | null;
} {
  return { out: null, tileSize: null, window: null, crs: null, factors: null, ...options };
}

/** Entry of the process. Errors end it with the code that the contract gives them, never with a stack trace. */
export async function main(words: readonly string[]): Promise<void> {
  let exitCode = 0;
  const perform: Perform = async (level, json, action) => {
    let context: CliContext | null = null;
    try {
      context = createContext(level);
      exitCode = await action(context);
    } catch (thrown) {
      exitCode = tellError(thrown, json);
      context?.log.debug({ err: thrown }, 'Command:Fail');
    } finally {
      context?.stores.close();
    }
  };
  try {
    await buildProgram(perform).parseAsync([...words], { from: 'user' });
  } catch (error) {
    exitCode = tellUsageError(error, words);
  }
  await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  process.exit(exitCode);
}

/** commander ends --help and --version by an error too, and a call without a verb after printing the help. */
function tellUsageError(error: unknown, words: readonly string[]): number {
  const json = words.includes('--json');
  if (!(error instanceof CommanderError)) return tellError(error, json);
  if (error.exitCode === 0) return 0;
  if (error.code === 'commander.help') return 2;
  const message = error.message.replace(/^error: /, '').replaceAll('\n', ' ');
  return tellError(new CitysinkError('CONFIG_INVALID', message, { remedy: 'Run with --help for all options.' }), json);
}
