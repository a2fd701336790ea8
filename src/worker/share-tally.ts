import {
  type CellPlace,
  emptyPartial,
  type ImageryTally,
  type Partial,
  type QuantityTally,
} from '../shared/carbon/partial.ts';
import { NO_TALLY, type Tally } from '../shared/carbon/tally.ts';
import type { WindowAreas } from '../shared/geo/window-areas.ts';
import { PART_STRIDE, type ZoneFractions } from '../shared/raster/zone-fractions.ts';
import { MISSING, UNREAD } from './aligned-scene.ts';
import { type Composite, FREE } from './kernels/composite.ts';
import { fixedPointPart, type Quantity } from './kernels/quantity-tally.ts';

/**
 * Cells that zones share (`zones.rule: coverage`): what a zone has of such a cell counts by its units. Whole cells are counted
 * as ever; these few are taken one by one.
 */
export class ShareTally {
  private readonly fractions: ZoneFractions;
  private readonly areas: WindowAreas;
  private readonly zones = new Map<number, { all: Tally; unread: Tally; classes: Map<number, Tally> }>();
  private readonly places = new Map<number, CellPlace>();
  private readonly quantities = new Map<string, Map<number, Map<number, QuantityTally>>>();
  private readonly imagery = new Map<string, Map<number, ImageryTally>>();

  constructor(fractions: ZoneFractions, areas: WindowAreas) {
    this.fractions = fractions;
    this.areas = areas;
  }

  /** `codes` by cell of the tile, MISSING and UNREAD where there is none. */
  addClasses(codes: Int32Array): void {
    const { row: top, col: left } = this.fractions.window;
    this.eachPart((cell, row, col, zoneIndex, units) => {
      const tally = { cells: units, area: this.areas.spanUnits(row, col, col + 1) * BigInt(units) };
      const zone = this.zones.get(zoneIndex) ?? { all: NO_TALLY, unread: NO_TALLY, classes: new Map() };
      this.zones.set(zoneIndex, zone);
      zone.all = sum(zone.all, tally);
      const code = codes[cell]!;
      if (code === UNREAD) zone.unread = sum(zone.unread, tally);
      if (code === UNREAD || code === MISSING) return;
      zone.classes.set(code, sum(zone.classes.get(code) ?? NO_TALLY, tally));
      // Parts come row by row, so the first of a class is its place.
      if (!this.places.has(code)) this.places.set(code, { row: top + row, col: left + col });
    });
  }

  /** Cells that are in some zone by a share. */
  sharedCells(): Set<number> {
    const cells = new Set<number>();
    this.eachPart((cell) => cells.add(cell));
    return cells;
  }

  addQuantity(quantity: Quantity, codes: Int32Array): void {
    const zones = new Map<number, Map<number, QuantityTally>>();
    this.eachPart((cell, row, col, zoneIndex, units) => {
      const code = codes[cell]!;
      const value = quantity.values[cell]!;
      if (code === MISSING || code === UNREAD || Number.isNaN(value)) return;
      const area = this.areas.spanUnits(row, col, col + 1);
      const part = fixedPointPart(quantity, value, this.areas.shareOf(area));
      const classes = zones.get(zoneIndex) ?? new Map<number, QuantityTally>();
      zones.set(zoneIndex, classes);
      const { cells, area: areaSum, sum: total } = classes.get(code) ?? { ...NO_TALLY, sum: 0n };
      classes.set(code, {
        cells: cells + units,
        area: areaSum + area * BigInt(units),
        sum: total + BigInt(part) * BigInt(units),
      });
    });
    this.quantities.set(quantity.name, zones);
  }

  /** `days` by take of the layer. */
  addImagery(name: string, { owners, hidden, values }: Composite, days: readonly (string | null)[]): void {
    const zones = new Map<number, { dates: Map<string, number>; masked: number }>();
    this.eachPart((cell, _row, _col, zoneIndex, units) => {
      const tally = zones.get(zoneIndex) ?? { dates: new Map<string, number>(), masked: 0 };
      zones.set(zoneIndex, tally);
      const day = owners[cell]! > FREE ? (days[owners[cell]!] ?? null) : null;
      if (day !== null) tally.dates.set(day, (tally.dates.get(day) ?? 0) + units);
      if (hidden[cell] === 1 && owners[cell] === FREE && Number.isNaN(values[cell]!)) tally.masked += units;
    });
    this.imagery.set(name, zones);
  }

  /** Counts in units of a cell (see `inCellUnits`). */
  partial(basis: string): Partial {
    const { zones, places, quantities, imagery } = this;
    return { ...emptyPartial(basis), zones, places, quantities, imagery, overlaps: this.fractions.overlaps };
  }

  private eachPart(visit: (cell: number, row: number, col: number, zone: number, units: number) => void): void {
    const { parts, window } = this.fractions;
    for (let at = 0; at < parts.length; at += PART_STRIDE) {
      const [row, col] = [parts[at]!, parts[at + 1]!];
      visit(row * window.cols + col, row, col, parts[at + 2]!, parts[at + 3]!);
    }
  }
}

function sum(a: Tally, b: Tally): Tally {
  return { cells: a.cells + b.cells, area: a.area + b.area };
}
