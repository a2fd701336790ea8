import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { UnreadInput } from '../../../src/shared/carbon/partial.ts';
import { blocksOfWindow, blockWindow } from '../../../src/shared/raster/block-grid.ts';
import type { BlockLayout } from '../../../src/shared/raster/raster-header.ts';
import { MISSING_PIXEL, sourceImage, UNREAD_PIXEL, VALID } from '../../../src/worker/source-image.ts';
import type { TileBlock, TileScene } from '../../../src/worker/tile-task.ts';
import { doubleScene, SQUARE, uint8Layout, uint8Scene, withBlock } from '../../support/tile-parts.ts';

const WHOLE = { row: 0, col: 0, rows: 4, cols: 4 };

function imageOf(scene: TileScene, window = WHOLE) {
  const unread: UnreadInput[] = [];
  const { samples, states, hasUnread } = sourceImage(scene, window, unread);
  return { samples: [...samples], states: [...states], hasUnread, unread };
}

const ONES = uint8Scene(new Array<number>(SQUARE).fill(1));
const filled = (state: number) => new Array<number>(SQUARE).fill(state);

describe('the pixels of a window', () => {
  it('have the samples and states that each block has, or has not', () => {
    const shape = fc.record({
      rows: fc.integer({ min: 1, max: 14 }),
      cols: fc.integer({ min: 1, max: 14 }),
      block: fc.integer({ min: 1, max: 6 }),
      nodata: fc.constantFrom(null, 0),
      bands: fc.constantFrom(1, 2),
      from: fc.tuple(fc.nat(13), fc.nat(13)),
      size: fc.tuple(fc.integer({ min: 1, max: 14 }), fc.integer({ min: 1, max: 14 })),
      seed: fc.nat(1000),
    });
    fc.assert(
      fc.property(shape, ({ rows, cols, block, nodata, bands, from, size, seed }) => {
        const window = {
          row: from[0] % rows,
          col: from[1] % cols,
          rows: Math.min(size[0], rows - (from[0] % rows)),
          cols: Math.min(size[1], cols - (from[1] % cols)),
        };
        const layout: BlockLayout = {
          ...uint8Layout(1),
          rows,
          cols,
          blockRows: block,
          blockCols: block,
          bandCount: bands,
        };
        // Of four blocks one is sparse and one is lost; samples are small numbers, 0 among them.
        const kindOf = (row: number, col: number) => (Math.floor(row / block) + 3 * Math.floor(col / block) + seed) % 4;
        const sampleOf = (row: number, col: number) => (row * 5 + col * 3 + seed) % 4;
        const blocks: TileBlock[] = blocksOfWindow(layout, window).map((at) => {
          const inside = blockWindow(layout, at);
          const kind = kindOf(inside.row, inside.col);
          if (kind < 2) return kind === 0 ? { ...at, bytes: null } : { ...at, bytes: null, unread: 'lost' };
          const bytes = new Uint8Array(block * block * bands).fill(99);
          for (let r = 0; r < inside.rows; r++)
            for (let c = 0; c < inside.cols; c++)
              bytes[(r * block + c) * bands + bands - 1] = sampleOf(inside.row + r, inside.col + c);
          return { ...at, bytes };
        });
        const scene = { ...ONES, layout, nodata, band: bands - 1, blocks };
        const image = imageOf(scene, window);
        const wanted = Array.from({ length: window.rows * window.cols }, (_, i) => {
          const [row, col] = [window.row + Math.floor(i / window.cols), window.col + (i % window.cols)];
          const kind = kindOf(row, col);
          if (kind === 1) return UNREAD_PIXEL;
          const sample = kind === 0 ? 0 : sampleOf(row, col);
          return sample === nodata ? MISSING_PIXEL : VALID;
        });
        expect(image.states).toEqual(wanted);
        expect(image.hasUnread).toBe(wanted.includes(UNREAD_PIXEL));
        image.states.forEach((state, i) => {
          const [row, col] = [window.row + Math.floor(i / window.cols), window.col + (i % window.cols)];
          if (state === VALID) expect(image.samples[i]).toBe(kindOf(row, col) === 0 ? 0 : sampleOf(row, col));
        });
      }),
      { numRuns: 300 },
    );
  });

  it('that are NaN are missing whatever nodata is', () => {
    const values = filled(2).map((_, i) => (i === 3 ? Number.NaN : i));
    for (const [nodata, missing] of [
      [null, [3]],
      [5, [3, 5]],
    ] as const) {
      const { states } = imageOf({ ...doubleScene(values), nodata });
      expect(states.flatMap((state, i) => (state === MISSING_PIXEL ? [i] : []))).toEqual(missing);
    }
  });

  it('that no block brought are missing, not 0', () => {
    expect(imageOf({ ...ONES, blocks: [], nodata: null }).states).toEqual(filled(MISSING_PIXEL));
  });

  it('of a damaged block are unread, by the name of the scene', () => {
    const { states, hasUnread, unread } = imageOf(withBlock(ONES, { bytes: new Uint8Array(3) }));
    expect(states).toEqual(filled(UNREAD_PIXEL));
    expect(hasUnread).toBe(true);
    expect(unread).toMatchObject([{ url: ONES.url, code: 'RASTER_CORRUPT' }]);
  });
});

describe('the internal mask', () => {
  const masked = (scene: TileScene, bytes: Uint8Array | null, lost = false): TileScene => ({
    ...scene,
    maskLayout: uint8Layout(4),
    maskBlocks: [{ blockRow: 0, blockCol: 0, bytes, ...(lost ? { unread: 'lost' } : {}) }],
  });

  it('hides where it is 0, or is left out of the file', () => {
    const bytes = Uint8Array.from({ length: SQUARE }, (_, i) => (i < 5 ? 0 : 255));
    expect(imageOf(masked(ONES, bytes)).states).toEqual(
      filled(VALID).map((state, i) => (i < 5 ? MISSING_PIXEL : state)),
    );
    expect(imageOf(masked(ONES, null)).states).toEqual(filled(MISSING_PIXEL));
  });

  it('that cannot be read makes pixels unread, except those that are nodata anyway', () => {
    const codes = filled(1).map((code, i) => (i === 2 ? 0 : code));
    const { states, hasUnread } = imageOf(masked(uint8Scene(codes), null, true));
    expect(states).toEqual(filled(UNREAD_PIXEL).map((state, i) => (i === 2 ? MISSING_PIXEL : state)));
    expect(hasUnread).toBe(true);
  });
});
