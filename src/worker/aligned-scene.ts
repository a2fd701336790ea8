/** One scene brought onto the cells of a tile: class codes, or values of a quantity. */

import type { UnreadInput } from '../shared/carbon/partial.ts';
import { OUTSIDE_BUILT } from '../shared/carbon/patch-size.ts';
import { CitysinkError } from '../shared/errors.ts';
import { type PositionLattice, positionLattice } from '../shared/geo/position-lattice.ts';
import { toSourceOf } from '../shared/geo/to-source.ts';
import { intersectWindows, type Window, windowCells, windowRelativeTo } from '../shared/geo/window.ts';
import { resampleAverage, resampleBilinear, resampleMode, resampleNearest } from '../shared/raster/resample.ts';
import type { ResampleSource } from '../shared/raster/resample-source.ts';
import { MISSING_PIXEL, type SourceImage, sourceImage, UNREAD_PIXEL, VALID } from './source-image.ts';
import type { TileLayer, TileScene, TileTask, TileWarp } from './tile-task.ts';

/** Marks in a buffer of codes, outside of the codes that a class raster may hold. */
export const MISSING = -0x80000000;
export const UNREAD = -0x7fffffff;

/** What of a task decides where cells lie. */
export type TilePlace = Pick<TileTask, 'grid' | 'window'>;

/** Values by cell; NaN where there is none. `unread`: 1 where there may be one that cannot be read; null: nowhere. */
export interface AlignedValues {
  readonly values: Float64Array;
  readonly unread: Uint8Array | null;
}

/** Codes of a warped scene by cell; MISSING where there is none, UNREAD where it cannot be known. */
export function warpedCodes(
  scene: TileScene,
  warp: TileWarp,
  { resample }: Pick<TileLayer, 'resample'>,
  place: TilePlace,
  unread: UnreadInput[],
): Int32Array {
  const image = sourceImage(scene, warp.pixels, unread);
  refuseWideCodes(scene, image);
  const positions = positionsOf(warp, place);
  const codes = new Int32Array(windowCells(place.window));
  const source = validPixels(image);
  if (resample === 'mode') resampleMode(source, positions, place.window, codes, MISSING);
  else resampleNearest(source, positions, place.window, codes, MISSING);
  const lost = unreadCells(image, positions, place.window, resample);
  if (lost !== null) for (let cell = 0; cell < codes.length; cell++) if (lost[cell] === 1) codes[cell] = UNREAD;
  return codes;
}

/** Values of a scene by cell, scaled. */
export function alignedValues(
  scene: TileScene,
  { resample }: Pick<TileLayer, 'resample'>,
  place: TilePlace,
  unread: UnreadInput[],
): AlignedValues {
  const aligned =
    scene.warp === null
      ? latticeValues(scene, place.window, unread)
      : warpedValues(scene, scene.warp, resample, place, unread);
  const { gain, bias } = scene;
  const { values } = aligned;
  if (gain !== 1 || bias !== 0) for (let i = 0; i < values.length; i++) values[i] = values[i]! * gain + bias;
  return aligned;
}

function warpedValues(
  scene: TileScene,
  warp: TileWarp,
  resample: TileLayer['resample'],
  place: TilePlace,
  unread: UnreadInput[],
): AlignedValues {
  const image = sourceImage(scene, warp.pixels, unread);
  const positions = positionsOf(warp, place);
  const values = new Float64Array(windowCells(place.window));
  const source = validPixels(image);
  if (resample === 'average') resampleAverage(source, positions, place.window, values);
  else if (resample === 'bilinear') resampleBilinear(source, positions, place.window, values);
  else if (resample === 'mode') resampleMode(source, positions, place.window, values, Number.NaN);
  else resampleNearest(source, positions, place.window, values, Number.NaN);
  return { values, unread: unreadCells(image, positions, place.window, resample) };
}

/** Where the cells of a tile fall in a warped scene. */
export function positionsOf(warp: TileWarp, { grid, window }: TilePlace): PositionLattice {
  return positionLattice(grid, window, warp.step, warp, toSourceOf(grid.crs, warp.crs, warp));
}

/** States other than 0 are missing to the kernels of resampling. */
function validPixels({ samples, window, states }: SourceImage): ResampleSource {
  return { samples, window, missing: states };
}

/** A scene on the grid's own lattice: each cell is a pixel. */
function latticeValues(scene: TileScene, tile: Window, unread: UnreadInput[]): AlignedValues {
  const values = new Float64Array(windowCells(tile));
  const { row, col } = scene.origin ?? { row: 0, col: 0 };
  const { rows, cols } = scene.layout;
  const common = intersectWindows({ row, col, rows, cols }, tile);
  if (common === null || windowCells(common) < values.length) values.fill(Number.NaN);
  if (common === null) return { values, unread: null };
  const image = sourceImage(scene, windowRelativeTo(common, { row, col }), unread);
  const lost = image.hasUnread ? new Uint8Array(values.length) : null;
  const at = windowRelativeTo(common, tile);
  for (let r = 0; r < common.rows; r++) {
    const cell = (at.row + r) * tile.cols + at.col;
    copyPixels(image, r * common.cols, values, cell, common.cols);
    dropPixels(image.states, r * common.cols, { values, lost }, cell, common.cols);
  }
  return { values, unread: lost };
}

function copyPixels({ samples }: SourceImage, pixel: number, values: Float64Array, cell: number, count: number): void {
  if (samples instanceof BigInt64Array || samples instanceof BigUint64Array)
    for (let k = 0; k < count; k++) values[cell + k] = Number(samples[pixel + k]);
  else values.set(samples.subarray(pixel, pixel + count), cell);
}

/** Takes back the values of pixels that have none. Most rows have no such pixel, and a search is faster than a loop. */
function dropPixels(
  states: Uint8Array,
  pixel: number,
  { values, lost }: { readonly values: Float64Array; readonly lost: Uint8Array | null },
  cell: number,
  count: number,
): void {
  const row = states.subarray(pixel, pixel + count);
  if (!row.includes(MISSING_PIXEL) && (lost === null || !row.includes(UNREAD_PIXEL))) return;
  for (let k = 0; k < count; k++) {
    if (row[k] === VALID) continue;
    values[cell + k] = Number.NaN;
    if (row[k] === UNREAD_PIXEL && lost !== null) lost[cell + k] = 1;
  }
}

/** Cells whose value hangs on a pixel that cannot be read; null where there is no such pixel. */
function unreadCells(
  image: SourceImage,
  positions: PositionLattice,
  tile: Window,
  resample: TileLayer['resample'],
): Uint8Array | null {
  if (!image.hasUnread) return null;
  // Where the lost pixels are 1 and the others 0, a cell that needs one of them comes out above 0.
  const { window, states } = image;
  const samples = states.map((state) => (state === UNREAD_PIXEL ? 1 : 0));
  const missing = states.map((state) => (state === MISSING_PIXEL ? 1 : 0));
  const shares = new Float64Array(windowCells(tile));
  const source = { samples, window, missing };
  if (resample === 'nearest') resampleNearest(source, positions, tile, shares, 0);
  else if (resample === 'bilinear') resampleBilinear(source, positions, tile, shares);
  else resampleAverage(source, positions, tile, shares);
  return Uint8Array.from(shares, (share) => (share > 0 ? 1 : 0));
}

/** Codes that a buffer of 32 bits cannot hold beside its marks. */
function refuseWideCodes(scene: TileScene, { samples, states }: SourceImage): void {
  if (!(samples instanceof Uint32Array || samples instanceof Int32Array)) return;
  for (let i = 0; i < samples.length; i++) {
    const code = samples[i]!;
    if (states[i] === VALID && isReserved(code)) refuseCode(scene, code);
  }
}

const LAST_CODE = 0x7fffffff;

/** Codes that mean something else inside of a worker: no data, not read, patches outside of built-up land. */
export function isReserved(code: number): boolean {
  return code <= OUTSIDE_BUILT || code > LAST_CODE;
}

/** Errors: RASTER_UNSUPPORTED, always. */
export function refuseCode(scene: TileScene, code: number): never {
  throw new CitysinkError(
    'RASTER_UNSUPPORTED',
    `${scene.url}: class code ${code} is outside ${OUTSIDE_BUILT + 1} .. ${LAST_CODE}`,
  );
}
