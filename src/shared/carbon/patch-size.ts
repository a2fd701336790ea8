import { planeCellAreaM2 } from '../geo/cell-area.ts';
import type { AnalysisGrid } from '../geo/grid.ts';
import { M2_PER_HA } from '../units.ts';
import type { Tally } from './tally.ts';

/**
 * Sizes of patches as whole keys: m2 below 10 ha, three significant digits from there on, both rounded down. Few enough
 * to keep all, and comparing keys is exact for every threshold that is a key itself.
 */

/** Class that cells of a patch outside of built-up land are summed under: they make its size, and keep their own class. */
export const OUTSIDE_BUILT = -0x7ffffffe;

/** How the patches of a run are joined and measured; tallies of different rules are never merged. */
export interface PatchRule {
  /** 4: cells that share a side are one patch. 8: corners join too. */
  readonly connectivity: 4 | 8;
  /** What a size is counted in: cells of one area (in the plane), or units of area (on the ellipsoid). */
  readonly measure: 'cells' | 'units';
  /** Area of one cell or one unit, m2. */
  readonly unitM2: number;
}

/** The rule of a run on this grid; `areaExponent` as the plan has it, null in the plane. */
export function patchRule(grid: AnalysisGrid, areaExponent: number | null, connectivity: 4 | 8): PatchRule {
  return areaExponent === null
    ? { connectivity, measure: 'cells', unitM2: planeCellAreaM2(grid) }
    : { connectivity, measure: 'units', unitM2: 2 ** -areaExponent };
}

/** Area of a tally in m2. */
export function tallyM2({ measure, unitM2 }: PatchRule, { cells, area }: Tally): number {
  return (measure === 'cells' ? cells : Number(area)) * unitM2;
}

/** From this size on (10 ha in m2) keys have three significant digits. */
const COARSE_M2 = 100_000;
/** Share of a size that may be lost to rounding of cells x area: 4 cells of 0.1 m2 x 0.1 m2 do reach 0.04 m2. */
const SLACK = 2 ** -40;

/** Size key of an area in m2. Rises with the area. */
export function sizeKey(areaM2: number): number {
  const whole = Math.floor(areaM2 + areaM2 * SLACK);
  if (whole < COARSE_M2) return whole;
  const step = stepOf(whole);
  return Math.floor(whole / step) * step;
}

/** Least key that counts as reaching `ha` hectares. Exact for whole m2 below 10 ha, three digits from there on; else the next such size. */
export function thresholdKey(ha: number): number {
  const m2 = ha * M2_PER_HA;
  const whole = Math.ceil(m2 - m2 * SLACK);
  if (whole <= COARSE_M2) return whole;
  const step = stepOf(whole);
  return Math.ceil(whole / step) * step;
}

/** Distance of neighbouring keys: 1000 for six digits, 10,000 for seven. */
function stepOf(whole: number): number {
  return 10 ** (String(whole).length - 3);
}
