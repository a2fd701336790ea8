import { createHash } from 'node:crypto';
import { scenesOfTask, type TileScene, type TileTask } from './tile-task.ts';

/** Digests of what a tile is counted from, as it was stored: they tell a changed scene from a changed count. */

/** Hex digits that are kept: 128 bits of sha256. */
const DIGITS = 32;

/** One digest a scene, in the order of `scenesOfTask`; the order in which blocks arrived does not matter. */
export function readDigests(task: TileTask): string[] {
  return scenesOfTask(task).map(digestOf);
}

/** Over the layout that the header gives and every block: its place, its stored bytes, or that it is sparse or out of reach. */
function digestOf({ layout, maskLayout, blocks, maskBlocks }: TileScene): string {
  const hash = createHash('sha256').update(JSON.stringify([layout, maskLayout]));
  for (const [image, list] of [blocks, maskBlocks].entries()) {
    const inOrder = [...list].sort((a, b) => a.blockRow - b.blockRow || a.blockCol - b.blockCol);
    for (const { blockRow, blockCol, bytes, unread } of inOrder) {
      const length = unread === undefined ? (bytes?.byteLength ?? 'sparse') : 'unread';
      hash.update(`\n${image} ${blockRow} ${blockCol} ${length}\n`);
      if (bytes !== null) hash.update(bytes);
    }
  }
  return hash.digest('hex').slice(0, DIGITS);
}
