import { describe, expect, it } from 'vitest';
import { joinSums, type PatchSum } from '../../../../src/shared/carbon/patch-tally.ts';
import { DisjointSets } from '../../../../src/shared/raster/disjoint-sets.ts';
import { ComponentSums, Kinds } from '../../../../src/worker/kernels/component-sums.ts';
import { below } from '../../../support/patch-rasters.ts';
import { seeded } from '../../../support/random-mosaics.ts';

describe('sums of components', () => {
  it('are those of a plain map, for thousands of labels that join while they are fed, and codes of any sign', () => {
    const random = seeded(5);
    const [sets, kinds, labels] = [new DisjointSets(1), new Kinds(), 3000];
    for (let label = 0; label < labels; label++) sets.add();
    const sums = new ComponentSums(kinds, true);
    const fed: { label: number; zone: number; code: number; cells: number; area: bigint }[] = [];
    for (let run = 0; run < 20_000; run++) {
      const [label, zone, code] = [
        below(random, labels),
        below(random, 5),
        [-1, 0, 1023, 1024, 2 ** 31 - 1][below(random, 5)]!,
      ];
      const [cells, low, high] = [1 + below(random, 9), below(random, 2 ** 26), below(random, 2 ** 25)];
      sums.add(sets.find(label), kinds.of(zone, code), cells, { low, high });
      fed.push({ label, zone, code, cells, area: BigInt(high) * 2n ** 26n + BigInt(low) });
      if (run % 8 === 0) sets.join(below(random, labels), below(random, labels));
    }
    const found = new Map<number, PatchSum[]>();
    sums.forEach(
      (label, sum) => {
        found.set(sets.find(label), [...(found.get(sets.find(label)) ?? []), sum]);
      },
      () => true,
    );
    const expected = Map.groupBy(fed, ({ label }) => sets.find(label));
    expect([...found.keys()].sort((a, b) => a - b)).toEqual([...expected.keys()].sort((a, b) => a - b));
    for (const [root, parts] of expected) {
      const plain = joinSums(parts.map(({ zone, code, cells, area }) => ({ zone, code, cells, area })));
      expect(joinSums(found.get(root) ?? [])).toEqual(plain);
    }
  });
});
