import { describe, expect, it } from 'vitest';
import { findGreen } from '../../../src/reducer/green-figures.ts';
import { type RefinedZone, refineZone } from '../../../src/reducer/refined-zones.ts';
import { computeFigures } from '../../../src/reducer/totals.ts';
import { OUTSIDE_BUILT } from '../../../src/shared/carbon/patch-size.ts';
import { patchesKey } from '../../../src/shared/contracts/counted-names.ts';
import { plannedGreen } from '../../support/green-parts.ts';
import { hectarePlan, partialOf, zoneTally } from '../../support/plan-parts.ts';
import { patchesOf, RULE_HA, rowOf, tableOf } from './counted-parts.ts';

/** Trees 1, grass 2, built-up 5 and 6; rows of large and small urban green 9 and 10. Cells of a hectare. */
const TABLE = tableOf([1, 2, 5, 6, 9, 10].map((code) => rowOf(code, { above: code })));
const [LARGE, SMALL, BUILT] = [9, 10, 5];

/** 2 to below 10 ha is small. */
const SCORE = { minHa: 2, smallHa: 10, small: SMALL, large: LARGE, built: BUILT };

/** Zone n: 100 cells; zone s: 60. One patch of 12 ha lies in both and in both green classes. */
const ZONES = [zoneTally(100, { 1: 20, 2: 10, 5: 40, 6: 25 }, 5), zoneTally(60, { 1: 8, 2: 12, 5: 40 })];
const PATCHES = patchesOf(
  RULE_HA,
  [
    [[0, 1, 1]],
    [[0, 1, 5]],
    [[0, 2, 3]],
    [
      [0, 1, 6],
      [0, 2, 2],
      [1, 2, 4],
    ],
  ],
  [[[1, 1, 1]]],
);
const PARTIAL = partialOf(ZONES, { patches: new Map([[patchesKey(null), PATCHES]]) });

function refined(small: boolean, score = SCORE): RefinedZone[] {
  const plan = hectarePlan({ factors: TABLE, green: plannedGreen(), greenScore: score });
  const areaHa = ({ cells }: { cells: number }) => cells;
  const patches = findGreen(plan, PARTIAL, areaHa)?.splits ?? null;
  return plan.zones.list.map((_, index) =>
    refineZone(plan, PARTIAL, index, { patches, parts: null, score, small }, areaHa),
  );
}

function cellsByClass(zone: RefinedZone | undefined): Record<string, number> {
  const sorted = [...(zone?.classes ?? [])].sort(([a], [b]) => a - b);
  return Object.fromEntries(sorted.map(([code, { tally }]) => [code, tally.cells]));
}

describe('a zone with green patches inside of built-up land', () => {
  it('gives patches of several classes at once to the rows of their sizes', () => {
    const [n, s] = refined(true);
    // Trees 20 - 1 - 5 - 6, grass 10 - 3 - 2; built-up gains the patch of 1 ha; 5 + 3 small, 6 + 2 large.
    expect(cellsByClass(n)).toEqual({ 1: 8, 2: 5, 5: 41, 6: 25, 9: 8, 10: 8 });
    // The patch in both zones is large here too, with but 4 ha of it.
    expect(cellsByClass(s)).toEqual({ 1: 7, 2: 8, 5: 41, 9: 4 });
  });

  it('gives small ones to built-up land where they are left out, and nothing else', () => {
    const [n, s] = refined(false);
    expect(cellsByClass(n)).toEqual({ 1: 8, 2: 5, 5: 49, 6: 25, 9: 8 });
    expect(cellsByClass(s)).toEqual({ 1: 7, 2: 8, 5: 41, 9: 4 });
  });

  it('leaves patches their own class where the table has no row for them; below the least size they are built-up', () => {
    const score = { ...SCORE, small: null, large: null } as unknown as typeof SCORE;
    const [n] = refined(true, score);
    expect(cellsByClass(n)).toEqual({ 1: 19, 2: 10, 5: 41, 6: 25 });
    expect(cellsByClass(refined(false, score)[0])).toEqual({ 1: 14, 2: 7, 5: 49, 6: 25 });
  });

  it('keeps the sums of its cells, and what was not read of it', () => {
    for (const small of [true, false]) {
      for (const [index, zone] of refined(small).entries()) {
        const sum = [...zone.classes.values()].reduce((total, { tally }) => total + tally.cells, 0);
        expect(sum).toBe([95, 60][index]);
        expect([zone.seen.cells, zone.all.cells, zone.unread.cells]).toEqual([sum, [100, 60][index], [5, 0][index]]);
      }
    }
  });

  it('is what it was where no green is looked for', () => {
    const plan = hectarePlan({ factors: TABLE });
    const zone = refineZone(
      plan,
      PARTIAL,
      0,
      { patches: null, parts: null, score: null, small: true },
      ({ cells }) => cells,
    );
    expect(cellsByClass(zone)).toEqual({ 1: 20, 2: 10, 5: 40, 6: 25 });
  });

  it('what a patch has outside of built-up land makes its size, and keeps its class', () => {
    const patches = patchesOf(RULE_HA, [
      [
        [0, 1, 3],
        [0, OUTSIDE_BUILT, 9],
      ],
    ]);
    const plan = hectarePlan({ factors: TABLE, green: plannedGreen(), greenScore: SCORE });
    const partial = { ...PARTIAL, patches: new Map([[patchesKey(null), patches]]) };
    const { zones, green } = computeFigures(plan, partial);
    expect(zones[0]?.classes.map((row) => [row.class, row.cells])).toEqual([
      [1, 17],
      [2, 10],
      [5, 40],
      [6, 25],
      [9, 3],
    ]);
    expect(green?.city.total.large).toEqual({ patches: 1, cells: 3, area_ha: 3 });
  });
});

describe('the threshold of a city', () => {
  /** NDVI over built-up land: half about 0.1, half about 0.6. */
  const bins = Array.from({ length: 200 }, (_, bin) => (bin === 110 || bin === 160 ? 50 : bin === 139 ? 1 : 0));
  const green = plannedGreen({ from: 'ndvi', greenClasses: [1], thresholds: [0.2, 0.3, 0.4] });
  const plan = hectarePlan({ factors: TABLE, green, greenScore: SCORE });
  const tallies = new Map([0.2, 0.3, 0.4].map((at, i) => [at.toFixed(2), patchesOf(RULE_HA, [[[0, 5, 12 + i]]])]));

  it('is the candidate nearest to what splits its NDVI best, and its patches are the ones counted', () => {
    // The lone cell of bin 139 (0.39) goes with the upper side: the lower side ends with bin 110, at 0.11.
    const { green: figures, zones } = computeFigures(plan, { ...PARTIAL, patches: tallies, builtNdvi: bins });
    expect(figures).toMatchObject({ ndvi_otsu: 0.11, ndvi_threshold: 0.2 });
    expect(zones[0]?.classes.find((row) => row.class === LARGE)?.cells).toBe(12);
  });

  it('is the lowest candidate where there is no NDVI to find it from, with a note', () => {
    const { green: figures, notes } = computeFigures(plan, { ...PARTIAL, patches: tallies, builtNdvi: [] });
    expect(figures).toMatchObject({ ndvi_otsu: null, ndvi_threshold: 0.2 });
    expect(notes).toContain('no NDVI over built-up land to find a threshold from: 0.2 is used');
  });

  it('is the one given, whatever the histogram says', () => {
    const one = { ...plan, green: { ...green, thresholds: [0.4] } };
    const { green: figures, zones } = computeFigures(one, { ...PARTIAL, patches: tallies, builtNdvi: bins });
    expect(figures).toMatchObject({ ndvi_otsu: null, ndvi_threshold: 0.4 });
    expect(zones[0]?.classes.find((row) => row.class === LARGE)?.cells).toBe(14);
  });

  it('notes patches that are but a few cells, and no such thing where the least size is many', () => {
    expect(computeFigures(plan, PARTIAL).notes).toContain(
      "green smaller than one pixel of what shows it (10000 m2) is not seen; a green patch of 2 ha is 2 such pixels: sizes near that are the grid's as much as the patch's",
    );
    const ten = { ...plan, greenScore: { ...SCORE, minHa: 10 } };
    expect(computeFigures(ten, { ...PARTIAL, builtNdvi: bins }).notes).toEqual([]);
  });
});
