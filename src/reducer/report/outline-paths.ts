import type { AnalysisGrid } from '../../shared/geo/grid.ts';
import type { Ring, Zone } from '../../shared/geo/zone.ts';

/**
 * @pure Outlines of zones as short SVG paths. Vertices snap to a lattice of the drawing, neighbours alike, so borders stay shared;
 * then those that no eye misses are dropped, the smallest triangle first (Visvalingam and Whyatt 1993). zones.geojson is
 * never made from these.
 */

export interface Drawing {
  readonly width: number;
  readonly height: number;
  /** Units of the drawing in a metre; null where the grid says none. */
  readonly unitsPerM: number;
  readonly shapes: readonly Shape[];
}

export interface Shape {
  /** Path data; empty where nothing of the zone is as large as a unit of the drawing. */
  readonly path: string;
  /** Where a label fits: the middle of the widest row inside, and its width; null where none is inside. */
  readonly label: { readonly x: number; readonly y: number; readonly width: number } | null;
}

const MOST_SIDE = 1000;
/** Vertices of a drawing: some 9 bytes each in the report. */
const MOST_VERTICES = 24_000;
const METRES_PER_DEGREE = 111_320;

/** null where no zone has an outline. */
export function drawZones(zones: readonly Zone[], grid: Pick<AnalysisGrid, 'crs'>): Drawing | null {
  const bounds = boundsOf(zones);
  if (bounds === null) return null;
  // Degrees of longitude are drawn as wide as they are in the middle of the city.
  const isDegrees = grid.crs.kind === 'geographic';
  const degree = isDegrees ? grid.crs.unitSize : 1;
  const squeeze = isDegrees ? Math.cos((((bounds.minY + bounds.maxY) / 2) * degree * Math.PI) / 180) : 1;
  const wide = Math.max((bounds.maxX - bounds.minX) * squeeze, 1e-12);
  const high = Math.max(bounds.maxY - bounds.minY, 1e-12);
  const scale = MOST_SIDE / Math.max(wide, high * 1.25);
  const place = (x: number, y: number): [number, number] => [
    (x - bounds.minX) * squeeze * scale,
    (bounds.maxY - y) * scale,
  ];
  const rings = fitting(zones, place);
  return {
    width: Math.max(1, Math.ceil(wide * scale)),
    height: Math.max(1, Math.ceil(high * scale)),
    unitsPerM: scale / (isDegrees ? METRES_PER_DEGREE * degree : grid.crs.unitSize),
    shapes: rings.map((list) => ({ path: list.map(pathOf).join(''), label: labelPlace(list) })),
  };
}

type Points = [number, number][];

/** Rings of each zone, coarser until all of them together are short enough. */
function fitting(zones: readonly Zone[], place: (x: number, y: number) => [number, number]): Points[][] {
  for (let unit = 0.5; ; unit *= 1.6) {
    const rings = zones.map((zone) =>
      zone.polygons
        .flatMap((polygon) => polygon.map((ring) => simplified(snapped(ring, place, unit), unit)))
        .filter(({ length }) => length >= 3),
    );
    const count = rings.flat().reduce((sum, ring) => sum + ring.length, 0);
    if (count <= MOST_VERTICES || unit > MOST_SIDE / 4) return rings;
  }
}

/** Ring on the lattice of the drawing, without its repeated last vertex and without repeats. */
function snapped(ring: Ring, place: (x: number, y: number) => [number, number], unit: number): Points {
  const points: Points = [];
  for (let i = 0; i + 3 < ring.length; i += 2) {
    const [x, y] = place(ring[i]!, ring[i + 1]!);
    const at: [number, number] = [Math.round(x / unit) * unit, Math.round(y / unit) * unit];
    const last = points.at(-1);
    if (last === undefined || last[0] !== at[0] || last[1] !== at[1]) points.push(at);
  }
  const [first] = points;
  const last = points.at(-1);
  if (points.length > 1 && first !== undefined && last !== undefined && first[0] === last[0] && first[1] === last[1])
    points.pop();
  return points;
}

/** Drops vertices whose triangle with their neighbours is smaller than two squares of the lattice, in passes, never two beside each other in one. */
function simplified(ring: Points, unit: number): Points {
  const least = unit * unit * 2;
  let points = ring;
  for (;;) {
    const kept: Points = [];
    let dropped = false;
    points.forEach((point, index) => {
      const before = points.at(index - 1) as [number, number];
      const after = points[(index + 1) % points.length] as [number, number];
      if (!dropped && index > 0 && twiceTriangle(before, point, after) < least * 2) dropped = true;
      else {
        kept.push(point);
        dropped = false;
      }
    });
    if (kept.length === points.length || kept.length < 3) return points;
    points = kept;
  }
}

function twiceTriangle([ax, ay]: [number, number], [bx, by]: [number, number], [cx, cy]: [number, number]): number {
  return Math.abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay));
}

/** Relative moves in tenths: the shortest way to write a ring. */
function pathOf(ring: Points): string {
  const tenths = ring.map(([x, y]) => [Math.round(x * 10), Math.round(y * 10)] as const);
  const moves = tenths.map(([x, y], index) => {
    const [px, py] = tenths[index - 1] ?? [0, 0];
    return `${index === 0 ? 'M' : 'l'}${tenth(x - px)} ${tenth(y - py)}`;
  });
  return `${moves.join('')}z`;
}

function tenth(value: number): string {
  return String(value / 10);
}

/** Rows that are tried for a label. */
const LABEL_ROWS = 24;

/** The widest stretch inside, over some rows; even-odd as zones are. */
function labelPlace(rings: readonly Points[]): Shape['label'] {
  const ys = rings.flat().map(([, y]) => y);
  if (ys.length === 0) return null;
  const top = ys.reduce((a, b) => Math.min(a, b));
  const bottom = ys.reduce((a, b) => Math.max(a, b));
  let best: Shape['label'] = null;
  for (let row = 1; row < LABEL_ROWS; row++) {
    const y = top + ((bottom - top) * row) / LABEL_ROWS + 0.013;
    const xs = crossings(rings, y);
    for (let i = 0; i + 1 < xs.length; i += 2) {
      const width = xs[i + 1]! - xs[i]!;
      // Near the middle a slightly shorter row looks better than the widest at an edge.
      const weight = 1 - Math.abs(row / LABEL_ROWS - 0.5) * 0.8;
      if (best === null || width * weight > best.width) best = { x: xs[i]! + width / 2, y, width: width * weight };
    }
  }
  return best;
}

function crossings(rings: readonly Points[], y: number): number[] {
  const xs: number[] = [];
  for (const ring of rings) {
    ring.forEach(([ax, ay], index) => {
      const [bx, by] = ring[(index + 1) % ring.length] as [number, number];
      if (ay < y !== by < y) xs.push(ax + ((y - ay) / (by - ay)) * (bx - ax));
    });
  }
  return xs.sort((a, b) => a - b);
}

function boundsOf(zones: readonly Zone[]): { minX: number; maxX: number; minY: number; maxY: number } | null {
  const bounds = { minX: Infinity, maxX: -Infinity, minY: Infinity, maxY: -Infinity };
  for (const ring of zones.flatMap(({ polygons }) => polygons.flat())) {
    for (let i = 0; i + 1 < ring.length; i += 2) {
      bounds.minX = Math.min(bounds.minX, ring[i]!);
      bounds.maxX = Math.max(bounds.maxX, ring[i]!);
      bounds.minY = Math.min(bounds.minY, ring[i + 1]!);
      bounds.maxY = Math.max(bounds.maxY, ring[i + 1]!);
    }
  }
  return bounds.minX <= bounds.maxX ? bounds : null;
}
