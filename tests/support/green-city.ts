// Random cities with green space inside of built-up land, small enough to be counted cell by cell.
import type { PlannedGreen } from '../../src/shared/contracts/plan-green.ts';
import { areaExponent, rowCellAreaM2 } from '../../src/shared/geo/cell-area.ts';
import { crsFromEpsg } from '../../src/shared/geo/crs-registry.ts';
import type { AnalysisGrid } from '../../src/shared/geo/grid.ts';
import { type PackedZones, packZones } from '../../src/shared/geo/packed-zones.ts';
import { grownWindow, intersectWindows, type Window, windowRelativeTo } from '../../src/shared/geo/window.ts';
import type { AreaKeeping } from '../../src/shared/geo/window-areas.ts';
import { blocksOfWindow, blockWindow } from '../../src/shared/raster/block-grid.ts';
import type { BlockLayout } from '../../src/shared/raster/raster-header.ts';
import { haloCells } from '../../src/worker/kernels/built-footprint.ts';
import type { TileBlock, TileLayer, TileScene, TileTask } from '../../src/worker/tile-task.ts';
import { plannedGreen } from './green-parts.ts';
import { below } from './patch-rasters.ts';
import { UTM_50N } from './plan-parts.ts';
import { pick, type Random } from './random-mosaics.ts';
import { LATTICE, uint8Layout } from './tile-parts.ts';

/** Zones and tiles lie here; scenes reach out of it. */
export const WORLD: Window = { row: -7, col: -5, rows: 30, cols: 34 };

/** A raster on the lattice in blocks, some of which are lost. */
export interface GreenScene {
  readonly window: Window;
  /** Row by row; NaN is missing too. */
  readonly samples: Uint8Array | Float64Array;
  readonly nodata: number | null;
  readonly blockSide: number;
  /** Every which block cannot be read; 0: none. */
  readonly lostEvery: number;
}

export interface GreenLayer extends Pick<TileLayer, 'name' | 'kind' | 'resample' | 'composite' | 'mask'> {
  readonly unit: null;
  /** Indexes of scenes: one by one, or red and near infrared. */
  readonly takes: readonly (readonly number[])[];
}

export interface GreenCity {
  readonly scenes: readonly GreenScene[];
  /** The land cover, then what shows green where that is another layer, or what masks the land cover. */
  readonly layers: readonly GreenLayer[];
  readonly green: PlannedGreen;
  readonly grid: AnalysisGrid;
  readonly areas: AreaKeeping;
  readonly zones: PackedZones;
}

/** Built-up in blobs and lonely cells, green and water between. */
const CLASSES = [5, 5, 5, 6, 1, 2, 7, 0];

const DEGREES = await crsFromEpsg(4326);

export function greenCity(random: Random): GreenCity {
  const scenes: GreenScene[] = [];
  const add = (make: () => GreenScene): number => scenes.push(make()) - 1;
  const takes = (count: number, make: () => GreenScene) => Array.from({ length: count }, () => [add(make)]);
  const landcover = takes(1 + below(random, 3), () => classScene(random, CLASSES));
  const from = pick(random, ['classes', 'ndvi', 'layer'] as const);
  const isMasked = from !== 'ndvi' && random() < 0.4;
  const mask = isMasked ? { layer: 'parks', keep: [1, 2, 3], dropBits: null } : null;
  const layers: GreenLayer[] = [layerOf('landcover', 'classes', landcover, { mask })];
  if (from === 'layer' || isMasked) {
    const parks = takes(below(random, 3), () => classScene(random, [0, 1, 1, 2, 3, 4]));
    layers.push(layerOf('parks', 'codes', parks));
  }
  if (from === 'ndvi') {
    const dates = Array.from({ length: below(random, 3) }, () => bandPair(random).map((scene) => add(() => scene)));
    layers.push(layerOf('ndvi', 'ndvi', dates));
  }
  return { scenes, layers, green: greenOf(random, from), ...placeOf(random), zones: zonesOf(random) };
}

function layerOf(
  name: string,
  kind: TileLayer['kind'],
  takes: GreenLayer['takes'],
  changes: Partial<GreenLayer> = {},
): GreenLayer {
  return { name, kind, resample: 'nearest', composite: 'first', mask: null, unit: null, takes, ...changes };
}

function greenOf(random: Random, from: PlannedGreen['from']): PlannedGreen {
  const rule = { radius: pick(random, [0, 1, 1.5, 2, 3.2]), holeCells: pick(random, [0, 1, 4, 9]) };
  return plannedGreen({
    from,
    layer: from === 'layer' ? 'parks' : null,
    layerCodes: from === 'layer' ? [1, 2] : [],
    greenClasses: pick(random, [[1, 2], [1], [2, 5]]),
    thresholds: from === 'ndvi' ? pick(random, [[0.6], [0, 0.3, 0.6]]) : [],
    closingCells: rule.radius,
    holeCells: rule.holeCells,
    haloCells: haloCells(rule),
    connectivity: pick(random, [4, 8] as const),
  });
}

function placeOf(random: Random): Pick<GreenCity, 'grid' | 'areas'> {
  if (random() < 0.5) {
    const grid = { ...LATTICE, crs: UTM_50N, cellWidth: 16, cellHeight: 16, window: WORLD };
    return { grid, areas: { areaBy: null, areaExponent: null } };
  }
  const grid = { crs: DEGREES, originX: 8, originY: 40, cellWidth: 2 ** -10, cellHeight: 2 ** -10, window: WORLD };
  return { grid, areas: { areaBy: 'row', areaExponent: areaExponent(grid) } };
}

/** Rectangles that may overlap, edges on quarters of a cell; now and then one over all. */
function zonesOf(random: Random): PackedZones {
  const side = (from: number, length: number) => {
    const [a, b] = [0, 1].map(() => from + below(random, length * 4) / 4) as [number, number];
    return [Math.min(a, b), Math.max(a, b) + 2] as const;
  };
  const zones = Array.from({ length: 1 + below(random, 3) }, (_, index) => {
    const isAll = random() < 0.3;
    const [x0, x1] = isAll ? [WORLD.col, WORLD.col + WORLD.cols] : side(WORLD.col, WORLD.cols - 2);
    const [y0, y1] = isAll ? [WORLD.row, WORLD.row + WORLD.rows] : side(WORLD.row, WORLD.rows - 2);
    // Rows run down from the origin, so y is negative.
    const ring = Float64Array.of(x0, -y0, x1, -y0, x1, -y1, x0, -y1, x0, -y0);
    return { id: String(index), name: '', polygons: [[ring]] };
  });
  return packZones(LATTICE, zones);
}

function sceneWindow(random: Random): Window {
  const [row, col] = [WORLD.row - 12 + below(random, 24), WORLD.col - 12 + below(random, 24)];
  return { row, col, rows: 8 + below(random, 40), cols: 8 + below(random, 40) };
}

/** Rectangles of one class over noise. */
function classScene(random: Random, kinds: readonly number[]): GreenScene {
  const window = sceneWindow(random);
  const noise = random() * 0.6;
  const samples = new Uint8Array(window.rows * window.cols).fill(pick(random, kinds));
  for (let count = below(random, 12); count > 0; count--) {
    const [top, left] = [below(random, window.rows), below(random, window.cols)];
    const [rows, cols, code] = [1 + below(random, 12), 1 + below(random, 12), pick(random, kinds)];
    for (let row = top; row < Math.min(window.rows, top + rows); row++)
      samples.fill(code, row * window.cols + left, row * window.cols + Math.min(window.cols, left + cols));
  }
  for (let cell = 0; cell < samples.length; cell++) if (random() < noise) samples[cell] = pick(random, kinds);
  return { window, samples, nodata: pick(random, [0, 0, null]), ...blocksOf(random) };
}

/** Red with holes and lost blocks; near infrared whole. NDVI is 1, 0.6, 1/3, 0 or below. */
function bandPair(random: Random): [GreenScene, GreenScene] {
  const window = sceneWindow(random);
  const cells = window.rows * window.cols;
  const samples = Float64Array.from({ length: cells }, () => pick(random, [Number.NaN, 0, 0.25, 0.25, 0.5, 1, 3]));
  const whole = { window, samples: new Float64Array(cells).fill(1), nodata: null, blockSide: 64, lostEvery: 0 };
  return [{ window, samples, nodata: null, ...blocksOf(random) }, whole];
}

function blocksOf(random: Random): Pick<GreenScene, 'blockSide' | 'lostEvery'> {
  return { blockSide: 3 + below(random, 14), lostEvery: pick(random, [0, 0, 3, 7]) };
}

function layoutOf({ window, samples, blockSide }: GreenScene): BlockLayout {
  const layout = { ...uint8Layout(1, blockSide), rows: window.rows, cols: window.cols };
  return samples instanceof Uint8Array ? layout : { ...layout, bits: 64, dtype: 'float64', sampleFormat: 'float' };
}

function isLost({ lostEvery }: GreenScene, blockRow: number, blockCol: number): boolean {
  return lostEvery > 0 && (blockRow * 3 + blockCol) % lostEvery === lostEvery - 1;
}

/** As a worker reads a tile (read-windows.ts): the land cover with its halo; `needed`: scenes that it reads, default all. */
export function readTile(city: GreenCity, window: Window, needed?: ReadonlySet<number>): TileTask {
  const { green, grid, areas, zones } = city;
  const layers = city.layers.map(({ takes, unit: _, ...layer }): TileLayer => {
    const around = layer.kind === 'classes' ? grownWindow(window, green.haloCells) : window;
    // Where one of two bands ends, there is no value.
    const read = takes.flatMap((scenes) => {
      if (!scenes.every((scene) => needed?.has(scene) ?? true)) return [];
      const there = scenes.flatMap((scene) => sceneOf(city, scene, around) ?? []);
      return there.length === scenes.length ? [there] : [];
    });
    return { ...layer, takes: read.map((scenes) => ({ scenes, mask: null, date: null })) };
  });
  return { basis: 'b', grid, window, areas, zones, layers, green, casa: null, earlier: null };
}

function sceneOf({ scenes }: GreenCity, index: number, window: Window): TileScene | null {
  const scene = scenes[index] as GreenScene;
  const common = intersectWindows(scene.window, window);
  if (common === null) return null;
  const layout = layoutOf(scene);
  const blocks = blocksOfWindow(layout, windowRelativeTo(common, scene.window)).map(
    ({ blockRow, blockCol }): TileBlock => {
      if (isLost(scene, blockRow, blockCol)) return { blockRow, blockCol, bytes: null, unread: 'lost' };
      return { blockRow, blockCol, bytes: blockBytes(scene, layout, { blockRow, blockCol }) };
    },
  );
  const { row, col } = scene.window;
  const reading = { band: 0, nodata: scene.nodata, gain: 1, bias: 0 };
  return {
    url: `s3://scenes/${index}.tif`,
    origin: { row, col },
    warp: null,
    layout,
    maskLayout: null,
    ...reading,
    blocks,
    maskBlocks: [],
  };
}

/** The padding of blocks is a class that occurs nowhere. */
function blockBytes(
  { samples }: GreenScene,
  layout: BlockLayout,
  at: { blockRow: number; blockCol: number },
): Uint8Array {
  const inside = blockWindow(layout, at);
  const Samples = samples instanceof Uint8Array ? Uint8Array : Float64Array;
  const block = new Samples(layout.blockRows * layout.blockCols).fill(77);
  for (let row = 0; row < inside.rows; row++) {
    const from = (inside.row + row) * layout.cols + inside.col;
    block.set(samples.subarray(from, from + inside.cols), row * layout.blockCols);
  }
  return new Uint8Array(block.buffer);
}

/** A code or NDVI; null: there is none, or it cannot be known. */
export type Sample = number | null;

/** What a layer has in a cell: of the first take that covers it and has something there. */
export function sampleOf(city: GreenCity, layer: number, row: number, col: number): Sample {
  for (const take of city.layers[layer]?.takes ?? []) {
    const { window, samples, nodata, blockSide, ...blocks } = city.scenes[take[0] as number] as GreenScene;
    const [down, right] = [row - window.row, col - window.col];
    if (down < 0 || right < 0 || down >= window.rows || right >= window.cols) continue;
    const lost = { window, samples, nodata, blockSide, ...blocks };
    if (isLost(lost, Math.floor(down / blockSide), Math.floor(right / blockSide))) return null;
    const sample = samples[down * window.cols + right] as number;
    if (Number.isNaN(sample) || sample === nodata) continue;
    return take.length === 1 ? sample : (1 - sample) / (1 + sample);
  }
  return null;
}

/** Units of the area of the cells of a row; 0 in the plane. */
export function unitsAt({ grid, areas }: GreenCity): (row: number) => number {
  const { areaExponent: exponent } = areas;
  return exponent === null ? () => 0 : (row) => Math.round(rowCellAreaM2(grid, row) * 2 ** exponent);
}
