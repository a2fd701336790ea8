import { CitysinkError } from '../../shared/errors.ts';
import { SPAN_STRIDE, type ZoneSpans } from '../../shared/raster/zone-spans.ts';
import { type ClassTally, MAX_CLASSES, type RunAreas } from './class-tally.ts';

/** @pure Counts cells of one row by zone and class, run by run: land cover repeats, so runs are fewer than cells. */

export type Codes = Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array;

/** A piece of one row of cells: `count` codes from `codes[from]` on, `stride` apart, starting at tile column `col`. */
export interface RowPiece {
  readonly codes: Codes;
  readonly from: number;
  readonly stride: number;
  readonly count: number;
  /** Row and first column, from the tile's own origin. */
  readonly row: number;
  readonly col: number;
}

/** Counters of one tile. */
export interface TileCounters {
  readonly spans: ZoneSpans;
  readonly areas: RunAreas;
  readonly classes: ClassTally;
  /** Cells in blocks that could not be read, as if they were class 0. */
  readonly unread: ClassTally;
}

/**
 * Adds the cells of a row piece that lie in zones. Codes equal to `nodata` are missing and not counted.
 * Errors: RASTER_UNSUPPORTED where the tile has more classes than a class raster has.
 */
export function countRowPiece(counters: TileCounters, piece: RowPiece, nodata: number | null): void {
  const { spans } = counters;
  const end = piece.col + piece.count;
  for (let span = spans.rowStarts[piece.row]!; span < spans.rowStarts[piece.row + 1]!; span++) {
    const at = span * SPAN_STRIDE;
    const left = Math.max(piece.col, spans.spans[at]!);
    const right = Math.min(end, spans.spans[at + 1]!);
    if (left < right) countRuns(counters, piece, { left, right, zone: spans.spans[at + 2]! }, nodata);
  }
}

interface ZonePiece {
  readonly left: number;
  readonly right: number;
  readonly zone: number;
}

function countRuns(counters: TileCounters, piece: RowPiece, part: ZonePiece, nodata: number | null): void {
  const { codes, stride } = piece;
  const { classes, spans, areas } = counters;
  const end = piece.from + (part.right - piece.col) * stride;
  let at = piece.from + (part.left - piece.col) * stride;
  while (at < end) {
    const code = codes[at]!;
    let next = at + stride;
    while (next < end && codes[next] === code) next += stride;
    if (code !== nodata) {
      const col = piece.col + (at - piece.from) / stride;
      const count = (next - at) / stride;
      const area = areas.of(piece.row, col, count);
      const counted = classes.add(code, part.zone, count, area, spans.window.row + piece.row, spans.window.col + col);
      if (!counted) refuseContinuous();
    }
    at = next;
  }
}

function refuseContinuous(): never {
  throw new CitysinkError(
    'RASTER_UNSUPPORTED',
    `the land cover has more than ${MAX_CLASSES} different codes in one tile; expected a raster of classes`,
    { remedy: 'Check that the layer `landcover` names a class raster, and its band.' },
  );
}

/** Adds a rectangle of cells of one code (a sparse block). Coordinates from the tile's own origin. */
export function countConstant(
  tally: ClassTally,
  counters: TileCounters,
  cells: { readonly row: number; readonly col: number; readonly rows: number; readonly cols: number },
  code: number,
): void {
  const { spans, areas } = counters;
  for (let row = cells.row; row < cells.row + cells.rows; row++) {
    for (let span = spans.rowStarts[row]!; span < spans.rowStarts[row + 1]!; span++) {
      const at = span * SPAN_STRIDE;
      const left = Math.max(cells.col, spans.spans[at]!);
      const right = Math.min(cells.col + cells.cols, spans.spans[at + 1]!);
      if (left < right) {
        const area = areas.of(row, left, right - left);
        tally.add(code, spans.spans[at + 2]!, right - left, area, spans.window.row + row, spans.window.col + left);
      }
    }
  }
}
