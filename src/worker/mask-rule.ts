import { MISSING, UNREAD } from './aligned-scene.ts';
import type { TileLayer } from './tile-task.ts';

/** Whether a cell is kept under a code of its mask. Where the mask has no data, or none that can be read, it is not. */
export function keepTest(rule: TileLayer['mask']): (code: number) => boolean {
  if (rule === null) return () => true;
  const bits = (rule.dropBits ?? []).reduce((sum, bit) => sum | (1 << bit), 0);
  const keep = rule.keep === null ? null : new Set(rule.keep);
  return (code) => {
    if (code === MISSING || code === UNREAD) return false;
    return keep === null ? (code & bits) === 0 : keep.has(code);
  };
}

/** 1 for each cell that a mask over the whole layer keeps. */
export function keptCells(rule: TileLayer['mask'], codes: Int32Array): Uint8Array {
  const keep = keepTest(rule);
  return Uint8Array.from(codes, (code) => (keep(code) ? 1 : 0));
}
