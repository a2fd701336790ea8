import type { Crs } from '../../src/shared/geo/crs.ts';
import { parseCrs } from '../../src/shared/geo/crs-registry.ts';
import type { Geotransform } from '../../src/shared/geo/geotransform.ts';
import { makeTransform } from '../../src/shared/geo/project.ts';
import type { TestRaster } from './geotiff-writer.ts';

/** Seeded random cities anywhere on Earth: rasters of any CRS and orientation, zones, grid, and some nonsense. */

export type Random = () => number;

/** mulberry32: 32 bits of state, good enough to scatter cases, the same on every machine. */
export function seeded(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function pick<T>(random: Random, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)] as T;
}

function between(random: Random, low: number, high: number): number {
  return low + random() * (high - low);
}

function whole(random: Random, low: number, high: number): number {
  return Math.floor(between(random, low, high + 1));
}

/** Longitude and latitude: Hangzhou on the border of two UTM zones, both sides of 180 degrees, high north, the equator ... */
const PLACES: readonly (readonly [number, number])[] = [
  [120.0, 30.2],
  [120.15, 30.25],
  [117.2, -20.3],
  [179.995, -17.2],
  [-179.98, 66.1],
  [15.6, 78.2],
  [0.001, 0.002],
  [-46.6, -23.5],
  [-104.9, 39.7],
  [4.9, 52.3],
];

const ALBERS = '+proj=aea +lat_1=29 +lat_2=31 +lat_0=30 +lon_0=119.5 +x_0=0 +y_0=0 +datum=WGS84 +units=m +no_defs';
const HOMOLOSINE = '+proj=igh +lon_0=0 +datum=WGS84 +units=m +no_defs';
const EPSG_CODES = [4326, 32650, 32651, 32750, 3857, 3035, 5070, 6933];
const NONSENSE = [
  'EPSG:999999',
  '+proj=foo',
  'banana',
  'EPSG:4978',
  '+proj=longlat +datum=NAD27',
  'EPSG:5703',
  '4326,x',
];

export interface RandomCity {
  /** Land cover by file name. */
  readonly rasters: Readonly<Record<string, TestRaster>>;
  /** CRS by file name, as text. */
  readonly systems: Readonly<Record<string, string>>;
  readonly zones: object;
  readonly zonesCrs: string;
  readonly landcover: Readonly<Record<string, unknown>>;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly tileSize: number | null;
}

/** Metres in a degree of latitude, about. */
const DEGREE_M = 111_320;

function unitM(crs: Crs): number {
  return crs.kind === 'geographic' ? DEGREE_M * crs.unitSize : crs.unitSize;
}

export async function randomCity(seed: number): Promise<RandomCity> {
  const random = seeded(seed);
  const place = pick(random, PLACES);
  const cellM = pick(random, [30, 100, 250, 1000]);
  const loose = pick(random, [ALBERS, HOMOLOSINE]);
  const own = random() < 0.4 ? `EPSG:${pick(random, EPSG_CODES)}` : null;
  const rasters: Record<string, TestRaster> = {};
  const systems: Record<string, string> = {};
  for (let i = whole(random, 1, 3); i > 0; i--) {
    const text = own ?? (random() < 0.15 ? loose : `EPSG:${pick(random, EPSG_CODES)}`);
    const { raster, system } = await randomRaster(random, text, place, cellM);
    rasters[`scene-${i}.tif`] = raster;
    systems[`scene-${i}.tif`] = system;
  }
  const wanted = random() < 0.75 ? 'EPSG:4326' : pick(random, [`EPSG:${pick(random, EPSG_CODES)}`, ALBERS]);
  const zonesCrs = (await isPlain(wanted, place)) ? wanted : 'EPSG:4326';
  const zones = await randomZones(random, zonesCrs, place, cellM);
  const hasLoose = Object.values(rasters).some(({ epsg }) => epsg === null);
  const landcover = {
    ...(hasLoose ? { crs: loose } : {}),
    ...(random() < 0.1 ? { nodata: pick(random, [3, 0, 300, -1, 2.5, 'nan']) } : {}),
    ...(random() < 0.2 ? { resample: pick(random, ['nearest', 'nearest', 'mode']) } : {}),
    ...(random() < 0.2 ? { order: pick(random, ['listed', 'name']) } : {}),
  };
  const spec = {
    ...(random() < 0.65 ? { grid: await randomGrid(random, loose, cellM, place) } : {}),
    ...(random() < 0.4 ? { area: pick(random, ['plane', 'ellipsoid']) } : {}),
  };
  const tileSize = pick(random, [16, 17, 23, 32, 64, null]);
  return { rasters, systems, zones, zonesCrs, landcover, spec, tileSize };
}

/**
 * Whether rectangles around a place mean there what they seem to: not on the border of the projection, nor on the far side
 * of a transverse Mercator, beyond its pole, where one place has two pairs of coordinates.
 */
async function isPlain(crsText: string, [lon, lat]: readonly [number, number]): Promise<boolean> {
  const crs = await parseCrs(crsText);
  if (crs.kind === 'geographic') return true;
  const [, y] = makeTransform(await parseCrs('EPSG:4326'), crs)(lon, lat);
  return Math.abs(lon) < 179 && Math.abs(y) < 1.5e7;
}

async function randomRaster(
  random: Random,
  text: string,
  place: readonly [number, number],
  cellM: number,
): Promise<{ raster: TestRaster; system: string }> {
  const wgs84 = await parseCrs('EPSG:4326');
  let system = text;
  let crs = await parseCrs(text);
  const spread = (30 * cellM) / DEGREE_M;
  const [lon, lat] = [place[0] + between(random, -spread, spread), place[1] + between(random, -spread, spread)];
  let centre = crs.kind === 'geographic' ? ([lon, lat] as const) : makeTransform(wgs84, crs)(lon, lat);
  if (!centre.every((value) => Number.isFinite(value) && Math.abs(value) < 1e8)) {
    system = 'EPSG:4326';
    crs = wgs84;
    centre = [lon, lat];
  }
  const [rows, cols] = [whole(random, 10, 50), whole(random, 10, 50)];
  const pixel = (cellM * pick(random, [0.3, 0.5, 1, 1, 2, 3.7])) / unitM(crs);
  const geotransform = placed(random, centre, { rows, cols, pixel, isGeographic: crs.kind === 'geographic' });
  const nodata = pick(random, [0, 0, 255, null]);
  const samples = Uint8Array.from({ length: rows * cols }, () =>
    random() < 0.15 ? (nodata ?? 0) : whole(random, 1, 8),
  );
  const code = /^EPSG:(\d+)$/.exec(system)?.[1];
  const epsg = code === undefined ? null : Number(code);
  const pixelIsPoint = random() < 0.1 && epsg !== null;
  return {
    raster: { rows, cols, samples, geotransform, nodata, pixelIsPoint, epsg },
    system,
  };
}

/** North-up mostly, else south-up, mirrored, of oblong pixels, turned, sheared, or a whole turn of longitude away. */
function placed(
  random: Random,
  [x, y]: readonly [number, number] | readonly number[],
  { rows, cols, pixel, isGeographic }: { rows: number; cols: number; pixel: number; isGeographic: boolean },
): Geotransform {
  const kind = random();
  const angle = between(random, -0.5, 0.5);
  let [a, b, c, d] = [pixel, 0, 0, -pixel];
  if (kind < 0.08) d = pixel;
  else if (kind < 0.16) a = -pixel;
  else if (kind < 0.24) d = -pixel * between(random, 0.4, 2);
  else if (kind < 0.32) {
    [a, b] = [pixel * Math.cos(angle), pixel * Math.sin(angle)];
    [c, d] = [pixel * Math.sin(angle), -pixel * Math.cos(angle)];
  } else if (kind < 0.38) b = pixel * between(random, -0.4, 0.4);
  const turned = isGeographic && random() < 0.15 ? pick(random, [360, -360]) : 0;
  const left = (x as number) + turned - (a * cols + b * rows) / 2;
  const top = (y as number) - (c * cols + d * rows) / 2;
  return [left, a, b, top, c, d];
}

type Position = [number, number];

function ringOf(x0: number, y0: number, x1: number, y1: number): Position[] {
  return [
    [x0, y0],
    [x1, y0],
    [x1, y1],
    [x0, y1],
    [x0, y0],
  ];
}

/** Rectangles and triangles around the place; those across 180 degrees in two pieces. */
async function randomZones(
  random: Random,
  crsText: string,
  place: readonly [number, number],
  cellM: number,
): Promise<object> {
  const crs = await parseCrs(crsText);
  const [x, y] =
    crs.kind === 'geographic' ? place : makeTransform(await parseCrs('EPSG:4326'), crs)(place[0], place[1]);
  const unit = cellM / unitM(crs);
  const features = Array.from({ length: whole(random, 1, 3) }, (_, i) => {
    const [cx, cy] = [x + unit * between(random, -25, 25), y + unit * between(random, -25, 25)];
    const [w, h] = [unit * between(random, 4, 30), unit * between(random, 4, 30)];
    const isTriangle = random() < 0.4 && Math.abs(cx) + w < 180;
    const outline = ringOf(cx - w, cy - h, cx + w, cy + h);
    const whole1 = isTriangle ? [...outline.slice(0, 3), outline[0] as Position] : outline;
    const pieces = crs.kind === 'geographic' ? cutAtAntimeridian(cx - w, cy - h, cx + w, cy + h) : null;
    const geometry =
      pieces === null
        ? { type: 'Polygon', coordinates: [whole1] }
        : { type: 'MultiPolygon', coordinates: pieces.map((ring) => [ring]) };
    return { type: 'Feature', properties: { id: `z${i}` }, geometry };
  });
  const named = crsText.startsWith('EPSG:') ? crsText : null;
  const member = named === null ? {} : { crs: { type: 'name', properties: { name: named } } };
  return { type: 'FeatureCollection', ...member, features };
}

/** Two rings where a rectangle in degrees reaches over 180 degrees, else null. */
export function cutAtAntimeridian(x0: number, y0: number, x1: number, y1: number): Position[][] | null {
  if (x1 > 180) return [ringOf(x0, y0, 180, y1), ringOf(-180, y0, x1 - 360, y1)];
  if (x0 < -180) return [ringOf(x0 + 360, y0, 180, y1), ringOf(-180, y0, x1, y1)];
  return null;
}

async function randomGrid(
  random: Random,
  loose: string,
  cellM: number,
  place: readonly [number, number],
): Promise<object> {
  if (random() < 0.08) return { crs: pick(random, NONSENSE), resolution: cellM };
  const text = random() < 0.2 ? loose : `EPSG:${pick(random, EPSG_CODES)}`;
  const crs = await parseCrs(text);
  const resolution = (cellM * pick(random, [0.5, 1, 1, 1.5])) / unitM(crs);
  if (random() < 0.1) return { crs: text, resolution: pick(random, [0, -1, 1e-9, 1e9]) };
  const origin = random() < 0.3 ? { origin: [place[0] + random(), place[1] + random()] } : {};
  return { crs: text, resolution, ...origin };
}
