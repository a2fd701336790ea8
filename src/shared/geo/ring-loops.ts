/**
 * The edges of a polygon's rings, and the loops into which crossings cut the rings.
 */

import type { Ring } from './zone.ts';

export interface Crossing {
  /** Where the edges cross, in the coordinates of the rings. */
  readonly x: number;
  readonly y: number;
  /**
   * How far the edges reach past each other: the smallest distance of their four ends from the other edge's line.
   * Rounding of coordinates makes crossings about one rounding step deep; a true bow-tie is many times deeper.
   */
  readonly depth: number;
}

/** Edges of all rings of one polygon as flat arrays; `before` is the last vertex of the ring that differs from the start. */
export interface Edges {
  readonly count: number;
  /** ax, ay, bx, by of each edge. */
  readonly ends: Float64Array;
  /** x, y before the start of each edge. */
  readonly before: Float64Array;
  /** One past the last edge of the ring that each edge is of. */
  readonly ringEnd: Int32Array;
}

/** Edges of closed rings (flat x, y); repeated vertices are left out. */
export function edgesOf(rings: readonly Ring[]): Edges {
  const total = rings.reduce((sum, ring) => sum + Math.max(0, ring.length / 2 - 1), 0);
  const ends = new Float64Array(total * 4);
  const before = new Float64Array(total * 2);
  const ringEnd = new Int32Array(total);
  let count = 0;
  for (const ring of rings) {
    const first = count;
    for (let i = 0; i + 3 < ring.length; i += 2) {
      // Edges of no length (a repeated vertex) cross nothing and would hide the vertex before.
      if (ring[i] === ring[i + 2] && ring[i + 1] === ring[i + 3]) continue;
      for (let k = 0; k < 4; k++) ends[count * 4 + k] = ring[i + k]!;
      if (count > first) copyStart(ends, count - 1, before, count);
      count++;
    }
    if (count > first) copyStart(ends, count - 1, before, first);
    ringEnd.fill(count, first, count);
  }
  return { count, ends, before, ringEnd };
}

/** The start of edge `from` becomes the vertex before edge `to`. */
function copyStart(ends: Float64Array, from: number, before: Float64Array, to: number): void {
  before[to * 2] = ends[from * 4]!;
  before[to * 2 + 1] = ends[from * 4 + 1]!;
}

/** A crossing as one of its two edges meets it. */
interface Passage {
  readonly node: number;
  readonly edge: number;
  /** Distance from the start of the edge. */
  readonly along: number;
  readonly x: number;
  readonly y: number;
}

/** Crossings (by edge * count + edge) in the order in which the rings run through them: each comes twice. */
function passagesOf(edges: Edges, found: ReadonlyMap<number, Crossing>): Passage[] {
  const passages: Passage[] = [];
  for (const [node, { x, y }] of found) {
    for (const edge of [Math.floor(node / edges.count), node % edges.count]) {
      const along = Math.hypot(x - edges.ends[edge * 4]!, y - edges.ends[edge * 4 + 1]!);
      passages.push({ node, edge, along, x, y });
    }
  }
  return passages.sort((a, b) => a.edge - b.edge || a.along - b.along);
}

/** Doubled signed areas of the loops of one ring, closed one by one while walking along it. */
class LoopWalk {
  readonly loops: number[] = [];
  /** Crossings met once so far, in order, with the area swept when they were met. */
  readonly open = new Map<number, number>();
  cut = 0;

  /** Passing a crossing for the second time closes a loop, with every crossing that was met only inside it. */
  pass(node: number, swept: number): void {
    const here = swept - this.cut;
    const since = this.open.get(node);
    if (since === undefined) {
      this.open.set(node, here);
      return;
    }
    this.loops.push(here - since);
    this.cut += here - since;
    for (const inner of [...this.open.keys()].reverse()) {
      this.open.delete(inner);
      if (inner === node) break;
    }
  }
}

/** Loops of the ring whose edges are first .. end - 1; `passages` are those on these edges. */
function loopsOfRing(
  edges: Edges,
  first: number,
  end: number,
  passages: readonly Passage[],
  origin: readonly [number, number],
): number[] {
  const [originX, originY] = origin;
  const cross = (ax: number, ay: number, bx: number, by: number) =>
    (ax - originX) * (by - originY) - (bx - originX) * (ay - originY);
  const walk = new LoopWalk();
  let swept = 0;
  let next = 0;
  for (let edge = first; edge < end; edge++) {
    const ax = edges.ends[edge * 4]!;
    const ay = edges.ends[edge * 4 + 1]!;
    for (let passage = passages[next]; passage?.edge === edge; passage = passages[++next]) {
      walk.pass(passage.node, swept + cross(ax, ay, passage.x, passage.y));
    }
    swept += cross(ax, ay, edges.ends[edge * 4 + 2]!, edges.ends[edge * 4 + 3]!);
  }
  return [...walk.loops, swept - walk.cut];
}

/**
 * Cuts every ring at its crossings into loops and adds their areas up: `area` of all, `invertedArea` of those that turn
 * against the rest of their ring. A bow-tie gives two loops of opposite turn, a knot or a sliver one tiny inverted loop.
 * `origin` near the rings keeps the sums exact; areas are in squared units of the coordinates.
 */
export function loopAreas(
  edges: Edges,
  found: ReadonlyMap<number, Crossing>,
  origin: readonly [number, number],
): { readonly area: number; readonly invertedArea: number } {
  const passages = passagesOf(edges, found);
  let area = 0;
  let invertedArea = 0;
  let next = 0;
  for (let first = 0; first < edges.count; first = edges.ringEnd[first]!) {
    const end = edges.ringEnd[first]!;
    const start = next;
    while ((passages[next]?.edge ?? end) < end) next++;
    const loops = loopsOfRing(edges, first, end, passages.slice(start, next), origin);
    const left = loops.reduce((sum, loop) => sum + Math.max(loop, 0), 0) / 2;
    const right = loops.reduce((sum, loop) => sum + Math.max(-loop, 0), 0) / 2;
    area += left + right;
    invertedArea += Math.min(left, right);
  }
  return { area, invertedArea };
}
