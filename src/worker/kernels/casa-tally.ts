/**
 * @pure Twelve months of a tile to two numbers a cell, from which NPP and respiration follow by factors that come last:
 * light = sum of APAR Te1 Te2 We, MJ m-2 yr-1 (NPP = eps_max x light), and respiration = sum of Rh, g C m-2 yr-1.
 * Both are then summed like any measured layer (quantity-tally.ts).
 *
 * Climate is coarse: neighbours along a row mostly share it. What hangs on climate alone is computed once for a run of
 * equal cells, and once for each month that is some cell's optimum. A cell's result hangs on its own numbers alone, in
 * the order January to December, from + - * / and square roots: the same bits in any tiling and on any machine.
 */

import {
  absorbedRadiation,
  type FparRule,
  fparOf,
  MONTHS,
  type StressRules,
  te1,
  te2Of,
  warmth,
} from '../../shared/carbon/casa.ts';
import {
  evaporativeRatio,
  type HotMonths,
  thornthwaitePet,
  waterStress,
} from '../../shared/carbon/evapotranspiration.ts';
import { heterotrophicRespiration, type RespirationModel } from '../../shared/carbon/respiration.ts';
import { CitysinkError } from '../../shared/errors.ts';

/** Twelve arrays, January first, by cell of the tile; NaN where there is no value. */
export type Months = readonly Float64Array[];

export interface MonthlyInputs {
  readonly ndvi: Months;
  /** Monthly mean, deg C. */
  readonly temperature: Months;
  /** mm month-1. */
  readonly precipitation: Months;
  /** Total solar radiation, in any unit that `radiationFactors` take to MJ m-2 month-1. */
  readonly radiation: Months;
  /** Potential evapotranspiration, mm month-1; null: by Thornthwaite. */
  readonly pet: Months | null;
}

/** What is not linear, so that it is part of the plan. */
export interface CasaRules extends StressRules {
  /** By class code; classes that are not here are not modelled. */
  readonly fpar: ReadonlyMap<number, FparRule>;
  readonly respiration: RespirationModel;
  /** Of each month: 1 for MJ m-2 month-1, 0.0864 x days for W m-2. */
  readonly radiationFactors: readonly number[];
  /** Lengths of months at the city's latitude (monthLengths), and hot months; used where `pet` is null. */
  readonly monthLengths: readonly number[];
  readonly hotMonths: HotMonths;
}

export interface CasaCells {
  readonly codes: Int32Array;
  /** Code of cells without class. */
  readonly missing: number;
}

export interface CasaYear {
  /** MJ m-2 yr-1. */
  readonly light: Float64Array;
  /** g C m-2 yr-1; all NaN where the model is `none`. */
  readonly respiration: Float64Array;
}

/**
 * By cell; NaN in both where the class is missing or not modelled, or any month of any input is missing.
 * Errors: RASTER_UNSUPPORTED where a value of a modelled cell cannot be what it is said to be (Kelvin, scaled NDVI,
 * negative rain): it names input, month and value.
 */
export function casaYear(inputs: MonthlyInputs, { codes, missing }: CasaCells, rules: CasaRules): CasaYear {
  const light = new Float64Array(codes.length).fill(Number.NaN);
  const respiration = new Float64Array(codes.length).fill(Number.NaN);
  const climate = new ClimateRun(inputs, rules);
  const years = new Float64Array(CHUNK_CELLS * MONTHS);
  let code = missing;
  let rule: FparRule | undefined;
  for (let from = 0; from < codes.length; from += CHUNK_CELLS) {
    const to = Math.min(codes.length, from + CHUNK_CELLS);
    gatherYears(inputs.ndvi, from, to, years);
    climate.findRuns(from, to);
    for (let cell = from; cell < to; cell++) {
      if (codes[cell] === missing) continue;
      if (codes[cell] !== code) {
        code = codes[cell]!;
        rule = rules.fpar.get(code);
      }
      if (rule === undefined) continue;
      const start = (cell - from) * MONTHS;
      const optimum = greenestMonth(years, start);
      if (optimum < 0 || !climate.moveTo(cell, cell - from)) continue;
      light[cell] = lightOf(rule, years, start, climate.solar, climate.stresses(optimum));
      respiration[cell] = climate.respiration;
    }
  }
  return { light, respiration };
}

/**
 * Cells that are looked at together. Columns are read one after the other over a chunk: cell by cell, 48 of them in steps
 * of a power of two would drive each other out of the cache.
 */
const CHUNK_CELLS = 512;

/** NDVI of cells `from` .. `to`, twelve months of a cell together. */
function gatherYears(ndvi: Months, from: number, to: number, years: Float64Array): void {
  for (let month = 0; month < MONTHS; month++) {
    const column = ndvi[month]!;
    for (let cell = from, at = month; cell < to; cell++, at += MONTHS) years[at] = column[cell]!;
  }
}

/** The first month of the greatest NDVI (C12), or -1 where a month has none. */
function greenestMonth(years: Float64Array, start: number): number {
  let best = 0;
  for (let month = 0; month < MONTHS; month++) {
    const value = years[start + month]!;
    if (Number.isNaN(value)) return -1;
    if (value > years[start + best]!) best = month;
    if (!(value >= -1 && value <= 1)) refuse('ndvi', month, value, 'within -1 and 1');
  }
  return best;
}

/** Sum over the months of APAR (C2) times stresses, MJ m-2 yr-1. */
function lightOf(
  rule: FparRule,
  years: Float64Array,
  start: number,
  solar: Float64Array,
  stress: Float64Array,
): number {
  let sum = 0;
  for (let month = 0; month < MONTHS; month++) {
    sum += absorbedRadiation(solar[month]!, fparOf(rule, years[start + month]!)) * stress[month]!;
  }
  return sum;
}

/** What hangs on the climate of the cell moved to last. */
class ClimateRun {
  /** MJ m-2 month-1. */
  readonly solar = new Float64Array(MONTHS);
  /** g C m-2 yr-1. */
  respiration = Number.NaN;
  private readonly inputs: MonthlyInputs;
  private readonly rules: CasaRules;
  private readonly columns: readonly Float64Array[];
  private readonly temperature = new Float64Array(MONTHS);
  private readonly warmths = new Float64Array(MONTHS);
  private readonly water = new Float64Array(MONTHS);
  private readonly pet = new Float64Array(MONTHS);
  /** By month of the optimum: stresses of the twelve months, once some cell has needed them. */
  private readonly byOptimum = Array.from({ length: MONTHS }, () => new Float64Array(MONTHS));
  private readonly known = new Uint8Array(MONTHS);
  /** By cell of the chunk: number of its run of equal climates. */
  private readonly runs = new Int32Array(CHUNK_CELLS);
  private readonly fresh = new Uint8Array(CHUNK_CELLS);
  private lastRun = 0;
  private computedRun = -1;
  private whole = false;

  constructor(inputs: MonthlyInputs, rules: CasaRules) {
    this.inputs = inputs;
    this.rules = rules;
    this.columns = [...inputs.temperature, ...inputs.precipitation, ...inputs.radiation, ...(inputs.pet ?? [])];
  }

  /** Numbers the runs of cells `from` .. `to`: a cell is of the run of the one before it if all of its climate equals. */
  findRuns(from: number, to: number): void {
    const { fresh, runs } = this;
    fresh.fill(0);
    fresh[0] = 1;
    for (const column of this.columns) {
      // Missing values are equal to nothing, and make runs of one cell.
      for (let cell = from + 1; cell < to; cell++) if (column[cell] !== column[cell - 1]) fresh[cell - from] = 1;
    }
    for (let at = 0; at < to - from; at++) {
      if (fresh[at] === 1) this.lastRun++;
      runs[at] = this.lastRun;
    }
  }

  /** Makes the cell the one of whose climate all else tells; `at`: its place in the chunk. Whether it has all of it. */
  moveTo(cell: number, at: number): boolean {
    if (this.runs[at] === this.computedRun) return this.whole;
    this.computedRun = this.runs[at]!;
    this.known.fill(0);
    this.whole = this.columns.every((column) => !Number.isNaN(column[cell]!));
    if (this.whole) this.compute(cell);
    return this.whole;
  }

  /** Te1 Te2 We of the months, the optimum being the temperature of the month given. */
  stresses(optimum: number): Float64Array {
    const stress = this.byOptimum[optimum]!;
    if (this.known[optimum] === 1) return stress;
    this.known[optimum] = 1;
    const { temperature, warmths, water, rules } = this;
    for (let month = 0; month < MONTHS; month++) {
      const t = temperature[month]!;
      const optimumC = temperature[optimum]!;
      const byHeat = te1(t, optimumC, rules) * te2Of(t, warmths[month]!, optimumC, warmths[optimum]!, rules);
      stress[month] = byHeat * water[month]!;
    }
    return stress;
  }

  private compute(cell: number): void {
    const { inputs, rules, temperature, pet } = this;
    for (let month = 0; month < MONTHS; month++) {
      temperature[month] = within('temperature', month, inputs.temperature[month]![cell]!, -90, 60, 'deg C');
      const flux = within('radiation', month, inputs.radiation[month]![cell]!, 0, 1e4, 'a positive monthly value');
      this.solar[month] = flux * rules.radiationFactors[month]!;
      this.warmths[month] = warmth(temperature[month]!);
    }
    if (inputs.pet === null) thornthwaitePet(temperature, rules.monthLengths, rules.hotMonths, pet);
    let respired = rules.respiration === 'none' ? Number.NaN : 0;
    for (let month = 0; month < MONTHS; month++) {
      const rain = within('precipitation', month, inputs.precipitation[month]![cell]!, 0, 2e4, 'mm a month');
      const given = inputs.pet?.[month]?.[cell];
      const demand = given === undefined ? pet[month]! : within('pet', month, given, 0, 2e4, 'mm a month');
      this.water[month] = waterStress(evaporativeRatio(rain, demand));
      if (rules.respiration === 'pei') respired += heterotrophicRespiration(temperature[month]!, rain);
    }
    this.respiration = respired;
  }
}

function within(input: string, month: number, value: number, least: number, greatest: number, unit: string): number {
  if (value >= least && value <= greatest) return value;
  return refuse(input, month, value, `${unit}, ${least} .. ${greatest}`);
}

function refuse(input: string, month: number, value: number, expected: string): never {
  throw new CitysinkError(
    'RASTER_UNSUPPORTED',
    `${input} of month ${month + 1} has the value ${value}; expected ${expected}`,
    {
      context: { input, month: month + 1, found: value, expected },
      remedy: 'Check unit and scale of the layer, and for a nodata value that its file does not name.',
    },
  );
}
