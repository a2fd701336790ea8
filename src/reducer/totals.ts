import { type Coefficient, POOLS, type Pool, type Rate } from '../shared/carbon/factors.ts';
import type { Partial, ZoneTally } from '../shared/carbon/partial.ts';
import { addTallies, NO_TALLY, type Tally } from '../shared/carbon/tally.ts';
import type { Plan } from '../shared/contracts/plan.ts';
import { planeCellAreaM2 } from '../shared/geo/cell-area.ts';
import { CELL_UNITS } from '../shared/raster/zone-fractions.ts';
import { carbonOverArea, carbonToCo2, m2ToHa, roundFigure } from '../shared/units.ts';
import { type LayerFigures, layerFigures } from './layer-figures.ts';

/**
 * @pure Factors come last: areas from merged integers, carbon = density (t C/ha) x area (ha), once for each row.
 * A coefficient whose column the table lacks gives null, never zero. Sums go in the order of class codes, so the same
 * counts give the same bits. Figures keep 12 significant digits.
 */

/** Carbon of a row: t C by pool, t C/yr by rate. null: the factor table has no such column. */
export interface Carbon {
  readonly above_tC: number | null;
  readonly below_tC: number | null;
  readonly dead_tC: number | null;
  readonly soil_tC: number | null;
  /** Sum of the pools that the table has. */
  readonly storage_tC: number | null;
  /** Vegetation and soil together; positive: taken up by land. */
  readonly sequestration_tC_yr: number | null;
  readonly vegetation_sequestration_tC_yr: number | null;
  readonly soil_sequestration_tC_yr: number | null;
  readonly storage_tCO2: number | null;
  readonly sequestration_tCO2_yr: number | null;
}

export interface ClassRow extends Carbon {
  readonly class: number;
  readonly name: string;
  readonly cells: number;
  readonly area_ha: number;
}

/** Sums over the classes of a zone or of the city, with what was seen of it. */
export interface SumRow extends Carbon {
  /** Valid cells. */
  readonly cells: number;
  readonly area_ha: number;
  /** All cells with their centre in the zone, and their area. */
  readonly zone_cells: number;
  readonly zone_area_ha: number;
  /** Cells that exist and could not be read. */
  readonly unread_cells: number;
  /** area_ha / zone_area_ha; null where no cell centre is in the zone. */
  readonly coverage: number | null;
}

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

export interface Offset {
  readonly emissions_tCO2: number;
  readonly emissions_year: number;
  readonly emissions_source: string;
  /** Sequestration of the city over its emissions, in %. null where the table has no rates. */
  readonly offset_percent: number | null;
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
  readonly overlaps: readonly Overlap[];
}

/** Classes that occur in the city and have no row in the factor table, with their cells. */
export function classesWithoutFactor(plan: Plan, partial: Partial): Map<number, Tally> {
  const known = new Set(plan.factors.classes.map((row) => row.code));
  const unknown = new Map<number, Tally>();
  for (const zone of partial.zones.values()) {
    for (const [code, tally] of zone.classes) {
      if (!known.has(code)) unknown.set(code, addTallies(unknown.get(code) ?? NO_TALLY, tally));
    }
  }
  return new Map([...unknown].sort(([a], [b]) => a - b));
}

/** All figures of a run. Every class must have its factors (see classesWithoutFactor). */
export function computeFigures(plan: Plan, partial: Partial): Figures {
  const model = new Model(plan);
  const tallies = plan.zones.list.map((_, index) => partial.zones.get(index) ?? EMPTY_ZONE);
  const zones = plan.zones.list.map(({ id, name }, index) => ({
    zone: id,
    name,
    ...sizeOf(plan, index, tallies[index] as ZoneTally),
    ...model.figures(tallies[index] as ZoneTally),
    layers: model.layers(partial, index, tallies[index] as ZoneTally),
  }));
  const all = tallies.reduce(addZones, EMPTY_ZONE);
  const city = { ...model.figures(all), layers: model.layers(partial, null, all) };
  return { zones, city, offset: offsetOf(plan, city.total), overlaps: overlapsOf(plan, zones, partial) };
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
  tally: ZoneTally,
): Pick<ZoneFigures, 'polygon_area_ha' | 'polygon_cells' | 'below_cell'> {
  const { areaHa = null, areaCells = null } = plan.zones.list[index] ?? {};
  const below = tally.all.cells === 0 || (areaCells !== null && areaCells < 1);
  return { polygon_area_ha: areaHa, polygon_cells: areaCells, below_cell: below };
}

const EMPTY_ZONE: ZoneTally = { all: NO_TALLY, unread: NO_TALLY, classes: new Map() };

function addZones(a: ZoneTally, b: ZoneTally): ZoneTally {
  const classes = new Map(a.classes);
  for (const [code, tally] of b.classes) classes.set(code, addTallies(classes.get(code) ?? NO_TALLY, tally));
  return { all: addTallies(a.all, b.all), unread: addTallies(a.unread, b.unread), classes };
}

function offsetOf(plan: Plan, city: SumRow): Offset | null {
  if (plan.emissions === null) return null;
  const { tCo2, year, source } = plan.emissions;
  const taken = city.sequestration_tCO2_yr;
  return {
    emissions_tCO2: tCo2,
    emissions_year: year,
    emissions_source: source,
    offset_percent: taken === null ? null : roundFigure((taken / tCo2) * 100),
  };
}

/** Areas and coefficients of one plan. */
class Model {
  private readonly plan: Plan;
  private readonly areaHa: (tally: Tally) => number;
  private readonly factors: ReadonlyMap<number, Plan['factors']['classes'][number]>;
  private readonly columns: ReadonlySet<Coefficient>;

  constructor(plan: Plan) {
    this.plan = plan;
    this.areaHa = areaOf(plan);
    this.factors = new Map(plan.factors.classes.map((row) => [row.code, row]));
    this.columns = new Set(plan.factors.coefficients);
  }

  figures(zone: ZoneTally): { classes: ClassRow[]; total: SumRow } {
    const rows = [...zone.classes].sort(([a], [b]) => a - b).map(([code, tally]) => this.classAmounts(code, tally));
    const seen = [...zone.classes.values()].reduce(addTallies, NO_TALLY);
    const zoneHa = this.areaHa(zone.all);
    const areaHa = this.areaHa(seen);
    const total: SumRow = {
      cells: this.cells(seen.cells),
      area_ha: roundFigure(areaHa),
      ...this.carbon((coefficient) => sum(rows.map((row) => row.amount(coefficient)))),
      zone_cells: this.cells(zone.all.cells),
      zone_area_ha: roundFigure(zoneHa),
      unread_cells: this.cells(zone.unread.cells),
      coverage: zoneHa === 0 ? null : roundFigure(areaHa / zoneHa),
    };
    return { classes: rows.map((row) => row.published), total };
  }

  /** Of one zone, or of the city where `zone` is null. */
  layers(partial: Partial, zone: number | null, tally: ZoneTally): LayerFigures[] {
    const seenHa = this.areaHa([...tally.classes.values()].reduce(addTallies, NO_TALLY));
    return layerFigures(
      this.plan,
      partial,
      zone,
      { cells: tally.all.cells, seenHa, units: cellUnits(this.plan) },
      this.areaHa,
    );
  }

  /** Cells of a count: fractions of them where zones share cells. */
  private cells(count: number): number {
    return roundFigure(count / cellUnits(this.plan));
  }

  private classAmounts(
    code: number,
    tally: Tally,
  ): { published: ClassRow; amount: (coefficient: Coefficient) => number } {
    const factors = this.factors.get(code);
    if (factors === undefined) throw new RangeError(`class ${code} has no factors`);
    const areaHa = this.areaHa(tally);
    const amount = (coefficient: Coefficient) => carbonOverArea(factors.values[coefficient] ?? Number.NaN, areaHa);
    const published = {
      class: code,
      name: factors.name,
      cells: this.cells(tally.cells),
      area_ha: roundFigure(areaHa),
      ...this.carbon(amount),
    };
    return { published, amount };
  }

  private carbon(amount: (coefficient: Coefficient) => number): Carbon {
    const known = (coefficient: Coefficient) => (this.columns.has(coefficient) ? amount(coefficient) : null);
    const pools = POOLS.map((pool) => known(pool));
    const vegetation = known('sequestration' satisfies Rate);
    const soil = known('soil_sequestration' satisfies Rate);
    const storage = sumKnown(pools);
    const sequestration = sumKnown([vegetation, soil]);
    const pool = (name: Pool) => rounded(pools[POOLS.indexOf(name)] ?? null);
    return {
      above_tC: pool('above'),
      below_tC: pool('below'),
      dead_tC: pool('dead'),
      soil_tC: pool('soil'),
      storage_tC: rounded(storage),
      sequestration_tC_yr: rounded(sequestration),
      vegetation_sequestration_tC_yr: rounded(vegetation),
      soil_sequestration_tC_yr: rounded(soil),
      storage_tCO2: storage === null ? null : roundFigure(carbonToCo2(storage)),
      sequestration_tCO2_yr: sequestration === null ? null : roundFigure(carbonToCo2(sequestration)),
    };
  }
}

/** What a whole cell counts: 1, or its units where zones share cells. */
export function cellUnits(plan: Plan): number {
  return plan.zones.rule === 'coverage' ? CELL_UNITS : 1;
}

/** Hectares of a tally: cells times one cell's area in the plane, or exact integer units on the ellipsoid. */
function areaOf(plan: Plan): (tally: Tally) => number {
  const units = cellUnits(plan);
  if (plan.areaExponent === null) {
    const cellHa = m2ToHa(planeCellAreaM2(plan.grid));
    return (tally) => (tally.cells / units) * cellHa;
  }
  const unitM2 = 2 ** -plan.areaExponent / units;
  return (tally) => m2ToHa(Number(tally.area) * unitM2);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function sumKnown(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : sum(known);
}

function rounded(value: number | null): number | null {
  return value === null ? null : roundFigure(value);
}
