import { describe, expect, it } from 'vitest';
import type { Partial as Counted } from '../../../src/shared/carbon/partial.ts';
import { CASA_LIGHT, CASA_RESPIRATION } from '../../../src/shared/contracts/counted-names.ts';
import type { PlannedCasa } from '../../../src/shared/contracts/plan-casa.ts';
import { countTile } from '../../../src/worker/count-tile.ts';
import type { TileLayer, TileScene } from '../../../src/worker/tile-task.ts';
import { doubleScene, SQUARE, tileLayer, tileTask, uint8Scene, withBlock } from '../../support/tile-parts.ts';

const CASA: PlannedCasa = {
  inputs: { ndvi: 'n', temperature: 't', precipitation: 'p', radiation: 's', pet: null },
  fpar: { form: 'limits', ndviWeight: 0.5, limits: [{ code: 1, ndviMin: 0.1, ndviMax: 0.8 }] },
  coldStop: true,
  halveOutside: true,
  respiration: 'pei',
  hotMonths: 'parabola',
  radiationFactors: new Array(12).fill(1),
  monthLengths: new Array(12).fill(1),
};

/** Twelve equal months of one value over the tile; `changes` by month. */
function months(name: string, value: number, changes: Readonly<Record<number, TileScene>> = {}): TileLayer {
  const scenes = Array.from(
    { length: 12 },
    (_, month) => changes[month] ?? doubleScene(new Array(SQUARE).fill(value), 4, `s3://scenes/${name}.tif`),
  );
  return tileLayer(name, scenes, { kind: 'months' });
}

const CLIMATE = [months('t', 20), months('p', 100), months('s', 400)];

/** First col, first row, and those after the last. */
type Zone = readonly [number, number, number, number];

/** Classes 1 and 2 in the upper and the lower half; the zone is the left half. */
function count(ndvi: TileLayer, climate: readonly TileLayer[] = CLIMATE, zone: Zone = [0, 0, 2, 4]): Counted {
  const codes = Array.from({ length: SQUARE }, (_, cell) => (cell < SQUARE / 2 ? 1 : 2));
  return countTile(tileTask([uint8Scene(codes)], { zones: [zone], layers: [ndvi, ...climate], casa: CASA }));
}

/** Cells with light by class of the only zone. */
function litCells(partial: Counted): [number, number][] {
  const classes = partial.quantities.get(CASA_LIGHT)?.get(0) ?? new Map();
  return [...classes].map(([code, { cells }]) => [code, cells]);
}

/** All of the tile 0.5, but for some cells. */
function ndviWith(values: Readonly<Record<number, number>>): TileScene {
  return doubleScene(Array.from({ length: SQUARE }, (_, cell) => values[cell] ?? 0.5));
}

describe('the flux by model on a tile', () => {
  it('sums light and respiration by class, of the classes that have a rule', () => {
    const partial = count(months('n', 0.5));
    expect(litCells(partial)).toEqual([[1, 4]]);
    const { cells, sum } = partial.quantities.get(CASA_RESPIRATION)?.get(0)?.get(1) ?? { cells: 0, sum: 0n };
    // 12 months of 29.6966 g C/m2 at 20 degrees and 100 mm.
    expect(Number(sum) / cells / 2 ** 20).toBeCloseTo(12 * 29.6966, 2);
  });

  it('gives a cell nothing that lacks a month', () => {
    expect(litCells(count(months('n', 0.5, { 7: ndviWith({ 0: Number.NaN }) })))).toEqual([[1, 3]]);
  });

  it('gives the tile nothing where an input has not all of its months there', () => {
    const full = months('p', 100);
    const climate = [CLIMATE[0] as TileLayer, { ...full, takes: full.takes.slice(1) }, CLIMATE[2] as TileLayer];
    expect(count(months('n', 0.5), climate).quantities.size).toBe(0);
  });

  it('gives cells nothing under blocks that cannot be read, and names them', () => {
    const scene = withBlock(doubleScene([], 4, 's3://scenes/may.tif'), { bytes: null, unread: 'lost' });
    const partial = count(months('n', 0.5, { 4: scene }));
    expect(litCells(partial)).toEqual([]);
    expect(partial.unread.map(({ url }) => url)).toEqual(['s3://scenes/may.tif']);
  });

  it('looks at no value outside of the zones', () => {
    const wrong = months('n', 0.5, { 2: ndviWith({ 3: 5000 }) });
    expect(litCells(count(wrong))).toEqual([[1, 4]]);
    expect(() => count(wrong, CLIMATE, [2, 0, 4, 4])).toThrow('layers.n: ndvi of month 3 has the value 5000');
  });
});
