import type { PackedZones } from '../shared/geo/packed-zones.ts';
import type { Window } from '../shared/geo/window.ts';
import type { BlockLayout } from '../shared/raster/raster-header.ts';

/** What crosses from the main thread to a compute thread: plain data and buffers, no connection, no job. */
export interface TileTask {
  readonly basis: string;
  /** The tile on the analysis lattice. */
  readonly window: Window;
  /** Integer area of one cell in each row of the window, or null where areas are measured in the plane. */
  readonly rowAreaUnits: Float64Array | null;
  readonly zones: PackedZones;
  /** In the order of ownership: the first with valid data in a cell owns it. */
  readonly scenes: readonly TileScene[];
}

export interface TileScene {
  readonly url: string;
  /** Cell of the lattice under pixel (0, 0). */
  readonly origin: { readonly row: number; readonly col: number };
  readonly layout: BlockLayout;
  readonly maskLayout: BlockLayout | null;
  /** Counts from 0. */
  readonly band: number;
  readonly nodata: number | null;
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
