import { type Coefficient, POOLS, type Pool, RATES, type Rate } from '../shared/carbon/factors.ts';
import type { Tally } from '../shared/carbon/tally.ts';
import type { Plan } from '../shared/contracts/plan.ts';
import { planeCellAreaM2 } from '../shared/geo/cell-area.ts';
import { CELL_UNITS } from '../shared/raster/zone-fractions.ts';
import { carbonOverArea, carbonToCo2, m2ToHa, roundFigure } from '../shared/units.ts';
import type { RefinedClass, RefinedZone } from './refined-zones.ts';

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
  /** Cells of the row as wholes. */
  readonly cells: number;
  /** With parts of cells where green smaller than a cell is looked for, so not always cells x area of a cell. */
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

/** What counts of a row: all of it, or without the pool and the flux of soil. */
export interface CarbonScope {
  readonly soil: boolean;
}

/** Everything that a figure counts. */
export const WHOLE: CarbonScope = { soil: true };

/** Areas and coefficients of one plan. */
export class CarbonModel {
  readonly plan: Plan;
  readonly areaHa: (tally: Tally) => number;
  private readonly factors: ReadonlyMap<number, Plan['factors']['classes'][number]>;
  private readonly columns: ReadonlySet<Coefficient>;
  /** Whether the pool of soil is that of a raster. */
  private readonly soilIsMeasured: boolean;

  constructor(plan: Plan, soilIsMeasured: boolean) {
    this.plan = plan;
    this.areaHa = areaOf(plan);
    this.factors = new Map(plan.factors.classes.map((row) => [row.code, row]));
    this.columns = new Set(plan.factors.coefficients);
    this.soilIsMeasured = soilIsMeasured;
  }

  figures(zone: RefinedZone): { classes: ClassRow[]; total: SumRow } {
    const codes = [...zone.classes.keys()].sort((a, b) => a - b);
    const rows = codes.map((code) => this.classRow(code, zone.classes.get(code) as RefinedClass));
    const seen = [...zone.classes.values()].reduce((sum, { tally }) => sum + tally.cells, 0);
    const zoneHa = this.areaHa(zone.all);
    const areaHa = this.areaHa(zone.seen);
    const total: SumRow = {
      cells: this.cells(seen),
      area_ha: roundFigure(areaHa),
      ...this.carbonOf(zone, WHOLE),
      zone_cells: this.cells(zone.all.cells),
      zone_area_ha: roundFigure(zoneHa),
      unread_cells: this.cells(zone.unread.cells),
      coverage: zoneHa === 0 ? null : roundFigure(areaHa / zoneHa),
    };
    return { classes: rows, total };
  }

  /** Carbon of all classes of a zone. */
  carbonOf(zone: RefinedZone, scope: CarbonScope): Carbon {
    return this.carbon(this.amountsOf(zone), scope);
  }

  /** Sequestration of a zone, t C/yr, as it is before rounding: for what is made of it. null: the table has no rates. */
  uptakeOf(zone: RefinedZone, scope: CarbonScope): number | null {
    const amount = this.amountsOf(zone);
    return sumKnown(RATES.map((rate) => (this.has(rate, scope) ? amount(rate) : null)));
  }

  /** Name of a class in the factor table. */
  nameOf(code: number): string {
    return this.factorsOf(code).name;
  }

  private classRow(code: number, refined: RefinedClass): ClassRow {
    return {
      class: code,
      name: this.nameOf(code),
      cells: this.cells(refined.wholeCells),
      area_ha: roundFigure(this.areaHa(refined.tally)),
      ...this.carbon(this.amounts(code, refined), WHOLE),
    };
  }

  /** Sums over the classes of a zone. */
  private amountsOf(zone: RefinedZone): (coefficient: Coefficient) => number {
    const codes = [...zone.classes.keys()].sort((a, b) => a - b);
    const amounts = codes.map((code) => this.amounts(code, zone.classes.get(code) as RefinedClass));
    return (coefficient) => sum(amounts.map((amount) => amount(coefficient)));
  }

  private amounts(code: number, { tally, soilT, soilHa }: RefinedClass): (coefficient: Coefficient) => number {
    const { values } = this.factorsOf(code);
    const areaHa = this.areaHa(tally);
    return (coefficient) => {
      if (coefficient !== 'soil' || !this.soilIsMeasured)
        return carbonOverArea(values[coefficient] ?? Number.NaN, areaHa);
      // Where the raster has no value, the table's density stands in; without that column only what was seen counts.
      return soilT + carbonOverArea(values.soil ?? 0, Math.max(0, areaHa - soilHa));
    };
  }

  private factorsOf(code: number): Plan['factors']['classes'][number] {
    const factors = this.factors.get(code);
    if (factors === undefined) throw new RangeError(`class ${code} has no factors`);
    return factors;
  }

  /** Cells of a count: fractions of them where zones share cells. */
  private cells(count: number): number {
    return roundFigure(count / cellUnits(this.plan));
  }

  private carbon(amount: (coefficient: Coefficient) => number, scope: CarbonScope): Carbon {
    const known = (coefficient: Coefficient) => (this.has(coefficient, scope) ? amount(coefficient) : null);
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
  private has(coefficient: Coefficient, { soil }: CarbonScope): boolean {
    if (!soil && (coefficient === 'soil' || coefficient === 'soil_sequestration')) return false;
    return this.columns.has(coefficient) || (coefficient === 'soil' && this.soilIsMeasured);
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
