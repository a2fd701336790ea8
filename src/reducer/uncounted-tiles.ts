import { emptyPartial, mergePartials, type Partial } from '../shared/carbon/partial.ts';
import { NO_TALLY, type Tally } from '../shared/carbon/tally.ts';
import type { Plan, PlannedTile } from '../shared/contracts/plan.ts';
import type { PackedZones } from '../shared/geo/packed-zones.ts';
import type { Window } from '../shared/geo/window.ts';
import { WindowAreas } from '../shared/geo/window-areas.ts';
import { fractionTallies, zoneFractions } from '../shared/raster/zone-fractions.ts';
import { zoneSpans, zoneTallies } from '../shared/raster/zone-spans.ts';

/**
 * @pure The partial of tiles that were not counted: all their zone cells, seen by nobody. Without it a lost tile would
 * make the zone smaller and its coverage better.
 */
export function uncountedTiles(plan: Plan, zones: PackedZones, tiles: readonly PlannedTile[]): Partial {
  let partial = emptyPartial(plan.basis);
  for (const [row, col, rows, cols] of tiles) {
    const window = { row, col, rows, cols };
    const areas = new WindowAreas(plan.grid, window, plan);
    const { all: counted, overlaps } = zoneCounts(zones, window, areas);
    const tallies = [...counted].map(([zone, all]) => [zone, { all, unread: NO_TALLY, classes: new Map() }] as const);
    partial = mergePartials(partial, {
      ...emptyPartial(plan.basis),
      zones: new Map(tallies),
      overlaps,
    });
  }
  return partial;
}

interface ZoneCounts {
  readonly all: ReadonlyMap<number, Tally>;
  readonly overlaps: ReadonlyMap<string, number>;
}

/** Cells of each zone in a window, in the counts of the run's zone rule. */
function zoneCounts(zones: PackedZones, window: Window, areas: WindowAreas): ZoneCounts {
  if (zones.ringSigns === null) {
    const spans = zoneSpans(zones, window);
    return { all: zoneTallies(spans, areas), overlaps: spans.overlaps };
  }
  const fractions = zoneFractions(zones, window);
  const tallies = [...fractionTallies(fractions, areas)];
  return {
    all: new Map(tallies.map(([zone, { units, area }]) => [zone, { cells: units, area }])),
    overlaps: fractions.overlaps,
  };
}
