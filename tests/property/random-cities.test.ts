import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeClassGeotiff } from '../../src/cli/demo/geotiff-writer.ts';
import type { PlacedScene } from '../../src/producer/place-scenes.ts';
import { planTiles } from '../../src/producer/plan-tiles.ts';
import { TileScenes } from '../../src/producer/tile-scenes.ts';
import {
  emptyPartial,
  encodePartial,
  mergePartials,
  type Partial,
  type QuantityTally,
} from '../../src/shared/carbon/partial.ts';
import { addTallies, NO_TALLY, type Tally } from '../../src/shared/carbon/tally.ts';
import { cellAreaExponent, cellAreas } from '../../src/shared/geo/area-scale.ts';
import { areaExponent, rowCellAreaM2 } from '../../src/shared/geo/cell-area.ts';
import { crsFromEpsg } from '../../src/shared/geo/crs-registry.ts';
import type { AnalysisGrid, Lattice } from '../../src/shared/geo/grid.ts';
import { positionLattice, sourceWindowOf } from '../../src/shared/geo/position-lattice.ts';
import { warpedExtent } from '../../src/shared/geo/scene-extent.ts';
import { toSourceOf } from '../../src/shared/geo/to-source.ts';
import { intersectWindows, type Window, windowRelativeTo } from '../../src/shared/geo/window.ts';
import type { AreaKeeping } from '../../src/shared/geo/window-areas.ts';
import { blocksOfWindow, blockWindow } from '../../src/shared/raster/block-grid.ts';
import type { BlockLayout } from '../../src/shared/raster/raster-header.ts';
import { countTile } from '../../src/worker/count-tile.ts';
import type { TileBlock, TileScene } from '../../src/worker/tile-task.ts';
import { cellsOf, insideAt, SIXTEENTHS } from '../support/cells-oracle.ts';
import { plainFactors, temporaryFolder, writeCity } from '../support/city.ts';
import { runCli } from '../support/cli.ts';
import { FUZZ_FACTOR } from '../support/damage.ts';
import { BYTE_BAND, layerOf, placedScene, rasterHeader } from '../support/placed-scenes.ts';
import { UTM_50N } from '../support/plan-parts.ts';
import { anyRing, packRandomZones, type RandomZone } from '../support/random-zones.ts';
import { uint8Layout } from '../support/tile-parts.ts';
import { classCells, type Totals } from '../support/totals.ts';
import { CELL_M, EPSG, ORIGIN_X, ORIGIN_Y } from '../support/two-scenes.ts';

/**
 * Random small cities, counted the way workers do it (compressed blocks, tiles, merging) and the plain way: one cell
 * after another. Scenes overlap and are offset, have holes, lost blocks, blocks of any size, pixels larger or smaller
 * than cells and upside down; zones overlap and reach out of them. A quantity is measured beside the land cover.
 */

interface RandomScene {
  /** The cells it would cover from its first on if its pixels were cells. */
  readonly window: Window;
  /** Samples row by row: class codes, or values where NaN is missing too. */
  readonly samples: Int16Array | Float64Array;
  readonly nodata: number | null;
  readonly blockRows: number;
  readonly blockCols: number;
  readonly tiled: boolean;
  readonly codec: 'none' | 'deflate' | 'zstd';
  readonly dtype: 'uint8' | 'int16' | 'float64';
  /** Every which block cannot be read; 0: none. */
  readonly lostEvery: number;
  /** null: its pixels are cells of the lattice. */
  readonly warp: RandomWarp | null;
}

/** All binary fractions, so that positions are exact. */
interface RandomWarp {
  /** Side of a pixel in cells. */
  readonly pixel: number;
  /** Cells between the lattice and the raster's corner. */
  readonly shift: number;
  readonly southUp: boolean;
}

interface RandomCity {
  readonly scenes: readonly RandomScene[];
  readonly values: readonly RandomScene[];
  readonly scaling: { readonly gain: number; readonly bias: number };
  /** Classes under which values are kept; null: no mask. */
  readonly keep: readonly number[] | null;
  readonly areaBy: AreaKeeping['areaBy'];
  readonly zones: readonly RandomZone[];
  readonly tileRows: number;
  readonly tileCols: number;
}

const [LOW, HIGH] = [-6, 30];
const side = fc.integer({ min: 1, max: 24 });
const corner = fc.integer({ min: LOW, max: HIGH - 6 });

/** Runs of samples, as land cover has them, and lonely ones. */
function runsOf<T extends Int16Array | Float64Array>(samples: T, kinds: readonly number[]): fc.Arbitrary<T> {
  const run = fc.tuple(fc.constantFrom(...kinds), fc.integer({ min: 1, max: 40 }));
  return fc.array(run, { minLength: 1, maxLength: 60 }).map((parts) => {
    const filled = samples.slice() as T;
    for (let at = 0, i = 0; at < filled.length; i++) {
      const [value, count] = parts[i % parts.length] as [number, number];
      filled.fill(value, at, at + count);
      at += count;
    }
    return filled;
  });
}

/** Eighths in a wide range, a marker, and NaN, which is missing whatever the marker is. */
const VALUES = [Number.NaN, -1, 0, 0.125, 3.5, -2.25, 70_000.875];

const warp: fc.Arbitrary<RandomWarp | null> = fc.option(
  fc.record({
    pixel: fc.constantFrom(0.5, 1, 2, 4),
    // Centres of cells are never on an edge of pixels: ties have a rule of their own (resample.test.ts).
    shift: fc.constantFrom(0.125, 0.375, -0.125),
    southUp: fc.boolean(),
  }),
);

function randomScene(dtypes: readonly RandomScene['dtype'][], hasLosses = true): fc.Arbitrary<RandomScene> {
  const shape = { row: corner, col: corner, rows: side, cols: side, dtype: fc.constantFrom(...dtypes) };
  return fc.record(shape).chain(({ dtype, ...window }) => {
    const length = window.rows * window.cols;
    const classes = dtype === 'int16' ? [0, 1, 2, -3, 999] : [0, 1, 2, 3, 255];
    const samples =
      dtype === 'float64' ? runsOf(new Float64Array(length), VALUES) : runsOf(new Int16Array(length), classes);
    return fc.record({
      window: fc.constant(window),
      samples: samples as fc.Arbitrary<Int16Array | Float64Array>,
      nodata: dtype === 'float64' ? fc.constantFrom(null, -1) : fc.constantFrom(null, 0, 2),
      blockRows: fc.integer({ min: 1, max: 16 }),
      blockCols: fc.integer({ min: 1, max: 16 }),
      tiled: fc.boolean(),
      codec: fc.constantFrom('none' as const, 'deflate' as const, 'zstd' as const),
      dtype: fc.constant(dtype),
      lostEvery: hasLosses ? fc.constantFrom(0, 0, 0, 2, 5) : fc.constant(0),
      warp: hasLosses ? warp : fc.constant(null),
    });
  });
}

const city: fc.Arbitrary<RandomCity> = fc.record({
  scenes: fc.array(randomScene(['uint8', 'int16']), { maxLength: 4 }),
  values: fc.array(randomScene(['float64', 'int16']), { maxLength: 3 }),
  scaling: fc.constantFrom({ gain: 1, bias: 0 }, { gain: 0.25, bias: -3 }),
  keep: fc.constantFrom(null, [1, 2], [0, 3, 255, -3]),
  areaBy: fc.constantFrom(null, 'row' as const, 'cell' as const),
  zones: fc.array(fc.array(anyRing(LOW, HIGH), { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 3 }),
  tileRows: fc.integer({ min: 2, max: 40 }),
  tileCols: fc.integer({ min: 2, max: 40 }),
});

const BITS = { uint8: 8, int16: 16, float64: 64 } as const;
const FORMATS = { uint8: 'uint', int16: 'int', float64: 'float' } as const;

function layoutOf(one: RandomScene): BlockLayout {
  const { rows, cols } = one.window;
  return {
    ...uint8Layout(1),
    rows,
    cols,
    blockRows: one.tiled ? one.blockRows : Math.min(one.blockRows, rows),
    blockCols: one.tiled ? one.blockCols : cols,
    tiled: one.tiled,
    codec: one.codec,
    bits: BITS[one.dtype],
    dtype: one.dtype,
    sampleFormat: FORMATS[one.dtype],
  };
}

/** Compressed bytes of one block; the padding of tiles is a class that occurs nowhere. */
function encodeBlock(one: RandomScene, layout: BlockLayout, place: { blockRow: number; blockCol: number }): Uint8Array {
  const inside = blockWindow(layout, place);
  const rows = layout.tiled ? layout.blockRows : inside.rows;
  const Samples = { uint8: Uint8Array, int16: Int16Array, float64: Float64Array }[one.dtype];
  const samples = new Samples(rows * layout.blockCols).fill(77);
  for (let row = 0; row < inside.rows; row++) {
    const from = (inside.row + row) * layout.cols + inside.col;
    samples.set(one.samples.subarray(from, from + inside.cols), row * layout.blockCols);
  }
  const bytes = new Uint8Array(samples.buffer);
  if (layout.codec === 'none') return bytes;
  return layout.codec === 'zstd' ? zstdCompressSync(bytes) : deflateSync(bytes);
}

function isLost({ lostEvery }: RandomScene, { blockRow, blockCol }: { blockRow: number; blockCol: number }): boolean {
  return lostEvery > 0 && (blockRow * 3 + blockCol) % lostEvery === lostEvery - 1;
}

/** Where cells lie: one degree of a grid in degrees is 1024 cells. Sides are powers of two, so positions are exact. */
const LATTICES: Readonly<Record<'plane' | 'row' | 'cell', Lattice>> = {
  plane: { crs: UTM_50N, originX: 2 ** 18, originY: 2 ** 21, cellWidth: 16, cellHeight: 16 },
  cell: { crs: UTM_50N, originX: 2 ** 18, originY: 2 ** 21, cellWidth: 16, cellHeight: 16 },
  row: { crs: await crsFromEpsg(4326), originX: 8, originY: 40, cellWidth: 2 ** -10, cellHeight: 2 ** -10 },
};

const WORLD: Window = { row: LOW, col: LOW, rows: HIGH - LOW + 1, cols: HIGH - LOW + 1 };

function gridOf({ areaBy }: RandomCity): AnalysisGrid {
  return { ...LATTICES[areaBy ?? 'plane'], window: WORLD };
}

function keepingOf(one: RandomCity): AreaKeeping {
  const grid = gridOf(one);
  if (one.areaBy === null) return { areaBy: null, areaExponent: null };
  return { areaBy: one.areaBy, areaExponent: one.areaBy === 'row' ? areaExponent(grid) : cellAreaExponent(grid) };
}

/** The same spacing of nodes for all: the transform is linear. */
const STEP = 16;

function warpOf(grid: AnalysisGrid, { window }: RandomScene, { pixel, shift, southUp }: RandomWarp) {
  const [dx, dy] = [grid.cellWidth * pixel, grid.cellHeight * pixel];
  const x = grid.originX + (window.col + shift) * grid.cellWidth;
  const y = grid.originY - (window.row + shift) * grid.cellHeight;
  const geotransform: [number, number, number, number, number, number] = southUp
    ? [x, dx, 0, y - window.rows * dy, 0, dy]
    : [x, dx, 0, y, 0, -dy];
  return {
    crs: grid.crs,
    geotransform,
    rows: window.rows,
    cols: window.cols,
    step: STEP,
  };
}

/** As the planner has a scene. */
function placed(grid: AnalysisGrid, one: RandomScene, kind: PlacedScene['kind']): PlacedScene {
  const { window, nodata, dtype } = one;
  const { rows, cols } = window;
  const header = rasterHeader([0, 1, 0, 0, 0, -1], {
    rows,
    cols,
    layout: layoutOf(one),
    bands: [{ ...BYTE_BAND, dtype }],
  });
  const reading = { kind, raster: { header } as PlacedScene['raster'], nodata };
  if (one.warp === null) return placedScene(window, reading);
  const ofWarp = warpOf(grid, one, one.warp);
  const extent = warpedExtent(grid, ofWarp, toSourceOf(grid.crs, ofWarp.crs, ofWarp));
  return placedScene(window, { ...reading, window: null, warp: ofWarp, extent });
}

/** As a worker reads a scene for a tile (read-windows.ts); null where the tile has nothing of it. */
function tileScene(
  grid: AnalysisGrid,
  one: RandomScene,
  url: string,
  tile: Window,
  scaling: { readonly gain: number; readonly bias: number },
): TileScene | null {
  const layout = layoutOf(one);
  const place = { origin: one.window as TileScene['origin'], warp: null as TileScene['warp'] };
  let pixels = intersectWindows(one.window, tile);
  if (pixels !== null) pixels = windowRelativeTo(pixels, one.window);
  if (one.warp !== null) {
    const ofWarp = warpOf(grid, one, one.warp);
    const toSource = toSourceOf(grid.crs, ofWarp.crs, ofWarp);
    pixels = sourceWindowOf(positionLattice(grid, tile, STEP, ofWarp, toSource), tile, 0, ofWarp);
    if (pixels !== null) Object.assign(place, { origin: null, warp: { ...ofWarp, pixels } });
  }
  if (pixels === null) return null;
  const blocks: TileBlock[] = blocksOfWindow(layout, pixels).map((at) =>
    isLost(one, at) ? { ...at, bytes: null, unread: 'lost' } : { ...at, bytes: encodeBlock(one, layout, at) },
  );
  return { url, ...place, layout, maskLayout: null, band: 0, nodata: one.nodata, ...scaling, blocks, maskBlocks: [] };
}

/** As workers and the reducer do it. */
function countInTiles(one: RandomCity, rows: number, cols: number): Partial {
  const { scenes, values, scaling, keep } = one;
  const grid = gridOf(one);
  const packed = packRandomZones(one.zones);
  const planned = [
    ...scenes.map((scene) => placed(grid, scene, 'classes')),
    ...values.map((scene) => placed(grid, scene, 'quantity')),
  ];
  const mask = keep === null ? null : { layer: 'landcover', keep: [...keep], dropBits: null };
  const layers = [
    layerOf([...scenes.keys()]),
    layerOf(
      [...values.keys()].map((index) => scenes.length + index),
      { name: 'canopy', kind: 'quantity', mask },
    ),
  ];
  const tileScenes = new TileScenes(layers, planned, { rows, cols }, 0);
  const scenesOf = (tile: Window) => tileScenes.of(tile);
  const tiles = planTiles({ window: WORLD, shape: { rows, cols }, zones: packed, scenesOf, nameOf: () => '' });
  const areas = keepingOf(one);
  let merged = emptyPartial('b');
  for (const [row, col, tileRows, tileCols, owners] of tiles) {
    const window = { row, col, rows: tileRows, cols: tileCols };
    const takesOf = (all: readonly RandomScene[], first: number, name: string, scale = { gain: 1, bias: 0 }) =>
      all.flatMap((scene, index) => {
        if (!owners.includes(first + index)) return [];
        const read = tileScene(grid, scene, `s3://scenes/${name}-${index}.tif`, window, scale);
        return read === null ? [] : [{ scenes: [read], mask: null, date: null }];
      });
    const read = layers.map((layer, index) => ({
      ...layer,
      takes: index === 0 ? takesOf(scenes, 0, 'classes') : takesOf(values, scenes.length, 'values', scaling),
    }));
    merged = mergePartials(
      merged,
      countTile({
        basis: 'b',
        grid,
        window,
        areas,
        zones: packed,
        layers: read,
        green: null,
        casa: null,
        earlier: null,
      }),
    );
  }
  return merged;
}

/** The pixel under a cell's centre, or null. */
function pixelOf({ window, warp }: RandomScene, row: number, col: number): { r: number; c: number } | null {
  const { pixel, shift, southUp } = warp ?? { pixel: 1, shift: 0, southUp: false };
  const down = Math.floor((row + 0.5 - window.row - shift) / pixel);
  const c = Math.floor((col + 0.5 - window.col - shift) / pixel);
  const r = southUp ? window.rows - 1 - down : down;
  return r < 0 || c < 0 || r >= window.rows || c >= window.cols ? null : { r, c };
}

/** Sample of a cell: of the first scene that covers it and has one there; 'lost' where that cannot be known. */
function sampleAt(scenes: readonly RandomScene[], row: number, col: number): number | 'lost' | null {
  for (const one of scenes) {
    const at = pixelOf(one, row, col);
    if (at === null) continue;
    const { blockRows, blockCols } = layoutOf(one);
    if (isLost(one, { blockRow: Math.floor(at.r / blockRows), blockCol: Math.floor(at.c / blockCols) })) return 'lost';
    const sample = one.samples[at.r * one.window.cols + at.c] as number;
    if (!Number.isNaN(sample) && sample !== one.nodata) return sample;
  }
  return null;
}

/** Units of the area of a cell: 0 in the plane. */
function unitsOf(one: RandomCity): (row: number, col: number) => number {
  const { areaBy, areaExponent: exponent } = keepingOf(one);
  const grid = gridOf(one);
  if (areaBy === null) return () => 0;
  if (areaBy === 'row') return (row) => Math.round(rowCellAreaM2(grid, row) * 2 ** (exponent ?? 0));
  const areas = cellAreas(grid, WORLD, exponent ?? 0);
  const units = Array.from({ length: WORLD.rows }, (_, r) => {
    const ofRow = new Float64Array(WORLD.cols);
    areas.row(WORLD.row + r, WORLD.col, WORLD.cols, ofRow);
    return ofRow;
  });
  return (row, col) => units[row - WORLD.row]?.[col - WORLD.col] as number;
}

/** Share of the largest unit that a cell has: bits as in window-areas.ts. */
const UNIT_BITS = { row: 50, cell: 38 } as const;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

class PlainCounts {
  readonly zones = new Map<number, { all: Tally; unread: Tally; classes: Map<number, Tally> }>();
  readonly quantities = new Map<number, Map<number, Mutable<QuantityTally>>>();
  readonly masked = new Map<number, number>();

  zone(zone: number): { all: Tally; unread: Tally; classes: Map<number, Tally> } {
    const found = this.zones.get(zone) ?? { all: NO_TALLY, unread: NO_TALLY, classes: new Map() };
    this.zones.set(zone, found);
    return found;
  }

  addValue(zone: number, code: number, area: bigint, part: number): void {
    const ofZone = this.quantities.get(zone) ?? new Map<number, Mutable<QuantityTally>>();
    this.quantities.set(zone, ofZone);
    const tally = ofZone.get(code) ?? { cells: 0, area: 0n, sum: 0n };
    ofZone.set(code, { cells: tally.cells + 1, area: tally.area + area, sum: tally.sum + BigInt(part) });
  }
}

/** The plain way; null where an edge runs through a centre, since ties have a rule of their own. */
function countPlainly(one: RandomCity): Partial | null {
  const { scenes, values, zones, scaling, keep } = one;
  const counts = new PlainCounts();
  const places = new Map<number, { row: number; col: number }>();
  const overlaps = new Map<string, number>();
  const unitsAt = unitsOf(one);
  for (const { row, col } of cellsOf(WORLD)) {
    const verdicts = zones.map((rings) => insideAt(rings, row, col));
    if (verdicts.includes('edge')) return null;
    const zone = verdicts.indexOf('in');
    if (zone < 0) continue;
    verdicts.forEach((verdict, later) => {
      const key = `${zone},${later}`;
      if (later > zone && verdict === 'in') overlaps.set(key, (overlaps.get(key) ?? 0) + 1);
    });
    const units = unitsAt(row, col);
    const cell = { cells: 1, area: BigInt(units) };
    const tally = counts.zone(zone);
    tally.all = addTallies(tally.all, cell);
    const found = sampleAt(scenes, row, col);
    const code = found === 'lost' ? null : found;
    if (found === 'lost') tally.unread = addTallies(tally.unread, cell);
    if (code !== null) {
      tally.classes.set(code, addTallies(tally.classes.get(code) ?? NO_TALLY, cell));
      if (!places.has(code)) places.set(code, { row, col });
    }
    const isKept = keep === null || (code !== null && keep.includes(code));
    // What the mask hides on all dates is not lost where one of them cannot be read.
    const isShown = values.some((date) => typeof sampleAt([date], row, col) === 'number');
    // Where the mask itself is lost, nobody knows whether it hides.
    const isUntold = keep !== null && found === 'lost';
    if (!isKept && !isUntold && isShown) counts.masked.set(zone, (counts.masked.get(zone) ?? 0) + 1);
    const value = sampleAt(values, row, col);
    if (isKept && code !== null && typeof value === 'number') {
      const share = one.areaBy === null ? 1 : units / 2 ** UNIT_BITS[one.areaBy];
      const part = Math.round((value * scaling.gain + scaling.bias) * share * 2 ** 20);
      counts.addValue(zone, code, cell.area, part);
    }
  }
  const imagery = new Map([...counts.masked].map(([zone, masked]) => [zone, { dates: new Map(), masked }]));
  return {
    ...emptyPartial('b'),
    zones: counts.zones,
    places,
    overlaps,
    quantities: new Map([['canopy', counts.quantities]]),
    imagery: new Map([['canopy', imagery]]),
  };
}

/** Stored form without what says nothing: tiles without a scene have no empty tables, and lost blocks may lie outside of zones. */
function stored(partial: Partial): object {
  const quantities = partial.quantities.get('canopy') ?? new Map();
  const imagery = partial.imagery.get('canopy') ?? new Map();
  return encodePartial({
    ...partial,
    unread: [],
    quantities: new Map([['canopy', new Map([...quantities].filter(([, classes]) => classes.size > 0))]]),
    imagery: new Map([['canopy', new Map([...imagery].filter(([, { masked }]) => masked > 0))]]),
  });
}

/** CITYSINK_FUZZ=17 makes them 10,200. */
const CITIES = 600 * FUZZ_FACTOR;

describe('a random city', () => {
  it(
    'has the cells, areas, places and overlaps that counting cell by cell gives',
    () => {
      let compared = 0;
      fc.assert(
        fc.property(city, (one) => {
          const plain = countPlainly(one);
          if (plain === null) return;
          compared += 1;
          expect(stored(countInTiles(one, one.tileRows, one.tileCols))).toEqual(stored(plain));
        }),
        { numRuns: CITIES },
      );
      expect(compared).toBeGreaterThan(100);
    },
    120_000 * Math.max(1, FUZZ_FACTOR),
  );

  it('is the same in any tiles, ties and all', () => {
    fc.assert(
      fc.property(city, (one) => {
        const whole = stored(countInTiles(one, 64, 64));
        expect(stored(countInTiles(one, one.tileRows, one.tileCols))).toEqual(whole);
      }),
      { numRuns: 200 },
    );
  });
});

/** The lattice's origin is that of the first scene by URL; zones are given on the lattice of the first scene here. */
async function runByCommand({ scenes, zones, tileRows }: RandomCity): Promise<Totals> {
  const folder = await temporaryFolder();
  const names = scenes.map((_, index) => `./scene-${index}.tif`);
  for (const [index, { window, samples, nodata }] of scenes.entries()) {
    const place = {
      epsg: EPSG,
      cellM: CELL_M,
      originX: ORIGIN_X + window.col * CELL_M,
      originY: ORIGIN_Y - window.row * CELL_M,
    };
    const raster = { ...window, ...place, codes: Uint8Array.from(samples), nodata: nodata ?? 254 };
    await writeFile(
      join(folder, `scene-${index}.tif`),
      encodeClassGeotiff({ ...raster, description: '', date: '2021-01-01' }),
    );
  }
  const metres = CELL_M / SIXTEENTHS;
  const features = zones.map((rings) => {
    const polygons = rings.map((ring) => {
      const points = ring.map(([x, y]) => [ORIGIN_X + x * metres, ORIGIN_Y - y * metres]);
      return [[...points, points[0]]];
    });
    return { type: 'Feature', properties: {}, geometry: { type: 'MultiPolygon', coordinates: polygons } };
  });
  const crs = { type: 'name', properties: { name: `EPSG:${EPSG}` } };
  const spec = await writeCity({
    folder,
    scenes: names,
    zones: { type: 'FeatureCollection', crs, features },
    factors: plainFactors([0, 1, 2, 3, 255]),
    landcover: { order: 'name' },
  });
  const words = ['run', '--json', '--workers', '1', '--tile-size', String(Math.max(16, tileRows)), spec];
  const { code, stdout, stderr } = await runCli(words);
  expect(code, `${stderr}\n${stdout.slice(0, 2000)}`).toBe(0);
  await rm(folder, { recursive: true, force: true });
  return (JSON.parse(stdout) as { totals: Totals }).totals;
}

/** Triangles do not cross themselves, which a spec's zones must not. */
const triangle = anyRing(LOW, HIGH).map((points) => [points.slice(0, 3)]);

describe('a random city by the command line', () => {
  it('has the cells that counting cell by cell gives', async () => {
    const bytes = randomScene(['uint8'], false).filter(({ window }) => window.rows > 3 && window.cols > 3);
    const plainCity = fc
      .record({
        scenes: fc.array(bytes, { minLength: 2, maxLength: 3 }),
        values: fc.constant([]),
        scaling: fc.constant({ gain: 1, bias: 0 }),
        keep: fc.constant(null),
        areaBy: fc.constant(null),
        zones: fc.array(triangle, { minLength: 2, maxLength: 3 }),
        tileRows: fc.integer({ min: 16, max: 40 }),
        tileCols: fc.constant(16),
      })
      .filter((one) => {
        const plain = countPlainly(one);
        return plain !== null && plain.zones.size === one.zones.length && plain.places.size > 2;
      });
    for (const one of fc.sample(plainCity, { numRuns: 4, seed: 42 })) {
      const { figures } = await runByCommand(one);
      const plain = countPlainly(one) as Partial;
      for (const [index, zone] of figures.zones.entries()) {
        const wanted = [...(plain.zones.get(index)?.classes ?? [])].map(([code, tally]) => [code, tally.cells]);
        expect(classCells(figures, zone.zone)).toEqual(Object.fromEntries(wanted));
        expect(zone.total.zone_cells).toBe(plain.zones.get(index)?.all.cells);
      }
      const overlaps = figures.overlaps.reduce((sum, { cells }) => sum + cells, 0);
      expect(overlaps).toBe([...plain.overlaps.values()].reduce((sum, cells) => sum + cells, 0));
    }
  });
});
