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

/** What a mask over the whole layer says of a cell. */
export const DROPPED = 0;
export const KEPT = 1;
/** The mask there cannot be read. */
export const UNTOLD = 2;

/** Takes the codes of dropped cells away; those of which the mask cannot be read are UNREAD. */
export function dropCells(codes: Int32Array, kept: Uint8Array): void {
  for (let cell = 0; cell < codes.length; cell++) {
    if (kept[cell] === DROPPED) codes[cell] = MISSING;
    else if (kept[cell] === UNTOLD && codes[cell] !== MISSING) codes[cell] = UNREAD;
  }
}

/** DROPPED, KEPT or UNTOLD by cell. */
export function keptCells(rule: TileLayer['mask'], codes: Int32Array): Uint8Array {
  const keep = keepTest(rule);
  return Uint8Array.from(codes, (code) => (code === UNREAD ? UNTOLD : keep(code) ? KEPT : DROPPED));
}
