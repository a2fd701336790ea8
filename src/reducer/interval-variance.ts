import { mixVariance, shareVariance } from './interval-areas.ts';
import { coefficientName } from './interval-coefficients.ts';
import type { Blend, IntervalModel, Weight } from './interval-model.ts';

/**
 * @pure The variance of a figure in closed form, by cause. Coefficients are independent of one another and of areas:
 *   coefficient k   (all area sharing it)^2 x its standard error^2
 *   area of i       variance of sum_j p_ij u_j, u_j what the figure would get were all of map class i of class j
 *   both            errors of shares times errors of coefficients: second order, exact for independent errors
 * The causes add up to the variance.
 */

export interface VarianceCause {
  readonly kind: 'coefficient' | 'area' | 'both';
  /** `class 10 soil` or `area of class 10`. */
  readonly name: string;
  /** (t C)^2 or (t C/yr)^2. */
  readonly variance: number;
  /** Of the whole variance; null where that is 0. */
  readonly share: number | null;
}

/** Causes of a figure's variance: coefficients in the model's order, then areas, then both. Causes of 0 are left out. */
export function varianceCauses(model: IntervalModel, weights: readonly Weight[]): VarianceCause[] {
  const causes: Omit<VarianceCause, 'share'>[] = [...coefficientVariances(model, weights)].map(([index, variance]) => ({
    kind: 'coefficient',
    name: coefficientName(model.at(index)),
    variance,
  }));
  let both = 0;
  for (const [code, areas] of byMapClass(model, weights)) {
    causes.push({ kind: 'area', name: `area of class ${code}`, variance: areaVariance(model, areas) });
    both += jointVariance(model, areas);
  }
  causes.push({ kind: 'both', name: 'areas and coefficients together', variance: both });
  const whole = causes.reduce((sum, { variance }) => sum + variance, 0);
  return causes
    .filter(({ variance }) => variance > 0)
    .map((cause) => ({ ...cause, share: whole === 0 ? null : cause.variance / whole }));
}

/** The whole variance; the sum of varianceCauses. */
export function varianceOf(model: IntervalModel, weights: readonly Weight[]): number {
  let variance = 0;
  for (const one of coefficientVariances(model, weights).values()) variance += one;
  for (const areas of byMapClass(model, weights).values()) {
    variance += areaVariance(model, areas) + jointVariance(model, areas);
  }
  return variance;
}

interface BlendedWeight extends Weight {
  readonly blend: Blend;
}

function coefficientVariances(model: IntervalModel, weights: readonly Weight[]): Map<number, number> {
  const areas = new Map<number, number>();
  const add = (index: number, areaHa: number) => areas.set(index, (areas.get(index) ?? 0) + areaHa);
  for (const { index, areaHa } of weights) {
    const blend = model.blends[index];
    if (blend == null) add(index, areaHa);
    else for (const part of blend.parts) add(part.index, areaHa * part.centre);
  }
  const sorted = [...areas].sort(([a], [b]) => a - b);
  return new Map(sorted.map(([index, areaHa]) => [index, (areaHa * errorOf(model, index)) ** 2]));
}

/** Weights whose area is uncertain: the columns of a map class share its area. */
function byMapClass(model: IntervalModel, weights: readonly Weight[]): Map<number, BlendedWeight[]> {
  const classes = new Map<number, BlendedWeight[]>();
  for (const weight of weights) {
    const blend = model.blends[weight.index];
    if (blend == null) continue;
    const areas = classes.get(blend.row.code) ?? [];
    areas.push({ ...weight, blend });
    classes.set(blend.row.code, areas);
  }
  return classes;
}

function areaVariance(model: IntervalModel, areas: readonly BlendedWeight[]): number {
  const row = areas[0]?.blend.row;
  if (row === undefined) return 0;
  const values = row.shares.map(() => 0);
  for (const { areaHa, blend } of areas) {
    for (const { index, place } of blend.parts) values[place] = values[place]! + areaHa * model.at(index).mean;
  }
  return mixVariance(row, values);
}

function jointVariance(model: IntervalModel, areas: readonly BlendedWeight[]): number {
  let variance = 0;
  for (const { areaHa, blend } of areas) {
    for (const { index, place } of blend.parts) {
      variance += shareVariance(blend.row, place) * (areaHa * errorOf(model, index)) ** 2;
    }
  }
  return variance;
}

function errorOf(model: IntervalModel, index: number): number {
  return model.at(index).standardError ?? 0;
}
