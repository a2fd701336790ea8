import { thresholdKey } from '../shared/carbon/patch-size.ts';
import type { PatchHistogram, SizeTally } from '../shared/carbon/patch-tally.ts';
import { addTallies, NO_TALLY, type Tally } from '../shared/carbon/tally.ts';
import { M2_PER_HA, m2ToHa, roundFigure } from '../shared/units.ts';

/**
 * @pure Figures of green space by size of its patches, from the merged histogram: other thresholds need no pixel.
 * The size of a patch is the whole of it, over all zones and classes; its cells are summed where they lie.
 */

/** Hectares. A patch below `minHa` is no green space; from there to below `smallHa` it is small; else large. */
export interface PatchThresholds {
  readonly minHa: number;
  readonly smallHa: number;
}

/** What patches of one range of sizes have in a zone or class: patches count where their first cell is. */
export type PatchPart = SizeTally;

export interface SizeSplit {
  readonly below: PatchPart;
  readonly small: PatchPart;
  readonly large: PatchPart;
}

export const NO_PATCHES: PatchPart = { patches: 0, ...NO_TALLY };

/** By zone index, then class code: whole numbers, for factors to be applied to. Errors: RangeError where minHa > smallHa. */
export function splitBySize(
  histogram: PatchHistogram,
  { minHa, smallHa }: PatchThresholds,
): Map<number, Map<number, SizeSplit>> {
  if (!(minHa >= 0 && minHa <= smallHa))
    throw new RangeError(`patch thresholds ${minHa} and ${smallHa} ha do not rise`);
  const [min, small] = [thresholdKey(minHa), thresholdKey(smallHa)];
  const split = (sizes: ReadonlyMap<number, SizeTally>): SizeSplit => ({
    below: sumWhere(sizes, (key) => key < min),
    small: sumWhere(sizes, (key) => key >= min && key < small),
    large: sumWhere(sizes, (key) => key >= small && key >= min),
  });
  return new Map(
    [...histogram].map(([zone, classes]) => [zone, new Map([...classes].map(([code, sizes]) => [code, split(sizes)]))]),
  );
}

function sumWhere(sizes: ReadonlyMap<number, SizeTally>, holds: (key: number) => boolean): PatchPart {
  let sum = NO_PATCHES;
  for (const [key, part] of sizes) if (holds(key)) sum = addParts(sum, part);
  return sum;
}

export function addParts(a: PatchPart, b: PatchPart): PatchPart {
  return { patches: a.patches + b.patches, ...addTallies(a, b) };
}

/** A part as it is published. */
export interface PatchAmount {
  readonly patches: number;
  readonly cells: number;
  readonly area_ha: number;
}

export interface PatchAmounts {
  /** Green cells in patches too small to count as green space. */
  readonly below_min: PatchAmount;
  readonly small: PatchAmount;
  readonly large: PatchAmount;
}

export interface PatchClassRow extends PatchAmounts {
  readonly class: number;
}

/** A bar of a chart: patches from `from_ha` to below `to_ha` (null: no end), and their part of all green space here. */
export interface PatchBin extends PatchAmount {
  readonly from_ha: number;
  readonly to_ha: number | null;
  /** Of all patches, and of their area; null where there is none. */
  readonly share_of_patches: number | null;
  readonly share_of_area: number | null;
}

export interface PatchFigures {
  readonly classes: readonly PatchClassRow[];
  readonly total: PatchAmounts;
  readonly bins: readonly PatchBin[];
}

/**
 * Bounds of sizes in ha as a study of Beijing has them: small, small to medium, medium, large, extra large.
 * Source: ChinaXiv 201805.00168 (GF-2 imagery).
 */
export const BEIJING_BOUNDS_HA: readonly number[] = [0.1, 0.4, 1, 10];

export interface PatchRequest {
  readonly thresholds: PatchThresholds;
  /** Rising bounds of bins; BEIJING_BOUNDS_HA if absent. */
  readonly boundsHa?: readonly number[];
  /** Number of zones of the plan: each has figures, with or without patches. */
  readonly zoneCount: number;
  /** Hectares of a tally, as for all other figures of the run. */
  readonly areaHa: (tally: Tally) => number;
}

/** Figures of every zone by index, and of the city; the city has each patch once. */
export function patchFigures(
  histogram: PatchHistogram,
  request: PatchRequest,
): { zones: PatchFigures[]; city: PatchFigures } {
  const split = splitBySize(histogram, request.thresholds);
  const zones = Array.from({ length: request.zoneCount }, (_, zone) =>
    figuresOf(split.get(zone) ?? new Map(), [...(histogram.get(zone)?.values() ?? [])], request),
  );
  const classes = new Map<number, SizeSplit>();
  for (const ofZone of split.values()) {
    for (const [code, part] of ofZone) classes.set(code, addSplits(classes.get(code) ?? NO_SPLIT, part));
  }
  const sizes = [...histogram.values()].flatMap((ofZone) => [...ofZone.values()]);
  return { zones, city: figuresOf(classes, sizes, request) };
}

const NO_SPLIT: SizeSplit = { below: NO_PATCHES, small: NO_PATCHES, large: NO_PATCHES };

function addSplits(a: SizeSplit, b: SizeSplit): SizeSplit {
  return {
    below: addParts(a.below, b.below),
    small: addParts(a.small, b.small),
    large: addParts(a.large, b.large),
  };
}

function figuresOf(
  classes: ReadonlyMap<number, SizeSplit>,
  sizes: readonly ReadonlyMap<number, SizeTally>[],
  { areaHa, boundsHa = BEIJING_BOUNDS_HA }: PatchRequest,
): PatchFigures {
  const sorted = [...classes].sort(([a], [b]) => a - b);
  return {
    classes: sorted.map(([code, split]) => ({ class: code, ...amounts(split, areaHa) })),
    total: amounts(sorted.map(([, split]) => split).reduce(addSplits, NO_SPLIT), areaHa),
    bins: binned(sizes, boundsHa, areaHa),
  };
}

function amounts(split: SizeSplit, areaHa: (tally: Tally) => number): PatchAmounts {
  return {
    below_min: amount(split.below, areaHa),
    small: amount(split.small, areaHa),
    large: amount(split.large, areaHa),
  };
}

function amount(part: PatchPart, areaHa: (tally: Tally) => number): PatchAmount {
  return { patches: part.patches, cells: part.cells, area_ha: roundFigure(areaHa(part)) };
}

function binned(
  sizes: readonly ReadonlyMap<number, SizeTally>[],
  boundsHa: readonly number[],
  areaHa: (tally: Tally) => number,
): PatchBin[] {
  const bounds = boundsHa.map(thresholdKey);
  const parts: PatchPart[] = [...bounds, 0].map(() => NO_PATCHES);
  for (const ofClass of sizes) {
    for (const [key, part] of ofClass) {
      const bin = bounds.filter((bound) => bound <= key).length;
      parts[bin] = addParts(parts[bin] ?? NO_PATCHES, part);
    }
  }
  const all = parts.reduce(addParts, NO_PATCHES);
  const allHa = areaHa(all);
  return parts.map((part, bin) => ({
    from_ha: boundsHa[bin - 1] ?? 0,
    to_ha: boundsHa[bin] ?? null,
    ...amount(part, areaHa),
    share_of_patches: all.patches === 0 ? null : roundFigure(part.patches / all.patches),
    share_of_area: allHa === 0 ? null : roundFigure(areaHa(part) / allHa),
  }));
}

/** The histogram in full, for charts of any kind: patches, cells and area by size key, over all zones and classes or of one zone. */
export interface PatchSizeRow extends PatchAmount {
  /** Least size of the row: whole m2 below 10 ha, three significant digits from there on. */
  readonly size_ha: number;
}

/** Rising sizes; `zone` null: of the city. */
export function patchSizes(
  histogram: PatchHistogram,
  zone: number | null,
  areaHa: (tally: Tally) => number,
): PatchSizeRow[] {
  const zones = zone === null ? [...histogram.values()] : [histogram.get(zone) ?? new Map<number, never>()];
  const rows = new Map<number, PatchPart>();
  for (const classes of zones) {
    for (const sizes of classes.values()) {
      for (const [key, part] of sizes) rows.set(key, addParts(rows.get(key) ?? NO_PATCHES, part));
    }
  }
  return [...rows]
    .sort(([a], [b]) => a - b)
    .map(([key, part]) => ({ size_ha: roundFigure(m2ToHa(key)), ...amount(part, areaHa) }));
}

/** Pixels in the smallest patch that counts: below about ten the size is as much the grid's as the patch's. */
export function pixelsInSmallest(minHa: number, pixelM2: number): number {
  return (minHa * M2_PER_HA) / pixelM2;
}
