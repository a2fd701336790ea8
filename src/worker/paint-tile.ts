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
import { forEachRun } from './kernels/code-runs.ts';
import { type MapCellsIn, type MapReader, MapValues, refineCells } from './kernels/map-values.ts';

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
  const counts = blockCounts(window);
  const read = values.reader(name, cells);
  return Array.from({ length: counts.rows * counts.cols }, (_, at) => {
    const row = Math.floor(at / counts.cols) * MAP_BLOCK;
    const col = (at % counts.cols) * MAP_BLOCK;
    return fullBlock(read, cells.whole, { row, col }, window, samples);
  });
}

function fullBlock(
  read: MapReader,
  whole: Int32Array,
  from: { readonly row: number; readonly col: number },
  window: Window,
  samples: MapSamples,
): MapCells | null {
  const block = emptyBlock(samples);
  let isEmpty = true;
  const cols = Math.min(MAP_BLOCK, window.cols - from.col);
  for (let row = 0; row < Math.min(MAP_BLOCK, window.rows - from.row); row++) {
    const start = (from.row + row) * window.cols + from.col;
    const part = whole.subarray(start, start + cols);
    const at = row * MAP_BLOCK;
    const isFilled =
      read instanceof Float64Array ? fillRuns(block, at, part, read) : fillCells(block, at, part, start, read);
    if (isFilled) isEmpty = false;
  }
  return isEmpty ? null : block;
}

/** Cells of one row of a block by their rows of the table; whether one has a value. */
function fillRuns(block: MapCells, at: number, rows: Int32Array, table: Float64Array): boolean {
  let isFilled = false;
  forEachRun(rows, (row, start, end) => {
    const value = row === -1 ? Number.NaN : table[row]!;
    if (Number.isNaN(value)) return;
    block.fill(value, at + start, at + end);
    isFilled = true;
  });
  return isFilled;
}

/** The same by cell; `from`: the first of them in the tile. */
function fillCells(
  block: MapCells,
  at: number,
  rows: Int32Array,
  from: number,
  read: (cell: number, row: number) => number,
): boolean {
  let isFilled = false;
  for (let k = 0; k < rows.length; k++) {
    const value = rows[k] === -1 ? Number.NaN : read(from + k, rows[k]!);
    if (Number.isNaN(value)) continue;
    block[at + k] = value;
    isFilled = true;
  }
  return isFilled;
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
  const known = new Map<string, [number, number, number, number]>();
  const sumOf = (squareRow: number, squareCol: number): [number, number, number, number] => {
    const key = `${squareRow},${squareCol}`;
    const found = known.get(key) ?? [squareRow, squareCol, 0, 0];
    known.set(key, found);
    return found;
  };
  for (let row = 0; row < window.rows; row++) {
    const squareRow = Math.floor((window.row - corner.row + row) / square.rows);
    for (let col = 0; col < window.cols; ) {
      const squareCol = Math.floor((window.col - corner.col + col) / square.cols);
      const end = Math.min(window.cols, (squareCol + 1) * square.cols + corner.col - window.col);
      const sum = sumOf(squareRow, squareCol);
      for (; col < end; col++) {
        const cell = row * window.cols + col;
        if (cells.whole[cell] === -1) continue;
        const value = addedIn(cell);
        if (Number.isNaN(value)) continue;
        sum[2]++;
        sum[3] += Math.round(value * 2 ** SUM_BITS);
      }
    }
  }
  return [...known.values()].filter(([, , count]) => count > 0);
}
