import type { MapWindow } from '../../server/desk.ts';
import { type MapFile, readMapWindow } from '../../shared/io/map-file.ts';
import type { ObjectStore } from '../../shared/io/store.ts';
import type { MapCells } from '../../shared/raster/map-blocks.ts';

/** A window of a map in the size of a picture, from the overview that is just fine enough. */

/** Width and height in pixels: no more than `px` along the longer side, and no more than there are cells. */
export function pictureSize({ rows, cols, px }: MapWindow): { readonly width: number; readonly height: number } {
  const times = Math.min(1, px / Math.max(rows, cols));
  return { width: Math.max(1, Math.round(cols * times)), height: Math.max(1, Math.round(rows * times)) };
}

/**
 * Values by pixel, each of the cell of the overview in its middle. The picture covers the window to its edges, so windows
 * side by side fit together. At most four cells of the overview a pixel are read. The window must lie in the map.
 */
export async function sampledWindow(store: ObjectStore, map: MapFile, window: MapWindow): Promise<MapCells> {
  const { width, height } = pictureSize(window);
  const cellsPerPixel = Math.max(window.cols / width, window.rows / height);
  const level = Math.min(map.levels.length - 1, Math.floor(Math.log2(Math.max(1, cellsPerPixel))));
  const scale = 2 ** level;
  const row = Math.floor(window.row / scale);
  const col = Math.floor(window.col / scale);
  const read = {
    row,
    col,
    rows: Math.ceil((window.row + window.rows) / scale) - row,
    cols: Math.ceil((window.col + window.cols) / scale) - col,
  };
  const cells = await readMapWindow(store, map, level, read);
  if (read.rows === height && read.cols === width) return cells;
  const picked = new (cells.constructor as new (length: number) => MapCells)(width * height);
  for (let y = 0; y < height; y++) {
    const from = Math.floor((window.row + ((y + 0.5) * window.rows) / height) / scale) - row;
    for (let x = 0; x < width; x++) {
      const at = Math.floor((window.col + ((x + 0.5) * window.cols) / width) / scale) - col;
      picked[y * width + x] = cells[from * read.cols + at]!;
    }
  }
  return picked;
}
