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
import { CodeSet } from './kernels/code-set.ts';
import { BEYOND_BUILT, labelPatches } from './kernels/label-patches.ts';
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
  const { task, green, codes, around, ndvi } = inputs;
  const footprint = builtFootprint({ ...around, built: new Set(green.builtCodes) }, task.window, {
    radius: green.closingCells,
    holeCells: green.holeCells,
  });
  const patchesOf = labelling(inputs);
  const beyond = greenBeyond(inputs, footprint);
  const isLooked = ndvi === null && (green.from === 'ndvi' || green.mixture !== null);
  const values = ndvi ?? new Float64Array(isLooked ? codes.length : 0).fill(Number.NaN);
  if (green.from !== 'ndvi') {
    const shows = greenByCodes(inputs, footprint, beyond);
    const patches = new Map([[patchesKey(null), patchesOf(shows)]]);
    return { patches, builtNdvi: [], mixed: mixedOf(inputs, footprint, values, { shows }) };
  }
  const shows = new Uint8Array(codes.length);
  const patches = green.thresholds.map((threshold): [string, PatchTally] => {
    for (let cell = 0; cell < shows.length; cell++) {
      shows[cell] = footprint[cell] === 0 ? beyond[cell]! : values[cell]! >= threshold ? 1 : 0;
    }
    return [patchesKey(threshold), patchesOf(shows)];
  });
  const builtNdvi = green.thresholds.length > 1 ? histogram(footprint, values, inputs.spans) : [];
  return { patches: new Map(patches), builtNdvi, mixed: mixedOf(inputs, footprint, values, green) };
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

/** Patches of what shows as green, in and around built-up land. */
function labelling({ task, green, spans, areas, codes }: GreenInputs): (shows: Uint8Array) => PatchTally {
  const rule = patchRule(task.grid, task.areas.areaExponent, green.connectivity);
  return (shows) => labelPatches({ spans, areas, codes, green: shows, rule });
}

/**
 * Where patches go on outside of the footprint, through green classes: a park that reaches into built-up land has its
 * whole size. BEYOND_BUILT there, else 0. Cells without class are taken out of the footprint.
 */
function greenBeyond({ green, codes }: GreenInputs, footprint: Uint8Array): Uint8Array {
  const greenClasses = new CodeSet(green.greenClasses);
  const beyond = new Uint8Array(codes.length);
  for (let cell = 0; cell < codes.length; cell++) {
    const code = codes[cell]!;
    if (code === MISSING || code === UNREAD) footprint[cell] = 0;
    else if (footprint[cell] === 0 && greenClasses.has(code)) beyond[cell] = BEYOND_BUILT;
  }
  return beyond;
}

/** 1 where codes show a cell of the footprint as green; outside of it what is there already. */
function greenByCodes(
  { green, codes, layerCodes }: GreenInputs,
  footprint: Uint8Array,
  beyond: Uint8Array,
): Uint8Array {
  const greenCodes = new CodeSet(green.from === 'layer' ? green.layerCodes : green.greenClasses);
  const shown = green.from === 'layer' ? layerCodes : codes;
  if (shown === null) return beyond;
  for (let cell = 0; cell < codes.length; cell++) {
    if (footprint[cell] === 1 && greenCodes.has(shown[cell]!)) beyond[cell] = 1;
  }
  return beyond;
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
