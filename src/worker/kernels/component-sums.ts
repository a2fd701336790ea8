import type { PatchSum } from '../../shared/carbon/patch-tally.ts';
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
  /** Slot + 1 by hash; 0 is free. At most half full. */
  private table = new Int32Array(2048);
  /** Last slot of each label: most runs hit it. */
  private lastSlots = new Int32Array(1024).fill(-1);

  constructor(kinds: Kinds, withAreas: boolean) {
    this.kinds = kinds;
    this.withAreas = withAreas;
    if (withAreas) [this.low, this.high] = [new Float64Array(1024), new Float64Array(1024)];
  }

  add(label: number, kind: number, cells: number, area: AreaLimbs): void {
    if (label >= this.lastSlots.length) this.growLabels(label);
    let slot = this.lastSlots[label]!;
    if (slot < 0 || this.slotKinds[slot] !== kind) {
      slot = this.slotOf(label, kind);
      this.lastSlots[label] = slot;
    }
    this.cells[slot]! += cells;
    if (this.withAreas) {
      this.low[slot]! += area.low;
      this.high[slot]! += area.high;
    }
  }

  private slotOf(label: number, kind: number): number {
    const mask = this.table.length - 1;
    let at = hash(label, kind) & mask;
    for (; this.table[at] !== 0; at = (at + 1) & mask) {
      const slot = this.table[at]! - 1;
      if (this.labels[slot] === label && this.slotKinds[slot] === kind) return slot;
    }
    if (this.count === this.labels.length) {
      this.grow();
      return this.slotOf(label, kind);
    }
    this.labels[this.count] = label;
    this.slotKinds[this.count] = kind;
    this.table[at] = this.count + 1;
    return this.count++;
  }

  private grow(): void {
    const size = this.labels.length * 2;
    [this.labels, this.slotKinds] = [widerInts(this.labels, size, 0), widerInts(this.slotKinds, size, 0)];
    this.cells = widerFloats(this.cells, size);
    if (this.withAreas) [this.low, this.high] = [widerFloats(this.low, size), widerFloats(this.high, size)];
    this.table = new Int32Array(size * 2);
    const mask = this.table.length - 1;
    for (let slot = 0; slot < this.count; slot++) {
      let at = hash(this.labels[slot]!, this.slotKinds[slot]!) & mask;
      while (this.table[at] !== 0) at = (at + 1) & mask;
      this.table[at] = slot + 1;
    }
  }

  private growLabels(label: number): void {
    this.lastSlots = widerInts(this.lastSlots, Math.max(this.lastSlots.length * 2, label + 1), -1);
  }

  /** Sums by the least label of each component, in the order of slots: a component may have a pair more than once. */
  byComponent(sets: DisjointSets): (PatchSum[] | undefined)[] {
    const components: (PatchSum[] | undefined)[] = new Array(sets.count);
    for (let slot = 0; slot < this.count; slot++) {
      const root = sets.find(this.labels[slot]!);
      const kind = this.slotKinds[slot]!;
      const area = this.withAreas ? BigInt(this.high[slot]!) * BigInt(LIMB) + BigInt(this.low[slot]!) : 0n;
      const sum = { zone: this.kinds.zones[kind]!, code: this.kinds.codes[kind]!, cells: this.cells[slot]!, area };
      const present = components[root];
      if (present === undefined) components[root] = [sum];
      else present.push(sum);
    }
    return components;
  }
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
