import { describe, expect, it } from 'vitest';
import type { Partial, UnreadInput } from '../../../src/shared/carbon/partial.ts';
import { zoneSpans } from '../../../src/shared/raster/zone-spans.ts';
import { countTile } from '../../../src/worker/count-tile.ts';
import { FREE, LOST } from '../../../src/worker/kernels/composite.ts';
import { imageryOf, measureLayer } from '../../../src/worker/measured-layer.ts';
import type { TileLayer, TileScene, TileTake } from '../../../src/worker/tile-task.ts';
import { doubleScene, LATTICE, SQUARE, tileLayer, tileTask, uint8Scene, withBlock } from '../../support/tile-parts.ts';

const WINDOW = { row: 0, col: 0, rows: 4, cols: 4 };
const PLACE = { grid: { ...LATTICE, window: WINDOW }, window: WINDOW };
const NONE = Number.NaN;

/** The first cells of a scene, the others without data. */
function cellsOf(values: readonly number[], url?: string): TileScene {
  const all = [...values, ...new Array<number>(SQUARE - values.length).fill(NONE)];
  return doubleScene(all, 4, url);
}

function lost(scene: TileScene): TileScene {
  return withBlock(scene, { bytes: null, unread: 'gone' });
}

function codesOf(codes: readonly number[]): TileScene {
  return uint8Scene(
    [...codes, ...new Array<number>(SQUARE - codes.length).fill(0)],
    4,
    { row: 0, col: 0 },
    's3://scenes/mask.tif',
  );
}

function measured(
  takes: readonly TileTake[],
  changes: globalThis.Partial<TileLayer> = {},
  kept: Uint8Array | null = null,
) {
  const unread: UnreadInput[] = [];
  const layer = tileLayer('ndvi', [], { kind: 'ndvi', takes, ...changes });
  const composite = measureLayer(layer, kept, PLACE, unread);
  return { composite, layer, unread, values: [...composite.values], owners: [...composite.owners] };
}

function take(scenes: readonly TileScene[], mask: TileScene | null = null, date: string | null = null): TileTake {
  return { scenes, mask, date };
}

describe('the NDVI of a date', () => {
  it('is (nir - red) / (nir + red) between -1 and 1, and none where their sum is not above 0', () => {
    const red = cellsOf([0.1, 0.3, 0, 0.2, -0.1, -0.2, 0.1, NONE]);
    const nir = cellsOf([0.3, 0.1, 0, 0.2, 0.3, 0.1, NONE, 0.1]);
    const { values } = measured([take([red, nir])]);
    expect(values[0]).toBeCloseTo(0.5, 12);
    expect(values[1]).toBeCloseTo(-0.5, 12);
    expect(values.slice(2, 5)).toEqual([NONE, 0, 1]);
    expect(values.slice(5, 8)).toEqual([NONE, NONE, NONE]);
  });

  it('scales both bands on their own', () => {
    const red = { ...cellsOf([1000]), gain: 0.0001, bias: -0.05 };
    const nir = { ...cellsOf([2500]), gain: 0.0001, bias: 0 };
    expect(measured([take([red, nir])]).values[0]).toBeCloseTo(0.2 / 0.3, 12);
  });

  it('is lost where one of the bands is: a later date does not take it', () => {
    const [red, nir] = [cellsOf([0.1, 0.1]), cellsOf([0.3, 0.3])];
    const later = take([red, nir]);
    for (const date of [take([lost(red), nir]), take([red, lost(nir)])]) {
      for (const composite of ['first', 'max_ndvi', 'median'] as const) {
        const { owners, values, unread } = measured([date, later], { composite });
        expect([owners[0], values[0]]).toEqual([LOST, NONE]);
        expect(unread).toMatchObject([{ code: 'RASTER_CORRUPT', message: 'gone' }]);
      }
    }
  });
});

const RULE = { layer: null, keep: [4], dropBits: null };

describe('dates with masks', () => {
  const quantity = { kind: 'quantity', mask: RULE } as const;
  // Cell 0 is kept, 1 is dropped, 2 has no mask.
  const mask = codesOf([4, 9, 0]);

  it('give up hidden cells to later ones', () => {
    const { values, owners, composite } = measured(
      [take([cellsOf([1, 1, 1])], mask), take([cellsOf([2, 2, 2])], codesOf([4, 4, 9]))],
      quantity,
    );
    expect(values.slice(0, 3)).toEqual([1, 2, NONE]);
    expect(owners.slice(0, 3)).toEqual([0, 1, FREE]);
    expect([...composite.hidden].slice(0, 4)).toEqual([0, 1, 1, 0]);
  });

  it('that cannot be read lose their cells: a later date does not take them', () => {
    const dates = [take([cellsOf([1, NONE])], lost(mask)), take([cellsOf([2, 2])], codesOf([4, 4]))];
    const { owners, unread } = measured(dates, quantity);
    expect(owners.slice(0, 2)).toEqual([LOST, 1]);
    expect(unread.map(({ url }) => url)).toEqual(['s3://scenes/mask.tif']);
  });

  it('lose no cell that the mask drops anyway, whatever the data', () => {
    const dates = [take([lost(cellsOf([1, 1]))], mask), take([cellsOf([2, 2])], codesOf([4, 4]))];
    const { owners } = measured(dates, quantity);
    expect(owners.slice(0, 2)).toEqual([LOST, 1]);
  });

  it('of the median leave hidden values out', () => {
    const dates = [1, 2, 30].map((value, i) => take([cellsOf([value, value])], codesOf([4, i === 2 ? 9 : 4])));
    expect(measured(dates, { ...quantity, composite: 'median' }).values.slice(0, 2)).toEqual([2, 1.5]);
  });

  it('a mask over all dates holds for each', () => {
    const kept = new Uint8Array(SQUARE).fill(1);
    kept.set([0, 1, 2]);
    const dates = [take([cellsOf([1, NONE, 1])]), take([cellsOf([2, 2, 2])])];
    const { owners } = measured(dates, { kind: 'quantity', mask: { ...RULE, layer: 'water' } }, kept);
    // Dropped; kept on the second date; not told on the first.
    expect(owners.slice(0, 3)).toEqual([FREE, 1, LOST]);
  });
});

describe('where values come from', () => {
  const spans = zoneSpans(tileTask([]).zones, WINDOW);

  it('is counted by day, with what masks hide on every date', () => {
    const dates = [
      take([cellsOf([1, 1, NONE, 1])], codesOf([4, 4, 4, 9]), '2021-05-03'),
      take([cellsOf([2, 2, 2, NONE])], codesOf([4, 4, 4, 4]), '2021-06-04'),
    ];
    const { layer, composite } = measured(dates, { kind: 'quantity', mask: RULE });
    const wanted = {
      dates: new Map([
        ['2021-05-03', 2],
        ['2021-06-04', 1],
      ]),
      masked: 1,
    };
    expect(imageryOf(layer, composite, spans)).toEqual(new Map([[0, wanted]]));
  });

  it('is nothing to tell without days and masks', () => {
    const { layer, composite } = measured([take([cellsOf([1])])], { kind: 'quantity' });
    expect(imageryOf(layer, composite, spans)).toBeNull();
  });

  it('lost cells are of no day and not masked', () => {
    const dates = [
      take([cellsOf([1])], codesOf([9]), '2021-05-03'),
      take([lost(cellsOf([1]))], codesOf([4]), '2021-06-04'),
    ];
    const { layer, composite } = measured(dates, { kind: 'quantity', mask: RULE });
    expect(imageryOf(layer, composite, spans)?.get(0)).toEqual({ dates: new Map(), masked: 0 });
  });
});

describe('a tile with a measured layer', () => {
  const landcover = uint8Scene([1, 1, 2, 0, ...new Array<number>(12).fill(2)]);
  const sums = (partial: Partial, name = 'canopy') =>
    Object.fromEntries(
      [...(partial.quantities.get(name)?.get(0) ?? [])].map(([code, { cells, sum }]) => [code, [cells, sum]]),
    );
  const unit = 2n ** 20n;

  it('sums values by class; cells without class or value count for none', () => {
    const canopy = tileLayer('canopy', [cellsOf([3, NONE, 5, 100])]);
    const partial = countTile(tileTask([landcover], { layers: [canopy] }));
    expect(sums(partial)).toEqual({ 1: [1, 3n * unit], 2: [1, 5n * unit] });
    expect(partial.zones.get(0)?.classes.get(1)?.cells).toBe(2);
  });

  it('keeps NDVI to thirty bits', () => {
    const dates = [take([cellsOf([1]), cellsOf([3])])];
    const partial = countTile(
      tileTask([landcover], { layers: [tileLayer('ndvi', [], { kind: 'ndvi', takes: dates })] }),
    );
    expect(sums(partial, 'ndvi')).toEqual({ 1: [1, 2n ** 29n] });
  });

  it('cells whose class cannot be read have no value in any class', () => {
    const canopy = tileLayer('canopy', [cellsOf([3, 4, 5])]);
    const partial = countTile(tileTask([lost(landcover)], { layers: [canopy] }));
    expect(sums(partial)).toEqual({});
    expect(partial.zones.get(0)?.unread.cells).toBe(SQUARE);
  });

  it('a layer of codes masks another by name', () => {
    const water = tileLayer('water', [codesOf([4, 9, 4])], { kind: 'codes' });
    const canopy = tileLayer('canopy', [cellsOf([3, 4, 5])], { mask: { ...RULE, layer: 'water' } });
    const partial = countTile(tileTask([landcover], { layers: [water, canopy] }));
    expect(sums(partial)).toEqual({ 1: [1, 3n * unit], 2: [1, 5n * unit] });
    expect(partial.imagery.get('canopy')?.get(0)?.masked).toBe(1);
  });
});

describe('a land cover with a mask', () => {
  const landcover = uint8Scene(new Array<number>(SQUARE).fill(1));
  const later = uint8Scene(new Array<number>(SQUARE).fill(2));
  const classes = (partial: Partial) =>
    Object.fromEntries([...(partial.zones.get(0)?.classes ?? [])].map(([code, { cells }]) => [code, cells]));

  it('over all of it has no class where it drops; where it cannot be read, cells are unread and not merely gone', () => {
    const masked = (mask: TileScene) =>
      countTile(
        tileTask([landcover], {
          landcover: { mask: { ...RULE, layer: 'water' } },
          layers: [tileLayer('water', [mask], { kind: 'codes' })],
        }),
      );
    expect(classes(masked(codesOf([4, 4, 4, 9])))).toEqual({ 1: 3 });
    const partial = masked(lost(codesOf([4])));
    expect(classes(partial)).toEqual({});
    expect(partial.zones.get(0)?.unread.cells).toBe(SQUARE);
  });

  it('by scene leaves dropped cells to later scenes, and none of which it cannot be read', () => {
    const masked = (mask: TileScene) =>
      countTile(tileTask([], { landcover: { mask: RULE, takes: [take([landcover], mask), take([later])] } }));
    expect(classes(masked(codesOf([4, 4, 4, 9])))).toEqual({ 1: 3, 2: SQUARE - 3 });
    const partial = masked(lost(codesOf([4])));
    expect(classes(partial)).toEqual({});
    expect(partial.zones.get(0)?.unread.cells).toBe(SQUARE);
  });
});
