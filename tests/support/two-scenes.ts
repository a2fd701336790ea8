import { join } from 'node:path';
import { encodeClassGeotiff } from '../../src/cli/demo/geotiff-writer.ts';
import { plainFactors, rectangleZones, temporaryFolder, writeCity } from './city.ts';
import { type RunningCli, startCli } from './cli.ts';
import { type S3Server, startS3Server } from './s3-server/s3-server.ts';

/**
 * A city of two scenes side by side, each in a prefix of its own on an S3 server over HTTP, results in a folder.
 *
 * Each scene has 1024 x 1024 cells of 10 m (UTM 50N) in four blocks of 512 x 512; classes 1 to 4 in noise, so that a
 * block has about 64 KiB. Zones nw, sw lie on the west scene, ne, se on the east one: each is two blocks, 524288 cells.
 */
export const SIDE = 1024;
export const BLOCK = 512;
export const ZONE_CELLS = SIDE * BLOCK;
export const CELL_M = 10;
export const ORIGIN_X = 500_000;
export const ORIGIN_Y = 3_000_000;
export const EPSG = 32650;

export const WEST = 'a/west.tif';
export const EAST = 'b/east.tif';

/** A scene at a column of the lattice, its noise from a seed; the same arguments give the same bytes. */
export function sceneBytes(firstCol: number, seed: number, side = SIDE): Uint8Array {
  return encodeClassGeotiff({
    rows: side,
    cols: side,
    codes: noise(side * side, seed),
    epsg: EPSG,
    originX: ORIGIN_X + firstCol * CELL_M,
    originY: ORIGIN_Y,
    cellM: CELL_M,
    nodata: 0,
    description: 'noise of classes 1 to 4, for tests',
    date: '2021-06-01',
  });
}

/** Classes 1 to 4 from a xorshift generator. */
export function noise(length: number, seed: number): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return 1 + (state & 3);
  });
}

/** Map rectangle `[x0, y0, x1, y1]` of cells. */
export function cellRectangle(
  row: number,
  col: number,
  rows: number,
  cols: number,
): readonly [number, number, number, number] {
  const x0 = ORIGIN_X + col * CELL_M;
  const y1 = ORIGIN_Y - row * CELL_M;
  return [x0, y1 - rows * CELL_M, x0 + cols * CELL_M, y1];
}

export function quarterZones(): object {
  return rectangleZones(EPSG, {
    nw: cellRectangle(0, 0, BLOCK, SIDE),
    sw: cellRectangle(BLOCK, 0, BLOCK, SIDE),
    ne: cellRectangle(0, SIDE, BLOCK, SIDE),
    se: cellRectangle(BLOCK, SIDE, BLOCK, SIDE),
  });
}

export interface TwoSceneCity {
  readonly server: S3Server;
  readonly folder: string;
  readonly results: string;
  readonly spec: string;
  readonly west: Uint8Array;
  readonly east: Uint8Array;
  /** Starts `citysink` with the environment of the server. */
  start(words: readonly string[], env?: Readonly<Record<string, string>>): RunningCli;
}

export interface TwoSceneOptions {
  /** Places of the layer; default: both prefixes. */
  readonly scenes?: readonly string[];
  readonly deniedPrefixes?: readonly string[];
  readonly resultsUrl?: string;
  readonly secretAccessKey?: string;
}

const WEST_SEED = 20_211;
const EAST_SEED = 90_210;

export async function twoSceneCity(options: TwoSceneOptions = {}): Promise<TwoSceneCity> {
  const { deniedPrefixes = [] } = options;
  const secret = options.secretAccessKey === undefined ? {} : { secretAccessKey: options.secretAccessKey };
  const server = await startS3Server({ buckets: { scenes: { deniedPrefixes }, results: {} }, ...secret });
  const [west, east] = [sceneBytes(0, WEST_SEED), sceneBytes(SIDE, EAST_SEED)];
  server.put('scenes', WEST, west);
  server.put('scenes', EAST, east);
  const folder = await temporaryFolder();
  const spec = await writeCity({
    folder,
    scenes: options.scenes ?? ['s3://scenes/a/', 's3://scenes/b/'],
    zones: quarterZones(),
    zonesKeys: { id: 'id' },
    factors: plainFactors([1, 2, 3, 4]),
    spec: { results: options.resultsUrl ?? './results/' },
  });
  const start = (words: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    startCli(words, { cwd: folder, env: { ...server.env, ...env } });
  return { server, folder, results: join(folder, 'results'), spec, west, east, start };
}

/** Where the compressed bytes of a block lie in a file of `sceneBytes`: tags 324 and 325 of its only directory. */
export function blockRange(file: Uint8Array, block: number): { readonly offset: number; readonly length: number } {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const value = (tag: number): number => {
    for (let entry = 0; entry < view.getUint16(8, true); entry++) {
      const at = 10 + entry * 12;
      if (view.getUint16(at, true) === tag) return view.getUint32(view.getUint32(at + 8, true) + block * 4, true);
    }
    throw new Error(`the file has no tag ${tag}`);
  };
  return { offset: value(324), length: value(325) };
}
