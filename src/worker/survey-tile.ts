/** What the maps need of the cells of one window: classes, the patch that each green cell is of, soil. Runs in a compute thread. */

import type { PatchTally } from '../shared/carbon/patch-tally.ts';
import type { WindowTuple } from '../shared/contracts/map-job.ts';
import { grownWindow, intersectWindows, type Window, windowCells, windowRelativeTo } from '../shared/geo/window.ts';
import { WindowAreas } from '../shared/geo/window-areas.ts';
import { encodeSurvey, NO_CLASS, type SurveyCells } from '../shared/io/map-bytes.ts';
import { SPAN_STRIDE, type ZoneSpans, zoneSpans } from '../shared/raster/zone-spans.ts';
import { MISSING, UNREAD } from './aligned-scene.ts';
import { cropCodes, type GreenInputs, greenGround, patchCells, shownGreen } from './green-patches.ts';
import { labelPatches } from './kernels/label-patches.ts';
import { patchIds } from './kernels/patch-ids.ts';
import { dropCells, keptCells } from './mask-rule.ts';
import { measureLayer } from './measured-layer.ts';
import { mosaicCodes } from './mosaic.ts';
import type { TileLayer, TileTask } from './tile-task.ts';

export interface SurveyTask {
  readonly tile: TileTask;
  readonly blanks: readonly WindowTuple[];
  readonly threshold: number | null;
  /** Name of the layer whose values are the pool of soil, or null. */
  readonly soilLayer: string | null;
}

export interface Survey {
  /** SurveyCells, encoded. */
  readonly cells: Uint8Array;
  /** Patches at the sides of the window; null: green spaces are not looked for. */
  readonly patches: PatchTally | null;
}

/** Cells outside of zones, without class, or unread have none of it. The rules of counting hold (count-tile.ts). */
export function surveyTile({ tile, blanks, threshold, soilLayer }: SurveyTask): Survey {
  const spans = zoneSpans(tile.zones, tile.window);
  const layerCodes = new Map<string, Int32Array>();
  for (const layer of tile.layers) {
    if (layer.kind === 'codes') layerCodes.set(layer.name, mosaicCodes(layer, tile, []));
  }
  const { codes, around } = classCodes(tile, layerCodes);
  dropUncounted(codes, tile.window, blanks);
  const valuesOf = (chosen: (layer: TileLayer) => boolean) => {
    const layer = tile.layers.find((one) => chosen(one) && one.takes.length > 0);
    return layer === undefined ? null : measureLayer(layer, keptBy(layer, layerCodes), tile, []).values;
  };
  const soil = soilLayer === null ? null : valuesOf(({ name }) => name === soilLayer);
  const green =
    tile.green === null ? null : surveyGreen(tile, spans, { codes, around, threshold, layerCodes, valuesOf });
  return {
    cells: encodeSurvey({
      codes: onlyInZones(codes, spans),
      patches: green?.cells ?? null,
      soil: soil === null ? null : new Float32Array(soil),
    }),
    patches: green?.patches ?? null,
  };
}

interface ClassCodes {
  readonly codes: Int32Array;
  readonly around: GreenInputs['around'];
}

/** Of the window, masked, and of what lies around it. */
function classCodes(tile: TileTask, layerCodes: Map<string, Int32Array>): ClassCodes {
  const [landcover] = tile.layers;
  const window = grownWindow(tile.window, tile.green?.haloCells ?? 0);
  if (landcover === undefined) throw new RangeError('a tile without land cover');
  const aroundCodes = mosaicCodes(landcover, { grid: tile.grid, window }, []);
  const codes = cropCodes(aroundCodes, window, tile.window);
  const rule = landcover.mask;
  const mask = rule === null || rule.layer === null ? null : layerCodes.get(rule.layer);
  if (mask !== undefined && mask !== null) dropCells(codes, keptCells(rule, mask));
  layerCodes.set(landcover.name, codes.slice());
  return { codes, around: { window, codes: aroundCodes } };
}

function keptBy({ mask }: TileLayer, layerCodes: ReadonlyMap<string, Int32Array>): Uint8Array | null {
  const codes = mask === null || mask.layer === null ? undefined : layerCodes.get(mask.layer);
  return codes === undefined ? null : keptCells(mask, codes);
}

/** What could not be read has no class, nor has a tile that could not be counted. */
function dropUncounted(codes: Int32Array, window: Window, blanks: readonly WindowTuple[]): void {
  for (let cell = 0; cell < codes.length; cell++) if (codes[cell] === UNREAD) codes[cell] = MISSING;
  for (const [row, col, rows, cols] of blanks) {
    const common = intersectWindows({ row, col, rows, cols }, window);
    if (common === null) continue;
    const at = windowRelativeTo(common, window);
    for (let r = at.row; r < at.row + at.rows; r++)
      codes.fill(MISSING, r * window.cols + at.col, r * window.cols + at.col + at.cols);
  }
}

interface GreenParts extends ClassCodes {
  readonly threshold: number | null;
  readonly layerCodes: ReadonlyMap<string, Int32Array>;
  valuesOf(chosen: (layer: TileLayer) => boolean): Float64Array | null;
}

function surveyGreen(
  task: TileTask,
  spans: ZoneSpans,
  { codes, around, threshold, layerCodes, valuesOf }: GreenParts,
): { cells: NonNullable<SurveyCells['patches']>; patches: PatchTally } | null {
  const { green } = task;
  if (green === null) return null;
  const areas = new WindowAreas(task.grid, task.window, task.areas);
  const ndvi = green.from === 'ndvi' ? valuesOf(({ kind }) => kind === 'ndvi') : null;
  const ofLayer = green.layer === null ? null : (layerCodes.get(green.layer) ?? null);
  const inputs = { task, green, spans, areas, codes, around, ndvi, layerCodes: ofLayer };
  const ground = greenGround(inputs);
  const cells = patchCells(inputs, shownGreen(inputs, ground, threshold));
  const tally = labelPatches(cells);
  const { ids, sizes } = patchIds(cells, tally);
  // Outside of built-up land patches only have their size from cells: these keep their class.
  for (let cell = 0; cell < ids.length; cell++) if (ground.footprint[cell] === 0) ids[cell] = 0;
  return { cells: { ids, sizes }, patches: { ...tally, closed: new Map() } };
}

function onlyInZones(codes: Int32Array, { window, rowStarts, spans }: ZoneSpans): Int32Array {
  const inside = new Int32Array(windowCells(window)).fill(NO_CLASS);
  for (let row = 0; row < window.rows; row++) {
    for (let span = rowStarts[row]!; span < rowStarts[row + 1]!; span++) {
      const start = row * window.cols + spans[span * SPAN_STRIDE]!;
      const end = row * window.cols + spans[span * SPAN_STRIDE + 1]!;
      inside.set(codes.subarray(start, end), start);
    }
  }
  return inside;
}
