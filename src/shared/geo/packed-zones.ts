import type { Lattice } from './grid.ts';
import { type PackedRings, ringSigns } from './ring-signs.ts';
import type { Zone } from './zone.ts';

/**
 * All zones of a run as flat numbers in cell space (col, row from the lattice's origin), in shared memory:
 * sent to worker threads without copying.
 */
export interface PackedZones {
  readonly zoneCount: number;
  /** `col, row` pairs of all rings, one after the other; continuous cell coordinates. */
  readonly vertices: Float64Array;
  /** First vertex of each ring, and the total count at the end: rings + 1 numbers. */
  readonly ringStarts: Int32Array;
  /** Zone index of each ring. */
  readonly ringZones: Int32Array;
  /** Per zone `minCol, minRow, maxCol, maxRow`. */
  readonly bounds: Float64Array;
  /** Outline or hole for each ring (ring-signs.ts), where cells are shared by area; null: a cell belongs by its centre. */
  readonly ringSigns: Int8Array | null;
}

/** Which cells a zone has: those whose centre it holds, or of each the share that it covers. */
export type ZoneRule = 'centre' | 'coverage';

function sharedFloats(length: number): Float64Array {
  return new Float64Array(new SharedArrayBuffer(Math.max(8, length * 8)), 0, length);
}

function sharedInts(length: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(Math.max(4, length * 4)), 0, length);
}

/**
 * Zones in the lattice's CRS, turned into cell coordinates once for the whole run (never from a tile's own origin).
 * Errors: REQUEST_INVALID for zones whose rings are too entangled to be told apart (rule `coverage`).
 */
export function packZones(lattice: Lattice, zones: readonly Zone[], rule: ZoneRule = 'centre'): PackedZones {
  const rings = zones.flatMap((zone, index) =>
    zone.polygons.flatMap((polygon) => polygon.map((ring) => ({ ring, index }))),
  );
  const vertexCount = rings.reduce((sum, { ring }) => sum + ring.length / 2, 0);
  const packed = {
    zoneCount: zones.length,
    vertices: sharedFloats(vertexCount * 2),
    ringStarts: sharedInts(rings.length + 1),
    ringZones: sharedInts(rings.length),
    bounds: sharedFloats(zones.length * 4),
  };
  for (let zone = 0; zone < zones.length; zone++)
    packed.bounds.set([Infinity, Infinity, -Infinity, -Infinity], zone * 4);
  // GDAL's own arithmetic (an inverted geotransform), so that a centre exactly on an edge falls as it does there.
  const toCol = { offset: -lattice.originX / lattice.cellWidth, scale: 1 / lattice.cellWidth };
  const toRow = { offset: -lattice.originY / -lattice.cellHeight, scale: 1 / -lattice.cellHeight };
  let vertex = 0;
  rings.forEach(({ ring, index }, r) => {
    packed.ringStarts[r] = vertex;
    packed.ringZones[r] = index;
    for (let i = 0; i < ring.length; i += 2, vertex++) {
      const col = toCol.offset + ring[i]! * toCol.scale;
      const row = toRow.offset + ring[i + 1]! * toRow.scale;
      packed.vertices[vertex * 2] = col;
      packed.vertices[vertex * 2 + 1] = row;
      growBounds(packed.bounds, index, col, row);
    }
  });
  packed.ringStarts[rings.length] = vertex;
  return { ...packed, ringSigns: rule === 'coverage' ? sharedSigns(packed) : null };
}

function sharedSigns(rings: PackedRings): Int8Array {
  const signs = ringSigns(rings);
  const shared = new Int8Array(new SharedArrayBuffer(Math.max(1, signs.length)), 0, signs.length);
  shared.set(signs);
  return shared;
}

function growBounds(bounds: Float64Array, zone: number, col: number, row: number): void {
  const at = zone * 4;
  bounds[at] = Math.min(bounds[at]!, col);
  bounds[at + 1] = Math.min(bounds[at + 1]!, row);
  bounds[at + 2] = Math.max(bounds[at + 2]!, col);
  bounds[at + 3] = Math.max(bounds[at + 3]!, row);
}
