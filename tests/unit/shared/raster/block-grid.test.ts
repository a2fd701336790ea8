import { describe, expect, it } from 'vitest';
import { copyBlockToWindow, fillBlockInWindow } from '../../../../src/shared/raster/block-copy.ts';
import {
  blockCount,
  blockIndex,
  blocksOfWindow,
  blockWindow,
  decodedRows,
  packedBlockBytes,
} from '../../../../src/shared/raster/block-grid.ts';
import type { BlockLayout } from '../../../../src/shared/raster/raster-header.ts';

const TILED: BlockLayout = {
  rows: 43,
  cols: 37,
  bandCount: 3,
  blockRows: 32,
  blockCols: 16,
  tiled: true,
  codec: 'none',
  predictor: 1,
  interleave: 'pixel',
  littleEndian: true,
  bits: 8,
  dtype: 'uint8',
  sampleFormat: 'uint',
  reversedBits: false,
};
const STRIPS: BlockLayout = { ...TILED, tiled: false, blockRows: 10, blockCols: 37 };

describe('the grid of blocks', () => {
  it('counts partial blocks at the right and lower edge, once for each band that stands apart', () => {
    expect(blockCount(TILED)).toBe(2 * 3);
    expect(blockCount({ ...TILED, interleave: 'band' })).toBe(3 * 2 * 3);
  });

  it('a plane of a separate band begins after all blocks of the bands before', () => {
    const separate: BlockLayout = { ...TILED, interleave: 'band' };
    expect(blockIndex(separate, 2, { blockRow: 1, blockCol: 2 })).toBe(2 * 6 + 1 * 3 + 2);
    expect(blockIndex(TILED, 2, { blockRow: 1, blockCol: 2 })).toBe(5);
  });

  it('the last strip holds only the rows that are left, a tile always all', () => {
    expect(decodedRows(STRIPS, 3)).toBe(10);
    expect(decodedRows(STRIPS, 4)).toBe(3);
    expect(decodedRows(TILED, 1)).toBe(32);
  });

  it('rows of packed samples end on a byte', () => {
    expect(packedBlockBytes({ ...STRIPS, bandCount: 1, bits: 1 }, 10)).toBe(10 * 5);
    expect(packedBlockBytes({ ...STRIPS, bits: 12 }, 1)).toBe(Math.ceil((37 * 3 * 12) / 8));
  });

  it('a window takes the blocks that it touches and no other', () => {
    const inOne = blocksOfWindow(TILED, { row: 0, col: 16, rows: 32, cols: 16 });
    expect(inOne).toEqual([{ blockRow: 0, blockCol: 1 }]);
    const overSeams = blocksOfWindow(TILED, { row: 31, col: 15, rows: 2, cols: 2 });
    expect(overSeams).toHaveLength(4);
  });

  it('a block at the edge is clipped to the image', () => {
    expect(blockWindow(TILED, { blockRow: 1, blockCol: 2 })).toEqual({ row: 32, col: 32, rows: 11, cols: 5 });
  });
});

describe('copying blocks into a window', () => {
  it('takes one interleaved band, leaves tile padding out, and does not touch other cells', () => {
    const layout: BlockLayout = { ...TILED, rows: 3, cols: 3, bandCount: 2, blockRows: 2, blockCols: 2 };
    // The lower right tile: one pixel is image, three are padding. Samples are 10 x pixel + band.
    const block = Uint8Array.of(10, 11, 20, 21, 30, 31, 40, 41);
    const target = new Uint8Array(4).fill(99);
    const window = { row: 1, col: 1, rows: 2, cols: 2 };
    copyBlockToWindow(layout, { blockRow: 1, blockCol: 1 }, block, 1, window, target);
    expect([...target]).toEqual([99, 99, 99, 11]);
  });

  it('bits of signalling NaNs survive the way out of interleaved floats', () => {
    const layout: BlockLayout = {
      ...TILED,
      rows: 1,
      cols: 2,
      bandCount: 2,
      blockRows: 1,
      blockCols: 2,
      dtype: 'float32',
    };
    const bits = Uint32Array.of(1, 0xff9f3f48, 2, 0x7fa00001);
    const target = new Float32Array(2);
    const window = { row: 0, col: 0, rows: 1, cols: 2 };
    copyBlockToWindow(layout, { blockRow: 0, blockCol: 0 }, new Float32Array(bits.buffer), 1, window, target);
    expect([...new Uint32Array(target.buffer)]).toEqual([0xff9f3f48, 0x7fa00001]);
  });

  it('a sparse block fills its part with the marker, 64-bit integers too', () => {
    const layout: BlockLayout = {
      ...TILED,
      rows: 2,
      cols: 4,
      bandCount: 1,
      blockRows: 2,
      blockCols: 2,
      dtype: 'int64',
    };
    const target = new BigInt64Array(8);
    fillBlockInWindow(layout, { blockRow: 0, blockCol: 1 }, -1n, { row: 0, col: 0, rows: 2, cols: 4 }, target);
    expect([...target]).toEqual([0n, 0n, -1n, -1n, 0n, 0n, -1n, -1n]);
  });
});
