/** One job: first whether all counted the same, then everyone in turn, again and again. */
import { existsSync, globSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { countsOfPeer, countsOfTotals, differences, layerDifferences, type PeerAnswer } from './agreement.ts';
import type { Contender, Job } from './jobs.ts';
import { type Cost, measured } from './measured.ts';
import { CACHE } from './scenes.ts';

export interface Outcome {
  readonly name: string;
  readonly ours: boolean;
  readonly costs: readonly Cost[];
  /** What the peer counted otherwise than citysink. */
  readonly differs: readonly string[];
}

export interface Contest {
  readonly id: string;
  readonly title: string;
  readonly outcomes: readonly Outcome[];
  readonly absent: readonly string[];
  readonly skipped?: string;
}

/** Runs a job; the first round is a warm-up that also checks the counts, and is not in the costs. */
export async function contest(job: Job, rounds: number): Promise<Contest> {
  const { id, title, absent } = job;
  if (job.skipped !== undefined) return { id, title, absent, outcomes: [], skipped: job.skipped };
  const runs: { readonly contender: Contender; readonly costs: Cost[]; differs: string[] }[] = job.contenders.map(
    (contender) => ({ contender, costs: [], differs: [] }),
  );
  let reference: Finished | null = null;
  for (let round = 0; round <= rounds; round++) {
    for (const run of runs) {
      const finished = await once(job, run.contender, round === 0);
      if (round > 0) run.costs.push(finished.cost);
      else if (reference === null) reference = finished;
      else run.differs = compared(job, reference, finished);
      const { wallS, cpuS } = finished.cost;
      console.log(
        `${id} ${round === 0 ? 'check' : round} ${run.contender.name}: ${wallS.toFixed(2)} s, CPU ${cpuS.toFixed(2)} s`,
      );
    }
  }
  const outcomes = runs.map(({ contender: { name, ours }, costs, differs }) => ({ name, ours, costs, differs }));
  return { id, title, absent, outcomes };
}

interface Finished {
  readonly cost: Cost;
  readonly counts: ReadonlyMap<string, number>;
  readonly totals: string | null;
  readonly answer: PeerAnswer | null;
}

/** One run in a folder of its own, which goes with it. */
async function once(job: Job, contender: Contender, read: boolean): Promise<Finished> {
  const scratch = join(CACHE, 'scratch');
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch, { recursive: true });
  const cost = await measured(contender.command(scratch), scratch, { REDIS_URL: '' });
  if (!read) return { cost, counts: new Map(), totals: null, answer: null };
  if (contender.ours) {
    const [csv = ''] = globSync(join(scratch, 'results/bench/*/totals.csv'));
    const counts = countsOfTotals(readFileSync(csv, 'utf8'));
    return { cost, counts, totals: readFileSync(csv.replace(/csv$/, 'json'), 'utf8'), answer: null };
  }
  const path = join(scratch, 'answer.json');
  if (!existsSync(path)) throw new Error(`${job.id}: ${contender.name} wrote no answer`);
  const answer = JSON.parse(readFileSync(path, 'utf8')) as PeerAnswer;
  return { cost, counts: countsOfPeer(answer), totals: null, answer };
}

function compared(job: Job, reference: Finished, finished: Finished): string[] {
  const found = differences(reference.counts, finished.counts, job.only);
  const { totals } = reference;
  return finished.answer === null || totals === null ? found : [...found, ...layerDifferences(totals, finished.answer)];
}
