import type { PlannedTile } from '../shared/contracts/plan.ts';
import type { PlannedLayer } from '../shared/contracts/plan-layers.ts';
import { MAX_SCENES_PER_TILE } from '../shared/contracts/tile-job.ts';
import { type Problem, refuseIfAny } from '../shared/errors.ts';
import type { AnalysisGrid } from '../shared/geo/grid.ts';
import type { PackedZones } from '../shared/geo/packed-zones.ts';
import type { Window } from '../shared/geo/window.ts';
import type { PlacedScene } from './place-scenes.ts';
import { halfShape, MAX_TILES, planTiles, type TileShape, tileShape } from './plan-tiles.ts';
import { TileScenes, tileMemory } from './tile-scenes.ts';

/** The tiles of a run, as large as the memory of a worker allows. */

export interface CutInput {
  readonly grid: AnalysisGrid;
  readonly zones: PackedZones;
  readonly scenes: readonly PlacedScene[];
  readonly layers: readonly PlannedLayer[];
  /** Cells around a tile that are read of the land cover too; null: no green spaces are looked for. */
  readonly haloCells: number | null;
  /** Side that was asked for, or null. */
  readonly tileSize: number | null;
  readonly nameOf: (window: Window, scenes: readonly number[]) => string;
}

export interface CutTiles {
  readonly tiles: readonly PlannedTile[];
  readonly shape: TileShape;
}

/** Bytes that the rasters of a tile may take in a worker; a side that was asked for may go to four times as much. */
const TILE_MEMORY_BYTES = 192 * 2 ** 20;
const ASKED_FACTOR = 4;

/**
 * Cuts with the best shape, and halves it until every tile fits into memory.
 * Errors: REQUEST_INVALID where the zones span too many tiles, too many scenes overlap, or a tile that was asked for is too large.
 */
export function cutTiles(input: CutInput): CutTiles {
  const { grid, zones, scenes, layers, haloCells, tileSize } = input;
  const limit = TILE_MEMORY_BYTES * (tileSize === null ? 1 : ASKED_FACTOR);
  let shape = firstShape(input);
  for (;;) {
    refuseIfAny(countProblems(grid, shape));
    const tileScenes = new TileScenes(layers, scenes, shape, haloCells ?? 0);
    const scenesOf = (tile: Window) => tileScenes.of(tile);
    const tiles = planTiles({ window: grid.window, shape, zones, scenesOf, nameOf: input.nameOf });
    const memory = Math.max(
      0,
      ...sample(tiles).map(([row, col, rows, cols, needed]) =>
        tileMemory({ row, col, rows, cols }, needed, layers, scenes, haloCells),
      ),
    );
    const smaller = tileSize === null && (memory > limit || isCrowded(tiles)) ? halfShape(shape) : null;
    if (smaller === null) {
      refuseIfAny([...crowdProblems(tiles), ...memoryProblems(memory, limit, shape)]);
      return { tiles, shape };
    }
    shape = smaller;
  }
}

function firstShape({ layers, scenes, haloCells, tileSize }: CutInput): TileShape {
  const first = layers[0]?.takes[0]?.scenes[0];
  const landcover = first === undefined ? undefined : scenes[first];
  const layout = landcover?.window == null ? null : landcover.raster.header.layout;
  return tileShape({ layout, measured: layers.length > 1 || haloCells !== null }, tileSize);
}

/** Tiles differ little from their neighbours; this many tell the largest well enough. */
const MEMORY_SAMPLES = 20_000;

function sample(tiles: readonly PlannedTile[]): readonly PlannedTile[] {
  const every = Math.ceil(tiles.length / MEMORY_SAMPLES);
  return every <= 1 ? tiles : tiles.filter((_, index) => index % every === 0);
}

function isCrowded(tiles: readonly PlannedTile[]): boolean {
  return tiles.some((tile) => tile[4].length > MAX_SCENES_PER_TILE);
}

function countProblems(grid: AnalysisGrid, shape: TileShape): Problem[] {
  const tiles = Math.ceil(grid.window.rows / shape.rows) * Math.ceil(grid.window.cols / shape.cols);
  if (tiles <= MAX_TILES) return [];
  const found = `${grid.window.rows} x ${grid.window.cols} cells, ${tiles} tiles of ${shape.rows} x ${shape.cols}`;
  return [
    { where: 'zones.url', message: 'the zones span too many tiles', expected: `at most ${MAX_TILES} tiles`, found },
  ];
}

function crowdProblems(tiles: readonly PlannedTile[]): Problem[] {
  const crowded = tiles.find((tile) => tile[4].length > MAX_SCENES_PER_TILE);
  if (crowded === undefined) return [];
  const found = `${crowded[4].length} scenes over the tile at row ${crowded[0]}, col ${crowded[1]}`;
  return [
    {
      where: 'layers',
      message: 'too many scenes overlap',
      expected: `at most ${MAX_SCENES_PER_TILE} over one tile; a smaller --tile-size, or fewer dates, helps`,
      found,
    },
  ];
}

function memoryProblems(memory: number, limit: number, { rows, cols }: TileShape): Problem[] {
  if (memory <= limit) return [];
  const mb = (bytes: number) => `${Math.ceil(bytes / 2 ** 20)} MB`;
  return [
    {
      where: '--tile-size',
      message: 'the rasters of a tile would not fit into the memory of a worker',
      expected: `at most ${mb(limit)}: smaller tiles, coarser cells, or fewer dates`,
      found: `${mb(memory)} for a tile of ${rows} x ${cols} cells`,
    },
  ];
}
