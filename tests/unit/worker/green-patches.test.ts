import { describe, expect, it } from 'vitest';
import type { Partial } from '../../../src/shared/carbon/partial.ts';
import { OUTSIDE_BUILT } from '../../../src/shared/carbon/patch-size.ts';
import { closeAll } from '../../../src/shared/carbon/patch-tally.ts';
import { NDVI_BINS } from '../../../src/shared/contracts/counted-names.ts';
import type { PlannedGreen } from '../../../src/shared/contracts/plan-green.ts';
import { grownWindow, type Window } from '../../../src/shared/geo/window.ts';
import { countTile } from '../../../src/worker/count-tile.ts';
import { cropCodes } from '../../../src/worker/green-patches.ts';
import type { TileLayer } from '../../../src/worker/tile-task.ts';
import { plannedGreen } from '../../support/green-parts.ts';
import { doubleScene, SIDE, SQUARE, tileLayer, tileTask, uint8Scene, withBlock } from '../../support/tile-parts.ts';

/** 1 trees, 2 grass, 5 and 6 built-up, 7 bare; 0 is nodata. A cell is 1 m2, so a patch's key is its cells. */

/** Rows of digits as codes. */
function codes(...rows: readonly string[]): number[] {
  return [...rows.join('')].map(Number);
}

/** Sizes of the patches of each class in zone 0, as `class: [size key, patches, cells]`. */
function patchesOf(partial: Partial, name = 'all'): Record<number, number[][]> {
  const tally = partial.patches.get(name);
  if (tally === undefined) throw new Error(`no patches ${name} among ${[...partial.patches.keys()]}`);
  const zone = closeAll(tally).get(0) ?? new Map();
  return Object.fromEntries(
    [...zone].map(([code, sizes]) => [
      code,
      [...sizes].map(([key, { patches, cells }]) => [key, patches, cells]).sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0)),
    ]),
  );
}

/** The tile of 4 x 4 cells within a scene that goes on for one more cell on every side: the halo. */
const AROUND = { row: -1, col: -1 };

/** 6 x 6 codes, their middle 4 x 4 is the tile. */
function count(rows: readonly string[], green: GreenChanges, layers: readonly TileLayer[] = []): Partial {
  const scene = uint8Scene(codes(...rows), rows.length, AROUND);
  return countTile(tileTask([scene], { green: plannedGreen(green), layers }));
}

type GreenChanges = globalThis.Partial<PlannedGreen>;

const NDVI = { kind: 'ndvi' as const };

/** Red and near infrared of one date, so that NDVI is what is asked for; NaN: nodata. */
function ndviLayer(values: readonly number[]): TileLayer {
  const nir = values.map((value) => 1 + value);
  const red = values.map((value) => 1 - value);
  const scenes = [doubleScene(red, SIDE, 's3://scenes/red.tif'), doubleScene(nir, SIDE, 's3://scenes/nir.tif')];
  return { ...tileLayer('ndvi', [], NDVI), takes: [{ scenes, mask: null, date: null }] };
}

const BUILT = Array.from({ length: SIDE }, () => '5'.repeat(SIDE));

function countNdvi(values: readonly number[], thresholds: readonly number[], rows: readonly string[] = BUILT): Partial {
  const green = plannedGreen({ from: 'ndvi', thresholds: [...thresholds] });
  return countTile(tileTask([uint8Scene(codes(...rows))], { green, layers: [ndviLayer(values)] }));
}

describe('green classes inside of built-up land', () => {
  it('are green only where the footprint closes over them', () => {
    // The tree of row 1 has built-up land on both sides, that of row 3 stands at its edge.
    const rows = ['555555', '551555', '555555', '555577', '555517', '777777'];
    const rule = { closingCells: 1, haloCells: 2 };
    const wide = ['77777777', ...rows.map((row) => `7${row}7`), '77777777'];
    const scene = uint8Scene(codes(...wide), wide.length, { row: -2, col: -2 });
    const partial = countTile(tileTask([scene], { green: plannedGreen(rule) }));
    expect(patchesOf(partial)).toEqual({ 1: [[1, 1, 1]], [OUTSIDE_BUILT]: [[1, 1, 1]] });
  });

  it('are outside of it where nothing is closed and no hole filled', () => {
    const rows = ['555555', '511155', '555555', '555555', '555555', '555555'];
    expect(patchesOf(count(rows, {}))).toEqual({ [OUTSIDE_BUILT]: [[3, 1, 3]] });
  });

  it('make one patch with green classes outside of it, which are summed under a class of their own', () => {
    // A lane of three cells into built-up land: only its end has built-up land on all sides of each disc over it.
    const rows = ['7717', '5515', '5525', '5555'];
    const wide = ['77777777', '77777777', ...rows.map((row) => `77${row}77`), '77777777', '77777777'];
    const scene = uint8Scene(codes(...wide), wide.length, { row: -2, col: -2 });
    const green = plannedGreen({ closingCells: 1, haloCells: 2 });
    expect(patchesOf(countTile(tileTask([scene], { green })))).toEqual({
      [OUTSIDE_BUILT]: [[3, 0, 2]],
      2: [[3, 1, 1]],
    });
  });

  it('in a hole are in the footprint up to the size that is filled, also where it goes on out of the tile', () => {
    const hole = ['555555', '511555', '555555', '555555', '555555', '555555'];
    const open = ['515555', '511555', '555555', '555555', '555555', '555555'];
    // One cell of halo suffices for holes of one cell, two for those of two.
    expect(patchesOf(count(hole, { holeCells: 1, haloCells: 1 }))).toEqual({ [OUTSIDE_BUILT]: [[2, 1, 2]] });
    const two = (rows: readonly string[]) => {
      const wide = ['55555555', ...rows.map((row) => `5${row}5`), '55555555'];
      const scene = uint8Scene(codes(...wide), wide.length, { row: -2, col: -2 });
      return countTile(tileTask([scene], { green: plannedGreen({ holeCells: 2, haloCells: 2 }) }));
    };
    expect(patchesOf(two(hole))).toEqual({ 1: [[2, 1, 2]] });
    expect(patchesOf(two(open))).toEqual({ [OUTSIDE_BUILT]: [[2, 1, 2]] });
  });

  it('of built-up codes count, and join with each other by the rule of neighbours', () => {
    const rows = ['777777', '712777', '771777', '777177', '777777', '777777'];
    const all = { builtCodes: [1, 2, 7] };
    expect(patchesOf(count(rows, all))).toEqual({ 1: [[4, 1, 3]], 2: [[4, 0, 1]] });
    expect(patchesOf(count(rows, { ...all, connectivity: 4 }))).toEqual({
      1: [
        [1, 1, 1],
        [3, 1, 2],
      ],
      2: [[3, 0, 1]],
    });
  });

  it('in cells without class, or whose block is lost, are no part of a patch', () => {
    const scene = uint8Scene(codes('5555', '5055', '5555', '5555'));
    const green = plannedGreen({ holeCells: 4, haloCells: 4, greenClasses: [0, 5] });
    const found = countTile(tileTask([scene], { green }));
    expect(patchesOf(found)).toEqual({ 5: [[15, 1, 15]] });
    const lost = countTile(tileTask([withBlock(scene, { bytes: null, unread: 'lost' })], { green }));
    expect(patchesOf(lost)).toEqual({});
    expect(lost.zones.get(0)?.unread.cells).toBe(SQUARE);
  });

  it('outside of zones are no part of a patch', () => {
    const scene = uint8Scene(codes('5555', '5555', '5555', '5555'));
    const green = plannedGreen({ greenClasses: [5] });
    expect(patchesOf(countTile(tileTask([scene], { green, zones: [[0, 0, 4, 2]] })))).toEqual({ 5: [[8, 1, 8]] });
  });

  it('that a mask of the land cover hides are not green, though the footprint has them', () => {
    const keep = tileLayer('keep', [uint8Scene(codes('1111', '1211', '1111', '1111'))], { kind: 'codes' });
    const landcover = { mask: { layer: 'keep', keep: [1], dropBits: null } };
    const scene = uint8Scene(codes('5555', '5555', '5555', '5555'));
    const green = plannedGreen({ greenClasses: [5] });
    const partial = countTile(tileTask([scene], { green, layers: [keep], landcover }));
    expect(patchesOf(partial)).toEqual({ 5: [[15, 1, 15]] });
  });
});

describe('green of a layer', () => {
  it('goes on outside of built-up land by green classes, not by its codes', () => {
    const parks = tileLayer('parks', [uint8Scene(codes('1111', '0000', '0000', '0000'))], { kind: 'codes' });
    const green = plannedGreen({ from: 'layer', layer: 'parks', layerCodes: [1] });
    const partial = countTile(
      tileTask([uint8Scene(codes('5527', '5222', '5555', '5511'))], { green, layers: [parks] }),
    );
    expect(patchesOf(partial)).toEqual({
      5: [[6, 1, 2]],
      [OUTSIDE_BUILT]: [
        [2, 1, 2],
        [6, 0, 4],
      ],
    });
  });

  it('is where it has the codes that are green, in built-up land', () => {
    const parks = tileLayer('parks', [uint8Scene(codes('1100', '1100', '0003', '0011'))], { kind: 'codes' });
    const green = plannedGreen({ from: 'layer', layer: 'parks', layerCodes: [1, 3] });
    const scene = uint8Scene(codes('5555', '5655', '5555', '5557'));
    const partial = countTile(tileTask([scene], { green, layers: [parks] }));
    expect(patchesOf(partial)).toEqual({
      5: [
        [2, 1, 2],
        [4, 1, 3],
      ],
      6: [[4, 0, 1]],
    });
    expect(partial.builtNdvi).toEqual([]);
  });

  it('that has no scene here shows nothing', () => {
    const green = plannedGreen({ from: 'layer', layer: 'parks', layerCodes: [1] });
    const parks = tileLayer('parks', [], { kind: 'codes' });
    const partial = countTile(tileTask([uint8Scene(codes(...BUILT))], { green, layers: [parks] }));
    expect(patchesOf(partial)).toEqual({});
  });
});

describe('green by NDVI', () => {
  const values = new Array<number>(SQUARE).fill(-0.25);
  values.splice(0, 4, 0.5, 0.75, Number.NaN, 0.5);

  it('is from the threshold on; cells without a value are not green', () => {
    expect(patchesOf(countNdvi(values, [0.5]), '0.50')).toEqual({
      5: [
        [1, 1, 1],
        [2, 1, 2],
      ],
    });
    expect(patchesOf(countNdvi(values, [0.51]), '0.51')).toEqual({ 5: [[1, 1, 1]] });
  });

  it('has patches for each candidate, and a histogram from which one of them is chosen', () => {
    const partial = countNdvi(values, [0.5, 0.55, 0.8], ['5557', ...BUILT.slice(1)]);
    expect([...partial.patches.keys()]).toEqual(['0.50', '0.55', '0.80']);
    expect(patchesOf(partial, '0.80')).toEqual({});
    expect(partial.builtNdvi).toHaveLength(NDVI_BINS);
    const bins = Object.fromEntries(partial.builtNdvi.map((count, bin) => [bin, count]).filter(([, count]) => count));
    // Bins of 0.01 from -1 on: -0.25, 0.5 and 0.75; the fourth cell is not built-up.
    expect(bins).toEqual({ 75: 12, 150: 1, 175: 1 });
  });

  it('with one threshold needs no histogram', () => {
    expect(countNdvi(values, [0.5]).builtNdvi).toEqual([]);
  });

  it('where no date has data finds nothing, and says so in the same form', () => {
    const green = plannedGreen({ from: 'ndvi', thresholds: [0.2, 0.3] });
    const partial = countTile(
      tileTask([uint8Scene(codes(...BUILT))], { green, layers: [tileLayer('ndvi', [], NDVI)] }),
    );
    expect(patchesOf(partial, '0.20')).toEqual({});
    expect(partial.builtNdvi).toEqual(new Array(NDVI_BINS).fill(0));
  });
});

describe('a tile of which nothing is asked but green', () => {
  it('counts classes as any other does', () => {
    const scene = uint8Scene(codes('5512', '5012', '5555', '7777'));
    const plain = countTile(tileTask([scene]));
    const { patches: _, ...rest } = countTile(
      tileTask([scene], { green: plannedGreen({ holeCells: 3, haloCells: 3 }) }),
    );
    expect(rest).toEqual({ ...plain, patches: undefined });
  });

  it('without any scene has its cells and no patch', () => {
    const partial = countTile(tileTask([], { green: plannedGreen() }));
    expect(partial.zones.get(0)?.all.cells).toBe(SQUARE);
    expect(patchesOf(partial)).toEqual({});
  });
});

describe('a window cut out of a larger one', () => {
  it('has the codes of its own cells', () => {
    const outer: Window = { row: -3, col: 7, rows: 6, cols: 5 };
    const all = Int32Array.from({ length: 30 }, (_, cell) => cell);
    expect([...cropCodes(all, outer, { row: -1, col: 9, rows: 2, cols: 3 })]).toEqual([12, 13, 14, 17, 18, 19]);
    expect(cropCodes(all, outer, outer)).toEqual(all);
    const inner = { row: 0, col: 0, rows: 1, cols: 1 };
    expect([...cropCodes(new Int32Array(9).fill(1).fill(7, 4, 5), grownWindow(inner, 1), inner)]).toEqual([7]);
  });
});
