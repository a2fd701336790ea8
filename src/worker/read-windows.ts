import { isOwned } from '../shared/contracts/counted-names.ts';
import type { PlannedLayer, PlannedScene } from '../shared/contracts/plan-layers.ts';
import type { TileJob } from '../shared/contracts/tile-job.ts';
import { positionLattice, sourceWindowOf } from '../shared/geo/position-lattice.ts';
import { toSourceOf } from '../shared/geo/to-source.ts';
import { grownWindow, intersectWindows, type Window, windowRelativeTo } from '../shared/geo/window.ts';
import type { StoreRegistry } from '../shared/io/open-store.ts';
import {
  type BlockRead,
  fetchBlocks,
  planBlockReads,
  planMaskReads,
  type RasterFile,
} from '../shared/io/raster-file.ts';
import { isHidden, opaqueWindow } from '../shared/raster/opaque-scenes.ts';
import type { RunContext } from './run-context.ts';
import type { TileBlock, TileLayer, TileScene, TileTake, TileTask, TileWarp } from './tile-task.ts';

/** Reads the stored blocks that a tile needs of each of its scenes; nothing is decoded here. */
export async function readWindows(
  run: RunContext,
  job: TileJob,
  stores: StoreRegistry,
  signal: AbortSignal,
): Promise<TileTask> {
  const [row, col, rows, cols] = job.window;
  const { basis, grid, areaBy, areaExponent, green, casa, change } = run.plan;
  const reader = new TileReader(run, job, stores, signal);
  const layers: TileLayer[] = [];
  for (const layer of run.plan.layers) layers.push(await reader.layer(layer));
  const window = { row, col, rows, cols };
  return {
    basis,
    grid,
    window,
    areas: { areaBy, areaExponent },
    zones: run.zones,
    layers,
    green,
    casa,
    earlier: change?.layer ?? null,
  };
}

class TileReader {
  private readonly run: RunContext;
  private readonly window: Window;
  private readonly haloCells: number;
  private readonly needed: ReadonlySet<number>;
  private readonly stores: StoreRegistry;
  private readonly signal: AbortSignal;
  private readonly fetched = new Map<string, Promise<SceneBlocks>>();

  constructor(run: RunContext, job: TileJob, stores: StoreRegistry, signal: AbortSignal) {
    const [row, col, rows, cols] = job.window;
    this.run = run;
    this.window = { row, col, rows, cols };
    this.haloCells = run.plan.green?.haloCells ?? 0;
    this.needed = new Set(job.scenes);
    this.stores = stores;
    this.signal = signal;
  }

  async layer({ name, kind, resample, composite, mask, takes }: PlannedLayer): Promise<TileLayer> {
    const read: TileTake[] = [];
    const owned: Window[] = [];
    // Built-up land is looked at beyond the tile.
    const window = kind === 'classes' ? grownWindow(this.window, this.haloCells) : this.window;
    for (const take of takes) {
      if (!take.scenes.every((scene) => this.needed.has(scene))) continue;
      const scenes: TileScene[] = [];
      for (const index of take.scenes) {
        const scene = await this.scene(index, window, resample, owned);
        if (scene !== null) scenes.push(scene);
      }
      // Where one of two bands ends, there is no value.
      if (scenes.length < take.scenes.length) continue;
      const taken = take.mask === null ? null : await this.maskScene(take.mask, window);
      read.push({ scenes, mask: taken, date: take.date });
      const opaque = isOwned({ kind, composite }) && take.mask === null;
      if (opaque) owned.push(...(await this.ownedBy(take.scenes)));
    }
    return { name, kind, resample, composite, mask, takes: read };
  }

  /** The mask of a take; where it does not reach the tile, one without blocks: it keeps nothing there. */
  private async maskScene(index: number, window: Window): Promise<TileScene> {
    const scene = await this.scene(index, window, 'nearest', []);
    if (scene !== null) return scene;
    const { planned, raster } = this.run.scene(index);
    const nowhere = { origin: { row: 0, col: 0 }, warp: null };
    return tileScene(planned, await raster, nowhere, { data: [], mask: [] });
  }

  /** Windows in which scenes have data everywhere, so that later takes are not read there. */
  private async ownedBy(indexes: readonly number[]): Promise<Window[]> {
    const windows: Window[] = [];
    for (const index of indexes) {
      const { planned, raster } = this.run.scene(index);
      const window = opaqueWindow(planned, (await raster).header);
      if (window !== null) windows.push(window);
    }
    return windows;
  }

  /** `owned`: where earlier scenes leave nothing; blocks wholly under these are not read. */
  private async scene(
    index: number,
    window: Window,
    resample: PlannedLayer['resample'],
    owned: readonly Window[],
  ): Promise<TileScene | null> {
    const { planned, raster } = this.run.scene(index);
    const opened = await raster;
    const place = placeOf(this.run, planned, window, resample);
    if (place === null) return null;
    const reads = [...planBlockReads(opened, planned.band - 1, place.pixels), ...planMaskReads(opened, place.pixels)];
    const needed = owned.length === 0 ? reads : reads.filter((read) => !isHiddenRead(opened, read, place, owned));
    return tileScene(planned, opened, place, await this.fetchAll(planned, opened, needed));
  }

  /** Blocks that hold all bands of a file are read once, though several scenes of the tile are bands of it. */
  private fetchAll(planned: PlannedScene, raster: RasterFile, reads: readonly BlockRead[]): Promise<SceneBlocks> {
    const { interleave, bandCount } = raster.header.layout;
    if (interleave !== 'pixel' || bandCount === 1) return this.fetch(planned, raster, reads);
    const key = JSON.stringify([planned.url, planned.etag, reads]);
    const known = this.fetched.get(key);
    if (known !== undefined) return known;
    const fetching = this.fetch(planned, raster, reads);
    this.fetched.set(key, fetching);
    return fetching;
  }

  private async fetch(planned: PlannedScene, raster: RasterFile, reads: readonly BlockRead[]): Promise<SceneBlocks> {
    const blocks: SceneBlocks = { data: [], mask: [] };
    for (const read of reads.filter((r) => r.beyondEnd)) {
      const unread = `block row ${read.blockRow}, col ${read.blockCol} ends beyond the file's ${raster.sizeBytes} bytes`;
      blocks[read.image].push({ blockRow: read.blockRow, blockCol: read.blockCol, bytes: null, unread });
    }
    const store = this.stores.storeFor(planned.url, planned);
    const whole = reads.filter((r) => !r.beyondEnd);
    for await (const { image, blockRow, blockCol, bytes } of fetchBlocks(store, raster, whole, {
      signal: this.signal,
    })) {
      blocks[image].push({ blockRow, blockCol, bytes });
    }
    return blocks;
  }
}

interface SceneBlocks {
  readonly data: TileBlock[];
  readonly mask: TileBlock[];
}

function tileScene(
  { url, band, nodata, gain, bias }: PlannedScene,
  { header }: RasterFile,
  { origin, warp }: Pick<TileScene, 'origin' | 'warp'>,
  { data, mask }: SceneBlocks,
): TileScene {
  const stored = typeof nodata === 'number' ? nodata : null;
  const layouts = { layout: header.layout, maskLayout: header.mask };
  return { url, origin, warp, ...layouts, band: band - 1, nodata: stored, gain, bias, blocks: data, maskBlocks: mask };
}

function isHiddenRead(
  { header }: RasterFile,
  read: BlockRead,
  { origin }: ScenePlace,
  owned: readonly Window[],
): boolean {
  const layout = read.image === 'mask' ? header.mask : header.layout;
  return origin !== null && layout !== null && isHidden(layout, read, origin, owned);
}

interface ScenePlace {
  readonly origin: TileScene['origin'];
  readonly warp: TileWarp | null;
  readonly pixels: Window;
}

/** The pixels that the tile needs of a scene; null where it has none there. */
function placeOf(
  { plan }: RunContext,
  planned: PlannedScene,
  tile: Window,
  resample: PlannedLayer['resample'],
): ScenePlace | null {
  const { window, warp } = planned;
  if (window !== null) {
    const common = intersectWindows(window, tile);
    const origin = { row: window.row, col: window.col };
    return common === null ? null : { origin, warp: null, pixels: windowRelativeTo(common, window) };
  }
  if (warp === null) return null;
  const toSource = toSourceOf(plan.grid.crs, warp.crs, warp);
  const positions = positionLattice(plan.grid, tile, warp.step, warp, toSource);
  const pixels = sourceWindowOf(positions, tile, resample === 'bilinear' ? 1 : 0, warp);
  return pixels === null ? null : { origin: null, warp: { ...warp, pixels }, pixels };
}
