/** @pure Cells that several cities of a region have, found on the grid of the later city. */

import type { Plan } from '../shared/contracts/plan.ts';
import { sameCrs } from '../shared/geo/crs.ts';
import { RingProjector } from '../shared/geo/densify.ts';
import { LATTICE_TOLERANCE_CELLS, type Lattice } from '../shared/geo/grid.ts';
import { packZones } from '../shared/geo/packed-zones.ts';
import { makeTransform, type Transform } from '../shared/geo/project.ts';
import { intersectWindows, type Window } from '../shared/geo/window.ts';
import type { Zone } from '../shared/geo/zone.ts';
import { sharedCells } from '../shared/raster/shared-cells.ts';
import { zoneSpans } from '../shared/raster/zone-spans.ts';

/** Where a city lies: its grid with the window that its zones cover. */
export type CityGrid = Plan['grid'];

/** Rows that are looked at together: bounds the memory of spans. */
const ROWS_AT_ONCE = 512;
const MAX_VERTICES = 4_000_000;

/** Bounds in degrees: west, south, east, north; null where the grid cannot be brought to degrees. */
export type DegreeBounds = readonly [number, number, number, number];

/** The same cells: one CRS, one size, and corners that fall on each other. */
export function sameLattice(a: Lattice, b: Lattice): boolean {
  if (!sameCrs(a.crs, b.crs)) return false;
  const near = (x: number, y: number, most: number) => Math.abs(x - y) <= most;
  const drift = 1e-9;
  if (!near(a.cellWidth, b.cellWidth, a.cellWidth * drift)) return false;
  if (!near(a.cellHeight, b.cellHeight, a.cellHeight * drift)) return false;
  const cols = (a.originX - b.originX) / a.cellWidth;
  const rows = (a.originY - b.originY) / a.cellHeight;
  return near(cols, Math.round(cols), LATTICE_TOLERANCE_CELLS) && near(rows, Math.round(rows), LATTICE_TOLERANCE_CELLS);
}

/** Degrees that a city's window may cover, from points along its sides; a little more than it covers. */
export function degreeBounds(grid: CityGrid, wgs84: Plan['grid']['crs']): DegreeBounds | null {
  const transform = makeTransform(grid.crs, wgs84);
  const { row, col, rows, cols } = grid.window;
  const steps = Array.from({ length: 9 }, (_, i) => i / 8);
  const points = steps.flatMap((t) => [
    [col + t * cols, row],
    [col + t * cols, row + rows],
    [col, row + t * rows],
    [col + cols, row + t * rows],
  ]);
  const degrees = points.map(([c = 0, r = 0]) =>
    transform(grid.originX + c * grid.cellWidth, grid.originY - r * grid.cellHeight),
  );
  if (!degrees.flat().every(Number.isFinite)) return null;
  const [xs, ys] = [degrees.map(([x]) => x), degrees.map(([, y]) => y)];
  const margin = 0.01;
  return [Math.min(...xs) - margin, Math.min(...ys) - margin, Math.max(...xs) + margin, Math.max(...ys) + margin];
}

/** Whether two cities may have land in common; what has no bounds may lie anywhere. */
export function mayMeet(a: DegreeBounds | null, b: DegreeBounds | null): boolean {
  if (a === null || b === null) return true;
  return a[0] <= b[2] && b[0] <= a[2] && a[1] <= b[3] && b[1] <= a[3];
}

/** A city that lies before another in the order of the region, with its zones in its own CRS. */
export interface EarlierCity {
  readonly grid: CityGrid;
  readonly zones: readonly Zone[];
}

/** Cells of `zones` on `grid` that zones of earlier cities have too, each counted once. null: they cannot be brought to the grid. */
export function cellsOfEarlier(grid: CityGrid, zones: readonly Zone[], earlier: readonly EarlierCity[]): number | null {
  const brought = earlier.map((city) => broughtTo(grid, city));
  if (brought.some((list) => list === null)) return null;
  const others = packZones(
    grid,
    brought.flatMap((list) => list ?? []),
  );
  const own = packZones(grid, zones);
  let cells = 0;
  for (const window of strips(grid.window)) cells += sharedCells(zoneSpans(own, window), zoneSpans(others, window));
  return cells;
}

function* strips(window: Window): Iterable<Window> {
  for (let row = window.row; row < window.row + window.rows; row += ROWS_AT_ONCE) {
    const strip = intersectWindows(window, { ...window, row, rows: ROWS_AT_ONCE });
    if (strip !== null) yield strip;
  }
}

function broughtTo(grid: CityGrid, { grid: from, zones }: EarlierCity): readonly Zone[] | null {
  if (sameCrs(grid.crs, from.crs)) return zones;
  const transform: Transform = makeTransform(from.crs, grid.crs);
  const cell = { width: grid.cellWidth, height: grid.cellHeight };
  const projector = new RingProjector(transform, { cell, maxVertices: MAX_VERTICES });
  const projected = zones.map((zone) => ({
    ...zone,
    polygons: zone.polygons.map((polygon) => polygon.map((ring) => projector.project(ring).ring)),
  }));
  if (projected.some(({ polygons }) => polygons.flat().some((ring) => ring === null))) return null;
  return projected as Zone[];
}
