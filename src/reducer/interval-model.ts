import type { ErrorRow } from '../shared/carbon/stratified-areas.ts';
import { CitysinkError } from '../shared/errors.ts';
import { type AreaError, type ClassMix, classMixes } from './interval-areas.ts';
import {
  type UncertainColumn as Column,
  checkCoefficient,
  coefficientName,
  type UncertainCoefficient,
} from './interval-coefficients.ts';

/** @pure Figures as weights (ha) of coefficients, and what an area of a class carries of each of them. */

/** An area of a class with one of its coefficients; a negative area takes away, as in differences. */
export interface Term {
  /** Of RASTER_SOIL: t C, of which its coefficient is the factor. */
  readonly areaHa: number;
  readonly code: number;
  readonly column: Column;
}

/** All area of a figure that shares a coefficient; `index` counts in the model's order. */
export interface Weight {
  readonly index: number;
  readonly areaHa: number;
}

/** What one hectare that is mapped as a class carries of a column: shares of the coefficients of several classes. */
export interface Blend {
  readonly row: ErrorRow;
  readonly parts: readonly BlendPart[];
}

export interface BlendPart {
  readonly index: number;
  /** Place of the reference class in the row. */
  readonly place: number;
  readonly centre: number;
}

export class IntervalModel {
  /** By class code, then column: the order of the table's rows changes no bit of a result. */
  readonly coefficients: readonly UncertainCoefficient[];
  /** By coefficient index; null: the class's area is exact. */
  readonly blends: readonly (Blend | null)[];
  /** Value of one hectare, by coefficient index. */
  private readonly means: readonly number[];
  /** Coefficients without an error that one hectare hangs on, by coefficient index. */
  private readonly lacking: readonly (readonly number[])[];
  private readonly places: ReadonlyMap<Column, ReadonlyMap<number, number>>;

  /** Errors: REQUEST_INVALID for coefficients given twice or without numbers, and for matrices that do not fit them. */
  constructor(coefficients: readonly UncertainCoefficient[], areaError: AreaError | null) {
    this.coefficients = [...coefficients].sort((a, b) => a.code - b.code || (a.column < b.column ? -1 : 1));
    this.coefficients.forEach(checkCoefficient);
    this.places = placesOf(this.coefficients);
    const mixes = areaError === null ? new Map<number, ClassMix>() : classMixes(areaError);
    const codes = areaError?.matrix.classes ?? [];
    this.blends = this.coefficients.map(({ code, column }) => {
      const mix = mixes.get(code);
      return mix === undefined ? null : this.blend(mix, codes, column);
    });
    this.means = this.coefficients.map(({ mean }, index) => {
      const parts = this.blends[index]?.parts;
      return parts === undefined ? mean : parts.reduce((sum, part) => sum + part.centre * this.at(part.index).mean, 0);
    });
    this.lacking = this.coefficients.map((_, index) => {
      const used = this.blends[index]?.parts.map((part) => part.index) ?? [index];
      return used.filter((one) => this.at(one).standardError === null);
    });
  }

  at(index: number): UncertainCoefficient {
    return this.coefficients[index] as UncertainCoefficient;
  }

  /** Terms summed by coefficient, in the model's order. Errors: INTERNAL for a coefficient that was not given. */
  weights(terms: Iterable<Term>): Weight[] {
    const areas = new Map<number, number>();
    for (const { areaHa, code, column } of terms) {
      const index = this.indexOf(code, column);
      areas.set(index, (areas.get(index) ?? 0) + areaHa);
    }
    const weights = [...areas].map(([index, areaHa]) => ({ index, areaHa })).filter(({ areaHa }) => areaHa !== 0);
    const wrong = weights.find(({ areaHa }) => !Number.isFinite(areaHa));
    if (wrong !== undefined) {
      throw new CitysinkError('INTERNAL', `${coefficientName(this.at(wrong.index))}: area ${wrong.areaHa} ha`);
    }
    return weights.sort((a, b) => a.index - b.index);
  }

  /** t C or t C/yr. */
  value(weights: readonly Weight[]): number {
    return weights.reduce((sum, { index, areaHa }) => sum + areaHa * (this.means[index] as number), 0);
  }

  /** Names of the coefficients that the figure hangs on and that have no error. */
  withoutError(weights: readonly Weight[]): string[] {
    const indices = new Set(weights.flatMap(({ index }) => this.lacking[index] ?? []));
    return [...indices].sort((a, b) => a - b).map((index) => coefficientName(this.at(index)));
  }

  private indexOf(code: number, column: Column): number {
    const index = this.places.get(column)?.get(code);
    if (index !== undefined) return index;
    throw new CitysinkError('INTERNAL', `a figure uses ${coefficientName({ code, column })}, which was not given`);
  }

  private blend({ row, centre }: ClassMix, codes: readonly number[], column: Column): Blend {
    const parts = codes.flatMap((code, place) => {
      const weight = centre[place] ?? 0;
      if (weight === 0 && (row.shares[place] ?? 0) === 0) return [];
      const index = this.places.get(column)?.get(code);
      if (index === undefined) throw strangerInMatrix(code, column);
      return [{ index, place, centre: weight }];
    });
    return { row, parts };
  }
}

function placesOf(coefficients: readonly UncertainCoefficient[]): Map<Column, Map<number, number>> {
  const places = new Map<Column, Map<number, number>>();
  coefficients.forEach((coefficient, index) => {
    const { code, column } = coefficient;
    const codes = places.get(column) ?? new Map<number, number>();
    if (codes.has(code)) {
      throw new CitysinkError('REQUEST_INVALID', `${coefficientName(coefficient)} has two values and must have one`);
    }
    places.set(column, codes.set(code, index));
  });
  return places;
}

function strangerInMatrix(code: number, column: Column): CitysinkError {
  const where = `confusion matrix, class ${code}`;
  const message = `${where}: the factor table has no ${column} of it`;
  return new CitysinkError('REQUEST_INVALID', message, { problems: [{ where, message: `no ${column} in the table` }] });
}
