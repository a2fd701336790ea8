import type { Plan } from '../shared/contracts/plan.ts';
import { carbonToCo2, roundFigure } from '../shared/units.ts';

/** @pure Sequestration as a share of the year's emissions, in one place: headline, scenarios and interval say the same number. */

export interface Offset {
  readonly emissions_tCO2: number;
  readonly emissions_year: number;
  readonly emissions_source: string;
  /** Sequestration of the city over its emissions, in %. null where the table has no rates. */
  readonly offset_percent: number | null;
}

/** `takenTC`: t C/yr of the city, not yet rounded. null: the request has no emissions. */
export function offsetOf(plan: Plan, takenTC: number | null): Offset | null {
  if (plan.emissions === null) return null;
  const { tCo2, year, source } = plan.emissions;
  return {
    emissions_tCO2: tCo2,
    emissions_year: year,
    emissions_source: source,
    offset_percent: offsetPercent(plan, takenTC),
  };
}

/** Rounded once, here: a rounded amount would give another last digit. */
export function offsetPercent({ emissions }: Plan, takenTC: number | null): number | null {
  if (emissions === null || takenTC === null) return null;
  return roundFigure((carbonToCo2(takenTC) / emissions.tCo2) * 100);
}
