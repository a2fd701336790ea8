import { CitysinkError } from '../errors.ts';
import type { Window } from './window.ts';

/**
 * A set of cells that is a union of windows, in the one form that depends on the set alone: bands of rows from top to
 * bottom, each with its columns as sorted intervals that do not touch, and no two touching bands with the same columns.
 */
export interface CoveredRegion {
  readonly bands: readonly CoveredBand[];
}

/** Rows from `start` to before `end`; `cols` holds first column and column after the last of each interval. */
export interface CoveredBand {
  readonly start: number;
  readonly end: number;
  readonly cols: readonly number[];
}

export const NO_REGION: CoveredRegion = { bands: [] };

/** The cells of one window. */
export function regionOf({ row, col, rows, cols }: Window): CoveredRegion {
  return { bands: [{ start: row, end: row + rows, cols: [col, col + cols] }] };
}

/** Union of regions that share no cell. Errors: PARTIAL_MISMATCH where two of them hold the same cell. */
export function joinRegions(regions: readonly CoveredRegion[]): CoveredRegion {
  const bands = regions.flatMap((region) => region.bands);
  const cuts = [...new Set(bands.flatMap(({ start, end }) => [start, end]))].sort((a, b) => a - b);
  const indexes = new Map(cuts.map((row, index) => [row, index]));
  const slices: number[][][] = cuts.map(() => []);
  for (const { start, end, cols } of bands) {
    const last = indexes.get(end) ?? 0;
    for (let slice = indexes.get(start) ?? 0; slice < last; slice++) {
      for (let i = 0; i < cols.length; i += 2) slices[slice]?.push([cols[i] ?? 0, cols[i + 1] ?? 0]);
    }
  }
  const joined = slices.map((intervals, i) => ({
    start: cuts[i] ?? 0,
    end: cuts[i + 1] ?? 0,
    cols: joinIntervals(intervals, cuts[i] ?? 0),
  }));
  return { bands: joinBands(joined.filter(({ cols }) => cols.length > 0)) };
}

function joinIntervals(intervals: readonly number[][], row: number): number[] {
  const joined: number[] = [];
  for (const [start = 0, end = 0] of [...intervals].sort(([a = 0], [b = 0]) => a - b)) {
    const reached = joined.at(-1);
    if (reached !== undefined && start < reached) {
      throw new CitysinkError(
        'PARTIAL_MISMATCH',
        `two partial results both hold the cell in row ${row}, column ${start}`,
      );
    }
    if (reached === start) joined[joined.length - 1] = end;
    else joined.push(start, end);
  }
  return joined;
}

function joinBands(bands: readonly CoveredBand[]): CoveredBand[] {
  const joined: CoveredBand[] = [];
  for (const band of bands) {
    const above = joined.at(-1);
    if (above?.end === band.start && sameNumbers(above.cols, band.cols)) {
      joined[joined.length - 1] = { start: above.start, end: band.end, cols: band.cols };
    } else joined.push(band);
  }
  return joined;
}

function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

/** Whether the region holds a cell. */
export function regionHas(region: CoveredRegion, row: number, col: number): boolean {
  const band = region.bands[firstBandBelow(region, row)];
  if (band === undefined || band.start > row) return false;
  return (firstEndBeyond(band.cols, col) & 1) === 1;
}

/** Columns of a row, from `start` to before `end`, that the region lacks: pairs of first and after the last. */
export function gapsInRow(region: CoveredRegion, row: number, start: number, end: number): number[] {
  const band = region.bands[firstBandBelow(region, row)];
  if (band === undefined || band.start > row) return [start, end];
  const gaps: number[] = [];
  let at = start;
  for (let i = firstEndBeyond(band.cols, start) & ~1; i < band.cols.length && at < end; i += 2) {
    const left = band.cols[i] ?? 0;
    if (left > at) gaps.push(at, Math.min(left, end));
    at = Math.max(at, band.cols[i + 1] ?? 0);
  }
  if (at < end) gaps.push(at, end);
  return gaps;
}

/** Rows of a column, from `start` to before `end`, that the region lacks. */
export function gapsInCol(region: CoveredRegion, col: number, start: number, end: number): number[] {
  const gaps: number[] = [];
  let at = start;
  for (let i = firstBandBelow(region, start); at < end; i++) {
    const band = region.bands[i];
    if (band === undefined || band.start >= end) break;
    if ((firstEndBeyond(band.cols, col) & 1) === 0) continue;
    if (band.start > at) gaps.push(at, band.start);
    at = Math.max(at, band.end);
  }
  if (at < end) gaps.push(at, end);
  return gaps;
}

/** Index of the first band that ends below `row`, so holds it or begins after it. */
function firstBandBelow({ bands }: CoveredRegion, row: number): number {
  let [low, high] = [0, bands.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((bands[middle] as CoveredBand).end <= row) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Index of the first of the sorted interval ends that lies beyond `col`: odd where an interval holds it. */
function firstEndBeyond(cols: readonly number[], col: number): number {
  let [low, high] = [0, cols.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((cols[middle] as number) <= col) low = middle + 1;
    else high = middle;
  }
  return low;
}
