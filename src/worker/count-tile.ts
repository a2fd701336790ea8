import {
  type CellPlace,
  NO_TALLY,
  type Partial,
  type Tally,
  type UnreadInput,
  type ZoneTally,
} from '../shared/carbon/partial.ts';
import { CitysinkError } from '../shared/errors.ts';
import { zoneSpans, zoneTallies } from '../shared/raster/zone-spans.ts';
import { ClassTally } from './kernels/class-tally.ts';
import { rowAreas, type TileCounters } from './kernels/count-runs.ts';
import { countMosaic } from './mosaic.ts';
import { countScene } from './single-scene.ts';
import type { TileTask } from './tile-task.ts';

/** Cells in a tile at the most: areas stay exact up to here, and the mosaic buffer under 256 MiB. */
export const MAX_TILE_CELLS = 2 ** 26;

/**
 * One tile from compressed blocks to exact counts. Runs in a compute thread; no I/O.
 *
 * Nodata: missing cells count for the zone and for no class. Blocks that cannot be decoded count as unread, by name.
 * Errors: RASTER_UNSUPPORTED (not a class raster), RASTER_TOO_LARGE (tile).
 */
export function countTile(task: TileTask): Partial {
  if (task.window.rows * task.window.cols > MAX_TILE_CELLS) {
    throw new CitysinkError(
      'RASTER_TOO_LARGE',
      `a tile of ${task.window.rows} x ${task.window.cols} cells is over ${MAX_TILE_CELLS} cells`,
    );
  }
  const spans = zoneSpans(task.zones, task.window);
  const zoneCount = task.zones.zoneCount;
  const counters: TileCounters = {
    spans,
    areas: rowAreas(task.rowAreaUnits),
    classes: new ClassTally(zoneCount),
    unread: new ClassTally(zoneCount),
  };
  const unread: UnreadInput[] = [];
  const [only, ...others] = task.scenes;
  if (only !== undefined && others.length === 0 && only.maskLayout === null) countScene(only, counters, unread);
  else if (only !== undefined) countMosaic(task.scenes, counters, unread);
  return toPartial(task, counters, unread);
}

function toPartial(task: TileTask, counters: TileCounters, unread: UnreadInput[]): Partial {
  const zones = new Map<number, ZoneTally>();
  for (const [zone, all] of zoneTallies(counters.spans, task.rowAreaUnits)) {
    const lost = counters.unread.codes.length === 0 ? NO_TALLY : counters.unread.tally(0, zone);
    zones.set(zone, { all, unread: lost, classes: classTallies(counters.classes, zone) });
  }
  const places = new Map<number, CellPlace>(
    counters.classes.codes.map((code, index) => [code, counters.classes.places[index] as CellPlace]),
  );
  return { basis: task.basis, zones, places, overlaps: counters.spans.overlaps, unread };
}

function classTallies(classes: ClassTally, zone: number): Map<number, Tally> {
  const tallies = new Map<number, Tally>();
  classes.codes.forEach((code, index) => {
    const tally = classes.tally(index, zone);
    if (tally.cells > 0) tallies.set(code, tally);
  });
  return tallies;
}
