import { describe, expect, it } from 'vitest';
import { MISSING, UNREAD } from '../../../src/worker/aligned-scene.ts';
import { DROPPED, dropCells, KEPT, keepTest, keptCells, UNTOLD } from '../../../src/worker/mask-rule.ts';

const KEEP = { layer: null, keep: [0, 4, -3], dropBits: null };
const DROP = { layer: null, keep: null, dropBits: [0, 3, 15] };

describe('whether a cell is kept', () => {
  it('by codes: those that are named', () => {
    const keep = keepTest(KEEP);
    expect([0, 4, -3, 1, 5, 65_536].map(keep)).toEqual([true, true, true, false, false, false]);
  });

  it('by bits: where none of those that are named is set', () => {
    const keep = keepTest(DROP);
    expect([0, 2, 4, 6, 0b1_0000].map(keep)).toEqual([true, true, true, true, true]);
    expect([1, 8, 9, 0x8000, 0xffff, 3].map(keep)).toEqual([false, false, false, false, false, false]);
    // The bits of Landsat's clear land, 21824, are 6, 8, 10, 12 and 14.
    expect(keepTest({ ...DROP, dropBits: [0, 1, 2, 3, 4] })(21_824)).toBe(true);
  });

  it('without data in the mask it is not, whatever the bits of the mark', () => {
    for (const rule of [KEEP, DROP]) expect([MISSING, UNREAD].map(keepTest(rule))).toEqual([false, false]);
  });

  it('without a rule it is', () => {
    expect(keepTest(null)(7)).toBe(true);
  });

  it('is not told where the mask cannot be read', () => {
    expect([...keptCells(KEEP, Int32Array.of(4, 1, MISSING, UNREAD))]).toEqual([KEPT, DROPPED, DROPPED, UNTOLD]);
  });
});

describe('codes under a mask', () => {
  it('are taken away where they are dropped, and unread where that is not told', () => {
    const codes = Int32Array.of(1, 2, 3, MISSING, UNREAD, UNREAD);
    dropCells(codes, Uint8Array.of(KEPT, DROPPED, UNTOLD, UNTOLD, DROPPED, KEPT));
    expect([...codes]).toEqual([1, MISSING, UNREAD, MISSING, MISSING, UNREAD]);
  });
});
