import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crsFromEpsg } from '../../../../src/shared/geo/crs-registry.ts';
import { joinedAtAntimeridian, MAX_DEVIATION_CELLS, RingProjector } from '../../../../src/shared/geo/densify.ts';
import { makeTransform } from '../../../../src/shared/geo/project.ts';

const WGS84 = await crsFromEpsg(4326);
const toUtm32 = makeTransform(WGS84, await crsFromEpsg(32632));
const TEN_METRES = { cell: { width: 10, height: 10 }, maxVertices: 1_000_000 };

function projected(ring: readonly number[], options = TEN_METRES, transform = toUtm32): Float64Array {
  const { ring: found, problem } = new RingProjector(transform, options).project(Float64Array.from(ring));
  if (found === null) throw new Error(problem);
  return found;
}

/** Distance of a point from the nearest edge of a ring. */
function distance(ring: Float64Array, x: number, y: number): number {
  let least = Infinity;
  for (let i = 0; i + 3 < ring.length; i += 2) {
    const [ax, ay, bx, by] = ring.subarray(i, i + 4) as unknown as [number, number, number, number];
    const [dx, dy] = [bx - ax, by - ay];
    const along = Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy)));
    least = Math.min(least, Math.hypot(x - ax - along * dx, y - ay - along * dy));
  }
  return least;
}

describe('RingProjector', () => {
  it('keeps every point of a long edge within the tolerance, also where the curve bends both ways', () => {
    // From 6 to 12 degrees over the central meridian, so the middle of the first edge lies on its chord by symmetry.
    const corners = [6, 45, 12, 45, 12, 46, 6, 47, 6, 45] as const;
    const ring = projected(corners);
    for (let edge = 0; edge < 4; edge++) {
      const [ax = 0, ay = 0, bx = 0, by = 0] = corners.slice(edge * 2, edge * 2 + 4);
      for (let step = 0; step <= 5000; step++) {
        const share = step / 5000;
        const [x, y] = toUtm32(ax + share * (bx - ax), ay + share * (by - ay));
        expect(distance(ring, x, y)).toBeLessThanOrEqual(MAX_DEVIATION_CELLS * 10 * 1.05);
      }
    }
  });

  it('adds nothing to edges that stay straight, and nothing at all without a cell', () => {
    expect(projected([9, 45, 9.0005, 45, 9.0005, 45.0005, 9, 45])).toHaveLength(8);
    expect(projected([6, 45, 12, 45, 9, 50, 6, 45], { ...TEN_METRES, cell: null as never })).toHaveLength(8);
  });

  it('splits an edge at the same points to the bit in both directions', () => {
    const place = fc.record({
      x: fc.double({ min: 4, max: 14, noNaN: true }),
      y: fc.double({ min: 40, max: 55, noNaN: true }),
    });
    fc.assert(
      fc.property(place, place, (a, b) => {
        const there = projected([a.x, a.y, b.x, b.y]);
        const back = projected([b.x, b.y, a.x, a.y]);
        const points = (flat: Float64Array) =>
          Array.from({ length: flat.length / 2 }, (_, i) => [flat[i * 2], flat[i * 2 + 1]]);
        expect(points(back).reverse()).toEqual(points(there));
      }),
      { numRuns: 100 },
    );
  });

  it('says where a ring is torn, undefined or too long, and does not take memory for it', async () => {
    const mercator = makeTransform(WGS84, await crsFromEpsg(3832));
    const kilometre = { cell: { width: 1000, height: 1000 }, maxVertices: 100_000 };
    const at = (ring: number[], options = kilometre) =>
      new RingProjector(mercator, options).project(Float64Array.from(ring));
    // The border of this projection is 30 degrees west.
    expect(at([-31, 10, -29, 10, -29, 12, -31, 10])).toMatchObject({ ring: null, problem: 'torn', x: -31, y: 10 });
    expect(at([10, 80, 11, 90, 10, 90, 10, 80])).toMatchObject({ problem: 'undefined', x: 11, y: 90 });
    const millimetre = { cell: { width: 1e-3, height: 1e-3 }, maxVertices: 1000 };
    expect(at([150, 10, 170, 30, 150, 30, 150, 10], millimetre)).toMatchObject({ problem: 'too many' });
  });
});

describe('joinedAtAntimeridian', () => {
  it.each([
    [32601, true],
    [32760, true],
    [3832, true],
    [2193, true],
    [3857, false],
  ])('in EPSG:%i both sides of 180 degrees are one place: %s', async (code, one) => {
    const transform = joinedAtAntimeridian(makeTransform(WGS84, await crsFromEpsg(code)), 1);
    for (const y of [-41.3, -17.123456, 0, 66.7]) {
      if (one) expect(transform(-180, y)).toEqual(transform(180, y));
      else expect(transform(-180, y)[0]).toBeLessThan(-2e7);
    }
  });
});
