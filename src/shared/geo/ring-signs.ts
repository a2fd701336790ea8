import { CitysinkError } from '../errors.ts';

/** Rings of all zones, as `PackedZones` has them. */
export interface PackedRings {
  readonly vertices: Float64Array;
  readonly ringStarts: Int32Array;
  readonly ringZones: Int32Array;
}

/**
 * What each ring's signed area counts for in its zone: 1 where the shoelace area of its vertices (col, row) is to be added as it
 * comes, -1 where it is to be turned around. Outlines come out positive and holes negative, in
 * whatever direction they are drawn: a ring inside an odd number of the zone's other rings is a hole (the even-odd rule).
 * Identical rings of a zone cancel, as the rule has it. One pass over all vertices; zones of several rings also have their edges
 * sorted by row, and for each ring those looked at that pass its middle row.
 * Errors: REQUEST_INVALID (a zone that would take more than `maxSteps` of these).
 */
export function ringSigns(zones: PackedRings, maxSteps = MAX_STEPS): Int8Array {
  const count = zones.ringZones.length;
  const areas = new Float64Array(count);
  const ringsOf = new Map<number, number[]>();
  for (let ring = 0; ring < count; ring++) {
    areas[ring] = ringArea(zones, ring);
    const siblings = ringsOf.get(zones.ringZones[ring]!);
    if (siblings === undefined) ringsOf.set(zones.ringZones[ring]!, [ring]);
    else siblings.push(ring);
  }
  const signs = Int8Array.from(areas, (area) => Math.sign(area) || 1);
  for (const rings of ringsOf.values()) if (rings.length > 1) turnHoles(zones, rings, areas, signs, maxSteps);
  return signs;
}

/** Shoelace from the ring's first vertex, in square cells; positive where columns turn towards rows. */
function ringArea(zones: PackedRings, ring: number): number {
  const { vertices, ringStarts } = zones;
  const first = ringStarts[ring]!;
  const [col, row] = [vertices[first * 2]!, vertices[first * 2 + 1]!];
  let twice = 0;
  for (let at = first * 2; at < (ringStarts[ring + 1]! - 1) * 2; at += 2) {
    twice += (vertices[at]! - col) * (vertices[at + 3]! - row) - (vertices[at + 2]! - col) * (vertices[at + 1]! - row);
  }
  return twice / 2;
}

interface InnerPoint {
  readonly ring: number;
  readonly col: number;
  readonly row: number;
}

/**
 * Steps (an edge looked at for one ring; 20 ns measured) that one zone may take. Outlines of districts take some thousands; a
 * thicket of 300 000 long edges beside as many rings would take the square of their number.
 */
const MAX_STEPS = 1_000_000_000;

/**
 * One sweep down the rows over the edges of a zone: each ring is asked for at a point well inside of it, and only larger
 * rings can lie around it. Edges that a row crosses are looked at once for each ring.
 */
function turnHoles(
  zones: PackedRings,
  rings: readonly number[],
  areas: Float64Array,
  signs: Int8Array,
  maxSteps: number,
): void {
  const points = rings.flatMap((ring) => innerPoint(zones, ring) ?? []).sort((a, b) => a.row - b.row);
  const edges = edgesByTop(zones, rings);
  const active: Edge[] = [];
  let next = 0;
  let steps = 0;
  for (const { ring, col, row } of points) {
    for (; next < edges.length && edges[next]!.top <= row; next++) active.push(edges[next]!);
    steps += active.length;
    if (steps > maxSteps) refuse(zones, ring, maxSteps);
    let around = false;
    let kept = 0;
    for (const edge of active) {
      if (edge.bottom <= row) continue;
      active[kept++] = edge;
      if (isLarger(areas, edge.ring, ring) && colAt(zones.vertices, edge.at, row) > col) around = !around;
    }
    active.length = kept;
    if (around) signs[ring] = -signs[ring]!;
  }
}

function refuse(zones: PackedRings, ring: number, maxSteps: number): never {
  throw new CitysinkError(
    'REQUEST_INVALID',
    `zone ${zones.ringZones[ring]! + 1} of the file has too many long edges beside too many rings to tell its holes from its ` +
      `outlines: expected at most ${maxSteps} comparisons, found more`,
  );
}

/** Of two rings of one size the earlier counts as the larger, so that of identical rings one lies in the other. */
function isLarger(areas: Float64Array, a: number, b: number): boolean {
  const difference = Math.abs(areas[a]!) - Math.abs(areas[b]!);
  return difference > 0 || (difference === 0 && a < b);
}

interface Edge {
  readonly ring: number;
  /** Place of its first vertex in `PackedZones.vertices`. */
  readonly at: number;
  readonly top: number;
  readonly bottom: number;
}

function edgesByTop(zones: PackedRings, rings: readonly number[]): Edge[] {
  const edges: Edge[] = [];
  for (const ring of rings) {
    for (let at = zones.ringStarts[ring]! * 2; at < (zones.ringStarts[ring + 1]! - 1) * 2; at += 2) {
      const [from, to] = [zones.vertices[at + 1]!, zones.vertices[at + 3]!];
      if (from !== to) edges.push({ ring, at, top: Math.min(from, to), bottom: Math.max(from, to) });
    }
  }
  return edges.sort((a, b) => a.top - b.top);
}

function colAt(vertices: Float64Array, at: number, row: number): number {
  const share = (row - vertices[at + 1]!) / (vertices[at + 3]! - vertices[at + 1]!);
  return vertices[at]! + share * (vertices[at + 2]! - vertices[at]!);
}

/** Heights of a ring, as shares, at which its widest inside is looked for: one alone may fall on a pinch. */
const HEIGHTS = [0.5, 0.31, 0.73];

/** The middle of the widest stretch of a ring's inside at some heights; null for a ring without any. */
function innerPoint(zones: PackedRings, ring: number): InnerPoint | null {
  const [first, end] = [zones.ringStarts[ring]! * 2, (zones.ringStarts[ring + 1]! - 1) * 2];
  let [top, bottom] = [Infinity, -Infinity];
  for (let at = first; at < end; at += 2) {
    top = Math.min(top, zones.vertices[at + 1]!);
    bottom = Math.max(bottom, zones.vertices[at + 1]!);
  }
  let best: InnerPoint | null = null;
  let widest = 0;
  for (const height of HEIGHTS) {
    const row = top + height * (bottom - top);
    const cols: number[] = [];
    for (let at = first; at < end; at += 2) {
      if (zones.vertices[at + 1]! > row !== zones.vertices[at + 3]! > row) cols.push(colAt(zones.vertices, at, row));
    }
    cols.sort((a, b) => a - b);
    for (let i = 0; i + 1 < cols.length; i += 2) {
      const width = cols[i + 1]! - cols[i]!;
      if (width > widest) [best, widest] = [{ ring, row, col: cols[i]! + width / 2 }, width];
    }
  }
  return best;
}
