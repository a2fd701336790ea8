/**
 * `npm run bench`: citysink beside its peers, on scenes that it makes itself. docs/benchmarks.md is written from it.
 *
 *   npm run bench -- [--quick] [--rounds N] [--jobs tables,large,maps,layers,patches,sides]
 *
 * --quick: the tile scene's tables only, 3 rounds. What was measured is kept in .cache/bench/results.json by job, so that
 * jobs can be measured one by one; the page shows the latest of each.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { contest } from './contest.ts';
import { allJobs } from './jobs.ts';
import { describeMachine } from './machine.ts';
import { type Results, reportText } from './report.ts';
import { CACHE } from './scenes.ts';
import { sideMeasures } from './side-measures.ts';

const RESULTS = join(CACHE, 'results.json');
const PAGE = join(import.meta.dirname, '../docs/benchmarks.md');

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    jobs: { type: 'string' },
  },
});
const rounds = Number(values.rounds ?? (values.quick ? 3 : 5));
const chosen = values.jobs?.split(',') ?? (values.quick ? ['tables'] : null);

mkdirSync(CACHE, { recursive: true });
let results: Results = existsSync(RESULTS)
  ? (JSON.parse(readFileSync(RESULTS, 'utf8')) as Results)
  : { contests: {}, sides: null };
for (const job of allJobs(Math.max(2, availableParallelism()))) {
  if (chosen !== null && !chosen.includes(job.id)) continue;
  const machine = describeMachine();
  keep({
    ...results,
    contests: { ...results.contests, [job.id]: { machine, rounds, ...(await contest(job, rounds)) } },
  });
}
if (chosen === null || chosen.includes('sides')) {
  keep({ ...results, sides: { machine: describeMachine(), ...(await sideMeasures(rounds)) } });
}
console.log(`\n${reportText(results)}\nwritten to ${PAGE}`);

function keep(next: Results): void {
  results = next;
  writeFileSync(RESULTS, JSON.stringify(results, null, 1));
  writeFileSync(PAGE, reportText(results));
}
