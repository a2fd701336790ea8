import type { Window } from '../geo/window.ts';
import type { BlockLayout } from './raster-header.ts';
import { packedRowBytes } from './unpack-bits.ts';

/** A block by its place in the image: rows of blocks run down, columns to the right. */
export interface BlockPlace {
  readonly blockRow: number;
  readonly blockCol: number;
}

/** Blocks from left to right in one plane. */
export function blocksAcross(layout: BlockLayout): number {
  return Math.ceil(layout.cols / layout.blockCols);
}

/** Blocks from top to bottom in one plane. */
export function blocksDown(layout: BlockLayout): number {
  return Math.ceil(layout.rows / layout.blockRows);
}

/** Number of entries in the tables of offsets and byte counts: band-separate images repeat the grid for each band. */
export function blockCount(layout: BlockLayout): number {
  const planes = layout.interleave === 'band' ? layout.bandCount : 1;
  return planes * blocksAcross(layout) * blocksDown(layout);
}

/** Index in the tables of offsets and byte counts; `band` counts from 0 and matters only where bands stand apart. */
export function blockIndex(layout: BlockLayout, band: number, place: BlockPlace): number {
  const across = blocksAcross(layout);
  const plane = layout.interleave === 'band' ? band * across * blocksDown(layout) : 0;
  return plane + place.blockRow * across + place.blockCol;
}

/** Samples of one pixel that stand together in a block: all bands, or one. */
export function blockBands(layout: BlockLayout): number {
  return layout.interleave === 'pixel' ? layout.bandCount : 1;
}

/** Rows that a block holds when decoded: tiles are always full, the last strip ends with the image. */
export function decodedRows(layout: BlockLayout, blockRow: number): number {
  if (layout.tiled) return layout.blockRows;
  return Math.min(layout.blockRows, layout.rows - blockRow * layout.blockRows);
}

/** Bytes of a decompressed block of that many rows, before samples are unpacked. */
export function packedBlockBytes(layout: BlockLayout, rows: number): number {
  return rows * packedRowBytes(layout.blockCols * blockBands(layout), layout.bits);
}

/** The pixels of a block that lie in the image. */
export function blockWindow(layout: BlockLayout, place: BlockPlace): Window {
  const row = place.blockRow * layout.blockRows;
  const col = place.blockCol * layout.blockCols;
  return {
    row,
    col,
    rows: Math.min(layout.blockRows, layout.rows - row),
    cols: Math.min(layout.blockCols, layout.cols - col),
  };
}

/** The blocks that a window touches, row by row; the window must lie in the image. */
export function blocksOfWindow(layout: BlockLayout, window: Window): BlockPlace[] {
  const places: BlockPlace[] = [];
  const lastRow = Math.floor((window.row + window.rows - 1) / layout.blockRows);
  const lastCol = Math.floor((window.col + window.cols - 1) / layout.blockCols);
  for (let blockRow = Math.floor(window.row / layout.blockRows); blockRow <= lastRow; blockRow++) {
    for (let blockCol = Math.floor(window.col / layout.blockCols); blockCol <= lastCol; blockCol++) {
      places.push({ blockRow, blockCol });
    }
  }
  return places;
}
