import type { Partial } from '../shared/carbon/partial.ts';
import { addTallies, NO_TALLY, type Tally } from '../shared/carbon/tally.ts';
import type { Plan } from '../shared/contracts/plan.ts';
import { roundFigure } from '../shared/units.ts';
import { type AccuracyFigures, accuracyFigures } from './accuracy-figures.ts';
import { CarbonModel, type ClassRow, cellUnits, type SumRow, WHOLE } from './carbon-model.ts';
import { casaFigures, type FluxByModel } from './casa-figures.ts';
import { type ChangeFigures, changeFigures } from './change-figures.ts';
import { findGreen, type GreenFigures } from './green-figures.ts';
import { type LayerFigures, layerFigures } from './layer-figures.ts';
import { type Offset, offsetOf } from './offset.ts';
import { addZones, NO_ZONE, type RefinedZone, refineZone, soilLayer } from './refined-zones.ts';
import { type ScenarioFigures, scenarioFigures, scenarioZones } from './scenarios.ts';
import { type Uncertainty, uncertaintyOf } from './uncertainty.ts';

/** @pure All figures of a run from its merged counts: zones and classes, offset, green spaces, scenarios, intervals. */

export interface ZoneFigures {
  readonly zone: string;
  readonly name: string;
  /** Area of the zone's own outline, and the same in cells; null in runs that were planned without it. */
  readonly polygon_area_ha: number | null;
  readonly polygon_cells: number | null;
  /** The zone is smaller than a cell, or has no cell's centre in it: its counted area says little of it. */
  readonly below_cell: boolean;
  readonly classes: readonly ClassRow[];
  readonly total: SumRow;
  readonly layers: readonly LayerFigures[];
}

/** Cells that two zones claim; they count for the first. */
export interface Overlap {
  readonly first: string;
  readonly later: string;
  readonly cells: number;
  /** Cells times the mean cell of the first zone: exact in the plane, near it on the ellipsoid. */
  readonly area_ha: number;
}

export interface Figures {
  readonly zones: readonly ZoneFigures[];
  readonly city: {
    readonly classes: readonly ClassRow[];
    readonly total: SumRow;
    readonly layers: readonly LayerFigures[];
  };
  readonly offset: Offset | null;
  /** null: not asked for. */
  readonly green: GreenFigures | null;
  readonly scenarios: ScenarioFigures;
  /** Flux by model (CASA), beside the coefficients and in no sum with them; null: not asked for. */
  readonly flux_by_model: FluxByModel | null;
  /** null: no confusion matrix was given. */
  readonly accuracy: AccuracyFigures | null;
  /** null: no earlier land cover was given. */
  readonly change: ChangeFigures | null;
  /** null: the factor table has no standard errors. */
  readonly uncertainty: Uncertainty | null;
  readonly overlaps: readonly Overlap[];
  /** What to know beside the figures. */
  readonly notes: readonly string[];
}

/** Classes that occur in the city, or did on the earlier date, and have no row in the factor table, with their cells. */
export function classesWithoutFactor(plan: Plan, partial: Partial): Map<number, Tally> {
  const known = new Set(plan.factors.classes.map((row) => row.code));
  const unknown = new Map<number, Tally>();
  for (const zone of partial.zones.values()) {
    for (const [code, tally] of zone.classes) {
      if (!known.has(code)) unknown.set(code, addTallies(unknown.get(code) ?? NO_TALLY, tally));
    }
  }
  for (const pairs of partial.transitions.values()) {
    for (const [pair, tally] of pairs) {
      const before = Number(pair.split(',')[0]);
      if (!known.has(before)) unknown.set(before, addTallies(unknown.get(before) ?? NO_TALLY, tally));
    }
  }
  return new Map([...unknown].sort(([a], [b]) => a - b));
}

/** All figures of a run. Every class must have its factors (see classesWithoutFactor). */
export function computeFigures(plan: Plan, partial: Partial): Figures {
  const model = new CarbonModel(plan, soilLayer(plan) !== null);
  const green = findGreen(plan, partial, model.areaHa);
  const zonesOf = (small: boolean) => {
    const how = { patches: green?.splits ?? null, parts: green?.parts ?? null, score: plan.greenScore, small };
    return plan.zones.list.map((_, index) => refineZone(plan, partial, index, how, model.areaHa));
  };
  const scenarios = scenarioZones(zonesOf, green !== null);
  const refined = scenarios.at(-1)?.zones ?? [];
  const layersOf = (zone: RefinedZone, index: number | null) => {
    const size = { cells: zone.all.cells, seenHa: model.areaHa(zone.seen), units: cellUnits(plan) };
    return layerFigures(plan, partial, index, size, model.areaHa);
  };
  const zones = plan.zones.list.map(({ id, name }, index) => {
    const zone = refined[index] as RefinedZone;
    return { zone: id, name, ...sizeOf(plan, index, zone.all), ...model.figures(zone), layers: layersOf(zone, index) };
  });
  const all = refined.reduce(addZones, NO_ZONE);
  const city = { ...model.figures(all), layers: layersOf(all, null) };
  const scenarioAmounts = scenarioFigures(plan, model, scenarios);
  return {
    zones,
    city,
    offset: offsetOf(plan, model.uptakeOf(all, WHOLE)),
    green: green?.figures ?? null,
    scenarios: scenarioAmounts,
    flux_by_model: casaFigures(plan, partial, model),
    accuracy: accuracyFigures(plan, mappedAreas(partial, model)),
    change: changeFigures(plan, partial, model),
    uncertainty: uncertaintyOf(plan, model, scenarios, scenarioAmounts),
    overlaps: overlapsOf(plan, zones, partial),
    notes: green?.warnings ?? [],
  };
}

/** Area of each class of the land cover in the city, before green patches change any. */
function mappedAreas(partial: Partial, model: CarbonModel): Map<number, number> {
  const areas = new Map<number, number>();
  for (const { classes } of partial.zones.values()) {
    for (const [code, tally] of classes) areas.set(code, (areas.get(code) ?? 0) + model.areaHa(tally));
  }
  return areas;
}

/** In file order of the zones: the order in which a partial met them hangs on how tiles were cut and merged. */
function overlapsOf(plan: Plan, zones: readonly ZoneFigures[], partial: Partial): Overlap[] {
  const units = cellUnits(plan);
  return [...partial.overlaps]
    .map(([key, cells]) => {
      const [first = 0, later = 0] = key.split(',').map(Number);
      return { first, later, cells: roundFigure(cells / units) };
    })
    .sort((a, b) => a.first - b.first || a.later - b.later)
    .map(({ first, later, cells }) => {
      const { zone_cells = 0, zone_area_ha = 0 } = zones[first]?.total ?? {};
      const area_ha = zone_cells === 0 ? 0 : roundFigure((zone_area_ha / zone_cells) * cells);
      return { first: zones[first]?.zone ?? '', later: zones[later]?.zone ?? '', cells, area_ha };
    });
}

function sizeOf(
  plan: Plan,
  index: number,
  all: Tally,
): Pick<ZoneFigures, 'polygon_area_ha' | 'polygon_cells' | 'below_cell'> {
  const { areaHa = null, areaCells = null } = plan.zones.list[index] ?? {};
  const below = all.cells === 0 || (areaCells !== null && areaCells < 1);
  return { polygon_area_ha: areaHa, polygon_cells: areaCells, below_cell: below };
}
