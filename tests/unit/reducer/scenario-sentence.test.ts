import { describe, expect, it } from 'vitest';
import { computeFigures } from '../../../src/reducer/totals.ts';
import type { Partial } from '../../../src/shared/carbon/partial.ts';
import { patchesKey } from '../../../src/shared/contracts/counted-names.ts';
import { plannedGreen } from '../../support/green-parts.ts';
import { hectarePlan, LANDCOVER, measuredLayer, partialOf, zoneTally } from '../../support/plan-parts.ts';
import { patchesOf, RULE_HA, rowOf, tableOf, valuesOf } from './counted-parts.ts';

/** What is said of cities in cells of a hectare: wood (1), park (2) and town (5), in one zone. */
const ZONES = { ...hectarePlan().zones, list: [{ id: 'c', name: 'City' }] };
const GREEN = {
  green: plannedGreen({ greenClasses: [1], builtCodes: [5] }),
  greenScore: { minHa: 1, smallHa: 4, small: 2, large: null, built: 5 },
};
const SOIL = { layers: [LANDCOVER, measuredLayer('soil', { unit: 't/ha' })] };

type Values = Parameters<typeof rowOf>[1];

function sentence(
  [wood, park, town]: readonly [Values, Values, Values],
  partial: Partial,
  changes: Parameters<typeof hectarePlan>[0] = {},
): string {
  const factors = tableOf([rowOf(1, wood), rowOf(2, park), rowOf(5, town)]);
  return computeFigures(hectarePlan({ factors, zones: ZONES, ...changes }), partial).scenarios.summary;
}

/** `small` of the hectares of wood lie in the town, as one patch. */
function cityOf(counts: Record<number, number>, small = 0, all?: number, unread = 0): Partial {
  const seen = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const patches = small === 0 ? [] : [[[0, 1, small] as const]];
  return partialOf([zoneTally(all ?? seen, counts, unread)], {
    patches: new Map([[patchesKey(null), patchesOf(RULE_HA, patches)]]),
  });
}

const WITH_SOIL = [
  { above: 60, soil: 40, sequestration: 2, soil_sequestration: 0.5 },
  { above: 30, soil: 20, sequestration: 1, soil_sequestration: 0.25 },
  { above: 0, soil: 0, sequestration: 0, soil_sequestration: 0 },
] as const;
const NO_SOIL = [
  { above: 60, sequestration: 2 },
  { above: 30, sequestration: 1 },
  { above: 0, sequestration: 0 },
] as const;
const STOCK_ONLY = [{ above: 60 }, { above: 30 }, { above: 0 }] as const;

describe('the sentence on what was left out', () => {
  it('names soil and small green spaces where both count', () => {
    // 8 ha of wood, 2 of park in place of town: 800 + 100 in all, 480 barest.
    expect(sentence(WITH_SOIL, cityOf({ 1: 10, 5: 10 }, 2), GREEN)).toBe(
      'Without soil and small green spaces, storage would be 480 in place of 900 t C (46.7 % less) and sequestration would be 16 in place of 22.5 t C/yr (28.9 % less).',
    );
  });

  it('names soil alone where green spaces were not looked for', () => {
    expect(sentence(WITH_SOIL, cityOf({ 1: 10, 5: 10 }))).toBe(
      'Without soil, storage would be 600 in place of 1,000 t C (40.0 % less) and sequestration would be 20 in place of 25 t C/yr (20.0 % less).',
    );
  });

  it('names small green spaces alone where neither table nor raster has soil, and says so', () => {
    expect(sentence(NO_SOIL, cityOf({ 1: 10, 5: 10 }, 2), GREEN)).toBe(
      'Without small green spaces, storage would be 480 in place of 540 t C (11.1 % less) and sequestration would be 16 in place of 18 t C/yr (11.1 % less); soil is not counted, neither by the factor table nor by a raster.',
    );
  });

  it('has nothing to compare where there is neither, or nothing was seen, and never says 0.0 % less', () => {
    expect(sentence(NO_SOIL, cityOf({ 1: 10, 5: 10 }))).toBe(
      'Nothing to compare: soil is not counted, neither by the factor table nor by a raster, and green spaces were not looked for.',
    );
    expect(sentence(WITH_SOIL, cityOf({}, 0, 10, 10))).toBe('Nothing to compare: no cell with a class was seen.');
    expect(sentence(WITH_SOIL, cityOf({ 5: 10 }), GREEN)).toBe(
      'Without soil and small green spaces, storage would be the same, 0 t C and sequestration would be the same, 0 t C/yr.',
    );
  });

  it('says which amount has no soil in it, so that the same is not taken for a finding', () => {
    const pool = WITH_SOIL.map(({ above, soil, sequestration }) => ({ above, soil, sequestration }));
    expect(sentence(pool as unknown as typeof WITH_SOIL, cityOf({ 1: 10 }))).toBe(
      'Without soil, storage would be 600 in place of 1,000 t C (40.0 % less) and sequestration would be the same, 20 t C/yr; sequestration has no soil in it.',
    );
    const rate = WITH_SOIL.map(({ above, soil_sequestration }) => ({ above, soil_sequestration }));
    expect(sentence(rate as unknown as typeof WITH_SOIL, cityOf({ 1: 10 }))).toBe(
      'Without soil, storage would be the same, 600 t C and no sequestration would be measured in place of 5 t C/yr; storage has no soil in it.',
    );
  });

  it('gives a source its difference in tonnes: shares of negative amounts read both ways', () => {
    const fields = [{ sequestration: -1, soil_sequestration: -3 }, ...NO_SOIL.slice(1)] as unknown as typeof NO_SOIL;
    expect(sentence(fields, cityOf({ 1: 10 }))).toBe(
      'Without soil, sequestration would be -10 in place of -40 t C/yr (30 t C/yr more).',
    );
    // A sink by its soil alone: 150 % less would be no amount.
    const sink = [{ sequestration: -1, soil_sequestration: 3 }, ...NO_SOIL.slice(1)] as unknown as typeof NO_SOIL;
    expect(sentence(sink, cityOf({ 1: 10 }))).toBe(
      'Without soil, sequestration would be -10 in place of 20 t C/yr (30 t C/yr less).',
    );
    // Soil that gives off: without it there is more.
    const drained = [{ sequestration: 2, soil_sequestration: -1 }, ...NO_SOIL.slice(1)] as unknown as typeof NO_SOIL;
    expect(sentence(drained, cityOf({ 1: 10 }))).toBe(
      'Without soil, sequestration would be 20 in place of 10 t C/yr (100.0 % more).',
    );
  });

  it('says that a difference too small to be shown is one', () => {
    const thin = [{ above: 100, soil: 0.02 }, ...STOCK_ONLY.slice(1)] as unknown as typeof STOCK_ONLY;
    expect(sentence(thin, cityOf({ 1: 10 }))).toBe(
      'Without soil, storage would be 1,000 in place of 1,000 t C (less than 0.1 % less).',
    );
  });

  it('of a PARTIAL run, or with coverage below 1, says of what part it speaks, rounded down', () => {
    const soil = [{ above: 60, soil: 40 }, ...STOCK_ONLY.slice(1)] as unknown as typeof STOCK_ONLY;
    const amounts = 'Without soil, storage would be 600 in place of 1,000 t C (40.0 % less)';
    // 2 of 12 ha could not be read.
    expect(sentence(soil, cityOf({ 1: 10 }, 0, 12, 2))).toBe(
      `${amounts}; 83.3 % of the area was seen, and amounts are of that.`,
    );
    // 2 ha have no class; read they were.
    expect(sentence(soil, cityOf({ 1: 10 }, 0, 12))).toBe(
      `${amounts}; 83.3 % of the area was seen, and amounts are of that.`,
    );
    expect(sentence(soil, cityOf({ 1: 9999 }, 0, 10_000, 1))).toMatch(
      /; 99\.9 % of the area was seen, and amounts are of that\.$/,
    );
    expect(sentence(soil, cityOf({ 1: 1 }, 0, 10_000, 9999))).toMatch(/; less than 0\.1 % of the area was seen/);
  });

  it('says on what part a raster gives soil where the table has none to stand in', () => {
    const soilOn = (hectares: number) =>
      partialOf([zoneTally(10, { 1: 10 })], {
        quantities: new Map([['soil', new Map([[0, new Map(hectares === 0 ? [] : [[1, valuesOf(hectares, 50)]])]])]]),
      });
    expect(sentence(STOCK_ONLY, soilOn(10), SOIL)).toBe(
      'Without soil, storage would be 600 in place of 1,100 t C (45.5 % less).',
    );
    expect(sentence(STOCK_ONLY, soilOn(4), SOIL)).toBe(
      'Without soil, storage would be 600 in place of 800 t C (25.0 % less); storage has soil on 40.0 % of the area with a class, where the raster has values.',
    );
    // A raster without a value anywhere counts no soil.
    expect(sentence(STOCK_ONLY, soilOn(0), SOIL)).toBe(
      'Nothing to compare: soil is not counted, neither by the factor table nor by a raster, and green spaces were not looked for.',
    );
  });
});
