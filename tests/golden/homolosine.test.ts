import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Crs } from '../../src/shared/geo/crs.ts';
import { crsFromEpsg, crsFromProj4 } from '../../src/shared/geo/crs-registry.ts';
import type { Geotransform } from '../../src/shared/geo/geotransform.ts';
import type { AnalysisGrid } from '../../src/shared/geo/grid.ts';
import {
  choosePositionStep,
  type PositionLattice,
  positionLattice,
  sourceWindowOf,
} from '../../src/shared/geo/position-lattice.ts';
import { makeTransform } from '../../src/shared/geo/project.ts';
import { openRaster } from '../../src/shared/io/raster-file.ts';
import { resampleBilinear, resampleNearest } from '../../src/shared/raster/resample.ts';
import { MemoryObject } from '../support/memory-object.ts';
import { DATA_OFFSET, shorts, stripTags, tiffBytes } from '../support/tiff-bytes.ts';

/** A point and where PROJ puts it; null where it has no place. */
type Pair = readonly [x: number, y: number, toX: number | null, toY: number | null];

interface Points {
  readonly forward: readonly Pair[];
  readonly inverse: readonly Pair[];
}

/** One image and what GDAL makes of it; arrays are little-endian in base64. */
interface Warp {
  readonly name: string;
  readonly source: {
    readonly crs: number | string;
    readonly geotransform: Geotransform;
    readonly rows: number;
    readonly cols: number;
    readonly nodata: number;
    readonly samples: string;
  };
  readonly target: {
    readonly crs: number | string;
    readonly x: number;
    readonly y: number;
    readonly cellWidth: number;
    readonly cellHeight: number;
    readonly rows: number;
    readonly cols: number;
  };
  readonly nearest: string;
  readonly bilinear: string;
}

const folder = join(import.meta.dirname, '../fixtures/homolosine');
const maker = join(folder, 'make.py');
const read = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8'));
const stored: Points & { readonly borders: readonly Pair[]; readonly moved: readonly Pair[] } = read('points.json');
const names = readdirSync(folder).filter((file) => file.startsWith('warp-'));
const warps = names.sort().map((file): Warp => read(file));

const python = '/usr/bin/python3';
const hasGdal = spawnSync(python, ['-c', 'import numpy; from osgeo import gdal'], { stdio: 'ignore' }).status === 0;
function live(what: string, seed: number, count: number) {
  const text = execFileSync(python, [maker, what, String(seed), String(count)], { maxBuffer: 1 << 26 });
  return JSON.parse(text.toString());
}

const degrees = crsFromProj4('+proj=longlat +datum=WGS84 +no_defs', 'longitude and latitude');
const homolosine = crsFromProj4('+proj=igh +lat_0=0 +lon_0=0 +datum=WGS84 +units=m +no_defs', 'Homolosine');
const forward = makeTransform(degrees, homolosine);
const inverse = makeTransform(homolosine, degrees);

/** PROJ ends its Newton iteration early within 1 degree of the poles; its x is off by centimetres at the pole itself. */
const NEAR_POLE = 89;

/** Degrees of the great circle between two places that are very close: of longitude they are shorter near the poles. */
function apart(lon: number, lat: number, otherLon: number, otherLat: number): number {
  return Math.max(Math.abs(otherLon - lon) * Math.cos((lat * Math.PI) / 180), Math.abs(otherLat - lat));
}

/** Largest distance in metres to where PROJ puts points, and largest distance in degrees back from there. */
function distances(pairs: readonly Pair[]) {
  let [metres, angle] = [0, 0];
  for (const [lon, lat, x, y] of pairs) {
    if (x === null || y === null || Math.abs(lat) > NEAR_POLE) continue;
    const [ourX, ourY] = forward(lon, lat);
    const [ourLon, ourLat] = inverse(x, y);
    metres = Math.max(metres, Math.hypot(ourX - x, ourY - y));
    angle = Math.max(angle, apart(lon, lat, ourLon, ourLat));
  }
  return { metres, angle };
}

/** Points of the plane that only one of both has a place for, and the largest difference in degrees of the others. */
function planeDifferences(pairs: readonly Pair[]) {
  let [onlyOne, outside, angle] = [0, 0, 0];
  for (const [x, y, lon, lat] of pairs) {
    const [ourLon, ourLat] = inverse(x, y);
    if (lon === null || lat === null) outside++;
    if (Number.isNaN(ourLon + ourLat) !== (lon === null)) onlyOne++;
    else if (lon !== null && lat !== null && Math.abs(lat) < NEAR_POLE)
      angle = Math.max(angle, apart(lon, lat, ourLon, ourLat));
  }
  return { onlyOne, outside, angle };
}

function expectAsProj(points: Points): void {
  const { metres, angle } = distances(points.forward);
  expect(metres).toBeLessThan(1e-6);
  expect(angle).toBeLessThan(1e-11);
  const plane = planeDifferences(points.inverse);
  expect(plane.outside).toBeGreaterThan(points.inverse.length / 10);
  expect(plane.onlyOne).toBe(0);
  expect(plane.angle).toBeLessThan(1e-11);
}

describe('Interrupted Goode Homolosine where PROJ 9.1 puts it', () => {
  it('points of the globe lie within a micrometre, points of the plane within 1e-11 degree or nowhere', () => {
    expectAsProj(stored);
  });

  it('borders of lobes, the equator and the joint lie in the same lobe', () => {
    expect(distances(stored.borders).metres).toBeLessThan(1e-6);
  });

  it('another central meridian, false origin and unit move it', () => {
    const moved = '+proj=igh +lon_0=11 +x_0=250000 +y_0=-125000 +datum=WGS84 +units=km +no_defs';
    const there = makeTransform(degrees, crsFromProj4(moved, 'moved'));
    const back = makeTransform(crsFromProj4(moved, 'moved'), degrees);
    for (const [lon, lat, x, y] of stored.moved) {
      const [ourX, ourY] = there(lon, lat);
      expect(Math.hypot(ourX - Number(x), ourY - Number(y)), `${lon} ${lat}`).toBeLessThan(1e-9);
      expect(back(ourX, ourY)).toEqual([expect.closeTo(lon, 11), expect.closeTo(lat, 11)]);
    }
  });

  it.skipIf(!hasGdal)(`so do 2 x 5,000 others of the PROJ of this machine (needs ${python} with osgeo)`, () => {
    expectAsProj(live('--points', 100, 5000));
  });
});

function bytes(text: string): ArrayBuffer {
  return Uint8Array.from(Buffer.from(text, 'base64')).buffer;
}

function systemOf(crs: number | string): Promise<Crs> {
  return typeof crs === 'number' ? crsFromEpsg(crs) : Promise.resolve(crsFromProj4(crs, 'Homolosine'));
}

/** The target's window is not at the lattice's origin. */
const FIRST = { row: -1000, col: 700 };

async function alignmentOf({ source, target }: Warp) {
  const window = { ...FIRST, rows: target.rows, cols: target.cols };
  const grid: AnalysisGrid = {
    crs: await systemOf(target.crs),
    originX: target.x - FIRST.col * target.cellWidth,
    originY: target.y + FIRST.row * target.cellHeight,
    cellWidth: target.cellWidth,
    cellHeight: target.cellHeight,
    window,
  };
  const toSource = makeTransform(grid.crs, await systemOf(source.crs));
  const chosen = choosePositionStep(grid, source, toSource);
  const onJoint = jointCells(grid, makeTransform(grid.crs, degrees));
  return { window, onJoint, chosen, lattice: (step: number) => positionLattice(grid, window, step, source, toSource) };
}

/** 40 degrees 44' 11.8": meridians have a bend here, over which positions in a cell are interpolated (0.05 pixel off). */
const JOINT = 40 + 44 / 60 + 11.8 / 3600;

/** Whether the joint runs through the k-th cell of the window. */
function jointCells(grid: AnalysisGrid, toDegrees: typeof forward): (k: number) => boolean {
  const { window, originX, originY, cellWidth, cellHeight } = grid;
  return (k) => {
    const [row, col] = [window.row + Math.floor(k / window.cols), window.col + (k % window.cols)];
    const lats = [0, 1, 2, 3].map(
      (corner) =>
        toDegrees(originX + (col + (corner & 1)) * cellWidth, originY - (row + (corner >> 1)) * cellHeight)[1],
    );
    return Math.min(...lats) <= JOINT && Math.max(...lats) >= JOINT;
  };
}

/** The image as a worker reads it: only the window that the target needs. */
function sourceOf({ source }: Warp, positions: PositionLattice, window: AnalysisGrid['window']) {
  const all = new Uint16Array(bytes(source.samples));
  const part = sourceWindowOf(positions, window, 1, source) ?? { row: 0, col: 0, rows: 0, cols: 0 };
  const samples = Uint16Array.from({ length: part.rows * part.cols }, (_, k) => {
    const row = part.row + Math.floor(k / part.cols);
    return all[row * source.cols + part.col + (k % part.cols)] ?? source.nodata;
  });
  return { samples, window: part, missing: Uint8Array.from(samples, (value) => (value === source.nodata ? 1 : 0)) };
}

/**
 * What a position interpolated from the corners of a cell of 250 m may change: it is off by up to 7e-6 pixel in its
 * middle, and samples differ by up to 65,000 from pixel to pixel.
 */
const SLACK = 65_000 * 1e-5;

/** Cells that differ from GDAL's: in being missing, or by more than 1e-5 of the value and that. */
function different(ours: Float64Array, theirs: Float32Array, leftOut: (k: number) => boolean): number {
  return ours.filter((value, k) => {
    if (leftOut(k)) return false;
    const expected = theirs[k] as number;
    if (Number.isNaN(value) || Number.isNaN(expected)) return Number.isNaN(value) !== Number.isNaN(expected);
    return Math.abs(value - expected) > 1e-5 * Math.abs(expected) + SLACK;
  }).length;
}

/** Cells that differ with nodes at every cell corner, and the meshes that are torn. */
async function differencesOf(warp: Warp) {
  const { window, lattice, onJoint } = await alignmentOf(warp);
  const positions = lattice(1);
  const source = sourceOf(warp, positions, window);
  const cells = window.rows * window.cols;
  const [nearest, bilinear] = [new Float64Array(cells), new Float64Array(cells)];
  resampleNearest(source, positions, window, nearest, Number.NaN);
  resampleBilinear(source, positions, window, bilinear);
  const nearestOfGdal = Float32Array.from(new Uint16Array(bytes(warp.nearest)), (value) =>
    value === warp.source.nodata ? Number.NaN : value,
  );
  const bilinearOfGdal = new Float32Array(bytes(warp.bilinear));
  return {
    cells,
    valid: bilinearOfGdal.filter((value) => !Number.isNaN(value)).length,
    torn: positions.torn?.reduce((sum, mesh) => sum + mesh, 0) ?? 0,
    nearest: different(nearest, nearestOfGdal, onJoint),
    bilinear: different(bilinear, bilinearOfGdal, onJoint),
  };
}

async function expectAsGdal(all: readonly Warp[]): Promise<void> {
  const found = await Promise.all(all.map(differencesOf));
  const total = (key: 'cells' | 'valid' | 'nearest' | 'bilinear') => found.reduce((sum, one) => sum + one[key], 0);
  const where = found.map((one, k) => `${all[k]?.name}: ${one.nearest}, ${one.bilinear}`).join('; ');
  expect(total('valid')).toBeGreaterThan(total('cells') / 2);
  expect(total('nearest') / total('cells'), where).toBeLessThanOrEqual(1e-4);
  expect(total('bilinear') / total('cells'), where).toBeLessThanOrEqual(1e-4);
}

describe('images in and onto Homolosine, as gdalwarp -et 0 makes them', () => {
  it('at Hangzhou, at the joint, and across cuts: nearest and bilinear in at least 99.99 % of cells', async () => {
    expect(warps).toHaveLength(7);
    await expectAsGdal(warps);
  });

  it('along a cut the positions are not interpolated, and only there', async () => {
    for (const warp of warps) {
      const { torn } = await differencesOf(warp);
      if (warp.name.startsWith('cut')) expect(torn, warp.name).toBeGreaterThan(16);
      else expect(torn, warp.name).toBe(0);
    }
  });

  it('with the spacing that is chosen, at most one cell in a hundred takes a neighbouring pixel', async () => {
    for (const warp of warps) {
      const { window, chosen, lattice } = await alignmentOf(warp);
      const source = sourceOf(warp, lattice(1), window);
      const [a, b] = [new Int32Array(window.rows * window.cols), new Int32Array(window.rows * window.cols)];
      resampleNearest(source, lattice(chosen), window, a, -1);
      resampleNearest(source, lattice(1), window, b, -1);
      expect(a.filter((value, k) => value !== b[k]).length, `${warp.name}, step ${chosen}`).toBeLessThanOrEqual(
        a.length / 100,
      );
    }
  });

  it.skipIf(!hasGdal)(`and 42 more by the GDAL of this machine (needs ${python} with osgeo)`, async () => {
    await expectAsGdal(live('--warps', 100, 42));
  });
});

describe('GeoTIFF files whose geokeys have no number for the system', () => {
  async function headerOf(name: string) {
    const store = new MemoryObject(new Uint8Array(readFileSync(join(folder, name))));
    return (await openRaster(store, store.info)).header;
  }

  it.each(['proj4.tif', 'esri.tif', 'soilgrids.tif'])('%s says Homolosine in its citation', async (name) => {
    const { crs, remarks } = await headerOf(name);
    expect(remarks).toEqual([]);
    expect(crs).toMatchObject({ epsg: null, kind: 'projected', unitSize: 1 });
    expect(makeTransform(degrees, crs as Crs)(120, 30)).toEqual(forward(120, 30));
  });

  it('one of a kind of its own has no system: that of its geographic base would be a wrong one', async () => {
    const keys = shorts(1, 1, 0, 2, 1024, 0, 1, 32767, 2048, 0, 1, 4326);
    const tags = { ...stripTags(1, 1, 8, DATA_OFFSET, 1), 34735: keys };
    const store = new MemoryObject(tiffBytes({ directories: [tags], data: new Uint8Array(1) }));
    const { crs, remarks } = (await openRaster(store, store.info)).header;
    expect(crs).toBeNull();
    expect(remarks).toEqual([expect.stringMatching(/CRS is not understood: user-defined system/)]);
  });
});
