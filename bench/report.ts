/** docs/benchmarks.md from what was measured. Pure. */
import type { Contest, Outcome } from './contest.ts';
import type { Machine } from './machine.ts';
import type { SideMeasures } from './side-measures.ts';
import { markdownTable, median, ratio, shortNumber, shownSpread } from './statistics.ts';

export type Measured<T> = T & { readonly machine: Machine };

export interface Results {
  readonly contests: Readonly<Record<string, Measured<Contest> & { readonly rounds: number }>>;
  readonly sides: Measured<SideMeasures> | null;
}

const HEAD = `# Benchmarks

Written by \`npm run bench\` ([bench/README.md](../bench/README.md)); not to be edited. citysink and its peers ran in turn, one after
the other and again, on the same files; medians, in brackets the least and the most. CPU is user and system time of all
processes of a run, with citysink its Redis and its workers. Memory is the peak of all processes together. Ratios are
citysink's first line by the peer's median: below 1 where citysink takes less. Before any timing the counts of cells by
district and class were compared; \`same\` means equal in every one (means of NDVI and soil: within
rounding; cells with soil: within one of 100,000, for GDAL's warper takes positions between true ones).

Peers do less: they plan nothing, keep no state to go on from, name no unread input, and the zones of numpy, GRASS, OpenCV
and scipy lie burned as a raster before the clock starts, unless a line says otherwise. Where the time of citysink goes:
[performance.md](performance.md).
`;

export function reportText({ contests, sides }: Results): string {
  const parts = Object.values(contests).map(contestText);
  return `${[HEAD, ...parts, ...(sides === null ? [] : [sidesText(sides)])].join('\n')}`;
}

function contestText(job: Measured<Contest> & { readonly rounds: number }): string {
  const title = `## ${job.title}\n`;
  if (job.skipped !== undefined) return `${title}\n${job.skipped}\n`;
  const [first] = job.outcomes;
  const rows = job.outcomes.map((one) => outcomeRow(one, first));
  const table = markdownTable(['', 'wall, s', 'CPU, s', 'memory, MiB', 'wall, ratio', 'CPU, ratio', 'counts'], rows);
  const absent = job.absent.length === 0 ? '' : `\nNot measured: ${job.absent.join('; ')}.\n`;
  const differs = job.outcomes.flatMap(({ name, differs: lines }) =>
    lines.slice(0, 3).map((line) => `- ${name}: ${line}\n`),
  );
  return `${title}\n${job.rounds} rounds; ${machineText(job.machine)}\n\n${table}\n${absent}${differs.join('')}`;
}

function outcomeRow(one: Outcome, first: Outcome | undefined): string[] {
  const [wall, cpu, memory] = [
    one.costs.map((c) => c.wallS),
    one.costs.map((c) => c.cpuS),
    one.costs.map((c) => c.treeMib),
  ];
  const against = (mine: 'wallS' | 'cpuS', theirs: number[]): string => {
    if (first === undefined || one === first) return '';
    const found = ratio(
      first.costs.map((cost) => cost[mine]),
      theirs,
    );
    return found === null ? '' : shortNumber(found);
  };
  const agrees = one === first ? '' : one.differs.length === 0 ? 'same' : `**${one.differs.length} differ**`;
  return [
    one.name,
    shownSpread(wall),
    shownSpread(cpu),
    median(memory).toFixed(0),
    against('wallS', wall),
    against('cpuS', cpu),
    agrees,
  ];
}

function machineText({ date, cores, model, memoryGib, load, versions }: Machine): string {
  const known = Object.entries(versions).flatMap(([name, version]) => (version === null ? [] : [`${name} ${version}`]));
  return `${date} UTC, ${cores} cores (${model}), ${memoryGib} GiB, load ${load.toFixed(1)} before; ${known.join(', ')}.`;
}

function sidesText(sides: Measured<SideMeasures>): string {
  const start = sides.start.map(({ name, costs }) => [
    name,
    shownSpread(costs.map((c) => c.wallS)),
    shownSpread(costs.map((c) => c.cpuS)),
  ]);
  return `## Beside the jobs

${machineText(sides.machine)}

${markdownTable(['start and end of', 'wall, s', 'CPU, s'], start)}

${markdownTable(['of', 'measured'], sides.facts)}
`;
}
