import {
  type CellPlace,
  emptyPartial,
  type ImageryTally,
  inCellUnits,
  mergePartials,
  type Partial,
  type QuantityTally,
  type UnreadInput,
  type ZoneTally,
} from '../shared/carbon/partial.ts';
import { NO_TALLY, type Tally } from '../shared/carbon/tally.ts';
import { fractionBits } from '../shared/contracts/counted-names.ts';
import { CitysinkError } from '../shared/errors.ts';
import { grownWindow } from '../shared/geo/window.ts';
import { WindowAreas } from '../shared/geo/window-areas.ts';
import { CELL_UNITS, zoneFractions } from '../shared/raster/zone-fractions.ts';
import { type ZoneSpans, zoneSpans, zoneTallies } from '../shared/raster/zone-spans.ts';
import { MISSING } from './aligned-scene.ts';
import { casaQuantities } from './casa-layers.ts';
import { cropCodes, measureGreen } from './green-patches.ts';
import { ClassTally, RunAreas } from './kernels/class-tally.ts';
import type { TileCounters } from './kernels/count-runs.ts';
import { tallyQuantity } from './kernels/quantity-tally.ts';
import { dropCells, keptCells } from './mask-rule.ts';
import { daysOf, imageryOf, measureLayer } from './measured-layer.ts';
import { countBuffer, mosaicCodes } from './mosaic.ts';
import { ShareTally } from './share-tally.ts';
import { countScene } from './single-scene.ts';
import type { TileLayer, TileScene, TileTask } from './tile-task.ts';
import { countTransitions } from './transitions.ts';

/** Cells in a tile at the most: areas stay exact up to here, and the mosaic buffer under 256 MiB. */
export const MAX_TILE_CELLS = 2 ** 26;

/**
 * One tile from compressed blocks to exact counts. Runs in a compute thread; no I/O.
 *
 * Nodata: missing cells count for the zone and for no class. Blocks that cannot be decoded count as unread, by name.
 * Errors: RASTER_UNSUPPORTED (not a class raster, values out of range), RASTER_TOO_LARGE (tile).
 */
export function countTile(task: TileTask): Partial {
  if (task.window.rows * task.window.cols > MAX_TILE_CELLS) {
    throw new CitysinkError(
      'RASTER_TOO_LARGE',
      `a tile of ${task.window.rows} x ${task.window.cols} cells is over ${MAX_TILE_CELLS} cells`,
    );
  }
  const zoneCount = task.zones.zoneCount;
  const areas = new WindowAreas(task.grid, task.window, task.areas);
  const { spans, shares } = zoneCells(task, areas);
  const counters: TileCounters = {
    spans,
    areas: new RunAreas(areas, task.areas.areaBy === null),
    classes: new ClassTally(zoneCount),
    unread: new ClassTally(zoneCount),
  };
  const tile = { task, areas, counters, shares, unread: [] };
  const only = shares === null ? soleScene(task) : null;
  if (only !== null) countScene(only, counters, tile.unread);
  const measured = only === null ? countLayers(tile) : NOTHING_MEASURED;
  const whole = { ...toPartial(tile), ...measured };
  return shares === null ? whole : mergePartials(inCellUnits(whole, CELL_UNITS), shares.partial(task.basis));
}

/** Cells that are wholly in one zone, and what is shared: nothing where a cell belongs by its centre. */
function zoneCells({ zones, window }: TileTask, areas: WindowAreas): { spans: ZoneSpans; shares: ShareTally | null } {
  if (zones.ringSigns === null) return { spans: zoneSpans(zones, window), shares: null };
  const fractions = zoneFractions(zones, window);
  const { rowStarts, spans } = fractions;
  return { spans: { window, rowStarts, spans, overlaps: new Map() }, shares: new ShareTally(fractions, areas) };
}

interface Tile {
  readonly task: TileTask;
  readonly areas: WindowAreas;
  readonly counters: TileCounters;
  readonly shares: ShareTally | null;
  readonly unread: UnreadInput[];
}

/** The scene of the hot path: the only one of the tile, on the grid's lattice, nothing masked, areas not by cell. Else null. */
function soleScene({ layers, areas, green, earlier }: TileTask): TileScene | null {
  if (green !== null || earlier !== null) return null;
  const [landcover, ...others] = layers;
  const [take, ...more] = landcover?.takes ?? [];
  const [scene] = take?.scenes ?? [];
  if (scene === undefined || more.length > 0 || others.some(({ takes }) => takes.length > 0)) return null;
  if (scene.warp !== null || scene.maskLayout !== null || landcover?.mask != null) return null;
  return areas.areaBy === 'cell' ? null : scene;
}

type Measured = Pick<Partial, 'quantities' | 'imagery' | 'patches' | 'builtNdvi' | 'transitions'>;

const NOTHING_MEASURED: Measured = {
  quantities: new Map(),
  imagery: new Map(),
  patches: new Map(),
  builtNdvi: [],
  transitions: new Map(),
};

/** Class codes into a buffer, counted; then each measured layer, one after the other, summed by them; then green patches. */
function countLayers({ task, areas, counters, shares, unread }: Tile): Measured {
  const [landcover, ...others] = task.layers;
  if (landcover === undefined) return NOTHING_MEASURED;
  const { spans } = counters;
  const codesOf = new Map<string, Int32Array>();
  for (const layer of others) if (layer.kind === 'codes') codesOf.set(layer.name, mosaicCodes(layer, task, unread));
  const around = { window: grownWindow(task.window, task.green?.haloCells ?? 0) };
  const aroundCodes = mosaicCodes(landcover, { grid: task.grid, ...around }, unread);
  const kept = keptBy(landcover, codesOf);
  // The codes around the tile stay as they are where the tile's own are masked.
  const isShared = kept === null && (task.green?.haloCells ?? 0) === 0;
  const codes = isShared ? aroundCodes : cropCodes(aroundCodes, around.window, task.window);
  // Counting turns UNREAD into MISSING; a layer that the land cover masks must still tell them apart.
  const masksOthers = others.some(({ mask }) => mask?.layer === landcover.name);
  if (kept !== null) dropCells(codes, kept);
  if (masksOthers) codesOf.set(landcover.name, codes.slice());
  shares?.addClasses(codes);
  countBuffer(codes, counters);
  const quantities = new Map<string, Map<number, Map<number, QuantityTally>>>();
  const imagery = new Map<string, Map<number, ImageryTally>>();
  let ndvi: Float64Array | null = null;
  for (const layer of others) {
    if (layer.kind === 'codes' || layer.kind === 'months' || layer.takes.length === 0) continue;
    const { name } = layer;
    const composite = measureLayer(layer, keptBy(layer, codesOf), task, unread);
    if (layer.kind === 'ndvi' && task.green !== null) ndvi = composite.values;
    const quantity = { name, values: composite.values, bits: fractionBits(layer.kind) };
    quantities.set(name, tallyQuantity(quantity, { spans, areas, codes, missing: MISSING }));
    shares?.addQuantity(quantity, codes);
    const days = imageryOf(layer, composite, spans);
    if (days === null) continue;
    imagery.set(name, days);
    shares?.addImagery(name, composite, daysOf(layer));
  }
  const zoneCells = { spans, shared: shares?.sharedCells() ?? new Set<number>(), codes };
  for (const quantity of casaQuantities(task, zoneCells, (layer) => keptBy(layer, codesOf), unread)) {
    quantities.set(quantity.name, tallyQuantity(quantity, { spans, areas, codes, missing: MISSING }));
    shares?.addQuantity(quantity, codes);
  }
  const earlier = task.earlier === null ? undefined : codesOf.get(task.earlier);
  const transitions = earlier === undefined ? NOTHING_MEASURED.transitions : countTransitions(earlier, codes, counters);
  const { green } = task;
  if (green === null) return { ...NOTHING_MEASURED, quantities, imagery, transitions };
  const layerCodes = green.layer === null ? null : (codesOf.get(green.layer) ?? null);
  const found = { task, green, spans, areas, codes, around: { ...around, codes: aroundCodes }, ndvi, layerCodes };
  const { mixed, ...shown } = measureGreen(found);
  for (const [name, zones] of mixed) quantities.set(name, zones);
  return { quantities, imagery, transitions, ...shown };
}

function keptBy({ mask }: TileLayer, codesOf: ReadonlyMap<string, Int32Array>): Uint8Array | null {
  if (mask === null || mask.layer === null) return null;
  const codes = codesOf.get(mask.layer);
  if (codes === undefined) throw new RangeError(`the mask layers.${mask.layer} is no layer of the tile`);
  return keptCells(mask, codes);
}

function toPartial({ task, areas, counters, unread }: Tile): Partial {
  const zones = new Map<number, ZoneTally>();
  for (const [zone, all] of zoneTallies(counters.spans, areas)) {
    const lost = counters.unread.codes.length === 0 ? NO_TALLY : counters.unread.tally(0, zone);
    zones.set(zone, { all, unread: lost, classes: classTallies(counters.classes, zone) });
  }
  const places = new Map<number, CellPlace>(
    counters.classes.codes.map((code, index) => [code, counters.classes.places[index] as CellPlace]),
  );
  return { ...emptyPartial(task.basis), zones, places, overlaps: counters.spans.overlaps, unread };
}

function classTallies(classes: ClassTally, zone: number): Map<number, Tally> {
  const tallies = new Map<number, Tally>();
  classes.codes.forEach((code, index) => {
    const tally = classes.tally(index, zone);
    if (tally.cells > 0) tallies.set(code, tally);
  });
  return tallies;
}
