import type { Window } from '../geo/window.ts';
import { type BlockPlace, blockWindow } from './block-grid.ts';
import type { BlockLayout, RasterHeader } from './raster-header.ts';

/** Scenes that have data in every pixel leave nothing to later ones under them: what of those need not be read. */

/** What of a planned scene tells whether it has data in every pixel. */
export interface SceneUnderGrid {
  /** On the grid's own lattice, else null. */
  readonly window: Window | null;
  /** From 1. */
  readonly band: number;
  readonly nodata: number | 'nan' | null;
}

/** The cells that a scene surely owns: all of its own where no sample can be missing; null where some may be. */
export function opaqueWindow({ window, band, nodata }: SceneUnderGrid, header: RasterHeader): Window | null {
  const dtype = header.bands[band - 1]?.dtype ?? 'float64';
  const mayMiss = nodata !== null || header.mask !== null || dtype === 'float32' || dtype === 'float64';
  return mayMiss ? null : window;
}

/** Whether a block of a scene on the grid's lattice lies wholly under one of the windows of earlier scenes. */
export function isHidden(
  layout: BlockLayout,
  place: BlockPlace,
  origin: { readonly row: number; readonly col: number },
  owned: readonly Window[],
): boolean {
  const block = blockWindow(layout, place);
  const [row, col] = [block.row + origin.row, block.col + origin.col];
  return owned.some(
    (window) =>
      window.row <= row &&
      window.col <= col &&
      row + block.rows <= window.row + window.rows &&
      col + block.cols <= window.col + window.cols,
  );
}
