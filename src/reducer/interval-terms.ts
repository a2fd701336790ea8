import { type Coefficient, POOLS, RATES } from '../shared/carbon/factors.ts';
import type { Plan } from '../shared/contracts/plan.ts';
import type { CarbonModel } from './carbon-model.ts';
import {
  NO_CLASS_CODE,
  RASTER_SOIL,
  type UncertainCoefficient,
  uncertainCoefficients,
} from './interval-coefficients.ts';
import type { Term } from './interval-model.ts';
import { type RefinedZone, soilLayer } from './refined-zones.ts';

/** @pure Figures of a plan as terms of an interval: areas of zones by the coefficients that are applied to them. */

export const STOCKS: readonly Coefficient[] = POOLS;
export const FLUXES: readonly Coefficient[] = RATES;
const SOIL: readonly Coefficient[] = ['soil', 'soil_sequestration'];

/** All coefficients that terms of the plan name, with their errors. */
export function planCoefficients(plan: Plan): UncertainCoefficient[] {
  // The values of a raster err together, by one share of them: on the safe side, since its error does not average out.
  const raster = { code: NO_CLASS_CODE, column: RASTER_SOIL, mean: 1, standardError: plan.soilRelativeSe } as const;
  // A 0 without an error stands for what is not counted: nothing of it varies.
  const table = uncertainCoefficients(plan.factors).map((one) =>
    one.mean === 0 && one.standardError === null ? { ...one, standardError: 0 } : one,
  );
  return soilLayer(plan) === null ? table : [...table, raster];
}

/** Terms of a zone: its areas by the columns of the table, and the soil of a raster, t C; `soil`: whether soil counts. */
export type TermsIn = (zone: RefinedZone, columns: readonly Coefficient[], soil?: boolean) => Term[];

export function termsUnder(plan: Plan, model: CarbonModel): TermsIn {
  const alias = aliases(plan);
  return ({ classes }, columns, soil = true) => {
    const known = plan.factors.coefficients.filter(
      (column) => columns.includes(column) && (soil || !SOIL.includes(column)),
    );
    const terms: Term[] = [];
    for (const [code, { tally, soilT, soilHa }] of [...classes].sort(([a], [b]) => a - b)) {
      const areaHa = model.areaHa(tally);
      for (const column of known) {
        const tableHa = column === 'soil' ? Math.max(0, areaHa - soilHa) : areaHa;
        if (tableHa > 0) terms.push({ areaHa: tableHa, code: alias(code), column });
      }
      const measured = soil && columns.includes('soil') && soilT !== 0;
      if (measured) terms.push({ areaHa: soilT, code: NO_CLASS_CODE, column: RASTER_SOIL });
    }
    return terms;
  };
}

/** Rows with the same numbers from the same source are one measurement: they share its error, and so its draws. */
function aliases({ factors, accuracy }: Plan): (code: number) => number {
  // Errors of areas are by class of the map: there every class keeps its own name.
  if (accuracy !== null) return (code) => code;
  const first = new Map<string, number>();
  const byCode = new Map<number, number>();
  for (const { code, values, standardErrors, source } of factors.classes) {
    const key = JSON.stringify([values, standardErrors, source]);
    if (!first.has(key)) first.set(key, code);
    byCode.set(code, source === null ? code : (first.get(key) ?? code));
  }
  return (code) => byCode.get(code) ?? code;
}
