import type { WindowAreas } from '../../shared/geo/window-areas.ts';

/**
 * @pure Exact counts by class and zone, with areas, for one tile.
 *
 * Areas of cells are integers below 2^51 (see cell-area.ts). They are summed in two limbs of 26 and 25 bits, so that
 * the sums over a tile of up to 2^26 cells are exact in doubles.
 */

const LIMB = 2 ** 26;

/** More classes than this in one tile: the raster is not a class raster. */
export const MAX_CLASSES = 4096;

/** Area of a run of cells, split for exact summing. Both 0 on grids that are measured in the plane. */
export interface AreaLimbs {
  readonly low: number;
  readonly high: number;
}

const NO_AREA: AreaLimbs = { low: 0, high: 0 };

/** Areas of runs in one tile; what it answers is overwritten by the next question. */
export class RunAreas {
  private readonly areas: WindowAreas;
  private readonly answer = { low: 0, high: 0 };
  /** Cells have one area that is not summed here: answers are 0. */
  readonly inPlane: boolean;

  constructor(areas: WindowAreas, inPlane: boolean) {
    this.areas = areas;
    this.inPlane = inPlane;
  }

  /** Of `count` cells of a row from column `col` on, from the tile's own origin. */
  of(row: number, col: number, count: number): AreaLimbs {
    if (this.inPlane) return NO_AREA;
    const { rowUnits } = this.areas;
    if (rowUnits !== null) {
      const high = Math.floor(rowUnits[row]! / LIMB);
      this.answer.low = (rowUnits[row]! - high * LIMB) * count;
      this.answer.high = high * count;
      return this.answer;
    }
    const sums = this.areas.rowSums(row);
    const units = sums === null ? 0 : sums[col + count]! - sums[col]!;
    this.answer.high = Math.floor(units / LIMB);
    this.answer.low = units - this.answer.high * LIMB;
    return this.answer;
  }
}

/** Growable counters, one slot for each (class, zone): slot = class index x zones + zone. */
export class ClassTally {
  readonly zones: number;
  /** Class codes by class index, and the first cell by row, then column (on the lattice), where each was met. */
  readonly codes: number[] = [];
  readonly places: { readonly row: number; readonly col: number }[] = [];
  private cells: Float64Array;
  private low: Float64Array;
  private high: Float64Array;
  private readonly indexes = new Map<number, number>();

  constructor(zones: number) {
    this.zones = zones;
    this.cells = new Float64Array(16 * zones);
    this.low = new Float64Array(16 * zones);
    this.high = new Float64Array(16 * zones);
  }

  /** Adds a run of `count` cells of one class and zone and their area, the first of them at (row, col). False: too many classes. */
  add(code: number, zone: number, count: number, area: AreaLimbs, row: number, col: number): boolean {
    const index = this.indexes.get(code) ?? this.register(code, row, col);
    if (index < 0) return false;
    // Blocks come one after another, so a later one may hold an earlier cell.
    const place = this.places[index]!;
    if (row < place.row || (row === place.row && col < place.col)) this.places[index] = { row, col };
    const slot = index * this.zones + zone;
    this.cells[slot]! += count;
    this.low[slot]! += area.low;
    this.high[slot]! += area.high;
    return true;
  }

  /** The first cell of a class that was met so far, or null. */
  placeOf(code: number): { readonly row: number; readonly col: number } | null {
    const index = this.indexes.get(code);
    return index === undefined ? null : (this.places[index] ?? null);
  }

  private register(code: number, row: number, col: number): number {
    const index = this.codes.length;
    if (index >= MAX_CLASSES) return -1;
    this.indexes.set(code, index);
    this.codes.push(code);
    this.places.push({ row, col });
    if ((index + 1) * this.zones > this.cells.length) this.grow();
    return index;
  }

  private grow(): void {
    this.cells = doubled(this.cells);
    this.low = doubled(this.low);
    this.high = doubled(this.high);
  }

  /** Cells and exact area of a class (by index) in a zone. */
  tally(classIndex: number, zone: number): { cells: number; area: bigint } {
    const slot = classIndex * this.zones + zone;
    return { cells: this.cells[slot]!, area: BigInt(this.high[slot]!) * BigInt(LIMB) + BigInt(this.low[slot]!) };
  }
}

function doubled(values: Float64Array): Float64Array {
  const wider = new Float64Array(values.length * 2);
  wider.set(values);
  return wider;
}
