/**
 * What alignment costs beside decoding the same pixels, in one run: node bench/alignment.ts [repetitions [no-gdal]]
 *
 * Times are CPU times of this process (the machine may be busy), medians of the repetitions. gdalwarp, where installed,
 * does the same job once, on one thread, from an uncompressed image to an uncompressed one; the time of an empty job is taken off.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crsFromEpsg } from '../src/shared/geo/crs-registry.ts';
import type { Geotransform } from '../src/shared/geo/geotransform.ts';
import type { AnalysisGrid } from '../src/shared/geo/grid.ts';
import { choosePositionStep, positionLattice, sourceWindowOf } from '../src/shared/geo/position-lattice.ts';
import { toSourceOf } from '../src/shared/geo/to-source.ts';
import { decodeBlock } from '../src/shared/io/block-codec.ts';
import type { BlockLayout } from '../src/shared/raster/raster-header.ts';
import { resampleAverage, resampleBilinear, resampleMode, resampleNearest } from '../src/shared/raster/resample.ts';
import type { ResampleSource } from '../src/shared/raster/resample-source.ts';
import { sourceImage } from '../src/worker/source-image.ts';
import type { TileBlock } from '../src/worker/tile-task.ts';
import { type ImageKind, imageLayout, storedBlocks } from './alignment-images.ts';

const CELLS = 2048;
const REPETITIONS = Number(process.argv[2] ?? 7);
const PIXELS = 60_000;

const SOURCES: readonly (readonly [name: string, epsg: number, geotransform: Geotransform])[] = [
  ['10 m, half a pixel off', 32650, [499_995, 10, 0, 3_600_005, 0, -10]],
  ['10 m, UTM 51N', 32651, [-50_000, 10, 0, 3_650_000, 0, -10]],
  ['1/12,000 degree', 4326, [117, 1 / 12_000, 0, 33, 0, -1 / 12_000]],
  ['1/480 degree (250 m)', 4326, [110, 1 / 480, 0, 40, 0, -1 / 480]],
];

/** Seconds of CPU; the shortest timed stretch is well above the clock's grain. */
function seconds(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** Medians of several jobs that take turns, so that a busy moment meets them all. */
function timed(jobs: Readonly<Record<string, () => void>>): Record<string, number> {
  const found: Record<string, number[]> = {};
  for (let turn = 0; turn < REPETITIONS + 2; turn++) {
    for (const [name, job] of Object.entries(jobs)) {
      const took = seconds(job);
      // The first two turns warm the compiler up.
      if (turn >= 2) found[name] = [...(found[name] ?? []), took];
    }
  }
  return Object.fromEntries(Object.entries(found).map(([name, times]) => [name, median(times)]));
}

async function prepared(epsg: number, geotransform: Geotransform) {
  const window = { row: 4096, col: 8192, rows: CELLS, cols: CELLS };
  const crs = await crsFromEpsg(32650);
  const whole = { row: 0, col: 0, rows: 20_000, cols: 20_000 };
  const grid: AnalysisGrid = {
    crs,
    originX: 500_000,
    originY: 3_600_000,
    cellWidth: 10,
    cellHeight: 10,
    window: whole,
  };
  const place = { geotransform, rows: PIXELS, cols: PIXELS };
  const toSource = toSourceOf(crs, await crsFromEpsg(epsg), place);
  const step = choosePositionStep(grid, place, toSource);
  const lattice = () => positionLattice(grid, window, step, place, toSource);
  const windowOf = () => sourceWindowOf(lattice(), window, 1, place);
  return { grid, window, lattice, windowOf, pixels: windowOf() ?? window };
}

type Prepared = Awaited<ReturnType<typeof prepared>>;

function decodeAll(layout: BlockLayout, blocks: readonly TileBlock[]): void {
  for (const { bytes } of blocks) if (bytes !== null) decodeBlock(layout, bytes, layout.blockRows);
}

function imageOf(kind: ImageKind, layout: BlockLayout, blocks: readonly TileBlock[], { pixels }: Prepared) {
  const scene = { url: kind, origin: null, warp: null, layout, maskLayout: null, band: 0, nodata: 0, gain: 1, bias: 0 };
  return sourceImage({ ...scene, blocks, maskBlocks: [] }, pixels, []);
}

const METHODS = ['nearest', 'mode', 'bilinear', 'average'] as const;
type Method = (typeof METHODS)[number];

function methodJobs(source: ResampleSource, { lattice, window }: Prepared): Record<Method, () => void> {
  const positions = lattice();
  const codes = new Int32Array(CELLS * CELLS);
  const values = new Float64Array(CELLS * CELLS);
  return {
    nearest: () => resampleNearest(source, positions, window, codes, -1),
    mode: () => resampleMode(source, positions, window, codes, -1),
    bilinear: () => resampleBilinear(source, positions, window, values),
    average: () => resampleAverage(source, positions, window, values),
  };
}

interface Figure {
  readonly source: string;
  readonly kind: ImageKind;
  readonly pixels: number;
  readonly decode: number;
  readonly image: number;
  readonly lattice: number;
  readonly windowOf: number;
  readonly methods: Readonly<Record<string, number>>;
  readonly gdal: Readonly<Record<string, number>>;
}

const KINDS: Readonly<Record<ImageKind, readonly Method[]>> = {
  'land cover': ['nearest', 'mode'],
  band: ['nearest', 'bilinear', 'average'],
};

async function figureOf(source: (typeof SOURCES)[number], kind: ImageKind): Promise<Figure> {
  const [name, epsg, geotransform] = source;
  const at = await prepared(epsg, geotransform);
  const layout = imageLayout(kind, PIXELS, PIXELS);
  const blocks = storedBlocks(kind, layout, at.pixels);
  const { samples, states, window } = imageOf(kind, layout, blocks, at);
  const jobs = methodJobs({ samples, window, missing: states }, at);
  const times = timed({
    decode: () => decodeAll(layout, blocks),
    image: () => imageOf(kind, layout, blocks, at),
    lattice: () => at.lattice(),
    windowOf: () => at.windowOf(),
    ...Object.fromEntries(KINDS[kind].map((method) => [method, jobs[method]])),
  });
  const pixels = blocks.length * layout.blockRows * layout.blockCols;
  const { decode = 0, image = 0, lattice = 0, windowOf = 0, ...methods } = times;
  const gdal = gdalTimes(samples as Uint8Array, at, epsg, geotransform, KINDS[kind]);
  return { source: name, kind, pixels, decode, image, lattice, windowOf, methods, gdal };
}

const hasGdal = process.argv[3] !== 'no-gdal' && spawnSync('gdalwarp', ['--version']).status === 0;

/** CPU seconds of a command and its arguments. */
function childSeconds(command: string, words: readonly string[]): number {
  const script = 'TIMEFORMAT="%U %S"; time "$0" "$@"';
  const { stderr, status } = spawnSync('bash', ['-c', script, command, ...words], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  const [user = 0, system = 0] = (stderr.trim().split('\n').at(-1) ?? '').split(' ').map(Number);
  return user + system;
}

/** CPU seconds of gdalwarp by method and error threshold; empty where it is not installed. */
function gdalTimes(
  samples: Uint8Array | Uint16Array,
  { grid, window, pixels }: Prepared,
  epsg: number,
  [x, dx, , y, , dy]: Geotransform,
  methods: readonly Method[],
): Record<string, number> {
  if (!hasGdal) return {};
  const folder = mkdtempSync(join(tmpdir(), 'alignment-'));
  const raw = join(folder, 'source.raw');
  writeFileSync(raw, samples);
  const [west, north] = [x + pixels.col * dx, y + pixels.row * dy];
  writeFileSync(`${folder}/source.hdr`, enviHeader(samples, pixels.rows, pixels.cols));
  const ends = [west, north, west + pixels.cols * dx, north + pixels.rows * dy].map(String);
  const source = join(folder, 'source.tif');
  spawnSync('gdal_translate', ['-q', '-a_srs', `EPSG:${epsg}`, '-a_ullr', ...ends, '-a_nodata', '0', raw, source]);
  const left = grid.originX + window.col * grid.cellWidth;
  const top = grid.originY - window.row * grid.cellHeight;
  const job = (cells: number, method: Method, threshold: string) => {
    const bounds = [left, top - cells * 10, left + cells * 10, top].map(String);
    const words = ['-q', '-overwrite', '-t_srs', 'EPSG:32650', '-te', ...bounds, '-tr', '10', '10', '-wm', '512'];
    if (method === 'bilinear') words.push('-wo', 'XSCALE=1', '-wo', 'YSCALE=1');
    return childSeconds('gdalwarp', [
      ...words,
      '-r',
      method === 'nearest' ? 'near' : method,
      '-et',
      threshold,
      source,
      join(folder, 'out.tif'),
    ]);
  };
  const figures: Record<string, number> = {};
  for (const method of methods) {
    for (const threshold of ['0.125', '0']) {
      figures[`${method} ${threshold}`] = job(CELLS, method, threshold) - job(8, method, threshold);
    }
  }
  rmSync(folder, { recursive: true });
  return figures;
}

function enviHeader(samples: Uint8Array | Uint16Array, rows: number, cols: number): string {
  const type = samples instanceof Uint16Array ? 12 : 1;
  return `ENVI\nsamples = ${cols}\nlines = ${rows}\nbands = 1\ndata type = ${type}\ninterleave = bsq\nbyte order = 0\n`;
}

function perSecond(count: number, time: number | undefined): string {
  return time === undefined ? '' : (count / time / 1e6).toFixed(0);
}

/** One line per source and method; the ratio is time per cell over time to decode one pixel. */
function printFigure(figure: Figure): void {
  const { source, kind, pixels, decode, image, lattice, windowOf, methods, gdal } = figure;
  const cells = CELLS * CELLS;
  for (const [method, time] of Object.entries(methods)) {
    const ratio = time / cells / (decode / pixels);
    const words = [
      ...[source, kind, method, perSecond(pixels, decode), perSecond(cells, time), ratio.toFixed(2)],
      ...[perSecond(cells, gdal[`${method} 0.125`]), perSecond(cells, gdal[`${method} 0`])],
      ...[((image - decode) / decode).toFixed(2), (lattice * 1e3).toFixed(1), (windowOf * 1e3).toFixed(1)],
    ];
    console.log(`| ${words.join(' | ')} |`);
  }
}

console.log(
  '| source | image | method | decode, Mpx/s | align, Mcell/s | align / decode | gdalwarp -et 0.125 | gdalwarp -et 0 | copy / decode | lattice, ms | window, ms |',
);
console.log('| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |');
for (const source of SOURCES) {
  for (const kind of ['land cover', 'band'] as const) printFigure(await figureOf(source, kind));
}
