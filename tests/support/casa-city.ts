import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  absorbedRadiation,
  type FparRule,
  fparOf,
  optimumMonth,
  type StressRules,
  te1,
  te2,
} from '../../src/shared/carbon/casa.ts';
import {
  evaporativeRatio,
  monthLengths,
  thornthwaitePet,
  waterStress,
} from '../../src/shared/carbon/evapotranspiration.ts';
import { heterotrophicRespiration } from '../../src/shared/carbon/respiration.ts';
import { daysInMonth, radiationFromFlux } from '../../src/shared/carbon/solar-radiation.ts';
import { crsFromEpsg } from '../../src/shared/geo/crs-registry.ts';
import { makeTransform } from '../../src/shared/geo/project.ts';
import { bandRaster } from './band-raster.ts';

/**
 * A city for the flux by model: 48 x 40 cells of 10 m, NDVI of twelve months on them with gaps, and climate in pixels of
 * a quarter of a degree, of which a border runs through the city's middle. And what each cell should have, by the scalar
 * functions one by one.
 */
export const ROWS = 48;
export const COLS = 40;
export const CELL_M = 10;
export const EPSG = 32650;
export const X0 = 499_800;
export const Y0 = 3_000_000;
export const YEAR = 2021;
/** Latitude of the middle of the city in hundredths of a degree. */
const LATITUDE = 27.12;

const COARSE = { rows: 4, cols: 4, epsg: 4326, originX: 116.5, originY: 27.5, cell: 0.25 };
const NO_NDVI = -32_768;
const MONTHS = Array.from({ length: 12 }, (_, month) => month);

/** Of the size of a humid subtropical year; of no place. */
const CLIMATE = {
  temperature: [4.9, 6.8, 10.9, 16.8, 21.9, 25.2, 29.1, 28.4, 24.2, 18.9, 12.9, 7],
  precipitation: [81, 88, 141, 124, 129, 219, 172, 162, 116, 79, 74, 55],
  flux: [90, 108, 129, 167, 183, 170, 209, 198, 156, 131, 103, 90],
  pet: [20, 25, 50, 80, 110, 125, 160, 150, 105, 70, 40, 25],
  ndvi: [0.35, 0.36, 0.42, 0.55, 0.66, 0.71, 0.74, 0.72, 0.66, 0.57, 0.47, 0.39],
};

/** A number from 0 to 1 that hangs on nothing but its arguments. */
function chance(...of: readonly number[]): number {
  let state = 2_166_136_261;
  for (const value of of) state = Math.imul(state ^ (value + 1), 16_777_619) >>> 0;
  state = Math.imul(state ^ (state >>> 15), 0x85eb_ca6b) >>> 0;
  return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32;
}

/** Forest, grass, cropland and built-up land in stripes of five columns. */
export function classAt(cell: number): number {
  return 1 + (Math.floor((cell % COLS) / 5) % 4);
}

export function rowOf(cell: number): number {
  return Math.floor(cell / COLS);
}

const ndvi = MONTHS.map((month) =>
  Int16Array.from({ length: ROWS * COLS }, (_, cell) => {
    if (chance(month, cell) < 1 / 60) return NO_NDVI;
    return Math.round(1e4 * ((CLIMATE.ndvi[month] ?? 0) + 0.5 * (chance(cell, month, 7) - 0.5)));
  }),
);

function coarse(base: readonly number[], vary: number, seed: number): number[][] {
  return base.map((value, month) =>
    Array.from({ length: 16 }, (_, pixel) => Math.fround(value + vary * (chance(pixel, month, seed) - 0.5))),
  );
}

const temperature = coarse(CLIMATE.temperature, 4, 1);
const precipitation = coarse(CLIMATE.precipitation, 50, 2).map((month) => month.map(Math.round));
const flux = coarse(CLIMATE.flux, 60, 3);
const pet = coarse(CLIMATE.pet, 20, 4);

/** Two digits, as months stand in the names of files. */
function twoDigits(month: number): string {
  return String(month + 1).padStart(2, '0');
}

/** Writes cover.tif, a folder of NDVI, temperature and radiation by month, and precipitation and PET as one file of 12 bands. */
export async function writeCasaRasters(folder: string): Promise<void> {
  const fine = { rows: ROWS, cols: COLS, epsg: EPSG, originX: X0, originY: Y0, cell: CELL_M };
  for (const name of ['ndvi', 'temperature', 'flux']) await mkdir(join(folder, name), { recursive: true });
  const codes = Uint8Array.from({ length: ROWS * COLS }, (_, cell) => classAt(cell));
  const write = (name: string, raster: Parameters<typeof bandRaster>[0]) =>
    writeFile(join(folder, name), bandRaster(raster));
  await write('cover.tif', { ...fine, samples: codes, nodata: '0' });
  for (const month of MONTHS) {
    const name = `${twoDigits(month)}.tif`;
    await write(`ndvi/ndvi-${name}`, { ...fine, samples: ndvi[month] as Int16Array, nodata: String(NO_NDVI) });
    await write(`temperature/t${name}`, { ...COARSE, samples: Float32Array.from(temperature[month] ?? []) });
    await write(`flux/${name}`, { ...COARSE, samples: Float32Array.from(flux[month] ?? []) });
  }
  const interleaved = (months: readonly (readonly number[])[]) =>
    Array.from({ length: 16 * 12 }, (_, at) => months[at % 12]?.[Math.floor(at / 12)] ?? 0);
  await write('rain.tif', { ...COARSE, bands: 12, samples: Int16Array.from(interleaved(precipitation)) });
  await write('pet.tif', { ...COARSE, bands: 12, samples: Float32Array.from(interleaved(pet)) });
}

/** The layers of `writeCasaRasters`: temperature and rain by the nearest pixel, radiation between pixels. */
export const CASA_LAYERS = {
  landcover: { scenes: './cover.tif' },
  greenness: { scenes: './ndvi/', scale: 0.0001 },
  t2m: {
    scenes: MONTHS.map((month) => `./temperature/t${twoDigits(month)}.tif`),
    resample: 'nearest',
    unit: 'degC',
  },
  rain: { scenes: './rain.tif', resample: 'nearest', unit: 'mm' },
  sun: { scenes: './flux/*.tif', unit: 'W/m2' },
  pet: { scenes: './pet.tif', resample: 'nearest' },
} as const;

export const CASA_KEYS = { ndvi: 'greenness', temperature: 't2m', precipitation: 'rain', radiation: 'sun' } as const;

/** Light (MJ m-2 yr-1) and respiration (g C m-2 yr-1) of a cell; null: a month is missing, or the class has no rule. */
export type CellYear = { readonly light: number; readonly respiration: number } | null;

export interface OracleRules extends StressRules {
  readonly fpar: ReadonlyMap<number, FparRule>;
  /** PET of the layer; else after Thornthwaite. */
  readonly givenPet: boolean;
}

/** All cells, row-major, by the scalar functions. */
export async function cellYears(rules: OracleRules): Promise<CellYear[]> {
  const toLonLat = makeTransform(await crsFromEpsg(EPSG), await crsFromEpsg(4326));
  return Array.from({ length: ROWS * COLS }, (_, cell) => {
    const [lon, lat] = toLonLat(X0 + (cell % COLS) * CELL_M + 5, Y0 - rowOf(cell) * CELL_M - 5);
    return cellYear(cell, (lon - COARSE.originX) / COARSE.cell, (COARSE.originY - lat) / COARSE.cell, rules);
  });
}

/** `x` and `y`: place of the cell's centre in pixels of the climate. */
function cellYear(cell: number, x: number, y: number, rules: OracleRules): CellYear {
  const fpar = rules.fpar.get(classAt(cell));
  const stored = ndvi.map((month) => month[cell] ?? NO_NDVI);
  if (fpar === undefined || stored.includes(NO_NDVI)) return null;
  const greenness = stored.map((value) => value * 0.0001);
  const pixel = Math.floor(y) * 4 + Math.floor(x);
  const t = temperature.map((month) => month[pixel] ?? Number.NaN);
  const rain = precipitation.map((month) => month[pixel] ?? Number.NaN);
  const demand = new Float64Array(12);
  if (rules.givenPet) demand.set(pet.map((month) => month[pixel] ?? Number.NaN));
  else thornthwaitePet(t, monthLengths(LATITUDE, YEAR), 'parabola', demand);
  const optimum = t[optimumMonth(greenness)] ?? Number.NaN;
  let [light, respiration] = [0, 0];
  for (const month of MONTHS) {
    const [ti = 0, p = 0] = [t[month], rain[month]];
    const sun = radiationFromFlux(between(flux[month] ?? [], x, y), daysInMonth(YEAR, month));
    const water = waterStress(evaporativeRatio(p, demand[month] ?? 0));
    const stress = te1(ti, optimum, rules) * te2(ti, optimum, rules) * water;
    light += absorbedRadiation(sun, fparOf(fpar, greenness[month] ?? 0)) * stress;
    respiration += heterotrophicRespiration(ti, p);
  }
  return { light, respiration };
}

/** Linear between the four pixel centres around; the city lies well inside of the climate. */
function between(pixels: readonly number[], x: number, y: number): number {
  const [col, row] = [Math.floor(x - 0.5), Math.floor(y - 0.5)];
  const [u, v] = [x - 0.5 - col, y - 0.5 - row];
  const at = (r: number, c: number) => pixels[r * 4 + c] ?? Number.NaN;
  const upper = at(row, col) * (1 - u) + at(row, col + 1) * u;
  const lower = at(row + 1, col) * (1 - u) + at(row + 1, col + 1) * u;
  return upper * (1 - v) + lower * v;
}
