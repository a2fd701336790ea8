import type { QuantityTally } from '../../../src/shared/carbon/partial.ts';
import type { PatchRule } from '../../../src/shared/carbon/patch-size.ts';
import { emptyPatches, type PatchSum, type PatchTally, SizeCounter } from '../../../src/shared/carbon/patch-tally.ts';
import { fractionBits } from '../../../src/shared/contracts/counted-names.ts';
import type { Plan } from '../../../src/shared/contracts/plan.ts';
import { factorRow } from '../../support/plan-parts.ts';

/** Factor tables, patches and soil of a raster as they stand in counted partials, for tests of what is applied to them. */

type Factors = Plan['factors'];
type Row = Factors['classes'][number];

/** A row of factors with nothing but what is named. */
export function rowOf(code: number, values: Row['values'], changes: Partial<Row> = {}): Row {
  return { ...factorRow(code, 0, 0, 0), values, ...changes };
}

/** A table with the columns of its rows, all of which have them all. */
export function tableOf(classes: Row[]): Factors {
  const coefficients = Object.keys(classes[0]?.values ?? {}) as Factors['coefficients'];
  return { url: 'file:///city/factors.csv', digest: 'f', coefficients, classes, warnings: [] };
}

/** Cells of 10 m x 10 m. */
export const RULE_10M: PatchRule = { connectivity: 8, measure: 'cells', unitM2: 100 };
/** Cells of a hectare. */
export const RULE_HA: PatchRule = { connectivity: 8, measure: 'cells', unitM2: 10_000 };

/** A patch by the cells that it has in each zone and class; it counts where the first of them are. */
export type Cells = readonly (readonly [zone: number, code: number, cells: number])[];

/** Patches that tiles have closed, and those that still wait for a neighbour. */
export function patchesOf(rule: PatchRule, closed: readonly Cells[], open: readonly Cells[] = []): PatchTally {
  const sizes = new SizeCounter(rule, []);
  for (const patch of closed) sizes.add(withSums(patch));
  return {
    ...emptyPatches(rule),
    closed: sizes.histogram,
    open: open.map((patch, row) => ({ row, col: 0, ...withSums(patch) })),
  };
}

function withSums(patch: Cells): { zone: number; code: number; sums: PatchSum[] } {
  const sums = patch.map(([zone, code, cells]) => ({ zone, code, cells, area: 0n }));
  return { zone: sums[0]?.zone ?? 0, code: sums[0]?.code ?? 0, sums };
}

/** So many cells of one value of a layer that is no NDVI, in the plane; each is rounded to its fixed point, as in counting. */
export function valuesOf(cells: number, value: number): QuantityTally {
  const fixed = BigInt(Math.round(value * 2 ** fractionBits('quantity')));
  return { cells, area: 0n, sum: BigInt(cells) * fixed };
}
