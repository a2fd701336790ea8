/** One tile of the maps: values by cell into finished blocks and their overviews. Runs in a compute thread; no I/O. */

import type { PaintIndex } from '../shared/contracts/map-job.ts';
import { type CellMap, isLeftOutMap, type LeftOutMap, type MapName, SUM_BITS } from '../shared/contracts/map-names.ts';
import { mapSamples } from '../shared/contracts/map-samples.ts';
import type { Plan } from '../shared/contracts/plan.ts';
import { type Window, windowCells } from '../shared/geo/window.ts';
import { decodeSurvey, deflateBlock } from '../shared/io/map-bytes.ts';
import {
  type BlockStatistics,
  blockCounts,
  blockStatistics,
  emptyBlock,
  halveBlocks,
  MAP_BLOCK,
  type MapCells,
  type MapSamples,
  type MapSize,
} from '../shared/raster/map-blocks.ts';
import { type MapCellsIn, MapValues, refineCells } from './kernels/map-values.ts';

export interface PaintTask {
  readonly plan: Pick<Plan, 'factors' | 'greenScore' | 'layers'>;
  readonly maps: readonly MapName[];
  /** Of the tile, and where the map begins: rows and columns of its north-west cell. */
  readonly window: Window;
  readonly corner: { readonly row: number; readonly col: number };
  readonly square: MapSize;
  readonly survey: Uint8Array;
  readonly openSizes: readonly number[];
  readonly overviews: number;
}

export interface PaintedTile {
  readonly index: PaintIndex;
  /** By map: its blocks, one behind the other. */
  readonly blocks: ReadonlyMap<MapName, Uint8Array>;
}

/** Errors: JOB_INVALID where the survey does not decode. */
export function paintTile(task: PaintTask): PaintedTile {
  const { plan, maps, window, survey, openSizes } = task;
  const cells = refineCells(plan, decodeSurvey(survey, windowCells(window)), openSizes);
  const values = new MapValues(plan);
  const blocks = new Map<MapName, Uint8Array>();
  const index: PaintIndex = { maps: [], sums: [] };
  for (const name of maps) {
    if (isLeftOutMap(name)) {
      index.sums.push({ name, squares: squareSums(values, name, cells, task) });
      continue;
    }
    const painted = paintMap(values, name, cells, task);
    index.maps.push({ name, sizes: painted.sizes, statistics: painted.statistics });
    blocks.set(name, painted.bytes);
  }
  return { index, blocks };
}

interface PaintedMap {
  readonly bytes: Uint8Array;
  readonly sizes: number[][];
  readonly statistics: (BlockStatistics | null)[];
}

function paintMap(values: MapValues, name: CellMap, cells: MapCellsIn, task: PaintTask): PaintedMap {
  const { window, overviews } = task;
  const samples = mapSamples(name, task.plan);
  const deflated = new BlockDeflater();
  const full = fullBlocks(values, name, cells, window, samples);
  const statistics = full.map((block) => (block === null ? null : blockStatistics(block, samples.nodata)));
  const sizes = [full.map((block) => deflated.add(block))];
  let [level, counts] = [full, blockCounts(window)];
  for (let made = 0; made < overviews; made++) {
    [level, counts] = halved(level, counts, samples);
    sizes.push(level.map((block) => deflated.add(block)));
  }
  return { bytes: deflated.bytes(), sizes, statistics };
}

/** Blocks of the full map by row, then column; null where all is nodata. */
function fullBlocks(
  values: MapValues,
  name: CellMap,
  cells: MapCellsIn,
  window: Window,
  samples: MapSamples,
): (MapCells | null)[] {
  const { rows, cols } = blockCounts(window);
  const blocks = new Array<MapCells | null>(rows * cols).fill(null);
  values.cells(name, cells, (cell, value) => {
    const row = Math.floor(cell / window.cols);
    const col = cell - row * window.cols;
    const at = Math.floor(row / MAP_BLOCK) * cols + Math.floor(col / MAP_BLOCK);
    let block = blocks[at]!;
    if (block === null) {
      block = emptyBlock(samples);
      blocks[at] = block;
    }
    block[(row % MAP_BLOCK) * MAP_BLOCK + (col % MAP_BLOCK)] = value;
  });
  return blocks;
}

function halved(
  blocks: readonly (MapCells | null)[],
  counts: MapSize,
  samples: MapSamples,
): [(MapCells | null)[], MapSize] {
  const next = { rows: Math.ceil(counts.rows / 2), cols: Math.ceil(counts.cols / 2) };
  const at = (row: number, col: number): MapCells | null =>
    row < counts.rows && col < counts.cols ? (blocks[row * counts.cols + col] ?? null) : null;
  const out: (MapCells | null)[] = [];
  for (let row = 0; row < next.rows; row++) {
    for (let col = 0; col < next.cols; col++) {
      const [r, c] = [2 * row, 2 * col];
      out.push(halveBlocks([at(r, c), at(r, c + 1), at(r + 1, c), at(r + 1, c + 1)], samples));
    }
  }
  return [out, next];
}

/** Compressed blocks one behind the other; blocks of one value are compressed once. */
class BlockDeflater {
  private readonly parts: Uint8Array[] = [];
  private readonly plain = new Map<number, Uint8Array>();

  /** Bytes that the block takes; 0: it is left out. */
  add(block: MapCells | null): number {
    if (block === null) return 0;
    const part = this.compressed(block);
    this.parts.push(part);
    return part.length;
  }

  private compressed(block: MapCells): Uint8Array {
    const value = block[0]!;
    for (let cell = 1; cell < block.length; cell++) if (block[cell] !== value) return deflateBlock(block);
    const known = this.plain.get(value) ?? deflateBlock(block);
    this.plain.set(value, known);
    return known;
  }

  bytes(): Uint8Array {
    const all = new Uint8Array(this.parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of this.parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}

/** Sums over squares of the map in whole numbers, so that tiles add up to the same bits in any order. */
function squareSums(
  values: MapValues,
  name: LeftOutMap,
  cells: MapCellsIn,
  { window, corner, square }: PaintTask,
): [number, number, number, number][] {
  const addedIn = values.leftOut(name, cells);
  const sums = new Map<string, [number, number, number, number]>();
  for (let row = 0; row < window.rows; row++) {
    const squareRow = Math.floor((window.row - corner.row + row) / square.rows);
    for (let col = 0; col < window.cols; col++) {
      const cell = row * window.cols + col;
      if (cells.whole[cell] === -1) continue;
      const value = addedIn(cell);
      if (Number.isNaN(value)) continue;
      const squareCol = Math.floor((window.col - corner.col + col) / square.cols);
      const key = `${squareRow},${squareCol}`;
      let sum = sums.get(key);
      if (sum === undefined) {
        sum = [squareRow, squareCol, 0, 0];
        sums.set(key, sum);
      }
      sum[2]++;
      sum[3] += Math.round(value * 2 ** SUM_BITS);
    }
  }
  return [...sums.values()];
}
