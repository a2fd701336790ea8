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

/** Cells side by side that a zone covers alike: first cell (of the window, row by row), column after the last, zone, units. */
const STRETCH_STRIDE = 4;

/**
 * Stretches of all zones over a window, zone by zone in file order, rows and columns in order within each.
 * Units are the even-odd rule's, give or take what rounding leaves (up to ROUNDING_UNITS below 0 or over CELL_UNITS).
 */
export function zoneStretches(zones: PackedZones, window: Window, signs: Int8Array): Records {
  const stretches = new Records(STRETCH_STRIDE);
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

/** Records of whole numbers that grow as needed; the first number of each is a cell of the window, counted row by row. */
export class Records {
  readonly stride: number;
  values = new Float64Array(1024);
  length = 0;

  constructor(stride: number) {
    this.stride = stride;
  }

  /** Makes room for one more record and tells where it begins. */
  next(): number {
    const at = this.length * this.stride;
    if (at + this.stride > this.values.length) {
      const grown = new Float64Array(this.values.length * 2);
      grown.set(this.values);
      this.values = grown;
    }
    this.length++;
    return at;
  }

  /** Where records begin, in order of their cells; those of one cell as they came. */
  order(): Float64Array {
    const { length, stride, values } = this;
    let room = 1;
    while (room < length) room *= 2;
    // Cell and place in one number where both fit: sorting plain numbers is many times faster than comparing records.
    const keys = Float64Array.from({ length }, (_, index) => values[index * stride]! * room + index);
    if (keys.every(Number.isSafeInteger)) return keys.sort().map((key) => (key % room) * stride);
    return keys.map((_, index) => index * stride).sort((a, b) => values[a]! - values[b]! || a - b);
  }
}

/** What edges of one zone leave in a cell: cell, height for the cells right of it, area for itself; both signed units. */
const BORDER_STRIDE = 3;

/** Edges of one zone, gathered by cell and turned into stretches of equal cover. */
class Borders {
  readonly window: Window;
  readonly records = new Records(BORDER_STRIDE);
  /** Signed height of the edges left of the window, for each of its rows. */
  readonly left: Float64Array;
  lastCell = -1;

  constructor(window: Window) {
    this.window = window;
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
    const [upperCol, top] = [vertices[upper]!, vertices[upper + 1]!];
    const [lowerCol, bottom] = [vertices[lower]!, vertices[lower + 1]!];
    const [minCol, maxCol] = upperCol < lowerCol ? [upperCol, lowerCol] : [lowerCol, upperCol];
    if (minCol >= firstCol + cols) return;
    const run = lowerCol - upperCol;
    const drop = bottom - top;
    const colAt = (row: number) => Math.min(maxCol, Math.max(minCol, upperCol + ((row - top) * run) / drop));
    const last = Math.min(firstRow + rows, Math.ceil(bottom)) - 1;
    for (let row = Math.max(firstRow, Math.floor(top)); row <= last; row++) {
      const from = top > row ? Math.round((top - row) * CELL_UNITS) : 0;
      const to = bottom < row + 1 ? Math.round((bottom - row) * CELL_UNITS) : CELL_UNITS;
      if (from === to) continue;
      if (maxCol < firstCol) {
        this.left[row - firstRow]! += sign * (to - from);
        continue;
      }
      const start = top >= row ? upperCol : colAt(row);
      const end = bottom <= row + 1 ? lowerCol : colAt(row + 1);
      if (Math.floor(start) === Math.floor(end)) {
        this.addPiece(row - firstRow, Math.floor(start), to - from, (start + end) / 2, sign);
        continue;
      }
      // Where the edge passes from column to column, as rounded heights in the row.
      const heightAt = (col: number) => {
        const height = Math.round((top + ((col - upperCol) * drop) / run - row) * CELL_UNITS);
        return Math.min(to, Math.max(from, height));
      };
      this.addSlope(row - firstRow, { start, end, from, to }, heightAt, sign);
    }
  }

  /** An edge's stretch of one row that runs through several columns. Those left of the window are taken together. */
  addSlope(row: number, slope: Slope, heightAt: (col: number) => number, sign: number): void {
    const rightward = slope.start < slope.end;
    const [least, most] = rightward ? [slope.start, slope.end] : [slope.end, slope.start];
    const [atLeast, atMost] = rightward ? [slope.from, slope.to] : [slope.to, slope.from];
    const [first, last] = [Math.floor(least), Math.floor(most)];
    const firstSeen = Math.max(first, Math.min(last, this.window.col));
    let before = atLeast;
    if (firstSeen > first) {
      before = heightAt(firstSeen);
      this.left[row]! += sign * Math.abs(before - atLeast);
    }
    const end = Math.min(last, this.window.col + this.window.cols - 1);
    for (let col = firstSeen; col <= end; col++) {
      const after = col === last ? atMost : heightAt(col + 1);
      const middle = ((col === first ? least : col) + (col === last ? most : col + 1)) / 2;
      this.addPiece(row, col, Math.abs(after - before), middle, sign);
      before = after;
    }
  }

  /** A piece of an edge within one cell: `height` units high, `middle` its mean column; row from the window, columns not. */
  addPiece(row: number, col: number, height: number, middle: number, sign: number): void {
    const inWindow = col - this.window.col;
    if (height === 0 || inWindow >= this.window.cols) return;
    if (inWindow < 0) {
      this.left[row]! += sign * height;
      return;
    }
    const cell = row * this.window.cols + inWindow;
    const { records } = this;
    // The many short edges of a fine outline follow each other through one cell.
    const at = cell === this.lastCell ? (records.length - 1) * BORDER_STRIDE : records.next();
    if (cell !== this.lastCell) records.values.set([cell, 0, 0], at);
    this.lastCell = cell;
    records.values[at + 1]! += sign * height;
    records.values[at + 2]! += sign * Math.round(height * (col + 1 - middle));
  }

  /** Writes the stretches that the zone covers and forgets its edges. */
  flush(zone: number, bounds: Float64Array, stretches: Records): void {
    const { row, rows, cols } = this.window;
    const order = this.records.order();
    const { values } = this.records;
    const first = Math.max(0, Math.floor(bounds[zone * 4 + 1]!) - row);
    const end = Math.min(rows, Math.ceil(bounds[zone * 4 + 3]!) - row);
    let next = 0;
    for (let line = first; line < end; line++) {
      let cover = this.left[line]!;
      let cell = line * cols;
      const lineEnd = cell + cols;
      while (next < order.length && values[order[next]!]! < lineEnd) {
        const at = values[order[next]!]!;
        let [height, area] = [0, 0];
        for (; next < order.length && values[order[next]!] === at; next++) {
          height += values[order[next]! + 1]!;
          area += values[order[next]! + 2]!;
        }
        addStretch(stretches, { cell, cells: at - cell, cols }, zone, cover);
        addStretch(stretches, { cell: at, cells: 1, cols }, zone, cover + area);
        cover += height;
        cell = at + 1;
      }
      addStretch(stretches, { cell, cells: lineEnd - cell, cols }, zone, cover);
    }
    this.left.fill(0, first, Math.max(first, end));
    this.records.length = 0;
    this.lastCell = -1;
  }
}

/** Columns at which an edge enters and leaves a row, and its rounded heights there. */
interface Slope {
  readonly start: number;
  readonly end: number;
  readonly from: number;
  readonly to: number;
}

interface Run {
  readonly cell: number;
  readonly cells: number;
  readonly cols: number;
}

/** Adds cells of equal cover to the stretch before them if they go on from it. */
function addStretch(stretches: Records, { cell, cells, cols }: Run, zone: number, cover: number): void {
  const units = evenOdd(cover);
  if (cells === 0 || units === 0) return;
  const start = cell % cols;
  const last = (stretches.length - 1) * STRETCH_STRIDE;
  const { values } = stretches;
  if (start > 0 && last >= 0 && values[last + 1] === start && values[last + 2] === zone && values[last + 3] === units) {
    const lastRow = Math.floor(values[last]! / cols);
    if (lastRow * cols + start === cell) {
      values[last + 1]! += cells;
      return;
    }
  }
  const at = stretches.next();
  stretches.values[at] = cell;
  stretches.values[at + 1] = start + cells;
  stretches.values[at + 2] = zone;
  stretches.values[at + 3] = units;
}

/** Covered twice is not covered, three times is again; small excesses of rounding are left for `Claims` to even out. */
function evenOdd(cover: number): number {
  if (cover >= -ROUNDING_UNITS && cover <= CELL_UNITS + ROUNDING_UNITS) return cover;
  const rest = Math.abs(cover) % (2 * CELL_UNITS);
  return rest > CELL_UNITS ? 2 * CELL_UNITS - rest : rest;
}
