import type { PackedZones } from '../geo/packed-zones.ts';
import { ringSigns } from '../geo/ring-signs.ts';
import type { Window } from '../geo/window.ts';
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
export function zoneFractions(
  zones: PackedZones,
  window: Window,
  signs: Int8Array = zones.ringSigns ?? ringSigns(zones),
): ZoneFractions {
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

/** Stretches that lie over the same cells, and what each of them gets. */
class Claims {
  readonly window: Window;
  readonly values: Float64Array;
  readonly order: Float64Array;
  readonly spans = new Numbers();
  readonly parts = new Numbers();
  readonly overlaps = new Map<string, number>();
  private lastSpanRow = -1;
  /** Places of the stretches over the cells at hand, in file order of their zones; what each wants; what it gets. */
  private active: number[] = [];
  private wanted: number[] = [];
  private held: number[] = [];

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
      const first = next;
      while (next < order.length && values[order[next]!] === row) next++;
      this.settleRow(row, first, next);
      rowStarts[row + 1] = spans.length / FRACTION_SPAN_STRIDE;
      rowPartStarts[row + 1] = parts.length / PART_STRIDE;
    }
    return { window, rowStarts, spans: spans.taken(), rowPartStarts, parts: parts.taken(), overlaps };
  }

  /** Goes from column to column at which a stretch begins or ends; in between the same zones cover every cell alike. */
  private settleRow(row: number, first: number, end: number): void {
    const { values, order, active } = this;
    let next = first;
    let col = 0;
    while (next < end || active.length > 0) {
      if (active.length === 0) col = values[order[next]! + 1]!;
      // Stretches were written zone by zone, so their places are in file order.
      for (; next < end && values[order[next]! + 1] === col; next++) insertSorted(active, order[next]!);
      let until = next < end ? values[order[next]! + 1]! : Infinity;
      for (const at of active) until = Math.min(until, values[at + 2]!);
      this.settle(row, col, until);
      col = until;
      let kept = 0;
      for (const at of active) if (values[at + 2]! > until) active[kept++] = at;
      active.length = kept;
    }
  }

  /** Shares cells `start` to `end` of a row among the zones over them: first in file order, first served. */
  private settle(row: number, start: number, end: number): void {
    const { active, values, wanted, held } = this;
    this.evenOut();
    let free = CELL_UNITS;
    for (let i = 0; i < active.length; i++) {
      const units = Math.min(CELL_UNITS, Math.max(0, wanted[i]!));
      held[i] = Math.min(units, free);
      free -= held[i]!;
      if (units > held[i]!) this.countOverlap(i, units - held[i]!, end - start);
    }
    for (let i = 0; i < active.length; i++) {
      const zone = values[active[i]! + 3]!;
      if (held[i] === CELL_UNITS) {
        this.addSpan(row, start, end, zone);
        return;
      }
    }
    for (let col = start; col < end; col++) {
      for (let i = 0; i < active.length; i++)
        if (held[i]! > 0) this.parts.push(row, col, values[active[i]! + 3]!, held[i]!);
    }
  }

  /** What rounding left below nothing is taken from the largest claims of the cell, so that their sum stays what it was. */
  private evenOut(): void {
    const { active, values, wanted } = this;
    let missing = 0;
    for (let i = 0; i < active.length; i++) {
      const units = values[active[i]! + 4]!;
      wanted[i] = Math.max(0, units);
      if (units < 0) missing -= units;
    }
    while (missing > 0) {
      let largest = 0;
      for (let i = 1; i < active.length; i++) if (wanted[i]! > wanted[largest]!) largest = i;
      if (wanted[largest] === 0) return;
      const units = Math.min(missing, wanted[largest]!);
      wanted[largest]! -= units;
      missing -= units;
    }
  }

  private addSpan(row: number, start: number, end: number, zone: number): void {
    const { spans } = this;
    if (this.lastSpanRow === row && spans.fromEnd(1) === zone && spans.fromEnd(2) === start) {
      spans.values[spans.length - 2] = end;
      return;
    }
    spans.push(start, end, zone);
    this.lastSpanRow = row;
  }

  /** What the claim at `later` loses is counted for the earlier zones in their order, up to what each of them holds. */
  private countOverlap(later: number, lost: number, cells: number): void {
    const { active, values, held } = this;
    let left = lost;
    for (let i = 0; i < later && left > 0; i++) {
      const units = Math.min(left, held[i]!);
      if (units === 0) continue;
      left -= units;
      const key = `${values[active[i]! + 3]},${values[active[later]! + 3]}`;
      this.overlaps.set(key, (this.overlaps.get(key) ?? 0) + units * cells);
    }
  }
}

function insertSorted(list: number[], value: number): void {
  let place = list.length;
  list.push(value);
  for (; place > 0 && list[place - 1]! > value; place--) list[place] = list[place - 1]!;
  list[place] = value;
}

/** Whole numbers in a typed array that grows. */
class Numbers {
  values = new Int32Array(1024);
  length = 0;

  push(a: number, b: number, c: number, d?: number): void {
    if (this.length + 4 > this.values.length) {
      const grown = new Int32Array(this.values.length * 2);
      grown.set(this.values);
      this.values = grown;
    }
    this.values[this.length++] = a;
    this.values[this.length++] = b;
    this.values[this.length++] = c;
    if (d !== undefined) this.values[this.length++] = d;
  }

  fromEnd(back: number): number {
    return this.values[this.length - back] ?? -1;
  }

  taken(): Int32Array {
    return this.values.slice(0, this.length);
  }
}
