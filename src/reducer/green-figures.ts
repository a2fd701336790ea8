import type { Partial } from '../shared/carbon/partial.ts';
import { OUTSIDE_BUILT } from '../shared/carbon/patch-size.ts';
import { closeAll, type PatchHistogram } from '../shared/carbon/patch-tally.ts';
import type { Tally } from '../shared/carbon/tally.ts';
import type { Plan } from '../shared/contracts/plan.ts';
import { patchesKey } from '../shared/contracts/plan-green.ts';
import { planeCellAreaM2, rowCellAreaM2 } from '../shared/geo/cell-area.ts';
import { roundFigure } from '../shared/units.ts';
import { nearestThreshold, otsuThreshold } from './otsu.ts';
import { cellsInSmallest, type PatchFigures, patchFigures, type SizeSplit, splitBySize } from './patches.ts';
import { findSubPixel, type GreenParts, type SubPixelGreen } from './sub-pixel-green.ts';

/** @pure Green spaces inside of built-up land: which threshold the city has, and what its patches come to. */

export interface GreenFigures {
  readonly from: 'classes' | 'ndvi' | 'layer';
  /** NDVI from which a cell is green; null for other sources. */
  readonly ndvi_threshold: number | null;
  /** Otsu's own threshold over built-up land before it was brought to a candidate; null where none was sought. */
  readonly ndvi_otsu: number | null;
  readonly min_ha: number;
  readonly small_ha: number;
  readonly connectivity: 4 | 8;
  readonly city: PatchFigures;
  readonly zones: readonly (PatchFigures & { readonly zone: string })[];
  /** Green smaller than a cell; null: not looked for. */
  readonly sub_pixel: SubPixelGreen | null;
}

export interface FoundGreen {
  readonly figures: GreenFigures;
  /** By zone index and class, in whole numbers. */
  readonly splits: ReadonlyMap<number, ReadonlyMap<number, SizeSplit>>;
  /** Green smaller than a cell; null: not looked for. */
  readonly parts: GreenParts | null;
  readonly warnings: readonly string[];
}

const NO_PATCHES_YET: PatchHistogram = new Map();

/** null where the plan does not ask for green spaces. */
export function findGreen(plan: Plan, partial: Partial, areaHa: (tally: Tally) => number): FoundGreen | null {
  const { green, greenScore } = plan;
  if (green === null || greenScore === null) return null;
  const otsu = green.thresholds.length > 1 ? otsuThreshold(partial.builtNdvi) : null;
  const threshold = nearestThreshold(otsu, green.thresholds);
  const tally = partial.patches.get(patchesKey(threshold));
  const histogram = tally === undefined ? NO_PATCHES_YET : insideBuilt(closeAll(tally));
  const { minHa, smallHa } = greenScore;
  const zoneCount = plan.zones.list.length;
  const { zones, city } = patchFigures(histogram, { thresholds: { minHa, smallHa }, zoneCount, areaHa });
  const subPixel = findSubPixel(plan, partial, threshold, areaHa);
  const figures = {
    from: green.from,
    ndvi_threshold: threshold,
    ndvi_otsu: otsu === null ? null : roundFigure(otsu),
    min_ha: minHa,
    small_ha: smallHa,
    connectivity: green.connectivity,
    city,
    zones: zones.map((figure, index) => ({ zone: plan.zones.list[index]?.id ?? '', ...figure })),
    sub_pixel: subPixel?.figures ?? null,
  };
  const splits = splitBySize(histogram, { minHa, smallHa });
  return { figures, splits, parts: subPixel?.parts ?? null, warnings: greenWarnings(plan, figures) };
}

/** Without what lies outside of built-up land: that made the sizes of patches, and keeps its own class. */
function insideBuilt(histogram: PatchHistogram): PatchHistogram {
  return new Map(
    [...histogram].map(([zone, classes]) => [zone, new Map([...classes].filter(([code]) => code !== OUTSIDE_BUILT))]),
  );
}

/** Fewer cells than this in the smallest patch: its size says little. */
const LEAST_CELLS = 10;

function greenWarnings(plan: Plan, figures: GreenFigures): string[] {
  const warnings: string[] = [];
  const cells = cellsInSmallest(figures.min_ha, middleCellM2(plan));
  if (figures.min_ha > 0 && cells < LEAST_CELLS) {
    warnings.push(
      `a green patch of ${figures.min_ha} ha is ${Number(cells.toPrecision(3))} cells of this grid: patches near that size are at the limit of what it shows`,
    );
  }
  if (plan.green?.thresholds !== undefined && plan.green.thresholds.length > 1 && figures.ndvi_otsu === null) {
    warnings.push(`no NDVI over built-up land to find a threshold from: ${figures.ndvi_threshold} is used`);
  }
  return [...warnings, ...subPixelWarnings(plan, figures)];
}

/** Cells of less show single trees, whose crowns are about this wide (ours): there nothing is told. */
const CROWN_M2 = 25;

/** Below it cells that count whole are much less than that by the mixture (ours). */
const LEAST_THRESHOLD_FRACTION = 0.75;

/** Green that no patch has: what is not looked for is named, and what the least size of patches leaves out beside it. */
function subPixelWarnings(
  plan: Plan,
  { sub_pixel: found, city, min_ha: minHa, ndvi_threshold: threshold }: GreenFigures,
): string[] {
  const cellM2 = middleCellM2(plan);
  if (found === null) {
    if (cellM2 < CROWN_M2) return [];
    const hasNdvi = plan.layers.some(({ kind }) => kind === 'ndvi');
    return [
      `green smaller than a cell (${Number(cellM2.toPrecision(3))} m2), such as trees along streets, is not seen: it counts with the class of its cell; \`green.mixture\` estimates it from NDVI${hasNdvi ? '' : ', with layers red and nir'}`,
    ];
  }
  const warnings: string[] = [];
  const { threshold_fraction: fraction } = found;
  if (fraction !== null && fraction < LEAST_THRESHOLD_FRACTION) {
    warnings.push(
      `a cell at the NDVI threshold of ${threshold} is ${Number((fraction * 100).toPrecision(3))} % green by \`green.mixture\` and counts as all green: an \`ndvi_min\` nearer to ${found.ndvi_full} counts less too much`,
    );
  }
  const below = city.total.below_min.area_ha;
  if (below > 0) {
    warnings.push(
      `${Number(below.toPrecision(3))} ha of green cells are in patches below ${minHa} ha and count as built-up land, while \`green.mixture\` counts parts of cells that are less green: with \`green.min_ha: 0\` both count`,
    );
  }
  if (found.city.coverage !== null && found.city.coverage < 1) {
    const unseen = Number(((1 - found.city.coverage) * 100).toPrecision(3));
    warnings.push(
      `${unseen} % of the cells that \`green.mixture\` would look into have no NDVI and count with their class`,
    );
  }
  return warnings;
}

/** Of the grid's middle. */
function middleCellM2({ grid }: Plan): number {
  if (grid.crs.kind === 'projected') return planeCellAreaM2(grid);
  return rowCellAreaM2(grid, grid.window.row + Math.floor(grid.window.rows / 2));
}
