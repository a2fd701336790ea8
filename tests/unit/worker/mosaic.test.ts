import { describe, expect, it } from 'vitest';
import type { Partial } from '../../../src/shared/carbon/partial.ts';
import { countTile } from '../../../src/worker/count-tile.ts';
import type { TileScene } from '../../../src/worker/tile-task.ts';
import { SQUARE, tileTask, uint8Layout, uint8Scene, withBlock } from '../../support/tile-parts.ts';

function classes(partial: Partial): Record<number, number> {
  return Object.fromEntries([...(partial.zones.get(0)?.classes ?? [])].map(([code, tally]) => [code, tally.cells]));
}

function filled(code: number, origin = { row: 0, col: 0 }): TileScene {
  return uint8Scene(new Array<number>(SQUARE).fill(code), 4, origin, `s3://scenes/${code}.tif`);
}

/** Upper two rows 1, lower two rows nodata. */
const HALF = uint8Scene([1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]);

describe('a tile of several scenes', () => {
  it('each cell counts for the first scene with data there, once', () => {
    expect(classes(countTile(tileTask([HALF, filled(2)])))).toEqual({ 1: 8, 2: 8 });
    expect(classes(countTile(tileTask([filled(2), HALF])))).toEqual({ 2: SQUARE });
  });

  it('scenes that lie side by side are joined without gap or double', () => {
    expect(classes(countTile(tileTask([filled(1, { row: 0, col: -2 }), filled(2, { row: 0, col: 2 })])))).toEqual({
      1: 8,
      2: 8,
    });
  });

  it('cells whose owner cannot be known are unread, and not taken by a later scene in silence', () => {
    const lost = withBlock(HALF, { bytes: null, unread: 'gone' });
    const partial = countTile(tileTask([lost, filled(2)]));
    expect(classes(partial)).toEqual({});
    expect(partial.zones.get(0)?.unread.cells).toBe(SQUARE);
    // Where an earlier scene owns the cell, the later one's loss is no loss.
    const other = countTile(tileTask([HALF, withBlock(filled(2), { bytes: null, unread: 'gone' })]));
    expect(classes(other)).toEqual({ 1: 8 });
    expect(other.zones.get(0)?.unread.cells).toBe(8);
    expect(other.unread.map((input) => input.url)).toEqual(['s3://scenes/2.tif']);
  });

  it('a sparse block of a scene with nodata leaves its cells to the next one', () => {
    expect(classes(countTile(tileTask([withBlock(HALF, { bytes: null }), filled(2)])))).toEqual({ 2: SQUARE });
  });

  it('the mask of a scene hides its cells; one that cannot be read makes them unread', () => {
    const mask = Uint8Array.from({ length: SQUARE }, (_, i) => (i < 4 ? 255 : 0));
    const masked = (bytes: Uint8Array | null, unread?: string): TileScene => ({
      ...filled(1),
      maskLayout: uint8Layout(4),
      maskBlocks: [{ blockRow: 0, blockCol: 0, bytes, ...(unread === undefined ? {} : { unread }) }],
    });
    expect(classes(countTile(tileTask([masked(mask)])))).toEqual({ 1: 4 });
    expect(classes(countTile(tileTask([masked(mask), filled(2)])))).toEqual({ 1: 4, 2: 12 });
    const unread = countTile(tileTask([masked(null, 'gone'), filled(2)]));
    expect(classes(unread)).toEqual({});
    expect(unread.zones.get(0)?.unread.cells).toBe(SQUARE);
  });

  it('gives what the fast path gives where one of the scenes is empty', () => {
    const noise = uint8Scene([3, 1, 4, 1, 5, 0, 2, 6, 5, 3, 5, 0, 7, 9, 3, 2]);
    const alone = countTile(tileTask([noise]));
    const beside = countTile(tileTask([noise, withBlock(filled(2), { bytes: null })]));
    expect(beside).toEqual(alone);
  });
});
