import type { CellPlace, Partial } from '../shared/carbon/partial.ts';
import type { Plan } from '../shared/contracts/plan.ts';
import { CitysinkError, type Problem } from '../shared/errors.ts';
import { crsFromEpsg } from '../shared/geo/crs-registry.ts';
import { cellCentre } from '../shared/geo/grid.ts';
import { makeTransform } from '../shared/geo/project.ts';
import { cellUnits } from './carbon-model.ts';
import { classesWithoutFactor } from './totals.ts';

/** A continuous raster taken for land cover by mistake has thousands; a few are enough to see it. */
const MOST_NAMED = 10;
const MOST_LISTED = 100;

/** Refuses a city with classes that the factor table does not know, naming each, its cells and a place to look at. */
export async function refuseUnknownClasses(plan: Plan, partial: Partial): Promise<void> {
  const unknown = classesWithoutFactor(plan, partial);
  if (unknown.size === 0) return;
  const toLonLat = await lonLatOf(plan);
  const problems = [...unknown].map(([code, tally]): Problem => {
    const place = partial.places.get(code);
    const at = place === undefined ? '' : `, for one at ${placeText(plan, place, toLonLat)}`;
    return {
      where: plan.factors.url,
      message: `class ${code} occurs in the city (${Math.ceil(tally.cells / cellUnits(plan))} cells${at}) and has no row`,
      expected: 'a row for every class that occurs, or the code as nodata of the layer',
      found: knownClasses(plan),
    };
  });
  const more = problems.length > MOST_NAMED ? `; and ${problems.length - MOST_NAMED} more classes` : '';
  const message =
    problems
      .slice(0, MOST_NAMED)
      .map((problem) => problem.message)
      .join('; ') + more;
  throw new CitysinkError('CLASS_WITHOUT_FACTOR', `${plan.factors.url}: ${message}`, { problems });
}

function knownClasses(plan: Plan): string {
  const codes = plan.factors.classes.map((row) => row.code);
  if (codes.length <= MOST_LISTED) return `classes ${codes.join(', ')}`;
  return `${codes.length} classes from ${Math.min(...codes)} to ${Math.max(...codes)}`;
}

type Transform = (x: number, y: number) => [number, number];

/** null where the grid's datum has no exact way to WGS 84: then a place is told in the grid's own coordinates alone. */
async function lonLatOf(plan: Plan): Promise<Transform | null> {
  try {
    return makeTransform(plan.grid.crs, await crsFromEpsg(4326));
  } catch (error) {
    if (error instanceof CitysinkError && error.code === 'CRS_UNSUPPORTED') return null;
    throw error;
  }
}

function placeText(plan: Plan, { row, col }: CellPlace, toLonLat: Transform | null): string {
  const { x, y } = cellCentre(plan.grid, row, col);
  const texts: string[] = [];
  if (toLonLat !== null) {
    const [lon, lat] = toLonLat(x, y);
    texts.push(`lon ${lon.toFixed(6)} lat ${lat.toFixed(6)}`);
  }
  if (toLonLat === null || plan.grid.crs.kind === 'projected') texts.push(`x ${x} y ${y} in ${plan.grid.crs.name}`);
  return texts.join(', ');
}
