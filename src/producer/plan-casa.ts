/** From the spec's `casa` to what workers sum up. Reads nothing but the definition of a CRS. */

import { MONTHS } from '../shared/carbon/casa.ts';
import { monthLengths } from '../shared/carbon/evapotranspiration.ts';
import type { CitySpec } from '../shared/contracts/city-spec.ts';
import type { PlannedCasa } from '../shared/contracts/plan-casa.ts';
import { CitysinkError } from '../shared/errors.ts';
import { crsFromEpsg } from '../shared/geo/crs-registry.ts';
import type { AnalysisGrid } from '../shared/geo/grid.ts';
import { makeTransform } from '../shared/geo/project.ts';
import { roundFigure } from '../shared/units.ts';
import { radiationFactors } from './casa-rules.ts';

/** Weight of the term by NDVI beside the one by simple ratio: a of C6, as published. */
const NDVI_WEIGHT = 0.5;

/** Errors: REQUEST_INVALID where the latitude of the city is needed and not known. */
export async function planCasa(spec: CitySpec, grid: AnalysisGrid): Promise<PlannedCasa | null> {
  const { casa, year } = spec;
  if (casa === null) return null;
  const { inputs, fpar, coldStop, halveOutside, respiration, hotMonths } = casa;
  const lengths = inputs.pet === null ? monthLengths(await latitudeOf(grid), year) : new Float64Array(MONTHS).fill(1);
  const unit = spec.layers[inputs.radiation]?.unit ?? '';
  return {
    inputs: { ...inputs },
    fpar:
      fpar === 'linear'
        ? { form: 'linear' }
        : { form: 'limits', ndviWeight: NDVI_WEIGHT, limits: fpar.map((limits) => ({ ...limits })) },
    coldStop,
    halveOutside,
    respiration,
    hotMonths,
    radiationFactors: radiationFactors(unit, year) ?? new Array<number>(MONTHS).fill(1),
    // Sines differ in their last digits from one engine to another; a plan must not.
    monthLengths: [...lengths].map(roundFigure),
  };
}

/** Latitude of the middle of the grid's window in hundredths of a degree: all that day lengths need. */
async function latitudeOf({ crs, originX, originY, cellWidth, cellHeight, window }: AnalysisGrid): Promise<number> {
  const x = originX + (window.col + window.cols / 2) * cellWidth;
  const y = originY - (window.row + window.rows / 2) * cellHeight;
  const latitude = await toLatitude(crs, x, y);
  if (Number.isFinite(latitude)) return Math.round(latitude * 100) / 100;
  const problem = {
    where: 'casa.pet',
    message: `the latitude of the city, which day lengths hang on, is not known in ${crs.name}`,
    expected: 'a layer of potential evapotranspiration',
  };
  throw new CitysinkError('REQUEST_INVALID', problem.message, { problems: [problem] });
}

async function toLatitude(crs: AnalysisGrid['crs'], x: number, y: number): Promise<number> {
  if (crs.kind === 'geographic') return y * crs.unitSize;
  try {
    return makeTransform(crs, await crsFromEpsg(4326))(x, y)[1];
  } catch (error) {
    if (error instanceof CitysinkError && error.code === 'CRS_UNSUPPORTED') return Number.NaN;
    throw error;
  }
}
