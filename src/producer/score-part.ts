/** @pure What is applied to measured statistics: factors, emissions, names. A plan is measured once and may be scored again. */

import type { FactorTable } from '../shared/carbon/factors.ts';
import { soilUnit } from '../shared/carbon/soil-unit.ts';
import type { CitySpec } from '../shared/contracts/city-spec.ts';
import type { Plan } from '../shared/contracts/plan.ts';
import { refuseWithoutEpsMax } from './casa-rules.ts';
import type { Accuracy } from './load-accuracy.ts';
import { greenScore } from './plan-green.ts';

/** Parts of a plan that no pixel hangs on. */
export type PlanScore = Pick<
  Plan,
  | 'name'
  | 'factors'
  | 'emissions'
  | 'greenScore'
  | 'changeScore'
  | 'soilRelativeSe'
  | 'accuracy'
  | 'unused'
  | 'scoreWarnings'
>;

export function scorePart(spec: CitySpec, factors: FactorTable, accuracy: Accuracy | null): PlanScore {
  const { name, emissions, unused } = spec;
  refuseWithoutEpsMax(spec, factors);
  const scoreWarningList = scoreWarnings(spec, factors);
  return {
    name,
    factors: plainFactors(factors),
    emissions,
    greenScore: greenScore(spec, factors),
    changeScore: spec.change === null ? null : { year: spec.change.year, price: spec.change.price },
    soilRelativeSe: spec.layers.soil?.relativeSe ?? null,
    accuracy: accuracy === null ? null : { ...accuracy, matrix: plainMatrix(accuracy.matrix) },
    unused: [...unused],
    scoreWarnings: scoreWarningList,
  };
}

function plainFactors(factors: FactorTable): Plan['factors'] {
  return {
    url: factors.url,
    digest: factors.digest,
    coefficients: [...factors.coefficients],
    classes: factors.classes.map((row) => ({
      ...row,
      values: { ...row.values },
      standardErrors: { ...row.standardErrors },
    })),
    warnings: [...factors.warnings],
  };
}

function scoreWarnings(spec: CitySpec, factors: FactorTable): string[] {
  const warnings = [...factors.warnings, ...depthWarnings(spec, factors), ...sealedWarnings(spec, factors)];
  if (spec.unused.length > 0) warnings.push(`not measured with by this version: ${spec.unused.join(', ')}`);
  if (spec.emissions !== null && spec.emissions.year !== spec.year) {
    warnings.push(
      `emissions are of ${spec.emissions.year}, the land cover of ${spec.year}: the offset compares different years`,
    );
  }
  return warnings;
}

/** Soil of a raster to one depth beside soil of the table to another: where both stand in one figure, they do not add up to either. */
function depthWarnings(spec: CitySpec, factors: FactorTable): string[] {
  const depth = spec.layers.soil?.depthCm ?? null;
  const others = new Set(
    factors.provenance.flatMap(({ soilDepthCm }, index) => {
      const hasSoil = (factors.classes[index]?.values.soil ?? 0) > 0;
      return !hasSoil || soilDepthCm === null || soilDepthCm === depth ? [] : [soilDepthCm];
    }),
  );
  if (depth === null || others.size === 0) return [];
  const named = [...others].sort((a, b) => a - b).map((cm) => `0-${cm} cm`);
  return [
    `layers.soil holds 0-${depth} cm, the factor table ${named.join(' and ')}: where the raster has no value, soil of another depth stands in`,
  ];
}

/** A raster of soil goes on under water and streets: only the table can tell where there is none. */
function sealedWarnings(spec: CitySpec, { coefficients, classes }: FactorTable): string[] {
  const isTold = coefficients.includes('soil') || classes.some(({ impervious }) => impervious !== null);
  if (spec.layers.soil === undefined || soilUnit(spec.layers.soil.unit) === null || isTold) return [];
  return [
    'layers.soil counts in full under water and built-up land too: the factor table has neither a column soil (0: no soil) nor impervious (the sealed share)',
  ];
}

function plainMatrix({ classes, counts }: Accuracy['matrix']): NonNullable<Plan['accuracy']>['matrix'] {
  return { classes: [...classes], counts: counts.map((row) => [...row]) };
}
