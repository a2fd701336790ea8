/** Reads the zones of a run and brings them into the CRS of the analysis grid. */

import { createHash } from 'node:crypto';
import type { CitySpec } from '../shared/contracts/city-spec.ts';
import { CitysinkError, type Problem, refuseIfAny } from '../shared/errors.ts';
import { type Crs, sameCrs } from '../shared/geo/crs.ts';
import { parseCrs } from '../shared/geo/crs-registry.ts';
import { crsNameOf, readZones } from '../shared/geo/geojson-zones.ts';
import { makeTransform, projectRing } from '../shared/geo/project.ts';
import type { Zone } from '../shared/geo/zone.ts';
import type { ObjectStore } from '../shared/io/store.ts';
import { baseNameOf } from '../shared/io/store-url.ts';
import { decodeUtf8, parseJsonText } from './request-text.ts';

export interface ZoneLimits {
  readonly maxBytes: number;
  readonly maxVertices: number;
}

export const ZONE_LIMITS: ZoneLimits = { maxBytes: 64 * 2 ** 20, maxVertices: 2_000_000 };

export interface LoadedZones {
  /** In file order, in the CRS of the grid. */
  readonly zones: readonly Zone[];
  /** sha256 (hex) of ids and projected coordinates: what decides which cell is in which zone. */
  readonly digest: string;
  readonly warnings: readonly string[];
}

/**
 * Zones of a GeoJSON file. The CRS is the spec's, else the file's `crs` member, else WGS 84, longitude first.
 *
 * Only vertices are projected, as GDAL does: an edge stays straight in the grid's CRS. Where vertices lie so far apart
 * that a straight edge in one CRS bends visibly in the other (tens of kilometres), densify the file beforehand.
 *
 * Errors: REQUEST_INVALID with every mistake of the file; CRS_UNSUPPORTED where no exact transform is at hand; those of the store.
 */
export async function loadZones(
  store: ObjectStore,
  source: CitySpec['zones'],
  gridCrs: Crs,
  limits: ZoneLimits = ZONE_LIMITS,
): Promise<LoadedZones> {
  const file = baseNameOf(source.url);
  const text = decodeUtf8(await store.read(source.url, { maxBytes: limits.maxBytes }), file);
  const geojson = parseJsonText(text, file);
  const crs = await crsOf(geojson, source.crs, file);
  const read = readZones(geojson, {
    file,
    idKey: source.id,
    labelKey: source.label,
    degreesPerUnit: crs.kind === 'geographic' ? crs.unitSize : null,
    maxVertices: limits.maxVertices,
  });
  refuseIfAny(read.problems);
  const zones = sameCrs(crs, gridCrs) ? read.zones : projectZones(read.zones, crs, gridCrs, file);
  return { zones, digest: digestOf(zones), warnings: read.warnings };
}

async function crsOf(geojson: unknown, fromSpec: string | null, file: string): Promise<Crs> {
  if (fromSpec !== null) return parseCrs(fromSpec);
  const { name, problem } = crsNameOf(geojson);
  if (problem !== null) refuseIfAny([{ where: `${file}: crs`, message: problem }]);
  try {
    return await parseCrs(name ?? 'OGC:CRS84');
  } catch (error) {
    if (!(error instanceof CitysinkError)) throw error;
    throw new CitysinkError('CRS_UNSUPPORTED', `${file}: crs: ${error.message}`, {
      context: error.context,
      cause: error,
    });
  }
}

function projectZones(zones: readonly Zone[], from: Crs, to: Crs, file: string): Zone[] {
  const transform = makeTransform(from, to);
  const problems: Problem[] = [];
  const projected = zones.map((zone, index) => {
    const polygons = zone.polygons.map((polygon) => polygon.map((ring) => projectRing(ring, transform)));
    if (polygons.some((polygon) => polygon.some((ring) => !ring.every(Number.isFinite)))) {
      const where = `${file}: feature ${index + 1} (id "${zone.id}")`;
      problems.push({ where, message: `lies outside the area for which ${to.name} is defined` });
    }
    return { ...zone, polygons };
  });
  refuseIfAny(problems);
  return projected;
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
