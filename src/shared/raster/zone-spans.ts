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
    for (const span of claimRow(crossings, row, window, overlaps)) spans.push(span.start, span.end, span.zone);
  }
  rowStarts[window.rows] = spans.length / SPAN_STRIDE;
  return { window, rowStarts, spans: Int32Array.from(spans), overlaps };
}

interface Span {
  start: number;
  end: number;
  zone: number;
}

/** Column coordinates at which rings cross the lines of cell centres: those of a row stand together, by zone, then column. */
interface RowCrossings {
  /** Index of the first crossing of each row, and the total at the end. */
  readonly starts: Int32Array;
  readonly zones: Int32Array;
  readonly cols: Float64Array;
}

function ringCrossings(zones: PackedZones, window: Window): RowCrossings {
  const found = new CrossingList();
  for (let ring = 0; ring < zones.ringZones.length; ring++) {
    const zone = zones.ringZones[ring]!;
    if (!touches(zones.bounds, zone, window)) continue;
    const end = zones.ringStarts[ring + 1]! - 1;
    for (let vertex = zones.ringStarts[ring]!; vertex < end; vertex++)
      crossEdge(zones.vertices, vertex, zone, window, found);
  }
  return found.byRow(window.rows);
}

/** Crossings in the order of edges, in arrays that grow: millions of them cost no objects. */
class CrossingList {
  private count = 0;
  private rows = new Int32Array(1024);
  private zones = new Int32Array(1024);
  private cols = new Float64Array(1024);

  add(row: number, zone: number, col: number): void {
    if (this.count === this.rows.length) this.grow();
    this.rows[this.count] = row;
    this.zones[this.count] = zone;
    this.cols[this.count] = col;
    this.count++;
  }

  private grow(): void {
    const [rows, zones, cols] = [this.rows, this.zones, this.cols];
    this.rows = new Int32Array(rows.length * 2);
    this.zones = new Int32Array(rows.length * 2);
    this.cols = new Float64Array(rows.length * 2);
    this.rows.set(rows);
    this.zones.set(zones);
    this.cols.set(cols);
  }

  byRow(rowCount: number): RowCrossings {
    const starts = new Int32Array(rowCount + 1);
    for (let i = 0; i < this.count; i++) starts[this.rows[i]! + 1]! += 1;
    for (let row = 0; row < rowCount; row++) starts[row + 1]! += starts[row]!;
    const crossings = { starts, zones: new Int32Array(this.count), cols: new Float64Array(this.count) };
    const ends = starts.slice(0, rowCount);
    for (let i = 0; i < this.count; i++) {
      const at = ends[this.rows[i]!]!++;
      crossings.zones[at] = this.zones[i]!;
      crossings.cols[at] = this.cols[i]!;
    }
    for (let row = 0; row < rowCount; row++) sortRow(crossings, starts[row]!, starts[row + 1]!);
    return crossings;
  }
}

/** Rows with more crossings are sorted by a method for many. */
const FEW = 32;

/** By zone, then column. */
function sortRow(crossings: RowCrossings, first: number, end: number): void {
  const { zones, cols } = crossings;
  if (end - first > FEW) {
    const order = Array.from({ length: end - first }, (_, i) => first + i);
    order.sort((a, b) => zones[a]! - zones[b]! || cols[a]! - cols[b]!);
    const sorted = order.map((at): [number, number] => [zones[at]!, cols[at]!]);
    sorted.forEach(([zone, col], i) => {
      zones[first + i] = zone;
      cols[first + i] = col;
    });
    return;
  }
  for (let next = first + 1; next < end; next++) {
    const [zone, col] = [zones[next]!, cols[next]!];
    let at = next;
    for (; at > first && (zones[at - 1]! > zone || (zones[at - 1] === zone && cols[at - 1]! > col)); at--) {
      zones[at] = zones[at - 1]!;
      cols[at] = cols[at - 1]!;
    }
    zones[at] = zone;
    cols[at] = col;
  }
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
function crossEdge(vertices: Float64Array, vertex: number, zone: number, window: Window, found: CrossingList): void {
  const at = vertex * 2;
  const flip =
    vertices[at + 1]! > vertices[at + 3]! ||
    (vertices[at + 1] === vertices[at + 3] && vertices[at]! > vertices[at + 2]!);
  const upper = flip ? at + 2 : at;
  const lower = flip ? at : at + 2;
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
    found.add(row - window.row, zone, col);
  }
}

/** Spans of one row: zones in file order, each taking the columns that no earlier zone has. */
function claimRow(
  { starts, zones, cols }: RowCrossings,
  row: number,
  window: Window,
  overlaps: Map<string, number>,
): Span[] {
  const claimed: Span[] = [];
  const rowEnd = starts[row + 1]!;
  for (let at = starts[row]!; at + 1 < rowEnd; at += 2) {
    const zone = zones[at]!;
    if (zones[at + 1] !== zone) throw new RangeError(`a ring of zone ${zone} is not closed`);
    // A cell is inside if its centre is: left <= col + 0.5 < right, ties as GDAL rounds them.
    const start = Math.max(0, Math.floor(cols[at]! + 0.5) - window.col);
    const end = Math.min(window.cols, Math.floor(cols[at + 1]! + 0.5) - window.col);
    if (start >= end) continue;
    const last = claimed.at(-1);
    if (last === undefined || last.end <= start) claimed.push({ start, end, zone });
    else claimSpan(claimed, { start, end, zone }, overlaps);
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
