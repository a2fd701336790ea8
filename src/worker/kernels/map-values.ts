import { POOLS } from '../../shared/carbon/factors.ts';
import { thresholdKey } from '../../shared/carbon/patch-size.ts';
import { soilUnit } from '../../shared/carbon/soil-unit.ts';
import { type CellMap, type LeftOutMap, PATCH_VALUE } from '../../shared/contracts/map-names.ts';
import type { Plan } from '../../shared/contracts/plan.ts';
import { soilLayer, soilShares } from '../../shared/contracts/soil-layer.ts';
import { NO_CLASS, type SurveyCells } from '../../shared/io/map-bytes.ts';

/**
 * Values of maps by cell: the factor table's densities and rates (t C/ha, t C/ha/yr) of the class that a cell has once
 * green patches are told apart by their size, and soil of the raster where there is one. As refined-zones.ts and
 * carbon-model.ts of the reducer have it for sums, but for each cell.
 */

/** What of a plan decides the values. */
export type MapPlan = Pick<Plan, 'factors' | 'greenScore' | 'layers'>;

/** Cells of a window. `row` of a cell: its row in the tables below, -1 without class. */
export interface MapCellsIn {
  /** Row of the factor table, after and without refinement by small green spaces. */
  readonly whole: Int32Array;
  readonly bare: Int32Array;
  /** PATCH_VALUE by cell. */
  readonly patches: Uint8Array;
  readonly soil: Float32Array | null;
}

/** Tells patches apart by their size, as the run's thresholds say. `openSizes`: size keys of the open patches of the survey. */
export function refineCells(
  plan: MapPlan,
  { codes, patches, soil }: SurveyCells,
  openSizes: readonly number[],
): MapCellsIn {
  const rows = new Map(plan.factors.classes.map(({ code }, row) => [code, row]));
  const rowOf = (code: number | null): number => (code === null ? -1 : (rows.get(code) ?? -1));
  const whole = new Int32Array(codes.length);
  let [last, lastRow] = [NO_CLASS, -1];
  for (let cell = 0; cell < codes.length; cell++) {
    const code = codes[cell]!;
    if (code !== last) [last, lastRow] = [code, code === NO_CLASS ? -1 : rowOf(code)];
    whole[cell] = lastRow;
  }
  const sizes = new Uint8Array(codes.length);
  const score = plan.greenScore;
  if (patches === null || score === null) return { whole, bare: whole, patches: sizes, soil };
  const [min, large] = [thresholdKey(score.minHa), thresholdKey(score.smallHa)];
  const values = Uint8Array.from(patches.sizes, (size) =>
    sizeValue(size < 0 ? openSizes[-1 - size]! : size, min, large),
  );
  const [built, smallRow, largeRow] = [rowOf(score.built), rowOf(score.small), rowOf(score.large)];
  const bare = whole.slice();
  for (let cell = 0; cell < codes.length; cell++) {
    const id = patches.ids[cell]!;
    if (id === 0 || whole[cell] === -1) continue;
    const value = values[id - 1]!;
    sizes[cell] = value;
    const own = whole[cell]!;
    if (value === PATCH_VALUE.large) whole[cell] = bare[cell] = largeRow === -1 ? own : largeRow;
    else {
      bare[cell] = built;
      if (value === PATCH_VALUE.belowMin) whole[cell] = built;
      else if (smallRow !== -1) whole[cell] = smallRow;
    }
  }
  return { whole, bare, patches: sizes, soil };
}

function sizeValue(key: number, min: number, large: number): number {
  if (key < min) return PATCH_VALUE.belowMin;
  return key < large ? PATCH_VALUE.small : PATCH_VALUE.large;
}

/** Sum of what is known; NaN where nothing is. */
function sumKnown(values: readonly (number | null)[]): number {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? Number.NaN : known.reduce((sum, value) => sum + value, 0);
}

/** Value of a cell: by its row of the table (`whole`, not -1) alone, or by cell and row; NaN where there is none. */
export type MapReader = Float64Array | ((cell: number, row: number) => number);

/** Densities by row of the factor table; NaN where the table has no such column. */
export class MapValues {
  private readonly plan: MapPlan;
  private readonly codes: Int32Array;
  /** Share of the raster's soil that a row has, in t C/ha of the raster's unit; null: soil is the table's. */
  private readonly soilFactor: Float64Array | null;
  private readonly soilTable: Float64Array;

  constructor(plan: MapPlan) {
    this.plan = plan;
    const rows = plan.factors.classes;
    this.codes = Int32Array.from(rows, ({ code }) => code);
    const layer = soilLayer(plan);
    const share = soilShares(plan);
    const unit = soilUnit(layer?.unit ?? null) ?? 1;
    this.soilFactor = layer === null ? null : Float64Array.from(rows, ({ code }) => share(code) * unit);
    this.soilTable = this.table((row) => this.coefficient(row, 'soil'));
  }

  private table(of: (row: number) => number | null): Float64Array {
    return Float64Array.from(this.codes, (_, row) => of(row) ?? Number.NaN);
  }

  private coefficient(row: number, name: Plan['factors']['coefficients'][number]): number | null {
    if (!this.plan.factors.coefficients.includes(name)) return null;
    return this.plan.factors.classes[row]?.values[name] ?? null;
  }

  /** Pools but soil. */
  private readonly plant = (row: number): number =>
    sumKnown(POOLS.filter((pool) => pool !== 'soil').map((pool) => this.coefficient(row, pool)));

  /** Values of a map. */
  reader(name: CellMap, cells: MapCellsIn): MapReader {
    if (name === 'class') return Float64Array.from(this.codes);
    if (name === 'green_patches') return (cell) => cells.patches[cell]!;
    return this.density(name, cells);
  }

  private density(name: Exclude<CellMap, 'class' | 'green_patches'>, cells: MapCellsIn): MapReader {
    if (name === 'soil') return this.soil(cells);
    if (name === 'storage') return this.storage(cells);
    const rates = (row: number) =>
      sumKnown([this.coefficient(row, 'sequestration'), this.coefficient(row, 'soil_sequestration')]);
    return this.table(name === 'sequestration' ? rates : (row) => this.coefficient(row, name));
  }

  private storage(cells: MapCellsIn): MapReader {
    const plant = this.table(this.plant);
    const soil = this.soil(cells);
    if (soil instanceof Float64Array) return plant.map((known, row) => addKnown(known, soil[row]!));
    return (cell, row) => addKnown(plant[row]!, soil(cell, row));
  }

  /** The raster's where it has a value, else the table's. */
  private soil({ soil }: MapCellsIn): MapReader {
    const { soilFactor, soilTable } = this;
    if (soil === null || soilFactor === null) return soilTable;
    return (cell, row) => {
      const measured = soil[cell]!;
      return Number.isNaN(measured) ? soilTable[row]! : measured * soilFactor[row]!;
    };
  }

  /** What soil and small green spaces add in a cell, t C/ha or t C/ha/yr; 0 where they add nothing. */
  leftOut(name: LeftOutMap, cells: MapCellsIn): (cell: number) => number {
    const { whole, bare } = cells;
    const isStorage = name === 'left_out_storage';
    const full = this.density(isStorage ? 'storage' : 'sequestration', cells);
    const table = this.table(isStorage ? this.plant : (row) => this.coefficient(row, 'sequestration'));
    return (cell) => {
      const without = table[bare[cell]!]!;
      const row = whole[cell]!;
      return (full instanceof Float64Array ? full[row]! : full(cell, row)) - (Number.isNaN(without) ? 0 : without);
    };
  }
}

function addKnown(a: number, b: number): number {
  if (Number.isNaN(a)) return b;
  return Number.isNaN(b) ? a : a + b;
}
