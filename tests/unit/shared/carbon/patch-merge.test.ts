import { describe, expect, it } from 'vitest';
import { encodePatches } from '../../../../src/shared/carbon/encode-patches.ts';
import { decodePatches } from '../../../../src/shared/carbon/patch-file.ts';
import { mergePatches } from '../../../../src/shared/carbon/patch-merge.ts';
import type { PatchRule } from '../../../../src/shared/carbon/patch-size.ts';
import { emptyPatches, type OpenPatch, type PatchTally } from '../../../../src/shared/carbon/patch-tally.ts';
import { regionOf } from '../../../../src/shared/geo/covered-region.ts';

const RULE: PatchRule = { connectivity: 8, measure: 'cells', unitM2: 100 };

/** A tile of one green cell. */
function cellTile(row: number, col: number, zone = 0): PatchTally {
  const patch: OpenPatch = { row, col, zone, code: 10, sums: [{ zone, code: 10, cells: 1, area: 0n }] };
  const [along, down] = [
    { patch: 0, start: col, end: col + 1 },
    { patch: 0, start: row, end: row + 1 },
  ];
  return {
    rule: RULE,
    region: regionOf({ row, col, rows: 1, cols: 1 }),
    closed: new Map(),
    open: [patch],
    borders: {
      north: [{ ...along, line: row }],
      south: [{ ...along, line: row + 1 }],
      west: [{ ...down, line: col }],
      east: [{ ...down, line: col + 1 }],
      corners: [],
    },
  };
}

describe('merging patch tallies', () => {
  it('joins cells of diagonal tiles, before and after the tiles between them have come', () => {
    const bare = (row: number, col: number) => ({
      ...emptyPatches(RULE),
      region: regionOf({ row, col, rows: 1, cols: 1 }),
    });
    const [a, d] = [cellTile(0, 0), cellTile(1, 1)];
    expect(mergePatches(a, d).open).toHaveLength(1);
    const between = mergePatches(bare(0, 1), bare(1, 0));
    expect(mergePatches(mergePatches(a, between), d)).toEqual(mergePatches(mergePatches(a, d), between));
    expect(mergePatches(mergePatches(a, between), d).open).toMatchObject([{ row: 0, col: 0, sums: [{ cells: 2 }] }]);
  });

  it('leaves what it is given as it was', () => {
    const [a, b] = [cellTile(0, 0), cellTile(0, 1)];
    const before = JSON.stringify([a, b].map(encodePatches));
    mergePatches(a, b);
    expect(JSON.stringify([a, b].map(encodePatches))).toBe(before);
  });

  it('refuses the same cell twice, by row and column', () => {
    expect(() => mergePatches(cellTile(4, 7), cellTile(4, 7))).toThrow(/both hold the cell in row 4, column 7/);
  });

  it('refuses tallies of other connectivity or measure', () => {
    const other = emptyPatches({ ...RULE, connectivity: 4 });
    expect(() => mergePatches(cellTile(0, 0), other)).toThrow(/different rules: connectivity 8, .* connectivity 4/);
    expect(() => mergePatches(emptyPatches({ ...RULE, unitM2: 90 }), emptyPatches(RULE))).toThrow(/different rules/);
  });
});

describe('stored patches', () => {
  const stored = () => JSON.parse(JSON.stringify(encodePatches(mergePatches(cellTile(0, 0), cellTile(0, 1, 3)))));

  it('come back as they were', () => {
    expect(encodePatches(decodePatches(stored()))).toEqual(stored());
  });

  it.each([
    ['an area that is no number', { open: [[0, 0, 0, 10, [[0, 10, 1, '-1']]]] }, /open\[0\]/],
    ['a border of a patch that is not there', { open: [] }, /border of patch 0; expected below 0/],
    ['an unknown key', { extra: 1 }, /extra/],
    ['another connectivity', { rule: { connectivity: 6, measure: 'cells', unitM2: 1 } }, /connectivity/],
  ])('with %s are refused', (_, change, message) => {
    expect(() => decodePatches({ ...stored(), ...change })).toThrow(message);
  });
});
