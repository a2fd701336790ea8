/** Areas of the cells of a projected grid on the ellipsoid (`area: ellipsoid`). Geographic grids: cell-area.ts. */

import { CitysinkError } from '../errors.ts';
import { type ArealFactor, arealFactor } from './areal-factor.ts';
import { planeCellAreaM2 } from './cell-area.ts';
import { type AnalysisGrid, cellCentre, type Lattice } from './grid.ts';
import type { Window } from './window.ts';

/** Areas of the cells of a projected grid in integer units of 2^-exponent m2. Rebuilt from the grid in every thread. */
export interface CellAreas {
  /**
   * Writes the units of the cells (row, col .. col + count) into out[0 .. count), integers up to 2^38.
   * Errors: GRID_UNSUPPORTED where a cell lies outside of the projection's domain; INTERNAL outside of the window.
   */
  row(row: number, col: number, count: number, out: Float64Array): void;
}

/** Integer areas never have more bits than this. */
const AREA_BITS = 38;

/** Widest mesh in metres of the map. A cubic over 64 km is off by about (64 km / radius)^4 / 8: 1e-9. */
const MESH_M = 64_000;

/** A mesh whose interpolation is off by more than this share, where it is measured, is split. */
const MESH_TOLERANCE = 1e-8;

/** Cells wider than this (metres of the map) are measured in four places: in one, 250 m are good to 5e-10. */
const POINT_CELL_M = 250;

/** Places of the 2-point Gauss-Legendre rule on a cell, from its centre in cells. */
const GAUSS = 0.5 / Math.sqrt(3);

/** Mean over a cell of true area per map area; NaN outside of the domain. */
type CellFactor = (row: number, col: number) => number;

function widestSideM(lattice: Lattice): number {
  return Math.max(lattice.cellWidth, lattice.cellHeight) * lattice.crs.unitSize;
}

function cellFactor(lattice: Lattice): CellFactor {
  const factor: ArealFactor = arealFactor(lattice.crs);
  if (widestSideM(lattice) <= POINT_CELL_M) {
    return (row, col) => {
      const { x, y } = cellCentre(lattice, row, col);
      return factor(x, y);
    };
  }
  const across = GAUSS * lattice.cellWidth;
  const down = GAUSS * lattice.cellHeight;
  return (row, col) => {
    const { x, y } = cellCentre(lattice, row, col);
    const north = factor(x - across, y + down) + factor(x + across, y + down);
    return (north + factor(x - across, y - down) + factor(x + across, y - down)) / 4;
  };
}

function outsideDomain(grid: AnalysisGrid, row: number, col: number): CitysinkError {
  const { x, y } = cellCentre(grid, row, col);
  return new CitysinkError(
    'GRID_UNSUPPORTED',
    `the cell at row ${row}, col ${col} (x ${x}, y ${y}) has no area on the ellipsoid: ` +
      `${grid.crs.name} is not defined there`,
    {
      context: { crs: grid.crs.name, row, col, x, y },
      remedy: 'Use a land cover whose projection is made for the place, or set area: plane.',
    },
  );
}

/** Cubic through values at -1, 0, 1, 2, as coefficients of 1, t, t^2, t^3; at t = 0 it is the value there to the bit. */
function cubic(before: number, here: number, next: number, after: number): [number, number, number, number] {
  return [
    here,
    next - here / 2 - before / 3 - after / 6,
    (before + next) / 2 - here,
    (after - before) / 6 + (here - next) / 2,
  ];
}

/** Where a mesh is: its first cell, at whole multiples of the step, and its side in cells, a power of two. */
interface Place {
  readonly row: number;
  readonly col: number;
  readonly step: number;
}

/**
 * One mesh of step x step cells.
 * `cubic`: 16 coefficients, those of (down)^i (across)^j at 4 i + j. `split`: four meshes of half the step, made when needed.
 * `cell`: a single cell.
 */
type Mesh = Place &
  (
    | { readonly kind: 'cubic'; readonly coefficients: Float64Array }
    | { readonly kind: 'split'; readonly quarters: (Mesh | undefined)[] }
    | { readonly kind: 'cell'; readonly units: number }
  );

/** What all meshes of a grid share. Areas in units, not rounded; NaN outside of the domain. */
interface Surface {
  readonly grid: AnalysisGrid;
  readonly areaAt: CellFactor;
}

/** The nodes of meshes of several steps coincide; each is computed once. */
function surfaceOf(grid: AnalysisGrid, exponent: number): Surface {
  const factor = cellFactor(grid);
  const planeUnits = planeCellAreaM2(grid) * 2 ** exponent;
  const known = new Map<string, number>();
  const areaAt: CellFactor = (row, col) => {
    const key = `${row} ${col}`;
    const area = known.get(key) ?? factor(row, col) * planeUnits;
    known.set(key, area);
    return area;
  };
  return { grid, areaAt };
}

/** Largest power of two of cells that spans at most MESH_M; from the grid only, so equal for all windows. */
function widestStep(grid: Lattice): number {
  return 2 ** Math.max(0, Math.floor(Math.log2(MESH_M / widestSideM(grid))));
}

/** Bicubic coefficients from the 4 x 4 nodes around a mesh. */
function bicubic(surface: Surface, { row, col, step }: Place): Float64Array {
  const through = (values: readonly number[]) => cubic(...(values as [number, number, number, number]));
  const nodes = [-1, 0, 1, 2].map((offset) => offset * step);
  const lines = nodes.map((down) => through(nodes.map((across) => surface.areaAt(row + down, col + across))));
  const columns = [0, 1, 2, 3].map((j) => through(lines.map((line) => line[j] as number)));
  return Float64Array.from({ length: 16 }, (_, k) => columns[k % 4]?.[k >> 2] as number);
}

/** Coefficients along one row of a mesh, at `down` of 0 .. 1. */
function alongRow(coefficients: Float64Array, down: number, out: Float64Array): void {
  for (let j = 0; j < 4; j++) {
    const low = coefficients[j]! + down * coefficients[4 + j]!;
    out[j] = low + down * down * (coefficients[8 + j]! + down * coefficients[12 + j]!);
  }
}

function valueAt(line: Float64Array, across: number): number {
  return line[0]! + across * (line[1]! + across * (line[2]! + across * line[3]!));
}

/** Whether a mesh is as good as promised, at its centre and in the middle of its left edge. False where anything is NaN. */
function holds(surface: Surface, coefficients: Float64Array, { row, col, step }: Place): boolean {
  const line = new Float64Array(4);
  alongRow(coefficients, 0.5, line);
  return [0, step / 2].every((across) => {
    const wanted = surface.areaAt(row + step / 2, col + across);
    return Math.abs(valueAt(line, across / step) - wanted) <= MESH_TOLERANCE * wanted;
  });
}

function makeMesh(surface: Surface, place: Place): Mesh {
  const { row, col, step } = place;
  if (step === 1) {
    const area = surface.areaAt(row, col);
    if (!(area > 0)) throw outsideDomain(surface.grid, row, col);
    return { ...place, kind: 'cell', units: Math.round(checkedUnits(area, place)) };
  }
  const coefficients = bicubic(surface, place);
  if (!holds(surface, coefficients, place)) return { ...place, kind: 'split', quarters: [] };
  for (const offset of [0, step]) checkedUnits(surface.areaAt(row + offset, col + offset), place);
  return { ...place, kind: 'cubic', coefficients };
}

/** Whoever sums units counts on their number of bits. */
function checkedUnits(area: number, { row, col }: Place): number {
  if (area <= 2 ** AREA_BITS) return area;
  throw new CitysinkError('INTERNAL', `the area near row ${row}, col ${col} has more than ${AREA_BITS} bits: ${area}`);
}

/** Cells of one row; `from` is the place of the first in the array that is written to. */
interface Span {
  readonly row: number;
  readonly col: number;
  readonly count: number;
  readonly from: number;
}

/** The part of a span within the columns of a mesh, or null. */
function clip(span: Span, { col, step }: Place): Span | null {
  const first = Math.max(span.col, col);
  const end = Math.min(span.col + span.count, col + step);
  return end <= first ? null : { row: span.row, col: first, count: end - first, from: span.from + first - span.col };
}

/** Writes a span that lies inside one mesh. */
function writeSpan(surface: Surface, mesh: Mesh, span: Span, out: Float64Array): void {
  if (mesh.kind === 'cell') out[span.from] = mesh.units;
  else if (mesh.kind === 'split') writeQuarters(surface, mesh, span, out);
  else {
    const line = new Float64Array(4);
    alongRow(mesh.coefficients, (span.row - mesh.row) / mesh.step, line);
    writeLine(line, { skip: span.col - mesh.col, share: 1 / mesh.step }, span, out);
  }
}

function writeQuarters(surface: Surface, mesh: Mesh & { kind: 'split' }, span: Span, out: Float64Array): void {
  const step = mesh.step / 2;
  const lower = span.row - mesh.row >= step ? 1 : 0;
  for (const right of [0, 1]) {
    const place = { row: mesh.row + lower * step, col: mesh.col + right * step, step };
    const part = clip(span, place);
    if (part === null) continue;
    const quarter = mesh.quarters[2 * lower + right] ?? makeMesh(surface, place);
    mesh.quarters[2 * lower + right] = quarter;
    writeSpan(surface, quarter, part, out);
  }
}

/** The inner loop: a cubic and a rounding for each cell. `skip`: cells of the mesh before the span; `share`: 1 / step, exact. */
function writeLine(
  line: Float64Array,
  { skip, share }: { readonly skip: number; readonly share: number },
  { count, from }: Span,
  out: Float64Array,
): void {
  const [a, b, c, d] = [line[0]!, line[1]!, line[2]!, line[3]!];
  for (let i = 0; i < count; i++) {
    const t = (skip + i) * share;
    out[from + i] = Math.floor(a + t * (b + t * (c + t * d)) + 0.5);
  }
}

/**
 * Areas of the cells of a window of the grid on the ellipsoid, each within 1e-7 of the true one.
 *
 * Bicubic interpolation of true area between nodes at whole multiples of a step, so a cell has the same bits in every
 * window. Meshes that are off (near seams, poles, the border of the domain) are split, down to single cells.
 * Made as rows are asked for. Errors: CRS_UNSUPPORTED where the projection cannot be computed.
 */
export function cellAreas(grid: AnalysisGrid, window: Window, exponent: number): CellAreas {
  const surface = surfaceOf(grid, exponent);
  const step = widestStep(grid);
  const topRow = Math.floor(window.row / step);
  const leftCol = Math.floor(window.col / step);
  const across = Math.floor((window.col + window.cols - 1) / step) - leftCol + 1;
  const meshes: (Mesh | undefined)[] = [];
  return {
    row(row, col, count, out) {
      refuseOutside(window, row, col, count);
      const down = Math.floor(row / step);
      const span = { row, col, count, from: 0 };
      for (let right = Math.floor(col / step); right * step < col + count; right++) {
        const place = { row: down * step, col: right * step, step };
        const index = (down - topRow) * across + right - leftCol;
        const mesh = meshes[index] ?? makeMesh(surface, place);
        meshes[index] = mesh;
        const part = clip(span, place);
        if (part !== null) writeSpan(surface, mesh, part, out);
      }
    },
  };
}

function refuseOutside(window: Window, row: number, col: number, count: number): void {
  const inRows = row >= window.row && row < window.row + window.rows;
  if (inRows && col >= window.col && col + count <= window.col + window.cols) return;
  throw new CitysinkError('INTERNAL', `cells ${col} to ${col + count} of row ${row} are outside of the window`, {
    context: { window, row, col, count },
  });
}

/** Places along each side of the grid's window where it is sampled. */
const SAMPLES = 33;

/** Up to SAMPLES cells from the first to the last, evenly; weights of the trapezoid rule (half at both ends). */
function evenly(first: number, count: number): { readonly at: number; readonly weight: number }[] {
  const places = Math.min(SAMPLES, count);
  if (places === 1) return [{ at: first, weight: 1 }];
  return Array.from({ length: places }, (_, i) => ({
    at: first + Math.round((i * (count - 1)) / (places - 1)),
    weight: i === 0 || i === places - 1 ? 0.5 : 1,
  }));
}

/** True area per map area of sampled cells of the grid's window. Errors: GRID_UNSUPPORTED outside of the domain. */
function sampleFactors(grid: AnalysisGrid): { readonly factor: number; readonly weight: number }[] {
  const factorAt = cellFactor(grid);
  const cols = evenly(grid.window.col, grid.window.cols);
  return evenly(grid.window.row, grid.window.rows).flatMap((row) =>
    cols.map((col) => {
      const factor = factorAt(row.at, col.at);
      if (!(factor > 0)) throw outsideDomain(grid, row.at, col.at);
      return { factor, weight: row.weight * col.weight };
    }),
  );
}

/**
 * Exponent e of the run's unit of area, 2^-e m2: the largest sampled cell area becomes an integer of 36 or 37 bits, so
 * that even one twice as large has at most 38. The same for every tile of a grid. Errors: as planeDistortion.
 */
export function cellAreaExponent(grid: AnalysisGrid): number {
  const largest = sampleFactors(grid).reduce((most, { factor }) => Math.max(most, factor), 0);
  return AREA_BITS - 1 - Math.ceil(Math.log2(largest * planeCellAreaM2(grid)));
}

/**
 * By how much the plane's area of a cell differs from the ellipsoid's over the grid's window, signed: plane / ellipsoid - 1.
 * Sampled in 33 x 33 cells, first and last ones included (fewer in smaller windows).
 * Errors: CRS_UNSUPPORTED where the projection cannot be computed; GRID_UNSUPPORTED outside of its domain.
 */
export function planeDistortion(grid: AnalysisGrid): {
  readonly mean: number;
  readonly least: number;
  readonly largest: number;
} {
  let [sum, weights, least, largest] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { factor, weight } of sampleFactors(grid)) {
    const difference = 1 / factor - 1;
    sum += weight * difference;
    weights += weight;
    least = Math.min(least, difference);
    largest = Math.max(largest, difference);
  }
  return { mean: sum / weights, least, largest };
}
