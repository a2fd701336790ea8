/**
 * Rings projected with their edges: what is straight in one CRS bends in another, so long edges get points between.
 *
 * An edge is halved until the projected curve stays within the tolerance of its chord at a quarter, a half and three
 * quarters. It is always taken from its lower end (least x, then least y), so two zones that share an edge get the same
 * points to the bit, whichever way each walks it. Source of the rule: adaptive bisection, as d3-geo resamples, with exact limits.
 */

import type { Transform } from './project.ts';
import type { Ring } from './zone.ts';

export interface DensifyOptions {
  /** Size of a cell in the units of the target, or null: only vertices are projected. */
  readonly cell: { readonly width: number; readonly height: number } | null;
  /** Vertices that all rings may have together. */
  readonly maxVertices: number;
}

/** Farthest that an edge may lie from where it should, in cells. */
export const MAX_DEVIATION_CELLS = 0.05;

/** Halvings of one edge. The bend falls to a quarter with each, so an edge that needs more is torn, not bent. */
const MAX_HALVINGS = 24;

/** Midpoints farther from the middle of the chord than this share of it: the projection tears the edge, or stretches it much. */
const MAX_SHIFT = 0.125;

export type Densified =
  | { readonly ring: Ring; readonly problem: null }
  | {
      readonly ring: null;
      readonly problem: 'undefined' | 'torn' | 'too many';
      readonly x: number;
      readonly y: number;
    };

interface Point {
  readonly x: number;
  readonly y: number;
  /** The same point in the target CRS. */
  readonly px: number;
  readonly py: number;
}

/** Projects rings one after the other within one budget of vertices. */
export class RingProjector {
  private readonly transform: Transform;
  private readonly options: DensifyOptions;
  private vertices = 0;

  constructor(transform: Transform, options: DensifyOptions) {
    this.transform = transform;
    this.options = options;
  }

  /** A ring (flat x, y, closed) in the target CRS, or why there is none and at which point. */
  project(ring: Ring): Densified {
    const flat: number[] = [];
    let from = this.point(ring[0] ?? Number.NaN, ring[1] ?? Number.NaN);
    flat.push(from.px, from.py);
    for (let i = 2; i + 1 < ring.length; i += 2) {
      const to = this.point(ring[i]!, ring[i + 1]!);
      if (!isFinitePoint(to)) return failed('undefined', to);
      const problem = this.edge(from, to, flat);
      if (problem !== null) return failed(problem, from);
      flat.push(to.px, to.py);
      from = to;
    }
    if (!isFinitePoint(from)) return failed('undefined', from);
    this.vertices += flat.length / 2;
    if (this.vertices > this.options.maxVertices) return failed('too many', from);
    return { ring: Float64Array.from(flat), problem: null };
  }

  private point(x: number, y: number): Point {
    const [px, py] = this.transform(x, y);
    return { x, y, px, py };
  }

  /** Appends the points between two ends, both left out, in walking order. */
  private edge(from: Point, to: Point, flat: number[]): 'undefined' | 'torn' | 'too many' | null {
    if (this.options.cell === null) return null;
    const forward = from.x < to.x || (from.x === to.x && from.y <= to.y);
    const between: Point[] = [];
    const problem = this.split(forward ? from : to, forward ? to : from, between, 0);
    if (problem !== null) return problem;
    if (!forward) between.reverse();
    for (const point of between) flat.push(point.px, point.py);
    return this.vertices + flat.length / 2 > this.options.maxVertices ? 'too many' : null;
  }

  private split(a: Point, b: Point, between: Point[], depth: number): 'undefined' | 'torn' | 'too many' | null {
    const middle = this.point((a.x + b.x) / 2, (a.y + b.y) / 2);
    const early = this.point((a.x + middle.x) / 2, (a.y + middle.y) / 2);
    const late = this.point((middle.x + b.x) / 2, (middle.y + b.y) / 2);
    if (![middle, early, late].every(isFinitePoint)) return 'undefined';
    if (this.isStraight(a, early, middle, late, b)) return null;
    if (depth >= MAX_HALVINGS) return 'torn';
    if (between.length > this.options.maxVertices) return 'too many';
    const first = this.split(a, middle, between, depth + 1);
    if (first !== null) return first;
    between.push(middle);
    return this.split(middle, b, between, depth + 1);
  }

  private isStraight(a: Point, early: Point, middle: Point, late: Point, b: Point): boolean {
    const { width, height } = this.options.cell ?? { width: 1, height: 1 };
    const [dx, dy] = [(b.px - a.px) / width, (b.py - a.py) / height];
    const length = Math.hypot(dx, dy);
    const bends = [early, middle, late].some((point) => {
      const [x, y] = [(point.px - a.px) / width, (point.py - a.py) / height];
      const along = length === 0 ? 0 : Math.min(1, Math.max(0, (x * dx + y * dy) / (length * length)));
      return Math.hypot(x - along * dx, y - along * dy) > MAX_DEVIATION_CELLS;
    });
    if (bends) return false;
    const shiftX = (middle.px - (a.px + b.px) / 2) / width;
    const shiftY = (middle.py - (a.py + b.py) / 2) / height;
    return Math.hypot(shiftX, shiftY) <= Math.max(MAX_DEVIATION_CELLS, MAX_SHIFT * length);
  }
}

function isFinitePoint(point: Point): boolean {
  return Number.isFinite(point.px) && Number.isFinite(point.py);
}

function failed(problem: 'undefined' | 'torn' | 'too many', { x, y }: Point): Densified {
  return { ring: null, problem, x, y };
}

/** Two points closer than this share of a unit of the target are one: a micrometre where units are metres. */
const SAME_POINT = 1e-6;

/**
 * A transform from longitudes in which +180 and -180 degrees are the same point to the bit wherever they are the same
 * place in the target, so that pieces cut at the antimeridian (RFC 7946) join without a seam. Where the target ends at
 * the antimeridian (Web Mercator), its two edges stay apart. `degreesPerUnit`: of the longitudes.
 */
export function joinedAtAntimeridian(transform: Transform, degreesPerUnit: number): Transform {
  return (x, y) => {
    if (x * degreesPerUnit !== -180) return transform(x, y);
    const west = transform(x, y);
    const east = transform(-x, y);
    const apart = Math.hypot(west[0] - east[0], west[1] - east[1]);
    return apart <= SAME_POINT ? east : west;
  };
}
