/**
 * What runs of more and more cells cost: node bench/scale.ts. Squares out of the middle of the large scene, tables alone,
 * S3 counted by the plan. Prints a table for docs/scaling.md.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cost, measured } from './measured.ts';
import { CACHE, sceneFolder } from './scenes.ts';
import { writeSpec } from './specs.ts';
import { median } from './statistics.ts';

const LAUNCHER = join(import.meta.dirname, '../bin/citysink.js');
const FOLDER = join(CACHE, 'scale');
const ROUNDS = 3;
/** Pixels a side; the last is the whole scene. */
const SIDES = [1024, 4096, 10_240, 20_480, 32_940];

interface Quote {
  readonly tile_count: number;
  readonly estimate: { readonly cells: number; readonly requests: number; readonly bytes: number };
}

function squareOf(side: number): string {
  const whole = join(sceneFolder('large'), 'landcover.tif');
  if (side === SIDES.at(-1)) return whole;
  const name = join(FOLDER, `landcover-${side}.tif`);
  if (existsSync(name)) return name;
  const first = String(Math.floor((32_940 - side) / 2));
  const options = ['TILED=YES', 'BLOCKXSIZE=512', 'BLOCKYSIZE=512', 'COMPRESS=DEFLATE'];
  const window = ['-srcwin', first, first, String(side), String(side)];
  execFileSync('gdal_translate', ['-q', ...window, ...options.flatMap((option) => ['-co', option]), whole, name]);
  return name;
}

interface Info {
  readonly cornerCoordinates: Readonly<Record<string, [number, number]>>;
}

/** One zone: the whole of a raster, in its own CRS. */
function wholeZone(raster: string, side: number): string {
  const info = JSON.parse(execFileSync('gdalinfo', ['-json', raster]).toString()) as Info;
  const { upperLeft, lowerLeft, lowerRight, upperRight } = info.cornerCoordinates;
  const zones = {
    type: 'FeatureCollection',
    crs: { type: 'name', properties: { name: epsgOf(raster) } },
    features: [
      {
        type: 'Feature',
        properties: { id: 'square', name: 'square' },
        geometry: { type: 'Polygon', coordinates: [[upperLeft, lowerLeft, lowerRight, upperRight, upperLeft]] },
      },
    ],
  };
  const file = join(FOLDER, `zone-${side}.geojson`);
  writeFileSync(file, JSON.stringify(zones));
  return file;
}

function epsgOf(raster: string): string {
  return execFileSync('gdalsrsinfo', ['-o', 'epsg', raster]).toString().trim();
}

mkdirSync(FOLDER, { recursive: true });
console.log('| million cells | tiles | wall, s | CPU, s | GETs | MB read | memory of all processes, MiB |');
console.log(`|${' --- |'.repeat(7)}`);
for (const side of SIDES) {
  const folder = join(FOLDER, `run-${side}`);
  rmSync(folder, { recursive: true, force: true });
  const landcover = squareOf(side);
  const spec = writeSpec({ scene: sceneFolder('large'), folder, landcover, zones: wholeZone(landcover, side) });
  const quote = JSON.parse(
    execFileSync(process.execPath, [LAUNCHER, 'plan', '--json', spec], { maxBuffer: 2 ** 28 }).toString(),
  ) as Quote;
  const costs: Cost[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    costs.push(await measured([process.execPath, LAUNCHER, 'run', '--fresh', spec], folder));
  }
  const of = (pick: (cost: Cost) => number) => median(costs.map(pick));
  const { cells, requests, bytes } = quote.estimate;
  const row = [
    (cells / 1e6).toFixed(1),
    String(quote.tile_count),
    of(({ wallS }) => wallS).toFixed(2),
    of(({ cpuS }) => cpuS).toFixed(2),
    String(requests),
    (bytes / 1e6).toFixed(2),
    of(({ treeMib }) => treeMib).toFixed(0),
  ];
  console.log(`| ${row.join(' | ')} |`);
}
