import type { PlannedTile } from '../shared/contracts/plan.ts';
import { planBlockReads, planMaskReads } from '../shared/io/raster-file.ts';
import { coalesce } from '../shared/raster/coalesce.ts';
import { DTYPE_BYTES } from '../shared/raster/samples.ts';
import type { PlacedScene } from './place-scenes.ts';

/** What a plan will ask of the store and the machines. Requests and bytes are exact for scenes on the grid's lattice and near it for others; time and memory are estimates. */
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

/** Resident memory of a worker beside its largest tile: Node, the SDK, its thread, and what waits for collection (bench/). */
const BASE_MEMORY_MB = 280;
const MB = 1024 * 1024;

/** Walks the block tables of the plan; reads nothing. */
export function estimatePlan(tiles: readonly PlannedTile[], scenes: readonly PlacedScene[]): Estimate {
  const sum = { cells: 0, requests: 0, bytes: 0, largestTile: 0 };
  for (const tile of tiles) {
    const [row, col, rows, cols, owners] = tile;
    let tileBytes = 0;
    for (const index of owners) {
      const { requests, bytes } = readsOfScene(scenes[index] as PlacedScene, { row, col, rows, cols });
      sum.requests += requests;
      tileBytes += bytes;
    }
    const buffered = owners.length > 1 ? rows * cols * 4 : 0;
    sum.largestTile = Math.max(sum.largestTile, 2 * tileBytes + buffered + blockBytes(scenes, owners));
    sum.cells += rows * cols;
    sum.bytes += tileBytes;
  }
  const cpuSeconds = sum.bytes / BYTES_PER_S + sum.cells / CELLS_PER_S + tiles.length * SECONDS_PER_TILE;
  const { cells, requests, bytes } = sum;
  return { cells, requests, bytes, cpuSeconds, workerMemoryMb: Math.ceil(BASE_MEMORY_MB + sum.largestTile / MB) };
}

function readsOfScene(
  { extent, raster, band }: PlacedScene,
  tile: { row: number; col: number; rows: number; cols: number },
): { requests: number; bytes: number } {
  const pixels = extent.pixelsOf(tile);
  if (pixels === null) return { requests: 0, bytes: 0 };
  const reads = [...planBlockReads(raster, band - 1, pixels), ...planMaskReads(raster, pixels)];
  const ranges = coalesce(reads.filter((read) => read.length > 0 && !read.beyondEnd));
  return { requests: ranges.length, bytes: ranges.reduce((total, range) => total + range.length, 0) };
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
