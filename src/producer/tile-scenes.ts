/** Which scenes a tile reads, and what it will hold in memory. Reads nothing. */

import { MONTHS } from '../shared/carbon/casa.ts';
import { isOwned } from '../shared/contracts/counted-names.ts';
import type { PlannedLayer } from '../shared/contracts/plan-layers.ts';
import { grownWindow, intersectWindows, type Window, windowCells, windowContains } from '../shared/geo/window.ts';
import { opaqueWindow } from '../shared/raster/opaque-scenes.ts';
import { DTYPE_BYTES } from '../shared/raster/samples.ts';
import type { PlacedScene } from './place-scenes.ts';

/** Tiles on a side of the squares that are asked before their tiles are. */
const SQUARE = 16;

/** Decides tile by tile which scenes may have data there. Squares of many tiles are asked first: most are far away or inside. */
export class TileScenes {
  private readonly layers: readonly PlannedLayer[];
  private readonly scenes: readonly PlacedScene[];
  private readonly shape: { readonly rows: number; readonly cols: number };
  private readonly haloCells: number;
  private readonly squares = new Map<string, ReadonlyMap<number, 'all' | 'some'>>();

  constructor(
    layers: readonly PlannedLayer[],
    scenes: readonly PlacedScene[],
    shape: { readonly rows: number; readonly cols: number },
    haloCells: number,
  ) {
    this.layers = layers;
    this.scenes = scenes;
    this.shape = shape;
    this.haloCells = haloCells;
  }

  /** Indexes of the scenes that the tile needs, in the plan's order. */
  of(tile: Window): number[] {
    const near = this.squareOf(tile);
    const touches = (scene: number, window: Window) => {
      const state = near.get(scene);
      return state === 'all' || (state === 'some' && (this.scenes[scene] as PlacedScene).extent.mayTouch(window));
    };
    const needed = new Set<number>();
    for (const layer of this.layers) {
      // Built-up land is looked at beyond the tile.
      const window = layer.kind === 'classes' ? grownWindow(tile, this.haloCells) : tile;
      const owned: Window[] = [];
      for (const { scenes, mask } of layer.takes) {
        if (!scenes.every((scene) => touches(scene, window))) continue;
        if (isOwned(layer) && scenes.some((scene) => this.isUnder(scene, window, owned))) continue;
        for (const scene of mask === null ? scenes : [...scenes, mask]) needed.add(scene);
        // Whoever has data everywhere leaves nothing to later takes.
        if (isOwned(layer) && mask === null && scenes.every((scene) => this.ownsAll(scene, window))) break;
        if (mask === null && scenes.length === 1) owned.push(...this.opaque(scenes[0] as number));
      }
    }
    return [...needed].sort((a, b) => a - b);
  }

  /** Whether what the scene has of the tile lies under one of the windows, where earlier scenes have data everywhere. */
  private isUnder(index: number, tile: Window, owned: readonly Window[]): boolean {
    const { window } = this.scenes[index] as PlacedScene;
    const part = window === null ? null : intersectWindows(window, tile);
    return part !== null && owned.some((above) => windowContains(above, part));
  }

  /** The window in which a scene owns every cell; none where cells may lack data. */
  private opaque(index: number): Window[] {
    const scene = this.scenes[index] as PlacedScene;
    const window = scene.kind === 'ndvi' ? null : opaqueWindow(scene, scene.raster.header);
    return window === null ? [] : [window];
  }

  private ownsAll(index: number, tile: Window): boolean {
    const scene = this.scenes[index] as PlacedScene;
    if (scene.kind === 'ndvi' || opaqueWindow(scene, scene.raster.header) === null) return false;
    return scene.extent.covers(tile);
  }

  private squareOf(tile: Window): ReadonlyMap<number, 'all' | 'some'> {
    const [rows, cols] = [this.shape.rows * SQUARE, this.shape.cols * SQUARE];
    const [row, col] = [Math.floor(tile.row / rows), Math.floor(tile.col / cols)];
    const known = this.squares.get(`${row} ${col}`);
    if (known !== undefined) return known;
    const window = grownWindow({ row: row * rows, col: col * cols, rows, cols }, this.haloCells);
    const states = new Map<number, 'all' | 'some'>();
    this.scenes.forEach(({ extent }, index) => {
      if (extent.covers(window)) states.set(index, 'all');
      else if (extent.mayTouch(window)) states.set(index, 'some');
    });
    this.squares.set(`${row} ${col}`, states);
    return states;
  }
}

/** Bytes of a value by cell. */
const VALUE_BYTES = 8;

/** Bytes of a decoded pixel with its state, in the source window that a warped scene is decoded into. */
const STATE_BYTES = 1;

/** Bytes of a cell of the tile and its halo where green spaces are looked for: codes, bitmaps of the footprint and of green. */
const GREEN_BYTES = 12;

/**
 * Bytes that counting a tile holds at the most: class codes and one quantity for each cell, compressed blocks (taken for
 * as large as their samples), the largest source window, the values of all dates where their median is asked for, and
 * what green spaces need around the tile.
 */
export function tileMemory(
  tile: Window,
  needed: readonly number[],
  layers: readonly PlannedLayer[],
  scenes: readonly PlacedScene[],
  haloCells: number | null,
): number {
  const cells = windowCells(tile);
  const used = new Set(needed);
  let stored = 0;
  let largest = 0;
  const whole = new Set<string>();
  for (const index of needed) {
    const { info, raster, band, pixelsPerCell } = scenes[index] as PlacedScene;
    const { layout } = raster.header;
    const sample = DTYPE_BYTES[raster.header.bands[band - 1]?.dtype ?? 'float64'];
    const inBlock = layout.interleave === 'pixel' ? layout.bandCount : 1;
    const pixels = cells * pixelsPerCell;
    // Blocks that hold all bands are read once for all of them.
    if (inBlock === 1 || !whole.has(info.url)) stored += pixels * sample * inBlock;
    whole.add(info.url);
    largest = Math.max(largest, pixels * (sample + STATE_BYTES));
  }
  const dates = layers
    .filter(({ composite }) => composite === 'median')
    .map(({ takes }) => takes.filter(({ scenes: all }) => all.every((scene) => used.has(scene))).length);
  // All months of all inputs at once, and the two sums of the year.
  const months = layers.filter(({ kind }) => kind === 'months').length * MONTHS;
  const measured = (layers.length > 1 ? 24 : 0) + (months === 0 ? 0 : (months + 2) * VALUE_BYTES);
  const around = haloCells === null ? 0 : GREEN_BYTES * windowCells(grownWindow(tile, haloCells));
  return cells * (4 + measured) + stored + largest + Math.max(0, ...dates) * cells * 4 + around;
}
