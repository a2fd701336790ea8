/** Zones from parsed GeoJSON: its features and its CRS member. */

import { shown } from './shown-value.ts';
import { type FeatureSource, readFeatures, type ZoneReading, type ZonesRead } from './zone-features.ts';

type Json = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function own(object: Json, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** Name of the file's own CRS (GeoJSON 2008's `crs` member), or null where it has none. */
export function crsNameOf(geojson: unknown): { readonly name: string | null; readonly problem: string | null } {
  const crs = isObject(geojson) ? own(geojson, 'crs') : undefined;
  if (crs === undefined || crs === null) return { name: null, problem: null };
  const properties = isObject(crs) && crs.type === 'name' ? crs.properties : undefined;
  const name = isObject(properties) ? properties.name : undefined;
  if (typeof name === 'string') return { name, problem: null };
  return { name: null, problem: `the crs member is not {"type": "name", "properties": {"name": ...}}: ${shown(crs)}` };
}

const GEOMETRY_TYPES = [
  'Point',
  'MultiPoint',
  'LineString',
  'MultiLineString',
  'Polygon',
  'MultiPolygon',
  'GeometryCollection',
];

/** Features of a FeatureCollection, a Feature or a bare geometry; text: what was found in their place. */
function featuresOf(geojson: unknown): readonly FeatureSource[] | string {
  if (!isObject(geojson)) return shown(geojson);
  if (geojson.type === 'FeatureCollection' && Array.isArray(geojson.features)) {
    return geojson.features.map(featureOf);
  }
  if (geojson.type === 'Feature') return [featureOf(geojson)];
  if (typeof geojson.type === 'string' && GEOMETRY_TYPES.includes(geojson.type)) {
    return [{ properties: {}, geometry: geojson, fid: null, defect: null }];
  }
  return shown(geojson.type);
}

function featureOf(feature: unknown): FeatureSource {
  if (!isObject(feature)) return { properties: {}, geometry: undefined, fid: null, defect: null };
  const properties = isObject(feature.properties) ? feature.properties : {};
  return { properties, geometry: own(feature, 'geometry'), fid: null, defect: null };
}

/** Zones of a FeatureCollection, a Feature or a bare geometry, with all mistakes. Zones with mistakes are left out. */
export function readZones(geojson: unknown, options: ZoneReading): ZonesRead {
  const features = featuresOf(geojson);
  if (typeof features !== 'string') return readFeatures(features, options);
  const problem = {
    where: options.file,
    message: 'not GeoJSON with areas',
    expected: 'a FeatureCollection, a Feature, a Polygon or a MultiPolygon',
    found: features,
  };
  return { zones: [], problems: [problem], warnings: [] };
}
