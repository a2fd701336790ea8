/** The stored pixels of one scene under a cell, their states, and what each weighs in the cell's value. */

import { positionAt } from '../../shared/geo/position-lattice.ts';
import { intersectWindows, type Window } from '../../shared/geo/window.ts';
import { blockWindow } from '../../shared/raster/block-grid.ts';
import { resampleAverage, resampleBilinear, resampleNearest } from '../../shared/raster/resample.ts';
import { positionsOf, type TilePlace } from '../../worker/aligned-scene.ts';
import { type SourceImage, sourceImage, UNREAD_PIXEL, VALID } from '../../worker/source-image.ts';
import type { TileLayer, TileScene, TileWarp } from '../../worker/tile-task.ts';

/** `masked`: hidden by the mask inside of the file; `sparse`: its block is left out of the file. */
export type PixelState = 'valid' | 'nodata' | 'masked' | 'sparse' | 'unread';

export interface CellPixel {
  readonly row: number;
  readonly col: number;
  /** Stored number; null where no block holds one. */
  readonly sample: number | 'nan' | null;
  readonly state: PixelState;
  /** Share in the value, of all valid pixels 1 (for the mode: of the area); 0 where the pixel is not valid. */
  readonly weight: number;
}

export interface ScenePixels {
  readonly url: string;
  /** From 1. */
  readonly band: number;
  readonly nodata: number | null;
  readonly gain: number;
  readonly bias: number;
  /** null: the scene lies on the grid, each cell is a pixel. */
  readonly warp: { readonly crs: string; readonly resample: TileLayer['resample']; readonly step: number } | null;
  /** Where the cell's centre lies, in pixels from the scene's corner, continuous; pixel 0 spans 0 to 1. Null: nowhere. */
  readonly position: { readonly row: number; readonly col: number } | null;
  /** Those with a share in the cell, the largest first. */
  readonly pixels: readonly CellPixel[];
  /** Further pixels that were read for the cell and are not listed. */
  readonly more: number;
}

/** Pixels that are listed. */
const MOST_PIXELS = 16;
/** Pixels that are asked for their share; of more, those nearest to the cell's centre. */
const MOST_ASKED = 256;

type Resample = TileLayer['resample'];

/** What a worker sees of a scene in a place of one cell. */
export function cellPixels(scene: TileScene, resample: Resample, place: TilePlace): ScenePixels {
  const { url, nodata, gain, bias, warp } = scene;
  const head = { url, band: scene.band + 1, nodata, gain, bias };
  if (warp === null) return { ...head, ...latticePixel(scene, place) };
  const alignment = { crs: warp.crs.name, resample, step: warp.step };
  return { ...head, warp: alignment, ...warpedPixels(scene, warp, resample, place) };
}

type Found = Pick<ScenePixels, 'position' | 'pixels' | 'more'>;

function latticePixel(scene: TileScene, { window }: TilePlace): Found & { readonly warp: null } {
  const origin = scene.origin ?? { row: 0, col: 0 };
  const pixel = { row: window.row - origin.row, col: window.col - origin.col, rows: 1, cols: 1 };
  const position = { row: pixel.row + 0.5, col: pixel.col + 0.5 };
  const { rows, cols } = scene.layout;
  if (intersectWindows(pixel, { row: 0, col: 0, rows, cols }) === null) {
    return { warp: null, position, pixels: [], more: 0 };
  }
  const seen = new SeenPixels(scene, pixel);
  const state = seen.stateOf(0);
  const weight = state === 'valid' ? 1 : 0;
  const pixels = [{ row: pixel.row, col: pixel.col, sample: seen.sampleOf(0), state, weight }];
  return { warp: null, position, pixels, more: 0 };
}

function warpedPixels(scene: TileScene, warp: TileWarp, resample: Resample, place: TilePlace): Found {
  const seen = new SeenPixels(scene, warp.pixels);
  const positions = positionsOf(warp, place);
  const { srcRow, srcCol } = positionAt(positions, place.window.row + 0.5, place.window.col + 0.5);
  const position = Number.isNaN(srcRow + srcCol) ? null : { row: srcRow, col: srcCol };
  const { window, states } = seen.image;
  const none = new Uint8Array(states.length);
  // The kernels are linear in the samples: a lone 1 among zeros comes out as that pixel's weight.
  const weightOf = (pixel: number, missing: Uint8Array): number => {
    const samples = new Float64Array(states.length);
    samples[pixel] = 1;
    const out = new Float64Array(1);
    const source = { samples, window, missing };
    if (resample === 'nearest') resampleNearest(source, positions, place.window, out, 0);
    else if (resample === 'bilinear') resampleBilinear(source, positions, place.window, out);
    else resampleAverage(source, positions, place.window, out);
    return out[0] || 0;
  };
  const shared = nearestPixels(window, position)
    .map((pixel) => ({ pixel, share: weightOf(pixel, none) }))
    .filter(({ share }) => share > 0)
    .sort((a, b) => b.share - a.share || a.pixel - b.pixel);
  const pixels = shared.slice(0, MOST_PIXELS).map(({ pixel }) => ({
    row: window.row + Math.floor(pixel / window.cols),
    col: window.col + (pixel % window.cols),
    sample: seen.sampleOf(pixel),
    state: seen.stateOf(pixel),
    weight: weightOf(pixel, states),
  }));
  const beyond = Math.max(0, states.length - MOST_ASKED);
  return { position, pixels, more: shared.length - pixels.length + beyond };
}

/** Indexes of the pixels of a window by their distance from a position, the nearest MOST_ASKED. */
function nearestPixels(window: Window, position: { readonly row: number; readonly col: number } | null): number[] {
  const all = Array.from({ length: window.rows * window.cols }, (_, pixel) => pixel);
  if (all.length <= MOST_ASKED || position === null) return all.slice(0, MOST_ASKED);
  const distance = (pixel: number) =>
    (window.row + Math.floor(pixel / window.cols) + 0.5 - position.row) ** 2 +
    (window.col + (pixel % window.cols) + 0.5 - position.col) ** 2;
  return all.sort((a, b) => distance(a) - distance(b)).slice(0, MOST_ASKED);
}

/** Decoded pixels of a window with the reasons of those that are missing. */
class SeenPixels {
  readonly image: SourceImage;
  private readonly scene: TileScene;
  /** The same without the file's own mask. */
  private readonly unmasked: SourceImage;

  constructor(scene: TileScene, window: Window) {
    this.scene = scene;
    this.image = sourceImage(scene, window, []);
    this.unmasked =
      scene.maskLayout === null ? this.image : sourceImage({ ...scene, maskLayout: null, maskBlocks: [] }, window, []);
  }

  stateOf(pixel: number): PixelState {
    const state = this.image.states[pixel];
    if (state === VALID) return 'valid';
    if (state === UNREAD_PIXEL) return 'unread';
    if (this.unmasked.states[pixel] === VALID) return 'masked';
    return this.isSparse(pixel) ? 'sparse' : 'nodata';
  }

  sampleOf(pixel: number): CellPixel['sample'] {
    const state = this.stateOf(pixel);
    if (state === 'sparse' || state === 'unread') return null;
    const sample = Number(this.image.samples[pixel]);
    return Number.isNaN(sample) ? 'nan' : sample;
  }

  private isSparse(pixel: number): boolean {
    const { window } = this.image;
    const [row, col] = [window.row + Math.floor(pixel / window.cols), window.col + (pixel % window.cols)];
    return this.scene.blocks.some((block) => {
      const covered = blockWindow(this.scene.layout, block);
      const inRows = row >= covered.row && row < covered.row + covered.rows;
      return inRows && col >= covered.col && col < covered.col + covered.cols && block.bytes === null;
    });
  }
}
