import { emptyPartial, mergePartials, NO_TALLY, type Partial } from '../shared/carbon/partial.ts';
import type { Plan, PlannedTile } from '../shared/contracts/plan.ts';
import type { PackedZones } from '../shared/geo/packed-zones.ts';
import { WindowAreas } from '../shared/geo/window-areas.ts';
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
    const spans = zoneSpans(zones, window);
    const tallies = [...zoneTallies(spans, areas)].map(
      ([zone, all]) => [zone, { all, unread: NO_TALLY, classes: new Map() }] as const,
    );
    partial = mergePartials(partial, {
      ...emptyPartial(plan.basis),
      zones: new Map(tallies),
      overlaps: spans.overlaps,
    });
  }
  return partial;
}
