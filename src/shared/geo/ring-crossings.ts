/**
 * Finds where the edges of a polygon cross each other.
 *
 * A crossing is one edge passing from one side of another to its other side, be it inside both edges or through a vertex
 * that lies inside the other edge. Touching (a shared vertex, a vertex on an edge, edges lying on each other) is none:
 * under the even-odd rule it changes no inside.
 */

import { type Crossing, type Edges, edgesOf, loopAreas } from './ring-loops.ts';
import type { Ring } from './zone.ts';

export interface CrossingSearch {
  /** The deepest crossings, deepest first, at most MAX_REPORTED. */
  readonly crossings: readonly Crossing[];
  readonly count: number;
  /** Areas of the loops that the crossings cut the rings into; see loopAreas. */
  readonly area: number;
  readonly invertedArea: number;
  /** False where the edges were too entangled to compare them all within the budget. */
  readonly complete: boolean;
}

const MAX_REPORTED = 10;

/** Leaves of the search tree that hold at most this many edges are compared pair by pair. */
const LEAF_EDGES = 12;
const MAX_DEPTH = 60;

/**
 * Steps (edge placed in a box, or pair compared; about 30 ns each) that one polygon may take. Real outlines take 20 to 40
 * an edge; thousands of long edges side by side (combs, hedges) would take the square of their number.
 */
const BASE_STEPS = 4_000_000;
const STEPS_PER_EDGE = 100;

/** The search ends when it has found this many crossings: the polygon is beyond help. */
export const MAX_FOUND = 10_000;

/** Relative error of the plain orientation test (Shewchuk 1997, ccwerrboundA). */
const ORIENT_ERROR = (3 + 16 * 2 ** -53) * 2 ** -53;

/** Sign of the turn a, b, c: positive to the left, 0 on one line; exact for every finite input. */
export function orientation(ax: number, ay: number, bx: number, by: number, cx: number, cy: number): number {
  const left = (ax - cx) * (by - cy);
  const right = (ay - cy) * (bx - cx);
  const determinant = left - right;
  if (Math.abs(determinant) > ORIENT_ERROR * (Math.abs(left) + Math.abs(right))) return determinant;
  if ((ax === bx && ay === by) || (ax === cx && ay === cy) || (bx === cx && by === cy)) return 0;
  if ((ax === bx && bx === cx) || (ay === by && by === cy)) return 0;
  return exactOrientation(ax, ay, bx, by, cx, cy);
}

/** The same with whole numbers: all six coordinates on one binary scale. */
function exactOrientation(...coordinates: [number, number, number, number, number, number]): number {
  const parts = coordinates.map(binaryParts);
  const lowest = Math.min(...parts.map((part) => part.exponent));
  const [ax, ay, bx, by, cx, cy] = parts.map((part) => part.mantissa << BigInt(part.exponent - lowest));
  if (ax === undefined || ay === undefined || bx === undefined || by === undefined) return 0;
  if (cx === undefined || cy === undefined) return 0;
  const determinant = (ax - cx) * (by - cy) - (ay - cy) * (bx - cx);
  return determinant > 0n ? 1 : determinant < 0n ? -1 : 0;
}

/** value = mantissa * 2^exponent, exactly. */
function binaryParts(value: number): { readonly mantissa: bigint; readonly exponent: number } {
  if (value === 0) return { mantissa: 0n, exponent: 0 };
  const exponent = Math.max(-1022, Math.floor(Math.log2(Math.abs(value)))) - 53;
  // Scaling by powers of two in two steps keeps tiny and huge values exact.
  const half = Math.trunc(-exponent / 2);
  const scaled = value * 2 ** half * 2 ** (-exponent - half);
  return { mantissa: BigInt(scaled), exponent };
}

/** minX, minY, maxX, maxY. */
type Box = readonly [number, number, number, number];

class Search {
  readonly edges: Edges;
  readonly found = new Map<number, Crossing>();
  readonly maxSteps: number;
  steps = 0;

  constructor(edges: Edges) {
    this.edges = edges;
    this.maxSteps = BASE_STEPS + STEPS_PER_EDGE * edges.count;
  }

  get spent(): boolean {
    return this.steps > this.maxSteps || this.found.size >= MAX_FOUND;
  }

  /** Splits a box into quarters until few edges are left in it. */
  divide(members: Int32Array, box: Box, depth: number): void {
    if (members.length <= LEAF_EDGES || depth >= MAX_DEPTH) {
      this.compareAll(members);
      return;
    }
    const [minX, minY, maxX, maxY] = box;
    const midX = minX + (maxX - minX) / 2;
    const midY = minY + (maxY - minY) / 2;
    const quarters: readonly Box[] = [
      [minX, minY, midX, midY],
      [midX, minY, maxX, midY],
      [minX, midY, midX, maxY],
      [midX, midY, maxX, maxY],
    ];
    const parts = this.distribute(members, midX, midY, quarters);
    // Edges that meet in one point stay together in every quarter they reach: splitting further gains nothing.
    if (parts.filter((part) => part.length > members.length * 0.9).length > 1) {
      this.compareAll(members);
      return;
    }
    for (const [index, quarter] of quarters.entries()) {
      if (this.spent) return;
      this.divide(parts[index] ?? new Int32Array(0), quarter, depth + 1);
    }
  }

  /** Edges by the quarters that they may have points in. Most are short and lie in one: they take two comparisons. */
  private distribute(members: Int32Array, midX: number, midY: number, quarters: readonly Box[]): Int32Array[] {
    const e = this.edges.ends;
    const parts = quarters.map(() => new Int32Array(members.length));
    const counts = quarters.map(() => 0);
    this.steps += members.length * quarters.length;
    for (let i = 0; i < members.length; i++) {
      const edge = members[i]!;
      const at = edge * 4;
      const isWest = e[at]! < midX && e[at + 2]! < midX;
      const isEast = e[at]! > midX && e[at + 2]! > midX;
      const isSouth = e[at + 1]! < midY && e[at + 3]! < midY;
      const isNorth = e[at + 1]! > midY && e[at + 3]! > midY;
      if ((isWest || isEast) && (isSouth || isNorth)) {
        const q = (isNorth ? 2 : 0) + (isEast ? 1 : 0);
        parts[q]![counts[q]!++] = edge;
        continue;
      }
      for (let q = 0; q < quarters.length; q++) {
        if (this.touches(edge, quarters[q]!)) parts[q]![counts[q]!++] = edge;
      }
    }
    return parts.map((part, q) => part.subarray(0, counts[q]));
  }

  /** Whether an edge may have points in a box (borders included); never wrongly false. */
  touches(edge: number, [minX, minY, maxX, maxY]: Box): boolean {
    const e = this.edges.ends;
    const ax = e[edge * 4]!;
    const ay = e[edge * 4 + 1]!;
    const bx = e[edge * 4 + 2]!;
    const by = e[edge * 4 + 3]!;
    if (Math.max(ax, bx) < minX || Math.min(ax, bx) > maxX) return false;
    if (Math.max(ay, by) < minY || Math.min(ay, by) > maxY) return false;
    const dx = bx - ax;
    const dy = by - ay;
    const offset = dx * ((minY + maxY) / 2 - ay) - dy * ((minX + maxX) / 2 - ax);
    const reach = (Math.abs(dx) * (maxY - minY) + Math.abs(dy) * (maxX - minX)) / 2;
    const slack =
      1e-12 * (Math.abs(dx) * (Math.abs(ay) + Math.abs(maxY)) + Math.abs(dy) * (Math.abs(ax) + Math.abs(maxX)));
    return Math.abs(offset) <= reach + slack;
  }

  compareAll(members: Int32Array): void {
    for (let i = 0; i < members.length; i++) {
      this.steps += members.length - i;
      if (this.spent) return;
      for (let j = i + 1; j < members.length; j++) this.compare(members[i]!, members[j]!);
    }
  }

  compare(i: number, j: number): void {
    const e = this.edges.ends;
    const ax = e[i * 4]!;
    const ay = e[i * 4 + 1]!;
    const bx = e[i * 4 + 2]!;
    const by = e[i * 4 + 3]!;
    const cx = e[j * 4]!;
    const cy = e[j * 4 + 1]!;
    const dx = e[j * 4 + 2]!;
    const dy = e[j * 4 + 3]!;
    if (Math.max(ax, bx) < Math.min(cx, dx) || Math.max(cx, dx) < Math.min(ax, bx)) return;
    if (Math.max(ay, by) < Math.min(cy, dy) || Math.max(cy, dy) < Math.min(ay, by)) return;
    const c = orientation(ax, ay, bx, by, cx, cy);
    const d = orientation(ax, ay, bx, by, dx, dy);
    if ((c > 0 && d > 0) || (c < 0 && d < 0)) return;
    const a = orientation(cx, cy, dx, dy, ax, ay);
    const b = orientation(cx, cy, dx, dy, bx, by);
    if (opposite(a, b) && opposite(c, d)) this.add(i, j);
    else if (c === 0 && opposite(a, b)) this.passThrough(i, j, d);
    else if (a === 0 && opposite(c, d)) this.passThrough(j, i, b);
  }

  /** Edge `j` starts inside edge `i` and leaves to side `leaves`: a crossing if its ring came from the other side. */
  passThrough(i: number, j: number, leaves: number): void {
    const e = this.edges.ends;
    const before = this.edges.before;
    const came = orientation(
      e[i * 4]!,
      e[i * 4 + 1]!,
      e[i * 4 + 2]!,
      e[i * 4 + 3]!,
      before[j * 2]!,
      before[j * 2 + 1]!,
    );
    if (opposite(came, leaves)) this.add(i, j);
  }

  /** The same pair may meet in several boxes and counts once. */
  add(i: number, j: number): void {
    const key = Math.min(i, j) * this.edges.count + Math.max(i, j);
    if (!this.found.has(key)) this.found.set(key, crossingOf(this.edges.ends, i, j));
  }
}

function opposite(a: number, b: number): boolean {
  return (a > 0 && b < 0) || (a < 0 && b > 0);
}

/** Distance of a point from the line through p and q. */
function distanceToLine(x: number, y: number, px: number, py: number, qx: number, qy: number): number {
  return Math.abs((qx - px) * (y - py) - (qy - py) * (x - px)) / Math.hypot(qx - px, qy - py);
}

function crossingOf(e: Float64Array, i: number, j: number): Crossing {
  const [ax = 0, ay = 0, bx = 0, by = 0] = e.subarray(i * 4, i * 4 + 4);
  const [cx = 0, cy = 0, dx = 0, dy = 0] = e.subarray(j * 4, j * 4 + 4);
  const fromC = distanceToLine(cx, cy, ax, ay, bx, by);
  const fromD = distanceToLine(dx, dy, ax, ay, bx, by);
  const share = fromC + fromD === 0 ? 0 : fromC / (fromC + fromD);
  const fromA = distanceToLine(ax, ay, cx, cy, dx, dy);
  const fromB = distanceToLine(bx, by, cx, cy, dx, dy);
  // Where an edge starts on the other one, its depth is how far it goes on from there.
  const depth = Math.min(...[fromA, fromB, fromC, fromD].filter((distance) => distance > 0));
  return { x: cx + share * (dx - cx), y: cy + share * (dy - cy), depth: Number.isFinite(depth) ? depth : 0 };
}

/** All crossings among the edges of one polygon's rings (closed, flat x, y, all coordinates finite). */
export function findCrossings(rings: readonly Ring[]): CrossingSearch {
  const edges = edgesOf(rings);
  const search = new Search(edges);
  const box = boxOf(edges);
  search.divide(
    Int32Array.from({ length: edges.count }, (_, index) => index),
    box,
    0,
  );
  const deepest = [...search.found.values()].sort((a, b) => b.depth - a.depth || a.x - b.x || a.y - b.y);
  return {
    crossings: deepest.slice(0, MAX_REPORTED),
    count: deepest.length,
    ...loopAreas(edges, search.found, [box[0], box[1]]),
    complete: !search.spent,
  };
}

function boxOf(edges: Edges): [number, number, number, number] {
  const box: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < edges.count * 4; i += 2) {
    box[0] = Math.min(box[0], edges.ends[i]!);
    box[1] = Math.min(box[1], edges.ends[i + 1]!);
    box[2] = Math.max(box[2], edges.ends[i]!);
    box[3] = Math.max(box[3], edges.ends[i + 1]!);
  }
  // Square, so that quarters close in on clusters whatever the shape of the whole.
  const side = Math.max(box[2] - box[0], box[3] - box[1]);
  return [box[0], box[1], box[0] + side, box[1] + side];
}
