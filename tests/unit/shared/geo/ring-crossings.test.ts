import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findCrossings, orientation } from '../../../../src/shared/geo/ring-crossings.ts';

type Point = readonly [number, number];

/** A closed ring of points. */
function ring(...points: Point[]): Float64Array {
  return Float64Array.from([...points, points[0] ?? [0, 0]].flat());
}

const SQUARE = ring([0, 0], [4, 0], [4, 4], [0, 4]);

describe('findCrossings', () => {
  it('finds the crossing of a bow-tie and where it is', () => {
    const { crossings, count, area, invertedArea } = findCrossings([ring([0, 0], [2, 2], [2, 0], [0, 2])]);
    expect(crossings).toEqual([{ x: 1, y: 1, depth: expect.closeTo(Math.SQRT2) }]);
    expect([count, area, invertedArea]).toEqual([1, 2, 1]);
  });

  it('finds a bow-tie whose crossing is a vertex of one strand', () => {
    expect(findCrossings([ring([0, 0], [1, 1], [2, 2], [2, 0], [0, 2])]).crossings).toMatchObject([{ x: 1, y: 1 }]);
  });

  it('finds a hole that crosses the outer ring', () => {
    expect(findCrossings([SQUARE, ring([1, 1], [5, 2], [1, 3])]).count).toBe(2);
  });

  it.each([
    ['a square', [SQUARE]],
    ['a hole', [SQUARE, ring([1, 1], [3, 1], [3, 3])]],
    ['a hole that touches the outer ring with a vertex', [SQUARE, ring([0, 2], [2, 1], [2, 3])]],
    ['a hole that shares a vertex with the outer ring', [SQUARE, ring([0, 0], [2, 1], [1, 2])]],
    ['a ring that touches itself in a vertex', [ring([0, 0], [1, 1], [2, 0], [2, 2], [1, 1], [0, 2])]],
    ['a repeated vertex', [ring([0, 0], [4, 0], [4, 0], [4, 4], [0, 4])]],
    ['vertices on one line', [ring([0, 0], [1, 0], [2, 0], [4, 0], [4, 4])]],
    ['a spike that goes back on itself', [ring([0, 0], [4, 0], [4, 4], [6, 6], [4, 4], [0, 4])]],
    ['a hole along an edge of the outer ring', [SQUARE, ring([0, 1], [0, 3], [2, 2])]],
  ])('finds none in %s', (_, rings) => {
    expect(findCrossings(rings)).toMatchObject({ count: 0, complete: true });
  });

  it('tells a knot from a bow-tie by the area that is turned', () => {
    const knot = ring([0, 0], [10, 0], [10, 5], [9.9, 5.1], [10, 5.1], [9.9, 5], [10, 10], [0, 10]);
    const { count, area, invertedArea } = findCrossings([knot]);
    expect(count).toBeGreaterThan(0);
    expect(invertedArea / area).toBeLessThan(0.001);
  });

  it('finds every crossing that comparing all pairs finds', () => {
    const coordinate = fc.integer({ min: 0, max: 12 });
    const points = fc.array(fc.tuple(coordinate, coordinate), { minLength: 3, maxLength: 60 });
    fc.assert(
      fc.property(points, (corners) => {
        const closed = ring(...corners);
        expect(findCrossings([closed]).count).toBe(crossingPairs(closed));
      }),
      { numRuns: 300, seed: 7 },
    );
  });

  it('finds none in stars seen from their centre, however spiky', () => {
    const radii = fc.array(fc.double({ min: 0.001, max: 1000, noNaN: true }), { minLength: 3, maxLength: 400 });
    fc.assert(
      fc.property(radii, (lengths) => {
        const corners = lengths.map((radius, index): Point => {
          const angle = (2 * Math.PI * index) / lengths.length;
          return [radius * Math.cos(angle), radius * Math.sin(angle)];
        });
        expect(findCrossings([ring(...corners)]).count).toBe(0);
      }),
      { numRuns: 100, seed: 7 },
    );
  });

  it('ends on a hedge of edges that all cross each other', () => {
    const corners = Array.from(
      { length: 4000 },
      (_, index): Point => [index % 2 === 0 ? 0 : 1000, (index * 7919) % 4001],
    );
    const { count, complete } = findCrossings([ring(...corners)]);
    expect(count).toBeGreaterThan(1000);
    expect(complete).toBe(false);
  });
});

/** Oracle: all pairs of edges, with whole numbers so that every orientation is exact. */
function crossingPairs(closed: Float64Array): number {
  const points: Point[] = [];
  for (let i = 0; i < closed.length; i += 2) points.push([closed[i] ?? 0, closed[i + 1] ?? 0]);
  const distinct = points.filter((point, index) => index === 0 || String(point) !== String(points[index - 1]));
  const edges = distinct.slice(1).map((end, index) => ({ start: distinct[index] ?? end, end, index }));
  const side = (a: Point, b: Point, c: Point) =>
    Math.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]));
  const before = (index: number) => edges[(index + edges.length - 1) % edges.length]?.start ?? [0, 0];
  const passes = (over: (typeof edges)[number], edge: (typeof edges)[number]) =>
    side(over.start, over.end, edge.start) === 0 &&
    side(edge.start, edge.end, over.start) * side(edge.start, edge.end, over.end) < 0 &&
    side(over.start, over.end, edge.end) * side(over.start, over.end, before(edge.index)) < 0;
  let count = 0;
  for (const one of edges) {
    for (const other of edges.slice(one.index + 1)) {
      const proper =
        side(one.start, one.end, other.start) * side(one.start, one.end, other.end) < 0 &&
        side(other.start, other.end, one.start) * side(other.start, other.end, one.end) < 0;
      if (proper || passes(one, other) || passes(other, one)) count++;
    }
  }
  return count;
}

describe('orientation', () => {
  it('is exact where plain arithmetic is not', () => {
    // Kettner et al. 2008: points near a line on which floating point gives every answer.
    const step = 2 ** -53;
    expect(orientation(0.5, 0.5, 12, 12, 24, 24)).toBe(0);
    expect(orientation(0.5, 0.5 + 2 * step, 12, 12, 24, 24)).toBeGreaterThan(0);
    expect(orientation(0.5 + 2 * step, 0.5, 12, 12, 24, 24)).toBeLessThan(0);
  });

  it('agrees with whole-number arithmetic', () => {
    const coordinate = fc.integer({ min: -1_000_000, max: 1_000_000 });
    fc.assert(
      fc.property(coordinate, coordinate, coordinate, coordinate, coordinate, coordinate, (ax, ay, bx, by, cx, cy) => {
        const exact =
          (BigInt(ax) - BigInt(cx)) * (BigInt(by) - BigInt(cy)) - (BigInt(ay) - BigInt(cy)) * (BigInt(bx) - BigInt(cx));
        expect(Math.sign(orientation(ax / 1024, ay / 1024, bx / 1024, by / 1024, cx / 1024, cy / 1024))).toBe(
          Math.sign(Number(exact)),
        );
      }),
    );
  });
});
