/** Groups loose rings into polygons by what lies in what: formats such as Shapefile store rings without saying which is whose hole. */

import { orientation } from './ring-crossings.ts';
import type { Polygon, Ring } from './zone.ts';

/** Steps (a ring's box or edge compared with a point; some ns each) that one feature may take. */
const MAX_STEPS = 200_000_000;

interface Nested {
  readonly ring: Ring;
  readonly box: readonly [number, number, number, number];
  /** Area of the box: a ring can only lie in one with a box as large. */
  readonly size: number;
  depth: number;
  /** Outer ring that a hole belongs to, as its place in the list. */
  parent: number;
}

/**
 * Polygons of closed rings in any order and direction: rings inside an odd number of others are holes of the innermost
 * one around them (the even-odd rule). Outer rings keep their order. null: too many rings to compare within bounds.
 */
export function nestRings(rings: readonly Ring[]): Polygon[] | null {
  if (rings.length === 1) return [rings];
  const all = rings.map((ring): Nested => {
    const box = boxOf(ring);
    return { ring, box, size: (box[2] - box[0]) * (box[3] - box[1]), depth: 0, parent: -1 };
  });
  const bySize = all.map((_, index) => index).sort((a, b) => all[b]!.size - all[a]!.size || a - b);
  let steps = 0;
  for (let place = 0; place < bySize.length; place++) {
    const inner = all[bySize[place]!]!;
    // Larger rings come first, so the last one around is the innermost.
    for (let before = 0; before < place; before++) {
      steps++;
      const outer = all[bySize[before]!]!;
      if (!boxHolds(outer.box, inner.box)) continue;
      steps += outer.ring.length / 2;
      if (steps > MAX_STEPS) return null;
      if (!ringHolds(outer.ring, inner.ring)) continue;
      inner.depth++;
      inner.parent = bySize[before]!;
    }
    if (steps > MAX_STEPS) return null;
  }
  return polygonsOf(all);
}

function polygonsOf(all: readonly Nested[]): Polygon[] {
  const holes = new Map<number, Ring[]>();
  for (const { ring, depth, parent } of all) {
    if (depth % 2 === 0) continue;
    const siblings = holes.get(parent);
    if (siblings === undefined) holes.set(parent, [ring]);
    else siblings.push(ring);
  }
  return all.flatMap(({ ring, depth }, index) => (depth % 2 === 0 ? [[ring, ...(holes.get(index) ?? [])]] : []));
}

function boxOf(ring: Ring): [number, number, number, number] {
  const box: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < ring.length; i += 2) {
    box[0] = Math.min(box[0], ring[i]!);
    box[1] = Math.min(box[1], ring[i + 1]!);
    box[2] = Math.max(box[2], ring[i]!);
    box[3] = Math.max(box[3], ring[i + 1]!);
  }
  return box;
}

type Box = readonly [number, number, number, number];

function boxHolds(outer: Box, inner: Box): boolean {
  return outer[0] <= inner[0] && outer[1] <= inner[1] && outer[2] >= inner[2] && outer[3] >= inner[3];
}

/** Vertices of the inner ring that are tried before it is taken to run along the outer one. */
const MAX_TRIES = 16;

/** Whether a ring lies in another that it does not cross: by the first of its vertices that is not on the other's edge. */
function ringHolds(outer: Ring, inner: Ring): boolean {
  const tries = Math.min(inner.length - 2, MAX_TRIES * 2);
  for (let i = 0; i < tries; i += 2) {
    const side = sideOf(outer, inner[i]!, inner[i + 1]!);
    if (side !== 'edge') return side === 'inside';
  }
  // All vertices touch: the middle of an edge decides (a hole that fits its outer ring vertex by vertex does not).
  const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = inner;
  return sideOf(outer, (x0 + x1) / 2, (y0 + y1) / 2) === 'inside';
}

function sideOf(ring: Ring, x: number, y: number): 'inside' | 'outside' | 'edge' {
  let inside = false;
  for (let i = 0; i + 3 < ring.length; i += 2) {
    const [ax, ay, bx, by] = [ring[i]!, ring[i + 1]!, ring[i + 2]!, ring[i + 3]!];
    if (Math.min(ay, by) > y || Math.max(ay, by) < y) continue;
    const turn = orientation(ax, ay, bx, by, x, y);
    if (turn === 0 && Math.min(ax, bx) <= x && x <= Math.max(ax, bx)) return 'edge';
    // Half-open in y, so that a vertex on the ray counts once.
    if (ay > y !== by > y && (by > ay ? turn > 0 : turn < 0)) inside = !inside;
  }
  return inside ? 'inside' : 'outside';
}
