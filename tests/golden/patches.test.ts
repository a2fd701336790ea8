import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mergeAllPatches } from '../../src/shared/carbon/patch-merge.ts';
import { closeAll, type PatchHistogram } from '../../src/shared/carbon/patch-tally.ts';
import { type GreenRaster, labelTile, latticeTiles } from '../support/patch-rasters.ts';

interface Case {
  readonly name: string;
  readonly rows: readonly string[];
  /** Zone, class, cells of the patch, patches, cells; by connectivity. */
  readonly '4': readonly (readonly number[])[];
  readonly '8': readonly (readonly number[])[];
}

const CASES: Case[] = JSON.parse(
  readFileSync(join(import.meta.dirname, '../fixtures/patches/scipy-label.json'), 'utf8'),
);
const CODES = new Map([
  ['a', 10],
  ['b', 20],
]);

/** Letters and zones as the fixture's script has them. */
function rasterOf({ rows }: Case): GreenRaster {
  const cells = rows.flatMap((row) => [...row]);
  const cols = rows[0]?.length ?? 0;
  return {
    window: { row: 900, col: -7, rows: rows.length, cols },
    green: Uint8Array.from(cells, (letter) => (letter === '.' ? 0 : 1)),
    codes: Int32Array.from(cells, (letter) => CODES.get(letter) ?? 0),
    zones: Int32Array.from(cells, (_, cell) => (cell % cols < 13 ? 0 : cell % cols < 28 ? 1 : -1)),
  };
}

function rowsOf(histogram: PatchHistogram): number[][] {
  return [...histogram]
    .flatMap(([zone, classes]) =>
      [...classes].flatMap(([code, sizes]) =>
        [...sizes].map(([key, { patches, cells }]) => [zone, code, key, patches, cells]),
      ),
    )
    .sort(order);
}

function order(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at < 0 ? 0 : (a[at] as number) - (b[at] as number);
}

describe('patches against scipy.ndimage.label', () => {
  for (const one of CASES) {
    for (const connectivity of [4, 8] as const) {
      it(`${one.name}: connectivity ${connectivity}, whole and in tiles of 1 to 11 cells`, () => {
        const raster = rasterOf(one);
        const rule = { connectivity, measure: 'cells', unitM2: 1 } as const;
        for (const size of [1, 2, 3, 7, 11, 40]) {
          const tiles = latticeTiles(raster, size, size, [0, 0]).map((tile) => labelTile(raster, tile, rule));
          expect(rowsOf(closeAll(mergeAllPatches(rule, tiles))), `tiles of ${size}`).toEqual(one[connectivity]);
        }
      });
    }
  }
});
