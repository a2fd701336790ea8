/** One map from its painted tiles: their blocks are copied as they are; the overviews above the tiles are made here. */

import { type PaintIndex, paintBlocks } from '../shared/contracts/map-job.ts';
import type { CellMap } from '../shared/contracts/map-names.ts';
import { mapSamples } from '../shared/contracts/map-samples.ts';
import type { Plan } from '../shared/contracts/plan.ts';
import { deflateBlock, inflateBlock } from '../shared/io/map-bytes.ts';
import type { ObjectStore } from '../shared/io/store.ts';
import {
  type BlockStatistics,
  blockCounts,
  halveBlocks,
  type MapCells,
  type MapSamples,
  type MapSize,
} from '../shared/raster/map-blocks.ts';
import { mapMetadata } from './map-metadata.ts';
import { type MapTile, type MapTiling, tileBlocks } from './map-tiles.ts';
import type { CogParts } from './write-cog.ts';

export interface PaintedTile {
  readonly tile: MapTile;
  readonly index: PaintIndex;
  /** Where its blocks stand, without the ending. */
  readonly paintUrl: string;
}

/** Sizes at once, blocks as they are asked for. Above the tiles, compressed blocks are kept: a hundredth of the map. */
export async function stitchMap(
  store: ObjectStore,
  plan: Plan,
  name: CellMap,
  tiling: MapTiling,
  tiles: readonly PaintedTile[],
): Promise<CogParts> {
  const samples = mapSamples(name, plan);
  const stitcher = new Stitcher(store, name, samples, tiling, tiles);
  await stitcher.makeUpperLevels();
  const { rows, cols } = plan.grid.window;
  const metadata = mapMetadata(plan, name, stitcher.statistics(), rows * cols);
  return { image: { ...samples, grid: plan.grid, metadata }, sizes: stitcher.sizes, blocks: stitcher.blocks() };
}

/** Blocks of one level of a tile: where they stand in its object. */
interface Piece {
  readonly url: string;
  readonly row: number;
  readonly col: number;
  readonly rows: number;
  readonly cols: number;
  /** Offset of each block in the object, and the end of the last: one more than blocks. */
  readonly offsets: Float64Array;
}

class Stitcher {
  readonly sizes: Float64Array[];
  private readonly store: ObjectStore;
  private readonly samples: MapSamples;
  private readonly counts: readonly MapSize[];
  private readonly overviews: number;
  /** By level of the tiles, then tile. */
  private readonly pieces: Piece[][] = [];
  /** Blocks above the tiles, by level and place. */
  private readonly upper = new Map<string, Uint8Array>();
  private readonly blockStatistics: (BlockStatistics | null)[];

  constructor(
    store: ObjectStore,
    name: CellMap,
    samples: MapSamples,
    tiling: MapTiling,
    tiles: readonly PaintedTile[],
  ) {
    this.store = store;
    this.samples = samples;
    this.overviews = tiling.overviews;
    this.counts = tiling.levels.map(blockCounts);
    this.sizes = this.counts.map(({ rows, cols }) => new Float64Array(rows * cols));
    this.blockStatistics = new Array<null>(this.sizes[0]?.length ?? 0).fill(null);
    for (let level = 0; level <= tiling.overviews; level++) this.pieces.push([]);
    for (const painted of tiles) this.addTile(name, tiling, painted);
  }

  private addTile(name: CellMap, tiling: MapTiling, { tile, index, paintUrl }: PaintedTile): void {
    const map = index.maps.find((one) => one.name === name);
    if (map === undefined) throw new RangeError(`a painted tile without the map ${name}`);
    let offset = 0;
    for (let level = 0; level <= tiling.overviews; level++) {
      const place = tileBlocks(tiling, tile, level);
      const own = map.sizes[level] ?? [];
      if (own.length !== place.rows * place.cols) throw new RangeError(`a painted tile has ${own.length} blocks`);
      const offsets = new Float64Array(own.length + 1);
      own.forEach((size, block) => {
        offsets[block] = offset;
        offset += size;
        const at = this.placeOf(level, place, block);
        (this.sizes[level] as Float64Array)[at] = size;
        if (level === 0) this.blockStatistics[at] = map.statistics[block] ?? null;
      });
      offsets[own.length] = offset;
      (this.pieces[level] as Piece[]).push({ url: paintUrl + paintBlocks(name), ...place, offsets });
    }
  }

  /** Place of a block of a piece among all blocks of the level. */
  private placeOf(level: number, { row, col, cols }: Pick<Piece, 'row' | 'col' | 'cols'>, block: number): number {
    return (row + Math.floor(block / cols)) * this.colsOf(level) + col + (block % cols);
  }

  private colsOf(level: number): number {
    return this.counts[level]?.cols ?? 0;
  }

  statistics(): readonly (BlockStatistics | null)[] {
    return this.blockStatistics;
  }

  /** Depth first from the one block on top, so that four blocks a level are in memory at the most. */
  async makeUpperLevels(): Promise<void> {
    const top = this.counts.length - 1;
    if (top > this.overviews) await this.upperBlock(top, 0, 0);
  }

  private async upperBlock(level: number, row: number, col: number): Promise<MapCells | null> {
    const { rows, cols } = this.counts[level] as MapSize;
    if (row >= rows || col >= cols) return null;
    if (level === this.overviews) return this.tileBlock(row, col);
    const below = (down: number, right: number) => this.upperBlock(level - 1, 2 * row + down, 2 * col + right);
    const block = halveBlocks(
      [await below(0, 0), await below(0, 1), await below(1, 0), await below(1, 1)],
      this.samples,
    );
    if (block === null) return null;
    const bytes = deflateBlock(block);
    this.upper.set(`${level},${row},${col}`, bytes);
    (this.sizes[level] as Float64Array)[row * cols + col] = bytes.length;
    return block;
  }

  /** A block of the smallest overview that tiles have: one a tile. */
  private async tileBlock(row: number, col: number): Promise<MapCells | null> {
    const piece = (this.pieces[this.overviews] ?? []).find(
      (one) => row >= one.row && row < one.row + one.rows && col >= one.col && col < one.col + one.cols,
    );
    if (piece === undefined) return null;
    const block = (row - piece.row) * piece.cols + col - piece.col;
    const offset = piece.offsets[block] as number;
    const length = (piece.offsets[block + 1] as number) - offset;
    if (length === 0) return null;
    return inflateBlock(await this.store.readRange(piece.url, { offset, length }), this.samples.dtype);
  }

  /** Blocks that are not empty: the smallest overview first, each level by row, then column. */
  async *blocks(): AsyncGenerator<Uint8Array> {
    for (let level = this.counts.length - 1; level > this.overviews; level--) {
      const { rows, cols } = this.counts[level] as MapSize;
      for (let block = 0; block < rows * cols; block++) {
        const bytes = this.upper.get(`${level},${Math.floor(block / cols)},${block % cols}`);
        if (bytes !== undefined) yield bytes;
      }
    }
    for (let level = this.overviews; level >= 0; level--) yield* this.tileLevel(level);
  }

  /** Tiles stand in rows: a row of blocks is one range of each of them. */
  private async *tileLevel(level: number): AsyncGenerator<Uint8Array> {
    const rowsOfTiles = Map.groupBy(this.pieces[level] ?? [], ({ row }) => row);
    for (const [, pieces] of [...rowsOfTiles].sort(([a], [b]) => a - b)) {
      const inOrder = pieces.sort((a, b) => a.col - b.col);
      const rows = Math.max(...inOrder.map((piece) => piece.rows));
      for (let row = 0; row < rows; row++) {
        for (const piece of inOrder) yield* this.blockRow(piece, row);
      }
    }
  }

  private async *blockRow({ url, rows, cols, offsets }: Piece, row: number): AsyncGenerator<Uint8Array> {
    if (row >= rows) return;
    const first = row * cols;
    const start = offsets[first] as number;
    const length = (offsets[first + cols] as number) - start;
    if (length === 0) return;
    const bytes = await this.store.readRange(url, { offset: start, length });
    for (let block = first; block < first + cols; block++) {
      const [from, to] = [offsets[block] as number, offsets[block + 1] as number];
      if (to > from) yield bytes.subarray(from - start, to - start);
    }
  }
}
