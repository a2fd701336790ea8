import { describe, expect, test } from 'vitest';
import { cellPixels } from '../../../../src/cli/explain/cell-pixels.ts';
import type { TileLayer, TileScene } from '../../../../src/worker/tile-task.ts';
import { doubleScene, LATTICE, uint8Layout, uint8Scene, withBlock } from '../../../support/tile-parts.ts';

/** Places of one cell on the lattice of tile-parts: origin 0, 0, cells of 1, y down from 0. */
const place = (row: number, col: number) => ({
  grid: { ...LATTICE, window: { row: 0, col: 0, rows: 4, cols: 4 } },
  window: { row, col, rows: 1, cols: 1 },
});

/** A scene of pixels of any size in the lattice's own CRS, read whole. */
function warped(codes: readonly number[], side: number, pixel: number, [x, y]: readonly [number, number]): TileScene {
  const window = { row: 0, col: 0, rows: side, cols: side };
  const geotransform: [number, number, number, number, number, number] = [x, pixel, 0, y, 0, -pixel];
  const warp = { crs: LATTICE.crs, geotransform, rows: side, cols: side, step: 1, pixels: window };
  return { ...uint8Scene(codes, side), origin: null, warp };
}

const pixelsAt = (scene: TileScene, resample: TileLayer['resample'], row = 0, col = 0) =>
  cellPixels(scene, resample, place(row, col));

describe('Pixels of a scene on the grid', () => {
  test('are one, from the corner of the scene.', () => {
    const scene = uint8Scene([1, 2, 3, 4], 2, { row: 1, col: 1 });
    expect(pixelsAt(scene, 'nearest', 2, 1)).toMatchObject({
      warp: null,
      position: { row: 1.5, col: 0.5 },
      pixels: [{ row: 1, col: 0, sample: 3, state: 'valid', weight: 1 }],
      more: 0,
    });
  });

  test('are none beside the scene.', () => {
    const scene = uint8Scene([1, 2, 3, 4], 2, { row: 1, col: 1 });
    expect(pixelsAt(scene, 'nearest', 0, 1)).toMatchObject({ position: { row: -0.5, col: 0.5 }, pixels: [], more: 0 });
  });

  test.each([
    ['nodata', uint8Scene([0, 1, 1, 1], 2), 0],
    ['nodata', doubleScene([Number.NaN, 1, 1, 1], 2), 'nan'],
    ['sparse', withBlock(uint8Scene([], 2), { bytes: null }), null],
    ['unread', withBlock(uint8Scene([], 2), { bytes: null, unread: 'beyond the end' }), null],
    ['unread', withBlock(uint8Scene([], 2), { bytes: new Uint8Array(1) }), null],
  ] as const)('are %s with the sample that is stored.', (state, scene, sample) => {
    expect(pixelsAt(scene, 'nearest').pixels).toEqual([{ row: 0, col: 0, sample, state, weight: 0 }]);
  });

  test('are masked where the mask inside of the file is 0, and keep their sample.', () => {
    const maskBlocks = [{ blockRow: 0, blockCol: 0, bytes: Uint8Array.of(0, 1, 1, 1) }];
    const scene = { ...uint8Scene([7, 8, 9, 9], 2), maskLayout: uint8Layout(2), maskBlocks };
    expect(pixelsAt(scene, 'nearest').pixels).toMatchObject([{ sample: 7, state: 'masked', weight: 0 }]);
    expect(pixelsAt(scene, 'nearest', 0, 1).pixels).toMatchObject([{ sample: 8, state: 'valid', weight: 1 }]);
  });

  test('of a left-out block without nodata are 0 and valid.', () => {
    const scene = { ...withBlock(uint8Scene([], 2), { bytes: null }), nodata: null };
    expect(pixelsAt(scene, 'nearest').pixels).toMatchObject([{ sample: 0, state: 'valid', weight: 1 }]);
  });
});

describe('Pixels of a warped scene', () => {
  test('under an average weigh by the area that they cover, the valid ones 1 together.', () => {
    // Pixels of 0.8: the cell covers 0.8, 0.2 of each side, so 0.64, 0.16, 0.16, 0.04 of its area.
    const { pixels, position } = pixelsAt(warped([1, 2, 3, 4], 2, 0.8, [0, 0]), 'average');
    expect(position).toEqual({ row: expect.closeTo(0.625, 6), col: expect.closeTo(0.625, 6) });
    expect(pixels.map(({ sample }) => sample)).toEqual([1, 2, 3, 4]);
    expect(pixels[0]?.weight).toBeCloseTo(0.64, 6);
    expect(pixels[3]?.weight).toBeCloseTo(0.04, 6);
    const gap = pixelsAt(warped([0, 2, 3, 4], 2, 0.8, [0, 0]), 'average').pixels;
    expect(gap.map(({ state }) => state)).toEqual(['nodata', 'valid', 'valid', 'valid']);
    expect(gap[0]?.weight).toBe(0);
    expect(gap[1]?.weight).toBeCloseTo(0.16 / 0.36, 6);
  });

  test('of the nearest are the one under the centre.', () => {
    const { pixels, warp } = pixelsAt(warped([1, 2, 3, 4], 2, 0.8, [-0.5, 0.5]), 'nearest');
    expect(pixels).toEqual([{ row: 1, col: 1, sample: 4, state: 'valid', weight: 1 }]);
    expect(warp).toMatchObject({ crs: LATTICE.crs.name, resample: 'nearest' });
  });

  test('of bilinear are the four around the centre; none where its own pixel is missing.', () => {
    const { pixels } = pixelsAt(warped([1, 2, 3, 4], 2, 2, [-1, 1]), 'bilinear');
    // The centre (0.5, -0.5) is 0.75 of a pixel from the corner, a quarter of the way between the centres.
    expect(pixels.map(({ weight }) => weight)).toEqual([0.5625, 0.1875, 0.1875, 0.0625]);
    const gap = pixelsAt(warped([0, 2, 3, 4], 2, 2, [-1, 1]), 'bilinear').pixels;
    expect(gap.map(({ weight }) => weight)).toEqual([0, 0, 0, 0]);
  });

  test('beyond sixteen are counted, not listed, and those at the centre come first.', () => {
    const codes = Array.from({ length: 400 }, (_, i) => 1 + (i % 200));
    const { pixels, more } = pixelsAt(warped(codes, 20, 0.05, [0, 0]), 'average');
    expect(pixels).toHaveLength(16);
    expect(more).toBe(400 - 16);
    expect(pixels[0]?.weight).toBeCloseTo(1 / 400, 9);
    for (const { row, col } of pixels) expect(Math.hypot(row - 9.5, col - 9.5)).toBeLessThan(10);
  });
});
