/** Blocks of a map and its overviews: 512 x 512 cells, counted from the map's north-west corner. */

export const MAP_BLOCK = 512;
export const BLOCK_CELLS = MAP_BLOCK * MAP_BLOCK;

export type MapDtype = 'float32' | 'uint8' | 'uint16' | 'int32';
export type MapCells = Float32Array | Uint8Array | Uint16Array | Int32Array;

/** How the samples of a map are kept. */
export interface MapSamples {
  readonly dtype: MapDtype;
  readonly nodata: number;
}

export const MAP_SAMPLE_BYTES: Readonly<Record<MapDtype, number>> = { float32: 4, uint8: 1, uint16: 2, int32: 4 };

/** Rows and columns, of cells or of blocks. */
export interface MapSize {
  readonly rows: number;
  readonly cols: number;
}

/** A whole block of nodata. */
export function emptyBlock({ dtype, nodata }: MapSamples): MapCells {
  if (dtype === 'float32') return new Float32Array(BLOCK_CELLS).fill(nodata);
  if (dtype === 'uint8') return new Uint8Array(BLOCK_CELLS).fill(nodata);
  return dtype === 'uint16' ? new Uint16Array(BLOCK_CELLS).fill(nodata) : new Int32Array(BLOCK_CELLS).fill(nodata);
}

/** Cells of the map and of its overviews: each half of the one before, rounded up, until one block holds all. */
export function levelSizes(full: MapSize): MapSize[] {
  const sizes = [full];
  for (let { rows, cols } = full; rows > MAP_BLOCK || cols > MAP_BLOCK; ) {
    [rows, cols] = [Math.ceil(rows / 2), Math.ceil(cols / 2)];
    sizes.push({ rows, cols });
  }
  return sizes;
}

/** Blocks of so many cells. */
export function blockCounts({ rows, cols }: MapSize): MapSize {
  return { rows: Math.ceil(rows / MAP_BLOCK), cols: Math.ceil(cols / MAP_BLOCK) };
}

/** Four blocks, null where all is nodata: north-west, north-east, south-west, south-east. */
export type Quad = readonly [MapCells | null, MapCells | null, MapCells | null, MapCells | null];

/**
 * The block of the next overview. A cell is the mean of the valid ones of four (float32), or the most frequent of them
 * (codes; of equals the first by row, then column). null where all is nodata.
 */
export function halveBlocks(quad: Quad, samples: MapSamples): MapCells | null {
  if (quad.every((block) => block === null)) return null;
  const out = emptyBlock(samples);
  quad.forEach((block, part) => {
    if (block === null) return;
    const start = (part >> 1) * (BLOCK_CELLS / 2) + (part & 1) * (MAP_BLOCK / 2);
    if (samples.dtype === 'float32') halveMeans(block, out, start, samples.nodata);
    else halveModes(block, out, start, samples.nodata);
  });
  return out;
}

function halveMeans(block: MapCells, out: MapCells, start: number, nodata: number): void {
  for (let row = 0; row < MAP_BLOCK / 2; row++) {
    let at = 2 * row * MAP_BLOCK;
    let to = start + row * MAP_BLOCK;
    for (let col = 0; col < MAP_BLOCK / 2; col++, at += 2, to++) {
      const [a, b] = [block[at]!, block[at + 1]!];
      const [c, d] = [block[at + MAP_BLOCK]!, block[at + MAP_BLOCK + 1]!];
      // Most of four are alike: maps hold densities of classes.
      if (a === b && a === c && a === d) out[to] = a;
      else meanInto(out, to, [a, b, c, d], nodata);
    }
  }
}

function meanInto(out: MapCells, to: number, four: readonly number[], nodata: number): void {
  let sum = 0;
  let valid = 0;
  for (const value of four) {
    if (value === nodata) continue;
    sum += value;
    valid++;
  }
  if (valid > 0) out[to] = sum / valid;
}

function halveModes(block: MapCells, out: MapCells, start: number, nodata: number): void {
  for (let row = 0; row < MAP_BLOCK / 2; row++) {
    let at = 2 * row * MAP_BLOCK;
    let to = start + row * MAP_BLOCK;
    for (let col = 0; col < MAP_BLOCK / 2; col++, at += 2, to++) {
      out[to] = modeOf(block[at]!, block[at + 1]!, block[at + MAP_BLOCK]!, block[at + MAP_BLOCK + 1]!, nodata);
    }
  }
}

function modeOf(a: number, b: number, c: number, d: number, nodata: number): number {
  const votes = (one: number) =>
    one === nodata ? 0 : Number(one === a) + Number(one === b) + Number(one === c) + Number(one === d);
  let [best, most] = [a, votes(a)];
  for (const one of [b, c, d]) {
    const count = votes(one);
    if (count > most) [best, most] = [one, count];
  }
  return most === 0 ? nodata : best;
}

/** Of the valid cells of a block; runs of one value are added as its product, in their order by row, then column. */
export interface BlockStatistics {
  readonly count: number;
  readonly least: number;
  readonly largest: number;
  readonly sum: number;
  readonly squares: number;
}

/** null where all is nodata. */
export function blockStatistics(cells: MapCells, nodata: number): BlockStatistics | null {
  let [count, least, largest, sum, squares] = [0, Infinity, -Infinity, 0, 0];
  for (let start = 0; start < cells.length; ) {
    const value = cells[start]!;
    let end = start + 1;
    while (end < cells.length && cells[end] === value) end++;
    const run = end - start;
    start = end;
    if (value === nodata) continue;
    count += run;
    sum += value * run;
    squares += value * value * run;
    if (value < least) least = value;
    if (value > largest) largest = value;
  }
  return count === 0 ? null : { count, least, largest, sum, squares };
}
