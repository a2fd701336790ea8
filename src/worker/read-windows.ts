import type { PlannedScene } from '../shared/contracts/plan.ts';
import type { TileJob } from '../shared/contracts/tile-job.ts';
import { rowAreaUnits } from '../shared/geo/cell-area.ts';
import { intersectWindows, type Window, windowRelativeTo } from '../shared/geo/window.ts';
import type { StoreRegistry } from '../shared/io/open-store.ts';
import {
  type BlockRead,
  fetchBlocks,
  planBlockReads,
  planMaskReads,
  type RasterFile,
} from '../shared/io/raster-file.ts';
import type { RunContext } from './run-context.ts';
import type { TileBlock, TileScene, TileTask } from './tile-task.ts';

/** Reads the stored blocks that a tile needs of each of its scenes; nothing is decoded here. */
export async function readWindows(
  run: RunContext,
  job: TileJob,
  stores: StoreRegistry,
  signal: AbortSignal,
): Promise<TileTask> {
  const [row, col, rows, cols] = job.window;
  const window = { row, col, rows, cols };
  const { plan } = run;
  const scenes: TileScene[] = [];
  for (const index of job.scenes) {
    const { planned, raster } = run.scene(index);
    const scene = await readScene(planned, await raster, window, stores, signal);
    if (scene !== null) scenes.push(scene);
  }
  const areas = plan.areaExponent === null ? null : rowAreaUnits(plan.grid, { row, count: rows }, plan.areaExponent);
  return { basis: plan.basis, window, rowAreaUnits: areas, zones: run.zones, scenes };
}

async function readScene(
  planned: PlannedScene,
  raster: RasterFile,
  tile: Window,
  stores: StoreRegistry,
  signal: AbortSignal,
): Promise<TileScene | null> {
  const common = intersectWindows(planned.window, tile);
  if (common === null) return null;
  const pixels = windowRelativeTo(common, planned.window);
  const band = planned.band - 1;
  const reads = [...planBlockReads(raster, band, pixels), ...planMaskReads(raster, pixels)];
  const blocks = await fetchAll(planned, raster, reads, stores, signal);
  return {
    url: planned.url,
    origin: { row: planned.window.row, col: planned.window.col },
    layout: raster.header.layout,
    maskLayout: raster.header.mask,
    band,
    nodata: typeof planned.nodata === 'number' ? planned.nodata : null,
    blocks: blocks.data,
    maskBlocks: blocks.mask,
  };
}

async function fetchAll(
  planned: PlannedScene,
  raster: RasterFile,
  reads: readonly BlockRead[],
  stores: StoreRegistry,
  signal: AbortSignal,
): Promise<{ data: TileBlock[]; mask: TileBlock[] }> {
  const blocks: { data: TileBlock[]; mask: TileBlock[] } = { data: [], mask: [] };
  for (const read of reads.filter((r) => r.beyondEnd)) {
    const unread = `block row ${read.blockRow}, col ${read.blockCol} ends beyond the file's ${raster.sizeBytes} bytes`;
    blocks[read.image].push({ blockRow: read.blockRow, blockCol: read.blockCol, bytes: null, unread });
  }
  const store = stores.storeFor(planned.url, planned);
  const whole = reads.filter((r) => !r.beyondEnd);
  for await (const { image, blockRow, blockCol, bytes } of fetchBlocks(store, raster, whole, { signal })) {
    blocks[image].push({ blockRow, blockCol, bytes });
  }
  return blocks;
}
