import { shareText } from '../shared/carbon/figure-text.ts';
import type { Plan } from '../shared/contracts/plan.ts';
import { soilLayer } from '../shared/contracts/soil-layer.ts';
import { modelFactors } from './casa-figures.ts';
import { fluxWarnings } from './flux-warnings.ts';
import type { Figures, ZoneFigures } from './totals.ts';

/** @pure What a reader must know beside the figures: overlaps, zones without cells, pools and rates not counted. */

const MOST_NAMED = 10;

export function figureWarnings(plan: Plan, figures: Figures): string[] {
  return [
    ...overlapWarnings(figures),
    ...emptyZoneWarnings(figures),
    ...smallZoneWarnings(figures),
    ...pixelWarnings(figures),
    ...columnWarnings(plan),
    ...layerWarnings(figures),
    ...modelWarnings(plan, figures),
    ...figures.notes,
    ...scoreNotes(plan, figures),
  ];
}

function overlapWarnings(figures: Figures): string[] {
  // Shares of cells are rounded: less than a cell of a pair is no overlap that anyone drew.
  const overlaps = figures.overlaps.filter(({ cells }) => cells >= 1);
  if (overlaps.length === 0) return [];
  const pairs = overlaps.map(
    ({ first, later, cells, area_ha }) =>
      `${first} and ${later} (${Number(cells.toPrecision(6))} cells, ${shortHa(area_ha)} ha)`,
  );
  return [`zones overlap; a cell counts for the first in file order: ${named(pairs)}`];
}

function emptyZoneWarnings(figures: Figures): string[] {
  const empty = figures.zones.filter((zone) => zone.total.zone_cells === 0).map((zone) => zone.zone + sizeText(zone));
  return empty.length === 0
    ? []
    : [`zones in which no cell has its centre, so all their figures are 0: ${named(empty)}`];
}

/** Zones that are smaller than the cells that they are counted by. */
function smallZoneWarnings(figures: Figures): string[] {
  const small = figures.zones
    .filter((zone) => zone.below_cell && zone.total.zone_cells > 0)
    .map((zone) => `${zone.zone}${sizeText(zone)} counted as ${shortHa(zone.total.zone_area_ha)} ha`);
  return small.length === 0 ? [] : [`zones smaller than a cell, counted by whole cells: ${named(small)}`];
}

/** Size of a zone's own outline where it is known: ` (0.0121 ha, 0.134 of a cell)`. */
function sizeText({ polygon_area_ha, polygon_cells }: ZoneFigures): string {
  if (polygon_area_ha === null || polygon_cells === null) return '';
  return ` (${shortHa(polygon_area_ha)} ha, ${shortHa(polygon_cells)} of a cell)`;
}

/** Three digits, for reading; the figures have them all. */
function shortHa(value: number): string {
  return String(value < 100 ? Number(value.toPrecision(3)) : Math.round(value));
}

function pixelWarnings(figures: Figures): string[] {
  const unseen = figures.zones
    .filter((zone) => zone.total.zone_cells > 0 && zone.total.cells === 0)
    .map((zone) => zone.zone);
  return unseen.length === 0 ? [] : [`zones of which nothing was seen (coverage 0): ${named(unseen)}`];
}

function columnWarnings(plan: Plan): string[] {
  const has = new Set<string>(plan.factors.coefficients);
  // Soil of a raster is in storage without a column.
  if (soilLayer(plan) !== null) has.add('soil');
  const pools = ['above', 'below', 'dead', 'soil'].filter((pool) => !has.has(pool));
  const warnings =
    pools.length === 0 ? [] : [`pools without a column in the factor table, so not in storage: ${pools.join(', ')}`];
  if (!has.has('sequestration') && !has.has('soil_sequestration')) {
    warnings.push('the factor table has no rates: sequestration and offset are not measured');
  }
  return warnings;
}

function modelWarnings(plan: Plan, { flux_by_model: flux }: Figures): string[] {
  return flux === null ? [] : fluxWarnings(flux.city, modelFactors(plan), flux.respiration);
}

/** Measured layers that miss part of the city, or more than a little of it. */
function layerWarnings(figures: Figures): string[] {
  return figures.city.layers.flatMap(({ layer, coverage, masked_share: masked }) => {
    if (coverage === null || coverage >= 1) return [];
    const hidden = masked === null || masked === 0 ? '' : `; its mask hides ${shareText(masked)} of the city's cells`;
    return [`layers.${layer} has values for ${shareText(coverage)} of the area with a class${hidden}`];
  });
}

/** What the offset and the intervals are not. */
function scoreNotes(plan: Plan, { offset, uncertainty, city }: Figures): string[] {
  const notes: string[] = [];
  const percent = offset?.offset_percent ?? null;
  if (percent !== null && (percent > MOST_PLAUSIBLE_OFFSET || percent < 0)) {
    notes.push(
      `sequestration offsets ${percent.toPrecision(3)} % of the emissions, which cities hardly do; are \`emissions.t_co2\` tonnes of CO2 of the whole city, and rates positive for uptake?`,
    );
  }
  const lacking = uncertainty?.city.storage_tC?.without_error.length ?? 0;
  if (lacking > 0)
    notes.push(
      `${lacking} ${lacking === 1 ? 'input' : 'inputs'} of storage without a standard error: intervals are lower bounds of their width`,
    );
  const known = new Set(plan.factors.classes.map(({ code }) => code));
  const strange = plan.accuracy?.matrix.classes.filter((code) => !known.has(code)) ?? [];
  if (strange.length > 0) {
    notes.push(
      `classes of the confusion matrix without a row in the factor table (${strange.join(', ')}): areas are taken as exact in the intervals`,
    );
  }
  const soil = soilLayer(plan);
  const measured = city.layers.find(({ layer }) => layer === soil?.name);
  if (soil !== null && measured !== undefined && (measured.coverage ?? 0) < 1) {
    const column = plan.factors.coefficients.includes('soil');
    notes.push(
      column
        ? 'where layers.soil has no value, soil comes from the factor table; both stand in soil_tC'
        : 'where layers.soil has no value, no soil is counted: the factor table has no column of it',
    );
  }
  return notes;
}

/** Percent. The highest of 35 Chinese cities is 22.45 (Chen 2015, Cities, doi:10.1016/j.cities.2015.01.005). */
const MOST_PLAUSIBLE_OFFSET = 40;

function named(items: readonly string[]): string {
  const more = items.length - MOST_NAMED;
  return items.slice(0, MOST_NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
