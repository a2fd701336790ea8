import { copyFile, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { computeFigures } from '../../src/reducer/totals.ts';
import { parseCrs } from '../../src/shared/geo/crs-registry.ts';
import type { Geotransform } from '../../src/shared/geo/geotransform.ts';
import { makeTransform } from '../../src/shared/geo/project.ts';
import { plainFactors, rectangleZones, temporaryFolder, writeCity } from '../support/city.ts';
import { runCli } from '../support/cli.ts';
import { type CityFiles, type CountedCity, countCity, writeMosaic } from '../support/counted-city.ts';
import type { TestRaster } from '../support/geotiff-writer.ts';
import {
  type Comparison,
  compareCells,
  MosaicOracle,
  type OracleScene,
  oracleZones,
  talliesOfCells,
  talliesOfPartial,
  ZoneOracle,
} from '../support/mosaic-oracle.ts';
import { cutAtAntimeridian, seeded } from '../support/random-mosaics.ts';
import { NO_TEST_DATA, testData } from '../support/test-data.ts';

/** Images that do not lie north-up on a metric grid: each is counted where it lies, or refused by name. */

let folder = '';
let made = 0;

beforeAll(async () => {
  folder = await temporaryFolder();
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

type Files = Omit<CityFiles, 'folder'>;

function city(files: Files): Promise<string> {
  made += 1;
  return writeMosaic({ folder: join(folder, String(made)), ...files });
}

async function figuresOf(files: Files) {
  const { plan, partial } = await countCity(await city(files), 50);
  return computeFigures(plan, partial);
}

const ROWS = 90;
const COLS = 70;

function noise(seed: number, count = ROWS * COLS): Uint8Array {
  const random = seeded(seed);
  return Uint8Array.from({ length: count }, () => (random() < 0.1 ? 0 : 1 + Math.floor(random() * 8)));
}

function raster(geotransform: Geotransform, epsg: number | null, more: Partial<TestRaster> = {}): TestRaster {
  return { rows: ROWS, cols: COLS, samples: noise(61), geotransform, epsg, nodata: 0, ...more };
}

/** Pixels of a raster in another order: `from` gives the row and column that a new pixel comes from. */
function reordered(
  source: TestRaster,
  { rows, cols }: { rows: number; cols: number },
  from: (row: number, col: number) => readonly [number, number],
): Uint8Array {
  return Uint8Array.from({ length: rows * cols }, (_, at) => {
    const [row, col] = from(Math.floor(at / cols), at % cols);
    return source.samples[row * source.cols + col] as number;
  });
}

// -- The same pixels in another order ---------------------------------------------------------------------------------

const X0 = 800_010;
const Y0 = 3_345_030;
const NORTH_UP = raster([X0, 30, 0, Y0, 0, -30], 32650);

const VARIANTS: Readonly<Record<string, TestRaster>> = {
  'south-up': {
    ...NORTH_UP,
    geotransform: [X0, 30, 0, Y0 - 30 * ROWS, 0, 30],
    samples: reordered(NORTH_UP, NORTH_UP, (row, col) => [ROWS - 1 - row, col]),
  },
  'mirrored east-west': {
    ...NORTH_UP,
    geotransform: [X0 + 30 * COLS, -30, 0, Y0, 0, -30],
    samples: reordered(NORTH_UP, NORTH_UP, (row, col) => [row, COLS - 1 - col]),
  },
  'turned by half a turn': {
    ...NORTH_UP,
    geotransform: [X0 + 30 * COLS, -30, 0, Y0 - 30 * ROWS, 0, 30],
    samples: reordered(NORTH_UP, NORTH_UP, (row, col) => [ROWS - 1 - row, COLS - 1 - col]),
  },
  'with tags for the centres of pixels': { ...NORTH_UP, pixelIsPoint: true },
  'south-up with tags for centres': {
    ...NORTH_UP,
    pixelIsPoint: true,
    geotransform: [X0, 30, 0, Y0 - 30 * ROWS, 0, 30],
    samples: reordered(NORTH_UP, NORTH_UP, (row, col) => [ROWS - 1 - row, col]),
  },
};

/** Turned by a quarter, so that rows run east: on no lattice of its own. */
const QUARTER_TURNED: TestRaster = {
  ...NORTH_UP,
  rows: COLS,
  cols: ROWS,
  geotransform: [X0, 0, 30, Y0, -30, 0],
  samples: reordered(NORTH_UP, { rows: COLS, cols: ROWS }, (row, col) => [col, row]),
};

/** Reaches out of the raster in the north. */
const AROUND = rectangleZones(32650, {
  west: [800_133, 3_342_517, 801_077, 3_345_209],
  east: [801_077, 3_342_717, 801_999, 3_344_903],
});

describe('The same land cover with its pixels in another order', () => {
  it.each(Object.entries(VARIANTS))('has the figures of the north-up copy: %s, on its own grid', async (_, variant) => {
    const reference = await figuresOf({ rasters: { 'cover.tif': NORTH_UP }, zones: AROUND });
    expect(reference.city.total.coverage).toBeGreaterThan(0.7);
    expect(await figuresOf({ rasters: { 'cover.tif': variant }, zones: AROUND })).toEqual(reference);
  });

  it.each([...Object.entries(VARIANTS), ['turned by a quarter', QUARTER_TURNED] as const])(
    'has the figures of the north-up copy: %s, on an asked grid',
    async (_, variant) => {
      const spec = { grid: { crs: 'EPSG:32650', resolution: 20, origin: [800_003, 3_345_001] } };
      const reference = await figuresOf({ rasters: { 'cover.tif': NORTH_UP }, zones: AROUND, spec });
      expect(await figuresOf({ rasters: { 'cover.tif': variant }, zones: AROUND, spec })).toEqual(reference);
    },
  );
});

// -- Against the plain rule -------------------------------------------------------------------------------------------

interface Case {
  readonly files: Files;
  readonly scenes: readonly OracleScene[];
  readonly zonesCrs?: string;
  /** In pixels. */
  readonly tolerance?: number;
  readonly tileSize?: number;
}

async function compared({
  files,
  scenes,
  zonesCrs = 'EPSG:4326',
  tolerance = 0.002,
  tileSize = 50,
}: Case): Promise<Comparison & { readonly counted: CountedCity }> {
  const counted = await countCity(await city(files), tileSize);
  const { grid } = counted.plan;
  const zoning = new ZoneOracle(grid, oracleZones(files.zones), await parseCrs(zonesCrs));
  const found = compareCells(counted, new MosaicOracle(grid, scenes, tolerance), zoning);
  expect(found.wrong).toEqual([]);
  expect(talliesOfPartial(counted)).toEqual(talliesOfCells(counted));
  // What no tile covers is in no tally: the outlines say how many cells there should be.
  const expected = counted.plan.zones.list.reduce((sum, { areaCells = 0 }) => sum + areaCells, 0);
  expect(Math.abs(found.cells / expected - 1)).toBeLessThan(0.05);
  return { ...found, counted };
}

async function sceneOf(image: TestRaster, crs = `EPSG:${image.epsg}`): Promise<OracleScene> {
  return { raster: image, crs: await parseCrs(crs) };
}

/** Middle of the image at a place in degrees; a, b, c, d as in x = a col + b row, y = c col + d row. */
async function around(
  crs: string,
  [lon, lat]: readonly [number, number],
  [a, b, c, d]: readonly [number, number, number, number],
  { rows, cols }: { rows: number; cols: number } = { rows: ROWS, cols: COLS },
): Promise<Geotransform> {
  const [x, y] = makeTransform(await parseCrs('EPSG:4326'), await parseCrs(crs))(lon, lat);
  return [x - (a * cols + b * rows) / 2, a, b, y - (c * cols + d * rows) / 2, c, d];
}

const TURNED: readonly (readonly [string, readonly [number, number, number, number]])[] = [
  ['turned by 30 degrees', [26, 15, 15, -26]],
  ['turned by 160 degrees and mirrored', [-28.2, 10.3, 10.3, 28.2]],
  ['sheared', [30, 11, 0, -30]],
  ['oblong', [47, 0, 0, -21]],
  ['oblong, sheared and south-up', [40, -6, 9, 23]],
];

const HANGZHOU = rectangleZones(4326, {
  west: [120.141, 30.238, 120.151, 30.259],
  east: [120.151, 30.243, 120.16, 30.262],
});

describe('Turned, sheared and oblong land cover', () => {
  it.each(TURNED)('is counted where it lies, on an asked and on a chosen grid: %s', async (_, matrix) => {
    for (const pixelIsPoint of [false, true]) {
      const geotransform = await around('EPSG:32650', [120.15, 30.25], matrix);
      const image = raster(geotransform, 32650, { pixelIsPoint });
      for (const spec of [
        {},
        { grid: { crs: 'EPSG:4326', resolution: 1 / 5000 } },
        { grid: { crs: 'EPSG:32651', resolution: 20 } },
      ]) {
        const files = { rasters: { 'cover.tif': image }, zones: HANGZHOU, spec };
        const found = await compared({ files, scenes: [await sceneOf(image)] });
        expect(found.seen).toBeGreaterThan(0.5 * found.cells);
      }
    }
  });
});

// -- Feet -------------------------------------------------------------------------------------------------------------

/** US survey foot, in metres. */
const US_FOOT = 1200 / 3937;

describe('Land cover in US feet', () => {
  /**
   * /usr/bin/python3 -c "from osgeo import osr; a, b = osr.SpatialReference(), osr.SpatialReference(); a.ImportFromEPSG(4326);
   * b.ImportFromEPSG(2263); print(osr.CoordinateTransformation(a, b).TransformPoint(40.75, -73.98))"   # GDAL 3.6.2
   */
  const MANHATTAN = [989_791.457, 212_522.519] as const;

  it('is counted where it lies, with areas in metres: EPSG:2263', async () => {
    const [x, y] = MANHATTAN;
    const image = raster([x - 50 * COLS, 100, 0, y + 50 * ROWS, 0, -100], 2263);
    const zones = rectangleZones(4326, { midtown: [-73.989, 40.743, -73.971, 40.757] });
    const { counted, seen, cells } = await compared({
      files: { rasters: { 'cover.tif': image }, zones },
      scenes: [await sceneOf(image)],
    });
    expect(seen).toBeGreaterThan(0.8 * cells);
    // 100 ft by 100 ft.
    const { city: all } = computeFigures(counted.plan, counted.partial);
    expect(all.total.area_ha / all.total.cells).toBeCloseTo((100 * US_FOOT) ** 2 / 10_000, 9);
    // 0.018 degrees by 0.014 degrees are 236.3 ha at this latitude; an edge may gain or lose half a row of cells.
    expect(all.total.zone_area_ha).toBeGreaterThan(233);
    expect(all.total.zone_area_ha).toBeLessThan(239.6);
    const { plan } = counted;
    const toDegrees = makeTransform(await parseCrs('EPSG:2263'), await parseCrs('EPSG:4326'));
    const [lon, lat] = toDegrees(x, y);
    expect([lon.toFixed(5), lat.toFixed(5)]).toEqual(['-73.98000', '40.75000']);
    expect(plan.grid.crs.unitSize).toBeCloseTo(US_FOOT, 9);
  });

  it('is counted where it lies where the file names feet for a CRS in metres: EPSG:2853', async () => {
    const metres = await around('EPSG:2853', [-77.5, 38.9], [30, 0, 0, -30]);
    const image = raster(metres.map((value) => value / US_FOOT) as unknown as Geotransform, 2853, { linearUnit: 9003 });
    const zones = rectangleZones(4326, { one: [-77.509, 38.891, -77.493, 38.908] });
    for (const spec of [
      {},
      { grid: { crs: 'EPSG:2853', resolution: 25 } },
      { grid: { crs: 'EPSG:32618', resolution: 25 } },
    ]) {
      const files = { rasters: { 'cover.tif': image }, zones, spec };
      // The same image in metres. Its centres may fall on the edges of pixels in no other way than by a transform.
      const counted = await countCity(await city(files), 50);
      const { grid } = counted.plan;
      const lattice = { ...grid, crs: grid.crs.unitSize === 1 ? grid.crs : await parseCrs('EPSG:2853') };
      const scale = grid.crs.unitSize;
      const inMetres = {
        ...lattice,
        originX: grid.originX * scale,
        originY: grid.originY * scale,
        cellWidth: grid.cellWidth * scale,
        cellHeight: grid.cellHeight * scale,
      };
      const scene = await sceneOf(raster(metres, 2853));
      const zoning = new ZoneOracle(inMetres, oracleZones(zones), await parseCrs('EPSG:4326'));
      const found = compareCells(counted, new MosaicOracle(inMetres, [scene], 0.002), zoning);
      expect(found.wrong).toEqual([]);
      expect(found.seen).toBeGreaterThan(0.8 * found.cells);
      expect(found.cells).toBeGreaterThan(2000);
    }
  });
});

// -- Longitudes -------------------------------------------------------------------------------------------------------

type Degrees = readonly [west: number, south: number, east: number, north: number];

/** Zones in degrees; those over 180 degrees in two pieces, as RFC 7946 wants. */
function degreeZones(boxes: Readonly<Record<string, Degrees>>): object {
  const features = Object.entries(boxes).map(([id, [west, south, east, north]]) => {
    const ring = [
      [west, south],
      [east, south],
      [east, north],
      [west, north],
      [west, south],
    ];
    const pieces = cutAtAntimeridian(west, south, east, north) ?? [ring];
    return {
      type: 'Feature',
      properties: { id },
      geometry: { type: 'MultiPolygon', coordinates: pieces.map((one) => [one]) },
    };
  });
  return { type: 'FeatureCollection', features };
}

/** An image in degrees from a corner, with pixels of a size. */
function degreesRaster(west: number, north: number, size: number, rows: number, cols: number): TestRaster {
  return raster([west, size, 0, north, 0, -size], 4326, { rows, cols, samples: noise(71, rows * cols) });
}

const FIJI = degreeZones({ 'viti-levu': [177.2, -18.3, 178.7, -17.3], taveuni: [179.6, -17.1, 180.35, -16.4] });
const CHUKOTKA = degreeZones({ west: [176.1, 65.2, 179.3, 66.9], wrangel: [178.4, 70.7, 182.6, 71.6] });

const FIJI_EQUAL_AREA = '+proj=laea +lat_0=-17 +lon_0=179 +x_0=0 +y_0=0 +datum=WGS84 +units=m +no_defs';
const CHUKOTKA_ALBERS =
  '+proj=aea +lat_1=60 +lat_2=70 +lat_0=65 +lon_0=180 +x_0=0 +y_0=0 +datum=WGS84 +units=m +no_defs';

/** Images over Fiji and Chukotka, whose longitudes go on beyond 180 in one way or another. */
const BEYOND: Readonly<Record<string, readonly TestRaster[]>> = {
  'from 170 to 190': [degreesRaster(170, -10, 0.05, 200, 400)],
  'from -190 to -170': [degreesRaster(-190, -10, 0.05, 200, 400)],
  'from 0 to 360': [degreesRaster(0, 0, 0.1, 250, 3600)],
  'from -180 to 180': [degreesRaster(-180, 0, 0.1, 250, 3600)],
  'of two images that meet at 180': [degreesRaster(170, -10, 0.05, 200, 200), degreesRaster(-180, -10, 0.05, 200, 200)],
  'of two images, one beyond 180': [degreesRaster(170, -10, 0.05, 200, 200), degreesRaster(180, -10, 0.05, 200, 200)],
};

function named(images: readonly TestRaster[]): Record<string, TestRaster> {
  return Object.fromEntries(images.map((image, i) => [`cover-${i}.tif`, image]));
}

async function scenesOf(images: readonly TestRaster[]): Promise<OracleScene[]> {
  return Promise.all(images.map((image) => sceneOf(image)));
}

/** Cells in zones that no image shows are holes of 10 % alone. */
function expectAllSeen({ seen, cells }: Comparison): void {
  expect(seen).toBeGreaterThan(0.84 * cells);
  expect(seen).toBeLessThan(0.96 * cells);
}

describe('Land cover in degrees over the antimeridian', () => {
  it.each(Object.entries(BEYOND))('is counted under zones cut there, on its own grid: %s', async (_, images) => {
    const scenes = await scenesOf(images);
    expectAllSeen(await compared({ files: { rasters: named(images), zones: FIJI }, scenes, tileSize: 64 }));
  });

  it.each(Object.entries(BEYOND))('is counted under zones cut there, on other grids: %s', async (_, images) => {
    const scenes = await scenesOf(images);
    for (const grid of [
      { crs: 'EPSG:4326', resolution: 0.03 },
      { crs: FIJI_EQUAL_AREA, resolution: 3000 },
      { crs: 'EPSG:3832', resolution: 4000 },
      { crs: 'EPSG:32760', resolution: 4000 },
    ]) {
      const files = { rasters: named(images), zones: FIJI, spec: { grid } };
      expectAllSeen(await compared({ files, scenes, tileSize: 64 }));
    }
  });

  it.each([
    ['EPSG:4326', 0.03],
    [CHUKOTKA_ALBERS, 2000],
    ['EPSG:3413', 2500],
    ['EPSG:6933', 3000],
  ])('is counted in Chukotka, on %s', async (crs, resolution) => {
    for (const images of [[degreesRaster(170, 75, 0.05, 250, 400)], [degreesRaster(-180, 75, 0.1, 125, 3600)]]) {
      const files = { rasters: named(images), zones: CHUKOTKA, spec: { grid: { crs, resolution } } };
      expectAllSeen(await compared({ files, scenes: await scenesOf(images), tileSize: 64 }));
    }
  });

  it('is counted in the west under an image from 0 to 360, on its own grid and on others', async () => {
    const images = BEYOND['from 0 to 360'] as readonly TestRaster[];
    const zones = degreeZones({ brazil: [-50.2, -20.1, -44.9, -15.3], zimbabwe: [28.1, -20.2, 31.9, -17.4] });
    for (const spec of [
      {},
      { grid: { crs: 'EPSG:4326', resolution: 0.07 } },
      { grid: { crs: 'EPSG:6933', resolution: 9000 } },
    ]) {
      expectAllSeen(
        await compared({
          files: { rasters: named(images), zones, spec },
          scenes: await scenesOf(images),
          tileSize: 64,
        }),
      );
    }
  });
});

describe('Land cover and soil from 0 to 360', () => {
  it('have the figures of their copies from -180 to 180', async () => {
    const [rows, cols, size] = [100, 720, 0.5];
    const east = degreesRaster(0, 10, size, rows, cols);
    const soil = { ...east, samples: Float32Array.from(noise(72, rows * cols), (code) => code * 7.25) };
    const rolled = (image: TestRaster): TestRaster => {
      const samples = image.samples.slice();
      for (let at = 0; at < samples.length; at++) {
        const col = at % cols;
        samples[at] = image.samples[at - col + ((col + cols / 2) % cols)] as number;
      }
      return { ...image, samples, geotransform: [-180, size, 0, 10, 0, -size] };
    };
    const zones = degreeZones({
      brazil: [-50.2, -20.1, -44.9, -5.3],
      fiji: [176.1, -19, 182.3, -15.8],
      east: [28.1, -20.2, 31.9, -7.4],
    });
    for (const resample of ['nearest', 'bilinear', 'average']) {
      const spec = {
        layers: { landcover: { scenes: './cover.tif' }, soil: { scenes: './soil.tif', unit: 't/ha', resample } },
      };
      const cover = (image: TestRaster, of: TestRaster) => ({
        rasters: { 'cover.tif': image },
        others: { 'soil.tif': of },
        zones,
        spec,
      });
      const expected = await figuresOf(cover(rolled(east), rolled(soil)));
      expect(expected.zones.map(({ total }) => (total.coverage ?? 0) > 0.8)).toEqual([true, true, true]);
      expect(await figuresOf(cover(east, soil))).toEqual(expected);
      expect(await figuresOf(cover(east, rolled(soil)))).toEqual(expected);
      expect(await figuresOf(cover(rolled(east), soil))).toEqual(expected);
    }
  });
});

describe('Land cover in the UTM zones on both sides of the antimeridian', () => {
  it.each([
    ['a chosen equal-area grid', null],
    ['UTM 60S', { crs: 'EPSG:32760', resolution: 300 }],
    ['degrees', { crs: 'EPSG:4326', resolution: 1 / 400 }],
  ])('is counted under zones cut there, on %s', async (_, grid) => {
    const images = [
      raster(await around('EPSG:32760', [179.8, -16.8], [300, 0, 0, -300], { rows: 200, cols: 200 }), 32760, {
        rows: 200,
        cols: 200,
        samples: noise(73, 40_000),
      }),
      raster(await around('EPSG:32701', [-179.7, -16.8], [300, 0, 0, -300], { rows: 200, cols: 200 }), 32701, {
        rows: 200,
        cols: 200,
        samples: noise(74, 40_000),
      }),
    ];
    const zones = degreeZones({ taveuni: [179.61, -17.02, 180.23, -16.64], east: [-179.77, -17.02, -179.6, -16.64] });
    const files = { rasters: named(images), zones, spec: grid === null ? {} : { grid } };
    expectAllSeen(await compared({ files, scenes: await scenesOf(images), tileSize: 64 }));
  });
});

describe('Zones over the antimeridian that are not cut there', () => {
  it.each([
    ['an edge the long way around', [177, -18, -179, -17], /zones\.geojson.*feature 1.*[\s\S]*more than 180 degrees/],
    ['a longitude beyond 180', [177, -18, 181, -17], /zones\.geojson.*feature 1.*[\s\S]*outside the range/],
  ] as const)('are refused by name: %s', async (_, box, says) => {
    const zones = rectangleZones(4326, { fiji: box });
    const images = BEYOND['from 170 to 190'] as readonly TestRaster[];
    await expectRefused(await city({ rasters: named(images), zones }), /zones\.geojson/, says);
  });
});

// -- Poles ------------------------------------------------------------------------------------------------------------

/** A square around the pole, and one beside it, in metres. */
const POLAR_ZONES = {
  pole: [-310_300, -290_700, 305_100, 311_900],
  beside: [400_200, -150_500, 700_800, 201_100],
} as const;

/** Four sectors of degrees that meet at the pole. */
function sectors(south: number, north: number): object {
  return degreeZones(
    Object.fromEntries([-180, -90, 0, 90].map((west) => [`from ${west}`, [west, south, west + 90, north] as Degrees])),
  );
}

describe('Land cover around a pole', () => {
  it.each([
    [3413, 90],
    [3031, -90],
  ])('is counted in polar stereographic EPSG:%s', async (epsg, pole) => {
    const image = raster([-900_000, 20_000, 0, 900_000, 0, -20_000], epsg, { samples: noise(81, 8100), cols: 90 });
    const scenes = [await sceneOf(image)];
    const crs = `EPSG:${epsg}`;
    const rasters = { 'cover.tif': image };
    for (const grid of [
      null,
      { crs, resolution: 11_000 },
      { crs: `+proj=laea +lat_0=${pole} +lon_0=0 +datum=WGS84`, resolution: 9000 },
    ]) {
      const spec = grid === null ? {} : { grid };
      const square = { rasters, zones: rectangleZones(epsg, POLAR_ZONES), spec };
      expectAllSeen(await compared({ files: square, scenes, zonesCrs: crs, tileSize: 32 }));
      const zones = pole > 0 ? sectors(86, 90) : sectors(-90, -86);
      expectAllSeen(await compared({ files: { rasters, zones, spec }, scenes, tileSize: 32 }));
    }
  });

  it.each([
    [3413, 90],
    [3031, -90],
  ])('is counted in degrees, on a grid in EPSG:%s', async (epsg, pole) => {
    const north = pole > 0 ? 90 : -80;
    for (const west of [-180, 0]) {
      const image = degreesRaster(west, north, 0.25, 40, 1440);
      const spec = { grid: { crs: `EPSG:${epsg}`, resolution: 9000 } };
      const files = { rasters: { 'cover.tif': image }, zones: rectangleZones(epsg, POLAR_ZONES), spec };
      const scenes = [await sceneOf(image)];
      const found = await compared({ files, scenes, zonesCrs: `EPSG:${epsg}`, tolerance: 0.1, tileSize: 32 });
      expectAllSeen(found);
    }
  });
});

// -- No place at all --------------------------------------------------------------------------------------------------

async function expectRefused(spec: string, file: RegExp, says: RegExp): Promise<void> {
  const { code, stderr } = await runCli(['run', '--workers', '1', spec], { cwd: folder });
  expect(code, stderr).toBe(2);
  expect(stderr).toMatch(file);
  expect(stderr).toMatch(says);
}

describe('Land cover without a CRS', () => {
  const small = [X0, 30, 0, Y0, 0, -30] as const;

  it('is refused by name, and read in the CRS that the spec names', async () => {
    const image = raster(small, null);
    await expectRefused(await city({ rasters: { 'bare.tif': image }, zones: AROUND }), /bare\.tif/, /no CRS/);
    const stated = { rasters: { 'bare.tif': image }, zones: AROUND, landcover: { crs: 'EPSG:32650' } };
    expect(await figuresOf(stated)).toEqual(await figuresOf({ rasters: { 'cover.tif': NORTH_UP }, zones: AROUND }));
  });

  /** PROJ takes 0 for what a definition leaves out. */
  it('is read in a definition that leaves out what is 0', async () => {
    const systems = [
      ['+proj=aea +lat_1=29 +lat_2=31 +lon_0=119.5', '+lat_0=0'],
      ['+proj=laea +lon_0=119.5', '+lat_0=0'],
      ['+proj=lcc +lat_1=29 +lat_2=31 +lon_0=119.5', '+lat_0=0'],
      ['+proj=cea +lat_ts=30', '+lon_0=0'],
    ] as const;
    for (const [short, zero] of systems) {
      const full = `${short} ${zero} +datum=WGS84`;
      const image = raster(await around(full, [120.15, 30.25], [30, 0, 0, -30]), null);
      const parts = { rasters: { 'bare.tif': image }, zones: HANGZHOU };
      const expected = await figuresOf({ ...parts, landcover: { crs: full } });
      expect(await figuresOf({ ...parts, landcover: { crs: `${short} +datum=WGS84` } })).toEqual(expected);
    }
  });

  /** GDAL writes such files: AREA_OR_POINT=Point and no CRS give a key directory with nothing but the type of raster. */
  it('is refused by name where its only key says that pixels are points', async () => {
    const image = raster(small, null, { pixelIsPoint: true });
    await expectRefused(await city({ rasters: { 'bare.tif': image }, zones: AROUND }), /bare\.tif/, /no CRS/);
    const stated = { rasters: { 'bare.tif': image }, zones: AROUND, landcover: { crs: 'EPSG:32650' } };
    expect(await figuresOf(stated)).toEqual(await figuresOf({ rasters: { 'cover.tif': NORTH_UP }, zones: AROUND }));
  });
});

// -- Real files -------------------------------------------------------------------------------------------------------

const ODD = testData() === null ? '' : join(testData() as string, 'data/real/odd');

/** PackBits: n + 1 bytes as they are, or 1 - n times the same. */
function unpacked(stored: Uint8Array): Uint8Array {
  const bytes: number[] = [];
  for (let at = 0; at < stored.length; ) {
    const n = ((stored[at] as number) << 24) >> 24;
    if (n >= 0) bytes.push(...stored.subarray(at + 1, at + 2 + n));
    else if (n !== -128) bytes.push(...new Array<number>(1 - n).fill(stored[at + 1] as number));
    at += n >= 0 ? n + 2 : n === -128 ? 1 : 2;
  }
  return Uint8Array.from(bytes);
}

/** Width, height and samples of a little-endian TIFF of 8 bits in plain or packed strips, read by hand. */
async function plainPixels(name: string): Promise<{ rows: number; cols: number; samples: Uint8Array }> {
  const bytes = new Uint8Array(await readFile(join(ODD, name)));
  const view = new DataView(bytes.buffer);
  const start = view.getUint32(4, true);
  const tags = new Map<number, number[]>();
  for (let i = 0; i < view.getUint16(start, true); i++) {
    const at = start + 2 + 12 * i;
    const [tag, type, count] = [view.getUint16(at, true), view.getUint16(at + 2, true), view.getUint32(at + 4, true)];
    const size = type === 3 ? 2 : 4;
    if (type !== 3 && type !== 4) continue;
    const from = size * count > 4 ? view.getUint32(at + 8, true) : at + 8;
    tags.set(
      tag,
      Array.from({ length: count }, (_, k) =>
        size === 2 ? view.getUint16(from + 2 * k, true) : view.getUint32(from + 4 * k, true),
      ),
    );
  }
  const [cols = 0] = tags.get(256) ?? [];
  const [rows = 0] = tags.get(257) ?? [];
  const packed = tags.get(259)?.[0] === 32773;
  expect([tags.get(258), tags.get(259)]).toEqual([[8], [packed ? 32773 : 1]]);
  const samples = new Uint8Array(rows * cols);
  let filled = 0;
  for (const [strip, offset] of (tags.get(273) ?? []).entries()) {
    const stored = bytes.subarray(offset, offset + (tags.get(279)?.[strip] ?? 0));
    const plain = (packed ? unpacked(stored) : stored).subarray(0, samples.length - filled);
    samples.set(plain, filled);
    filled += plain.length;
  }
  expect(filled).toBe(samples.length);
  return { rows, cols, samples };
}

interface RealCity {
  readonly file: string;
  readonly zones: object;
  readonly zonesCrs: string;
  readonly landcover?: Readonly<Record<string, unknown>>;
  readonly grid?: object;
}

async function realCity({ file, zones, zonesCrs, landcover = {}, grid }: RealCity): Promise<string> {
  made += 1;
  const own = join(folder, String(made));
  await mkdir(own);
  await copyFile(join(ODD, file), join(own, file));
  const factors = plainFactors(Array.from({ length: 256 }, (_, code) => code));
  const spec = grid === undefined ? {} : { grid };
  return writeCity({
    folder: own,
    scenes: `./${file}`,
    zones,
    zonesKeys: { id: 'id', crs: zonesCrs },
    factors,
    landcover,
    spec,
  });
}

/** A zone around the whole image, `margin` pixels beyond it on all sides. */
function wholeZone(
  { rows, cols, geotransform: [x0, a, b, y0, c, d] }: TestRaster,
  epsg: number,
  margin: number,
): object {
  const corner = (row: number, col: number) => [x0 + a * col + b * row, y0 + c * col + d * row];
  const ring = [
    corner(-margin, -margin),
    corner(-margin, cols + margin),
    corner(rows + margin, cols + margin),
    corner(rows + margin, -margin),
    corner(-margin, -margin),
  ];
  const crs = { type: 'name', properties: { name: `urn:ogc:def:crs:EPSG::${epsg}` } };
  const geometry = { type: 'Polygon', coordinates: [ring] };
  return { type: 'FeatureCollection', crs, features: [{ type: 'Feature', properties: { id: 'whole' }, geometry }] };
}

/** Geotransforms as `gdalinfo` of GDAL 3.6.2 gives them. `crs`: for files that name none. */
const REAL: readonly {
  readonly file: string;
  readonly geotransform: Geotransform;
  readonly epsg: number;
  readonly crs?: string;
  readonly resolution: number;
}[] = [
  { file: 'negative_scaley.tif', geotransform: [440720, 60, 0, 3751320, 0, -60], epsg: 26711, resolution: 7 },
  { file: 'geomatrix.tif', geotransform: [1841001.75, 1.5, -5, 1144003.25, -5, -1.5], epsg: 32611, resolution: 1 },
  {
    file: 'rotated.tif',
    geotransform: [100, 17.320508075688775, 4.999999999999999, 200, 9.999999999999998, -8.660254037844387],
    epsg: 32611,
    crs: 'EPSG:32611',
    resolution: 3,
  },
  { file: 'byte_point.tif', geotransform: [440690, 60, 0, 3751350, 0, -60], epsg: 32611, resolution: 23 },
  {
    file: 'non_square_pixels.tif',
    geotransform: [2, 1, 0, 50, 0, -0.5],
    epsg: 4326,
    crs: 'EPSG:4326',
    resolution: 0.03,
  },
  {
    file: 'epsg_2853_with_us_feet.tif',
    geotransform: [11882500 * US_FOOT, 0.25 * US_FOOT, 0, 7011250 * US_FOOT, 0, -0.25 * US_FOOT],
    epsg: 2853,
    resolution: 0.031,
  },
];

describe.skipIf(testData() === null)(
  `Odd files of GDAL's own tests (${testData() === null ? NO_TEST_DATA : 'present'})`,
  () => {
    it.each(REAL)('$file is counted where GDAL puts it', async ({ file, geotransform, epsg, crs, resolution }) => {
      const image: TestRaster = { ...(await plainPixels(file)), geotransform, epsg, nodata: null };
      const zones = wholeZone(image, epsg, 0.3);
      const grid = { crs: `EPSG:${epsg}`, resolution };
      const landcover = crs === undefined ? {} : { crs };
      const path = await realCity({ file, zones, zonesCrs: `EPSG:${epsg}`, landcover, grid });
      const counted = await countCity(path, 50);
      const zoning = new ZoneOracle(counted.plan.grid, oracleZones(zones), await parseCrs(`EPSG:${epsg}`));
      const oracle = new MosaicOracle(counted.plan.grid, [await sceneOf(image)], 0.002);
      const found = compareCells(counted, oracle, zoning);
      expect(found.wrong).toEqual([]);
      expect(talliesOfPartial(counted)).toEqual(talliesOfCells(counted));
      // The zone reaches 0.3 pixels beyond the image on each side.
      const share = (image.rows / (image.rows + 0.6)) * (image.cols / (image.cols + 0.6));
      expect(Math.abs(found.seen / found.cells / share - 1)).toBeLessThan(image.rows < 10 ? 0.2 : 0.05);
    });

    it.each(REAL.filter(({ crs }) => crs !== undefined))(
      '$file is refused by name where nobody names its CRS',
      async ({ file, epsg }) => {
        const zones = rectangleZones(epsg, { one: [2, 49, 3, 50] });
        const path = await realCity({ file, zones, zonesCrs: `EPSG:${epsg}` });
        await expectRefused(path, new RegExp(file.replace('.', '\\.')), /no CRS/);
      },
    );

    it.each(['byte_point.tif', 'negative_scaley.tif'])(
      '%s has all its pixels counted, once each, on its own grid',
      async (file) => {
        const { geotransform, epsg } = REAL.find((one) => one.file === file) as (typeof REAL)[number];
        const image: TestRaster = { ...(await plainPixels(file)), geotransform, epsg, nodata: null };
        const path = await realCity({ file, zones: wholeZone(image, epsg, 0), zonesCrs: `EPSG:${epsg}` });
        const { partial } = await countCity(path);
        const expected = Map.groupBy(image.samples, (code) => code);
        const classes = partial.zones.get(0)?.classes ?? new Map();
        expect(new Map([...classes].map(([code, { cells }]) => [code, cells]))).toEqual(
          new Map([...expected].map(([code, all]) => [code, all.length])),
        );
      },
    );

    it('negative_scaley.tif is told of as read north-up, and is not where a south-up reading would put it', async () => {
      const zones = rectangleZones(26711, { north: [440_720, 3_751_330, 440_780, 3_751_380] });
      const path = await realCity({ file: 'negative_scaley.tif', zones, zonesCrs: 'EPSG:26711' });
      await expectRefused(path, /negative_scaley\.tif|zones\.url/, /no zone meets the land cover/);
      const under = rectangleZones(26711, { under: [440_720, 3_751_260, 440_780, 3_751_320] });
      const { plan } = await countCity(
        await realCity({ file: 'negative_scaley.tif', zones: under, zonesCrs: 'EPSG:26711' }),
      );
      expect(plan.warnings.join('\n')).toMatch(/negative_scaley\.tif.*ScaleY is negative: read as north-up/);
    });

    it.each([
      ['byte_gcp.tif', /control points/],
      ['byte_nogeoref.tif', /no geotransform/],
    ])('%s is refused by name', async (file, says) => {
      const zones = rectangleZones(32611, { one: [440_720, 3_750_120, 441_920, 3_751_320] });
      await expectRefused(await realCity({ file, zones, zonesCrs: 'EPSG:32611' }), new RegExp(file), says);
    });
  },
);
