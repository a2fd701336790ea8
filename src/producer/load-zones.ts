/** Reads the zones of a run and brings them into the CRS of the analysis grid. */

import { createHash } from 'node:crypto';
import type { ZoneSource } from '../shared/contracts/city-spec.ts';
import { type Problem, refuseIfAny } from '../shared/errors.ts';
import { type Crs, sameCrs } from '../shared/geo/crs.ts';
import { type Densified, joinedAtAntimeridian, RingProjector } from '../shared/geo/densify.ts';
import type { Lattice } from '../shared/geo/grid.ts';
import { makeTransform, type Transform } from '../shared/geo/project.ts';
import type { Polygon, Ring, Zone } from '../shared/geo/zone.ts';
import type { ObjectStore } from '../shared/io/store.ts';
import { openZones } from './zone-files/open-zones.ts';
import { readZoneBytes, type ZoneBytes } from './zone-files/zone-bytes.ts';
import { crsOfLayer, type ZoneFileLimits } from './zone-files/zone-layer.ts';

export interface ZoneLimits extends ZoneFileLimits {
  /** Of each file. */
  readonly maxBytes: number;
}

export const ZONE_LIMITS: ZoneLimits = { maxBytes: 64 * 2 ** 20, maxVertices: 2_000_000, maxFeatures: 100_000 };

/** Where zones are to be brought: a lattice, or a CRS alone (then only vertices are projected, as for a first look). */
export type ZoneTarget = Lattice | Crs;

export interface LoadedZones {
  /** In file order, in the CRS of the grid. */
  readonly zones: readonly Zone[];
  /** sha256 (hex) of ids and projected coordinates: what decides which cell is in which zone. */
  readonly digest: string;
  readonly warnings: readonly string[];
}

/** All bytes of the spec's zone file, with the digest that stands for them. Errors: those of readZoneBytes. */
export function fetchZones(store: ObjectStore, source: ZoneSource, limits = ZONE_LIMITS): Promise<ZoneBytes> {
  return readZoneBytes(store, source.url, limits.maxBytes);
}

/**
 * Zones of a GeoJSON, GeoPackage, Shapefile or FlatGeobuf file. The CRS is the spec's, else the file's own.
 *
 * Where it is not the grid's, edges get points between until they lie within a twentieth of a cell of where they should
 * (see densify.ts); where it is, coordinates are used bit for bit.
 *
 * Errors: REQUEST_INVALID with every mistake of the file; CRS_UNSUPPORTED where no exact transform is at hand; those of the store.
 */
export async function loadZones(
  store: ObjectStore,
  source: ZoneSource,
  target: ZoneTarget,
  limits: ZoneLimits = ZONE_LIMITS,
): Promise<LoadedZones> {
  return zonesOf(await fetchZones(store, source, limits), source, target, limits);
}

/** The same from bytes already fetched. */
export async function zonesOf(
  bytes: ZoneBytes,
  source: ZoneSource,
  target: ZoneTarget,
  limits: ZoneLimits = ZONE_LIMITS,
): Promise<LoadedZones> {
  const layer = openZones(bytes, source.layer ?? null, limits);
  const crs = await crsOfLayer(layer.crs, source.crs, layer.place);
  const read = layer.read({
    file: layer.place,
    idKey: source.id,
    labelKey: source.label,
    degreesPerUnit: crs.kind === 'geographic' ? crs.unitSize : null,
    maxVertices: limits.maxVertices,
  });
  refuseIfAny(read.problems);
  const zones = inTarget(read.zones, crs, target, { place: layer.place, maxVertices: limits.maxVertices });
  return { zones, digest: digestOf(zones), warnings: read.warnings };
}

interface Projecting {
  readonly place: string;
  readonly maxVertices: number;
}

function inTarget(zones: readonly Zone[], from: Crs, target: ZoneTarget, projecting: Projecting): readonly Zone[] {
  const [to, cell] =
    'crs' in target ? [target.crs, { width: target.cellWidth, height: target.cellHeight }] : [target, null];
  if (sameCrs(from, to)) return zones;
  const transform = makeTransform(from, to);
  // A definition from a .prj has no code to know it by; it is the same system if it moves nothing.
  if (from.epsg === null && from.kind === to.kind && movesNothing(zones, transform, to)) return zones;
  const joined = from.kind === 'geographic' ? joinedAtAntimeridian(transform, from.unitSize) : transform;
  const projector = new RingProjector(joined, { cell, maxVertices: projecting.maxVertices });
  return projectZones(zones, projector, to, projecting);
}

/** Metres (or the same in degrees) within which two definitions of one system give the same coordinates. */
const SAME_PLACE_M = 1e-5;
const METRES_PER_DEGREE = 111_320;

/** Whether a transform leaves every tenth vertex, and the first of each ring, where it is. */
function movesNothing(zones: readonly Zone[], transform: Transform, crs: Crs): boolean {
  const most = SAME_PLACE_M / (crs.kind === 'geographic' ? METRES_PER_DEGREE * crs.unitSize : crs.unitSize);
  const stays = (ring: Ring) => {
    for (let i = 0; i + 1 < ring.length; i += 20) {
      const [x, y] = transform(ring[i]!, ring[i + 1]!);
      if (!(Math.hypot(x - ring[i]!, y - ring[i + 1]!) <= most)) return false;
    }
    return true;
  };
  return zones.every((zone) => zone.polygons.every((polygon) => polygon.every(stays)));
}

function projectZones(zones: readonly Zone[], projector: RingProjector, to: Crs, projecting: Projecting): Zone[] {
  const problems: Problem[] = [];
  const projected = zones.map((zone, index) => {
    const polygons: Polygon[] = [];
    for (const polygon of zone.polygons) {
      const rings = polygon.map((ring) => projector.project(ring));
      const failed = rings.find((result) => result.ring === null);
      if (failed !== undefined) {
        const where = `${projecting.place}: feature ${index + 1} (id "${zone.id}")`;
        problems.push({ where, ...whyNot(failed, to, projecting.maxVertices) });
        return zone;
      }
      polygons.push(rings.flatMap(({ ring }) => (ring === null ? [] : [ring])));
    }
    return { ...zone, polygons };
  });
  refuseIfAny(problems.slice(0, 100));
  return projected;
}

function whyNot(failed: Densified, to: Crs, maxVertices: number): Omit<Problem, 'where'> {
  const found = failed.ring === null ? `at ${failed.x}, ${failed.y}` : '';
  switch (failed.problem) {
    case 'torn':
      return {
        message: `an edge is torn apart in ${to.name}`,
        expected: 'zones that do not cross the border of the projection',
        found: `the edge from ${found.slice(3)} on`,
      };
    case 'too many':
      return { message: `its edges bend too much in ${to.name}`, expected: `at most ${maxVertices} vertices`, found };
    default:
      return { message: `lies outside the area for which ${to.name} is defined`, found };
  }
}

function digestOf(zones: readonly Zone[]): string {
  const hash = createHash('sha256');
  for (const zone of zones) {
    hash.update(JSON.stringify([zone.id, zone.polygons.map((polygon) => polygon.map((ring) => ring.length))]));
    for (const ring of zone.polygons.flat()) hash.update(littleEndian(ring));
  }
  return hash.digest('hex');
}

/** Coordinates as 64-bit floats, little-endian, whatever the machine. */
function littleEndian(ring: Float64Array): Uint8Array {
  const bytes = new Uint8Array(ring.length * 8);
  const view = new DataView(bytes.buffer);
  for (const [index, value] of ring.entries()) view.setFloat64(index * 8, value, true);
  return bytes;
}
