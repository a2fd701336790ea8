import type { Command } from 'commander';
import type { CliContext } from './context.ts';
import { jsonOption, type Perform, wholeNumber } from './verb-words.ts';
import { workersOf } from './worker-count.ts';

/** The words of `citysink schedule`; main.ts has those of the other verbs. */

const ROOT = 'results root: schedules and their ledger stand there (default: ./results/), and results go there';

export function addSchedule(program: Command, perform: Perform): void {
  const schedule = program
    .command('schedule')
    .description('nightly runs: each city once a night, what was missed is caught up; kept in the results root')
    .addHelpText(
      'after',
      `
Examples:
  citysink schedule add delta/region.yaml --cron "0 2 * * *" --tz Asia/Shanghai --out s3://results/
  citysink schedule list --out s3://results/
  REDIS_URL=redis://queue:6379 citysink schedule serve --out s3://results/`,
    );
  const load = () => import('./commands/schedule.ts');
  schedule
    .command('add')
    .description('keep a schedule; the same name again changes it')
    .argument('<place...>', 'city specs, folders or region files: paths or URLs')
    .requiredOption('--cron <pattern>', 'minute hour day-of-month month day-of-week, on the clock of --tz')
    .option('--tz <zone>', 'time zone', 'UTC')
    .option('--name <name>', 'name of the schedule (default: that of the region or file)')
    .option('--out <url>', ROOT)
    .addOption(jsonOption('one JSON object on standard output'))
    .action((places: string[], options) =>
      perform('warn', options.json, async (context) =>
        (await load()).scheduleAddCommand(places, { out: null, name: null, ...options }, context),
      ),
    );
  schedule
    .command('list')
    .description('schedules with their next night and the nights that are owed')
    .option('--out <url>', ROOT)
    .addOption(jsonOption('one JSON object on standard output'))
    .action((options) =>
      perform('warn', options.json, async (context) =>
        (await load()).scheduleListCommand({ out: null, ...options }, context),
      ),
    );
  schedule
    .command('remove')
    .description('forget a schedule; the ledger of its nights stays')
    .argument('<name>', 'name of the schedule')
    .option('--out <url>', ROOT)
    .addOption(jsonOption('one JSON object on standard output'))
    .action((name: string, options) =>
      perform('warn', options.json, async (context) =>
        (await load()).scheduleRemoveCommand(name, { out: null, ...options }, context),
      ),
    );
  addNights(schedule, perform, load);
}

function addNights(
  schedule: Command,
  perform: Perform,
  load: () => Promise<typeof import('./commands/schedule.ts')>,
): void {
  schedule
    .command('serve')
    .description('keep the schedules of a results root until SIGTERM; several may serve one')
    .option('--out <url>', ROOT)
    .option('--workers <n>', 'worker processes of its own; 0: those of REDIS_URL', wholeNumber(0, 256))
    .action((options) =>
      perform('info', false, async (context) =>
        (await load()).scheduleServeCommand({ json: false, ...nightOptions(options, context) }, context),
      ),
    );
  schedule
    .command('due')
    .description('run the nights that are owed now, then end: for a cron of your own')
    .option('--at <time>', 'as if it were this time, ISO 8601')
    .option('--out <url>', ROOT)
    .option('--workers <n>', 'worker processes for it; 0: those of REDIS_URL', wholeNumber(0, 256))
    .addOption(jsonOption('one JSON object on standard output'))
    .action((options) =>
      perform('warn', options.json, async (context) =>
        (await load()).scheduleDueCommand({ at: null, ...options, ...nightOptions(options, context) }, context),
      ),
    );
}

function nightOptions<T extends { workers?: number; out?: string }>(options: T, { config }: CliContext) {
  const workers = workersOf(options.workers, config);
  return { ...options, out: options.out ?? null, workers };
}
