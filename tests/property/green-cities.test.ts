import { describe, expect, it } from 'vitest';
import { planTiles } from '../../src/producer/plan-tiles.ts';
import { TileScenes } from '../../src/producer/tile-scenes.ts';
import { encodePatches } from '../../src/shared/carbon/encode-patches.ts';
import { mergeAllPartials, mergePartials, type Partial } from '../../src/shared/carbon/partial.ts';
import { OUTSIDE_BUILT, patchRule } from '../../src/shared/carbon/patch-size.ts';
import { closeAll, emptyPatches, type PatchHistogram } from '../../src/shared/carbon/patch-tally.ts';
import { NDVI_BINS, ndviBin, patchesKey } from '../../src/shared/contracts/counted-names.ts';
import { parsePartialFile, writePartialFile } from '../../src/shared/contracts/partial-file.ts';
import type { Window } from '../../src/shared/geo/window.ts';
import { zoneSpans } from '../../src/shared/raster/zone-spans.ts';
import { countTile } from '../../src/worker/count-tile.ts';
import { cellsOf, zoneOfCells } from '../support/cells-oracle.ts';
import { type GreenCity, greenCity, readTile, type Sample, sampleOf, unitsAt, WORLD } from '../support/green-city.ts';
import { plainFootprint } from '../support/green-oracle.ts';
import { below, floodFill, latticeTiles, unevenTiles } from '../support/patch-rasters.ts';
import { layerOf, placedScene } from '../support/placed-scenes.ts';
import { type Random, seeded } from '../support/random-mosaics.ts';

/**
 * Random small cities with green space from classes, NDVI and a layer of codes, counted as workers do it: land cover read
 * with a halo, tiles of any shape, partials stored and merged in any order; and the plain way, cell by cell over the whole.
 */

const DIGEST = '0123456789abcdef0123456789abcdef';

/**
 * Stored text. Which lost blocks are met hangs on the tiles: those outside of zones, or under other scenes, need not be
 * read. Tables of layers without value are there or not, as their scenes reach a tile.
 */
function textOf(partial: Partial): string {
  const quantities = [...partial.quantities].map(
    ([name, zones]) => [name, new Map([...zones].filter(([, classes]) => classes.size > 0))] as const,
  );
  return writePartialFile(DIGEST, {
    ...partial,
    unread: [],
    quantities: new Map(quantities.filter(([, zones]) => zones.size > 0)),
  });
}

function countAll(city: GreenCity, tiles: readonly Window[]): Partial[] {
  return tiles.map((window) => countTile(readTile(city, window)));
}

/** In any order, in groups, some merged by pairs, some stored in between. */
function mergedAtRandom(partials: readonly Partial[], random: Random): Partial {
  const left = [...partials];
  while (left.length > 1) {
    const group = Array.from({ length: Math.min(left.length, 2 + below(random, 5)) }, () =>
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

/** The tiles that a run has, with the scenes that it reads for each. */
function plannedTiles(city: GreenCity, rows: number, cols: number): { window: Window; scenes: readonly number[] }[] {
  const placed = city.scenes.map(({ window, nodata, samples }) =>
    placedScene(window, { nodata, kind: samples instanceof Uint8Array ? 'classes' : 'ndvi' }),
  );
  const layers = city.layers.map(({ takes, ...layer }) =>
    layerOf([], { ...layer, takes: takes.map((scenes) => ({ scenes: [...scenes], mask: null, date: null })) }),
  );
  const tileScenes = new TileScenes(layers, placed, { rows, cols }, city.green.haloCells);
  const scenesOf = (tile: Window) => tileScenes.of(tile);
  const planned = planTiles({ window: WORLD, shape: { rows, cols }, zones: city.zones, scenesOf, nameOf: () => '' });
  return planned.map(([row, col, tall, wide, scenes]) => ({ window: { row, col, rows: tall, cols: wide }, scenes }));
}

interface PlainGreen {
  /** By name of the source. */
  readonly patches: ReadonlyMap<string, PatchHistogram>;
  readonly builtNdvi: readonly number[];
  readonly greenCells: number;
}

/** The plain way. */
function plainGreen(city: GreenCity): PlainGreen {
  const { green } = city;
  const cells = [...cellsOf(WORLD)];
  const footprint = plainFootprint(WORLD, green, (row, col) =>
    green.builtCodes.includes(sampleOf(city, 0, row, col) ?? Number.NaN),
  );
  const zones = zoneOfCells(zoneSpans(city.zones, WORLD));
  const own = cells.map(({ row, col }) => (isKept(city, row, col) ? sampleOf(city, 0, row, col) : null));
  // Green classes go on with patches outside of the footprint, under a class of their own.
  const isBeyond = own.map((code, cell) => code !== null && footprint[cell] === 0 && green.greenClasses.includes(code));
  const codesShown = green.from === 'layer' ? green.layerCodes : green.greenClasses;
  const bins = new Array<number>(green.thresholds.length > 1 ? NDVI_BINS : 0).fill(0);
  const shows = (holds: (value: Sample, cell: number) => boolean) =>
    Uint8Array.from(cells, ({ row, col }, cell) => {
      if (footprint[cell] !== 1 || own[cell] === null) return 0;
      const value = green.from === 'classes' ? (own[cell] as Sample) : sampleOf(city, 1, row, col);
      return Number(value !== null && holds(value, cell));
    });
  if (bins.length > 0)
    shows((value, cell) => {
      if (zones[cell] !== -1) bins[ndviBin(value as number)] = (bins[ndviBin(value as number)] ?? 0) + 1;
      return false;
    });
  const rasters =
    green.from === 'ndvi'
      ? green.thresholds.map((least) => [patchesKey(least), shows((value) => (value as number) >= least)] as const)
      : [[patchesKey(null), shows((value) => codesShown.includes(value as number))] as const];
  const rule = patchRule({ ...city.grid, window: WORLD }, city.areas.areaExponent, green.connectivity);
  const units = unitsAt(city);
  const patches = rasters.map(([name, shown]): [string, PatchHistogram] => {
    const codes = Int32Array.from(own, (code, cell) => (isBeyond[cell] ? OUTSIDE_BUILT : (code ?? 0)));
    const raster = { window: WORLD, green: shown.map((is, cell) => is | Number(isBeyond[cell])), codes, zones };
    return [name, floodFill(raster, rule, (row) => BigInt(units(row)))];
  });
  const greenCells = rasters.reduce(
    (sum, [, shown]) => sum + shown.filter((one, cell) => one === 1 && zones[cell] !== -1).length,
    0,
  );
  return { patches: new Map(patches), builtNdvi: bins, greenCells };
}

/** Whether a mask of the land cover keeps a cell. */
function isKept(city: GreenCity, row: number, col: number): boolean {
  const { mask } = city.layers[0] as GreenCity['layers'][number];
  if (mask === null) return true;
  const code = sampleOf(city, 1, row, col);
  return code !== null && (mask.keep ?? []).includes(code);
}

function encoded(patches: ReadonlyMap<string, PatchHistogram>, rule: Parameters<typeof emptyPatches>[0]): object {
  return Object.fromEntries(
    [...patches].map(([name, closed]) => [name, encodePatches({ ...emptyPatches(rule), closed }).closed]),
  );
}

const CITIES = 250;

describe('a random city with green space', () => {
  it('merges to the same stored text, bit for bit, in any tiles of one window and any order', () => {
    for (let seed = 0; seed < CITIES; seed++) {
      const random = seeded(seed);
      const city = greenCity(random);
      const whole = textOf(countTile(readTile(city, WORLD)));
      const merged = mergedAtRandom(countAll(city, anyTiles(random)), random);
      expect(textOf(merged), `seed ${seed}`).toBe(whole);
    }
  });

  it('has the patches and the NDVI of built-up land that definitions give, in the tiles and scenes of a plan', () => {
    const found = { cells: 0, cities: 0 };
    for (let seed = 1000; seed < 1000 + CITIES; seed++) {
      const random = seeded(seed);
      const city = greenCity(random);
      const tiles = plannedTiles(city, 2 + below(random, 30), 2 + below(random, 30));
      const partials = tiles.map(({ window, scenes }) => countTile(readTile(city, window, new Set(scenes))));
      const merged = mergeAllPartials('b', partials);
      const plain = plainGreen(city);
      const rule = patchRule({ ...city.grid, window: WORLD }, city.areas.areaExponent, city.green.connectivity);
      if (tiles.length === 0) {
        expect(plain.greenCells).toBe(0);
        continue;
      }
      const sizes = new Map([...merged.patches].map(([name, tally]) => [name, closeAll(tally)]));
      expect(encoded(sizes, rule), `seed ${seed}`).toEqual(encoded(plain.patches, rule));
      expect(merged.builtNdvi, `seed ${seed}`).toEqual(plain.builtNdvi);
      found.cells += plain.greenCells;
      found.cities += Number(plain.greenCells > 0);
    }
    expect(found.cities).toBeGreaterThan(CITIES / 2);
    expect(found.cells).toBeGreaterThan(CITIES * 10);
  });
});
