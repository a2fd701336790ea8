import type { Plan } from '../shared/contracts/plan.ts';
import type { Polygon, Ring } from '../shared/geo/zone.ts';
import { boxOf } from './zone-degrees.ts';
import type { ZoneRow } from './zone-rows.ts';

/** @pure zones.geojson (RFC 7946): each zone with the figures of its total row. Written ring by ring: outlines may be long. */

/** A zone's row and its outline in degrees; null where its CRS has no exact way to WGS 84. */
export interface ZoneFeature {
  readonly row: ZoneRow;
  readonly polygons: readonly Polygon[] | null;
}

/** UTF-8 of the whole collection, one feature a line. */
export function zonesGeojson(plan: Plan, status: string, features: readonly ZoneFeature[]): Uint8Array {
  const chunks: Uint8Array[] = [];
  const encoder = new TextEncoder();
  for (const text of collection(plan, status, features)) chunks.push(encoder.encode(text));
  return joined(chunks);
}

function* collection(plan: Plan, status: string, features: readonly ZoneFeature[]): Generator<string> {
  const { city, name, year, run } = plan;
  const box = boxOf(features.flatMap(({ polygons }) => polygons ?? []));
  const head = {
    type: 'FeatureCollection',
    ...(box === null ? {} : { bbox: box }),
    citysink: { city, name, year, run, status },
  };
  yield `${JSON.stringify(head).slice(0, -1)},"features":[\n`;
  for (const [index, feature] of features.entries()) {
    yield* featureText(feature);
    yield index + 1 < features.length ? ',\n' : '\n';
  }
  yield ']}\n';
}

function* featureText({ row, polygons }: ZoneFeature): Generator<string> {
  yield `{"type":"Feature","id":${JSON.stringify(row.zone)},"properties":${JSON.stringify(row)},"geometry":`;
  if (polygons === null) {
    yield 'null}';
    return;
  }
  const isOne = polygons.length === 1;
  yield `{"type":"${isOne ? 'Polygon' : 'MultiPolygon'}","coordinates":${isOne ? '' : '['}`;
  for (const [index, polygon] of polygons.entries()) {
    yield index === 0 ? '[' : ',[';
    for (const [place, ring] of polygon.entries()) {
      if (place > 0) yield ',';
      yield* ringText(ring);
    }
    yield ']';
  }
  yield isOne ? '}}' : ']}}';
}

/** Vertices that are made into text at once: long rings never stand in memory as strings. */
const PIECE = 4096;

function* ringText(ring: Ring): Generator<string> {
  yield '[';
  for (let start = 0; start < ring.length; start += PIECE * 2) {
    const points: string[] = [];
    const end = Math.min(ring.length, start + PIECE * 2);
    for (let i = start; i + 1 < end; i += 2) points.push(`[${ring[i]},${ring[i + 1]}]`);
    yield (start === 0 ? '' : ',') + points.join(',');
  }
  yield ']';
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
