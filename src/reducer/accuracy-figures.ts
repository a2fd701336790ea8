import { type Estimate, stratifiedAreas } from '../shared/carbon/stratified-areas.ts';
import type { Plan } from '../shared/contracts/plan.ts';
import { roundFigure } from '../shared/units.ts';

/** @pure Areas of classes as a sample of reference data corrects them (Olofsson et al. 2014), beside those of the map. */

export interface AccuracyFigures {
  readonly overall_accuracy: number;
  readonly overall_accuracy_se: number;
  readonly classes: readonly {
    readonly class: number;
    readonly mapped_ha: number;
    readonly adjusted_ha: number;
    readonly adjusted_ha_se: number;
    readonly users_accuracy: number;
    /** null where no sample is of the class. */
    readonly producers_accuracy: number | null;
  }[];
}

/** `mappedHa`: area of each class of the land cover in the city. null where no matrix was given, or none of its classes occurs. */
export function accuracyFigures(plan: Plan, mappedHa: ReadonlyMap<number, number>): AccuracyFigures | null {
  const matrix = plan.accuracy?.matrix;
  if (matrix === undefined) return null;
  const areas = matrix.classes.map((code) => mappedHa.get(code) ?? 0);
  if (areas.every((area) => area === 0)) return null;
  const { classes, overallAccuracy } = stratifiedAreas(matrix, areas);
  const value = (estimate: Estimate) => roundFigure(estimate.value);
  return {
    overall_accuracy: value(overallAccuracy),
    overall_accuracy_se: roundFigure(overallAccuracy.standardError),
    classes: classes.map(({ code, mappedHa: mapped, adjustedHa, usersAccuracy, producersAccuracy }) => ({
      class: code,
      mapped_ha: roundFigure(mapped),
      adjusted_ha: value(adjustedHa),
      adjusted_ha_se: roundFigure(adjustedHa.standardError),
      users_accuracy: value(usersAccuracy),
      producers_accuracy: producersAccuracy === null ? null : value(producersAccuracy),
    })),
  };
}
