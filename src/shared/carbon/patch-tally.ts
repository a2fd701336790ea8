import { type CoveredRegion, NO_REGION } from '../geo/covered-region.ts';
import { OUTSIDE_BUILT, type PatchRule, sizeKey, tallyM2 } from './patch-size.ts';
import type { Tally } from './tally.ts';

/**
 * Patches of green space as counted in some tiles, in whole numbers. A patch is a connected set of green cells inside
 * the zones of the city; zones and tiles do not cut it. Patches that no cell beyond these tiles can belong to are
 * closed: only their sizes are kept. The others are open: they keep the cells that look out of the tiles.
 *
 * Everything here is a function of the tiles' cells alone, never of how tiles were cut or in which order they came.
 */
export interface PatchTally {
  readonly rule: PatchRule;
  /** The cells of the tiles. */
  readonly region: CoveredRegion;
  readonly closed: PatchHistogram;
  /** By first cell: row, then column. */
  readonly open: readonly OpenPatch[];
  /** Cells of open patches with a neighbour outside of the region. */
  readonly borders: PatchBorders;
}

/** By zone index, class code and size key of the patch. */
export type PatchHistogram = ReadonlyMap<number, ReadonlyMap<number, ReadonlyMap<number, SizeTally>>>;

/**
 * Cells of one class in one zone in patches of one size. Patches count where their first cell is (by row, then column);
 * if that is outside of built-up land, in the first zone and class that they have inside.
 */
export interface SizeTally extends Tally {
  readonly patches: number;
}

/** Cells of a patch of one class in one zone. */
export interface PatchSum extends Tally {
  readonly zone: number;
  readonly code: number;
}

export interface OpenPatch {
  /** The first cell by row, then column, its zone and class. */
  readonly row: number;
  readonly col: number;
  readonly zone: number;
  readonly code: number;
  /** By zone, then class. */
  readonly sums: readonly PatchSum[];
}

/**
 * Which cells look out, by the side where their neighbour is not in the region. `line` counts the lines between cells:
 * line 5 is above row 5, or left of column 5. Sorted by line, then start; runs of a line that touch are one run.
 */
export interface PatchBorders {
  readonly north: readonly BorderRun[];
  readonly south: readonly BorderRun[];
  readonly west: readonly BorderRun[];
  readonly east: readonly BorderRun[];
  /** With connectivity 8: cells with a corner out of the region and both sides beside it inside. By row, then column. */
  readonly corners: readonly BorderCorner[];
}

export interface BorderRun {
  /** Index in `open`. */
  readonly patch: number;
  readonly line: number;
  /** First column (north, south) or row (west, east), and the one after the last. */
  readonly start: number;
  readonly end: number;
}

export interface BorderCorner {
  readonly patch: number;
  readonly row: number;
  readonly col: number;
}

export const NO_BORDERS: PatchBorders = { north: [], south: [], west: [], east: [], corners: [] };

/** The neutral element of merging. */
export function emptyPatches(rule: PatchRule): PatchTally {
  return { rule, region: NO_REGION, closed: new Map(), open: [], borders: NO_BORDERS };
}

/** Sizes of all patches, once no tile will come any more: what is still open has nothing beyond. */
export function closeAll({ rule, closed, open }: PatchTally): PatchHistogram {
  const sizes = new SizeCounter(rule, [closed]);
  for (const patch of open) sizes.add(patch);
  return sizes.histogram;
}

/** Sums histograms, and adds patches one by one. */
export class SizeCounter {
  readonly histogram = new Map<number, Map<number, Map<number, SizeTally>>>();
  private readonly rule: PatchRule;

  constructor(rule: PatchRule, histograms: readonly PatchHistogram[]) {
    this.rule = rule;
    for (const histogram of histograms) {
      for (const [zone, classes] of histogram) {
        for (const [code, sizes] of classes) {
          const counter = this.classCounter(zone, code);
          for (const [key, { patches, cells, area }] of sizes) counter.add(key, patches, cells, area);
        }
      }
    }
  }

  /** A closed patch: counted once, its cells each in their zone and class. `sums` has a zone and class once. */
  add({ zone, code, sums }: Pick<OpenPatch, 'zone' | 'code' | 'sums'>): void {
    let [allCells, allArea] = [0, 0n];
    for (const { cells, area } of sums) {
      allCells += cells;
      allArea += area;
    }
    const key = this.keyOf(allCells, allArea);
    const owner = (code === OUTSIDE_BUILT ? firstInside(sums) : null) ?? { zone, code };
    for (const sum of sums) {
      const patches = sum.zone === owner.zone && sum.code === owner.code ? 1 : 0;
      this.classCounter(sum.zone, sum.code).add(key, patches, sum.cells, sum.area);
    }
  }

  /** Size key of a whole patch. */
  keyOf(cells: number, area: bigint): number {
    return sizeKey(tallyM2(this.rule, { cells, area }));
  }

  /** Counter of one class in one zone; parts of many patches may be added to it in any order. */
  classCounter(zone: number, code: number): ClassSizes {
    const classes = this.histogram.get(zone) ?? new Map<number, Map<number, SizeTally>>();
    this.histogram.set(zone, classes);
    const sizes = classes.get(code) ?? new Map<number, SizeTally>();
    classes.set(code, sizes);
    return new ClassSizes(sizes);
  }
}

/** The least zone, then class, of those inside of built-up land. */
function firstInside(sums: readonly PatchSum[]): PatchSum | undefined {
  return sums.filter(({ code }) => code !== OUTSIDE_BUILT).sort(byZoneAndClass)[0];
}

/** Order of zones, then classes. */
export function byZoneAndClass(a: Pick<PatchSum, 'zone' | 'code'>, b: Pick<PatchSum, 'zone' | 'code'>): number {
  return a.zone - b.zone || a.code - b.code;
}

/** Adds parts of patches of one class and zone by size. */
export class ClassSizes {
  /** Tallies that this histogram made itself: they may be changed in place. */
  private readonly sizes: Map<number, SizeTally>;

  constructor(sizes: Map<number, SizeTally>) {
    this.sizes = sizes;
  }

  add(key: number, patches: number, cells: number, area: bigint): void {
    const present = this.sizes.get(key) as { patches: number; cells: number; area: bigint } | undefined;
    if (present === undefined) this.sizes.set(key, { patches, cells, area });
    else {
      present.patches += patches;
      present.cells += cells;
      present.area += area;
    }
  }
}

/** Sums of several patches, or pieces of one, as those of one patch: by zone, then class. */
export function joinSums(sums: readonly PatchSum[]): readonly PatchSum[] {
  if (sums.length === 1) return sums;
  const joined: PatchSum[] = [];
  for (const sum of [...sums].sort(byZoneAndClass)) {
    const last = joined.at(-1);
    if (last?.zone === sum.zone && last.code === sum.code) {
      joined[joined.length - 1] = { ...sum, cells: last.cells + sum.cells, area: last.area + sum.area };
    } else joined.push(sum);
  }
  return joined;
}
