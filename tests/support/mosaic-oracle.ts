import type { Crs } from '../../src/shared/geo/crs.ts';
import { sameCrs } from '../../src/shared/geo/crs.ts';
import type { Lattice } from '../../src/shared/geo/grid.ts';
import { makeTransform, type Transform } from '../../src/shared/geo/project.ts';
import { MISSING } from '../../src/worker/aligned-scene.ts';
import type { CountedCity } from './counted-city.ts';
import type { TestRaster } from './geotiff-writer.ts';

/**
 * What every cell of a mosaic must hold, the plain way: its centre transformed by itself, the geotransform inverted, the
 * first scene in order whose pixel there is valid (or that has valid pixels under the cell, for `mode`). No lattice, no
 * tiles, no blocks.
 *
 * Near a pixel's edge (by `tolerance` pixels) either neighbour may be taken, so the answer is a set.
 */

export interface OracleScene {
  readonly raster: TestRaster;
  readonly crs: Crs;
  /** Of the spec, in place of the file's own. */
  readonly nodata?: number | null;
}

/** Values that a cell may have. */
export type Allowed = ReadonlySet<number>;

/** Positions within 2^-20 pixel of an edge belong to the pixel after it (docs/alignment.md). */
const ON_EDGE = 2 ** -20;
/** What doubles alone may do to that, in pixels, where nothing is transformed. */
const NOISE = 2 ** -21;

/** What a scene may give a cell. */
type Reader = (row: number, col: number) => Allowed;

export class MosaicOracle {
  private readonly readers: readonly Reader[];

  constructor(
    lattice: Lattice,
    scenes: readonly OracleScene[],
    tolerance: number,
    resample: 'nearest' | 'mode' = 'nearest',
  ) {
    this.readers = scenes.map((scene) => {
      const places = placesOf(scene, lattice);
      const slack = sameCrs(lattice.crs, scene.crs) ? NOISE : tolerance;
      return resample === 'mode' ? modeReader(scene, places, slack) : nearestReader(scene, places, slack);
    });
  }

  /** MISSING stands for no class. */
  at(row: number, col: number): Allowed {
    const allowed = new Set<number>();
    for (const reader of this.readers) {
      const own = reader(row, col);
      for (const value of own) if (value !== MISSING) allowed.add(value);
      if (!own.has(MISSING)) return allowed;
    }
    return allowed.add(MISSING);
  }
}

const TURNS = [-2, -1, 0, 1, 2];

interface Pixel {
  readonly row: number;
  readonly col: number;
}

/** Places of the lattice, in pixels of the scene: one for each whole turn of longitude; none outside the projection. */
function placesOf({ raster, crs }: OracleScene, lattice: Lattice): (row: number, col: number) => Pixel[] {
  const same = sameCrs(lattice.crs, crs);
  const transform: Transform = same ? (x, y) => [x, y] : makeTransform(lattice.crs, crs);
  const [x0, a, b, y0, c, d] = raster.geotransform;
  const determinant = a * d - b * c;
  const turns = crs.kind === 'geographic' ? TURNS.map((k) => (k * 360) / crs.unitSize) : [0];
  return (row, col) => {
    const [x, y] = transform(lattice.originX + col * lattice.cellWidth, lattice.originY - row * lattice.cellHeight);
    if (Number.isNaN(x + y)) return [];
    return turns.map((turn) => {
      const [dx, dy] = [x + turn - x0, y - y0];
      return { col: (d * dx - b * dy) / determinant, row: (a * dy - c * dx) / determinant };
    });
  };
}

/** The pixel under the centre, and its neighbours where that is near their edge. */
function nearestReader(scene: OracleScene, places: (row: number, col: number) => Pixel[], slack: number): Reader {
  const { raster } = scene;
  const missing = nodataOf(scene);
  return (cellRow, cellCol) => {
    const found = new Set<number>();
    for (const place of places(cellRow + 0.5, cellCol + 0.5)) {
      const [row, col] = [place.row + ON_EDGE, place.col + ON_EDGE];
      // A turn that misses the image says nothing where another one meets it.
      if (col < -slack || row < -slack || col > raster.cols + slack || row > raster.rows + slack) continue;
      for (const r of [row - slack, row + slack])
        for (const c of [col - slack, col + slack]) found.add(pixel(raster, Math.floor(r), Math.floor(c), missing));
    }
    return found.size === 0 ? found.add(MISSING) : found;
  };
}

/** Classes of about the largest covered area, in the rectangle between the cell's top-left and bottom-right corners. */
function modeReader(scene: OracleScene, places: (row: number, col: number) => Pixel[], slack: number): Reader {
  const { raster } = scene;
  const missing = nodataOf(scene);
  return (cellRow, cellCol) => {
    const others = places(cellRow + 1, cellCol + 1);
    const found = new Set<number>();
    for (const [turn, corner] of places(cellRow, cellCol).entries()) {
      const other = others[turn];
      if (other === undefined) continue;
      const [top, bottom] = [Math.min(corner.row, other.row), Math.max(corner.row, other.row)];
      const [left, right] = [Math.min(corner.col, other.col), Math.max(corner.col, other.col)];
      if (right < -slack || bottom < -slack || left > raster.cols + slack || top > raster.rows + slack) continue;
      const areas = areasUnder(raster, missing, { top, bottom, left, right });
      const doubt = 2 * slack * (right - left + bottom - top + 4 * slack) + 1e-6;
      const largest = Math.max(0, ...areas.values());
      for (const [code, area] of areas) if (area >= largest - 2 * doubt) found.add(code);
      // A pixel that is hardly touched, or hardly not, may be all there is.
      if (largest <= doubt)
        for (const code of touched(raster, missing, { top, bottom, left, right }, slack)) found.add(code);
      if (largest <= doubt) found.add(MISSING);
    }
    return found.size === 0 ? found.add(MISSING) : found;
  };
}

interface Rectangle {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

function areasUnder(raster: TestRaster, missing: number | null, at: Rectangle): Map<number, number> {
  const areas = new Map<number, number>();
  for (let row = Math.max(0, Math.floor(at.top)); row < Math.min(raster.rows, at.bottom); row++) {
    for (let col = Math.max(0, Math.floor(at.left)); col < Math.min(raster.cols, at.right); col++) {
      const code = pixel(raster, row, col, missing);
      if (code === MISSING) continue;
      const height = Math.min(row + 1, at.bottom) - Math.max(row, at.top);
      const width = Math.min(col + 1, at.right) - Math.max(col, at.left);
      areas.set(code, (areas.get(code) ?? 0) + height * width);
    }
  }
  return areas;
}

function touched(raster: TestRaster, missing: number | null, at: Rectangle, slack: number): Iterable<number> {
  const wider = { top: at.top - slack, bottom: at.bottom + slack, left: at.left - slack, right: at.right + slack };
  return areasUnder(raster, missing, wider).keys();
}

function nodataOf({ raster, nodata }: OracleScene): number | null {
  return nodata === undefined ? raster.nodata : nodata;
}

function pixel({ rows, cols, samples }: TestRaster, row: number, col: number, missing: number | null): number {
  if (row < 0 || row >= rows || col < 0 || col >= cols) return MISSING;
  const value = samples[row * cols + col] as number;
  return value === missing ? MISSING : value;
}

/** A zone as the file has it: rings of x, y in the file's CRS, even-odd. */
export interface OracleZone {
  readonly rings: readonly (readonly (readonly [number, number])[])[];
}

/** Zones of a GeoJSON collection that the tests wrote. */
export function oracleZones(collection: object): OracleZone[] {
  const { features } = collection as {
    features: { geometry: { type: string; coordinates: unknown } }[];
  };
  return features.map(({ geometry }) => {
    const polygons = (geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates) as [
      number,
      number,
    ][][][];
    return { rings: polygons.flat() };
  });
}

/** Offsets, in cells, at which the outline is asked beside the centre: edges may lie a twentieth of a cell off. */
const BESIDE = 0.08;
const AROUND = [-BESIDE, 0, BESIDE].flatMap((row) => [-BESIDE, 0, BESIDE].map((col) => [row, col] as const));

/** Which zones a cell may belong to: asked in the file's own CRS, where the edges are straight. */
export class ZoneOracle {
  private readonly lattice: Lattice;
  private readonly zones: readonly OracleZone[];
  private readonly transform: Transform;
  private readonly back: Transform;
  private readonly turn: number;
  private readonly exact: boolean;

  constructor(lattice: Lattice, zones: readonly OracleZone[], crs: Crs) {
    this.lattice = lattice;
    this.zones = zones;
    this.exact = sameCrs(lattice.crs, crs);
    this.transform = this.exact ? (x, y) => [x, y] : makeTransform(lattice.crs, crs);
    this.back = this.exact ? (x, y) => [x, y] : makeTransform(crs, lattice.crs);
    // A grid of longitudes has cells beyond 180 degrees, and zones end there.
    this.turn = crs.kind === 'geographic' && !this.exact ? 360 / crs.unitSize : 0;
  }

  /** -1 stands for none. */
  at(row: number, col: number): Allowed {
    const { originX, originY, cellWidth, cellHeight } = this.lattice;
    const beside = this.exact ? 1e-6 / BESIDE : 1;
    const points = AROUND.map(([r, c]) =>
      this.inFile(originX + (col + 0.5 + c * beside) * cellWidth, originY - (row + 0.5 + r * beside) * cellHeight),
    );
    const allowed = new Set<number>();
    // Each outline may lie off by itself, also where two zones share it.
    for (const [zone, { rings }] of this.zones.entries()) {
      const inside = points.filter((point) => point?.some(([x, y]) => isInside(rings, x, y))).length;
      if (inside > 0) allowed.add(zone);
      if (inside === points.length) return allowed;
    }
    return allowed.add(-1);
  }

  /** Beyond the border of the grid's own projection there is no second copy of the Earth. */
  private isOnEarth(x: number, y: number, there: readonly [number, number]): boolean {
    const [backX, backY] = this.back(...there);
    const { cellWidth, cellHeight } = this.lattice;
    return Math.abs(backX - x) < cellWidth / 100 && Math.abs(backY - y) < cellHeight / 100;
  }

  /** A place of the grid in the file's CRS, at every whole turn of longitude; null where there is none. */
  private inFile(gridX: number, gridY: number): readonly (readonly [number, number])[] | null {
    const there = this.transform(gridX, gridY);
    const [x, y] = there;
    if (Number.isNaN(x + y) || !this.isOnEarth(gridX, gridY, there)) return null;
    return this.turn === 0 ? [there] : [-1, 0, 1].map((turns) => [x + turns * this.turn, y] as const);
  }
}

function isInside(rings: OracleZone['rings'], x: number, y: number): boolean {
  let inside = false;
  for (const ring of rings) {
    for (let i = 0; i + 1 < ring.length; i++) {
      const [[x0, y0], [x1, y1]] = [ring[i] as readonly [number, number], ring[i + 1] as readonly [number, number]];
      if (y0 > y === y1 > y) continue;
      if (x < x0 + ((y - y0) * (x1 - x0)) / (y1 - y0)) inside = !inside;
    }
  }
  return inside;
}

export interface Comparison {
  /** Cells in zones. */
  readonly cells: number;
  /** Of these, cells with a class. */
  readonly seen: number;
  /** Cells whose centre is so near a pixel's edge that two values are right. */
  readonly nearPixelEdge: number;
  /** Cells, in zones or not, that an outline passes so near that two zones are right. */
  readonly nearOutline: number;
  /** Cells that are none of what they may be; the first ten in words. */
  readonly wrong: readonly string[];
}

/** Every cell of every tile, or each of so many, against both oracles. */
export function compareCells(city: CountedCity, mosaic: MosaicOracle, zoning: ZoneOracle, each = 1): Comparison {
  const found = { cells: 0, seen: 0, nearPixelEdge: 0, nearOutline: 0 };
  const wrong: string[] = [];
  const expectIn = (what: string, place: string, value: number, allowed: Allowed) => {
    if (allowed.has(value)) return;
    if (wrong.length < 10) wrong.push(`${what} of cell ${place} is ${value}, not ${[...allowed].join(' or ')}`);
  };
  for (const { window, codes, zones } of city.tiles) {
    for (let cell = 0; cell < codes.length; cell += each) {
      const row = window.row + Math.floor(cell / window.cols);
      const col = window.col + (cell % window.cols);
      const place = `${row}, ${col}`;
      const inZones = zoning.at(row, col);
      if (inZones.size > 1) found.nearOutline++;
      expectIn('zone', place, zones[cell] as number, inZones);
      if (zones[cell] === -1) continue;
      const allowed = mosaic.at(row, col);
      if (allowed.size > 1) found.nearPixelEdge++;
      found.cells++;
      if (codes[cell] !== MISSING) found.seen++;
      expectIn('class', place, codes[cell] as number, allowed);
    }
  }
  return { ...found, wrong };
}

/** Cells of each class in each zone, `zone class` to count, from what the tiles hold; -1 as class: all cells of the zone. */
export function talliesOfCells({ tiles }: CountedCity): Map<string, number> {
  const tallies = new Map<string, number>();
  const add = (key: string) => tallies.set(key, (tallies.get(key) ?? 0) + 1);
  for (const { codes, zones } of tiles) {
    for (const [cell, zone] of zones.entries()) {
      if (zone === -1) continue;
      add(`${zone} all`);
      if (codes[cell] !== MISSING) add(`${zone} ${codes[cell]}`);
    }
  }
  return tallies;
}

/** The same from the partial: what is published. */
export function talliesOfPartial({ partial }: CountedCity): Map<string, number> {
  const tallies = new Map<string, number>();
  for (const [zone, { all, classes }] of partial.zones) {
    if (all.cells > 0) tallies.set(`${zone} all`, all.cells);
    for (const [code, { cells }] of classes) tallies.set(`${zone} ${code}`, cells);
  }
  return tallies;
}
