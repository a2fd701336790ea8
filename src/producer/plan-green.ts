/** @pure From the spec's `green` and the factor table to what workers find and what is applied to it. */

import type { FactorTable } from '../shared/carbon/factors.ts';
import { isNamed, type ModelClassKey, URBAN_GREEN_LARGE, URBAN_GREEN_SMALL } from '../shared/carbon/model-classes.ts';
import type { CitySpec, GreenSpec } from '../shared/contracts/city-spec.ts';
import type { GreenScore, PlannedGreen } from '../shared/contracts/plan-green.ts';
import type { PlannedLayer } from '../shared/contracts/plan-layers.ts';
import { type Problem, refuseIfAny } from '../shared/errors.ts';
import { planeCellAreaM2, rowCellAreaM2 } from '../shared/geo/cell-area.ts';
import type { AnalysisGrid } from '../shared/geo/grid.ts';
import { M2_PER_HA } from '../shared/units.ts';
import type { PlacedScene } from './place-scenes.ts';

/** Otsu's threshold is sought between these, as method notes of urban green have it; candidates are so far apart. */
const OTSU = { least: 0.2, most: 0.5, step: 0.05 };

/** Holes of built-up land up to this size are filled where the spec does not say; less on grids so fine that the halo would grow too wide. */
const DEFAULT_HOLES_HA = 1;

/** A halo wider than this would read more around a tile than in it. */
const MAX_HALO_CELLS = 1024;

/** What workers find. Errors: REQUEST_INVALID where the table marks no class built, or the halo is too wide for the cells. */
export function planGreen(spec: CitySpec, factors: FactorTable, grid: AnalysisGrid): PlannedGreen | null {
  const { green } = spec;
  if (green === null) return null;
  const builtCodes = codesWhere(factors, ({ built }) => built === true);
  const cellM2 = cellAreaM2(grid);
  const closingCells = inWholeCells(green.closingM / Math.sqrt(cellM2));
  const holeCells = Math.min(
    Math.floor(inWholeCells(((green.holesHa ?? DEFAULT_HOLES_HA) * M2_PER_HA) / cellM2)),
    green.holesHa === null ? Math.max(0, MAX_HALO_CELLS - 2 * Math.floor(closingCells)) : Infinity,
  );
  const haloCells = 2 * Math.floor(closingCells) + holeCells;
  const { layer, keep } = typeof green.from === 'object' ? green.from : { layer: null, keep: [] };
  const from = typeof green.from === 'object' ? 'layer' : green.from;
  const greenClasses = codesWhere(factors, (row) => row.green === true);
  refuseIfAny(greenProblems(factors, from, builtCodes, greenClasses, haloCells));
  const thresholds = from === 'ndvi' ? thresholdsOf(green) : [];
  const { connectivity, mixture } = green;
  return {
    from,
    layer,
    layerCodes: [...keep],
    greenClasses,
    thresholds,
    builtCodes,
    closingCells,
    holeCells,
    haloCells,
    connectivity,
    mixture,
  };
}

/** Area of the coarsest pixel that shows green, or of a cell where that is larger, m2. */
export function greenPixelM2(
  { from, layer }: PlannedGreen,
  grid: AnalysisGrid,
  layers: readonly PlannedLayer[],
  scenes: readonly PlacedScene[],
): number {
  const shows = layers.filter(({ name, kind }) => (from === 'layer' ? name === layer : kind === from));
  const used = shows.flatMap(({ takes }) => takes.flatMap((take) => take.scenes));
  const fewest = Math.min(1, ...used.map((index) => scenes[index]?.pixelsPerCell ?? 1));
  return cellAreaM2(grid) / fewest;
}

/** What is applied. Errors: REQUEST_INVALID for rows that the table does not have. */
export function greenScore(spec: CitySpec, factors: FactorTable): GreenScore | null {
  const { green } = spec;
  if (green === null) return null;
  const problems: Problem[] = [];
  const row = (key: 'small' | 'large', name: ModelClassKey): number | null => {
    const asked = green[key];
    const found = factors.classes.find(({ code, name: own }) => (asked === null ? isNamed(own, name) : code === asked));
    if (asked !== null && found === undefined) {
      const expected = 'the code of a row of the factor table';
      problems.push({ where: `green.${key}`, message: 'names no row', expected, found: String(asked) });
    }
    return found?.code ?? null;
  };
  const small = row('small', URBAN_GREEN_SMALL);
  const large = row('large', URBAN_GREEN_LARGE);
  if (green.from !== 'classes' && (small === null || large === null)) {
    problems.push({
      where: 'green',
      message: 'green inside of built-up land has no factors of its own, and that of built-up land would be wrong',
      expected:
        'rows named `Urban green, small` and `Urban green, large` (as in library:default+...), or `green.small` and `green.large` with their codes',
    });
  }
  if (green.mixture !== null && small === null) {
    problems.push({
      where: 'green.mixture',
      message: 'green smaller than a cell has no factors',
      expected: 'a row named `Urban green, small`, or `green.small` with its code',
    });
  }
  refuseIfAny(problems);
  const built = codesWhere(factors, (one) => one.built === true)[0] ?? 0;
  return { minHa: green.minHa, smallHa: green.smallHa, small, large, built };
}

function codesWhere(factors: FactorTable, holds: (row: FactorTable['classes'][number]) => boolean): number[] {
  return factors.classes
    .filter(holds)
    .map(({ code }) => code)
    .sort((a, b) => a - b);
}

function thresholdsOf({ ndviMin }: GreenSpec): number[] {
  if (ndviMin !== 'otsu') return [ndviMin];
  const count = Math.round((OTSU.most - OTSU.least) / OTSU.step) + 1;
  return Array.from({ length: count }, (_, i) => Number((OTSU.least + i * OTSU.step).toFixed(2)));
}

/** Share by which digits of the spec and of cells may miss a whole number: 0.57 ha in cells of 10 m are 57. */
const SLACK = 2 ** -40;

function inWholeCells(cells: number): number {
  const whole = Math.round(cells);
  return Math.abs(cells - whole) <= whole * SLACK ? whole : cells;
}

/** Of a cell; of geographic grids in the middle of the window: one radius and one number of cells hold for the whole run. */
function cellAreaM2(grid: AnalysisGrid): number {
  if (grid.crs.kind === 'projected') return planeCellAreaM2(grid);
  return rowCellAreaM2(grid, grid.window.row + Math.floor(grid.window.rows / 2));
}

function greenProblems(
  factors: FactorTable,
  from: PlannedGreen['from'],
  builtCodes: readonly number[],
  greenClasses: readonly number[],
  haloCells: number,
): Problem[] {
  const problems: Problem[] = [];
  const marked = (column: string) => `a column \`${column}\` that is true for at least one class`;
  if (builtCodes.length === 0) {
    problems.push({ where: factors.url, message: '`green` needs to know built-up land', expected: marked('built') });
  }
  if (from === 'classes' && greenClasses.length === 0) {
    problems.push({ where: factors.url, message: '`green` needs to know green classes', expected: marked('green') });
  }
  if (haloCells > MAX_HALO_CELLS) {
    problems.push({
      where: 'green.holes_ha',
      message: 'the footprint of built-up land would need too much around each tile',
      expected: `closing_m and holes_ha that come to at most ${MAX_HALO_CELLS} cells`,
      found: `${haloCells} cells`,
    });
  }
  return problems;
}
