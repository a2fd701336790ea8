import { describe, expect, it } from 'vitest';
import { pictureSize, sampledWindow } from '../../../../src/cli/serve/map-window.ts';
import type { Crs } from '../../../../src/shared/geo/crs.ts';
import { deflateBlock } from '../../../../src/shared/io/map-bytes.ts';
import { levelWithin, openMap, readMapWindow } from '../../../../src/shared/io/map-file.ts';
import { cogHead } from '../../../../src/shared/raster/cog-layout.ts';
import {
  blockCounts,
  emptyBlock,
  levelSizes,
  MAP_BLOCK,
  type MapCells,
} from '../../../../src/shared/raster/map-blocks.ts';
import { MemoryObject } from '../../../support/memory-object.ts';

/** Maps read back by windows, against the numbers that they were written from. */

const UTM: Crs = {
  epsg: 32650,
  name: 'WGS 84 / UTM zone 50N',
  kind: 'projected',
  unitSize: 1,
  proj4: '+proj=utm +zone=50 +datum=WGS84 +units=m +no_defs',
  ellipsoid: { a: 6_378_137, e2: 0.0066943799901413165 },
};
const [ROWS, COLS] = [1100, 700];
const NODATA = -9999;

/** A cell says its level, row and column; the second block of the full map is left out. */
const valueAt = (level: number, row: number, col: number) => level * 1e6 + row * 1000 + col;
const isLeftOut = (level: number, row: number, col: number) => level === 0 && row < MAP_BLOCK && col >= MAP_BLOCK;

function mapBytes(originX = 500_000): Uint8Array {
  const sizes = levelSizes({ rows: ROWS, cols: COLS });
  const blocks = sizes.map((size, level) => {
    const counts = blockCounts(size);
    return Array.from({ length: counts.rows * counts.cols }, (_, block) => {
      const [top, left] = [Math.floor(block / counts.cols) * MAP_BLOCK, (block % counts.cols) * MAP_BLOCK];
      return isLeftOut(level, top, left) ? null : deflateBlock(blockCells(level, top, left, size));
    });
  });
  const grid = {
    crs: UTM,
    originX,
    originY: 3_000_000,
    cellWidth: 10,
    cellHeight: 10,
    window: { row: 3, col: -2, rows: ROWS, cols: COLS },
  };
  const lengths = blocks.map((level) => level.map((block) => block?.length ?? 0));
  const head = cogHead({ grid, dtype: 'float32', nodata: NODATA, metadata: '<GDALMetadata/>' }, lengths);
  const bytes = new Uint8Array(head.sizeBytes);
  bytes.set(head.bytes);
  let at = head.bytes.length;
  for (const level of [...blocks].reverse()) {
    for (const block of level) {
      if (block === null) continue;
      bytes.set(block, at + 4);
      at += 8 + block.length;
    }
  }
  return bytes;
}

function blockCells(level: number, top: number, left: number, size: { rows: number; cols: number }): MapCells {
  const cells = emptyBlock({ dtype: 'float32', nodata: NODATA });
  for (let row = top; row < Math.min(size.rows, top + MAP_BLOCK); row++) {
    for (let col = left; col < Math.min(size.cols, left + MAP_BLOCK); col++)
      cells[(row - top) * MAP_BLOCK + col - left] = valueAt(level, row, col);
  }
  return cells;
}

describe('A map of a run', () => {
  const store = new MemoryObject(mapBytes());

  it('says its levels, samples and place', async () => {
    const map = await openMap(store, store.info.url);
    expect(map.levels.map(({ rows, cols }) => [rows, cols])).toEqual([
      [1100, 700],
      [550, 350],
      [275, 175],
    ]);
    expect(map).toMatchObject({ dtype: 'float32', nodata: NODATA });
    expect(map.place).toEqual({ west: 499_980, north: 2_999_970, cellWidth: 10, cellHeight: 10 });
    expect([levelWithin(map, 1600), levelWithin(map, 600), levelWithin(map, 100)]).toEqual([0, 1, 2]);
  });

  it.each([
    [0, { row: 0, col: 0, rows: 1100, cols: 700 }],
    [0, { row: 500, col: 500, rows: 30, cols: 40 }],
    [1, { row: 505, col: 340, rows: 45, cols: 10 }],
    [2, { row: 270, col: 170, rows: 10, cols: 10 }],
  ])(
    'gives the cells of any window of level %i over blocks, and nodata where there are none',
    async (level, window) => {
      const map = await openMap(store, store.info.url);
      const cells = await readMapWindow(store, map, level, window);
      const size = map.levels[level];
      for (let row = 0; row < window.rows; row++) {
        for (let col = 0; col < window.cols; col++) {
          const [r, c] = [window.row + row, window.col + col];
          const isIn = r < (size?.rows ?? 0) && c < (size?.cols ?? 0) && !isLeftOut(level, r, c);
          const wanted = isIn ? Math.fround(valueAt(level, r, c)) : NODATA;
          if (cells[row * window.cols + col] !== wanted) expect([r, c, cells[row * window.cols + col]]).toBe(wanted);
        }
      }
    },
  );

  it('is asked for under the version that was opened', async () => {
    const map = await openMap(store, store.info.url);
    store.requests.length = 0;
    await readMapWindow(store, map, 2, { row: 0, col: 0, rows: 5, cols: 5 });
    expect(store.requests.map(({ ifMatch }) => ifMatch)).toEqual(['"1"']);
  });

  it('lies as another one only where every number of its place is the same', async () => {
    const other = new MemoryObject(mapBytes(500_010));
    const [a, b] = [await openMap(store, store.info.url), await openMap(other, other.info.url)];
    expect(a.georeference).toBe((await openMap(store, store.info.url)).georeference);
    expect(a.georeference).not.toBe(b.georeference);
  });

  it('is refused where no run wrote it', async () => {
    const bytes = mapBytes();
    // The first tag of compression in the first directory: 259, SHORT, 1, Adobe deflate.
    const at = bytes.findIndex(
      (_, i) => bytes[i] === 3 && bytes[i + 1] === 1 && bytes[i + 2] === 3 && bytes[i + 8] === 8,
    );
    bytes[at + 8] = 5;
    const spoiled = new MemoryObject(bytes);
    await expect(openMap(spoiled, spoiled.info.url)).rejects.toMatchObject({ code: 'RASTER_UNSUPPORTED' });
  });
});

describe('A window as a picture', () => {
  const store = new MemoryObject(mapBytes());

  it('has a pixel a cell where there is room, and the overview just fine enough where there is not', async () => {
    const map = await openMap(store, store.info.url);
    const close = { row: 600, col: 100, rows: 20, cols: 30, px: 1024 };
    expect(pictureSize(close)).toEqual({ width: 30, height: 20 });
    expect((await sampledWindow(store, map, close))[31]).toBe(Math.fround(valueAt(0, 601, 101)));
    const whole = { row: 0, col: 0, rows: 1100, cols: 700, px: 275 };
    expect(pictureSize(whole)).toEqual({ width: 175, height: 275 });
    expect((await sampledWindow(store, map, whole))[176]).toBe(Math.fround(valueAt(2, 1, 1)));
    // Two and a half cells a pixel: of the overview of two, the cell in the middle of each pixel.
    const part = { row: 600, col: 0, rows: 100, cols: 500, px: 200 };
    expect(pictureSize(part)).toEqual({ width: 200, height: 40 });
    expect((await sampledWindow(store, map, part))[201]).toBe(Math.fround(valueAt(1, 301, 1)));
  });

  it('is never empty, however narrow', () => {
    expect(pictureSize({ row: 0, col: 0, rows: 1, cols: 5000, px: 16 })).toEqual({ width: 16, height: 1 });
  });
});
