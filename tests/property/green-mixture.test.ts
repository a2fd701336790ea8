import { describe, expect, it } from 'vitest';
import { FRACTION_BITS, greenFraction } from '../../src/shared/carbon/green-fraction.ts';
import { mergeAllPartials, mergePartials, type Partial, type QuantityTally } from '../../src/shared/carbon/partial.ts';
import { GREEN_GAPS, mixtureKey } from '../../src/shared/contracts/counted-names.ts';
import { parsePartialFile, writePartialFile } from '../../src/shared/contracts/partial-file.ts';
import type { Window } from '../../src/shared/geo/window.ts';
import { CELL_BITS } from '../../src/shared/geo/window-areas.ts';
import { zoneSpans } from '../../src/shared/raster/zone-spans.ts';
import { countTile } from '../../src/worker/count-tile.ts';
import { cellsOf, zoneOfCells } from '../support/cells-oracle.ts';
import { type GreenCity, greenCity, readTile, type Sample, sampleOf, unitsAt, WORLD } from '../support/green-city.ts';
import { plainFootprint } from '../support/green-oracle.ts';
import { below, latticeTiles, unevenTiles } from '../support/patch-rasters.ts';
import { pick, type Random, seeded } from '../support/random-mosaics.ts';

/**
 * Random small cities whose built-up land is looked into for green smaller than a cell: counted as workers do it, in
 * tiles of any shape, stored and merged in any order; and the plain way, cell by cell over the whole.
 */

const DIGEST = '0123456789abcdef0123456789abcdef';
const CITIES = 200;

/** Green from NDVI, at one threshold or several; or from classes, with NDVI beside them. */
function mixedCity(random: Random): GreenCity {
  let city = greenCity(random);
  while (city.green.from !== 'ndvi') city = greenCity(random);
  const mixture = pick(random, [
    { bare: 0, full: 0.9 },
    { bare: -0.5, full: 0.6 },
    { bare: 0.1, full: 0.3 },
  ]);
  if (random() < 0.7) return { ...city, green: { ...city.green, mixture } };
  return { ...city, green: { ...city.green, from: 'classes', thresholds: [], mixture } };
}

type Sums = Record<string, readonly [cells: number, area: bigint, sum: bigint]>;

/** Sums by `name zone class`; classes of which nothing was looked into are not there. */
function sumsOf(partial: Partial, names: readonly string[]): Sums {
  const sums: Sums = {};
  for (const name of names)
    for (const [zone, classes] of partial.quantities.get(name) ?? new Map<number, Map<number, QuantityTally>>())
      for (const [code, { cells, area, sum }] of classes) sums[`${name} ${zone} ${code}`] = [cells, area, sum];
  return sums;
}

/** The plain way. */
function plainSums(city: GreenCity): Sums {
  const { green } = city;
  const footprint = plainFootprint(WORLD, green, (row, col) =>
    green.builtCodes.includes(sampleOf(city, 0, row, col) ?? Number.NaN),
  );
  const zones = zoneOfCells(zoneSpans(city.zones, WORLD));
  const units = unitsAt(city);
  const { areaExponent } = city.areas;
  const sums: Sums = {};
  const add = (key: string, area: number, part: number) => {
    const [cells, allArea, sum] = sums[key] ?? [0, 0n, 0n];
    sums[key] = [cells + 1, allArea + BigInt(area), sum + BigInt(part)];
  };
  const isGreen = (ndvi: Sample, threshold: number | null) => threshold !== null && ndvi !== null && ndvi >= threshold;
  for (const [cell, { row, col }] of [...cellsOf(WORLD)].entries()) {
    const code = sampleOf(city, 0, row, col);
    if (zones[cell] === -1 || footprint[cell] !== 1 || code === null || green.greenClasses.includes(code)) continue;
    const ndvi = sampleOf(city, 1, row, col);
    const place = `${zones[cell]} ${code}`;
    const area = units(row);
    const share = areaExponent === null ? 1 : area / 2 ** CELL_BITS.row;
    if (ndvi === null) add(`${GREEN_GAPS} ${place}`, area, 0);
    else
      for (const threshold of thresholdsOf(city)) {
        if (isGreen(ndvi, threshold)) continue;
        const fraction = greenFraction(ndvi, green.mixture ?? { bare: 0, full: 1 });
        add(`${mixtureKey(threshold)} ${place}`, area, Math.round(fraction * share * 2 ** FRACTION_BITS));
      }
  }
  return sums;
}

function thresholdsOf({ green }: GreenCity): (number | null)[] {
  return green.from === 'ndvi' ? [...green.thresholds] : [null];
}

/** In any order, in groups, some stored in between. */
function mergedAtRandom(partials: readonly Partial[], random: Random): Partial {
  const left = [...partials];
  while (left.length > 1) {
    const group = Array.from({ length: Math.min(left.length, 2 + below(random, 4)) }, () =>
      left.splice(below(random, left.length), 1),
    ).flat();
    const merged = random() < 0.7 ? mergeAllPartials('b', group) : group.reduce(mergePartials);
    left.push(random() < 0.3 ? parsePartialFile(writePartialFile(DIGEST, merged), DIGEST) : merged);
  }
  return left[0] as Partial;
}

function anyTiles(random: Random): Window[] {
  if (random() < 0.5) return unevenTiles(WORLD, random);
  const size = () => 2 + below(random, 12);
  return latticeTiles({ window: WORLD }, size(), size(), [below(random, 9), below(random, 9)]);
}

describe('green smaller than a cell in a random city', () => {
  it('has the sums of the definition, bit for bit, in tiles of any shape merged in any order', () => {
    const found = { green: 0, gaps: 0, ellipsoid: 0, thresholds: 0 };
    for (let seed = 0; seed < CITIES; seed++) {
      const random = seeded(seed);
      const city = mixedCity(random);
      const names = [GREEN_GAPS, ...thresholdsOf(city).map(mixtureKey)];
      const plain = plainSums(city);
      const tiles = anyTiles(random).map((window) => countTile(readTile(city, window)));
      expect(sumsOf(mergedAtRandom(tiles, random), names), `seed ${seed}`).toEqual(plain);
      const isGreen = Object.entries(plain).some(([, [, , sum]]) => sum > 0n);
      found.green += Number(isGreen);
      found.gaps += Number(Object.keys(plain).some((key) => key.startsWith(GREEN_GAPS)));
      found.ellipsoid += Number(isGreen && city.areas.areaExponent !== null);
      found.thresholds += Number(isGreen && city.green.thresholds.length > 1);
    }
    // The cities are telling: in most there is green to be found, in each way of counting.
    expect(found.green).toBeGreaterThan(CITIES / 3);
    expect(Math.min(found.gaps, found.ellipsoid, found.thresholds)).toBeGreaterThan(CITIES / 20);
  });
});
