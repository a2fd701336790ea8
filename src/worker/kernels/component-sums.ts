import { OUTSIDE_BUILT } from '../../shared/carbon/patch-size.ts';
import type { PatchSum, SizeCounter } from '../../shared/carbon/patch-tally.ts';
import type { DisjointSets } from '../../shared/raster/disjoint-sets.ts';
import type { AreaLimbs } from './class-tally.ts';

/**
 * @pure Cells and areas of components by zone and class, fed run by run under labels that may still join. A (label, kind)
 * pair has one slot, found through a hash table; a kind is a pair of zone and class. Areas are in two limbs (class-tally.ts).
 */

const LIMB = 2 ** 26;
const DIRECT_CODES = 1024;

/** Numbers pairs of zone and class in the order in which they come. */
export class Kinds {
  readonly zones: number[] = [];
  readonly codes: number[] = [];
  private readonly byZone = new Map<number, { direct: Int32Array; others: Map<number, number> }>();

  of(zone: number, code: number): number {
    let known = this.byZone.get(zone);
    if (known === undefined) {
      known = { direct: new Int32Array(DIRECT_CODES).fill(-1), others: new Map() };
      this.byZone.set(zone, known);
    }
    if (code >= 0 && code < DIRECT_CODES) {
      const kind = known.direct[code]!;
      if (kind >= 0) return kind;
      known.direct[code] = this.zones.length;
    } else {
      const kind = known.others.get(code);
      if (kind !== undefined) return kind;
      known.others.set(code, this.zones.length);
    }
    this.codes.push(code);
    return this.zones.push(zone) - 1;
  }

  isOutside(kind: number): boolean {
    return this.codes[kind] === OUTSIDE_BUILT;
  }

  /** The kind of the two that comes first by zone, then class; kinds outside of built-up land come last. */
  least(a: number, b: number): number {
    if (this.isOutside(b)) return a;
    if (this.isOutside(a)) return b;
    return (this.zones[a]! - this.zones[b]! || this.codes[a]! - this.codes[b]!) <= 0 ? a : b;
  }
}

export class ComponentSums {
  private readonly kinds: Kinds;
  private readonly withAreas: boolean;
  private count = 0;
  private labels = new Int32Array(1024);
  private slotKinds = new Int32Array(1024);
  private cells = new Float64Array(1024);
  private low = new Float64Array(0);
  private high = new Float64Array(0);
  /** Slots after the first of their label: slot + 1 by hash, 0 is free. At most half full. */
  private table = new Int32Array(2048);
  private hashed = 0;
  /** First slot of each label and the one used last: most runs hit one of them. */
  private firstSlots = new Int32Array(1024).fill(-1);
  private lastSlots = new Int32Array(1024);

  constructor(kinds: Kinds, withAreas: boolean) {
    this.kinds = kinds;
    this.withAreas = withAreas;
    if (withAreas) [this.low, this.high] = [new Float64Array(1024), new Float64Array(1024)];
  }

  add(label: number, kind: number, cells: number, area: AreaLimbs): void {
    if (label >= this.firstSlots.length) this.growLabels(label);
    const first = this.firstSlots[label]!;
    let slot = first < 0 ? first : this.lastSlots[label]!;
    if (slot < 0) {
      slot = this.newSlot(label, kind);
      this.firstSlots[label] = slot;
      this.lastSlots[label] = slot;
    } else if (this.slotKinds[slot] !== kind) {
      slot = this.slotKinds[first] === kind ? first : this.hashedSlot(label, kind);
      this.lastSlots[label] = slot;
    }
    this.cells[slot]! += cells;
    if (this.withAreas) {
      this.low[slot]! += area.low;
      this.high[slot]! += area.high;
    }
  }

  private newSlot(label: number, kind: number): number {
    if (this.count === this.labels.length) this.growSlots();
    this.labels[this.count] = label;
    this.slotKinds[this.count] = kind;
    return this.count++;
  }

  private hashedSlot(label: number, kind: number): number {
    if (this.hashed * 2 >= this.table.length) this.growTable();
    const mask = this.table.length - 1;
    let at = hash(label, kind) & mask;
    for (; this.table[at] !== 0; at = (at + 1) & mask) {
      const slot = this.table[at]! - 1;
      if (this.labels[slot] === label && this.slotKinds[slot] === kind) return slot;
    }
    const slot = this.newSlot(label, kind);
    this.table[at] = slot + 1;
    this.hashed++;
    return slot;
  }

  private growSlots(): void {
    const size = this.labels.length * 2;
    [this.labels, this.slotKinds] = [widerInts(this.labels, size, 0), widerInts(this.slotKinds, size, 0)];
    this.cells = widerFloats(this.cells, size);
    if (this.withAreas) [this.low, this.high] = [widerFloats(this.low, size), widerFloats(this.high, size)];
  }

  private growTable(): void {
    const slots = this.table.filter((slot) => slot !== 0);
    this.table = new Int32Array(this.table.length * 2);
    const mask = this.table.length - 1;
    for (const slot of slots) {
      let at = hash(this.labels[slot - 1]!, this.slotKinds[slot - 1]!) & mask;
      while (this.table[at] !== 0) at = (at + 1) & mask;
      this.table[at] = slot;
    }
  }

  private growLabels(label: number): void {
    const size = Math.max(this.firstSlots.length * 2, label + 1);
    [this.firstSlots, this.lastSlots] = [widerInts(this.firstSlots, size, -1), widerInts(this.lastSlots, size, 0)];
  }

  /** Cells and area of each slot with its label, zone and class; labels may have joined, so a component may have a pair twice. */
  forEach(visit: (label: number, sum: PatchSum) => void, wanted: (label: number) => boolean): void {
    for (let slot = 0; slot < this.count; slot++) {
      const label = this.labels[slot]!;
      if (!wanted(label)) continue;
      const kind = this.slotKinds[slot]!;
      const [zone, code] = [this.kinds.zones[kind]!, this.kinds.codes[kind]!];
      visit(label, { zone, code, cells: this.cells[slot]!, area: this.areaOf(slot) });
    }
  }

  /** Adds the components that are not open to a histogram. `firstKinds` and `open` by least label of a component. */
  countClosed(sets: DisjointSets, firstKinds: Int32Array, open: Uint8Array, sizes: SizeCounter): void {
    const wholes = new ComponentTotals(sets.count, this.withAreas);
    const owners = firstKinds.slice(0, sets.count);
    for (let slot = 0; slot < this.count; slot++) {
      const root = sets.find(this.labels[slot]!);
      wholes.add(root, this.cells[slot]!, this.low[slot] ?? 0, this.high[slot] ?? 0);
      if (this.kinds.isOutside(firstKinds[root]!))
        owners[root] = this.kinds.least(owners[root]!, this.slotKinds[slot]!);
    }
    const counters = this.kinds.zones.map((zone, kind) => sizes.classCounter(zone, this.kinds.codes[kind]!));
    const keys = new Float64Array(sets.count);
    for (let label = 0; label < sets.count; label++) {
      if (open[label] === 1 || wholes.cells[label] === 0) continue;
      keys[label] = sizes.keyOf(wholes.cells[label]!, wholes.areaOf(label));
      counters[owners[label]!]!.add(keys[label]!, 1, 0, 0n);
    }
    for (let slot = 0; slot < this.count; slot++) {
      const root = sets.find(this.labels[slot]!);
      if (open[root] === 1) continue;
      counters[this.slotKinds[slot]!]!.add(keys[root]!, 0, this.cells[slot]!, this.areaOf(slot));
    }
  }

  private areaOf(slot: number): bigint {
    return this.withAreas ? joinLimbs(this.low[slot]!, this.high[slot]!) : 0n;
  }
}

/** Cells and area of whole components by least label; sums of a tile stay exact in limbs (class-tally.ts). */
class ComponentTotals {
  readonly cells: Float64Array;
  private readonly low: Float64Array;
  private readonly high: Float64Array;

  constructor(count: number, withAreas: boolean) {
    this.cells = new Float64Array(count);
    this.low = new Float64Array(withAreas ? count : 0);
    this.high = new Float64Array(withAreas ? count : 0);
  }

  add(label: number, cells: number, low: number, high: number): void {
    this.cells[label]! += cells;
    if (this.low.length === 0) return;
    this.low[label]! += low;
    this.high[label]! += high;
  }

  areaOf(label: number): bigint {
    return this.low.length === 0 ? 0n : joinLimbs(this.low[label]!, this.high[label]!);
  }
}

function joinLimbs(low: number, high: number): bigint {
  return BigInt(high) * BigInt(LIMB) + BigInt(low);
}

function hash(label: number, kind: number): number {
  const mixed = Math.imul(label, 0x9e3779b1) ^ Math.imul(kind + 1, 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}

function widerInts(values: Int32Array<ArrayBuffer>, size: number, rest: number): Int32Array<ArrayBuffer> {
  const wider = new Int32Array(size).fill(rest, values.length);
  wider.set(values);
  return wider;
}

function widerFloats(values: Float64Array<ArrayBuffer>, size: number): Float64Array<ArrayBuffer> {
  const wider = new Float64Array(size);
  wider.set(values);
  return wider;
}
