import type { Lattice } from '../../src/shared/geo/grid.ts';
import { packZones } from '../../src/shared/geo/packed-zones.ts';
import type { AreaKeeping } from '../../src/shared/geo/window-areas.ts';
import type { BlockLayout } from '../../src/shared/raster/raster-header.ts';
import type { TileBlock, TileLayer, TileScene, TileTask } from '../../src/worker/tile-task.ts';
import { UTM_50N } from './plan-parts.ts';

/** Tasks for compute threads, made by hand: uncompressed blocks on a lattice with its origin at 0, 0 and cells of 1. */

export const LATTICE: Lattice = { crs: UTM_50N, originX: 0, originY: 0, cellWidth: 1, cellHeight: 1 };

/** Cells of the usual tile: 4 x 4. */
export const SIDE = 4;
export const SQUARE = SIDE * SIDE;

export function uint8Layout(side: number, blockSide = side): BlockLayout {
  return {
    rows: side,
    cols: side,
    bandCount: 1,
    blockRows: blockSide,
    blockCols: blockSide,
    tiled: true,
    codec: 'none',
    predictor: 1,
    interleave: 'pixel',
    littleEndian: true,
    bits: 8,
    dtype: 'uint8',
    sampleFormat: 'uint',
    reversedBits: false,
  };
}

/** A square scene in one block, nodata 0, its pixel (0, 0) on a cell of the lattice. */
export function uint8Scene(
  codes: readonly number[],
  side = SIDE,
  origin = { row: 0, col: 0 },
  url = 's3://scenes/a.tif',
): TileScene {
  const blocks: TileBlock[] = [{ blockRow: 0, blockCol: 0, bytes: Uint8Array.from(codes) }];
  return { ...PLAIN, url, origin, layout: uint8Layout(side), blocks };
}

const PLAIN = { warp: null, maskLayout: null, band: 0, nodata: 0, gain: 1, bias: 0, maskBlocks: [] };

/** A scene of doubles on the lattice, in one block, without nodata: missing samples are NaN. */
export function doubleScene(values: readonly number[], side = SIDE, url = 's3://scenes/values.tif'): TileScene {
  const layout = { ...uint8Layout(side), bits: 64, dtype: 'float64', sampleFormat: 'float' } as const;
  const bytes = new Uint8Array(Float64Array.from(values).buffer);
  const blocks: TileBlock[] = [{ blockRow: 0, blockCol: 0, bytes }];
  return { ...PLAIN, url, origin: { row: 0, col: 0 }, layout, nodata: null, blocks };
}

/** The same with a block that could not be fetched, or is left out of the file. */
export function withBlock(scene: TileScene, block: Omit<TileBlock, 'blockRow' | 'blockCol'>): TileScene {
  return { ...scene, blocks: [{ blockRow: 0, blockCol: 0, ...block }] };
}

/** A layer of a task whose takes are single scenes without mask or day. */
export function tileLayer(name: string, scenes: readonly TileScene[], changes: Partial<TileLayer> = {}): TileLayer {
  const takes = scenes.map((scene) => ({ scenes: [scene], mask: null, date: null }));
  const kind = name === 'landcover' ? 'classes' : 'quantity';
  return { name, kind, resample: 'nearest', composite: 'first', mask: null, takes, ...changes };
}

/** Areas of the plane. */
export const IN_PLANE: AreaKeeping = { areaBy: null, areaExponent: null };

/**
 * `scenes` are those of the land cover, `layers` what comes after it. `zones` are rectangles of cells: first col, first
 * row, col after the last, row after the last. Default: the tile.
 */
export function tileTask(
  scenes: readonly TileScene[],
  parts: {
    readonly zones?: readonly (readonly [number, number, number, number])[];
    readonly lattice?: Lattice;
    readonly areas?: AreaKeeping;
    readonly layers?: readonly TileLayer[];
    readonly landcover?: Partial<TileLayer>;
    readonly side?: number;
    readonly green?: TileTask['green'];
    readonly casa?: TileTask['casa'];
  } = {},
): TileTask {
  const side = parts.side ?? SIDE;
  const zones = (parts.zones ?? [[0, 0, side, side] as const]).map(([x0, y0, x1, y1], i) => ({
    id: String(i),
    name: String(i),
    // Rows run down from the origin, so y is negative.
    polygons: [[Float64Array.of(x0, -y0, x1, -y0, x1, -y1, x0, -y1, x0, -y0)]],
  }));
  const window = { row: 0, col: 0, rows: side, cols: side };
  const layers = [tileLayer('landcover', scenes, parts.landcover), ...(parts.layers ?? [])];
  const grid = { ...(parts.lattice ?? LATTICE), window };
  const areas = parts.areas ?? IN_PLANE;
  return {
    basis: 'b',
    grid,
    window,
    areas,
    zones: packZones(LATTICE, zones),
    layers,
    green: parts.green ?? null,
    casa: parts.casa ?? null,
    earlier: null,
  };
}
