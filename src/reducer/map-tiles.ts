import type { Plan, PlannedTile } from '../shared/contracts/plan.ts';
import { intersectWindows, type Window } from '../shared/geo/window.ts';
import { blockCounts, levelSizes, MAP_BLOCK, type MapSize } from '../shared/raster/map-blocks.ts';

/**
 * @pure Tiles of the maps: squares of whole blocks from the grid's north-west corner. How large they are changes no byte
 * of a map, only how much is drawn at once: no more cells than in a tile that is counted, or one block.
 */

/** Blocks a side are 2^this at most: 1024 cells. Twice as many would take a worker beyond 512 MB. */
const MOST_OVERVIEWS = 1;

export interface MapTile {
  /** Among the tiles, from the north-west. */
  readonly row: number;
  readonly col: number;
  /** On the analysis lattice, cut to the grid. */
  readonly window: Window;
  /** Scenes of the counted tiles that lie over it, in the order of ownership. */
  readonly scenes: readonly number[];
  /** Names of their partials: with them all that decides what is measured here. */
  readonly partials: readonly string[];
  /** Windows of those that could not be counted. */
  readonly blanks: readonly Window[];
}

export interface MapTiling {
  /** Blocks along a side of a tile. */
  readonly side: number;
  /** Overviews that lie inside of one tile: the tile makes them. */
  readonly overviews: number;
  /** Cells of the map and its overviews. */
  readonly levels: readonly MapSize[];
  /** Those over which a tile was counted, by row, then column; the map is empty elsewhere. */
  readonly tiles: readonly MapTile[];
}

/** `missing`: places in the plan of tiles that could not be counted. */
export function mapTiling(plan: Plan, tiles: readonly PlannedTile[], missing: readonly number[]): MapTiling {
  const levels = levelSizes(plan.grid.window);
  const power = powerOf(plan);
  const side = 2 ** power;
  const lost = new Set(missing);
  const drafts = new Map<string, Draft>();
  tiles.forEach((tile, place) => {
    for (const { row, col } of coveredTiles(plan.grid.window, tile, side)) {
      const key = `${row},${col}`;
      const draft = drafts.get(key) ?? { row, col, scenes: new Set(), partials: [], blanks: [] };
      drafts.set(key, draft);
      addTile(draft, tile, lost.has(place));
    }
  });
  return {
    side,
    overviews: Math.min(power, levels.length - 1),
    levels,
    tiles: [...drafts.values()]
      .filter(({ partials }) => partials.length > 0)
      .sort((a, b) => a.row - b.row || a.col - b.col)
      .map((draft) => finished(draft, plan.grid.window, side)),
  };
}

function powerOf({ tileRows, tileCols }: Plan): number {
  let power = 0;
  while (power < MOST_OVERVIEWS && (MAP_BLOCK * 2 ** (power + 1)) ** 2 <= tileRows * tileCols) power++;
  return power;
}

interface Draft {
  readonly row: number;
  readonly col: number;
  readonly scenes: Set<number>;
  readonly partials: string[];
  readonly blanks: Window[];
}

function addTile(draft: Draft, [row, col, rows, cols, scenes, partial]: PlannedTile, isLost: boolean): void {
  if (isLost) {
    draft.blanks.push({ row, col, rows, cols });
    return;
  }
  for (const scene of scenes) draft.scenes.add(scene);
  draft.partials.push(partial);
}

function* coveredTiles(
  grid: Window,
  [row, col, rows, cols]: PlannedTile,
  side: number,
): Generator<{ row: number; col: number }> {
  const common = intersectWindows(grid, { row, col, rows, cols });
  if (common === null) return;
  const cells = side * MAP_BLOCK;
  const [top, left] = [common.row - grid.row, common.col - grid.col];
  for (let r = Math.floor(top / cells); r * cells < top + common.rows; r++) {
    for (let c = Math.floor(left / cells); c * cells < left + common.cols; c++) yield { row: r, col: c };
  }
}

function finished({ row, col, scenes, partials, blanks }: Draft, grid: Window, side: number): MapTile {
  const cells = side * MAP_BLOCK;
  const whole = { row: grid.row + row * cells, col: grid.col + col * cells, rows: cells, cols: cells };
  const window = intersectWindows(grid, whole) ?? whole;
  return { row, col, window, scenes: [...scenes].sort((a, b) => a - b), partials, blanks };
}

/** Blocks of a level of a tile, and where they stand among all blocks of that level. */
export function tileBlocks({ side }: MapTiling, tile: MapTile, level: number): MapSize & { row: number; col: number } {
  const full = blockCounts(tile.window);
  const scale = 2 ** level;
  return {
    row: (tile.row * side) / scale,
    col: (tile.col * side) / scale,
    rows: Math.ceil(full.rows / scale),
    cols: Math.ceil(full.cols / scale),
  };
}
