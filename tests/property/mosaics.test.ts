import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CitysinkError, ERROR_KINDS } from '../../src/shared/errors.ts';
import { parseCrs } from '../../src/shared/geo/crs-registry.ts';
import { temporaryFolder } from '../support/city.ts';
import { type CountedCity, countCity, writeMosaic } from '../support/counted-city.ts';
import {
  compareCells,
  MosaicOracle,
  oracleZones,
  talliesOfCells,
  talliesOfPartial,
  ZoneOracle,
} from '../support/mosaic-oracle.ts';
import { type RandomCity, randomCity } from '../support/random-mosaics.ts';

/** `CITYSINK_LONG_TESTS=1` runs all; `CITYSINK_MOSAIC=123,456` only those. */
const CASES = process.env.CITYSINK_LONG_TESTS === '1' ? 2000 : 200;
const ONLY = process.env.CITYSINK_MOSAIC;
const SEEDS = ONLY === undefined ? Array.from({ length: CASES }, (_, i) => i) : ONLY.split(',').map(Number);

/**
 * How near a cell's centre may come to a pixel's edge before either pixel is right, in pixels. Interpolation aims at 0.001
 * where it is sampled, and is never off by more than 0.1 (docs/alignment.md); no mesh of these cities needs more than this.
 */
const POSITION_TOLERANCE = 0.005;

let folder = '';

beforeAll(async () => {
  folder = await temporaryFolder();
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** What became of a city: mistakes in what was counted, or the code of the refusal. */
interface Outcome {
  readonly seed: number;
  readonly code: string;
  readonly faults: readonly string[];
  readonly cells: number;
  readonly seen: number;
  readonly nearPixelEdge: number;
  readonly nearOutline: number;
}

const NOTHING = { cells: 0, seen: 0, nearPixelEdge: 0, nearOutline: 0 };

async function outcomeOf(seed: number): Promise<Outcome> {
  const city = await randomCity(seed);
  const own = join(folder, String(seed));
  const { rasters, zones, landcover, spec, zonesCrs } = city;
  const zonesKeys = { id: 'id', ...(zonesCrs.startsWith('EPSG:') ? {} : { crs: zonesCrs }) };
  const path = await writeMosaic({ folder: own, rasters, zones, zonesKeys, landcover, spec });
  try {
    const counted = await countCity(path, city.tileSize);
    return { seed, code: 'counted', ...(await faultsOf(city, counted)) };
  } catch (error) {
    return { seed, ...NOTHING, ...refusalOf(error) };
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

/** Refusals are the request's fault, and say so. */
function refusalOf(error: unknown): { code: string; faults: string[] } {
  if (!(error instanceof CitysinkError)) return { code: 'thrown', faults: [String((error as Error)?.stack ?? error)] };
  const says = error.message.length > 10 && !/undefined|\[object|NaN/.test(error.message);
  const faults = ERROR_KINDS[error.code].exit === 2 && says ? [] : [`${error.code}: ${error.message}`];
  return { code: error.code, faults };
}

async function faultsOf(city: RandomCity, counted: CountedCity): Promise<Omit<Outcome, 'seed' | 'code'>> {
  const { grid, layers, zones: planned } = counted.plan;
  const names = Object.keys(city.rasters).sort((a, b) => (city.landcover.order === 'name' ? (a < b ? -1 : 1) : 0));
  const { nodata } = city.landcover as { nodata?: number };
  const scenes = await Promise.all(
    names.map(async (name) => ({
      raster: city.rasters[name] as RandomCity['rasters'][string],
      crs: await parseCrs(city.systems[name] as string),
      ...(nodata === undefined ? {} : { nodata }),
    })),
  );
  const zoning = new ZoneOracle(grid, oracleZones(city.zones), await parseCrs(city.zonesCrs));
  const resample = layers[0]?.resample === 'mode' ? 'mode' : 'nearest';
  const compared = compareCells(counted, new MosaicOracle(grid, scenes, POSITION_TOLERANCE, resample), zoning);
  const faults = [...compared.wrong];
  const [cells, partial] = [talliesOfCells(counted), talliesOfPartial(counted)];
  for (const key of new Set([...cells.keys(), ...partial.keys()])) {
    if (cells.get(key) !== partial.get(key)) faults.push(`tally of ${key}: ${partial.get(key)}, not ${cells.get(key)}`);
  }
  // A tile that was left out of the plan would be missing from both.
  const { areaCells = 0 } = planned.list[0] ?? {};
  const first = cells.get('0 all') ?? 0;
  if (Math.abs(first - areaCells) > 4 * Math.sqrt(areaCells) + 20) {
    faults.push(`the first zone has ${first} cells, its outline ${areaCells}`);
  }
  return { ...compared, faults };
}

describe('Random cities of any CRS, grid and orientation', () => {
  it('are counted as the plain rule of owners says, or refused with a reason', { timeout: 1_800_000 }, async () => {
    const outcomes: Outcome[] = [];
    for (const seed of SEEDS) outcomes.push(await outcomeOf(seed));
    const faulty = outcomes.filter(({ faults }) => faults.length > 0);
    expect(faulty.map(({ seed, code, faults }) => `${seed} ${code}: ${faults.slice(0, 3).join('; ')}`)).toEqual([]);
    if (ONLY !== undefined) return;
    // Most are counted, most of these see land cover, and doubts are few.
    const sum = (key: 'cells' | 'seen' | 'nearPixelEdge') => outcomes.reduce((total, one) => total + one[key], 0);
    const counted = outcomes.filter(({ code }) => code === 'counted');
    expect(counted.length).toBeGreaterThan(0.6 * CASES);
    expect(counted.length).toBeLessThan(CASES);
    expect(counted.filter(({ seen }) => seen > 100).length).toBeGreaterThan(0.5 * counted.length);
    expect(sum('seen')).toBeGreaterThan(500 * CASES);
    expect(sum('nearPixelEdge')).toBeLessThan(0.02 * sum('cells'));
  });
});
