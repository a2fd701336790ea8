import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PlacedScene } from '../../../src/producer/place-scenes.ts';
import { TileScenes, tileMemory } from '../../../src/producer/tile-scenes.ts';
import type { PlannedLayer } from '../../../src/shared/contracts/plan-layers.ts';
import { intersectWindows, type Window } from '../../../src/shared/geo/window.ts';
import { BYTE_BAND, layerOf, northUp, placedScene, rasterHeader } from '../../support/placed-scenes.ts';
import { uint8Layout } from '../../support/tile-parts.ts';

const SHAPE = { rows: 10, cols: 10 };
const WIDE: Window = { row: -100, col: -100, rows: 300, cols: 300 };

function rasterOf(changes: Parameters<typeof rasterHeader>[1]): PlacedScene['raster'] {
  return { header: rasterHeader(northUp(0, 0), changes) } as PlacedScene['raster'];
}

function tileAt(row: number, col: number): Window {
  return { row: row * 10, col: col * 10, ...SHAPE };
}

function needed(layers: readonly PlannedLayer[], scenes: readonly PlacedScene[], tile = tileAt(0, 0)): number[] {
  return new TileScenes(layers, scenes, SHAPE, 0).of(tile);
}

/** Has data in every pixel: bytes without nodata. */
const OPAQUE = placedScene(WIDE, { nodata: null });

describe('the scenes that a tile reads', () => {
  it('are those that touch it, of all layers, in the order of the plan', () => {
    const [near, far] = [
      placedScene({ row: 9, col: 9, rows: 1, cols: 1 }),
      placedScene({ row: 10, col: 9, rows: 1, cols: 1 }),
    ];
    const layers = [layerOf([3, 0]), layerOf([1, 2], { name: 'canopy', kind: 'quantity' })];
    expect(needed(layers, [near, far, near, near])).toEqual([0, 2, 3]);
  });

  it('end with the first that has data everywhere in the tile', () => {
    const scenes = [placedScene(WIDE), OPAQUE, placedScene(WIDE)];
    expect(needed([layerOf([0, 1, 2])], scenes)).toEqual([0, 1]);
    expect(needed([layerOf([2, 1, 0])], scenes)).toEqual([1, 2]);
  });

  it('go on where that one ends within the tile', () => {
    const most = placedScene({ row: 0, col: 0, rows: 10, cols: 9 }, { nodata: null });
    expect(needed([layerOf([0, 1])], [most, placedScene(WIDE)])).toEqual([0, 1]);
  });

  it.each<[string, Partial<PlacedScene>]>([
    ['nodata', { nodata: 7 }],
    ['an internal mask', { raster: rasterOf({ mask: uint8Layout(100) }) }],
    ['floats, which may be NaN', { raster: rasterOf({ bands: [{ ...BYTE_BAND, dtype: 'float32' }] }) }],
    ['another lattice', { window: null }],
    ['a ratio of bands, which may divide by 0', { kind: 'ndvi' }],
  ])('go on after a scene with %s', (_, changes) => {
    expect(needed([layerOf([0, 1])], [{ ...OPAQUE, ...changes }, placedScene(WIDE)])).toEqual([0, 1]);
  });

  it('are all dates where a composite chooses among them, or a mask hides what is seen', () => {
    const scenes = [OPAQUE, OPAQUE, OPAQUE];
    for (const composite of ['median', 'max_ndvi'] as const)
      expect(needed([layerOf([0, 1], { composite })], scenes)).toEqual([0, 1]);
    const takes = [
      { scenes: [0], mask: 2, date: null },
      { scenes: [1], mask: null, date: null },
    ];
    expect(needed([layerOf([], { takes })], scenes)).toEqual([0, 1, 2]);
  });

  it('are both bands of a date or none, with its mask', () => {
    const far = placedScene({ row: 500, col: 0, rows: 9, cols: 9 });
    const takes = [
      { scenes: [0, 1], mask: 2, date: null },
      { scenes: [3, 4], mask: 5, date: null },
    ];
    const scenes = [OPAQUE, far, OPAQUE, OPAQUE, OPAQUE, OPAQUE];
    expect(needed([layerOf([], { kind: 'ndvi', takes })], scenes)).toEqual([3, 4, 5]);
  });

  it('reach as far around it as the footprint of built-up land needs, of the land cover alone', () => {
    // Cells 12 to 14 in both directions: two cells beyond a tile of 10.
    const near = placedScene({ row: 12, col: 12, rows: 3, cols: 3 });
    const layers = [layerOf([0]), layerOf([1], { name: 'parks', kind: 'codes' })];
    const around = (halo: number) => new TileScenes(layers, [near, near], SHAPE, halo).of(tileAt(0, 0));
    expect(around(2)).toEqual([]);
    expect(around(3)).toEqual([0]);
    expect(around(30)).toEqual([0]);
  });

  it('go on after one that has data everywhere in the tile, but not around it', () => {
    const tile = placedScene({ row: 0, col: 0, rows: 10, cols: 10 }, { nodata: null });
    const scenes = [tile, placedScene(WIDE)];
    expect(new TileScenes([layerOf([0, 1])], scenes, SHAPE, 0).of(tileAt(0, 0))).toEqual([0]);
    expect(new TileScenes([layerOf([0, 1])], scenes, SHAPE, 1).of(tileAt(0, 0))).toEqual([0, 1]);
  });

  it('are what asking every scene for every tile gives', () => {
    const place = fc.integer({ min: -400, max: 400 });
    const length = fc.integer({ min: 1, max: 500 });
    const scene = fc.record({ row: place, col: place, rows: length, cols: length, opaque: fc.boolean() });
    const tile = fc.integer({ min: -40, max: 39 });
    fc.assert(
      fc.property(fc.array(scene, { maxLength: 8 }), fc.array(fc.tuple(tile, tile)), (all, tiles) => {
        const scenes = all.map(({ opaque, ...window }) => placedScene(window, { nodata: opaque ? null : 0 }));
        const asked = new TileScenes([layerOf([...all.keys()])], scenes, SHAPE, 0);
        for (const [row, col] of tiles) {
          const wanted: number[] = [];
          for (const [index, { opaque, ...window }] of all.entries()) {
            const common = intersectWindows(window, tileAt(row, col));
            if (common !== null) wanted.push(index);
            if (opaque && common?.rows === 10 && common.cols === 10) break;
          }
          expect(asked.of(tileAt(row, col))).toEqual(wanted);
        }
      }),
    );
  });
});

describe('the memory of a tile', () => {
  const TILE = { row: 0, col: 0, rows: 100, cols: 100 };
  const CELLS = 10_000;

  it('is codes, stored blocks and the largest decoded window', () => {
    // 4 bytes of code, 1 stored, 1 decoded and its state.
    expect(tileMemory(TILE, [0], [layerOf([0])], [OPAQUE], null)).toBe(CELLS * 7);
    const withHalo = tileMemory(TILE, [0], [layerOf([0])], [OPAQUE], 2);
    expect(withHalo).toBe(CELLS * 7 + 12 * (TILE.rows + 4) * (TILE.cols + 4));
    expect(tileMemory(TILE, [0, 1], [layerOf([0, 1])], [OPAQUE, OPAQUE], null)).toBe(CELLS * 8);
  });

  it('grows with the pixels under a cell, the bytes of a sample and the bands in a block', () => {
    const bands = [{ ...BYTE_BAND, dtype: 'float64' as const }];
    const layout = { ...uint8Layout(100), bandCount: 3 };
    const fine = placedScene(WIDE, { pixelsPerCell: 100, raster: rasterOf({ bands, layout }) });
    expect(tileMemory(TILE, [0], [layerOf([0])], [fine], null)).toBe(CELLS * 4 + CELLS * 100 * (8 * 3 + 9));
    const apart = { ...fine, raster: rasterOf({ bands, layout: { ...layout, interleave: 'band' } }) };
    expect(tileMemory(TILE, [0], [layerOf([0])], [apart], null)).toBe(CELLS * 4 + CELLS * 100 * (8 + 9));
  });

  it('holds the values of all dates of a median at once, and only of those that the tile reads', () => {
    const scenes = [OPAQUE, OPAQUE, OPAQUE];
    const memory = (composite: PlannedLayer['composite'], read: readonly number[]) =>
      tileMemory(TILE, read, [layerOf([]), layerOf([0, 1, 2], { composite })], scenes, null);
    expect(memory('median', [0, 1, 2]) - memory('first', [0, 1, 2])).toBe(CELLS * 4 * 3);
    expect(memory('median', [0, 2]) - memory('first', [0, 2])).toBe(CELLS * 4 * 2);
  });
});
