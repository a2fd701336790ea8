import { FRACTION_BITS } from '../../shared/carbon/green-fraction.ts';
import type { QuantityTally } from '../../shared/carbon/partial.ts';
import type { WindowAreas } from '../../shared/geo/window-areas.ts';
import { SPAN_STRIDE, type ZoneSpans } from '../../shared/raster/zone-spans.ts';

/**
 * @pure Fractions of cells by zone, class and band, in whole numbers: a cell adds round(fraction x share x 2^20), its share
 * being its area over the run's unit (as quantity-tally.ts has it). One pass, whatever the number of bands.
 *
 * A tile's parts stay below 2^20 x 2^26 and are exact in a double; units of area are taken over to integers row by row.
 */

export interface BandedCells {
  readonly spans: ZoneSpans;
  readonly areas: WindowAreas;
  readonly codes: Int32Array;
  /** Band of each cell, from 0; NO_BAND: not counted. */
  readonly bands: Uint8Array;
  readonly bandCount: number;
  /** Share of each counted cell, 0 to 1. */
  readonly fractions: Float64Array;
}

/** Cells that no band has. */
export const NO_BAND = 255;

/** By zone index, then class code: one tally for each band. */
export type BandTallies = Map<number, Map<number, QuantityTally[]>>;

interface Sums {
  readonly cells: Float64Array;
  readonly parts: Float64Array;
  readonly units: bigint[];
}

export function tallyBands(cells: BandedCells): BandTallies {
  const { spans, areas, bandCount } = cells;
  const zones = new Map<number, Map<number, Sums>>();
  for (let row = 0; row < spans.window.rows; row++) {
    for (let span = spans.rowStarts[row]!; span < spans.rowStarts[row + 1]!; span++) {
      const at = span * SPAN_STRIDE;
      const zone = zones.get(spans.spans[at + 2]!) ?? new Map<number, Sums>();
      zones.set(spans.spans[at + 2]!, zone);
      addSpan(zone, cells, row, [spans.spans[at]!, spans.spans[at + 1]!], unitsOf(areas, row));
    }
  }
  const finished = ({ cells: counts, parts, units }: Sums): QuantityTally[] =>
    Array.from({ length: bandCount }, (_, band) => ({
      cells: counts[band]!,
      area: units[band]!,
      sum: BigInt(parts[band]!),
    }));
  return new Map(
    [...zones].map(([zone, classes]) => [zone, new Map([...classes].map(([code, s]) => [code, finished(s)]))]),
  );
}

/** Units of the cells of one row: of each the same, or differences of running sums; both null in the plane. */
interface RowUnits {
  readonly one: number | null;
  readonly sums: Float64Array | null;
  /** From units, or from 1 in the plane, to parts. */
  readonly factor: number;
}

function unitsOf(areas: WindowAreas, row: number): RowUnits {
  const one = areas.rowUnits?.[row] ?? null;
  const sums = areas.rowSums(row);
  const inPlane = one === null && sums === null;
  return { one, sums, factor: 2 ** FRACTION_BITS * (inPlane ? 1 : 2 ** -areas.cellBits) };
}

function addSpan(
  zone: Map<number, Sums>,
  { spans, codes, bands, fractions, bandCount }: BandedCells,
  row: number,
  [start, end]: readonly [number, number],
  { one, sums, factor }: RowUnits,
): void {
  const rowStart = row * spans.window.cols;
  const rowUnits = new Map<Sums, Float64Array>();
  let [code, of, units]: [number, Sums | null, Float64Array | null] = [0, null, null];
  for (let col = start; col < end; col++) {
    const band = bands[rowStart + col]!;
    if (band === NO_BAND) continue;
    if (of === null || codes[rowStart + col] !== code) {
      code = codes[rowStart + col]!;
      of = zone.get(code) ?? emptySums(bandCount);
      zone.set(code, of);
      units = rowUnits.get(of) ?? new Float64Array(bandCount);
      rowUnits.set(of, units);
    }
    const area = sums === null ? (one ?? 1) : sums[col + 1]! - sums[col]!;
    of.cells[band]! += 1;
    of.parts[band]! += Math.round(fractions[rowStart + col]! * (area * factor));
    // Of rows with one area, cells are summed, and multiplied once.
    units![band]! += sums === null ? 1 : area;
  }
  if (one === null && sums === null) return;
  for (const [into, found] of rowUnits)
    for (let band = 0; band < bandCount; band++)
      into.units[band] = into.units[band]! + BigInt(found[band]!) * BigInt(sums === null ? (one ?? 0) : 1);
}

function emptySums(bandCount: number): Sums {
  return {
    cells: new Float64Array(bandCount),
    parts: new Float64Array(bandCount),
    units: new Array<bigint>(bandCount).fill(0n),
  };
}
