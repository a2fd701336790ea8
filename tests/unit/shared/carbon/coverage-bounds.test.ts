import { describe, expect, it } from 'vitest';
import { classDensities, coverageBounds } from '../../../../src/shared/carbon/coverage-bounds.ts';
import type { ClassFactors } from '../../../../src/shared/carbon/factors.ts';

const row = (code: number, values: ClassFactors['values']): ClassFactors => ({
  code,
  name: `class ${code}`,
  nameZh: null,
  green: null,
  built: null,
  impervious: null,
  epsMax: null,
  epsMaxSe: null,
  crop: null,
  values,
  standardErrors: {},
  source: null,
});

const TABLE = [row(1, { above: 20, soil: 90 }), row(2, { above: 0, soil: 45 }), row(3, { above: 60, soil: 10 })];

describe('bounds for what was not seen of a zone', () => {
  it('take the unseen part for its poorest and for its richest class', () => {
    const bounds = coverageBounds({ amount: 5000, seenHa: 60, zoneHa: 100 }, classDensities(TABLE, ['above', 'soil']));
    expect(bounds).toEqual({ unseenHa: 40, low: 5000 + 40 * 45, high: 5000 + 40 * 110 });
  });

  it('look at classes that are given, and at sums of pools rather than pools', () => {
    expect(classDensities(TABLE, ['above', 'soil'], new Set([2, 3]))).toEqual([45, 70]);
    expect(classDensities(TABLE, ['above', 'soil'])).toEqual([110, 45, 70]);
    expect(classDensities(TABLE, ['dead'])).toEqual([]);
  });

  it('are the amount itself where all was seen, or more by rounding', () => {
    expect(coverageBounds({ amount: 7, seenHa: 100, zoneHa: 100 }, [])).toEqual({ unseenHa: 0, low: 7, high: 7 });
    expect(coverageBounds({ amount: 7, seenHa: 100.0000001, zoneHa: 100 }, [5])).toMatchObject({ low: 7, high: 7 });
  });

  it('may cross zero for rates: an unseen part may be a source', () => {
    expect(coverageBounds({ amount: 1, seenHa: 1, zoneHa: 11 }, [-0.5, 2])).toMatchObject({ low: -4, high: 21 });
  });

  it('do not exist where nothing is known of what is unseen', () => {
    expect(coverageBounds({ amount: 0, seenHa: 0, zoneHa: 10 }, [])).toBeNull();
  });
});
