import { type Crs, sameCrs } from './crs.ts';
import type { SourcePlace, ToSource } from './position-lattice.ts';
import { makeTransform } from './project.ts';
import { withWholeTurns } from './whole-turns.ts';

/**
 * Map coordinates of the grid to those of a source image. A source in longitude and latitude is met at any whole turn.
 * Errors: CRS_UNSUPPORTED where there is no transform.
 */
export function toSourceOf(grid: Crs, source: Crs, place: SourcePlace): ToSource {
  const transform: ToSource = sameCrs(grid, source) ? (x, y) => [x, y] : makeTransform(grid, source);
  return source.kind === 'geographic' ? withWholeTurns(transform, place, 360 / source.unitSize) : transform;
}
