import type { Partial } from '../shared/carbon/partial.ts';
import { OUTSIDE_BUILT } from '../shared/carbon/patch-size.ts';
import { closeAll, type PatchHistogram } from '../shared/carbon/patch-tally.ts';
import type { Tally } from '../shared/carbon/tally.ts';
import { patchesKey } from '../shared/contracts/counted-names.ts';
import type { Plan } from '../shared/contracts/plan.ts';
import { roundFigure } from '../shared/units.ts';
import { nearestThreshold, otsuThreshold } from './otsu.ts';
import { type PatchFigures, patchFigures, pixelsInSmallest, type SizeSplit, splitBySize } from './patches.ts';
import { findSubPixel, type GreenParts, type SubPixelGreen } from './sub-pixel-green.ts';

/** @pure Green spaces inside of built-up land: which threshold the city has, and what its patches come to. */

export interface GreenFigures {
  readonly from: 'classes' | 'ndvi' | 'layer';
  /** NDVI from which a cell is green; null for other sources. */
  readonly ndvi_threshold: number | null;
  /** Otsu's own threshold over built-up land before it was brought to a candidate; null where none was sought. */
  readonly ndvi_otsu: number | null;
  /** Area of the coarsest pixel that shows green, m2: smaller green is not seen. */
  readonly pixel_m2: number;
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
    pixel_m2: plan.greenPixelM2 ?? 0,
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

/** Fewer pixels than this in the smallest patch: its size says little. */
const LEAST_PIXELS = 10;

function greenWarnings(plan: Plan, figures: GreenFigures): string[] {
  const warnings: string[] = [];
  const { min_ha, pixel_m2 } = figures;
  const pixels = pixelsInSmallest(min_ha, pixel_m2);
  if (pixels < LEAST_PIXELS) {
    const limit = `green smaller than one pixel of what shows it (${Number(pixel_m2.toPrecision(3))} m2) ${howSeen(plan)}`;
    const near = `a green patch of ${min_ha} ha is ${Number(pixels.toPrecision(3))} such pixels: sizes near that are the grid's as much as the patch's`;
    warnings.push(min_ha > 0 ? `${limit}; ${near}` : limit);
  }
  if (plan.green?.thresholds !== undefined && plan.green.thresholds.length > 1 && figures.ndvi_otsu === null) {
    warnings.push(`no NDVI over built-up land to find a threshold from: ${figures.ndvi_threshold} is used`);
  }
  return [...warnings, ...subPixelWarnings(figures)];
}

function howSeen({ green, layers }: Plan): string {
  if (green?.mixture != null) return 'is estimated by `green.mixture`';
  return layers.some(({ kind }) => kind === 'ndvi') ? 'is not seen (`green.mixture` estimates it)' : 'is not seen';
}

/** Below it cells that count whole are much less than that by the mixture (ours). */
const LEAST_THRESHOLD_FRACTION = 0.75;

/** What the mixture does not mend: cells from the threshold on, patches below the least size, cells without NDVI. */
function subPixelWarnings({
  sub_pixel: found,
  city,
  min_ha: minHa,
  ndvi_threshold: threshold,
}: GreenFigures): string[] {
  if (found === null) return [];
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
