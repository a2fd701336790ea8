import type { MapLayer, ZoneMap } from '../answers.ts';

/** @pure Which cells of a map a view of the picture of the zones shows, and where they lie in it. */

/** A rectangle of the picture, in its units. */
export interface View {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface CellWindow {
  readonly row: number;
  readonly col: number;
  readonly rows: number;
  readonly cols: number;
}

type Place = Pick<MapLayer, 'rows' | 'cols' | 'west' | 'north' | 'cell_width' | 'cell_height'>;
type Frame = Pick<ZoneMap, 'west' | 'north' | 'unit_x' | 'unit_y'>;

/** Whole cells that the view touches; null where it lies beside the map. */
export function cellsInView(layer: Place, frame: Frame, view: View): CellWindow | null {
  const [perX, perY] = [frame.unit_x / layer.cell_width, frame.unit_y / layer.cell_height];
  const left = (frame.west - layer.west) / layer.cell_width + view.x * perX;
  const top = (layer.north - frame.north) / layer.cell_height + view.y * perY;
  const col = Math.max(0, Math.floor(left));
  const row = Math.max(0, Math.floor(top));
  const cols = Math.min(layer.cols, Math.ceil(left + view.width * perX)) - col;
  const rows = Math.min(layer.rows, Math.ceil(top + view.height * perY)) - row;
  return rows < 1 || cols < 1 ? null : { row, col, rows, cols };
}

/** The rectangle of the picture that cells take. */
export function placeOfCells(layer: Place, frame: Frame, { row, col, rows, cols }: CellWindow): View {
  return {
    x: (layer.west + col * layer.cell_width - frame.west) / frame.unit_x,
    y: (frame.north - layer.north + row * layer.cell_height) / frame.unit_y,
    width: (cols * layer.cell_width) / frame.unit_x,
    height: (rows * layer.cell_height) / frame.unit_y,
  };
}

/** How far a view may be closer than the whole. */
export const CLOSEST = 64;

/** A view `times` as close around a point, kept inside of the whole. */
export function zoomedView(view: View, whole: View, times: number, at = centreOf(view)): View {
  const scale = Math.min(1, Math.max(1 / CLOSEST, view.width / times / whole.width));
  const [width, height] = [whole.width * scale, whole.height * scale];
  const x = at.x - ((at.x - view.x) / view.width) * width;
  const y = at.y - ((at.y - view.y) / view.height) * height;
  return keptInside({ x, y, width, height }, whole);
}

export function movedView(view: View, whole: View, byX: number, byY: number): View {
  return keptInside({ ...view, x: view.x + byX, y: view.y + byY }, whole);
}

function keptInside(view: View, whole: View): View {
  const inside = (at: number, size: number, from: number, most: number) =>
    Math.min(Math.max(at, from), from + most - size);
  return {
    ...view,
    x: inside(view.x, view.width, whole.x, whole.width),
    y: inside(view.y, view.height, whole.y, whole.height),
  };
}

function centreOf({ x, y, width, height }: View): { readonly x: number; readonly y: number } {
  return { x: x + width / 2, y: y + height / 2 };
}
