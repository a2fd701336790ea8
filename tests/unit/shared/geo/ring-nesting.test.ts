import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nestRings } from '../../../../src/shared/geo/ring-nesting.ts';
import type { Ring } from '../../../../src/shared/geo/zone.ts';

function square(x: number, y: number, side: number): Ring {
  return Float64Array.of(x, y, x + side, y, x + side, y + side, x, y + side, x, y);
}

/** Name each ring so that groups can be told. */
const RINGS: Readonly<Record<string, Ring>> = {
  land: square(0, 0, 100),
  lake: square(10, 10, 50),
  island: square(20, 20, 20),
  pond: square(25, 25, 5),
  bay: square(70, 0, 10),
  neighbour: square(100, 0, 100),
};

function groups(names: readonly string[]): string[] {
  const nested = nestRings(names.map((name) => RINGS[name] as Ring)) ?? [];
  const nameOf = (ring: Ring) => Object.keys(RINGS).find((name) => RINGS[name] === ring) ?? '?';
  return nested.map(([outer, ...holes]) => [nameOf(outer as Ring), ...holes.map(nameOf).sort()].join(' ')).sort();
}

describe('nestRings', () => {
  it('sorts rings into outlines and holes in whatever order they come', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(Object.keys(RINGS), { minLength: 6 }), (names) => {
        // The bay touches the edge of the land; the neighbour shares an edge with it.
        expect(groups(names)).toEqual(['island pond', 'land bay lake', 'neighbour']);
      }),
    );
  });

  it('does not look at directions', () => {
    const reversed = (ring: Ring) =>
      Float64Array.from({ length: ring.length }, (_, i) => ring[ring.length - 2 - i + 2 * (i % 2)]!);
    const hole = reversed(square(10, 10, 10));
    for (const inner of [hole, reversed(hole)]) {
      expect(nestRings([square(0, 0, 100), inner])).toEqual([[square(0, 0, 100), inner]]);
    }
  });

  it('gives up on rings in rings without end', () => {
    const rings = Array.from({ length: 25_000 }, (_, i) => square(i / 1e6, i / 1e6, 1 - (2 * i) / 1e6));
    expect(nestRings(rings)).toBeNull();
  });
});
