import { grownWindow } from '../../src/shared/geo/window.ts';
import { builtFootprint, haloCells } from '../../src/worker/kernels/built-footprint.ts';
import { bandRaster } from './band-raster.ts';
import { plainFootprint } from './green-oracle.ts';

/**
 * A city for maps, and what its maps must hold by plain loops over all of it. Cells of 50 m; built-up land with gardens
 * and parks in it, soil from a raster; zones end in a straight line in the east, and beyond there is none.
 */
export interface CityShape {
  readonly rows: number;
  readonly cols: number;
  readonly seed: number;
  /** Rectangles of built-up land, of what lies on it, and their longest sides. */
  readonly builtBlobs: readonly [count: number, most: number];
  readonly otherBlobs: readonly [count: number, most: number];
  /** Cells in zones. */
  isInZones(row: number, col: number): boolean;
}

export const CITY_EPSG = 32650;
export const CITY_CORNER = { x: 500_000, y: 3_000_000 } as const;
export const CELL_M = 50;
export const CELL_HA = 0.25;
/** Cells along a square of the maps of means: 1 km. */
export const SQUARE = 20;

const [TREES, GRASS, WATER, BUILT, BARE, LARGE, SMALL] = [1, 2, 3, 5, 7, 40, 41];
type Row = readonly [above: number, below: number, soil: number, rate: number, soilRate: number];
const ROWS: Readonly<Record<number, Row>> = {
  [TREES]: [60, 15, 90, 2, 0.3],
  [GRASS]: [5, 4, 80, 0.5, 0.1],
  [WATER]: [0, 0, 0, 0, 0],
  [BUILT]: [0, 0, 20, 0, 0],
  [BARE]: [1, 0.5, 30, 0, -0.05],
  [LARGE]: [30, 8, 70, 1.5, 0.2],
  [SMALL]: [10, 3, 60, 1, 0.1],
};
const NAMES = ['Trees', 'Grass', 'Water', 'Built-up', 'Bare', '"Urban green, large"', '"Urban green, small"'];

export const CITY_FACTORS = `class,name,green,built,above,below,soil,sequestration,soil_sequestration
${[TREES, GRASS, WATER, BUILT, BARE, LARGE, SMALL]
  .map((code, i) => [code, NAMES[i], code <= 2, code === BUILT, ...(ROWS[code] as Row)].join(','))
  .join('\n')}
`;

/** Discs of 2 cells close gaps, holes of up to 10 are filled; patches of 4 cells count, of 20 are large. */
export const CITY_GREEN = { from: 'classes', closing_m: 100, holes_ha: 2.5, min_ha: 1, small_ha: 5 };
const FOOTPRINT = { closingCells: 2, holeCells: 10 };
const [MIN_CELLS, LARGE_CELLS] = [4, 20];

const NOWHERE = Number.NaN;

export class MapCity {
  readonly shape: CityShape;
  readonly cells: number;
  readonly cover: Uint8Array;
  /** kg/m2; -1: none. */
  readonly soil: Float32Array;
  /** Codes with and without small green, and values of patches; NaN where no map has anything. */
  readonly whole: Float64Array;
  readonly bare: Float64Array;
  readonly patches: Float64Array;
  private state: number;

  constructor(shape: CityShape) {
    this.shape = shape;
    this.cells = shape.rows * shape.cols;
    this.state = shape.seed;
    const built = this.blobs(BARE, [BUILT], shape.builtBlobs);
    const on = this.blobs(0, [TREES, GRASS, WATER, BUILT, TREES], shape.otherBlobs);
    this.cover = built.map((code, cell) => (this.draw(70) === 0 ? 0 : on[cell] || code));
    this.soil = Float32Array.from({ length: this.cells }, () => (this.draw(9) === 0 ? -1 : this.draw(160) / 8));
    [this.whole, this.bare, this.patches] = this.refined();
  }

  private draw(limit: number): number {
    this.state = (Math.imul(this.state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.state / 2 ** 32) * limit);
  }

  private blobs(ground: number, kinds: readonly number[], [count, most]: readonly [number, number]): Uint8Array {
    const { rows: allRows, cols: allCols } = this.shape;
    const codes = new Uint8Array(this.cells).fill(ground);
    for (let i = 0; i < count; i++) {
      const [top, left] = [this.draw(allRows), this.draw(allCols)];
      const [rows, cols, kind] = [1 + this.draw(most), 1 + this.draw(most), this.draw(kinds.length)];
      for (let row = top; row < Math.min(allRows, top + rows); row++)
        codes.fill(kinds[kind] as number, row * allCols + left, row * allCols + Math.min(allCols, left + cols));
    }
    return codes;
  }

  private isCounted(cell: number): boolean {
    const { cols } = this.shape;
    return this.cover[cell] !== 0 && this.shape.isInZones(Math.floor(cell / cols), cell % cols);
  }

  /** Cells of the patch of each green cell, over the whole city; 0: not green. */
  private patchSizes(): Int32Array {
    const { rows, cols } = this.shape;
    const isGreen = (cell: number) =>
      (this.cover[cell] === TREES || this.cover[cell] === GRASS) && this.isCounted(cell);
    const sizes = new Int32Array(this.cells);
    const seen = new Uint8Array(this.cells);
    for (let first = 0; first < this.cells; first++) {
      if (seen[first] === 1 || !isGreen(first)) continue;
      const patch = [first];
      seen[first] = 1;
      for (const cell of patch) {
        for (let part = 0; part < 9; part++) {
          const [row, col] = [Math.floor(cell / cols) + Math.floor(part / 3) - 1, (cell % cols) + (part % 3) - 1];
          const next = row * cols + col;
          if (row < 0 || col < 0 || row >= rows || col >= cols || seen[next] === 1 || !isGreen(next)) continue;
          seen[next] = 1;
          patch.push(next);
        }
      }
      for (const cell of patch) sizes[cell] = patch.length;
    }
    return sizes;
  }

  /** By its definition, or in large cities, where that takes minutes, by the kernel over all of the city at once. */
  private footprint(): Uint8Array {
    const { rows, cols } = this.shape;
    const window = { row: 0, col: 0, rows, cols };
    if (this.cells <= 10_000) {
      return plainFootprint(window, FOOTPRINT, (row, col) => {
        return row >= 0 && col >= 0 && row < rows && col < cols && this.cover[row * cols + col] === BUILT;
      });
    }
    const rule = { radius: FOOTPRINT.closingCells, holeCells: FOOTPRINT.holeCells };
    const around = grownWindow(window, haloCells(rule));
    const codes = new Int32Array(around.rows * around.cols);
    for (let row = 0; row < rows; row++) {
      const start = (row - around.row) * around.cols - around.col;
      codes.set(this.cover.subarray(row * cols, (row + 1) * cols), start);
    }
    return builtFootprint({ window: around, codes, built: new Set([BUILT]) }, window, rule);
  }

  private refined(): [Float64Array, Float64Array, Float64Array] {
    const footprint = this.footprint();
    const sizes = this.patchSizes();
    const none = () => new Float64Array(this.cells).fill(NOWHERE);
    const [whole, bare, patches] = [none(), none(), none()];
    for (let cell = 0; cell < this.cells; cell++) {
      if (!this.isCounted(cell)) continue;
      const size = footprint[cell] === 1 ? (sizes[cell] as number) : 0;
      const value = size === 0 ? 0 : size < MIN_CELLS ? 1 : size < LARGE_CELLS ? 2 : 3;
      patches[cell] = value;
      whole[cell] = [this.cover[cell] as number, BUILT, SMALL, LARGE][value] as number;
      bare[cell] = [this.cover[cell] as number, BUILT, BUILT, LARGE][value] as number;
    }
    return [whole, bare, patches];
  }

  /** Soil in t/ha: the raster's where it has a value (none under water), else the table's. */
  private soilOf(cell: number, hasRaster: boolean): number {
    const code = this.whole[cell] as number;
    const measured = this.soil[cell] as number;
    if (!hasRaster || measured === -1 || Number.isNaN(code)) return column(code, 2);
    return code === WATER ? 0 : measured * 10;
  }

  /** Cells of maps on the grid. */
  expectedMaps(hasRaster: boolean): Record<string, Float64Array> {
    const byCell = (of: (code: number, cell: number) => number) =>
      this.whole.map((code, cell) => Math.fround(of(code, cell)));
    return {
      storage: byCell((code, cell) => column(code, 0) + column(code, 1) + this.soilOf(cell, hasRaster)),
      above: byCell((code) => column(code, 0)),
      below: byCell((code) => column(code, 1)),
      soil: byCell((_, cell) => this.soilOf(cell, hasRaster)),
      sequestration: byCell((code) => column(code, 3) + column(code, 4)),
      class: this.whole,
      green_patches: this.patches,
    };
  }

  /** What soil of the table and small green add in each cell. */
  added(): { storage: Float64Array; sequestration: Float64Array } {
    const sums = (codes: Float64Array, columns: readonly number[]) =>
      codes.map((code) => columns.reduce((sum, at) => sum + column(code, at), 0));
    const [all, plants] = [sums(this.whole, [0, 1, 2]), sums(this.bare, [0, 1])];
    const [rates, plantRates] = [sums(this.whole, [3, 4]), sums(this.bare, [3])];
    return {
      storage: all.map((value, cell) => value - (plants[cell] as number)),
      sequestration: rates.map((value, cell) => value - (plantRates[cell] as number)),
    };
  }

  /** Means over squares of valid cells; NaN where there is none. */
  squareMeans(values: Float64Array): number[] {
    const { rows, cols } = this.shape;
    const across = Math.ceil(cols / SQUARE);
    const sums = Array.from({ length: Math.ceil(rows / SQUARE) * across }, () => ({ count: 0, sum: 0 }));
    values.forEach((value, cell) => {
      const square = Math.floor(cell / cols / SQUARE) * across + Math.floor((cell % cols) / SQUARE);
      const found = sums[square];
      if (found === undefined || Number.isNaN(value)) return;
      found.count++;
      found.sum += value;
    });
    return sums.map(({ count, sum }) => sum / count);
  }

  coverFile(): Uint8Array {
    return bandRaster({ ...this.place(), samples: this.cover, nodata: '0' });
  }

  soilFile(): Uint8Array {
    return bandRaster({ ...this.place(), samples: this.soil, nodata: '-1' });
  }

  private place() {
    const { rows, cols } = this.shape;
    return { epsg: CITY_EPSG, originX: CITY_CORNER.x, originY: CITY_CORNER.y, rows, cols, cell: CELL_M };
  }
}

function column(code: number, at: number): number {
  return Number.isNaN(code) ? NOWHERE : (ROWS[code]?.[at] as number);
}
