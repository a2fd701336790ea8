import type { QuantityTally } from '../../shared/carbon/partial.ts';
import { CitysinkError } from '../../shared/errors.ts';
import type { WindowAreas } from '../../shared/geo/window-areas.ts';
import { SPAN_STRIDE, type ZoneSpans } from '../../shared/raster/zone-spans.ts';

/**
 * @pure Sums of a measured layer by zone and class, in whole numbers, so that tiles add up to the same bits in any order.
 *
 * A cell adds round(value x share x 2^bits), its share being its area over the run's unit of area (1 in the plane, else
 * units of the cell / 2^cellBits, between 0 and 1). Both hang on the global cell alone. Values lie within +-2^(39 - bits),
 * so a row of 2^13 cells sums exactly in a double; longer runs are cut. Sums are kept in two limbs of 26 bits and more.
 */

const LIMB = 2 ** 26;
const ROW_CELLS = 2 ** 13;
const LARGEST = 2 ** 39;

export interface Quantity {
  /** Name of the layer. */
  readonly name: string;
  /** By cell of the tile; NaN where there is none. */
  readonly values: Float64Array;
  readonly bits: number;
}

/** What values are summed by. `codes` equal to `missing` have no class, and their values count for none. */
export interface QuantityCells {
  readonly spans: ZoneSpans;
  readonly areas: WindowAreas;
  readonly codes: Int32Array;
  readonly missing: number;
}

/** All in two limbs (class-tally.ts): a tile has too many runs for one big integer each. */
interface Sums {
  cells: number;
  unitsLow: number;
  unitsHigh: number;
  low: number;
  high: number;
  /** Sum of so many cells, at most ROW_CELLS, that is not in the limbs yet. */
  pending: number;
  pendingCells: number;
}

const DIRECT_CODES = 256;

/** Sums of one zone by class code; those of small codes are found without a hash. */
class ZoneSums {
  readonly classes = new Map<number, Sums>();
  private readonly direct = new Array<Sums | undefined>(DIRECT_CODES);

  of(code: number): Sums {
    const isDirect = code >= 0 && code < DIRECT_CODES;
    const known = isDirect ? this.direct[code] : this.classes.get(code);
    if (known !== undefined) return known;
    const sums = { cells: 0, unitsLow: 0, unitsHigh: 0, low: 0, high: 0, pending: 0, pendingCells: 0 };
    this.classes.set(code, sums);
    if (isDirect) this.direct[code] = sums;
    return sums;
  }
}

/** By zone index, then class code. Errors: RASTER_UNSUPPORTED where a value is out of range. */
export function tallyQuantity(quantity: Quantity, cells: QuantityCells): Map<number, Map<number, QuantityTally>> {
  const { spans, codes, missing } = cells;
  const { rows, cols } = spans.window;
  const zones = new Map<number, ZoneSums>();
  for (let row = 0; row < rows; row++) {
    const shares = sharesOf(cells.areas, row, quantity.bits);
    for (let span = spans.rowStarts[row]!; span < spans.rowStarts[row + 1]!; span++) {
      const at = span * SPAN_STRIDE;
      const end = row * cols + spans.spans[at + 1]!;
      const zone = zones.get(spans.spans[at + 2]!) ?? new ZoneSums();
      zones.set(spans.spans[at + 2]!, zone);
      let cell = row * cols + spans.spans[at]!;
      while (cell < end) {
        const code = codes[cell]!;
        const limit = Math.min(end, cell + ROW_CELLS);
        let next = cell + 1;
        while (next < limit && codes[next] === code) next++;
        if (code !== missing) addRun(zone.of(code), quantity, cell, next, row * cols, shares);
        cell = next;
      }
    }
  }
  return new Map([...zones].map(([zone, { classes }]) => [zone, finished(classes)]));
}

/** Units of cells along one row: of each one the same, or running sums; 0 in the plane. */
interface RowShares {
  readonly one: number;
  readonly sums: Float64Array | null;
  /** From a value to its part in a sum: by the cell's units where `sums` are there, else for each cell of the row. */
  readonly factor: number;
}

function sharesOf(areas: WindowAreas, row: number, bits: number): RowShares {
  // The order of products is that of fixedPointPart: the last bit decides where a part is rounded.
  const byUnits = 2 ** bits * 2 ** -areas.cellBits;
  if (areas.rowUnits !== null) return { one: areas.rowUnits[row]!, sums: null, factor: areas.rowUnits[row]! * byUnits };
  const sums = areas.rowSums(row);
  return sums === null ? { one: 0, sums: null, factor: 2 ** bits } : { one: 0, sums, factor: byUnits };
}

/** Adds the cells from `from` to before `to`; `rowStart`: the first cell of their row. */
function addRun(
  sums: Sums,
  { name, values, bits }: Quantity,
  from: number,
  to: number,
  rowStart: number,
  { one, sums: rowSums, factor }: RowShares,
): void {
  let cells = 0;
  let units = 0;
  let sum = 0;
  for (let cell = from; cell < to; cell++) {
    const area = rowSums === null ? 1 : rowSums[cell - rowStart + 1]! - rowSums[cell - rowStart]!;
    const value = values[cell]!;
    const part = Math.round(value * (area * factor));
    // No value is NaN here too, so one comparison lets all others through.
    if (part <= LARGEST && part >= -LARGEST) {
      cells++;
      sum += part;
      units += area;
    } else if (!Number.isNaN(value)) refuseValue(name, value, bits);
  }
  if (rowSums !== null) addUnits(sums, units, 1);
  // Of a row with one area: that many times its limbs, since the product could pass 2^53.
  else if (one !== 0) addUnits(sums, one, cells);
  sums.cells += cells;
  if (sums.pendingCells + cells > ROW_CELLS) settle(sums);
  sums.pending += sum;
  sums.pendingCells += cells;
}

function addUnits(sums: Sums, unit: number, times: number): void {
  const high = Math.floor(unit / LIMB);
  sums.unitsHigh += high * times;
  sums.unitsLow += (unit - high * LIMB) * times;
}

/** What is pending goes into the limbs. */
function settle(sums: Sums): void {
  const high = Math.floor(sums.pending / LIMB);
  sums.low += sums.pending - high * LIMB;
  sums.high += high;
  sums.pending = 0;
  sums.pendingCells = 0;
}

function finished(classes: ReadonlyMap<number, Sums>): Map<number, QuantityTally> {
  const known = [...classes].filter(([, { cells }]) => cells > 0);
  for (const [, sums] of known) settle(sums);
  return new Map(
    known.map(([code, { cells, unitsLow, unitsHigh, low, high }]) => [
      code,
      { cells, area: joined(unitsLow, unitsHigh), sum: joined(low, high) },
    ]),
  );
}

function joined(low: number, high: number): bigint {
  return BigInt(high) * BigInt(LIMB) + BigInt(low);
}

/** What a cell adds to a sum: its value by its share of the run's unit of area. Errors: RASTER_UNSUPPORTED (out of range). */
export function fixedPointPart({ name, bits }: Quantity, value: number, share: number): number {
  const part = Math.round(value * share * 2 ** bits);
  if (!(part <= LARGEST && part >= -LARGEST)) refuseValue(name, value, bits);
  return part;
}

function refuseValue(name: string, value: number, bits: number): never {
  throw new CitysinkError(
    'RASTER_UNSUPPORTED',
    `layers.${name} has the value ${value}; expected values within +-${LARGEST / 2 ** bits}`,
    { remedy: 'Check the layer for a nodata value that its file does not name, and its scale.' },
  );
}
