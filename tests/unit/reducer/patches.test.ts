import { describe, expect, it } from 'vitest';
import { BEIJING_BOUNDS_HA, patchFigures, patchSizes, splitBySize } from '../../../src/reducer/patches.ts';
import type { PatchRule } from '../../../src/shared/carbon/patch-size.ts';
import { type PatchHistogram, SizeCounter } from '../../../src/shared/carbon/patch-tally.ts';

const RULE: PatchRule = { connectivity: 8, measure: 'cells', unitM2: 100 };
const areaHa = ({ cells }: { cells: number }) => cells * 0.01;

/** Patches of so many cells of 100 m2, each in one zone and class. */
function histogramOf(patches: readonly { zone: number; code: number; cells: number }[]): PatchHistogram {
  const sizes = new SizeCounter(RULE, []);
  for (const { zone, code, cells } of patches) sizes.add({ zone, code, sums: [{ zone, code, cells, area: 0n }] });
  return sizes.histogram;
}

describe('green space by size of its patches', () => {
  const thresholds = { minHa: 0.04, smallHa: 1 };

  it('a patch of just the least size counts, one of just the small size is large', () => {
    const histogram = histogramOf([3, 4, 99, 100].map((cells) => ({ zone: 0, code: 10, cells })));
    const { city } = patchFigures(histogram, { thresholds, zoneCount: 1, areaHa });
    expect(city.total).toEqual({
      below_min: { patches: 1, cells: 3, area_ha: 0.03 },
      small: { patches: 2, cells: 103, area_ha: 1.03 },
      large: { patches: 1, cells: 100, area_ha: 1 },
    });
  });

  it('a patch over two zones and classes has one size, its cells where they lie, and counts once in the city', () => {
    const sizes = new SizeCounter(RULE, []);
    const sums = [
      { zone: 0, code: 10, cells: 2, area: 0n },
      { zone: 1, code: 10, cells: 3, area: 0n },
      { zone: 1, code: 20, cells: 1, area: 0n },
    ];
    sizes.add({ zone: 1, code: 10, sums });
    const { zones, city } = patchFigures(sizes.histogram, { thresholds, zoneCount: 3, areaHa });
    expect(zones.map(({ total }) => [total.small.patches, total.small.cells])).toEqual([
      [0, 2],
      [1, 4],
      [0, 0],
    ]);
    expect(city.total.small).toMatchObject({ patches: 1, cells: 6 });
    expect(city.classes.map((row) => [row.class, row.small.cells])).toEqual([
      [10, 5],
      [20, 1],
    ]);
    expect(splitBySize(sizes.histogram, thresholds).get(1)?.get(20)?.small).toEqual({ patches: 0, cells: 1, area: 0n });
  });

  it('bins of the Beijing study: 0.1 ha begins the second bin, 10 ha the last; shares add up', () => {
    const histogram = histogramOf([9, 10, 39, 40, 99, 100, 999, 1000].map((cells) => ({ zone: 0, code: 10, cells })));
    const { bins } = patchFigures(histogram, { thresholds, zoneCount: 1, areaHa }).city;
    expect(bins.map((bin) => [bin.from_ha, bin.to_ha, bin.patches, bin.cells])).toEqual([
      [0, 0.1, 1, 9],
      [0.1, 0.4, 2, 49],
      [0.4, 1, 2, 139],
      [1, 10, 2, 1099],
      [10, null, 1, 1000],
    ]);
    expect(bins.reduce((sum, bin) => sum + (bin.share_of_area ?? 0), 0)).toBeCloseTo(1, 10);
    expect(bins[1]?.share_of_patches).toBe(0.25);
    expect(BEIJING_BOUNDS_HA).toEqual([0.1, 0.4, 1, 10]);
  });

  it('the published counts of the Beijing study give its shares: 69.61 % of patches are below 0.4 ha', () => {
    const counts = [9980, 9158, 4611, 3446, 299];
    const cells = [9, 24, 64, 270, 2397];
    const part = counts.map((patches, i): [number, { patches: number; cells: number; area: bigint }] => [
      (cells[i] as number) * 100,
      { patches, cells: patches * (cells[i] as number), area: 0n },
    ]);
    const histogram = new Map([[0, new Map([[10, new Map(part)]])]]);
    const { bins } = patchFigures(histogram, { thresholds, zoneCount: 1, areaHa }).city;
    const small = (bins[0]?.share_of_patches ?? 0) + (bins[1]?.share_of_patches ?? 0);
    expect(small * 100).toBeCloseTo(69.61, 2);
  });

  it('a city without green has zeros, and no shares', () => {
    const { zones, city } = patchFigures(new Map(), { thresholds, zoneCount: 2, areaHa });
    expect(zones).toHaveLength(2);
    expect(city.total.large).toEqual({ patches: 0, cells: 0, area_ha: 0 });
    expect(city.bins.every((bin) => bin.share_of_area === null && bin.share_of_patches === null)).toBe(true);
  });

  it('sizes in full rise, over zones and classes', () => {
    const histogram = histogramOf([
      { zone: 1, code: 20, cells: 7 },
      { zone: 0, code: 10, cells: 7 },
      { zone: 0, code: 10, cells: 3 },
    ]);
    expect(patchSizes(histogram, null, areaHa)).toEqual([
      { size_ha: 0.03, patches: 1, cells: 3, area_ha: 0.03 },
      { size_ha: 0.07, patches: 2, cells: 14, area_ha: 0.14 },
    ]);
    expect(patchSizes(histogram, 1, areaHa)).toHaveLength(1);
  });

  it('refuses thresholds that fall', () => {
    expect(() => splitBySize(new Map(), { minHa: 1, smallHa: 0.4 })).toThrow(/do not rise/);
    expect(() => splitBySize(new Map(), { minHa: Number.NaN, smallHa: 0.4 })).toThrow(/do not rise/);
  });
});
