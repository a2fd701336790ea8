import type { PackedZones } from '../geo/packed-zones.ts';
import type { Window } from '../geo/window.ts';
import { ringSigns } from './ring-signs.ts';
import { CELL_UNITS, type Records, zoneStretches } from './zone-borders.ts';

export { CELL_UNITS };

/** The zones of each row of a window: runs of whole cells, and single cells that are covered in part. */
export interface ZoneFractions {
  readonly window: Window;
  /** Index of the first span of each row, and the total at the end: rows + 1 numbers. */
  readonly rowStarts: Int32Array;
  /** Runs of cells wholly in one zone, three numbers each: first column, column after the last (from the window), zone index. */
  readonly spans: Int32Array;
  /** Index of the first part of each row, and the total at the end: rows + 1 numbers. */
  readonly rowPartStarts: Int32Array;
  /** By row, column and zone; four numbers each: row, column (from the window), zone index, units (1 to CELL_UNITS - 1). */
  readonly parts: Int32Array;
  /** Units that a later zone claims of what an earlier one has, by `first,later` zone index. */
  readonly overlaps: ReadonlyMap<string, number>;
}

/** Numbers a part takes in `ZoneFractions.parts`. */
export const PART_STRIDE = 4;
/** Numbers a span takes in `ZoneFractions.spans`, as in those of `ZoneSpans`. */
export const FRACTION_SPAN_STRIDE = 3;

/**
 * Covered units of all zones over a window. `signs` are those of `ringSigns(zones)`, to be computed once where many windows are
 * asked for. Where zones claim more than a cell has, the first in file order are served first. Memory goes with the length of
 * borders within the window, counted in cells.
 */
export function zoneFractions(zones: PackedZones, window: Window, signs: Int8Array = ringSigns(zones)): ZoneFractions {
  return new Claims(window, zoneStretches(zones, window, signs)).settleRows();
}

/** Area of the cells from `start` to before `end` of a row, all from the window's own origin, in whole units. */
export interface SpanAreas {
  spanUnits(row: number, start: number, end: number): bigint;
}

/** Units of each zone in the window, and its area in units of `areas` / CELL_UNITS, exact; areas 0 where `areas` is null. */
export function fractionTallies(
  fractions: ZoneFractions,
  areas: SpanAreas | null,
): Map<number, { units: number; area: bigint }> {
  const tallies = new Map<number, { units: number; area: bigint }>();
  const add = (zone: number, row: number, start: number, end: number, units: number) => {
    const tally = tallies.get(zone) ?? { units: 0, area: 0n };
    tally.units += units * (end - start);
    if (areas !== null) tally.area += areas.spanUnits(row, start, end) * BigInt(units);
    tallies.set(zone, tally);
  };
  const { rowStarts, spans, rowPartStarts, parts } = fractions;
  for (let row = 0; row < fractions.window.rows; row++) {
    for (
      let at = rowStarts[row]! * FRACTION_SPAN_STRIDE;
      at < rowStarts[row + 1]! * FRACTION_SPAN_STRIDE;
      at += FRACTION_SPAN_STRIDE
    )
      add(spans[at + 2]!, row, spans[at]!, spans[at + 1]!, CELL_UNITS);
    for (let at = rowPartStarts[row]! * PART_STRIDE; at < rowPartStarts[row + 1]! * PART_STRIDE; at += PART_STRIDE)
      add(parts[at + 2]!, row, parts[at + 1]!, parts[at + 1]! + 1, parts[at + 3]!);
  }
  return tallies;
}

/** Zones that cover the same cells, and what each of them gets. */
class Claims {
  readonly window: Window;
  readonly values: Float64Array;
  readonly order: Float64Array;
  readonly spans = new Numbers();
  readonly parts = new Numbers();
  readonly overlaps = new Map<string, number>();

  constructor(window: Window, stretches: Records) {
    this.window = window;
    this.order = stretches.order();
    this.values = stretches.values;
  }

  settleRows(): ZoneFractions {
    const { window, spans, parts, overlaps, order, values } = this;
    const rowStarts = new Int32Array(window.rows + 1);
    const rowPartStarts = new Int32Array(window.rows + 1);
    let next = 0;
    for (let row = 0; row < window.rows; row++) {
      rowStarts[row] = spans.length / FRACTION_SPAN_STRIDE;
      rowPartStarts[row] = parts.length / PART_STRIDE;
      const first = next;
      while (next < order.length && values[order[next]!]! < (row + 1) * window.cols) next++;
      this.settleRow(row, first, next);
    }
    rowStarts[window.rows] = spans.length / FRACTION_SPAN_STRIDE;
    rowPartStarts[window.rows] = parts.length / PART_STRIDE;
    return { window, rowStarts, spans: spans.taken(), rowPartStarts, parts: parts.taken(), overlaps };
  }

  /** Goes from column to column at which a stretch begins or ends; in between the same zones cover every cell alike. */
  settleRow(row: number, first: number, end: number): void {
    const { values, order } = this;
    const rowCell = row * this.window.cols;
    let active: number[] = [];
    let next = first;
    let col = 0;
    while (next < end || active.length > 0) {
      if (active.length === 0) col = values[order[next]!]! - rowCell;
      for (; next < end && values[order[next]!]! - rowCell === col; next++) insertByPlace(active, order[next]!);
      let until = next < end ? values[order[next]!]! - rowCell : Infinity;
      for (const at of active) until = Math.min(until, values[at + 1]!);
      this.settle(active, row, col, until);
      col = until;
      active = active.filter((at) => values[at + 1]! > until);
    }
  }

  /** Shares cells `start` to `end` of a row among the stretches over them, which are in file order of their zones. */
  settle(active: readonly number[], row: number, start: number, end: number): void {
    const claims = active.map((at) => ({ zone: this.values[at + 2]!, units: this.values[at + 3]!, held: 0 }));
    if (claims.length > 1) evenOut(claims);
    let free = CELL_UNITS;
    for (const claim of claims) {
      const wanted = Math.min(CELL_UNITS, Math.max(0, claim.units));
      claim.held = Math.min(wanted, free);
      free -= claim.held;
      if (wanted > claim.held) this.countOverlap(claims, claim, wanted - claim.held, end - start);
    }
    const holders = claims.filter((claim) => claim.held > 0);
    const [holder] = holders;
    if (holder !== undefined && holder.held === CELL_UNITS) this.addSpan(row, start, end, holder.zone);
    else {
      for (let col = start; col < end; col++)
        for (const { zone, held } of holders) this.parts.push(row, col, zone, held);
    }
  }

  addSpan(row: number, start: number, end: number, zone: number): void {
    const { spans } = this;
    if (this.lastSpanRow === row && spans.last(1) === zone && spans.last(2) === start) spans.setLast(2, end);
    else spans.push(start, end, zone);
    this.lastSpanRow = row;
  }
  lastSpanRow = -1;

  /** What a claim loses is counted for the earlier zones in their order, up to what each of them holds. */
  countOverlap(claims: readonly Claim[], later: Claim, lost: number, cells: number): void {
    let left = lost;
    for (const first of claims) {
      if (first === later || left === 0) return;
      const units = Math.min(left, first.held);
      left -= units;
      const key = `${first.zone},${later.zone}`;
      if (units > 0) this.overlaps.set(key, (this.overlaps.get(key) ?? 0) + units * cells);
    }
  }
}

interface Claim {
  readonly zone: number;
  units: number;
  held: number;
}

/** What rounding left below nothing is taken from the largest claim of the cell, so that their sum stays what it was. */
function evenOut(claims: readonly Claim[]): void {
  let missing = 0;
  let largest = claims[0]!;
  for (const claim of claims) {
    if (claim.units < 0) [missing, claim.units] = [missing - claim.units, 0];
    if (claim.units > largest.units) largest = claim;
  }
  largest.units -= missing;
}

/** Stretches were written zone by zone, so their places are in file order. */
function insertByPlace(active: number[], at: number): void {
  let place = active.length;
  while (place > 0 && active[place - 1]! > at) place--;
  active.splice(place, 0, at);
}

/** Whole numbers in a typed array that grows. */
class Numbers {
  private values = new Int32Array(1024);
  length = 0;

  push(...numbers: readonly number[]): void {
    if (this.length + numbers.length > this.values.length) {
      const grown = new Int32Array(this.values.length * 2);
      grown.set(this.values);
      this.values = grown;
    }
    for (const number of numbers) this.values[this.length++] = number;
  }

  /** The number so many places before the end. */
  last(back: number): number {
    return this.values[this.length - back] ?? -1;
  }

  setLast(back: number, value: number): void {
    this.values[this.length - back] = value;
  }

  taken(): Int32Array {
    return this.values.slice(0, this.length);
  }
}
