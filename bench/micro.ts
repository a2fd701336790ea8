/**
 * Kernels alone, in one thread, on the tile scene: node bench/micro.ts
 *
 * CPU time of the process, medians of 3 after one warm-up; Mpx are cells of the grid (for decoding: samples of blocks,
 * padding included). Beside deflate classes stands the limit of this machine, a small C program with libdeflate, where
 * gcc and libdeflate-dev are installed.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { mergeAllPartials } from '../src/shared/carbon/partial.ts';
import { parsePartialFile } from '../src/shared/contracts/partial-file.ts';
import type { PlannedTile } from '../src/shared/contracts/plan.ts';
import { decodeBlock } from '../src/shared/io/block-codec.ts';
import { StoreRegistry } from '../src/shared/io/open-store.ts';
import { DEFAULT_STORE_SETTINGS } from '../src/shared/io/store-settings.ts';
import { zoneSpans } from '../src/shared/raster/zone-spans.ts';
import { countTile } from '../src/worker/count-tile.ts';
import { readWindows } from '../src/worker/read-windows.ts';
import { RunContexts } from '../src/worker/run-context.ts';
import { scenesOfTask, type TileScene, type TileTask } from '../src/worker/tile-task.ts';
import { runCli } from '../tests/support/cli.ts';
import { queueCost } from './queue-cost.ts';
import { CACHE, sceneFolder } from './scenes.ts';
import { measuredLayers, patchParts, type SpecParts, writeSpec } from './specs.ts';
import { markdownTable, median } from './statistics.ts';

const FOLDER = join(CACHE, 'micro');
const REPEATS = 3;

/** Tiles that are counted where counting takes long. */
const SOME = 2;

/** CPU milliseconds of a piece of work. */
function cpuOf(work: () => void): number {
  work();
  const times = Array.from({ length: REPEATS }, () => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  });
  return median(times);
}

interface Finished {
  readonly tasks: readonly TileTask[];
  readonly partials: readonly { readonly text: string; readonly digest: string }[];
}

/** Runs a job once, then reads its tiles again as a worker would. */
async function tasksOf(name: string, parts: Omit<SpecParts, 'folder'>): Promise<Finished> {
  const folder = join(FOLDER, name);
  const { code, stderr } = await runCli(['run', writeSpec({ ...parts, folder })]);
  if (code !== 0) throw new Error(stderr);
  const [plan = ''] = globSync(join(folder, 'results/bench/*/plan.json'));
  const stores = new StoreRegistry(DEFAULT_STORE_SETTINGS);
  const runUrl = `${pathToFileURL(dirname(plan)).href}/`;
  const run = await new RunContexts(stores).load(runUrl);
  const tiles = JSON.parse(readFileSync(join(dirname(plan), 'tiles.json'), 'utf8')) as PlannedTile[];
  const tasks: TileTask[] = [];
  for (const [tile, [row, col, rows, cols, scenes, partial]] of tiles.entries()) {
    const job = { v: 1 as const, runUrl, tile, window: [row, col, rows, cols] as [number, number, number, number] };
    tasks.push(await readWindows(run, { ...job, scenes, partial }, stores, new AbortController().signal));
  }
  // Groups of tiles have merged partials beside them: only those of tiles count here.
  const partials = tiles.map(([, , , , , digest]) => {
    const [path = ''] = globSync(join(folder, `results/bench/**/${digest}.json`));
    return { text: readFileSync(path, 'utf8'), digest };
  });
  return { tasks, partials };
}

const cellsOf = (tasks: readonly TileTask[]): number => tasks.reduce((sum, { window: w }) => sum + w.rows * w.cols, 0);

/** Stored blocks of the scenes of one file. */
function scenesNamed(tasks: readonly TileTask[], file: string): TileScene[] {
  return tasks.flatMap(scenesOfTask).filter(({ url }) => url.endsWith(file));
}

function decodeAll(scenes: readonly TileScene[]): number {
  let samples = 0;
  for (const { layout, blocks } of scenes) {
    for (const { bytes } of blocks) if (bytes !== null) samples += decodeBlock(layout, bytes, layout.blockRows).length;
  }
  return samples;
}

/** Mpx/s of decoding alone, and of decoding and counting, in C; null where it cannot be built. */
function limitInC(scenes: readonly TileScene[]): readonly [number, number] | null {
  const [blocks, program] = [join(FOLDER, 'blocks.bin'), join(FOLDER, 'limit')];
  const source = join(import.meta.dirname, 'peers/limit.c');
  if (spawnSync('gcc', ['-O3', '-march=native', source, '-o', program, '-ldeflate']).status !== 0) return null;
  const parts: Uint8Array[] = [];
  for (const { bytes } of scenes.flatMap((scene) => scene.blocks)) {
    if (bytes === null) continue;
    parts.push(new Uint8Array(Uint32Array.of(bytes.length).buffer), bytes);
  }
  writeFileSync(blocks, Buffer.concat(parts));
  const [decode = 0, count = 0] = execFileSync(program, [blocks], { encoding: 'utf8' }).trim().split(' ').map(Number);
  return [decode, count];
}

rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
const scene = sceneFolder('tile');
const tables = await tasksOf('tables', { scene });
const layers = await tasksOf('layers', { scene, layers: measuredLayers(scene) });
const patches = await tasksOf('patches', patchParts(scene, join(FOLDER, 'patches')));
const cover = scenesNamed(tables.tasks, 'landcover.tif');
const limit = limitInC(cover);

const rows: string[][] = [];
function rate(name: string, cells: number, work: () => void, best: number | undefined = undefined): void {
  const ms = cpuOf(work);
  const speed = cells / 1000 / ms;
  const share = best === undefined || best === 0 ? '' : `${((100 * speed) / best).toFixed(0)} % of ${best.toFixed(0)}`;
  rows.push([name, ms.toFixed(1), speed.toFixed(0), share]);
}
const red = scenesNamed(layers.tasks.slice(0, SOME), 'red.tif');
rate('decode uint8, deflate', decodeAll(cover), () => decodeAll(cover), limit?.[0]);
rate('decode uint16, deflate, predictor 2', decodeAll(red), () => decodeAll(red));
rate('zones to runs of cells', cellsOf(tables.tasks), () => {
  for (const { zones, window } of tables.tasks) zoneSpans(zones, window);
});
const all = (tasks: readonly TileTask[]) => () => {
  for (const task of tasks) countTile(task);
};
rate('tile: decode, zones, count', cellsOf(tables.tasks), all(tables.tasks), limit?.[1]);
const [someLayers, somePatches] = [layers.tasks.slice(0, SOME), patches.tasks.slice(0, SOME)];
rate('tile: with NDVI and soil', cellsOf(someLayers), all(someLayers));
rate('tile: with green patches', cellsOf(somePatches), all(somePatches));
console.log(markdownTable(['one thread', 'ms CPU', 'Mpx/s', 'of the limit in C'], rows));

const merging = (partials: Finished['partials'], basis: string): number =>
  cpuOf(() => {
    mergeAllPartials(
      basis,
      partials.map(({ text, digest }) => parsePartialFile(text, digest)),
    );
  }) / partials.length;
const basisOf = ({ tasks }: Finished): string => tasks[0]?.basis ?? '';
const queue = await queueCost(5_000);
console.log(
  `\n${markdownTable(
    ['for each', 'ms CPU'],
    [
      ['partial read and merged, tables', merging(tables.partials, basisOf(tables)).toFixed(2)],
      ['partial read and merged, green patches', merging(patches.partials, basisOf(patches)).toFixed(2)],
      ['job added to the queue (Redis with it)', queue.addMsPerJob.toFixed(3)],
      ['empty job added and done (Redis with it)', queue.cpuMsPerJob.toFixed(3)],
    ],
  )}`,
);
