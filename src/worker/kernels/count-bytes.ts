import { SPAN_STRIDE, type ZoneSpans } from '../../shared/raster/zone-spans.ts';
import type { TileCounters } from './count-runs.ts';

/**
 * @pure Counts a block of byte codes by zone and class: the same counts as run by run (count-runs.ts), three times as
 * fast. Four cells are read as one word; a word of one code, as most are in land cover, is compared with the next ones.
 */

const CODES = 256;
/** A word of four equal bytes is its lowest byte times this. */
const REPEATED = 0x01010101;

/** A rectangle of cells of a tile, and where its codes stand. */
export interface ByteBlock {
  readonly codes: Uint8Array;
  /** Index of the first cell's code, and from there to the one below. */
  readonly from: number;
  readonly rowStride: number;
  /** From the tile's own origin. */
  readonly cells: { readonly row: number; readonly col: number; readonly rows: number; readonly cols: number };
}

/** Counts of one zone in one block. */
interface ZoneCounts {
  readonly cells: Uint32Array;
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/** Codes of one block, counted before they are added to the tile's tally. One a tile: its memory is used again. */
export class ByteCounter {
  private readonly counters: TileCounters;
  private readonly zones = new Map<number, ZoneCounts>();
  private readonly touched = new Set<number>();
  /** Counts of one piece of a row, and the codes that the block has shown so far: most rows show no others. */
  private readonly piece = new Uint32Array(CODES);
  private readonly shown = new Uint8Array(CODES);
  private readonly shownCodes: number[] = [];

  constructor(counters: TileCounters) {
    this.counters = counters;
  }

  /** Adds the cells that lie in zones. Codes equal to `nodata` are missing and not counted. */
  add(block: ByteBlock, nodata: number | null): void {
    const words = wordsOf(block.codes);
    const { spans } = this.counters;
    for (let row = 0; row < block.cells.rows; row++) {
      forEachPiece(spans, block, row, (from, count, zone) => {
        this.touched.add(zone);
        const counts = this.countsOf(zone);
        if (this.counters.areas.inPlane) addPiece(counts.cells, block.codes, words, from, from + count);
        else this.addWithArea(counts, block, { row, from, count }, words);
      });
    }
    this.flush(block, nodata);
  }

  private countsOf(zone: number): ZoneCounts {
    let counts = this.zones.get(zone);
    if (counts === undefined) {
      const areas = this.counters.areas.inPlane ? 0 : CODES;
      counts = { cells: new Uint32Array(CODES), low: new Float64Array(areas), high: new Float64Array(areas) };
      this.zones.set(zone, counts);
    }
    return counts;
  }

  /** Cells of a row have one area: the piece is counted by itself, and its codes get their share of it. */
  private addWithArea(
    counts: ZoneCounts,
    { codes, cells }: ByteBlock,
    { row, from, count }: { readonly row: number; readonly from: number; readonly count: number },
    words: Int32Array,
  ): void {
    const { piece, shown, shownCodes } = this;
    addPiece(piece, codes, words, from, from + count);
    const { low, high } = this.counters.areas.of(cells.row + row, 0, 1);
    let left = count;
    for (const code of shownCodes) left -= movePiece(piece, counts, code, low, high);
    for (let code = 0; left > 0; code++) {
      if (piece[code] === 0) continue;
      if (shown[code] === 0) shownCodes.push(code);
      shown[code] = 1;
      left -= movePiece(piece, counts, code, low, high);
    }
  }

  private flush(block: ByteBlock, nodata: number | null): void {
    const { classes } = this.counters;
    for (let code = 0; code < CODES; code++) {
      if (code === nodata) continue;
      let place: { readonly row: number; readonly col: number } | null = null;
      for (const zone of this.touched) {
        const { cells, low, high } = this.countsOf(zone);
        if (cells[code] === 0) continue;
        place ??= this.firstPlace(block, code);
        classes.add(code, zone, cells[code]!, { low: low[code] ?? 0, high: high[code] ?? 0 }, place.row, place.col);
      }
    }
    for (const zone of this.touched) clear(this.countsOf(zone));
    this.touched.clear();
    for (const code of this.shownCodes) this.shown[code] = 0;
    this.shownCodes.length = 0;
  }

  /** First cell of a code on the lattice: the one known, or an earlier one of this block. The code is in the block. */
  private firstPlace(block: ByteBlock, code: number): { readonly row: number; readonly col: number } {
    const { spans, classes } = this.counters;
    const known = classes.placeOf(code);
    const top = spans.window.row + block.cells.row;
    const rows = known === null ? block.cells.rows : Math.min(block.cells.rows, known.row - top + 1);
    for (let row = 0; row < rows; row++) {
      let first = -1;
      forEachPiece(spans, block, row, (from, count) => {
        if (first >= 0) return;
        const at = block.codes.subarray(from, from + count).indexOf(code);
        if (at >= 0) first = from + at;
      });
      if (first < 0) continue;
      const col = first - block.from - row * block.rowStride;
      return { row: top + row, col: spans.window.col + block.cells.col + col };
    }
    if (known === null) throw new RangeError(`code ${code} was counted and is not in its block`);
    return known;
  }
}

/** Calls for each part of a row of the block that lies in a zone, with the index of its first code and its cells. */
function forEachPiece(
  { rowStarts, spans }: ZoneSpans,
  { cells, from, rowStride }: ByteBlock,
  row: number,
  visit: (from: number, count: number, zone: number) => void,
): void {
  const tileRow = cells.row + row;
  const end = cells.col + cells.cols;
  const origin = from + row * rowStride - cells.col;
  for (let span = rowStarts[tileRow]!; span < rowStarts[tileRow + 1]!; span++) {
    const at = span * SPAN_STRIDE;
    const left = Math.max(cells.col, spans[at]!);
    const right = Math.min(end, spans[at + 1]!);
    if (left < right) visit(origin + left, right - left, spans[at + 2]!);
  }
}

/** All whole words under the codes; they start where the address is a multiple of four. */
function wordsOf(codes: Uint8Array): Int32Array {
  const start = (codes.byteOffset + 3) & ~3;
  const count = Math.max(0, (codes.byteOffset + codes.length - start) >> 2);
  return new Int32Array(codes.buffer, count === 0 ? 0 : start, count);
}

/** Adds the codes from `from` to before `to` to a histogram. The order of bytes in a word does not matter to it. */
function addPiece(histogram: Uint32Array, codes: Uint8Array, words: Int32Array, from: number, to: number): void {
  const offset = words.byteOffset - codes.byteOffset;
  const firstWord = Math.max(0, (from - offset + 3) >> 2);
  const endWord = Math.min(words.length, (to - offset) >> 2);
  if (firstWord >= endWord) {
    for (let at = from; at < to; at++) histogram[codes[at]!]! += 1;
    return;
  }
  for (let at = from; at < offset + firstWord * 4; at++) histogram[codes[at]!]! += 1;
  for (let at = firstWord; at < endWord; ) {
    const word = words[at]!;
    const code = word & 255;
    let next = at + 1;
    if (word === Math.imul(code, REPEATED)) {
      while (next < endWord && words[next] === word) next++;
      histogram[code]! += (next - at) * 4;
    } else {
      histogram[code]! += 1;
      histogram[(word >>> 8) & 255]! += 1;
      histogram[(word >>> 16) & 255]! += 1;
      histogram[word >>> 24]! += 1;
    }
    at = next;
  }
  for (let at = offset + endWord * 4; at < to; at++) histogram[codes[at]!]! += 1;
}

function movePiece(piece: Uint32Array, counts: ZoneCounts, code: number, low: number, high: number): number {
  const cells = piece[code]!;
  piece[code] = 0;
  counts.cells[code]! += cells;
  counts.low[code]! += low * cells;
  counts.high[code]! += high * cells;
  return cells;
}

function clear({ cells, low, high }: ZoneCounts): void {
  cells.fill(0);
  low.fill(0);
  high.fill(0);
}
