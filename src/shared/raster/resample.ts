/**
 * Resampling onto the analysis grid: nearest, mode, bilinear, area-weighted average. Pixel-centred and nodata-aware.
 *
 * Convention: source pixel (r, c) spans [r, r + 1) x [c, c + 1), half-open; its centre is (r + 0.5, c + 0.5), as in GDAL.
 * Positions within 2^-20 pixel of an edge count as on it, and belong to the pixel after it.
 * Shape: source samples are source.window.rows x cols, outputs target.rows x cols, all row-major.
 * Units: unchanged. Nodata: missing pixels never enter a value; each kernel says when its cell is missing.
 * Samples that are not marked missing must be numbers (no NaN). 64-bit integers are read as doubles: exact to 2^53.
 */

import { type PositionLattice, rowPositions } from '../geo/position-lattice.ts';
import type { Window } from '../geo/window.ts';
import type { SampleArray } from './raster-header.ts';

/** One band of a part of the source image. */
export interface ResampleSource {
  /** Samples of `window`, row-major. */
  readonly samples: SampleArray;
  /** The part of the source image, in its own pixels; what lies outside counts as missing. */
  readonly window: Window;
  /** 1 where the pixel is nodata, masked or unreadable; as long as `samples`. */
  readonly missing: Uint8Array;
}

/** Slack at pixel edges, in pixels: above the noise of positions, below anything that matters. */
const EDGE = 2 ** -20;

/** Areas of classes closer than this, in pixels, are equal: they are sums of rounded products. */
const EQUAL_AREA = 1e-6;

/** A footprint whose middle is further from the cell's centre than this share of its extent lies across a seam. */
const SEAM_SHARE = 0.25;

/** Few array types keep the inner loops fast; the rarer ones are copied once. */
type Samples = Uint8Array | Uint16Array | Float32Array | Float64Array;

function plainSamples(samples: SampleArray): Samples {
  if (samples instanceof BigInt64Array || samples instanceof BigUint64Array) return Float64Array.from(samples, Number);
  if (samples instanceof Uint8Array || samples instanceof Uint16Array) return samples;
  if (samples instanceof Float32Array || samples instanceof Float64Array) return samples;
  return new Float64Array(samples);
}

/**
 * The pixel that contains the cell's centre: for classes on about the grid's own scale.
 * Missing (`missingMark`): the centre is outside the source, or its pixel is missing.
 */
export function resampleNearest(
  source: ResampleSource,
  positions: PositionLattice,
  target: Window,
  out: Int32Array | Float64Array,
  missingMark: number,
): void {
  const { window, missing } = source;
  const samples = plainSamples(source.samples);
  const x = new Float64Array(target.cols);
  const y = new Float64Array(target.cols);
  const [left, top, cols, rows] = [window.col - EDGE, window.row - EDGE, window.cols, window.rows];
  for (let r = 0; r < target.rows; r++) {
    rowPositions(positions, target.row + r + 0.5, target.col + 0.5, target.cols, x, y);
    const at = r * target.cols;
    for (let k = 0; k < target.cols; k++) {
      const col = x[k]! - left;
      const row = y[k]! - top;
      let value = missingMark;
      // Comparisons are false for NaN; truncation is floor for what is left.
      if (col >= 0 && col < cols && row >= 0 && row < rows) {
        const pixel = (row | 0) * cols + (col | 0);
        if (missing[pixel] === 0) value = samples[pixel]!;
      }
      out[at + k] = value;
    }
  }
}

/**
 * Linear between the four pixel centres around the cell's centre: for smooth quantities that are not finer than the grid.
 * Missing pixels among the four, and those outside, get weight 0 and the rest is scaled up.
 * Missing (NaN): the pixel that contains the centre is missing or outside, as in gdalwarp.
 * Never widened for coarser grids (gdalwarp widens): use the average there.
 */
export function resampleBilinear(
  source: ResampleSource,
  positions: PositionLattice,
  target: Window,
  out: Float64Array,
): void {
  const { window, missing } = source;
  const samples = plainSamples(source.samples);
  const x = new Float64Array(target.cols);
  const y = new Float64Array(target.cols);
  const { cols, rows } = window;
  for (let r = 0; r < target.rows; r++) {
    rowPositions(positions, target.row + r + 0.5, target.col + 0.5, target.cols, x, y);
    const at = r * target.cols;
    for (let k = 0; k < target.cols; k++) {
      const col = x[k]! - window.col;
      const row = y[k]! - window.row;
      // False for NaN too; beyond the outermost centres there are not four pixels.
      const within = col >= 0.5 && row >= 0.5 && col < cols - 0.5 && row < rows - 0.5;
      const c = within ? (col - 0.5) | 0 : 0;
      const i = within ? (row - 0.5) | 0 : 0;
      const a = i * cols + c;
      const b = a + cols;
      if (!within || (missing[a]! | missing[a + 1]! | missing[b]! | missing[b + 1]!) !== 0) {
        out[at + k] = bilinearAtGap(samples, missing, window, col, row);
        continue;
      }
      const u = col - 0.5 - c;
      const v = row - 0.5 - i;
      // Differences keep a constant constant to the last bit.
      const upper = samples[a]! + u * (samples[a + 1]! - samples[a]!);
      const lower = samples[b]! + u * (samples[b + 1]! - samples[b]!);
      out[at + k] = upper + v * (lower - upper);
    }
  }
}

/** Bilinear where some of the four pixels are missing or outside; position relative to the window. */
function bilinearAtGap(samples: Samples, missing: Uint8Array, window: Window, col: number, row: number): number {
  const { cols, rows } = window;
  const inside = col >= -EDGE && col < cols - EDGE && row >= -EDGE && row < rows - EDGE;
  if (!inside) return Number.NaN;
  const nearest = Math.floor(row + EDGE) * cols + Math.floor(col + EDGE);
  if (missing[nearest] !== 0) return Number.NaN;
  const base = samples[nearest]!;
  const c = Math.floor(col - 0.5);
  const i = Math.floor(row - 0.5);
  let sum = 0;
  let weights = 0;
  for (let n = 0; n < 4; n++) {
    const pixelCol = c + (n & 1);
    const pixelRow = i + (n >> 1);
    if (pixelCol < 0 || pixelCol >= cols || pixelRow < 0 || pixelRow >= rows) continue;
    const pixel = pixelRow * cols + pixelCol;
    if (missing[pixel] !== 0) continue;
    const weight = (1 - Math.abs(col - 0.5 - pixelCol)) * (1 - Math.abs(row - 0.5 - pixelRow));
    weights += weight;
    sum += weight * (samples[pixel]! - base);
  }
  return base + sum / weights;
}

/** Footprints of one row of cells, in source pixels, axis-aligned; NaN where there is no source. */
interface Footprints {
  readonly left: Float64Array;
  readonly right: Float64Array;
  readonly top: Float64Array;
  readonly bottom: Float64Array;
}

/**
 * Calls `visit` with the footprints of each row of cells: the rectangle between the source positions of a cell's
 * top-left and bottom-right corners, as gdalwarp takes it.
 */
function forFootprints(positions: PositionLattice, target: Window, visit: (f: Footprints, at: number) => void): void {
  const { cols } = target;
  const row = () => ({ x: new Float64Array(cols + 1), y: new Float64Array(cols + 1) });
  let [upper, lower] = [row(), row()];
  const empty = () => new Float64Array(cols);
  const f = { left: empty(), right: empty(), top: empty(), bottom: empty() };
  rowPositions(positions, target.row, target.col, cols + 1, upper.x, upper.y);
  for (let r = 0; r < target.rows; r++) {
    rowPositions(positions, target.row + r + 1, target.col, cols + 1, lower.x, lower.y);
    for (let k = 0; k < cols; k++) {
      // The lower row is shifted by one cell: its k + 1 is the bottom-right corner.
      const [x0, x1, y0, y1] = [upper.x[k]!, lower.x[k + 1]!, upper.y[k]!, lower.y[k + 1]!];
      f.left[k] = Math.min(x0, x1);
      f.right[k] = Math.max(x0, x1);
      f.top[k] = Math.min(y0, y1);
      f.bottom[k] = Math.max(y0, y1);
    }
    if (positions.torn !== null) dropSeams(positions, target, r, f);
    visit(f, r * cols);
    [upper, lower] = [lower, upper];
  }
}

/** Cells whose corners lie on both sides of a seam (180 degrees) have no footprint: their centre is far from its middle. */
function dropSeams(positions: PositionLattice, target: Window, r: number, f: Footprints): void {
  const x = new Float64Array(target.cols);
  const y = new Float64Array(target.cols);
  rowPositions(positions, target.row + r + 0.5, target.col + 0.5, target.cols, x, y);
  const near = (low: number, high: number, centre: number) =>
    Math.abs((low + high) / 2 - centre) <= SEAM_SHARE * (high - low) + 1;
  for (let k = 0; k < target.cols; k++) {
    if (near(f.left[k]!, f.right[k]!, x[k]!) && near(f.top[k]!, f.bottom[k]!, y[k]!)) continue;
    f.left[k] = Number.NaN;
  }
}

/** First pixel that a footprint covers by more than the slack, at least 0. */
function firstPixel(low: number): number {
  return low > -EDGE ? (low + EDGE) | 0 : 0;
}

/** Last pixel that a footprint covers by more than the slack; at least the first one, at most the last there is. */
function lastPixel(high: number, first: number, count: number): number {
  const last = high - EDGE < count ? Math.ceil(high - EDGE) - 1 : count - 1;
  return Math.max(last, first);
}

/**
 * Mean of the valid pixels under the cell, weighted by covered area: for densities and indices, never for amounts per
 * pixel or for classes. Missing (NaN): no valid pixel under the cell.
 * Example: a cell over the right half of a 4 and all of a 10 is (0.5 x 4 + 1 x 10) / 1.5 = 8.
 */
export function resampleAverage(
  source: ResampleSource,
  positions: PositionLattice,
  target: Window,
  out: Float64Array,
): void {
  const { window, missing } = source;
  const samples = plainSamples(source.samples);
  forFootprints(positions, target, (f, at) => averageRow(samples, missing, window, f, out, at));
}

function averageRow(
  samples: Samples,
  missing: Uint8Array,
  window: Window,
  f: Footprints,
  out: Float64Array,
  at: number,
): void {
  const { cols, rows } = window;
  for (let k = 0; k < f.left.length; k++) {
    const left = f.left[k]! - window.col;
    const right = f.right[k]! - window.col;
    const top = f.top[k]! - window.row;
    const bottom = f.bottom[k]! - window.row;
    out[at + k] = Number.NaN;
    if (!(left < cols - EDGE && right > EDGE && top < rows - EDGE && bottom > EDGE)) continue;
    const c0 = firstPixel(left);
    const c1 = lastPixel(right, c0, cols);
    const r0 = firstPixel(top);
    const r1 = lastPixel(bottom, r0, rows);
    if (c0 === c1 && r0 === r1) {
      const pixel = r0 * cols + c0;
      if (missing[pixel] === 0) out[at + k] = samples[pixel]!;
      continue;
    }
    let base = 0;
    let sum = 0;
    let weights = 0;
    for (let r = r0; r <= r1; r++) {
      const height = r0 === r1 ? 1 : Math.min(bottom, r + 1) - Math.max(top, r);
      for (let c = c0; c <= c1; c++) {
        const pixel = r * cols + c;
        if (missing[pixel] !== 0) continue;
        const width = c0 === c1 ? 1 : Math.min(right, c + 1) - Math.max(left, c);
        const value = samples[pixel]!;
        // Sums of differences from the first value: a constant stays itself to the last bit.
        if (weights === 0) base = value;
        weights += height * width;
        sum += height * width * (value - base);
      }
    }
    if (weights > 0) out[at + k] = base + sum / weights;
  }
}

/**
 * The class that covers most of the cell: for classes finer than the grid. Missing pixels do not vote; equal areas (within
 * 1e-6 pixel) go to the smaller code. Missing (`missingMark`): no valid pixel under the cell.
 * gdalwarp counts every touched pixel as one, whatever it covers of it; this weighs by area.
 */
export function resampleMode(
  source: ResampleSource,
  positions: PositionLattice,
  target: Window,
  out: Int32Array | Float64Array,
  missingMark: number,
): void {
  const { window, missing } = source;
  const samples = plainSamples(source.samples);
  const tally: Tally = { codes: [], areas: [], count: 0 };
  forFootprints(positions, target, (f, at) => modeRow(samples, missing, window, f, tally, { out, at, missingMark }));
}

/** Covered area of each class under one cell but the first that was seen; reused from cell to cell. */
interface Tally {
  readonly codes: number[];
  readonly areas: number[];
  count: number;
}

function modeRow(
  samples: Samples,
  missing: Uint8Array,
  window: Window,
  f: Footprints,
  tally: Tally,
  result: { readonly out: Int32Array | Float64Array; readonly at: number; readonly missingMark: number },
): void {
  const { cols, rows } = window;
  const { out, at, missingMark } = result;
  for (let k = 0; k < f.left.length; k++) {
    const left = f.left[k]! - window.col;
    const right = f.right[k]! - window.col;
    const top = f.top[k]! - window.row;
    const bottom = f.bottom[k]! - window.row;
    out[at + k] = missingMark;
    if (!(left < cols - EDGE && right > EDGE && top < rows - EDGE && bottom > EDGE)) continue;
    const c0 = firstPixel(left);
    const c1 = lastPixel(right, c0, cols);
    const r0 = firstPixel(top);
    const r1 = lastPixel(bottom, r0, rows);
    tally.count = 0;
    // Most cells see one class: it is added up here, and only others go into the tally.
    let first = Number.NaN;
    let firstArea = 0;
    for (let r = r0; r <= r1; r++) {
      const height = r0 === r1 ? 1 : Math.min(bottom, r + 1) - Math.max(top, r);
      for (let c = c0; c <= c1; c++) {
        const pixel = r * cols + c;
        if (missing[pixel] !== 0) continue;
        const width = c0 === c1 ? 1 : Math.min(right, c + 1) - Math.max(left, c);
        const code = samples[pixel]!;
        if (firstArea === 0) first = code;
        if (code === first) firstArea += height * width;
        else addArea(tally, code, height * width);
      }
    }
    if (firstArea > 0) out[at + k] = tally.count === 0 ? first : largestClass(tally, first, firstArea);
  }
}

function addArea(tally: Tally, code: number, area: number): void {
  for (let n = 0; n < tally.count; n++) {
    if (tally.codes[n] === code) {
      tally.areas[n] = tally.areas[n]! + area;
      return;
    }
  }
  tally.codes[tally.count] = code;
  tally.areas[tally.count] = area;
  tally.count++;
}

/** The smallest code among the classes of the largest area, the first class included. */
function largestClass(tally: Tally, first: number, firstArea: number): number {
  let largest = firstArea;
  for (let n = 0; n < tally.count; n++) largest = Math.max(largest, tally.areas[n]!);
  let code = firstArea >= largest - EQUAL_AREA ? first : Infinity;
  for (let n = 0; n < tally.count; n++) {
    if (tally.areas[n]! >= largest - EQUAL_AREA) code = Math.min(code, tally.codes[n]!);
  }
  return code;
}
