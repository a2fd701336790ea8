import { addScaled, shareDraws } from './interval-areas.ts';
import { coefficientDraws } from './interval-coefficients.ts';
import type { Blend, IntervalModel, Weight } from './interval-model.ts';

/** @pure The draws of a run: each coefficient and each share of the confusion matrix once, made when first used. */

/** Bundles kept at once: 20 MB at 10,000 draws. One that was dropped is made again with the same bits. */
const BUNDLES_KEPT = 256;

/** Coefficients with one common area (the pools of a class, say), whose draws are therefore added before weighing. */
export interface Bundle {
  /** Names the coefficients. */
  readonly key: string;
  readonly indices: readonly number[];
  readonly areaHa: number;
}

export class IntervalDraws {
  readonly count: number;
  private readonly model: IntervalModel;
  private readonly seed: string;
  private readonly coefficients = new Map<number, Float64Array | null>();
  private readonly shares = new Map<number, readonly (Float64Array | null)[]>();
  private readonly hectares = new Map<number, Float64Array | null>();
  private readonly bundles = new Map<string, Float64Array>();
  private readonly codes: readonly number[];

  constructor(model: IntervalModel, codes: readonly number[], seed: string, count: number) {
    this.model = model;
    this.codes = codes;
    this.seed = seed;
    this.count = count;
  }

  /** The weights that vary between simulations, by common area, in order of their first coefficient. */
  bundlesOf(weights: readonly Weight[]): Bundle[] {
    const groups = new Map<number, number[]>();
    for (const { index, areaHa } of weights) {
      if (this.hectare(index) === null) continue;
      const group = groups.get(areaHa);
      if (group === undefined) groups.set(areaHa, [index]);
      else group.push(index);
    }
    return [...groups].map(([areaHa, indices]) => ({ key: indices.join(' '), indices, areaHa }));
  }

  /** Sum of the draws of one hectare with each coefficient, less its centre. */
  sum({ key, indices }: Bundle): Float64Array {
    const first = this.hectare(indices[0] as number) as Float64Array;
    if (indices.length === 1) return first;
    const kept = this.bundles.get(key);
    if (kept !== undefined) return kept;
    const sum = Float64Array.from(first);
    for (const index of indices.slice(1)) addScaled(sum, this.hectare(index) as Float64Array, 1);
    if (this.bundles.size >= BUNDLES_KEPT) this.bundles.delete(this.bundles.keys().next().value as string);
    this.bundles.set(key, sum);
    return sum;
  }

  /** What one hectare of a class carries of a column, less its centre; null where it is the same in all simulations. */
  private hectare(index: number): Float64Array | null {
    return remembered(this.hectares, index, () => {
      const blend = this.model.blends[index];
      return blend == null ? this.coefficient(index) : this.blended(blend);
    });
  }

  private coefficient(index: number): Float64Array | null {
    return remembered(this.coefficients, index, () => coefficientDraws(this.model.at(index), this.seed, this.count));
  }

  /** sum over classes j of (centre_j + dp_j) (mean_j + dc_j) - centre_j mean_j */
  private blended({ row, parts }: Blend): Float64Array | null {
    const shares = remembered(this.shares, row.code, () => shareDraws(row, this.codes, this.seed, this.count));
    const sum = new Float64Array(this.count);
    let varies = false;
    for (const { index, place, centre } of parts) {
      const { mean } = this.model.at(index);
      const values = this.coefficient(index);
      const share = shares[place] ?? null;
      varies ||= (values !== null && (centre !== 0 || share !== null)) || (share !== null && mean !== 0);
      if (values !== null) addScaled(sum, values, centre);
      if (share !== null) addScaled(sum, share, mean);
      if (values !== null && share !== null) addProducts(sum, values, share);
    }
    return varies ? sum : null;
  }
}

function addProducts(target: Float64Array, a: Float64Array, b: Float64Array): void {
  for (let n = 0; n < target.length; n++) target[n] = target[n]! + a[n]! * b[n]!;
}

function remembered<K, V>(known: Map<K, V>, key: K, make: () => V): V {
  if (known.has(key)) return known.get(key) as V;
  const made = make();
  known.set(key, made);
  return made;
}
