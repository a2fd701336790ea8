/** From which class to which: cells of two land covers of one tile, counted by pairs. */

import type { Tally } from '../shared/carbon/tally.ts';
import { MISSING, UNREAD } from './aligned-scene.ts';
import { ClassTally } from './kernels/class-tally.ts';
import type { TileCounters } from './kernels/count-runs.ts';
import { countBuffer } from './mosaic.ts';

/** By zone index, then `before,after`. Cells that lack a class on either date are in no pair: both dates are compared where both are seen. */
export function countTransitions(
  before: Int32Array,
  after: Int32Array,
  counters: TileCounters,
): Map<number, Map<string, Tally>> {
  const pairs = new Pairs();
  const codes = Int32Array.from(after, (to, cell) => pairs.index(before[cell]!, to));
  const zones = counters.classes.zones;
  const tally = new ClassTally(zones);
  countBuffer(codes, { ...counters, classes: tally, unread: new ClassTally(zones) });
  const found = new Map<number, Map<string, Tally>>();
  tally.codes.forEach((pair, index) => {
    for (let zone = 0; zone < zones; zone++) {
      const counted = tally.tally(index, zone);
      if (counted.cells === 0) continue;
      const ofZone = found.get(zone) ?? new Map<string, Tally>();
      found.set(zone, ofZone.set(pairs.name(pair), counted));
    }
  });
  return found;
}

/** Numbers pairs of codes as they come. */
class Pairs {
  private readonly byCodes = new Map<number, Map<number, number>>();
  private readonly names: string[] = [];

  index(from: number, to: number): number {
    if (from === MISSING || from === UNREAD || to === MISSING || to === UNREAD) return MISSING;
    const ofFrom = this.byCodes.get(from) ?? new Map<number, number>();
    this.byCodes.set(from, ofFrom);
    const known = ofFrom.get(to);
    if (known !== undefined) return known;
    ofFrom.set(to, this.names.length);
    return this.names.push(`${from},${to}`) - 1;
  }

  name(index: number): string {
    return this.names[index] ?? '';
  }
}
