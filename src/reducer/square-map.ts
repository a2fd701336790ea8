import type { PaintIndex } from '../shared/contracts/map-job.ts';
import { type LeftOutMap, SUM_BITS } from '../shared/contracts/map-names.ts';
import { mapSamples, squareCells } from '../shared/contracts/map-samples.ts';
import type { Plan } from '../shared/contracts/plan.ts';
import type { AnalysisGrid } from '../shared/geo/grid.ts';
import { deflateBlock } from '../shared/io/map-bytes.ts';
import {
  blockCounts,
  blockStatistics,
  emptyBlock,
  halveBlocks,
  levelSizes,
  MAP_BLOCK,
  type MapCells,
  type MapSize,
} from '../shared/raster/map-blocks.ts';
import { mapMetadata } from './map-metadata.ts';
import type { CogParts } from './write-cog.ts';

/** A map of means over squares of about 1 km, from the whole-number sums of its tiles. As many cells as the city has km2. */
export function squareMap(plan: Plan, name: LeftOutMap, indexes: readonly PaintIndex[]): CogParts {
  const grid = squareGrid(plan);
  const samples = mapSamples(name, plan);
  const means = squareMeans(grid.window, name, indexes);
  let blocks = fullBlocks(means, grid.window, () => emptyBlock(samples));
  const statistics = blocks.map((block) => (block === null ? null : blockStatistics(block, samples.nodata)));
  const levels = [blocks];
  for (const [level] of levelSizes(grid.window).slice(1).entries()) {
    const below = blockCounts(levelSizes(grid.window)[level] as MapSize);
    blocks = halvedLevel(blocks, below, (quad) => halveBlocks(quad, samples));
    levels.push(blocks);
  }
  const bytes = levels.map((level) => level.map((block) => (block === null ? null : deflateBlock(block))));
  const metadata = mapMetadata(plan, name, statistics, means.length);
  return {
    image: { ...samples, grid, metadata },
    sizes: bytes.map((level) => level.map((block) => block?.length ?? 0)),
    blocks: (async function* () {
      for (const level of bytes.reverse()) for (const block of level) if (block !== null) yield block;
    })(),
  };
}

/** The grid of squares: its cells are whole cells of the analysis grid, from its north-west corner. */
function squareGrid(plan: Plan): AnalysisGrid {
  const { crs, originX, originY, cellWidth, cellHeight, window } = plan.grid;
  const { rows, cols } = squareCells(plan);
  return {
    crs,
    originX: originX + window.col * cellWidth,
    originY: originY - window.row * cellHeight,
    cellWidth: cellWidth * cols,
    cellHeight: cellHeight * rows,
    window: { row: 0, col: 0, rows: Math.ceil(window.rows / rows), cols: Math.ceil(window.cols / cols) },
  };
}

/** By square; NaN where no cell is valid. */
function squareMeans({ rows, cols }: MapSize, name: LeftOutMap, indexes: readonly PaintIndex[]): Float64Array {
  const counts = new Float64Array(rows * cols);
  const sums = new Float64Array(rows * cols);
  for (const index of indexes) {
    for (const [row, col, count, sum] of index.sums.find((one) => one.name === name)?.squares ?? []) {
      counts[row * cols + col]! += count;
      sums[row * cols + col]! += sum;
    }
  }
  return sums.map((sum, square) => (counts[square] === 0 ? Number.NaN : sum / counts[square]! / 2 ** SUM_BITS));
}

function fullBlocks(means: Float64Array, size: MapSize, empty: () => MapCells): (MapCells | null)[] {
  const counts = blockCounts(size);
  const blocks = new Array<MapCells | null>(counts.rows * counts.cols).fill(null);
  means.forEach((mean, square) => {
    if (Number.isNaN(mean)) return;
    const [row, col] = [Math.floor(square / size.cols), square % size.cols];
    const at = Math.floor(row / MAP_BLOCK) * counts.cols + Math.floor(col / MAP_BLOCK);
    const block = blocks[at] ?? empty();
    blocks[at] = block;
    block[(row % MAP_BLOCK) * MAP_BLOCK + (col % MAP_BLOCK)] = mean;
  });
  return blocks;
}

type Cells = MapCells | null;

function halvedLevel(
  blocks: readonly Cells[],
  { rows, cols }: MapSize,
  halve: (quad: [Cells, Cells, Cells, Cells]) => Cells,
): Cells[] {
  const at = (row: number, col: number): Cells =>
    row < rows && col < cols ? (blocks[row * cols + col] ?? null) : null;
  const next: Cells[] = [];
  for (let row = 0; row < rows; row += 2) {
    for (let col = 0; col < cols; col += 2)
      next.push(halve([at(row, col), at(row, col + 1), at(row + 1, col), at(row + 1, col + 1)]));
  }
  return next;
}
