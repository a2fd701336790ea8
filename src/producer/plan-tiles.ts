import type { PlannedTile } from '../shared/contracts/plan.ts';
import type { PackedZones } from '../shared/geo/packed-zones.ts';
import { intersectWindows, type Window } from '../shared/geo/window.ts';
import type { BlockLayout } from '../shared/raster/raster-header.ts';

/** @pure Cuts the analysis grid into tiles: a plan is data, and the same input gives the same plan. */

/** Cells a side that make the queue's share small: classes compress well and count fast, other rasters less. */
const BYTE_TILE_CELLS = 4096;
const WIDE_TILE_CELLS = 2048;

/** Least and largest tile side that can be asked for; the largest keeps areas exact and memory bounded. */
export const TILE_SIDE_LIMITS = { least: 16, most: 8192 } as const;

/** Widest tile: areas by cell are summed along a row in whole numbers below 2^53. */
const MAX_STRIP_COLS = 2 ** 15;

/** Tiles in one plan at the most: one more is a zone or resolution by mistake. */
export const MAX_TILES = 1_000_000;

export interface TileShape {
  readonly rows: number;
  readonly cols: number;
}

/** What a tile is read from: the blocks of the land cover where it lies on the grid's lattice. */
export interface ShapeHints {
  /** null: the land cover is on another lattice. */
  readonly layout: BlockLayout | null;
  /** Whether anything beside classes is measured. */
  readonly measured: boolean;
}

/** Tile shape: as asked (square), or a multiple of the land cover's blocks near the best size; strips are as wide as they are. */
export function tileShape({ layout, measured }: ShapeHints, asked: number | null): TileShape {
  if (asked !== null) return { rows: asked, cols: asked };
  const { least, most } = TILE_SIDE_LIMITS;
  const narrow = layout?.dtype === 'uint8' || layout?.dtype === 'int8';
  const side = narrow && !measured ? BYTE_TILE_CELLS : WIDE_TILE_CELLS;
  if (layout === null) return { rows: WIDE_TILE_CELLS, cols: WIDE_TILE_CELLS };
  if (layout.tiled)
    return { rows: multiple(layout.blockRows, side, most), cols: multiple(layout.blockCols, side, most) };
  const cols = Math.min(layout.cols, MAX_STRIP_COLS);
  const rows = multiple(layout.blockRows, Math.max(least, Math.floor(side ** 2 / cols)), Math.floor(most ** 2 / cols));
  return { rows, cols };
}

/** Half of a shape in both directions, or null where a side would pass the least one. */
export function halfShape({ rows, cols }: TileShape): TileShape | null {
  const half = { rows: Math.ceil(rows / 2), cols: Math.ceil(cols / 2) };
  return Math.min(half.rows, half.cols) < TILE_SIDE_LIMITS.least ? null : half;
}

/** The largest multiple of a block side that does not pass `side`, at least one block; blocks beyond `most` are cut. */
function multiple(block: number, side: number, most: number): number {
  if (block > most) return side;
  return Math.max(1, Math.floor(side / block)) * block;
}

export interface TilePlanInput {
  readonly window: Window;
  readonly shape: TileShape;
  readonly zones: PackedZones;
  /** Indexes of the scenes that a tile reads, in the plan's order. */
  readonly scenesOf: (tile: Window) => number[];
  /** Names the partial of a tile by all that decides it. */
  readonly nameOf: (window: Window, scenes: readonly number[]) => string;
}

/**
 * Tiles that touch a zone, row by row. Tile edges are multiples of the shape from the lattice's origin, so they do not
 * move with the zones. Tiles without any scene are kept: their cells count as not covered.
 */
export function planTiles(input: TilePlanInput): PlannedTile[] {
  const { window, shape } = input;
  const tiles: PlannedTile[] = [];
  const touched = touchedTiles(input.zones, shape);
  for (const tileRow of [...touched.keys()].sort((a, b) => a - b)) {
    for (const tileCol of [...(touched.get(tileRow) as Set<number>)].sort((a, b) => a - b)) {
      const whole = { row: tileRow * shape.rows, col: tileCol * shape.cols, rows: shape.rows, cols: shape.cols };
      const tile = intersectWindows(whole, window);
      if (tile === null) continue;
      const owners = input.scenesOf(tile);
      tiles.push([tile.row, tile.col, tile.rows, tile.cols, owners, input.nameOf(tile, owners)]);
    }
  }
  return tiles;
}

/** Columns of tiles by row of tiles. */
type TouchedTiles = Map<number, Set<number>>;

/**
 * Tiles that a zone's edge runs through, and those inside between edges. A tile that no edge touches lies wholly in or
 * out of a zone, so the crossings of its middle line decide.
 */
function touchedTiles(zones: PackedZones, shape: TileShape): TouchedTiles {
  const touched: TouchedTiles = new Map();
  const crossings = new Map<string, number[]>();
  for (let ring = 0; ring < zones.ringZones.length; ring++) {
    const end = zones.ringStarts[ring + 1]! - 1;
    for (let vertex = zones.ringStarts[ring]!; vertex < end; vertex++) {
      const at = vertex * 2;
      const edge = edgeInTiles(zones.vertices, at, shape);
      touchEdge(touched, edge);
      crossMiddles(crossings, edge, zones.ringZones[ring]!);
    }
  }
  for (const [key, cols] of crossings) {
    const tileRow = Number(key.slice(0, key.indexOf(' ')));
    cols.sort((a, b) => a - b);
    for (let i = 0; i + 1 < cols.length; i += 2) touchRange(touched, tileRow, cols[i]!, cols[i + 1]!);
  }
  return touched;
}

interface TileEdge {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** An edge in tile units, upper end first. */
function edgeInTiles(vertices: Float64Array, at: number, shape: TileShape): TileEdge {
  const a = { x: vertices[at]! / shape.cols, y: vertices[at + 1]! / shape.rows };
  const b = { x: vertices[at + 2]! / shape.cols, y: vertices[at + 3]! / shape.rows };
  return a.y <= b.y ? { x0: a.x, y0: a.y, x1: b.x, y1: b.y } : { x0: b.x, y0: b.y, x1: a.x, y1: a.y };
}

function touchEdge(touched: TouchedTiles, edge: TileEdge): void {
  const slope = edge.y1 === edge.y0 ? 0 : (edge.x1 - edge.x0) / (edge.y1 - edge.y0);
  for (let row = Math.floor(edge.y0); row <= Math.floor(edge.y1); row++) {
    const top = edge.y1 === edge.y0 ? edge.x0 : edge.x0 + (Math.max(edge.y0, row) - edge.y0) * slope;
    const bottom = edge.y1 === edge.y0 ? edge.x1 : edge.x0 + (Math.min(edge.y1, row + 1) - edge.y0) * slope;
    touchRange(touched, row, Math.min(top, bottom), Math.max(top, bottom));
  }
}

function crossMiddles(crossings: Map<string, number[]>, edge: TileEdge, zone: number): void {
  for (let row = Math.ceil(edge.y0 - 0.5); row + 0.5 < edge.y1; row++) {
    const col = edge.x0 + ((row + 0.5 - edge.y0) * (edge.x1 - edge.x0)) / (edge.y1 - edge.y0);
    const key = `${row} ${zone}`;
    const cols = crossings.get(key);
    if (cols === undefined) crossings.set(key, [col]);
    else cols.push(col);
  }
}

function touchRange(touched: TouchedTiles, row: number, fromCol: number, toCol: number): void {
  const cols = touched.get(row) ?? new Set<number>();
  for (let col = Math.floor(fromCol); col <= Math.floor(toCol); col++) cols.add(col);
  touched.set(row, cols);
}
