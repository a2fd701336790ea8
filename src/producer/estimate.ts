import { isOwned } from '../shared/contracts/counted-names.ts';
import type { PlannedTile } from '../shared/contracts/plan.ts';
import type { PlannedLayer } from '../shared/contracts/plan-layers.ts';
import type { AnalysisGrid } from '../shared/geo/grid.ts';
import { grownWindow, type Window } from '../shared/geo/window.ts';
import { type BlockRead, planBlockReads, planMaskReads } from '../shared/io/raster-file.ts';
import { coalesce } from '../shared/raster/coalesce.ts';
import { isHidden, opaqueWindow } from '../shared/raster/opaque-scenes.ts';
import { DTYPE_BYTES } from '../shared/raster/samples.ts';
import { NeededPixels } from './needed-pixels.ts';
import type { PlacedScene } from './place-scenes.ts';
import { tileMemory } from './tile-scenes.ts';

/** What a plan will ask of the store and the machines. Requests and bytes are those that workers make where nothing is asked for again (needed-pixels.ts); time and memory are estimates. */
export interface Estimate {
  readonly cells: number;
  readonly requests: number;
  readonly bytes: number;
  readonly cpuSeconds: number;
  readonly workerMemoryMb: number;
}

/** Rough rates of one core, from bench/: compressed bytes in, cells counted, and the fixed cost of a tile. */
const BYTES_PER_S = 40e6;
const CELLS_PER_S = 250e6;
const SECONDS_PER_TILE = 0.005;
/** Cells of the flux by model: where neighbours share a pixel of the climate, and where each has its own between pixels. */
const MODEL_CELLS_PER_S = { nearest: 800e3, between: 230e3 };

/** Resident memory of a worker beside its largest tile: Node, the SDK, its thread, and what waits for collection (bench/). */
const BASE_MEMORY_MB = 280;
const MB = 1024 * 1024;

/** Walks the block tables of the plan; reads nothing. */
export function estimatePlan(
  tiles: readonly PlannedTile[],
  layers: readonly PlannedLayer[],
  scenes: readonly PlacedScene[],
  haloCells: number | null,
  grid: AnalysisGrid,
): Estimate {
  const pixels = new NeededPixels(grid);
  const sum = { cells: 0, requests: 0, bytes: 0, largestTile: 0 };
  for (const [row, col, rows, cols, needed] of tiles) {
    const tile = { row, col, rows, cols };
    const { requests, bytes } = readsOfTile(tile, new Set(needed), layers, scenes, haloCells ?? 0, pixels);
    const isPlain = needed.length === 1 && haloCells === null;
    const buffers = isPlain ? 2 * bytes : tileMemory(tile, needed, layers, scenes, haloCells);
    sum.largestTile = Math.max(sum.largestTile, buffers + blockBytes(scenes, needed));
    sum.requests += requests;
    sum.cells += rows * cols;
    sum.bytes += bytes;
  }
  const cpuSeconds =
    sum.bytes / BYTES_PER_S +
    sum.cells / CELLS_PER_S +
    tiles.length * SECONDS_PER_TILE +
    sum.cells * modelSeconds(layers, scenes);
  const { cells, requests, bytes } = sum;
  return { cells, requests, bytes, cpuSeconds, workerMemoryMb: Math.ceil(BASE_MEMORY_MB + sum.largestTile / MB) };
}

/** Seconds a cell of the flux by model; 0 without it. */
function modelSeconds(layers: readonly PlannedLayer[], scenes: readonly PlacedScene[]): number {
  const months = layers.filter(({ kind }) => kind === 'months');
  if (months.length === 0) return 0;
  const isWarped = ({ takes }: PlannedLayer) =>
    takes.some((take) => take.scenes.some((at) => scenes[at]?.warp != null));
  const between = months.some((layer) => layer.resample !== 'nearest' && isWarped(layer));
  return 1 / MODEL_CELLS_PER_S[between ? 'between' : 'nearest'];
}

interface Reads {
  readonly requests: number;
  readonly bytes: number;
}

/** What workers ask for: blocks under scenes that leave nothing are left out (as worker/read-windows.ts does). */
function readsOfTile(
  tile: Window,
  needed: ReadonlySet<number>,
  layers: readonly PlannedLayer[],
  scenes: readonly PlacedScene[],
  haloCells: number,
  pixels: NeededPixels,
): Reads {
  const sum = { requests: 0, bytes: 0 };
  const whole = new Set<string>();
  const add = (index: number, window: Window, owned: readonly Window[], resample: PlannedLayer['resample']) => {
    const scene = scenes[index] as PlacedScene;
    const reads = readsOfScene(scene, pixels.of(scene, window, resample), owned);
    // Blocks that hold all bands are read once for all of them.
    const key = isWhole(scene) ? `${scene.info.url} ${JSON.stringify(reads)}` : null;
    if (key !== null && whole.size === whole.add(key).size) return;
    const ranges = coalesce(reads.filter(({ length, beyondEnd }) => length > 0 && !beyondEnd));
    sum.requests += ranges.length;
    sum.bytes += ranges.reduce((total, range) => total + range.length, 0);
  };
  for (const layer of layers) {
    const { kind, takes } = layer;
    const owned: Window[] = [];
    const window = kind === 'classes' ? grownWindow(tile, haloCells) : tile;
    for (const take of takes) {
      if (!take.scenes.every((scene) => needed.has(scene))) continue;
      for (const scene of take.scenes) add(scene, window, owned, layer.resample);
      if (take.mask !== null) add(take.mask, window, [], 'nearest');
      if (!isOwned(layer) || take.mask !== null) continue;
      owned.push(...take.scenes.flatMap((scene) => opaqueWindow(scenes[scene]!, scenes[scene]!.raster.header) ?? []));
    }
  }
  return sum;
}

function isWhole({ raster }: PlacedScene): boolean {
  return raster.header.layout.interleave === 'pixel' && raster.header.layout.bandCount > 1;
}

function readsOfScene(
  { raster, band, window }: PlacedScene,
  pixels: Window | null,
  owned: readonly Window[],
): BlockRead[] {
  if (pixels === null) return [];
  const { layout, mask } = raster.header;
  const all = [...planBlockReads(raster, band - 1, pixels), ...planMaskReads(raster, pixels)];
  if (window === null) return all;
  return all.filter((read) => {
    const own = read.image === 'mask' ? mask : layout;
    return own === null || !isHidden(own, read, window, owned);
  });
}

function blockBytes(scenes: readonly PlacedScene[], owners: readonly number[]): number {
  const layouts = owners.map((index) => (scenes[index] as PlacedScene).raster.header.layout);
  return Math.max(
    0,
    ...layouts.map(
      (l) => l.blockRows * l.blockCols * DTYPE_BYTES[l.dtype] * (l.interleave === 'pixel' ? l.bandCount : 1),
    ),
  );
}
