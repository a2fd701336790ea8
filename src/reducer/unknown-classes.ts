import type { Partial } from '../shared/carbon/partial.ts';
import type { Plan } from '../shared/contracts/plan.ts';
import { CitysinkError, type Problem } from '../shared/errors.ts';
import { crsFromEpsg } from '../shared/geo/crs-registry.ts';
import { cellCentre } from '../shared/geo/grid.ts';
import { makeTransform } from '../shared/geo/project.ts';
import { classesWithoutFactor } from './totals.ts';

/** Refuses a city with classes that the factor table does not know, naming each, its cells and a place to look at. */
export async function refuseUnknownClasses(plan: Plan, partial: Partial): Promise<void> {
  const unknown = classesWithoutFactor(plan, partial);
  if (unknown.size === 0) return;
  const toLonLat = makeTransform(plan.grid.crs, await crsFromEpsg(4326));
  const problems = [...unknown].map(([code, tally]): Problem => {
    const place = partial.places.get(code);
    const at = place === undefined ? '' : `, for one at ${placeText(plan, place, toLonLat)}`;
    return {
      where: plan.factors.url,
      message: `class ${code} occurs in the city (${tally.cells} cells${at}) and has no row`,
      expected: 'a row for every class that occurs, or the code as nodata of the layer',
      found: `classes ${plan.factors.classes.map((row) => row.code).join(', ')}`,
    };
  });
  const message = problems.map((problem) => problem.message).join('; ');
  throw new CitysinkError('CLASS_WITHOUT_FACTOR', `${plan.factors.url}: ${message}`, { problems });
}

function placeText(
  plan: Plan,
  { row, col }: { row: number; col: number },
  toLonLat: (x: number, y: number) => [number, number],
): string {
  const { x, y } = cellCentre(plan.grid, row, col);
  const [lon, lat] = toLonLat(x, y);
  const own = plan.grid.crs.kind === 'geographic' ? '' : `, x ${x} y ${y} in ${plan.grid.crs.name}`;
  return `lon ${lon.toFixed(6)} lat ${lat.toFixed(6)}${own}`;
}
