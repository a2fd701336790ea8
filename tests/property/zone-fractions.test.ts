import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PackedZones, packZones } from '../../src/shared/geo/packed-zones.ts';
import type { Window } from '../../src/shared/geo/window.ts';
import {
  CELL_UNITS,
  FRACTION_SPAN_STRIDE,
  fractionTallies,
  PART_STRIDE,
  type ZoneFractions,
  zoneFractions,
} from '../../src/shared/raster/zone-fractions.ts';
import { cellsOf, cutWindow } from '../support/cells-oracle.ts';
import { UTM_50N } from '../support/plan-parts.ts';
import { anyZones, packRandomZones } from '../support/random-zones.ts';

/**
 * Random maps: a net of crooked quadrangles whose faces belong to zones at random, so that zones have holes, islands, islands in
 * holes and corners where they touch themselves. Outlines are traced, turned around at random and shuffled.
 */

type Point = readonly [number, number];
type Ring = readonly Point[];

interface RandomMap {
  /** Rings of each zone as drawn: any direction, any order, first point not repeated. */
  readonly zones: readonly (readonly Ring[])[];
  /** The same with the zone always on one side, so that signed areas add up. */
  readonly upright: readonly (readonly Ring[])[];
  /** Outline of all zones together, without the edges between them. */
  readonly union: readonly Ring[];
}

const LATTICE = { crs: UTM_50N, originX: 0, originY: 0, cellWidth: 1, cellHeight: 1 };
const SIDE = 5;

const jitter = fc.double({ min: -0.2, max: 0.2, noNaN: true });
const spread = fc.constantFrom(0.11, 0.5, 1, 1.7, 3.1);
/** Nets whose faces are a few units wide, so that rounding turns some of them inside out. */
const sliver = fc.tuple(fc.constantFrom(1e-6, 2e-6, 5e-6), spread);

const scattered = fc.array(fc.integer({ min: -1, max: 3 }), { minLength: SIDE * SIDE, maxLength: SIDE * SIDE });
/** A zone around another, or around a hole, around an island of the first; some faces changed. */
const nested = fc
  .tuple(
    fc.constantFrom(-1, 1),
    fc.constantFrom(0, 2),
    fc.array(fc.tuple(fc.nat(SIDE * SIDE - 1), fc.integer({ min: -1, max: 1 })), { maxLength: 3 }),
  )
  .map(([ring, core, changes]) => {
    const faces = Array.from({ length: SIDE * SIDE }, (_, face) => {
      const depth = Math.min(...[face % SIDE, Math.floor(face / SIDE)].map((i) => Math.min(i, SIDE - 1 - i)));
      return [0, ring, core][depth] ?? -1;
    });
    for (const [face, zone] of changes) faces[face] = zone;
    return faces;
  });

/** Zone -1 is the country outside. Columns and rows of the net are turned, stretched and moved into cell space. */
const randomMap: fc.Arbitrary<RandomMap> = fc
  .record({
    faces: fc.oneof(scattered, nested),
    jitters: fc.array(jitter, { minLength: (SIDE + 1) ** 2 * 2, maxLength: (SIDE + 1) ** 2 * 2 }),
    straight: fc.boolean(),
    turn: fc.double({ min: 0, max: 7, noNaN: true }),
    stretch: fc.oneof({ weight: 3, arbitrary: fc.tuple(spread, spread) }, { weight: 1, arbitrary: sliver }),
    moveBy: fc.tuple(fc.constantFrom(0, 3.25, -2.7), fc.constantFrom(0, 4.5, -1.3, 1e6)),
    reversed: fc.array(fc.boolean(), { minLength: 200, maxLength: 200 }),
  })
  .map(({ faces, jitters, straight, turn, stretch, moveBy, reversed }) => {
    const points = Array.from({ length: (SIDE + 1) ** 2 }, (_, i): Point => {
      const [col, row] = [i % (SIDE + 1), Math.floor(i / (SIDE + 1))];
      // Straight nets of halves run along the edges and through the corners of cells.
      if (straight) return [col * 1.5 + moveBy[0], row * 0.5 + moveBy[1]];
      const [x, y] = [(col + jitters[i * 2]!) * stretch[0], (row + jitters[i * 2 + 1]!) * stretch[1]];
      return [x * Math.cos(turn) - y * Math.sin(turn) + moveBy[0], x * Math.sin(turn) + y * Math.cos(turn) + moveBy[1]];
    });
    const upright = [0, 1, 2, 3].map((zone) =>
      outlines(faces.map((owner) => owner === zone)).map((ring) => ring.map((i) => points[i]!)),
    );
    const union = outlines(faces.map((owner) => owner >= 0)).map((ring) => ring.map((i) => points[i]!));
    let ring = 0;
    const zones = upright.map((rings) => {
      const drawn = rings.map((points) => (reversed[ring++ % 200] ? [...points].reverse() : points));
      return reversed[ring % 200] ? drawn.reverse() : drawn;
    });
    return { zones, upright, union };
  });

/** Outlines of the faces chosen, as numbers of points: edges that two of them share are dropped. */
function outlines(chosen: readonly boolean[]): number[][] {
  const edges = new Set<string>();
  chosen.forEach((isChosen, face) => {
    if (!isChosen) return;
    const corner = Math.floor(face / SIDE) * (SIDE + 1) + (face % SIDE);
    const corners = [corner, corner + 1, corner + SIDE + 2, corner + SIDE + 1];
    corners.forEach((from, i) => {
      const to = corners[(i + 1) % 4]!;
      if (!edges.delete(`${to},${from}`)) edges.add(`${from},${to}`);
    });
  });
  const rings: number[][] = [];
  while (edges.size > 0) {
    const ring: number[] = [];
    let edge: string | undefined = [...edges][0];
    while (edge !== undefined) {
      edges.delete(edge);
      const [from, to] = edge.split(',').map(Number) as [number, number];
      ring.push(from);
      edge = to === ring[0] ? undefined : [...edges].find((next) => next.startsWith(`${to},`));
    }
    rings.push(ring);
  }
  return rings;
}

function pack(zones: readonly (readonly Ring[])[]): PackedZones {
  return packZones(
    LATTICE,
    zones.map((rings, index) => ({
      id: String(index),
      name: '',
      polygons: rings.map((ring) => [Float64Array.from([...ring, ring[0]!].flatMap(([col, row]) => [col, -row]))]),
    })),
  );
}

function windowAround(zones: readonly (readonly Ring[])[]): Window {
  const points = zones.flat(2);
  if (points.length === 0) return { row: 0, col: 0, rows: 2, cols: 2 };
  const cols = points.map(([col]) => col);
  const rows = points.map(([, row]) => row);
  const [col, row] = [Math.floor(Math.min(...cols)) - 1, Math.floor(Math.min(...rows)) - 1];
  return { row, col, rows: Math.ceil(Math.max(...rows)) - row + 1, cols: Math.ceil(Math.max(...cols)) - col + 1 };
}

/** Units by `row,col,zone` in cells of the lattice; fails where the form is broken. */
function unitsOf({ window, rowStarts, spans, rowPartStarts, parts }: ZoneFractions): Map<string, number> {
  const units = new Map<string, number>();
  const taken = new Map<string, number>();
  const put = (row: number, col: number, zone: number, count: number) => {
    const cell = `${row + window.row},${col + window.col}`;
    expect(col >= 0 && col < window.cols && count > 0 && count <= CELL_UNITS).toBe(true);
    expect(units.has(`${cell},${zone}`)).toBe(false);
    units.set(`${cell},${zone}`, count);
    taken.set(cell, (taken.get(cell) ?? 0) + count);
  };
  for (let row = 0; row < window.rows; row++) {
    for (let span = rowStarts[row]!; span < rowStarts[row + 1]!; span++) {
      const [start = 0, end = 0, zone = 0] = spans.subarray(span * FRACTION_SPAN_STRIDE);
      for (let col = start; col < end; col++) put(row, col, zone, CELL_UNITS);
    }
    for (let part = rowPartStarts[row]!; part < rowPartStarts[row + 1]!; part++) {
      const [ofRow = -1, col = 0, zone = 0, count = 0] = parts.subarray(part * PART_STRIDE);
      expect(ofRow).toBe(row);
      put(row, col, zone, count);
    }
  }
  expect(Math.max(0, ...taken.values())).toBeLessThanOrEqual(CELL_UNITS);
  return units;
}

function signedArea(ring: Ring): number {
  const [x0, y0] = ring[0]!;
  return (
    ring.reduce((sum, [ax, ay], i) => {
      const [bx, by] = ring[(i + 1) % ring.length]!;
      return sum + (ax - x0) * (by - y0) - (bx - x0) * (ay - y0);
    }, 0) / 2
  );
}

/** Sutherland and Hodgman: the part of a ring within a cell, side by side of it; then its signed area. */
function areaInCell(ring: Ring, row: number, col: number): number {
  const sides = [
    { axis: 0, at: col, keep: 1 },
    { axis: 0, at: col + 1, keep: -1 },
    { axis: 1, at: row, keep: 1 },
    { axis: 1, at: row + 1, keep: -1 },
  ] as const;
  let points = ring;
  for (const { axis, at, keep } of sides) {
    points = points.flatMap((a, i) => {
      const b = points[(i + 1) % points.length]!;
      const [fromIn, toIn] = [(a[axis] - at) * keep >= 0, (b[axis] - at) * keep >= 0];
      const share = (at - a[axis]) / (b[axis] - a[axis]);
      const other = a[1 - axis]! + share * (b[1 - axis]! - a[1 - axis]!);
      const met: Point = axis === 0 ? [at, other] : [other, at];
      return [...(fromIn ? [a] : []), ...(fromIn !== toIn ? [met] : [])];
    });
    if (points.length === 0) return 0;
  }
  return signedArea(points);
}

/** Edges whose box touches a cell. */
function edgesNear(ring: Ring, row: number, col: number): number {
  return ring.filter(([ax, ay], i) => {
    const [bx, by] = ring[(i + 1) % ring.length]!;
    return (
      Math.min(ax, bx) <= col + 1 && Math.max(ax, bx) >= col && Math.min(ay, by) <= row + 1 && Math.max(ay, by) >= row
    );
  }).length;
}

describe('the fractions that zones of a random map cover', () => {
  it('are those of exact clipping, to a unit an edge, and zones of one map never overlap', () => {
    fc.assert(
      fc.property(randomMap, (map) => {
        const window = windowAround(map.zones);
        const found = zoneFractions(pack(map.zones), window);
        const units = unitsOf(found);
        expect([...found.overlaps.values()].reduce((sum, count) => sum + count, 0)).toBe(0);
        let worst = 0;
        for (const { row, col } of cellsOf(window)) {
          map.upright.forEach((rings, zone) => {
            const exact = rings.reduce((sum, ring) => sum + areaInCell(ring, row, col), 0) * CELL_UNITS;
            const edges = rings.reduce((sum, ring) => sum + edgesNear(ring, row, col), 0);
            const off = Math.abs((units.get(`${row},${col},${zone}`) ?? 0) - exact);
            worst = Math.max(worst, off / (edges + 1));
          });
        }
        expect(worst).toBeLessThanOrEqual(1);
      }),
      { numRuns: 150 },
    );
  });

  it('add up, cell by cell, to what the map covers as one zone: to the whole wherever no outer border runs', () => {
    fc.assert(
      fc.property(randomMap, (map) => {
        const window = windowAround(map.zones);
        const units = unitsOf(zoneFractions(pack(map.zones), window));
        const union = unitsOf(zoneFractions(pack([map.union]), window));
        const sums = new Map<string, number>();
        for (const [key, count] of units) {
          const cell = `${key.slice(0, key.lastIndexOf(','))},0`;
          sums.set(cell, (sums.get(cell) ?? 0) + count);
        }
        expect(sums).toEqual(union);
      }),
      { numRuns: 400 },
    );
  });

  it('add up to the area of each zone', () => {
    fc.assert(
      fc.property(randomMap, (map) => {
        const window = windowAround(map.zones);
        const tallies = fractionTallies(zoneFractions(pack(map.zones), window), null);
        map.upright.forEach((rings, zone) => {
          const area = rings.reduce((sum, ring) => sum + signedArea(ring), 0);
          const found = (tallies.get(zone)?.units ?? 0) / CELL_UNITS;
          const border = rings.flat().length * (window.rows + window.cols);
          expect(Math.abs(found - area)).toBeLessThanOrEqual(border / CELL_UNITS);
        });
      }),
      { numRuns: 150 },
    );
  });

  it('are the same to the unit through any windows', () => {
    const size = fc.integer({ min: 1, max: 9 });
    fc.assert(
      fc.property(randomMap, size, size, (map, rows, cols) =>
        sameThroughTiles(pack(map.zones), windowAround(map.zones), rows, cols),
      ),
      { numRuns: 150 },
    );
  });
});

function sameThroughTiles(packed: PackedZones, window: Window, rows: number, cols: number): void {
  const whole = zoneFractions(packed, window);
  const joined = new Map<string, number>();
  const overlaps = new Map<string, number>();
  for (const tile of cutWindow(window, rows, cols)) {
    const found = zoneFractions(packed, tile);
    for (const [key, count] of unitsOf(found)) joined.set(key, count);
    for (const [key, count] of found.overlaps) overlaps.set(key, (overlaps.get(key) ?? 0) + count);
  }
  expect(joined).toEqual(unitsOf(whole));
  expect(overlaps).toEqual(whole.overlaps);
}

describe('the fractions of rings that cross themselves and each other', () => {
  const window = { row: -3, col: 5, rows: 22, cols: 19 };

  it('stay within the cell, and are the same to the unit through any windows', () => {
    const size = fc.integer({ min: 1, max: 9 });
    fc.assert(
      fc.property(anyZones(-8, 28), size, size, (zones, rows, cols) =>
        sameThroughTiles(packRandomZones(zones), window, rows, cols),
      ),
      { numRuns: 100 },
    );
  });
});
