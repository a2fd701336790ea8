import type { PackedZones } from '../geo/packed-zones.ts';
import type { Window } from '../geo/window.ts';
import type { WindowAreas } from '../geo/window-areas.ts';

/**
 * Which zone each cell of a window belongs to, as runs: in each row, spans of columns that do not overlap, in order.
 * A cell belongs to the first zone in file order that contains its centre (the rule of GDAL and InVEST).
 */
export interface ZoneSpans {
  readonly window: Window;
  /** Index of the first span of each row, and the total at the end: rows + 1 numbers. */
  readonly rowStarts: Int32Array;
  /** Three numbers a span: first column, column after the last (both from the window's own origin), zone index. */
  readonly spans: Int32Array;
  /** Cells that a later zone claims too, by `first,later` zone index. */
  readonly overlaps: ReadonlyMap<string, number>;
}

/** Cells of each zone in the window, and their area in whole units; areas 0 in the plane. */
export function zoneTallies(spans: ZoneSpans, areas: WindowAreas): Map<number, { cells: number; area: bigint }> {
  const tallies = new Map<number, { cells: number; area: bigint }>();
  for (let row = 0; row < spans.window.rows; row++) {
    for (let span = spans.rowStarts[row]!; span < spans.rowStarts[row + 1]!; span++) {
      const at = span * SPAN_STRIDE;
      const [start, end] = [spans.spans[at]!, spans.spans[at + 1]!];
      const zone = spans.spans[at + 2]!;
      const tally = tallies.get(zone) ?? { cells: 0, area: 0n };
      tally.cells += end - start;
      tally.area += areas.spanUnits(row, start, end);
      tallies.set(zone, tally);
    }
  }
  return tallies;
}

/** Numbers a span takes in `ZoneSpans.spans`. */
export const SPAN_STRIDE = 3;

/** Scan conversion of all zones over a window; positions come from the lattice alone, so tiles join without seam. */
export function zoneSpans(zones: PackedZones, window: Window): ZoneSpans {
  const crossings = ringCrossings(zones, window);
  const rowStarts = new Int32Array(window.rows + 1);
  const spans: number[] = [];
  const overlaps = new Map<string, number>();
  for (let row = 0; row < window.rows; row++) {
    rowStarts[row] = spans.length / SPAN_STRIDE;
    const ofRow = crossings[row];
    if (ofRow !== undefined) {
      for (const span of claimRow(ofRow, window, overlaps)) spans.push(span.start, span.end, span.zone);
    }
  }
  rowStarts[window.rows] = spans.length / SPAN_STRIDE;
  return { window, rowStarts, spans: Int32Array.from(spans), overlaps };
}

interface Span {
  start: number;
  end: number;
  zone: number;
}

/** Per row of the window: column coordinates at which each zone's rings cross the line of cell centres. */
type RowCrossings = Map<number, number[]>;

function ringCrossings(zones: PackedZones, window: Window): (RowCrossings | undefined)[] {
  const rows: (RowCrossings | undefined)[] = new Array(window.rows);
  for (let ring = 0; ring < zones.ringZones.length; ring++) {
    const zone = zones.ringZones[ring]!;
    if (!touches(zones.bounds, zone, window)) continue;
    const end = zones.ringStarts[ring + 1]! - 1;
    for (let vertex = zones.ringStarts[ring]!; vertex < end; vertex++)
      crossEdge(zones.vertices, vertex, zone, window, rows);
  }
  return rows;
}

function touches(bounds: Float64Array, zone: number, window: Window): boolean {
  const at = zone * 4;
  return (
    bounds[at]! <= window.col + window.cols &&
    bounds[at + 2]! >= window.col &&
    bounds[at + 1]! <= window.row + window.rows &&
    bounds[at + 3]! >= window.row
  );
}

/**
 * Records where one edge crosses the centre lines of the window's rows. The edge is always taken from its upper end
 * (least row, then least column), so two zones that share it in opposite directions get the same crossing to the bit.
 */
function crossEdge(
  vertices: Float64Array,
  vertex: number,
  zone: number,
  window: Window,
  rows: (RowCrossings | undefined)[],
): void {
  const at = vertex * 2;
  const flip =
    vertices[at + 1]! > vertices[at + 3]! ||
    (vertices[at + 1] === vertices[at + 3] && vertices[at]! > vertices[at + 2]!);
  const [upper, lower] = flip ? [at + 2, at] : [at, at + 2];
  const top = vertices[upper + 1]!;
  const bottom = vertices[lower + 1]!;
  // Rows whose centre line c satisfies top <= c < bottom.
  const first = Math.max(window.row, Math.ceil(top - 0.5));
  const last = Math.min(window.row + window.rows - 1, Math.ceil(bottom - 0.5) - 1);
  if (first > last) return;
  const run = vertices[lower]! - vertices[upper]!;
  for (let row = first; row <= last; row++) {
    // In this order of operations, as GDAL has it: at a tie the last bit decides.
    const col = ((row + 0.5 - top) * run) / (bottom - top) + vertices[upper]!;
    addCrossing(rows, row - window.row, zone, col);
  }
}

function addCrossing(rows: (RowCrossings | undefined)[], row: number, zone: number, col: number): void {
  let ofRow = rows[row];
  if (ofRow === undefined) {
    ofRow = new Map();
    rows[row] = ofRow;
  }
  const ofZone = ofRow.get(zone);
  if (ofZone === undefined) ofRow.set(zone, [col]);
  else ofZone.push(col);
}

/** Spans of one row: zones in file order, each taking the columns that no earlier zone has. */
function claimRow(crossings: RowCrossings, window: Window, overlaps: Map<string, number>): Span[] {
  const claimed: Span[] = [];
  for (const zone of [...crossings.keys()].sort((a, b) => a - b)) {
    const cols = Float64Array.from(crossings.get(zone)!).sort();
    for (let i = 0; i + 1 < cols.length; i += 2) {
      // A cell is inside if its centre is: left <= col + 0.5 < right, ties as GDAL rounds them.
      const start = Math.max(0, Math.floor(cols[i]! + 0.5) - window.col);
      const end = Math.min(window.cols, Math.floor(cols[i + 1]! + 0.5) - window.col);
      if (start < end) claimSpan(claimed, { start, end, zone }, overlaps);
    }
  }
  return claimed;
}

/** Inserts the parts of `span` that are free into the sorted list `claimed`, and counts those that are not. */
function claimSpan(claimed: Span[], span: Span, overlaps: Map<string, number>): void {
  let at = lowerBound(claimed, span.start);
  let start = span.start;
  while (start < span.end) {
    const next = claimed[at];
    if (next === undefined || next.start >= span.end) {
      claimed.splice(at, 0, { start, end: span.end, zone: span.zone });
      return;
    }
    if (start < next.start) {
      claimed.splice(at, 0, { start, end: next.start, zone: span.zone });
      at += 1;
    }
    countOverlap(overlaps, next, span, Math.min(span.end, next.end) - Math.max(start, next.start));
    start = Math.max(start, next.end);
    at += 1;
  }
}

function countOverlap(overlaps: Map<string, number>, first: Span, later: Span, cells: number): void {
  if (first.zone === later.zone || cells <= 0) return;
  const key = `${first.zone},${later.zone}`;
  overlaps.set(key, (overlaps.get(key) ?? 0) + cells);
}

/** Index of the first claimed span that ends after `col`. */
function lowerBound(claimed: readonly Span[], col: number): number {
  let low = 0;
  let high = claimed.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (claimed[middle]!.end <= col) low = middle + 1;
    else high = middle;
  }
  return low;
}
