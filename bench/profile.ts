/**
 * Where the time of a run goes: node bench/profile.ts SPEC [words of `citysink run`]
 *
 * Every process and compute thread of the run is profiled by V8 (--cpu-prof, 0.5 ms), with a Redis of its own that stays
 * until the workers have drained and written theirs. Printed by process: milliseconds by kind of work, told from the
 * whole stack, then the functions with the most time of their own. The profiler itself makes start-up look dearer.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestRedis } from '../tests/support/redis-server.ts';
import { markdownTable } from './statistics.ts';

interface Frame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
}

interface Profile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: Frame; readonly children?: readonly number[] }[];
  readonly samples: readonly number[];
  /** Microseconds. */
  readonly timeDeltas: readonly number[];
}

/** Kinds of work by what stands anywhere in the stack; the first that fits. */
const KINDS: readonly (readonly [string, RegExp])[] = [
  ['garbage collection', /^\(garbage collector\)/],
  ['waiting', /^atomicsWaitLoop|^\(idle\)/],
  ['TypeScript stripped', /amaro|stripTypeScript/],
  ['inflate', /zlib/],
  ['counting', /count-runs|count-words|single-scene|class-tally/],
  ['zones to cells', /zone-spans|zone-fractions/],
  ['patches', /label-patches|component-sums|run-labels|built-footprint|green-patches/],
  ['layers to the grid', /resample|aligned-scene|measured-layer|composite|quantity-tally|predictor/],
  ['checks of outlines', /ring-crossings|ring-loops|ring-nesting|ring-signs/],
  ['zones read', /load-zones|zone-files|geojson-zones|densify|packed-zones|zone-features|zones-file/],
  ['planning', /src\/producer/],
  ['messages to threads', /piscina/],
  ['reducing', /src\/reducer/],
  ['queue', /bullmq|ioredis|job-queue/],
  ['modules', /node:internal\/(modules|bootstrap|vm)/],
  ['files', /store-file|node:fs|node:internal\/fs/],
];

const MOST = 12;

function totals(profile: Profile): { kinds: Map<string, number>; selves: Map<string, number> } {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const parents = new Map(profile.nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const [kinds, selves, known] = [new Map<string, number>(), new Map<string, number>(), new Map<number, string>()];
  const kindOf = (id: number): string => {
    const stack: string[] = [];
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
      const frame = nodes.get(at)?.callFrame;
      stack.push(`${frame?.functionName} ${frame?.url}`);
    }
    return KINDS.find(([, pattern]) => stack.some((line) => pattern.test(line)))?.[0] ?? 'other';
  };
  profile.samples.forEach((id, i) => {
    const spent = (profile.timeDeltas[i] ?? 0) / 1000;
    const kind = known.get(id) ?? kindOf(id);
    known.set(id, kind);
    kinds.set(kind, (kinds.get(kind) ?? 0) + spent);
    const frame = nodes.get(id)?.callFrame;
    const place = `${frame?.url.replace(/^.*\/(src|node_modules)\//, '')}:${(frame?.lineNumber ?? 0) + 1}`;
    if (kind !== 'waiting') add(selves, `${frame?.functionName || '(anonymous)'} ${place}`, spent);
  });
  return { kinds, selves };
}

function add(sums: Map<string, number>, key: string, value: number): void {
  sums.set(key, (sums.get(key) ?? 0) + value);
}

function rowsOf(sums: Map<string, number>, most: number): string[][] {
  const sorted = [...sums].sort((a, b) => b[1] - a[1]).filter(([, ms]) => ms >= 1);
  return sorted.slice(0, most).map(([name, ms]) => [name, ms.toFixed(0)]);
}

const folder = mkdtempSync(join(tmpdir(), 'citysink-profile-'));
const redis = await startTestRedis();
const launcher = join(import.meta.dirname, '../bin/citysink.js');
const run = spawn(process.execPath, [launcher, 'run', '--fresh', ...process.argv.slice(2)], {
  stdio: ['ignore', 'ignore', 'inherit'],
  env: {
    ...process.env,
    REDIS_URL: redis.url,
    NODE_OPTIONS: `--cpu-prof --cpu-prof-interval=500 --cpu-prof-dir=${folder}`,
  },
});
const code = await new Promise((resolve) => run.once('exit', resolve));
await redis.stop();
for (const file of readdirSync(folder).sort()) {
  const { kinds, selves } = totals(JSON.parse(readFileSync(join(folder, file), 'utf8')) as Profile);
  // CPU.<date>.<time>.<pid>.<thread>.<number>.cpuprofile; thread 0 is the main one.
  const [, , , pid, thread] = file.split('.');
  console.log(
    `\n### ${file.startsWith('CPU') ? `process ${pid}, ${thread === '0' ? 'main thread' : `thread ${thread}`}` : file}\n`,
  );
  console.log(markdownTable(['kind', 'ms'], rowsOf(kinds, 99)));
  console.log(`\n${markdownTable(['function', 'ms'], rowsOf(selves, MOST))}`);
}
console.log(`\nprofiles in ${folder}; the run ended with ${code}`);
