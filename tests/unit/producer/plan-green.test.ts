import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { greenScore, planGreen } from '../../../src/producer/plan-green.ts';
import type { GreenSpec } from '../../../src/shared/contracts/city-spec.ts';
import { CitysinkError, type Problem } from '../../../src/shared/errors.ts';
import { rowCellAreaM2 } from '../../../src/shared/geo/cell-area.ts';
import { crsFromEpsg } from '../../../src/shared/geo/crs-registry.ts';
import type { AnalysisGrid } from '../../../src/shared/geo/grid.ts';
import { haloCells } from '../../../src/worker/kernels/built-footprint.ts';
import { flaggedRow, ROWS, specOf, tableOf, URBAN_ROWS } from '../../support/green-parts.ts';
import { UTM_50N } from '../../support/plan-parts.ts';

/** Cells of so many metres a side. */
function gridOf(cellM: number): AnalysisGrid {
  const window = { row: 0, col: 0, rows: 100, cols: 100 };
  return { crs: UTM_50N, originX: 0, originY: 0, cellWidth: cellM, cellHeight: cellM, window };
}

function planned(changes: Partial<GreenSpec> = {}, cellM = 10, rows = ROWS) {
  const plan = planGreen(specOf(changes), tableOf(rows), gridOf(cellM));
  if (plan === null) throw new Error('no green was planned');
  return plan;
}

function problemsOf(make: () => unknown): readonly Problem[] {
  try {
    make();
  } catch (error) {
    if (error instanceof CitysinkError && error.code === 'REQUEST_INVALID') return error.problems;
    throw error;
  }
  return [];
}

describe('what workers find of green space', () => {
  it('is nothing where the spec does not ask for it', () => {
    expect(planGreen(specOf(null), tableOf([]), gridOf(10))).toBeNull();
  });

  it('takes built and green classes from the table, in the order of their codes', () => {
    expect(planned()).toEqual({
      from: 'classes',
      layer: null,
      layerCodes: [],
      greenClasses: [1, 2],
      thresholds: [],
      builtCodes: [5, 6],
      closingCells: 5,
      holeCells: 100,
      haloCells: 110,
      connectivity: 8,
      mixture: null,
    });
  });

  it('takes the ends of a mixture as they are, whatever shows green', () => {
    const mixture = { bare: 0.05, full: 0.8 };
    expect(planned({ mixture }).mixture).toEqual(mixture);
    expect(planned({ from: 'ndvi', mixture }).mixture).toEqual(mixture);
  });

  it('takes the codes of a layer instead of green classes, and needs none of these', () => {
    const from = { layer: 'parks', keep: [3, 1] };
    const rows = ROWS.map((row) => ({ ...row, green: null }));
    expect(planned({ from, connectivity: 4 }, 10, rows)).toMatchObject({
      from: 'layer',
      layer: 'parks',
      layerCodes: [3, 1],
      greenClasses: [],
      thresholds: [],
      connectivity: 4,
    });
  });

  it('takes one NDVI, or all that Otsu may choose among', () => {
    expect(planned({ from: 'ndvi', ndviMin: 0.37 })).toMatchObject({
      from: 'ndvi',
      layerCodes: [],
      thresholds: [0.37],
    });
    expect(planned({ from: 'ndvi' }).thresholds).toEqual([0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5]);
    expect(planned({ ndviMin: 0.37 }).thresholds).toEqual([]);
  });

  it.each([
    [10, 50, 1, { closingCells: 5, holeCells: 100, haloCells: 110 }],
    [30, 50, 1, { closingCells: 5 / 3, holeCells: 11, haloCells: 13 }],
    [100, 50, 1, { closingCells: 0.5, holeCells: 1, haloCells: 1 }],
    [1000, 50, 1, { closingCells: 0.05, holeCells: 0, haloCells: 0 }],
    [10, 0, 0, { closingCells: 0, holeCells: 0, haloCells: 0 }],
  ])('in cells of %i m closes %i m and fills %i ha', (cellM, closingM, holesHa, wanted) => {
    expect(planned({ closingM, holesHa }, cellM)).toMatchObject(wanted);
  });

  it('fills 1 ha where the spec does not say, and as much as a halo can hold where cells are fine', () => {
    expect(planned({ closingM: 50 }, 10)).toMatchObject({ holeCells: 100, haloCells: 110 });
    expect(planned({ closingM: 50 }, 2)).toMatchObject({ holeCells: 974, haloCells: 1024 });
    expect(problemsOf(() => planned({ closingM: 50, holesHa: 1 }, 2))).toHaveLength(1);
    expect(problemsOf(() => planned({ closingM: 600 }, 1))).toMatchObject([{ found: '1200 cells' }]);
  });

  it('fills a hole that has exactly the size that was asked for, whatever the digits', () => {
    for (let cells = 1; cells <= 200; cells++)
      expect(planned({ holesHa: Number((cells / 100).toFixed(2)) }).holeCells, String(cells)).toBe(cells);
  });

  it('closes gaps over exactly the cells that were asked for, whatever the digits', () => {
    for (const cellM of [0.1, 0.3, 0.4, 0.7, 2.5, 30])
      for (let cells = 1; cells <= 20; cells++) {
        const { closingCells } = planned({ closingM: Number((cells * cellM).toFixed(3)), holesHa: 0 }, cellM);
        expect(Math.floor(closingCells ** 2), `${cells} cells of ${cellM} m`).toBe(cells ** 2);
      }
  });

  it('in degrees measures cells in the middle of the window', async () => {
    const window = { row: 100, col: 0, rows: 50, cols: 10 };
    const side = 1 / 1024;
    const grid = {
      crs: await crsFromEpsg(4326),
      originX: 120,
      originY: 31,
      cellWidth: side,
      cellHeight: side,
      window,
    };
    const cellM2 = rowCellAreaM2(grid, 125);
    const found = planGreen(specOf({ closingM: 500, holesHa: 10 }), tableOf(), grid);
    expect(found?.closingCells).toBeCloseTo(500 / Math.sqrt(cellM2), 9);
    expect(found?.holeCells).toBe(Math.floor(100_000 / cellM2));
  });

  it('has the halo that workers need for the footprint', () => {
    const numbers = fc.record({
      closingM: fc.double({ min: 0, max: 300, noNaN: true }),
      holesHa: fc.double({ min: 0, max: 5, noNaN: true }),
      cellM: fc.constantFrom(10, 15, 30, 100),
    });
    fc.assert(
      fc.property(numbers, ({ closingM, holesHa, cellM }) => {
        const plan = planned({ closingM, holesHa }, cellM);
        expect(plan.haloCells).toBe(haloCells({ radius: plan.closingCells, holeCells: plan.holeCells }));
      }),
    );
  });
});

describe('green space that cannot be found', () => {
  it('is refused where no class is built, or none is green, with the column that is missing', () => {
    const unmarked = ROWS.map((row) => ({ ...row, green: null, built: null }));
    const found = problemsOf(() => planned({}, 10, unmarked));
    expect(found.map(({ where }) => where)).toEqual(['file:///city/factors.csv', 'file:///city/factors.csv']);
    expect(found[0]?.expected).toContain('`built`');
    expect(found[1]?.expected).toContain('`green`');
    expect(problemsOf(() => planned({ from: 'ndvi' }, 10, unmarked))).toHaveLength(1);
  });

  it('is refused where the footprint would need more around a tile than is read', () => {
    expect(planned({ holesHa: 10.14 }).haloCells).toBe(1024);
    expect(problemsOf(() => planned({ holesHa: 10.15 }))).toMatchObject([
      { where: 'green.holes_ha', found: '1025 cells' },
    ]);
  });
});

describe('what is applied to green space', () => {
  it('is nothing where the spec does not ask for it', () => {
    expect(greenScore(specOf(null), tableOf())).toBeNull();
  });

  it('finds the rows of urban green by their names, and the first class of built-up land', () => {
    expect(greenScore(specOf({ minHa: 0.1, smallHa: 2 }), tableOf([...ROWS, ...URBAN_ROWS]))).toEqual({
      minHa: 0.1,
      smallHa: 2,
      small: 41,
      large: 40,
      built: 5,
    });
  });

  it('takes rows by their codes where the spec names them', () => {
    const table = tableOf([...ROWS, ...URBAN_ROWS]);
    expect(greenScore(specOf({ small: 2, large: 1 }), table)).toMatchObject({ small: 2, large: 1 });
    expect(greenScore(specOf({ small: 2 }), table)).toMatchObject({ small: 2, large: 40 });
  });

  it('leaves cells their classes where green is found by classes and the table has no rows for it', () => {
    expect(greenScore(specOf(), tableOf())).toMatchObject({ small: null, large: null });
    expect(greenScore(specOf(), tableOf([...ROWS, flaggedRow(41, { name: 'Urban green, small' })]))).toMatchObject({
      small: 41,
      large: null,
    });
  });

  it('smaller than a cell is refused without a row for small green space', () => {
    const mixture = { bare: 0.05, full: 0.8 };
    expect(problemsOf(() => greenScore(specOf({ mixture }), tableOf()))).toMatchObject([{ where: 'green.mixture' }]);
    expect(greenScore(specOf({ mixture, small: 2 }), tableOf())).toMatchObject({ small: 2, large: null });
  });

  it.each(['ndvi' as const, { layer: 'parks', keep: [1] }])(
    'is refused without such rows where green lies in classes of built-up land: from %j',
    (from) => {
      const [first, ...others] = problemsOf(() => greenScore(specOf({ from }), tableOf()));
      expect(others).toEqual([]);
      expect(first).toMatchObject({ where: 'green' });
      expect(first?.expected).toContain('Urban green, small');
      expect(problemsOf(() => greenScore(specOf({ from, small: 1 }), tableOf()))).toHaveLength(1);
      expect(greenScore(specOf({ from, small: 1, large: 2 }), tableOf())).toMatchObject({ small: 1, large: 2 });
    },
  );

  it('is refused where a code names no row, key by key', () => {
    const found = problemsOf(() => greenScore(specOf({ small: 98, large: 99 }), tableOf([...ROWS, ...URBAN_ROWS])));
    expect(found).toMatchObject([
      { where: 'green.small', found: '98' },
      { where: 'green.large', found: '99' },
    ]);
  });
});
