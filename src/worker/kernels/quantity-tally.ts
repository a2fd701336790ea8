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

interface Sums {
  cells: number;
  units: bigint;
  low: number;
  high: number;
}

/** By zone index, then class code. Errors: RASTER_UNSUPPORTED where a value is out of range. */
export function tallyQuantity(quantity: Quantity, cells: QuantityCells): Map<number, Map<number, QuantityTally>> {
  const { spans, codes, missing } = cells;
  const { rows, cols } = spans.window;
  const zones = new Map<number, Map<number, Sums>>();
  for (let row = 0; row < rows; row++) {
    const shares = sharesOf(cells.areas, row);
    for (let span = spans.rowStarts[row]!; span < spans.rowStarts[row + 1]!; span++) {
      const at = span * SPAN_STRIDE;
      const end = row * cols + spans.spans[at + 1]!;
      const zone = zones.get(spans.spans[at + 2]!) ?? new Map<number, Sums>();
      zones.set(spans.spans[at + 2]!, zone);
      let cell = row * cols + spans.spans[at]!;
      while (cell < end) {
        const code = codes[cell]!;
        const limit = Math.min(end, cell + ROW_CELLS);
        let next = cell + 1;
        while (next < limit && codes[next] === code) next++;
        if (code !== missing) addRun(zone, code, quantity, { from: cell, to: next, row, cols }, shares);
        cell = next;
      }
    }
  }
  return new Map([...zones].map(([zone, classes]) => [zone, finished(classes)]));
}

/** Units of cells along one row: of each one the same, or running sums; null in the plane. */
interface RowShares {
  readonly one: number;
  readonly sums: Float64Array | null;
  /** Factor from units to shares. */
  readonly scale: number;
}

function sharesOf(areas: WindowAreas, row: number): RowShares {
  const scale = 2 ** -areas.cellBits;
  if (areas.rowUnits !== null) return { one: areas.rowUnits[row]!, sums: null, scale };
  const sums = areas.rowSums(row);
  return sums === null ? { one: 0, sums: null, scale: 0 } : { one: 0, sums, scale };
}

interface Run {
  readonly from: number;
  readonly to: number;
  readonly row: number;
  readonly cols: number;
}

function addRun(
  zone: Map<number, Sums>,
  code: number,
  { name, values, bits }: Quantity,
  run: Run,
  shares: RowShares,
): void {
  const { one, sums: rowSums, scale } = shares;
  const inPlane = scale === 0;
  const factor = 2 ** bits * (inPlane ? 1 : scale);
  const rowStart = run.row * run.cols;
  let cells = 0;
  let units = 0;
  let sum = 0;
  for (let cell = run.from; cell < run.to; cell++) {
    const value = values[cell]!;
    if (Number.isNaN(value)) continue;
    const area = rowSums === null ? one : rowSums[cell - rowStart + 1]! - rowSums[cell - rowStart]!;
    const part = Math.round(value * (inPlane ? factor : area * factor));
    if (!(part <= LARGEST && part >= -LARGEST)) refuseValue(name, value, bits);
    cells++;
    sum += part;
    if (rowSums !== null) units += area;
  }
  if (cells === 0) return;
  const sums = zone.get(code) ?? { cells: 0, units: 0n, low: 0, high: 0 };
  zone.set(code, sums);
  const high = Math.floor(sum / LIMB);
  sums.cells += cells;
  sums.units += rowSums === null ? BigInt(cells) * BigInt(one) : BigInt(units);
  sums.low += sum - high * LIMB;
  sums.high += high;
}

function finished(classes: ReadonlyMap<number, Sums>): Map<number, QuantityTally> {
  return new Map(
    [...classes].map(([code, { cells, units, low, high }]) => [
      code,
      { cells, area: units, sum: BigInt(high) * BigInt(LIMB) + BigInt(low) },
    ]),
  );
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
