import { CitysinkError } from '../errors.ts';
import { type CoveredRegion, gapsInCol, gapsInRow, joinRegions, regionHas } from '../geo/covered-region.ts';
import { DisjointSets } from '../raster/disjoint-sets.ts';
import { type PatchRule, sizeKey, tallyM2 } from './patch-size.ts';
import {
  type BorderCorner,
  type BorderRun,
  joinSums,
  type OpenPatch,
  type PatchBorders,
  type PatchTally,
  SizeCounter,
} from './patch-tally.ts';

/**
 * Merging of patch tallies: associative, commutative, with emptyPatches as neutral element. Memory goes with the borders.
 * Cells of two tallies that are neighbours look at each other, so both are among the borders; none need be searched elsewhere.
 */

const SIDES = ['north', 'south', 'west', 'east'] as const;
type Side = (typeof SIDES)[number];

/** Of two tallies. Errors: PARTIAL_MISMATCH where rules differ, or both hold the same cell. */
export function mergePatches(a: PatchTally, b: PatchTally): PatchTally {
  return mergeAllPatches(a.rule, [a, b]);
}

/** Of any number of tallies at once: far cheaper than one after the other. Errors as mergePatches. */
export function mergeAllPatches(rule: PatchRule, tallies: readonly PatchTally[]): PatchTally {
  for (const tally of tallies) refuseOtherRule(rule, tally.rule);
  const region = joinRegions(tallies.map((tally) => tally.region));
  const pool = pooled(tallies);
  const sets = joinFacing(pool, rule.connectivity === 8 ? 1 : 0);
  const borders = stillOpen(pool.borders, region, rule.connectivity === 8);
  const sizes = new SizeCounter(
    rule,
    tallies.map((tally) => tally.closed),
  );
  const open = joinedPatches(pool.open, sets, borders, sizes);
  return { rule, region, closed: sizes.histogram, ...open };
}

/**
 * Size key of the whole patch of each open patch of each tally, in their order, once no tile will come any more.
 * Errors: PARTIAL_MISMATCH where rules differ.
 */
export function wholeSizes(rule: PatchRule, tallies: readonly PatchTally[]): number[][] {
  for (const tally of tallies) refuseOtherRule(rule, tally.rule);
  const pool = pooled(tallies);
  const sets = joinFacing(pool, rule.connectivity === 8 ? 1 : 0);
  const wholes = new Map<number, { cells: number; area: bigint }>();
  pool.open.forEach(({ sums }, index) => {
    const root = sets.find(index);
    const whole = wholes.get(root) ?? { cells: 0, area: 0n };
    for (const sum of sums) {
      whole.cells += sum.cells;
      whole.area += sum.area;
    }
    wholes.set(root, whole);
  });
  let first = 0;
  return tallies.map(({ open }) => {
    const keys = open.map((_, index) => {
      const whole = wholes.get(sets.find(first + index)) ?? { cells: 0, area: 0n };
      return sizeKey(tallyM2(rule, whole));
    });
    first += open.length;
    return keys;
  });
}

function refuseOtherRule(a: PatchRule, b: PatchRule): void {
  if (a.connectivity === b.connectivity && a.measure === b.measure && a.unitM2 === b.unitM2) return;
  const word = (rule: PatchRule) => `connectivity ${rule.connectivity}, ${rule.measure} of ${rule.unitM2} m2`;
  throw new CitysinkError('PARTIAL_MISMATCH', `patches of different rules: ${word(a)}; ${word(b)}`);
}

interface Pool {
  readonly open: OpenPatch[];
  readonly borders: Borders;
}

/** PatchBorders that can be added to. */
type Borders = Record<Side, BorderRun[]> & { corners: BorderCorner[] };

function noBorders(): Borders {
  return { north: [], south: [], west: [], east: [], corners: [] };
}

/** All open patches in one list, and all borders with indexes into it. */
function pooled(tallies: readonly PatchTally[]): Pool {
  const open: OpenPatch[] = [];
  const borders = noBorders();
  for (const tally of tallies) {
    const first = open.length;
    for (const patch of tally.open) open.push(patch);
    for (const side of SIDES) {
      for (const run of tally.borders[side]) borders[side].push({ ...run, patch: run.patch + first });
    }
    for (const corner of tally.borders.corners) borders.corners.push({ ...corner, patch: corner.patch + first });
  }
  return { open, borders };
}

/** Joins patches whose border cells are neighbours; `reach` 1 where corners join. */
function joinFacing({ open, borders }: Pool, reach: number): DisjointSets {
  const sets = new DisjointSets(open.length);
  for (let i = 0; i < open.length; i++) sets.add();
  // What a cell sees through a corner may be in a run of either direction, or another such cell.
  const dots = (line: (corner: BorderCorner) => number, at: 'row' | 'col') =>
    borders.corners.map((corner) => ({
      patch: corner.patch,
      line: line(corner),
      start: corner[at],
      end: corner[at] + 1,
    }));
  const above = sortedRuns([...borders.south, ...dots(({ row }) => row + 1, 'col')]);
  const below = sortedRuns([...borders.north, ...dots(({ row }) => row, 'col')]);
  joinAcross(above, below, reach, sets);
  const left = sortedRuns([...borders.east, ...dots(({ col }) => col + 1, 'row')]);
  const right = sortedRuns([...borders.west, ...dots(({ col }) => col, 'row')]);
  joinAcross(left, right, reach, sets);
  return sets;
}

function sortedRuns(runs: BorderRun[]): BorderRun[] {
  return runs.sort((a, b) => a.line - b.line || a.start - b.start);
}

/** Runs on both sides of lines, each side sorted; cells that are in a run and stand alone too belong to one patch. */
function joinAcross(one: readonly BorderRun[], other: readonly BorderRun[], reach: number, sets: DisjointSets): void {
  let first = 0;
  for (const run of one) {
    while (first < other.length && isBefore(other[first] as BorderRun, run, reach)) first++;
    for (let i = first; i < other.length; i++) {
      const facing = other[i] as BorderRun;
      if (facing.line !== run.line || facing.start >= run.end + reach) break;
      if (!isBefore(facing, run, reach)) sets.join(run.patch, facing.patch);
    }
  }
}

function isBefore(facing: BorderRun, run: BorderRun, reach: number): boolean {
  return facing.line < run.line || (facing.line === run.line && facing.end + reach <= run.start);
}

/** Borders that still look out of the larger region. */
function stillOpen(borders: Borders, region: CoveredRegion, corners: boolean): Borders {
  const left = noBorders();
  const candidates = new Map<string, BorderCorner>();
  const consider = (corner: BorderCorner) => {
    candidates.set(`${corner.row},${corner.col}`, corner);
  };
  for (const side of SIDES) {
    for (const run of borders[side]) {
      const gaps = gapsBeyond(side, run, region);
      let at = run.start;
      for (let i = 0; i < gaps.length; i += 2) {
        const [start, end] = [gaps[i] as number, gaps[i + 1] as number];
        if (corners && at < start) cornersOf(side, { ...run, start: at, end: start }, region).forEach(consider);
        left[side].push({ ...run, start, end });
        at = end;
      }
      if (corners && at < run.end) cornersOf(side, { ...run, start: at }, region).forEach(consider);
    }
  }
  borders.corners.forEach(consider);
  for (const corner of candidates.values()) if (looksOutByCorner(corner, region)) left.corners.push(corner);
  return left;
}

/** Parts of a run whose neighbours are not in the region. */
function gapsBeyond(side: Side, { line, start, end }: BorderRun, region: CoveredRegion): number[] {
  if (side === 'north') return gapsInRow(region, line - 1, start, end);
  if (side === 'south') return gapsInRow(region, line, start, end);
  return gapsInCol(region, side === 'west' ? line - 1 : line, start, end);
}

/**
 * Cells of a run, whose neighbours beyond its line are all in the region, that may see a corner out of it: those beside
 * the ends of gaps in the lines of cells on both sides. A cell beside the middle of a gap looks out by its side.
 */
function cornersOf(side: Side, { patch, line, start, end }: BorderRun, region: CoveredRegion): BorderCorner[] {
  const own = side === 'north' || side === 'west' ? line : line - 1;
  const along = side === 'north' || side === 'south';
  const gapsIn = along ? gapsInRow : gapsInCol;
  const found: BorderCorner[] = [];
  for (const beside of [own - 1, own + 1]) {
    const gaps = gapsIn(region, beside, start - 1, end + 1);
    for (let i = 0; i < gaps.length; i += 2) {
      for (const at of [(gaps[i] as number) - 1, gaps[i + 1] as number]) {
        if (at >= start && at < end) found.push(along ? { patch, row: own, col: at } : { patch, row: at, col: own });
      }
    }
  }
  return found;
}

/** A corner out of the region, with both sides beside it inside: no run tells of it. */
function looksOutByCorner({ row, col }: BorderCorner, region: CoveredRegion): boolean {
  return [-1, 1].some((down) =>
    [-1, 1].some(
      (right) =>
        !regionHas(region, row + down, col + right) &&
        regionHas(region, row + down, col) &&
        regionHas(region, row, col + right),
    ),
  );
}

/** One patch a set: open ones by first cell, with the borders that point to them; sets without border are closed. */
function joinedPatches(
  open: readonly OpenPatch[],
  sets: DisjointSets,
  borders: Borders,
  sizes: SizeCounter,
): { open: OpenPatch[]; borders: PatchBorders } {
  const members = new Map<number, OpenPatch[]>();
  open.forEach((patch, index) => {
    const root = sets.find(index);
    const group = members.get(root);
    if (group === undefined) members.set(root, [patch]);
    else group.push(patch);
  });
  const outward = new Set<number>();
  for (const side of SIDES) for (const run of borders[side]) outward.add(sets.find(run.patch));
  for (const corner of borders.corners) outward.add(sets.find(corner.patch));
  const kept: { root: number; patch: OpenPatch }[] = [];
  for (const [root, group] of members) {
    const patch = joinPatches(group);
    if (outward.has(root)) kept.push({ root, patch });
    else sizes.add(patch);
  }
  kept.sort((a, b) => placeOrder(a.patch, b.patch));
  const indexes = new Map(kept.map(({ root }, index) => [root, index]));
  const indexOf = (patch: number) => indexes.get(sets.find(patch)) ?? -1;
  return { open: kept.map(({ patch }) => patch), borders: orderedBorders(borders, indexOf) };
}

function joinPatches(group: readonly OpenPatch[]): OpenPatch {
  const first = group.reduce((a, b) => (placeOrder(a, b) <= 0 ? a : b));
  return group.length === 1 ? first : { ...first, sums: joinSums(group.flatMap(({ sums }) => sums)) };
}

function placeOrder(a: { row: number; col: number }, b: { row: number; col: number }): number {
  return a.row - b.row || a.col - b.col;
}

/** Sorted, with runs that touch made one; neighbours along a line are always of one patch. */
function orderedBorders(borders: Borders, indexOf: (patch: number) => number): PatchBorders {
  const ordered = noBorders();
  for (const side of SIDES) {
    for (const run of sortedRuns(borders[side])) {
      const last = ordered[side].at(-1);
      if (last?.line === run.line && last.end === run.start) {
        ordered[side][ordered[side].length - 1] = { ...last, end: run.end };
      } else ordered[side].push({ ...run, patch: indexOf(run.patch) });
    }
  }
  ordered.corners = borders.corners.map((corner) => ({ ...corner, patch: indexOf(corner.patch) })).sort(placeOrder);
  return ordered;
}
