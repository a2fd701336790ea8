import type { Crs } from '../geo/crs.ts';

/**
 * GeoTIFF 1.1 keys of a CRS: its EPSG code; in full for the equal-area grid that citysink lays around a city itself (Lambert
 * azimuthal, WGS 84, metres); else user-defined, with its proj4 definition as citation.
 */
export interface GeoKeys {
  /** Values of GeoKeyDirectoryTag. */
  readonly directory: readonly number[];
  /** GeoDoubleParamsTag; empty: none. */
  readonly doubles: readonly number[];
  /** GeoAsciiParamsTag, or null. */
  readonly ascii: string | null;
}

const KEY = { model: 1024, rasterType: 1025, citation: 1026, geographic: 2048, projected: 3072 } as const;
const LAEA_KEY = {
  projection: 3074,
  method: 3075,
  unit: 3076,
  easting: 3082,
  northing: 3083,
  lon: 3088,
  lat: 3089,
} as const;
const MODEL = { projected: 1, geographic: 2 } as const;
const PIXEL_IS_AREA = 1;
const USER_DEFINED = 32_767;
const LAMBERT_AZIMUTHAL = 10;
const METRE = 9001;
const WGS_84 = 4326;
/** Places of values outside of the directory: GeoDoubleParamsTag, GeoAsciiParamsTag. */
const IN_DOUBLES = 34_736;
const IN_ASCII = 34_737;

type Key = readonly [id: number, place: number, count: number, value: number];

export function geoKeysOf(crs: Crs): GeoKeys {
  const { epsg, kind, proj4 } = crs;
  const ascii = epsg === null ? `${proj4}|` : null;
  const doubles = epsg === null ? laeaParameters(crs) : [];
  const isLaea = doubles.length > 0;
  const keys: Key[] = [
    [KEY.model, 0, 1, MODEL[kind]],
    [KEY.rasterType, 0, 1, PIXEL_IS_AREA],
    ...(ascii === null ? [] : [[KEY.citation, IN_ASCII, ascii.length, 0] as const]),
    ...(isLaea ? [[KEY.geographic, 0, 1, WGS_84] as const] : []),
    [kind === 'geographic' ? KEY.geographic : KEY.projected, 0, 1, epsg ?? USER_DEFINED],
    ...(isLaea ? laeaKeys() : []),
  ];
  return { directory: [1, 1, 1, keys.length, ...keys.flat()], doubles, ascii };
}

function laeaKeys(): Key[] {
  const places = [LAEA_KEY.easting, LAEA_KEY.northing, LAEA_KEY.lon, LAEA_KEY.lat];
  return [
    [LAEA_KEY.projection, 0, 1, USER_DEFINED],
    [LAEA_KEY.method, 0, 1, LAMBERT_AZIMUTHAL],
    [LAEA_KEY.unit, 0, 1, METRE],
    ...places.map((id, index): Key => [id, IN_DOUBLES, 1, index]),
  ];
}

/** False easting and northing, longitude and latitude of the centre; empty where the CRS is another one. */
function laeaParameters({ proj4 }: Crs): number[] {
  const given = new Map(
    proj4.split(/\s+/).map((part): [string, string | undefined] => [part.split('=')[0] ?? '', part.split('=')[1]]),
  );
  const isOurs = given.get('+proj') === 'laea' && given.get('+datum') === 'WGS84' && given.get('+units') === 'm';
  const values = ['+x_0', '+y_0', '+lon_0', '+lat_0'].map((name) => Number(given.get(name) ?? 0));
  return isOurs && values.every(Number.isFinite) ? values : [];
}
