import type { Crs } from '../../src/shared/geo/crs.ts';
import { sameCrs } from '../../src/shared/geo/crs.ts';
import type { Lattice } from '../../src/shared/geo/grid.ts';
import { makeTransform, type Transform } from '../../src/shared/geo/project.ts';
import { MISSING } from '../../src/worker/aligned-scene.ts';
import type { CountedCity } from './counted-city.ts';
import type { TestRaster } from './geotiff-writer.ts';

/**
 * What every cell of a mosaic must hold, the plain way: its centre transformed by itself, the geotransform inverted, the
 * first scene in order whose pixel there is valid. No lattice, no tiles, no blocks.
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

export class MosaicOracle {
  private readonly lattice: Lattice;
  private readonly readers: readonly ((x: number, y: number) => Allowed)[];

  constructor(lattice: Lattice, scenes: readonly OracleScene[], tolerance: number) {
    this.lattice = lattice;
    this.readers = scenes.map((scene) => readerOf(scene, lattice.crs, tolerance));
  }

  /** MISSING stands for no class. */
  at(row: number, col: number): Allowed {
    const x = this.lattice.originX + (col + 0.5) * this.lattice.cellWidth;
    const y = this.lattice.originY - (row + 0.5) * this.lattice.cellHeight;
    const allowed = new Set<number>();
    for (const reader of this.readers) {
      const own = reader(x, y);
      for (const value of own) if (value !== MISSING) allowed.add(value);
      if (!own.has(MISSING)) return allowed;
    }
    return allowed.add(MISSING);
  }
}

const TURNS = [-2, -1, 0, 1, 2];

function readerOf(
  { raster, crs, nodata }: OracleScene,
  grid: Crs,
  tolerance: number,
): (x: number, y: number) => Allowed {
  const same = sameCrs(grid, crs);
  const transform: Transform = same ? (x, y) => [x, y] : makeTransform(grid, crs);
  const [x0, a, b, y0, c, d] = raster.geotransform;
  const determinant = a * d - b * c;
  const slack = same ? NOISE : tolerance;
  const missing = nodata === undefined ? raster.nodata : nodata;
  const turn = crs.kind === 'geographic' ? 360 / crs.unitSize : 0;
  return (x, y) => {
    const [mapX, mapY] = transform(x, y);
    const found = new Set<number>();
    if (Number.isNaN(mapX + mapY)) return found.add(MISSING);
    for (const k of turn === 0 ? [0] : TURNS) {
      const [dx, dy] = [mapX + k * turn - x0, mapY - y0];
      const col = (d * dx - b * dy) / determinant + ON_EDGE;
      const row = (a * dy - c * dx) / determinant + ON_EDGE;
      if (col < -slack || row < -slack || col > raster.cols + slack || row > raster.rows + slack) continue;
      for (const [r, s] of [
        [row - slack, col - slack],
        [row - slack, col + slack],
        [row + slack, col - slack],
        [row + slack, col + slack],
      ] as const)
        found.add(pixel(raster, Math.floor(r), Math.floor(s), missing));
    }
    // A turn that misses the image says nothing where another one meets it.
    return found.size === 0 ? found.add(MISSING) : found;
  };
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
    const allowed = new Set<number>();
    for (const [r, c] of AROUND) {
      const x = originX + (col + 0.5 + c * beside) * cellWidth;
      const y = originY - (row + 0.5 + r * beside) * cellHeight;
      allowed.add(this.zoneAt(x, y));
    }
    return allowed;
  }

  /** Beyond the border of the grid's own projection there is no second copy of the Earth. */
  private isOnEarth(x: number, y: number, there: readonly [number, number]): boolean {
    const [backX, backY] = this.back(...there);
    const { cellWidth, cellHeight } = this.lattice;
    return Math.abs(backX - x) < cellWidth / 100 && Math.abs(backY - y) < cellHeight / 100;
  }

  private zoneAt(gridX: number, gridY: number): number {
    const there = this.transform(gridX, gridY);
    const [x, y] = there;
    if (Number.isNaN(x + y) || !this.isOnEarth(gridX, gridY, there)) return -1;
    const xs = this.turn === 0 ? [x] : [x - this.turn, x, x + this.turn];
    return this.zones.findIndex(({ rings }) => xs.some((one) => isInside(rings, one, y)));
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
