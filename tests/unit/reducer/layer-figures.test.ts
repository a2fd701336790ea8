import { describe, expect, it } from 'vitest';
import { type LayerFigures, layerFigures } from '../../../src/reducer/layer-figures.ts';
import type { Partial, QuantityTally } from '../../../src/shared/carbon/partial.ts';
import type { Tally } from '../../../src/shared/carbon/tally.ts';
import { hectarePlan, measuredLayer, partialOf } from '../../support/plan-parts.ts';

const UNIT = 2n ** 20n;

/** So many cells of a hectare, each of one value. */
function cellsOf(count: number, value: number): QuantityTally {
  return { cells: count, area: 0n, sum: BigInt(count * value * 2 ** 20) };
}

function quantities(zones: Readonly<Record<number, Readonly<Record<number, QuantityTally>>>>, name = 'canopy') {
  const byZone = Object.entries(zones).map(([zone, classes]) => {
    return [Number(zone), new Map(Object.entries(classes).map(([code, tally]) => [Number(code), tally]))] as const;
  });
  return { quantities: new Map([[name, new Map(byZone)]]) };
}

const CANOPY = measuredLayer('canopy', { unit: 't/ha' });
const PLAN = hectarePlan({ layers: [...hectarePlan().layers, CANOPY] });
/** A cell of the plan is a hectare. */
const byCells = ({ cells }: Tally) => cells;
const SIZE = { cells: 10, seenHa: 8, units: 1 };

function figures(partial: Partial, zone: number | null = 0, plan = PLAN): LayerFigures {
  const [only, ...more] = layerFigures(plan, partial, zone, SIZE, byCells);
  expect(more).toEqual([]);
  return only as LayerFigures;
}

describe('a measured layer of a zone', () => {
  // Class 1: 3 cells of 2; class 2: 1 cell of 10.
  const partial = partialOf([], quantities({ 0: { 2: cellsOf(1, 10), 1: cellsOf(3, 2) }, 1: { 1: cellsOf(4, -1) } }));

  it('has the mean over all cells with a class and a value, and what that makes over their area', () => {
    expect(figures(partial)).toMatchObject({
      layer: 'canopy',
      unit: 't/ha',
      cells: 4,
      area_ha: 4,
      mean: 4,
      sum_unit_ha: 16,
    });
  });

  it('and by class, in order of code', () => {
    expect(figures(partial).classes).toEqual([
      { class: 1, cells: 3, area_ha: 3, mean: 2, sum_unit_ha: 6 },
      { class: 2, cells: 1, area_ha: 1, mean: 10, sum_unit_ha: 10 },
    ]);
  });

  it('covers the share of the area with a class that has a value', () => {
    expect(figures(partial).coverage).toBe(0.5);
    const [none] = layerFigures(PLAN, partial, 0, { ...SIZE, seenHa: 0 }, byCells);
    expect(none?.coverage).toBeNull();
  });

  it('of the city is the sum of zones, not the mean of means', () => {
    expect(figures(partial, null)).toMatchObject({ cells: 8, mean: 1.5, sum_unit_ha: 12 });
    expect(figures(partial, null).classes).toMatchObject([
      { class: 1, cells: 7, mean: 0.285714285714 },
      { class: 2, cells: 1, mean: 10 },
    ]);
  });

  it('without a value is null, and no 0', () => {
    for (const empty of [partialOf([]), partialOf([], quantities({ 0: {} }))])
      expect(figures(empty)).toMatchObject({
        cells: 0,
        area_ha: 0,
        mean: null,
        sum_unit_ha: null,
        coverage: 0,
        classes: [],
        dates: [],
      });
  });

  it('land cover and masks are no measured layers; each other layer has figures, in the order of the plan', () => {
    const clouds = measuredLayer('clouds', { kind: 'codes' });
    const plan = hectarePlan({ layers: [...hectarePlan().layers, clouds, measuredLayer('ndvi'), CANOPY] });
    expect(layerFigures(plan, partial, 0, SIZE, byCells).map(({ layer }) => layer)).toEqual(['ndvi', 'canopy']);
  });

  it('NDVI has thirty bits', () => {
    const plan = hectarePlan({ layers: [measuredLayer('ndvi')] });
    const half = { cells: 4, area: 0n, sum: 4n * 2n ** 29n };
    const ndvi = figures(partialOf([], quantities({ 0: { 1: half } }, 'ndvi')), 0, plan);
    expect(ndvi).toMatchObject({ layer: 'ndvi', unit: null, mean: 0.5 });
  });
});

describe('where zones share cells', () => {
  it('units of cells are told as cells, and leave means and shares as they are', () => {
    // 64 units a cell: a cell and a half of value 2, half a cell of value 10.
    const [two, ten] = [
      { cells: 96, area: 0n, sum: 96n * 2n * UNIT },
      { cells: 32, area: 0n, sum: 32n * 10n * UNIT },
    ];
    const imagery = new Map([['canopy', new Map([[0, { dates: new Map([['2021-05-03', 96]]), masked: 64 }]])]]);
    const partial = partialOf([], { ...quantities({ 0: { 1: two, 2: ten } }), imagery });
    const mask = { layer: 'water', keep: [1], dropBits: null };
    const plan = hectarePlan({ layers: [measuredLayer('canopy', { mask })] });
    const size = { cells: 640, seenHa: 4, units: 64 };
    const [canopy] = layerFigures(plan, partial, 0, size, ({ cells }) => cells / 64);
    expect(canopy).toMatchObject({ cells: 2, area_ha: 2, mean: 4, sum_unit_ha: 8, coverage: 0.5 });
    expect(canopy?.classes.map(({ cells }) => cells)).toEqual([1.5, 0.5]);
    expect(canopy).toMatchObject({ dates: [{ cells: 1.5 }], masked_cells: 1, masked_share: 0.1 });
  });
});

describe('means on the ellipsoid', () => {
  it.each([
    ['row', 50],
    ['cell', 38],
  ] as const)('by %s weigh each value by its area', (areaBy, bits) => {
    const plan = hectarePlan({ layers: [CANOPY], areaBy, areaExponent: 10 });
    // A whole share of value 2 and half a share of value 8: (2 + 4) / 1.5.
    const area = 2n ** BigInt(bits) + 2n ** BigInt(bits - 1);
    const tally = { cells: 2, area, sum: 2n * UNIT + 4n * UNIT };
    const areaHa = (of: Tally) => Number(of.area) / 2 ** bits;
    const [canopy] = layerFigures(plan, partialOf([], quantities({ 0: { 1: tally } })), 0, SIZE, areaHa);
    expect(canopy).toMatchObject({ cells: 2, area_ha: 1.5, mean: 4, sum_unit_ha: 6 });
  });

  it('stay right where sums are far beyond 2^53', () => {
    const plan = hectarePlan({ layers: [CANOPY], areaBy: 'row', areaExponent: 10 });
    const cells = 10 ** 9;
    const tally = { cells, area: BigInt(cells) * 2n ** 50n, sum: BigInt(cells) * 3n * UNIT };
    const [canopy] = layerFigures(plan, partialOf([], quantities({ 0: { 1: tally } })), 0, SIZE, ({ area }) =>
      Number(area),
    );
    expect(canopy?.mean).toBe(3);
  });
});

describe('where values come from', () => {
  const days = (entries: readonly (readonly [string, number])[], masked: number) => ({
    dates: new Map(entries),
    masked,
  });
  const imagery = new Map([
    [
      'canopy',
      new Map([
        [
          0,
          days(
            [
              ['2021-06-04', 2],
              ['2021-05-03', 1],
            ],
            3,
          ),
        ],
        [1, days([['2021-06-04', 5]], 1)],
      ]),
    ],
  ]);
  const partial = partialOf([], { ...quantities({ 0: { 1: cellsOf(3, 1) } }), imagery });
  const masked = { layer: 'water', keep: [1], dropBits: null };
  const withMask = hectarePlan({ layers: [measuredLayer('canopy', { mask: masked })] });

  it('is told by day in order, and the city adds its zones', () => {
    expect(figures(partial).dates).toEqual([
      { date: '2021-05-03', cells: 1 },
      { date: '2021-06-04', cells: 2 },
    ]);
    expect(figures(partial, null).dates).toEqual([
      { date: '2021-05-03', cells: 1 },
      { date: '2021-06-04', cells: 7 },
    ]);
  });

  it('masked cells are a share of all of the zone, and null where nothing masks', () => {
    expect(figures(partial, 0, withMask)).toMatchObject({ masked_cells: 3, masked_share: 0.3 });
    expect(figures(partial, null, withMask)).toMatchObject({ masked_cells: 4, masked_share: 0.4 });
    expect(figures(partialOf([]), 0, withMask)).toMatchObject({ masked_cells: 0, masked_share: 0 });
    expect(figures(partial)).toMatchObject({ masked_cells: null, masked_share: null });
    const [none] = layerFigures(withMask, partial, 0, { ...SIZE, cells: 0, seenHa: 0 }, byCells);
    expect(none?.masked_share).toBeNull();
  });
});
