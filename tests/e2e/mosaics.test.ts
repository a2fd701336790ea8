import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { computeFigures, type Figures } from '../../src/reducer/totals.ts';
import { parseCrs } from '../../src/shared/geo/crs-registry.ts';
import type { Geotransform } from '../../src/shared/geo/geotransform.ts';
import { makeTransform } from '../../src/shared/geo/project.ts';
import { MISSING } from '../../src/worker/aligned-scene.ts';
import { rectangleZones, temporaryFolder } from '../support/city.ts';
import { runCli } from '../support/cli.ts';
import { type CityFiles, type CountedCity, countCity, countsText, writeMosaic } from '../support/counted-city.ts';
import type { TestRaster } from '../support/geotiff-writer.ts';
import {
  compareCells,
  MosaicOracle,
  oracleZones,
  talliesOfCells,
  talliesOfPartial,
  ZoneOracle,
} from '../support/mosaic-oracle.ts';
import { type Random, seeded } from '../support/random-mosaics.ts';
import type { Totals } from '../support/totals.ts';

/**
 * Land cover in many pieces: on one lattice, in two UTM zones and in degrees. Hangzhou lies on both sides of 120 degrees
 * east, where UTM zones 50 and 51 meet.
 */

let folder = '';
let made = 0;

beforeAll(async () => {
  folder = await temporaryFolder();
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

function city(files: Omit<CityFiles, 'folder'>): Promise<string> {
  made += 1;
  return writeMosaic({ folder: join(folder, String(made)), ...files });
}

async function figuresOf(files: Omit<CityFiles, 'folder'>, tileSize: number | null = null): Promise<Figures> {
  const { plan, partial } = await countCity(await city(files), tileSize);
  return computeFigures(plan, partial);
}

async function runOf(spec: string, ...words: string[]): Promise<Totals> {
  const { code, stdout, stderr } = await runCli(['run', '--json', '--fresh', ...words, spec], { cwd: folder });
  expect(code, `${stderr}\n${stdout.slice(0, 2000)}`).toBe(0);
  return (JSON.parse(stdout) as { totals: Totals }).totals;
}

/** Classes 1 to 8, a share of holes of 0. */
function noise(random: Random, count: number, holes: number): Uint8Array {
  return Uint8Array.from({ length: count }, () => (random() < holes ? 0 : 1 + Math.floor(random() * 8)));
}

// -- On one lattice ---------------------------------------------------------------------------------------------------

const ROWS = 301;
const COLS = 277;
const X0 = 790_013.7;
const Y0 = 3_349_907.2;

function wholeRaster(): TestRaster {
  const geotransform: Geotransform = [X0, 30, 0, Y0, 0, -30];
  const samples = noise(seeded(1), ROWS * COLS, 0.1);
  return { rows: ROWS, cols: COLS, samples, geotransform, epsg: 32650, nodata: 0 };
}

/** First and last pixel of each of `count` pieces of a side, which overlap by up to 40. */
function cuts(random: Random, side: number, count: number, overlap: number): { from: number; to: number }[] {
  return Array.from({ length: count }, (_, i) => ({
    from: Math.max(0, Math.floor((i * side) / count) - Math.floor(random() * overlap)),
    to: Math.min(side, Math.floor(((i + 1) * side) / count) + Math.floor(random() * overlap)),
  }));
}

/** The whole in pieces. Where pieces overlap, each loses pixels at random, but never the last that holds one. */
function piecesOf(whole: TestRaster, side: number, seed: number, overlap = 20): Record<string, TestRaster> {
  const random = seeded(seed);
  const holders = new Uint8Array(ROWS * COLS);
  const pieces: { name: string; raster: TestRaster; row: number; col: number }[] = [];
  for (const [i, { from: row, to: rowEnd }] of cuts(random, ROWS, side, overlap).entries()) {
    for (const [j, { from: col, to: colEnd }] of cuts(random, COLS, side, overlap).entries()) {
      const [rows, cols] = [rowEnd - row, colEnd - col];
      const samples = new Uint8Array(rows * cols);
      for (let cell = 0; cell < samples.length; cell++) {
        const at = (row + Math.floor(cell / cols)) * COLS + col + (cell % cols);
        samples[cell] = whole.samples[at] as number;
        holders[at] = (holders[at] as number) + 1;
      }
      const geotransform: Geotransform = [X0 + col * 30, 30, 0, Y0 - row * 30, 0, -30];
      const raster = { ...whole, rows, cols, samples, geotransform };
      pieces.push({ name: `piece-${i}-${j}.tif`, raster, row, col });
    }
  }
  for (const { raster, row, col } of pieces) {
    for (let cell = 0; cell < raster.samples.length; cell++) {
      const at = (row + Math.floor(cell / raster.cols)) * COLS + col + (cell % raster.cols);
      if ((holders[at] as number) < 2 || random() < 0.5) continue;
      raster.samples[cell] = 0;
      holders[at] = (holders[at] as number) - 1;
    }
  }
  return Object.fromEntries(pieces.map(({ name, raster }) => [name, raster]));
}

function shuffled<T>(list: readonly T[], seed: number): T[] {
  const random = seeded(seed);
  return list
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

/** A quadrangle and a triangle that share an edge, and a strip that reaches out of the raster; in degrees. */
const SLANTED = {
  type: 'FeatureCollection',
  features: [
    [
      [120.02, 30.19],
      [120.063, 30.184],
      [120.069, 30.238],
      [120.017, 30.243],
    ],
    [
      [120.063, 30.184],
      [120.091, 30.201],
      [120.069, 30.238],
    ],
    [
      [120.03, 30.15],
      [120.12, 30.171],
      [120.118, 30.178],
      [120.028, 30.157],
    ],
  ].map((ring, index) => ({
    type: 'Feature',
    properties: { id: `z${index}` },
    geometry: { type: 'Polygon', coordinates: [[...ring, ring[0]]] },
  })),
};

describe('A scene in overlapping pieces with holes, on one lattice', () => {
  const whole = wholeRaster();
  let reference: Figures;

  beforeAll(async () => {
    reference = await figuresOf({ rasters: { 'whole.tif': whole }, zones: SLANTED });
    expect(reference.zones.map(({ total }) => total.cells > 1000)).toEqual([true, true, true]);
    expect(reference.city.total.coverage).toBeLessThan(0.95);
  });

  it.each([
    [2, null],
    [2, 16],
    [2, 50],
    [2, 64],
    [3, null],
    [3, 17],
    [3, 64],
    [3, 500],
  ])('has the figures of the whole: %s by %s pieces a side, in any order', async (side, tileSize) => {
    for (const seed of [1, 2, 3]) {
      const rasters = piecesOf(whole, side, seed);
      const order = shuffled(Object.keys(rasters), seed);
      expect(await figuresOf({ rasters, zones: SLANTED, order }, tileSize)).toEqual(reference);
    }
  });

  it.each(['listed', 'name', 'newest', 'oldest'])(
    'has them in the order `%s` where pieces do not overlap',
    async (order) => {
      const rasters = piecesOf(whole, 3, 4, 0);
      expect(await figuresOf({ rasters, zones: SLANTED, landcover: { order } }, 64)).toEqual(reference);
    },
  );

  it('has the figures of the whole where zones share cells by what they cover', async () => {
    const zonesKeys = { id: 'id', rule: 'coverage' };
    const expected = await figuresOf({ rasters: { 'whole.tif': whole }, zones: SLANTED, zonesKeys });
    expect(expected).not.toEqual(reference);
    for (const [side, tileSize] of [
      [2, 50],
      [3, 64],
      [3, null],
    ] as const) {
      expect(await figuresOf({ rasters: piecesOf(whole, side, 5), zones: SLANTED, zonesKeys }, tileSize)).toEqual(
        expected,
      );
    }
  });

  it('has the digest of the whole in whole runs, with one worker and with two', async () => {
    const alone = await runOf(await city({ rasters: { 'whole.tif': whole }, zones: SLANTED }), '--workers', '1');
    expect(alone.figures).toEqual(reference);
    for (const [side, words] of [
      [2, ['--workers', '2', '--tile-size', '50']],
      [3, ['--workers', '1']],
    ] as const) {
      const totals = await runOf(await city({ rasters: piecesOf(whole, side, 9), zones: SLANTED }), ...words);
      expect(totals.figures_sha256).toBe(alone.figures_sha256);
    }
  });
});

// -- On many lattices -------------------------------------------------------------------------------------------------

/** `lon`, `lat` of the middle; pixels of `size` in the CRS's own unit. */
async function sceneAt(
  epsg: number,
  [lon, lat]: readonly [number, number],
  { side, size, seed, holes = 0.1 }: { side: number; size: number; seed: number; holes?: number },
): Promise<TestRaster> {
  const [x, y] = makeTransform(await parseCrs('EPSG:4326'), await parseCrs(`EPSG:${epsg}`))(lon, lat);
  const geotransform: Geotransform = [x - (side * size) / 2, size, 0, y + (side * size) / 2, 0, -size];
  const samples = noise(seeded(seed), side * side, holes);
  return { rows: side, cols: side, samples, geotransform, epsg, nodata: 0 };
}

async function threeSystems(): Promise<Record<string, TestRaster>> {
  return {
    'west.tif': await sceneAt(32650, [119.985, 30.2], { side: 120, size: 30, seed: 11 }),
    'east.tif': await sceneAt(32651, [120.015, 30.203], { side: 120, size: 30, seed: 12 }),
    'degrees.tif': await sceneAt(4326, [120.0, 30.205], { side: 140, size: 1 / 3600, seed: 13 }),
  };
}

const AROUND_120 = rectangleZones(4326, {
  west: [119.962, 30.186, 119.991, 30.217],
  middle: [119.991, 30.181, 120.009, 30.219],
  east: [120.009, 30.186, 120.041, 30.217],
});

/** What interpolation aims at is 0.001 pixel at sampled places; twice that holds anywhere here. */
const NEAR_EDGE_PIXELS = 0.002;

async function compared(counted: CountedCity, rasters: readonly TestRaster[], zones: object, each = 1) {
  const { grid } = counted.plan;
  const scenes = await Promise.all(
    rasters.map(async (raster) => ({ raster, crs: await parseCrs(`EPSG:${raster.epsg}`) })),
  );
  const zoning = new ZoneOracle(grid, oracleZones(zones), await parseCrs('EPSG:4326'));
  return compareCells(counted, new MosaicOracle(grid, scenes, NEAR_EDGE_PIXELS), zoning, each);
}

const ORDERS = [
  ['west.tif', 'east.tif', 'degrees.tif'],
  ['degrees.tif', 'east.tif', 'west.tif'],
  ['east.tif', 'west.tif', 'degrees.tif'],
];

const GRIDS = [
  ['UTM 50N', { crs: 'EPSG:32650', resolution: 30 }],
  ['degrees', { crs: 'EPSG:4326', resolution: 1 / 4000 }],
  ['EASE-Grid', { crs: 'EPSG:6933', resolution: 25 }],
  [
    'an Albers of its own',
    { crs: '+proj=aea +lat_1=29 +lat_2=31 +lat_0=30 +lon_0=119.5 +datum=WGS84', resolution: 20 },
  ],
  ['a chosen equal-area grid', null],
] as const;

describe('Scenes of two UTM zones and in degrees', () => {
  it.each(GRIDS)('are counted cell for cell as the plain rule says, on %s', async (_, grid) => {
    const rasters = await threeSystems();
    for (const order of ORDERS) {
      const spec = grid === null ? {} : { grid };
      const counted = await countCity(await city({ rasters, zones: AROUND_120, order, spec }), 50);
      const owners = order.map((name) => rasters[name] as TestRaster);
      const found = await compared(counted, owners, AROUND_120);
      expect(found.wrong).toEqual([]);
      expect(found.cells).toBeGreaterThan(20_000);
      expect(found.seen).toBeGreaterThan(0.75 * found.cells);
      // A band of 0.004 pixel around the edges of pixels, in both directions and for each scene.
      expect(found.nearPixelEdge).toBeLessThan(0.03 * found.cells);
      expect(talliesOfPartial(counted)).toEqual(talliesOfCells(counted));
    }
  });

  it.each([
    ['UTM 50N', { crs: 'EPSG:32650', resolution: 30 }],
    ['a chosen equal-area grid', null],
  ])('are counted as it says over 60 km, on %s: each 97th cell', async (_, grid) => {
    const wide = { side: 1200, size: 30 };
    const rasters = {
      'west.tif': await sceneAt(32650, [119.85, 30.2], { ...wide, seed: 14 }),
      'east.tif': await sceneAt(32651, [120.15, 30.22], { ...wide, seed: 15 }),
      'degrees.tif': await sceneAt(4326, [120.0, 30.3], { side: 1500, size: 1 / 3600, seed: 16 }),
    };
    const zones = rectangleZones(4326, { west: [119.7, 30.07, 120.01, 30.41], east: [120.01, 30.09, 120.33, 30.38] });
    const spec = grid === null ? {} : { grid };
    const counted = await countCity(await city({ rasters, zones, spec }), 500);
    const found = await compared(counted, Object.values(rasters), zones, 97);
    expect(found.wrong).toEqual([]);
    expect(found.cells).toBeGreaterThan(20_000);
    expect(found.nearPixelEdge).toBeLessThan(0.03 * found.cells);
    expect(talliesOfPartial(counted)).toEqual(talliesOfCells(counted));
  });

  it('have an equal-area grid around the city where none is asked for, and say why', async () => {
    const { plan } = await countCity(await city({ rasters: await threeSystems(), zones: AROUND_120 }));
    expect(plan.grid.crs.proj4).toMatch(/^\+proj=laea \+lat_0=30\.2 \+lon_0=120 /);
    expect(plan.grid.cellWidth).toBe(29);
    expect(plan.gridReason).toMatch(/EPSG:32650.*EPSG:32651.*EPSG:4326/);
  });

  it.each(['centre', 'coverage'])('have the same bits in tiles of any size, zones by %s', async (rule) => {
    const zonesKeys = { id: 'id', rule };
    const spec = await city({ rasters: await threeSystems(), zones: AROUND_120, zonesKeys });
    const texts: string[] = [];
    for (const tileSize of [null, 16, 50, 64, 131, 500]) texts.push(countsText(await countCity(spec, tileSize)));
    expect(new Set(texts).size).toBe(1);
  });

  it('have the same digest with any number of workers, and it is that of the counts in one process', async () => {
    const files = { rasters: await threeSystems(), zones: AROUND_120 };
    const one = await runOf(await city(files), '--workers', '1');
    const two = await runOf(await city(files), '--workers', '2', '--tile-size', '50');
    expect(two.figures_sha256).toBe(one.figures_sha256);
    expect(one.figures).toEqual(await figuresOf(files, 33));
  });
});

// -- Gaps and overlaps ------------------------------------------------------------------------------------------------

describe('Gaps and overlaps of scenes', () => {
  it('are coverage below 1, and never counted twice', async () => {
    const rasters = {
      'west.tif': await sceneAt(32650, [119.97, 30.2], { side: 70, size: 30, seed: 21, holes: 0 }),
      'west-again.tif': await sceneAt(32651, [119.972, 30.2], { side: 60, size: 30, seed: 22, holes: 0 }),
      'east.tif': await sceneAt(32651, [120.03, 30.2], { side: 70, size: 30, seed: 23, holes: 0 }),
    };
    const counted = await countCity(await city({ rasters, zones: AROUND_120 }), 64);
    const found = await compared(counted, Object.values(rasters), AROUND_120);
    expect(found.wrong).toEqual([]);
    const { zones } = computeFigures(counted.plan, counted.partial);
    for (const { classes, total } of zones) {
      const sum = classes.reduce((cells, row) => cells + row.cells, 0);
      expect(sum).toBe(total.cells);
      expect(sum).toBeLessThan(total.zone_cells);
      expect(total.coverage).toBe(Number((total.area_ha / total.zone_area_ha).toPrecision(12)));
    }
    // The gap in the middle is 4 km wide, less 2 x 1 km of the scenes.
    expect(zones[1]?.total.coverage).toBeLessThan(0.1);
    expect(found.seen).toBe(zones.reduce((cells, { total }) => cells + total.cells, 0));
  });

  it('do not hang on the order of scenes that share no cell', async () => {
    const rasters = {
      'west.tif': await sceneAt(32650, [119.97, 30.2], { side: 70, size: 30, seed: 21 }),
      'east.tif': await sceneAt(32651, [120.03, 30.2], { side: 70, size: 30, seed: 23 }),
    };
    const texts: string[] = [];
    for (const order of [Object.keys(rasters), Object.keys(rasters).reverse()]) {
      for (const tileSize of [null, 50]) {
        texts.push(countsText(await countCity(await city({ rasters, zones: AROUND_120, order }), tileSize)));
      }
    }
    expect(new Set(texts).size).toBe(1);
  });
});

// -- Mode -------------------------------------------------------------------------------------------------------------

/** Class with the largest covered area in a cell, the smaller code where two are equal; areas in pixels. */
function modeUnder(raster: TestRaster, top: number, left: number, side: number): number {
  const areas = new Map<number, number>();
  for (let row = Math.floor(top); row < top + side; row++) {
    for (let col = Math.floor(left); col < left + side; col++) {
      if (row < 0 || col < 0 || row >= raster.rows || col >= raster.cols) continue;
      const code = raster.samples[row * raster.cols + col] as number;
      const height = Math.min(row + 1, top + side) - Math.max(row, top);
      const width = Math.min(col + 1, left + side) - Math.max(col, left);
      if (code !== raster.nodata) areas.set(code, (areas.get(code) ?? 0) + height * width);
    }
  }
  const largest = Math.max(...areas.values());
  return areas.size === 0
    ? MISSING
    : Math.min(...[...areas].flatMap(([code, area]) => (area === largest ? [code] : [])));
}

describe('Classes by mode', () => {
  it.each([
    ['three by three pixels', 30, 3],
    ['two and a half pixels a side', 25, 2.5],
  ])('are the class of the largest area, in cells of %s', async (_, resolution, pixels) => {
    const geotransform: Geotransform = [800_000, 10, 0, 3_345_000, 0, -10];
    const raster = {
      rows: 200,
      cols: 190,
      samples: noise(seeded(31), 38_000, 0.3),
      geotransform,
      epsg: 32650,
      nodata: 0,
    };
    const zones = rectangleZones(32650, { fine: [799_900, 3_342_910, 801_950, 3_345_100] });
    const spec = { grid: { crs: 'EPSG:32650', resolution, origin: [800_000, 3_345_000] } };
    const path = await city({ rasters: { 'fine.tif': raster }, zones, spec, landcover: { resample: 'mode' } });
    const counted = await countCity(path, 16);
    let [checked, ties] = [0, 0];
    for (const { window, codes } of counted.tiles) {
      for (const [cell, code] of codes.entries()) {
        const row = window.row + Math.floor(cell / window.cols);
        const col = window.col + (cell % window.cols);
        expect(code, `cell ${row}, ${col}`).toBe(modeUnder(raster, row * pixels, col * pixels, pixels));
        checked++;
        if (code === MISSING) ties++;
      }
    }
    expect(checked).toBeGreaterThan(4000);
    expect(ties).toBeGreaterThan(100);
    expect(talliesOfPartial(counted)).toEqual(talliesOfCells(counted));
  });
});

// -- Quantities -------------------------------------------------------------------------------------------------------

const SOIL_SIDE = 41;

/** Soil carbon in degrees, pixels of about 260 m, with holes. */
function soilRaster(): TestRaster {
  const random = seeded(41);
  const samples = Float32Array.from({ length: SOIL_SIDE ** 2 }, (_, i) =>
    random() < 0.05 ? -9999 : 40 + 20 * Math.sin(i / 7) + 10 * random(),
  );
  const size = 1 / 420;
  const geotransform: Geotransform = [120.0 - (SOIL_SIDE * size) / 2, size, 0, 30.2 + (SOIL_SIDE * size) / 2, 0, -size];
  return { rows: SOIL_SIDE, cols: SOIL_SIDE, samples, geotransform, epsg: 4326, nodata: -9999 };
}

/** Soil at a place, from the four pixel centres around it; NaN where its own pixel is missing or outside. */
function bilinearAt({ samples, rows, cols, nodata }: TestRaster, row: number, col: number): number {
  const valid = (r: number, c: number) => r >= 0 && c >= 0 && r < rows && c < cols && samples[r * cols + c] !== nodata;
  if (!valid(Math.floor(row), Math.floor(col))) return Number.NaN;
  const [r0, c0] = [Math.floor(row - 0.5), Math.floor(col - 0.5)];
  let [sum, weights] = [0, 0];
  for (const r of [r0, r0 + 1]) {
    for (const c of [c0, c0 + 1]) {
      if (!valid(r, c)) continue;
      const weight = (1 - Math.abs(row - 0.5 - r)) * (1 - Math.abs(col - 0.5 - c));
      sum += weight * (samples[r * cols + c] as number);
      weights += weight;
    }
  }
  return sum / weights;
}

describe('A quantity in another CRS than the land cover', () => {
  const soil = soilRaster();
  const layers = (rasters: Record<string, TestRaster>, resample?: string) => ({
    landcover: { scenes: Object.keys(rasters).map((name) => `./${name}`) },
    soil: { scenes: './soil.tif', unit: 't/ha', ...(resample === undefined ? {} : { resample }) },
  });

  it.each(['bilinear', 'nearest', 'average', undefined])(
    'has the same bits in tiles of any size, resampled by %s',
    async (resample) => {
      const rasters = await threeSystems();
      const spec = { layers: layers(rasters, resample) };
      const path = await city({ rasters, others: { 'soil.tif': soil }, zones: AROUND_120, spec });
      const texts: string[] = [];
      for (const tileSize of [null, 16, 50, 64, 500]) texts.push(countsText(await countCity(path, tileSize)));
      expect(new Set(texts).size).toBe(1);
      expect(texts[0]).toContain('"soil"');
    },
  );

  it('has the sums and means of all cells taken one by one', async () => {
    const rasters = await threeSystems();
    const spec = { layers: layers(rasters, 'bilinear'), grid: { crs: 'EPSG:32650', resolution: 30 } };
    const counted = await countCity(await city({ rasters, others: { 'soil.tif': soil }, zones: AROUND_120, spec }), 64);
    const { grid } = counted.plan;
    const toDegrees = makeTransform(grid.crs, await parseCrs('EPSG:4326'));
    const sums = new Map<number, { cells: number; sum: number }>();
    for (const { window, codes, zones } of counted.tiles) {
      for (const [cell, zone] of zones.entries()) {
        if (zone === -1 || codes[cell] === MISSING) continue;
        const row = window.row + Math.floor(cell / window.cols) + 0.5;
        const col = window.col + (cell % window.cols) + 0.5;
        const [lon, lat] = toDegrees(grid.originX + col * grid.cellWidth, grid.originY - row * grid.cellHeight);
        const [x0, dx, , y0, , dy] = soil.geotransform;
        const value = bilinearAt(soil, (lat - y0) / -Math.abs(dy), (lon - x0) / dx);
        if (Number.isNaN(value)) continue;
        const { cells, sum } = sums.get(zone) ?? { cells: 0, sum: 0 };
        sums.set(zone, { cells: cells + 1, sum: sum + value });
      }
    }
    for (const [zone, classes] of counted.partial.quantities.get('soil') ?? []) {
      const all = [...classes.values()];
      const cells = all.reduce((count, tally) => count + tally.cells, 0);
      const sum = all.reduce((total, tally) => total + Number(tally.sum) / 2 ** 20, 0);
      const expected = sums.get(zone) ?? { cells: 0, sum: 0 };
      expect(cells).toBeGreaterThan(5000);
      // Cells on the edge of a hole may fall to either side.
      expect(Math.abs(cells - expected.cells)).toBeLessThan(5);
      expect(Math.abs(sum / cells / (expected.sum / expected.cells) - 1)).toBeLessThan(1e-4);
    }
    expect(sums.size).toBe(3);
  });
});

// -- Areas ------------------------------------------------------------------------------------------------------------

/** Area in m2 of the strip from the equator to a latitude, for one radian of longitude, on WGS 84; closed form. */
function stripM2(latitude: number): number {
  const [a, f] = [6_378_137, 1 / 298.257223563];
  const e2 = f * (2 - f);
  const e = Math.sqrt(e2);
  const s = Math.sin((latitude * Math.PI) / 180);
  return ((a * a * (1 - e2)) / 2) * (s / (1 - e2 * s * s) + Math.atanh(e * s) / e);
}

type Box = readonly [x0: number, y0: number, x1: number, y1: number];

/** Area on WGS 84 inside the curve that a rectangle of a projection draws on it: Green's theorem, 20,000 steps an edge. */
async function areaOnEllipsoid(crsText: string, [x0, y0, x1, y1]: Box): Promise<number> {
  const toDegrees = makeTransform(await parseCrs(crsText), await parseCrs('EPSG:4326'));
  const corners = [
    [x0, y0],
    [x1, y0],
    [x1, y1],
    [x0, y1],
    [x0, y0],
  ] as const;
  const steps = 20_000;
  let area = 0;
  for (let i = 0; i < 4; i++) {
    const [[ax, ay], [bx, by]] = [corners[i] as readonly [number, number], corners[i + 1] as readonly [number, number]];
    let [lon, lat] = toDegrees(ax, ay);
    for (let step = 1; step <= steps; step++) {
      const [nextLon, nextLat] = toDegrees(ax + ((bx - ax) * step) / steps, ay + ((by - ay) * step) / steps);
      area += (((lon - nextLon) * Math.PI) / 180) * ((stripM2(lat) + stripM2(nextLat)) / 2);
      [lon, lat] = [nextLon, nextLat];
    }
  }
  return Math.abs(area);
}

const AREA_GRIDS = [
  ['EPSG:32650', [779_970, 3_329_940, 800_010, 3_359_970]],
  ['EPSG:3857', [13_350_000, 3_530_010, 13_370_010, 3_560_010]],
  ['EPSG:3857', [1_720_020, 14_400_000, 1_750_020, 14_430_000]],
  ['EPSG:5070', [-450_000, 1_800_000, -420_000, 1_830_030]],
  ['+proj=aea +lat_1=29 +lat_2=31 +lat_0=30 +lon_0=119.5 +datum=WGS84', [40_020, 10_020, 69_990, 40_020]],
] as const;

/** 1 in every pixel, under a box of the grid's CRS; pixels of 300 m. */
function plainRaster(epsg: number | null, [x0, , x1, y1]: Box, y0: number): TestRaster {
  const [rows, cols] = [Math.ceil((y1 - y0) / 300), Math.ceil((x1 - x0) / 300)];
  const samples = new Uint8Array(rows * cols).fill(1);
  return { rows, cols, samples, geotransform: [x0, 300, 0, y1, 0, -300], epsg, nodata: 0 };
}

/** A box of cells of 30 m, seen everywhere, measured on the ellipsoid. */
function boxCity(crs: string, box: Box): Promise<string> {
  const epsg = /^EPSG:(\d+)$/.exec(crs)?.[1];
  const raster = plainRaster(epsg === undefined ? null : Number(epsg), box, box[1]);
  const named = epsg === undefined ? { landcover: { crs } } : {};
  const zones = rectangleZones(4326, { box });
  const spec = { area: 'ellipsoid', grid: { crs, resolution: 30 } };
  return city({ rasters: { 'ones.tif': raster }, zones, zonesKeys: { id: 'id', crs }, spec, ...named });
}

describe('Areas on the ellipsoid', () => {
  it.each(AREA_GRIDS)('are those that the outline has there: %s, %s', async (crs, box) => {
    const { plan, partial } = await countCity(await boxCity(crs, box), 500);
    const { city: all } = computeFigures(plan, partial);
    const expected = (await areaOnEllipsoid(crs, box)) / 10_000;
    expect(all.total.coverage).toBe(1);
    expect(Math.abs(all.total.zone_area_ha / expected - 1)).toBeLessThan(1e-8);
  });

  /** `polygon_area_ha` stands beside `zone_area_ha` to tell how well the cells stand for the zone: measured alike, they agree. */
  it.each(AREA_GRIDS)('are those of the outline itself too: %s, %s', async (crs, box) => {
    const { plan, partial } = await countCity(await boxCity(crs, box), 500);
    const [zone] = computeFigures(plan, partial).zones;
    const share = (zone?.polygon_area_ha ?? 0) / (zone?.total.zone_area_ha ?? 0);
    expect(Math.abs(share - 1)).toBeLessThan(1e-4);
  });

  it.each(AREA_GRIDS)('of zones that tile the city add up to it to the last unit: %s, %s', async (crs, box) => {
    const [x0, y0, x1, y1] = box;
    const random = seeded(51);
    const middle = [x0 + (x1 - x0) * (0.3 + 0.4 * random()), y0 + (y1 - y0) * (0.3 + 0.4 * random())];
    const corners = [
      [x0 + 11.1, y0 + 7.3],
      [x1 - 5.2, y0 + 3.1],
      [x1 - 8.8, y1 - 14.2],
      [x0 + 2.9, y1 - 1.7],
    ];
    const polygon = (id: string, ring: number[][]) => ({
      type: 'Feature',
      properties: { id },
      geometry: { type: 'Polygon', coordinates: [[...ring, ring[0]]] },
    });
    const parts = corners.map((corner, i) => polygon(`part-${i}`, [corner, corners[(i + 1) % 4] as number[], middle]));
    const epsg = Number(/^EPSG:(\d+)$/.exec(crs)?.[1] ?? Number.NaN);
    const raster = plainRaster(Number.isNaN(epsg) ? null : epsg, box, y0);
    const spec = { area: 'ellipsoid', grid: { crs, resolution: 100 } };
    const shared = { rasters: { 'ones.tif': raster }, zonesKeys: { id: 'id', crs }, spec };
    const named = Number.isNaN(epsg) ? { landcover: { crs } } : {};
    const collection = (features: object[]) => ({ type: 'FeatureCollection', features });
    const inParts = await countCity(await city({ ...shared, ...named, zones: collection(parts) }), 64);
    const inOne = await countCity(
      await city({ ...shared, ...named, zones: collection([polygon('whole', corners)]) }),
      100,
    );
    const sum = (counted: CountedCity) =>
      [...counted.partial.zones.values()].reduce(
        ({ cells, area }, { all }) => ({ cells: cells + all.cells, area: area + all.area }),
        { cells: 0, area: 0n },
      );
    expect(inParts.plan.areaExponent).toBe(inOne.plan.areaExponent);
    expect(sum(inParts)).toEqual(sum(inOne));
    expect(inParts.partial.zones.size).toBe(4);
  });
});
