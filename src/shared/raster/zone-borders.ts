import type { PackedZones } from '../geo/packed-zones.ts';
import type { Window } from '../geo/window.ts';

/**
 * How much of each cell each zone covers, in whole units, so that zones which share their edges add up exactly.
 *
 * Every edge adds, in each row it passes, a height to the cells right of it and an area to the cells it runs through. Both are
 * rounded to whole units from the edge's own coordinates, always taken from its upper end, and heights are differences of
 * rounded positions. So the two zones along an edge get opposite integers, the heights of a ring cancel in each row, and a cell
 * that no edge runs through is covered by 0 or CELL_UNITS, whatever window is asked for.
 */

/**
 * Units of one whole cell. A unit is 1e-6 of a cell, finer than any outline; 2^33 whole cells still add up exactly in a double,
 * and cell coordinates up to 2^30 have the bits to tell units apart.
 */
export const CELL_UNITS = 2 ** 20;

/**
 * Rounding may leave a sliver this many units below nothing, or a cell over whole. Beyond it rings cross or lie on each other,
 * and the even-odd rule decides.
 */
const ROUNDING_UNITS = 64;

/** Numbers of a stretch, cells side by side that a zone covers alike: row, first column, column after the last, zone, units. */
const STRETCH_STRIDE = 5;

/** Numbers that an edge leaves in a cell: row, column, height for the cells right of it, area for itself; both signed units. */
const BORDER_STRIDE = 4;

/**
 * Stretches of all zones over a window, zone by zone in file order, rows and columns in order within each.
 * Units are the even-odd rule's, give or take what rounding leaves (up to ROUNDING_UNITS below 0 or over CELL_UNITS).
 */
export function zoneStretches(zones: PackedZones, window: Window, signs: Int8Array): Records {
  const stretches = new Records(STRETCH_STRIDE, window);
  const borders = new Borders(window);
  for (const [zone, rings] of ringsByZone(zones)) {
    if (!touches(zones.bounds, zone, window)) continue;
    for (const ring of rings) borders.addRing(zones, ring, signs[ring]!);
    borders.flush(zone, zones.bounds, stretches);
  }
  return stretches;
}

function ringsByZone(zones: PackedZones): [number, number[]][] {
  const ringsOf = new Map<number, number[]>();
  for (let ring = 0; ring < zones.ringZones.length; ring++) {
    const rings = ringsOf.get(zones.ringZones[ring]!);
    if (rings === undefined) ringsOf.set(zones.ringZones[ring]!, [ring]);
    else rings.push(ring);
  }
  return [...ringsOf].sort(([a], [b]) => a - b);
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

/** Records of whole numbers that grow as needed; the first two of each are row and column from the window's own origin. */
export class Records {
  readonly stride: number;
  readonly window: Window;
  values: Float64Array;
  length = 0;

  constructor(stride: number, window: Window) {
    this.stride = stride;
    this.window = window;
    this.values = new Float64Array(stride * 256);
  }

  /** Adds a record for a cell, its other numbers as they happen to be, and tells where it begins. */
  add(row: number, col: number): number {
    const at = this.length * this.stride;
    if (at === this.values.length) {
      const grown = new Float64Array(at * 2);
      grown.set(this.values);
      this.values = grown;
    }
    this.length++;
    this.values[at] = row;
    this.values[at + 1] = col;
    return at;
  }

  /** Where records begin, by row and column; those of one cell as they came. */
  order(): Float64Array {
    const { length, stride } = this;
    const { rows, cols } = this.window;
    const places = new Float64Array(length);
    for (let index = 0; index < length; index++) places[index] = index * stride;
    if (length > rows + cols) return this.countingSort(this.countingSort(places, 1, cols), 0, rows);
    return this.smallSort(places);
  }

  /** One stable pass by the number at `field`, which lies below `bound`. */
  private countingSort(places: Float64Array, field: number, bound: number): Float64Array {
    const starts = new Uint32Array(bound + 1);
    for (const at of places) starts[this.values[at + field]! + 1]!++;
    for (let i = 0; i < bound; i++) starts[i + 1]! += starts[i]!;
    const sorted = new Float64Array(places.length);
    for (const at of places) sorted[starts[this.values[at + field]!]!++] = at;
    return sorted;
  }

  /** Cell and place in one number where both fit: plain numbers are sorted many times faster than records compared. */
  private smallSort(places: Float64Array): Float64Array {
    const { values } = this;
    const { rows, cols } = this.window;
    const room = Math.max(1, places.length * this.stride);
    if (rows * cols * room > Number.MAX_SAFE_INTEGER)
      return places.sort((a, b) => values[a]! - values[b]! || values[a + 1]! - values[b + 1]! || a - b);
    const keys = places.map((at) => (values[at]! * cols + values[at + 1]!) * room + at).sort();
    return keys.map((key) => key % room);
  }
}

/** Edges of one zone, gathered by cell and turned into stretches of equal cover. */
class Borders {
  readonly window: Window;
  readonly records: Records;
  /** Signed height of the edges left of the window, for each of its rows. */
  readonly left: Float64Array;
  private lastRow = -1;
  private lastCol = -1;
  /** The edge at hand, from its upper end. */
  private upperCol = 0;
  private lowerCol = 0;
  private top = 0;
  private bottom = 0;
  private sign = 0;

  constructor(window: Window) {
    this.window = window;
    this.records = new Records(BORDER_STRIDE, window);
    this.left = new Float64Array(window.rows);
  }

  addRing(zones: PackedZones, ring: number, ringSign: number): void {
    const { vertices, ringStarts } = zones;
    for (let at = ringStarts[ring]! * 2; at < (ringStarts[ring + 1]! - 1) * 2; at += 2) {
      // A ring of positive area goes down on its right side and up on its left one, where its inside begins.
      if (vertices[at + 1]! < vertices[at + 3]!) this.addEdge(vertices, at, at + 2, -ringSign);
      else if (vertices[at + 1]! > vertices[at + 3]!) this.addEdge(vertices, at + 2, at, ringSign);
    }
  }

  /** One edge, given by the places of its upper and its lower end; level ones cover nothing. */
  addEdge(vertices: Float64Array, upper: number, lower: number, sign: number): void {
    const { row: firstRow, rows, col: firstCol, cols } = this.window;
    const [upperCol, lowerCol] = [vertices[upper]!, vertices[lower]!];
    const [top, bottom] = [vertices[upper + 1]!, vertices[lower + 1]!];
    if (Math.min(upperCol, lowerCol) >= firstCol + cols) return;
    this.upperCol = upperCol;
    this.lowerCol = lowerCol;
    this.top = top;
    this.bottom = bottom;
    this.sign = sign;
    const isLeft = Math.max(upperCol, lowerCol) < firstCol;
    const last = Math.min(firstRow + rows, Math.ceil(bottom)) - 1;
    for (let row = Math.max(firstRow, Math.floor(top)); row <= last; row++) {
      const from = top > row ? Math.round((top - row) * CELL_UNITS) : 0;
      const to = bottom < row + 1 ? Math.round((bottom - row) * CELL_UNITS) : CELL_UNITS;
      if (isLeft) this.left[row - firstRow]! += sign * (to - from);
      else if (from < to) this.addStep(row, from, to);
    }
  }

  /** The edge's way through one row, in which it goes from height `from` to `to`. */
  addStep(row: number, from: number, to: number): void {
    const start = this.top >= row ? this.upperCol : this.colAt(row);
    const end = this.bottom <= row + 1 ? this.lowerCol : this.colAt(row + 1);
    const [least, most] = start < end ? [start, end] : [end, start];
    const [first, last] = [Math.floor(least), Math.floor(most)];
    if (first === last) {
      this.addPiece(row, first, to - from, (start + end) / 2);
      return;
    }
    // What lies left of the window is taken together; column by column it would add up to the same.
    const firstSeen = Math.max(first, Math.min(last, this.window.col));
    const endSeen = Math.min(last, this.window.col + this.window.cols - 1);
    let before = start < end ? from : to;
    if (firstSeen > first) {
      const after = this.heightAt(row, firstSeen, from, to);
      this.left[row - this.window.row]! += this.sign * Math.abs(after - before);
      before = after;
    }
    for (let col = firstSeen; col <= endSeen; col++) {
      const lastHeight = start < end ? to : from;
      const after = col === last ? lastHeight : this.heightAt(row, col + 1, from, to);
      const middle = ((col === first ? least : col) + (col === last ? most : col + 1)) / 2;
      this.addPiece(row, col, Math.abs(after - before), middle);
      before = after;
    }
  }

  /** Column at which the edge passes the upper border of a row. */
  private colAt(row: number): number {
    const { upperCol, lowerCol, top, bottom } = this;
    const col = upperCol + ((row - top) * (lowerCol - upperCol)) / (bottom - top);
    return Math.min(Math.max(upperCol, lowerCol), Math.max(Math.min(upperCol, lowerCol), col));
  }

  /** Units below the row's upper border at which the edge passes the left border of a column. */
  private heightAt(row: number, col: number, from: number, to: number): number {
    const { upperCol, lowerCol, top, bottom } = this;
    const height = top + ((col - upperCol) * (bottom - top)) / (lowerCol - upperCol) - row;
    return Math.min(to, Math.max(from, Math.round(height * CELL_UNITS)));
  }

  /** A piece of the edge within one cell: `height` units high, `middle` its mean column. */
  private addPiece(latticeRow: number, latticeCol: number, height: number, middle: number): void {
    const row = latticeRow - this.window.row;
    const col = latticeCol - this.window.col;
    if (height === 0 || col >= this.window.cols) return;
    if (col < 0) {
      this.left[row]! += this.sign * height;
      return;
    }
    const { records } = this;
    let at = (records.length - 1) * BORDER_STRIDE;
    // The many short edges of a fine outline follow each other through one cell.
    if (row !== this.lastRow || col !== this.lastCol) {
      at = records.add(row, col);
      records.values[at + 2] = 0;
      records.values[at + 3] = 0;
      this.lastRow = row;
      this.lastCol = col;
    }
    records.values[at + 2]! += this.sign * height;
    records.values[at + 3]! += this.sign * Math.round(height * (latticeCol + 1 - middle));
  }

  /** Writes the stretches that the zone covers and forgets its edges. */
  flush(zone: number, bounds: Float64Array, stretches: Records): void {
    const { row: firstRow, rows, cols } = this.window;
    const order = this.records.order();
    const { values } = this.records;
    const first = Math.max(0, Math.floor(bounds[zone * 4 + 1]!) - firstRow);
    const end = Math.min(rows, Math.ceil(bounds[zone * 4 + 3]!) - firstRow);
    let next = 0;
    for (let row = first; row < end; row++) {
      let cover = this.left[row]!;
      this.left[row] = 0;
      let done = 0;
      while (next < order.length && values[order[next]!]! === row) {
        const col = values[order[next]! + 1]!;
        addStretch(stretches, row, done, col, zone, cover);
        let area = cover;
        for (; next < order.length && values[order[next]!]! === row && values[order[next]! + 1]! === col; next++) {
          cover += values[order[next]! + 2]!;
          area += values[order[next]! + 3]!;
        }
        addStretch(stretches, row, col, col + 1, zone, area);
        done = col + 1;
      }
      addStretch(stretches, row, done, cols, zone, cover);
    }
    this.records.length = 0;
    this.lastRow = -1;
  }
}

/** Adds cells of equal cover to the stretch before them if they go on from it. */
function addStretch(stretches: Records, row: number, start: number, end: number, zone: number, cover: number): void {
  if (start === end || cover === 0) return;
  const units = evenOdd(cover);
  if (units === 0) return;
  const last = (stretches.length - 1) * STRETCH_STRIDE;
  const { values } = stretches;
  if (last >= 0 && values[last] === row && values[last + 2] === start) {
    if (values[last + 3] === zone && values[last + 4] === units) {
      values[last + 2] = end;
      return;
    }
  }
  const at = stretches.add(row, start);
  stretches.values[at + 2] = end;
  stretches.values[at + 3] = zone;
  stretches.values[at + 4] = units;
}

/** Covered twice is not covered, three times is again; small excesses of rounding are left for the sharing to even out. */
function evenOdd(cover: number): number {
  if (cover >= -ROUNDING_UNITS && cover <= CELL_UNITS + ROUNDING_UNITS) return cover;
  const rest = Math.abs(cover) % (2 * CELL_UNITS);
  return rest > CELL_UNITS ? 2 * CELL_UNITS - rest : rest;
}
