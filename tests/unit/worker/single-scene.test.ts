import { describe, expect, it } from 'vitest';
import type { Partial } from '../../../src/shared/carbon/partial.ts';
import { countTile } from '../../../src/worker/count-tile.ts';
import { SQUARE, tileTask, uint8Layout, uint8Scene, withBlock } from '../../support/tile-parts.ts';

function classes(partial: Partial): Record<number, number> {
  return Object.fromEntries([...(partial.zones.get(0)?.classes ?? [])].map(([code, tally]) => [code, tally.cells]));
}

const ONES = uint8Scene(new Array<number>(SQUARE).fill(1));

describe('a tile of one scene', () => {
  it('a scene that covers a part of the tile is counted there alone', () => {
    // Pixel (0, 0) on cell (2, 2): the scene's upper left quarter is in the tile.
    const partial = countTile(tileTask([{ ...ONES, origin: { row: 2, col: 2 } }]));
    expect(classes(partial)).toEqual({ 1: 4 });
    expect(partial.zones.get(0)?.all.cells).toBe(SQUARE);
  });

  it('blocks at the edge of a scene are cut where the image ends', () => {
    // Image of 3 x 3 in blocks of 2 x 2: the padding of the other blocks is class 9 and no pixel.
    const block = (blockRow: number, blockCol: number, codes: number[]) => ({
      blockRow,
      blockCol,
      bytes: Uint8Array.from(codes),
    });
    const blocks = [
      block(0, 0, [1, 1, 1, 1]),
      block(0, 1, [2, 9, 2, 9]),
      block(1, 0, [3, 3, 9, 9]),
      block(1, 1, [4, 9, 9, 9]),
    ];
    expect(classes(countTile(tileTask([{ ...ONES, layout: uint8Layout(3, 2), blocks }])))).toEqual({
      1: 4,
      2: 2,
      3: 2,
      4: 1,
    });
  });

  it('a sparse block is nodata where the scene has one, else class 0', () => {
    expect(classes(countTile(tileTask([withBlock(ONES, { bytes: null })])))).toEqual({});
    expect(classes(countTile(tileTask([{ ...withBlock(ONES, { bytes: null }), nodata: null }])))).toEqual({
      0: SQUARE,
    });
  });

  it('a block that could not be fetched is unread by the name of its scene, and no class', () => {
    const partial = countTile(tileTask([withBlock(ONES, { bytes: null, unread: 'ends beyond the file' })]));
    expect(classes(partial)).toEqual({});
    expect(partial.zones.get(0)?.unread.cells).toBe(SQUARE);
    expect(partial.unread).toEqual([{ url: ONES.url, code: 'RASTER_CORRUPT', message: 'ends beyond the file' }]);
  });

  it('a block with too few bytes is unread, with its place in the scene', () => {
    const partial = countTile(tileTask([withBlock(ONES, { bytes: new Uint8Array(5) })]));
    expect(partial.zones.get(0)?.unread.cells).toBe(SQUARE);
    expect(partial.unread[0]).toMatchObject({
      url: ONES.url,
      code: 'RASTER_CORRUPT',
      message: expect.stringContaining('block row 0, col 0'),
    });
  });

  it('the second of two interleaved bands is read where the scene says so', () => {
    const pairs = Uint8Array.from({ length: 2 * SQUARE }, (_, i) => (i % 2 === 0 ? 7 : 5));
    const scene = { ...withBlock(ONES, { bytes: pairs }), layout: { ...uint8Layout(4), bandCount: 2 }, band: 1 };
    expect(classes(countTile(tileTask([scene])))).toEqual({ 5: SQUARE });
  });

  it('two zones share the cells of a tile; where both claim one, the first has it', () => {
    const partial = countTile(
      tileTask([ONES], {
        zones: [
          [0, 0, 3, 4],
          [2, 0, 4, 4],
        ],
      }),
    );
    expect(partial.zones.get(0)?.all.cells).toBe(12);
    expect(partial.zones.get(1)?.all.cells).toBe(4);
    expect(partial.overlaps).toEqual(new Map([['0,1', 4]]));
  });
});
