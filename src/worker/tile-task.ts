import type { PlannedCasa } from '../shared/contracts/plan-casa.ts';
import type { PlannedGreen } from '../shared/contracts/plan-green.ts';
import type { PlannedLayer, PlannedScene } from '../shared/contracts/plan-layers.ts';
import type { AnalysisGrid } from '../shared/geo/grid.ts';
import type { PackedZones } from '../shared/geo/packed-zones.ts';
import type { Window } from '../shared/geo/window.ts';
import type { AreaKeeping } from '../shared/geo/window-areas.ts';
import type { BlockLayout } from '../shared/raster/raster-header.ts';

/** What crosses from the main thread to a compute thread: plain data and buffers, no connection, no job. */
export interface TileTask {
  readonly basis: string;
  readonly grid: AnalysisGrid;
  /** The tile on the analysis lattice. */
  readonly window: Window;
  readonly areas: AreaKeeping;
  readonly zones: PackedZones;
  /** The land cover first, then masks, then what is measured. */
  readonly layers: readonly TileLayer[];
  readonly green: PlannedGreen | null;
  readonly casa: PlannedCasa | null;
  /** Layer of codes with an earlier land cover that is compared with this one, or null. */
  readonly earlier: string | null;
}

export interface TileLayer extends Pick<PlannedLayer, 'name' | 'kind' | 'resample' | 'composite' | 'mask'> {
  /** In the order of ownership: the first with valid data in a cell owns it. */
  readonly takes: readonly TileTake[];
}

export interface TileTake {
  /** One raster, or red and near infrared. */
  readonly scenes: readonly TileScene[];
  readonly mask: TileScene | null;
  readonly date: string | null;
}

/** Pixels of a warped scene that the tile reads, and how cells find them. */
export interface TileWarp extends NonNullable<PlannedScene['warp']> {
  /** The part of the scene whose blocks were read, in its own pixels. */
  readonly pixels: Window;
}

export interface TileScene {
  readonly url: string;
  /** Cell of the lattice under pixel (0, 0); null where there is a `warp`. */
  readonly origin: { readonly row: number; readonly col: number } | null;
  readonly warp: TileWarp | null;
  readonly layout: BlockLayout;
  readonly maskLayout: BlockLayout | null;
  /** Counts from 0. */
  readonly band: number;
  /** NaN samples are missing whatever this says. */
  readonly nodata: number | null;
  /** value = stored * gain + bias. */
  readonly gain: number;
  readonly bias: number;
  readonly blocks: readonly TileBlock[];
  readonly maskBlocks: readonly TileBlock[];
}

/** One block as stored; `bytes` null: the file leaves it out (sparse), and it reads as nodata or 0. */
export interface TileBlock {
  readonly blockRow: number;
  readonly blockCol: number;
  readonly bytes: Uint8Array | null;
  /** Why the block could not be fetched though it should be there; then `bytes` is null and means nothing. */
  readonly unread?: string;
}

/** Every scene of a task, masks too. */
export function scenesOfTask(task: TileTask): TileScene[] {
  return task.layers.flatMap(({ takes }) =>
    takes.flatMap(({ scenes, mask }) => (mask === null ? scenes : [...scenes, mask])),
  );
}
