import type { Crs } from '../geo/crs.ts';

/** GeoTIFF 1.1 keys of a CRS: its EPSG code, or a user-defined one whose citation is its proj4 definition. */
export interface GeoKeys {
  /** Values of GeoKeyDirectoryTag. */
  readonly directory: readonly number[];
  /** GeoAsciiParamsTag, or null. */
  readonly ascii: string | null;
}

const KEY = { model: 1024, rasterType: 1025, citation: 1026, geographic: 2048, projected: 3072 } as const;
const MODEL = { projected: 1, geographic: 2 } as const;
const PIXEL_IS_AREA = 1;
const USER_DEFINED = 32_767;
/** Place of a value in GeoAsciiParamsTag rather than in the directory. */
const IN_ASCII = 34_737;

export function geoKeysOf({ epsg, kind, proj4 }: Crs): GeoKeys {
  const ascii = epsg === null ? `${proj4}|` : null;
  const keys: [number, number, number, number][] = [
    [KEY.model, 0, 1, MODEL[kind]],
    [KEY.rasterType, 0, 1, PIXEL_IS_AREA],
  ];
  if (ascii !== null) keys.push([KEY.citation, IN_ASCII, ascii.length, 0]);
  keys.push([kind === 'geographic' ? KEY.geographic : KEY.projected, 0, 1, epsg ?? USER_DEFINED]);
  return { directory: [1, 1, 1, keys.length, ...keys.flat()], ascii };
}
