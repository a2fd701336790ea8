/** Judges outlines that cross themselves: what turns a part of a zone inside out is refused, slivers are warned of. */

import { type CrossingSearch, findCrossings, MAX_FOUND } from './ring-crossings.ts';
import type { Polygon } from './zone.ts';

export interface OutlineFindings {
  /** Where the outline makes another shape of the zone, or null. */
  readonly refusal: string | null;
  readonly warnings: readonly string[];
}

/** Crossings that turn more than this share of a zone's area inside out are a mistake; less is digitising noise. */
const MAX_INVERTED_SHARE = 0.01;
/** Crossings that reach deeper than this share of the zone's diagonal are a mistake too. */
const MAX_RELATIVE_DEPTH = 0.05;

/** What the self-crossings of a zone's polygons mean. Rings that were refused are empty and not looked at. */
export function outlineFindings(polygons: readonly Polygon[]): OutlineFindings {
  const searches = polygons.map((polygon) => findCrossings(polygon.filter((ring) => ring.length > 0)));
  const warnings = searches.some((search) => !search.complete)
    ? ['too entangled to look at all its edges for crossings']
    : [];
  const count = searches.reduce((sum, search) => sum + search.count, 0);
  const deepest = searches.flatMap((search) => search.crossings).sort((a, b) => b.depth - a.depth)[0];
  if (deepest === undefined) return { refusal: null, warnings };
  const place = `${deepest.x}, ${deepest.y}${count > 1 ? ` and at ${count - 1} other places` : ''}`;
  if (turnsInsideOut(searches, deepest.depth, diagonalOf(polygons))) return { refusal: place, warnings };
  const slight = `the outline crosses itself at ${place}; too little to matter, the even-odd rule decides there`;
  return { refusal: null, warnings: [...warnings, slight] };
}

/**
 * Official boundaries that were simplified or rounded cross themselves in knots and slivers (a quarter of New York's
 * districts do): these are warned of. What makes another shape of the zone, such as a bow-tie, is refused.
 */
function turnsInsideOut(searches: readonly CrossingSearch[], depth: number, diagonal: number): boolean {
  const area = searches.reduce((sum, search) => sum + search.area, 0);
  const inverted = searches.reduce((sum, search) => sum + search.invertedArea, 0);
  if (searches.some((search) => search.count >= MAX_FOUND)) return true;
  return inverted > MAX_INVERTED_SHARE * area || depth > MAX_RELATIVE_DEPTH * diagonal;
}

function diagonalOf(polygons: readonly Polygon[]): number {
  let [minX, minY, maxX, maxY] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const ring of polygons.flat()) {
    for (let i = 0; i < ring.length; i += 2) {
      minX = Math.min(minX, ring[i]!);
      maxX = Math.max(maxX, ring[i]!);
      minY = Math.min(minY, ring[i + 1]!);
      maxY = Math.max(maxY, ring[i + 1]!);
    }
  }
  return Math.hypot(maxX - minX, maxY - minY);
}
