import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeClassGeotiff } from '../../src/cli/demo/geotiff-writer.ts';
import { type CityParts, plainFactors, rectangleZones, temporaryFolder, writeCity } from './city.ts';
import { DATA_OFFSET, doubles, shorts, stripTags, type TestTags, tiffBytes } from './tiff-bytes.ts';

/**
 * The smallest city that runs: one raster of 32 x 32 cells of 10 m (UTM 50N), its upper half class 1, its lower half
 * class 2, and one zone over all of it: 1024 cells, 10.24 ha.
 */
export const SMALL_SIDE = 32;
const X0 = 500_000;
const Y1 = 3_000_000;
export const SMALL_EPSG = 32650;

export const WHOLE_ZONE = rectangleZones(SMALL_EPSG, { whole: [X0, Y1 - 320, X0 + 320, Y1] });

/** Codes of the small raster, row-major. */
export function halves(upper = 1, lower = 2): Uint8Array {
  return Uint8Array.from({ length: SMALL_SIDE ** 2 }, (_, cell) => (cell < SMALL_SIDE ** 2 / 2 ? upper : lower));
}

export function smallRaster(codes: Uint8Array = halves()): Uint8Array {
  const place = { epsg: SMALL_EPSG, originX: X0, originY: Y1, cellM: 10 };
  return encodeClassGeotiff({
    rows: SMALL_SIDE,
    cols: SMALL_SIDE,
    codes,
    ...place,
    nodata: 0,
    description: '',
    date: '2021-01-01',
  });
}

/** GeoTIFF keys of a projected CRS by its EPSG code. */
const CRS_KEYS: TestTags = { 34735: shorts(1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, SMALL_EPSG) };
const NORTH_UP: TestTags = { 33550: doubles(10, 10, 0), 33922: doubles(0, 0, 0, X0, Y1, 0) };

export interface OddRaster {
  /** Tags that place it; default: north-up at the small city's corner. */
  readonly georeference?: TestTags;
  readonly crs?: boolean;
  readonly float?: boolean;
}

/** The small raster with something that a land cover must not have. */
export function oddRaster({ georeference = NORTH_UP, crs = true, float = false }: OddRaster): Uint8Array {
  const samples = float ? new Uint8Array(Float32Array.from(halves()).buffer) : halves();
  const tags = {
    ...stripTags(SMALL_SIDE, SMALL_SIDE, float ? 32 : 8, DATA_OFFSET, samples.length),
    ...(float ? { 339: shorts(3) } : {}),
    ...georeference,
    ...(crs ? CRS_KEYS : {}),
  };
  return tiffBytes({ directories: [tags], data: samples });
}

/** The 4 x 4 matrix of tag 34264 for x = a col + b row + c, y = d col + e row + f. */
export function matrixTag(a: number, b: number, c: number, d: number, e: number, f: number): TestTags {
  return { 34264: doubles(a, b, 0, c, d, e, 0, f, 0, 0, 0, 0, 0, 0, 0, 1) };
}

/** Writes the small city; `parts` replaces what a test is about. Rasters are by file name below scenes/. */
export async function smallCity(
  parts: Partial<CityParts> & { readonly rasters?: Readonly<Record<string, Uint8Array>> } = {},
): Promise<{ readonly folder: string; readonly spec: string; readonly results: string }> {
  const folder = parts.folder ?? (await temporaryFolder());
  const { rasters = { 'cover.tif': smallRaster() }, ...rest } = parts;
  const spec = await writeCity({
    folder,
    scenes: './',
    zones: WHOLE_ZONE,
    factors: plainFactors([1, 2]),
    landcover: { match: '*.tif' },
    ...rest,
  });
  for (const [name, bytes] of Object.entries(rasters)) await writeFile(join(folder, name), bytes);
  return { folder, spec, results: join(folder, 'results') };
}
