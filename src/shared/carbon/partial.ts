import { CitysinkError } from '../errors.ts';
import { encodePatches } from './encode-patches.ts';
import { mergeAllPatches, mergePatches } from './patch-merge.ts';
import type { PatchTally } from './patch-tally.ts';
import { addTallies, type Tally } from './tally.ts';

/**
 * What a tile counts, and what tiles merge to: integers only, so that any order of merging gives the same bits.
 * No coefficient is in it; factors are applied to the merged partial of the city.
 */

export interface ZoneTally {
  /** All cells whose centre is in the zone, seen or not. */
  readonly all: Tally;
  /** Cells that lie in blocks that exist and could not be read. */
  readonly unread: Tally;
  /** Valid cells by class code. */
  readonly classes: ReadonlyMap<number, Tally>;
}

/** Values of a measured layer over cells: how many have one, their area, and the sum of value x area in fixed point. */
export interface QuantityTally extends Tally {
  /** Units of 2^-bits of the layer, times the share that a cell's area has of the run's largest unit (see quantity-tally.ts). */
  readonly sum: bigint;
}

/** Where the values of a zone come from, in cells. */
export interface ImageryTally {
  /** By day of the imagery. */
  readonly dates: ReadonlyMap<string, number>;
  /** Cells that imagery shows and that the mask hides on every date. */
  readonly masked: number;
}

export interface CellPlace {
  readonly row: number;
  readonly col: number;
}

/** An input that could not be read whole, and why. */
export interface UnreadInput {
  readonly url: string;
  readonly code: string;
  readonly message: string;
}

export interface Partial {
  /** Digest of grid, zones and model version: partials of different bases are never merged. */
  readonly basis: string;
  /** By zone index (order of the zone file). */
  readonly zones: ReadonlyMap<number, ZoneTally>;
  /** One cell where each class occurs inside the city: the first by row, then column. */
  readonly places: ReadonlyMap<number, CellPlace>;
  /** Cells inside two zones, by `first,second` zone index; they are counted for the first. */
  readonly overlaps: ReadonlyMap<string, number>;
  readonly unread: readonly UnreadInput[];
  /** Measured layers by name, then by zone index, then by class code. */
  readonly quantities: ReadonlyMap<string, ReadonlyMap<number, ReadonlyMap<number, QuantityTally>>>;
  /** By name of the layer, then by zone index; only layers with dates or masks. */
  readonly imagery: ReadonlyMap<string, ReadonlyMap<number, ImageryTally>>;
  /** Green patches inside of built-up land, by name of the threshold (plan-green.ts). */
  readonly patches: ReadonlyMap<string, PatchTally>;
  /** Cells of built-up land in zones by bin of their NDVI; empty where no threshold is sought. */
  readonly builtNdvi: readonly number[];
  /** By zone index, then `before,after` class: cells with a class on both dates, where two are compared. */
  readonly transitions: ReadonlyMap<number, ReadonlyMap<string, Tally>>;
}

/** The neutral element: merging it changes nothing. */
export function emptyPartial(basis: string): Partial {
  return {
    basis,
    zones: new Map(),
    places: new Map(),
    overlaps: new Map(),
    unread: [],
    quantities: new Map(),
    imagery: new Map(),
    patches: new Map(),
    builtNdvi: [],
    transitions: new Map(),
  };
}

/** Associative and commutative sum of two partials. Errors: PARTIAL_MISMATCH where the bases differ. */
export function mergePartials(a: Partial, b: Partial): Partial {
  if (a.basis !== b.basis) {
    throw new CitysinkError('PARTIAL_MISMATCH', `partials of different bases: ${a.basis} and ${b.basis}`);
  }
  return {
    basis: a.basis,
    zones: mergeMaps(a.zones, b.zones, mergeZones),
    places: mergeMaps(a.places, b.places, (p, q) => (placeOrder(p, q) <= 0 ? p : q)),
    overlaps: mergeMaps(a.overlaps, b.overlaps, (p, q) => p + q),
    unread: mergeUnread([...a.unread, ...b.unread]),
    quantities: mergeMaps(a.quantities, b.quantities, (p, q) =>
      mergeMaps(p, q, (classes, others) => mergeMaps(classes, others, addQuantities)),
    ),
    imagery: mergeMaps(a.imagery, b.imagery, (p, q) => mergeMaps(p, q, addImagery)),
    patches: mergeMaps(a.patches, b.patches, mergePatches),
    builtNdvi: addBins(a.builtNdvi, b.builtNdvi),
    transitions: mergeMaps(a.transitions, b.transitions, (p, q) => mergeMaps(p, q, addTallies)),
  };
}

/** The sum of many: patches are joined all at once, which is far cheaper than one after the other. */
export function mergeAllPartials(basis: string, partials: readonly Partial[]): Partial {
  const names = new Set(partials.flatMap(({ patches }) => [...patches.keys()]));
  const patches = [...names].map((name): [string, PatchTally] => {
    const tallies = partials.flatMap((partial) => partial.patches.get(name) ?? []);
    return [name, mergeAllPatches((tallies[0] as PatchTally).rule, tallies)];
  });
  const rest = partials.map((partial) => ({ ...partial, patches: new Map() }));
  return { ...rest.reduce(mergePartials, emptyPartial(basis)), patches: new Map(patches) };
}

function addBins(a: readonly number[], b: readonly number[]): readonly number[] {
  const [longer, shorter] = a.length >= b.length ? [a, b] : [b, a];
  return shorter.length === 0 ? longer : longer.map((count, bin) => count + (shorter[bin] ?? 0));
}

export function addQuantities(a: QuantityTally, b: QuantityTally): QuantityTally {
  return { ...addTallies(a, b), sum: a.sum + b.sum };
}

export function addImagery(a: ImageryTally, b: ImageryTally): ImageryTally {
  return { dates: mergeMaps(a.dates, b.dates, (p, q) => p + q), masked: a.masked + b.masked };
}

function mergeZones(a: ZoneTally, b: ZoneTally): ZoneTally {
  return {
    all: addTallies(a.all, b.all),
    unread: addTallies(a.unread, b.unread),
    classes: mergeMaps(a.classes, b.classes, addTallies),
  };
}

function mergeMaps<K, V>(a: ReadonlyMap<K, V>, b: ReadonlyMap<K, V>, join: (p: V, q: V) => V): Map<K, V> {
  const merged = new Map(a);
  for (const [key, value] of b) {
    const present = merged.get(key);
    merged.set(key, present === undefined ? value : join(present, value));
  }
  return merged;
}

function placeOrder(a: CellPlace, b: CellPlace): number {
  return a.row - b.row || a.col - b.col;
}

/** One entry an input and code, in order of URL: of two messages the first in byte order stays. */
function mergeUnread(inputs: readonly UnreadInput[]): UnreadInput[] {
  const byInput = new Map<string, UnreadInput>();
  for (const input of inputs) {
    const key = `${input.url} ${input.code}`;
    const present = byInput.get(key);
    if (present === undefined || input.message < present.message) byInput.set(key, input);
  }
  return [...byInput.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, input]) => input);
}

/**
 * The same counts in units of which a whole cell has `units`: cells, areas and sums of values grow alike.
 * Runs whose zones share cells keep all counts so.
 */
export function inCellUnits(partial: Partial, units: number): Partial {
  const grow = (tally: Tally): Tally => ({ cells: tally.cells * units, area: tally.area * BigInt(units) });
  return {
    ...partial,
    zones: mapValues(partial.zones, ({ all, unread, classes }) => ({
      all: grow(all),
      unread: grow(unread),
      classes: mapValues(classes, grow),
    })),
    overlaps: mapValues(partial.overlaps, (cells) => cells * units),
    quantities: mapValues(partial.quantities, (zones) =>
      mapValues(zones, (classes) =>
        mapValues(classes, (tally) => ({ ...grow(tally), sum: tally.sum * BigInt(units) })),
      ),
    ),
    imagery: mapValues(partial.imagery, (zones) =>
      mapValues(zones, ({ dates, masked }) => ({
        dates: mapValues(dates, (cells) => cells * units),
        masked: masked * units,
      })),
    ),
  };
}

function mapValues<K, V, W>(map: ReadonlyMap<K, V>, change: (value: V) => W): Map<K, W> {
  return new Map([...map].map(([key, value]) => [key, change(value)]));
}

/** The stored form: sorted, with bigints as decimal strings; equal partials give equal text. */
export function encodePartial(partial: Partial): object {
  return {
    basis: partial.basis,
    zones: byNumber(partial.zones).map(([zone, tally]) => ({
      zone,
      all: encodeTally(tally.all),
      unread: encodeTally(tally.unread),
      classes: byNumber(tally.classes).map(([code, t]) => [code, ...encodeTally(t)]),
    })),
    places: byNumber(partial.places).map(([code, place]) => [code, place.row, place.col]),
    overlaps: byName(partial.overlaps),
    unread: mergeUnread(partial.unread),
    quantities: byName(partial.quantities).map(([layer, zones]) => [
      layer,
      byNumber(zones).map(([zone, classes]) => [
        zone,
        byNumber(classes).map(([code, tally]) => [code, ...encodeTally(tally), tally.sum.toString()]),
      ]),
    ]),
    imagery: byName(partial.imagery).map(([layer, zones]) => [
      layer,
      byNumber(zones).map(([zone, { dates, masked }]) => [zone, byName(dates), masked]),
    ]),
    patches: byName(partial.patches).map(([name, tally]) => [name, encodePatches(tally)]),
    builtNdvi: partial.builtNdvi,
    transitions: byNumber(partial.transitions).map(([zone, pairs]) => [
      zone,
      byName(pairs).map(([pair, tally]) => [pair, ...encodeTally(tally)]),
    ]),
  };
}

function byName<V>(map: ReadonlyMap<string, V>): [string, V][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}

function byNumber<V>(map: ReadonlyMap<number, V>): [number, V][] {
  return [...map].sort(([a], [b]) => a - b);
}

function encodeTally(tally: Tally): [number, string] {
  return [tally.cells, tally.area.toString()];
}
