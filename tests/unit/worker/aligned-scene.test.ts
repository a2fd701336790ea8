import { describe, expect, it } from 'vitest';
import type { UnreadInput } from '../../../src/shared/carbon/partial.ts';
import type { Geotransform } from '../../../src/shared/geo/geotransform.ts';
import type { AnalysisGrid } from '../../../src/shared/geo/grid.ts';
import { alignedValues, MISSING, UNREAD, warpedCodes } from '../../../src/worker/aligned-scene.ts';
import type { TileBlock, TileLayer, TileScene, TileWarp } from '../../../src/worker/tile-task.ts';
import {
  doubleScene,
  LATTICE,
  SQUARE,
  tileLayer,
  uint8Layout,
  uint8Scene,
  withBlock,
} from '../../support/tile-parts.ts';

const WINDOW = { row: 0, col: 0, rows: 4, cols: 4 };
const GRID: AnalysisGrid = { ...LATTICE, window: WINDOW };
const PLACE = { grid: GRID, window: WINDOW };

/** A scene of 4 x 4 pixels on another lattice. */
function warped(scene: TileScene, geotransform: Geotransform): TileScene & { readonly warp: TileWarp } {
  const warp: TileWarp = {
    crs: LATTICE.crs,
    geotransform: [...geotransform],
    rows: 4,
    cols: 4,
    step: 16,
    pixels: WINDOW,
  };
  return { ...scene, origin: null, warp };
}

/** Pixels of two cells a side: one row of them is two rows of the tile. */
const COARSE: Geotransform = [0, 2, 0, 0, 0, -2];
/** Four pixels a cell; the scene ends in the middle of the tile. */
const FINE: Geotransform = [0, 0.5, 0, 0, 0, -0.5];

function values(scene: TileScene, resample: TileLayer['resample'] = 'nearest') {
  const unread: UnreadInput[] = [];
  const aligned = alignedValues(scene, { resample }, PLACE, unread);
  const lost = [...(aligned.unread ?? [])].flatMap((state, cell) => (state === 1 ? [cell] : []));
  return { values: [...aligned.values], lost, unread };
}

const COUNT = Array.from({ length: SQUARE }, (_, i) => i);

/** A scene of doubles in four blocks of 2 x 2, the one at row 0, col 0 lost. */
function damaged(nodata: number | null = null): TileScene {
  const blocks: TileBlock[] = [0, 1, 2, 3].map((i) => {
    const [blockRow, blockCol] = [i >> 1, i & 1];
    if (i === 0) return { blockRow, blockCol, bytes: null, unread: 'lost' };
    return { blockRow, blockCol, bytes: new Uint8Array(new Float64Array(4).fill(i).buffer) };
  });
  const scene = doubleScene(COUNT);
  return { ...scene, nodata, layout: { ...scene.layout, blockRows: 2, blockCols: 2 }, blocks };
}

describe('values on the lattice of the grid', () => {
  it('are those of the pixels, scaled; nodata and NaN are none, before scaling', () => {
    const scene = { ...doubleScene(COUNT.map((i) => (i === 1 ? Number.NaN : i))), nodata: 2, gain: 10, bias: -5 };
    expect(values(scene).values).toEqual(COUNT.map((i) => (i === 1 || i === 2 ? Number.NaN : i * 10 - 5)));
  });

  it('are none where the scene ends', () => {
    const scene = { ...doubleScene(COUNT), origin: { row: 2, col: -3 } };
    const wanted = new Array<number>(SQUARE).fill(Number.NaN);
    wanted[8] = 3;
    wanted[12] = 7;
    expect(values(scene).values).toEqual(wanted);
    expect(values({ ...scene, origin: { row: 4, col: 0 } }).values).toEqual(new Array(SQUARE).fill(Number.NaN));
  });

  it('of 64-bit integers are numbers', () => {
    const bytes = new Uint8Array(BigInt64Array.from(COUNT, (i) => BigInt(i) * -(2n ** 40n)).buffer);
    const scene = withBlock(doubleScene(COUNT), { bytes });
    const layout = { ...scene.layout, dtype: 'int64', sampleFormat: 'int' } as const;
    expect(values({ ...scene, layout }).values).toEqual(COUNT.map((i) => (i === 0 ? 0 : i * -(2 ** 40))));
  });

  it('in a lost block are marked as lost, and there alone', () => {
    const { lost, unread, values: found } = values(damaged());
    expect(lost).toEqual([0, 1, 4, 5]);
    expect(found[2]).toBe(1);
    expect(unread).toEqual([{ url: 's3://scenes/values.tif', code: 'RASTER_CORRUPT', message: 'lost' }]);
  });
});

describe('values from another lattice', () => {
  it('nearest are those of the pixel under the centre', () => {
    expect(values(warped(doubleScene(COUNT), COARSE)).values).toEqual([0, 0, 1, 1, 0, 0, 1, 1, 4, 4, 5, 5, 4, 4, 5, 5]);
  });

  it('south up are turned', () => {
    const { values: found } = values(warped(doubleScene(COUNT), [0, 1, 0, -4, 0, 1]));
    expect(found).toEqual([12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3]);
  });

  it('averages take what is there, scaled after', () => {
    const scene = { ...doubleScene(COUNT.map((i) => (i === 0 ? Number.NaN : i))), gain: 2, bias: 1 };
    const { values: found } = values(warped(scene, FINE), 'average');
    // Pixels 0, 1, 4, 5 without 0; 2, 3, 6, 7; then nothing.
    expect(found.slice(0, 3)).toEqual([(10 / 3) * 2 + 1, 4.5 * 2 + 1, Number.NaN]);
  });

  it.each<[TileLayer['resample'], Geotransform, number[]]>([
    ['nearest', COARSE, COUNT],
    ['average', FINE, [0]],
    // An average over pixels of which one is lost is lost, though the others have values.
    ['average', [-0.5, 1, 0, 0.5, 0, -1], [0, 1, 4, 5]],
    ['mode', [-0.5, 1, 0, 0.5, 0, -1], [0, 1, 4, 5]],
    // Bilinear reaches a pixel further than the lost ones.
    ['bilinear', [-0.25, 1, 0, 0.25, 0, -1], [0, 1, 4, 5]],
    ['bilinear', [0.25, 1, 0, -0.25, 0, -1], [0, 1, 2, 4, 5, 6, 8, 9, 10]],
  ])('%s with a lost block at %j: every cell that needs it is lost', (resample, geotransform, wanted) => {
    const { lost, values: found } = values(warped(damaged(), geotransform), resample);
    expect(lost).toEqual(wanted);
    // What is not lost has a value that no 0 of the lost block entered.
    for (const cell of COUNT)
      if (!lost.includes(cell) && !Number.isNaN(found[cell])) expect(found[cell]).toBeGreaterThanOrEqual(1);
  });
});

describe('classes from another lattice', () => {
  const codesOf = (scene: TileScene & { readonly warp: TileWarp }, resample: 'nearest' | 'mode') => {
    const unread: UnreadInput[] = [];
    return [...warpedCodes(scene, scene.warp, tileLayer('landcover', [], { resample }), PLACE, unread)];
  };

  it('are of the pixel under the centre, MISSING where there is none or nodata', () => {
    const codes = COUNT.map((i) => (i === 5 ? 0 : i + 1));
    const wanted = [1, 3, MISSING, MISSING, 9, 11, MISSING, MISSING];
    // A centre at 0.5 is at pixel 1 exactly: it belongs to the pixel after the edge.
    expect(codesOf(warped(uint8Scene(codes), [0.25, 0.5, 0, -0.25, 0, -0.5]), 'nearest').slice(0, 8)).toEqual(wanted);
    const missing = codesOf(warped(uint8Scene(codes), [0, 0.5, 0, 0, 0, -0.5]), 'nearest');
    expect(missing[0]).toBe(MISSING);
  });

  it('mode is the class of the largest area', () => {
    const codes = [7, 8, 1, 1, 8, 8, 1, 2, 3, 3, 3, 3, 4, 4, 4, 5];
    const found = codesOf(warped(uint8Scene(codes), FINE), 'mode');
    expect([found[0], found[1], found[2]]).toEqual([8, 1, MISSING]);
  });

  it('that hang on a lost block are UNREAD, not MISSING: no later scene may take them', () => {
    const lost = withBlock(uint8Scene(COUNT), { bytes: null, unread: 'lost' });
    for (const resample of ['nearest', 'mode'] as const) {
      const found = codesOf(warped(lost, FINE), resample);
      expect(found.filter((code) => code === UNREAD)).toHaveLength(4);
      expect(found.filter((code) => code === MISSING)).toHaveLength(12);
    }
  });

  it('beside the marks are refused', () => {
    const bytes = new Uint8Array(Uint32Array.from(COUNT, (i) => 0xffffffff - i).buffer);
    const layout = { ...uint8Layout(4), bits: 32, dtype: 'uint32' } as const;
    const scene = { ...withBlock(uint8Scene(COUNT), { bytes }), layout };
    expect(() => codesOf(warped(scene, COARSE), 'nearest')).toThrow(
      expect.objectContaining({ code: 'RASTER_UNSUPPORTED', message: expect.stringContaining('4294967295') }),
    );
  });
});
