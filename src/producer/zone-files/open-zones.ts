/** Opens a zone file of any format that is read. */

import { crsNameOf, readZones } from '../../shared/geo/geojson-zones.ts';
import { decodeUtf8, parseJsonText } from '../request-text.ts';
import { readFlatGeobuf } from './flatgeobuf.ts';
import { readGeoPackage } from './geopackage.ts';
import { readShapefile } from './shapefile.ts';
import type { ZoneBytes } from './zone-bytes.ts';
import { refuseFile, type ZoneFileLimits, type ZoneLayer } from './zone-layer.ts';

/**
 * The layer with the zones. `layer` is the spec's `zones.layer`, for formats with several in a file.
 * Errors: REQUEST_INVALID where the file is damaged or has not one layer that is meant.
 */
export function openZones(bytes: ZoneBytes, layer: string | null, limits: ZoneFileLimits): ZoneLayer {
  const { file, format, main } = bytes;
  if (format === 'geopackage') return readGeoPackage(main, file, layer, limits);
  if (layer !== null) {
    refuseFile('zones.layer', `${file} has no layers to choose from`, 'no zones.layer, or a GeoPackage', layer);
  }
  if (format === 'shapefile') return readShapefile(bytes, limits);
  if (format === 'flatgeobuf') return readFlatGeobuf(main, file, limits);
  return readGeoJson(main, file);
}

/** GeoJSON: its own CRS is that of the member `crs` (2008), else WGS 84, longitude first (RFC 7946). */
function readGeoJson(bytes: Uint8Array, file: string): ZoneLayer {
  const geojson = parseJsonText(decodeUtf8(bytes, file), file);
  const { name, problem } = crsNameOf(geojson);
  return {
    place: file,
    crs: problem === null ? { kind: 'name', text: name ?? 'OGC:CRS84' } : { kind: 'none', found: problem },
    read: (reading) => readZones(geojson, reading),
  };
}
