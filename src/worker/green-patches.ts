/** Green spaces inside of built-up land on a tile: the footprint, what is green in it, and its patches. */

import { patchRule } from '../shared/carbon/patch-size.ts';
import type { PatchTally } from '../shared/carbon/patch-tally.ts';
import { NDVI_BINS, ndviBin, patchesKey } from '../shared/contracts/counted-names.ts';
import type { PlannedGreen } from '../shared/contracts/plan-green.ts';
import type { Window } from '../shared/geo/window.ts';
import type { WindowAreas } from '../shared/geo/window-areas.ts';
import { SPAN_STRIDE, type ZoneSpans } from '../shared/raster/zone-spans.ts';
import { MISSING, UNREAD } from './aligned-scene.ts';
import { type MixedSums, mixedGreen, type ShownBy } from './green-mixture.ts';
import { builtFootprint } from './kernels/built-footprint.ts';
import { forEachRun } from './kernels/code-runs.ts';
import { BEYOND_BUILT, labelPatches, type PatchCells } from './kernels/label-patches.ts';
import type { TileTask } from './tile-task.ts';

/** What is known of the tile; `codes` of its own cells, UNREAD marked; `around` of the tile with its halo. */
export interface GreenInputs {
  readonly task: TileTask;
  readonly green: PlannedGreen;
  readonly spans: ZoneSpans;
  readonly areas: WindowAreas;
  readonly codes: Int32Array;
  readonly around: { readonly window: Window; readonly codes: Int32Array };
  /** NDVI by cell; null: no red and nir, or no date has data here. */
  readonly ndvi: Float64Array | null;
  /** Codes of the layer with `from: layer`. */
  readonly layerCodes: Int32Array | null;
}

export interface GreenTally {
  readonly patches: ReadonlyMap<string, PatchTally>;
  readonly builtNdvi: readonly number[];
  /** Green smaller than a cell, by name among the quantities; empty where it is not asked for. */
  readonly mixed: ReadonlyMap<string, MixedSums>;
}

/** Patches for each threshold, and the histogram from which one of them is chosen. Cells without class or value are not green. */
export function measureGreen(inputs: GreenInputs): GreenTally {
  const { green, codes, ndvi } = inputs;
  const ground = greenGround(inputs);
  const { footprint } = ground;
  const patchesOf = (shows: Uint8Array) => labelPatches(patchCells(inputs, shows));
  const isLooked = ndvi === null && (green.from === 'ndvi' || green.mixture !== null);
  const values = ndvi ?? new Float64Array(isLooked ? codes.length : 0).fill(Number.NaN);
  if (green.from !== 'ndvi') {
    const shows = greenByCodes(inputs, ground);
    const patches = new Map([[patchesKey(null), patchesOf(shows)]]);
    return { patches, builtNdvi: [], mixed: mixedOf(inputs, footprint, values, { shows }) };
  }
  const patches = green.thresholds.map((threshold): [string, PatchTally] => [
    patchesKey(threshold),
    patchesOf(greenByNdvi(values, ground, threshold)),
  ]);
  const builtNdvi = green.thresholds.length > 1 ? histogram(footprint, values, inputs.spans) : [];
  return { patches: new Map(patches), builtNdvi, mixed: mixedOf(inputs, footprint, values, green) };
}

/** Where green spaces are looked for. */
export interface GreenGround {
  /** 1 where a cell lies in built-up land, closed and with its holes filled, and has a class; else 0. */
  readonly footprint: Uint8Array;
  /**
   * BEYOND_BUILT where patches go on outside of the footprint, through green classes: a park that reaches into built-up
   * land has its whole size. Else 0.
   */
  readonly beyond: Uint8Array;
}

export function greenGround({ task, green, codes, around }: GreenInputs): GreenGround {
  const footprint = builtFootprint({ ...around, built: new Set(green.builtCodes) }, task.window, {
    radius: green.closingCells,
    holeCells: green.holeCells,
  });
  const greenClasses = new Set(green.greenClasses);
  const beyond = new Uint8Array(codes.length);
  forEachRun(codes, (code, start, end) => {
    if (code === MISSING || code === UNREAD) footprint.fill(0, start, end);
    else if (greenClasses.has(code)) {
      for (let cell = start; cell < end; cell++) if (footprint[cell] === 0) beyond[cell] = BEYOND_BUILT;
    }
  });
  return { footprint, beyond };
}

/** As PatchCells.green: 1 where a cell of the footprint shows green by `threshold` of NDVI, null: by codes. */
export function shownGreen(inputs: GreenInputs, ground: GreenGround, threshold: number | null): Uint8Array {
  if (threshold === null) return greenByCodes(inputs, ground);
  return inputs.ndvi === null ? ground.beyond : greenByNdvi(inputs.ndvi, ground, threshold);
}

function greenByNdvi(ndvi: Float64Array, { footprint, beyond }: GreenGround, threshold: number): Uint8Array {
  const shows = new Uint8Array(footprint.length);
  for (let cell = 0; cell < shows.length; cell++) {
    shows[cell] = footprint[cell] === 0 ? beyond[cell]! : ndvi[cell]! >= threshold ? 1 : 0;
  }
  return shows;
}

function greenByCodes({ green, codes, layerCodes }: GreenInputs, { footprint, beyond }: GreenGround): Uint8Array {
  const greenCodes = new Set(green.from === 'layer' ? green.layerCodes : green.greenClasses);
  const shown = green.from === 'layer' ? layerCodes : codes;
  const shows = beyond.slice();
  if (shown === null) return shows;
  forEachRun(shown, (code, start, end) => {
    if (!greenCodes.has(code)) return;
    for (let cell = start; cell < end; cell++) if (footprint[cell] === 1) shows[cell] = 1;
  });
  return shows;
}

/** What is to be labelled, of what shows as green in and around built-up land. */
export function patchCells({ task, green, spans, areas, codes }: GreenInputs, shows: Uint8Array): PatchCells {
  return { spans, areas, codes, green: shows, rule: patchRule(task.grid, task.areas.areaExponent, green.connectivity) };
}

function mixedOf(
  { green, spans, areas, codes }: GreenInputs,
  footprint: Uint8Array,
  ndvi: Float64Array,
  shownBy: ShownBy,
): GreenTally['mixed'] {
  if (green.mixture === null) return new Map();
  const greenClasses = new Set(green.greenClasses);
  return mixedGreen(green.mixture, { spans, areas, codes, footprint, ndvi, greenClasses }, shownBy);
}

/** Cells of the footprint in zones by bin of their NDVI. */
function histogram(footprint: Uint8Array, ndvi: Float64Array, { window, rowStarts, spans }: ZoneSpans): number[] {
  const bins = new Array<number>(NDVI_BINS).fill(0);
  for (let row = 0; row < window.rows; row++) {
    for (let span = rowStarts[row]!; span < rowStarts[row + 1]!; span++) {
      const start = row * window.cols + spans[span * SPAN_STRIDE]!;
      const end = row * window.cols + spans[span * SPAN_STRIDE + 1]!;
      for (let cell = start; cell < end; cell++) {
        if (footprint[cell] === 1 && !Number.isNaN(ndvi[cell]!)) bins[ndviBin(ndvi[cell]!)]! += 1;
      }
    }
  }
  return bins;
}

/** The part of codes over a larger window that lies in `inner`. */
export function cropCodes(codes: Int32Array, outer: Window, inner: Window): Int32Array {
  const cropped = new Int32Array(inner.rows * inner.cols);
  for (let row = 0; row < inner.rows; row++) {
    const from = (inner.row - outer.row + row) * outer.cols + inner.col - outer.col;
    cropped.set(codes.subarray(from, from + inner.cols), row * inner.cols);
  }
  return cropped;
}
