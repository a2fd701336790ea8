import { describe, expect, it } from 'vitest';
import { encodePatches } from '../../src/shared/carbon/encode-patches.ts';
import { decodePatches } from '../../src/shared/carbon/patch-file.ts';
import { mergeAllPatches, mergePatches } from '../../src/shared/carbon/patch-merge.ts';
import type { PatchRule } from '../../src/shared/carbon/patch-size.ts';
import { closeAll, emptyPatches, type PatchHistogram, type PatchTally } from '../../src/shared/carbon/patch-tally.ts';
import type { Window } from '../../src/shared/geo/window.ts';
import {
  below,
  floodFill,
  type GreenRaster,
  labelTile,
  latticeTiles,
  randomRaster,
  unevenTiles,
} from '../support/patch-rasters.ts';
import { type Random, seeded } from '../support/random-mosaics.ts';

const RASTERS = 500;

const rule = (connectivity: 4 | 8): PatchRule => ({ connectivity, measure: 'cells', unitM2: 100 });

function randomTiles(raster: GreenRaster, random: Random): Window[] {
  if (random() < 0.4) return unevenTiles(raster.window, random);
  const size = () => 1 + below(random, random() < 0.3 ? 2 : 9);
  return latticeTiles(raster, size(), size(), [below(random, 9), below(random, 9)]);
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

/** Merges in random order and grouping; some groups at once, some by pairs, some stored and read in between. */
function mergedAtRandom(tallies: readonly PatchTally[], of: PatchRule, random: Random): PatchTally {
  let left = shuffled(tallies, random);
  while (left.length > 1) {
    const group = left.splice(0, 2 + below(random, 4));
    const merged = random() < 0.5 ? mergeAllPatches(of, group) : group.reduce(mergePatches);
    const stored = random() < 0.2 ? decodePatches(JSON.parse(textOf(merged))) : merged;
    left = shuffled([...left, stored], random);
  }
  return left[0] ?? emptyPatches(of);
}

function textOf(tally: PatchTally): string {
  return JSON.stringify(encodePatches(tally));
}

function sizesOf(histogram: PatchHistogram): unknown {
  const tally: PatchTally = { ...emptyPatches(rule(4)), closed: histogram };
  return encodePatches(tally).closed;
}

describe('patches over tile seams', () => {
  it(`${RASTERS} rasters in any tiles, merged in any order, have the patches of a flood fill over the whole`, () => {
    for (let seed = 0; seed < RASTERS; seed++) {
      const random = seeded(seed);
      const raster = randomRaster(random);
      for (const connectivity of [4, 8] as const) {
        const tiles = randomTiles(raster, random).map((tile) => labelTile(raster, tile, rule(connectivity)));
        const merged = mergedAtRandom(tiles, rule(connectivity), random);
        const expected = sizesOf(floodFill(raster, rule(connectivity)));
        expect(sizesOf(closeAll(merged)), `seed ${seed}, connectivity ${connectivity}`).toEqual(expected);
      }
    }
  });

  it('merged tiles equal to the letter what one tile of the same cells counts, however they are cut and merged', () => {
    for (let seed = 1000; seed < 1200; seed++) {
      const random = seeded(seed);
      const raster = randomRaster(random);
      const of = rule(random() < 0.5 ? 4 : 8);
      const whole = textOf(labelTile(raster, raster.window, of));
      const tiles = randomTiles(raster, random).map((tile) => labelTile(raster, tile, of));
      expect(textOf(mergedAtRandom(tiles, of, random)), `seed ${seed}`).toBe(whole);
    }
  });

  it('any part of the tiles merges to the same text in any order and grouping, with the empty tally as neutral element', () => {
    for (let seed = 2000; seed < 2200; seed++) {
      const random = seeded(seed);
      const raster = randomRaster(random);
      const of = rule(random() < 0.3 ? 4 : 8);
      const tiles = randomTiles(raster, random)
        .filter(() => random() < 0.7)
        .map((tile) => labelTile(raster, tile, of));
      const first = textOf(mergedAtRandom(tiles, of, random));
      const again = mergedAtRandom([...tiles, emptyPatches(of)], of, random);
      expect(textOf(again), `seed ${seed}`).toBe(first);
    }
  });

  it('tiles that never come leave patches that are cut off there, as if nothing green were beyond', () => {
    for (let seed = 3000; seed < 3100; seed++) {
      const random = seeded(seed);
      const raster = randomRaster(random);
      const of = rule(random() < 0.3 ? 4 : 8);
      const kept: Window[] = [];
      for (const tile of randomTiles(raster, random)) {
        if (random() < 0.7) kept.push(tile);
        else clear(raster, tile);
      }
      const merged = mergedAtRandom(
        kept.map((tile) => labelTile(raster, tile, of)),
        of,
        random,
      );
      expect(sizesOf(closeAll(merged)), `seed ${seed}`).toEqual(sizesOf(floodFill(raster, of)));
    }
  });
});

function clear({ window, green }: GreenRaster, tile: Window): void {
  for (let row = 0; row < tile.rows; row++) {
    const start = (tile.row - window.row + row) * window.cols + tile.col - window.col;
    green.fill(0, start, start + tile.cols);
  }
}
