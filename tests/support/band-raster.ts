import { ascii, DATA_OFFSET, doubles, shorts, stripTags, tiffBytes } from './tiff-bytes.ts';

/** A small GeoTIFF of one band of numbers, or of several side by side, north-up, in one strip: up to some 50 KB of samples. */
export interface BandRaster {
  readonly rows: number;
  readonly cols: number;
  /** rows x cols x bands, row-major. */
  readonly samples: Uint8Array | Uint16Array | Int16Array | Float32Array;
  readonly epsg: number;
  readonly originX: number;
  readonly originY: number;
  readonly cell: number;
  /** Default: 1. */
  readonly bands?: number;
  /** GDAL's nodata tag; absent: none. */
  readonly nodata?: string;
}

const SAMPLE_FORMATS = { Uint8Array: 1, Uint16Array: 1, Int16Array: 2, Float32Array: 3 } as const;

export function bandRaster(raster: BandRaster): Uint8Array {
  const { rows, cols, samples, bands = 1, epsg, originX, originY, cell } = raster;
  const data = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  const format = SAMPLE_FORMATS[samples.constructor.name as keyof typeof SAMPLE_FORMATS];
  // Key 2048 names a geographic system, 3072 a projected one; 1024 says which of both the raster is in.
  const geographic = epsg >= 4000 && epsg < 5000;
  const keys = shorts(1, 1, 0, 3, 1024, 0, 1, geographic ? 2 : 1, 1025, 0, 1, 1, geographic ? 2048 : 3072, 0, 1, epsg);
  const ofBands = (value: number) => shorts(...new Array<number>(bands).fill(value));
  const tags = {
    ...stripTags(rows, cols, samples.BYTES_PER_ELEMENT * 8, DATA_OFFSET, data.length),
    ...(bands === 1 ? {} : { 258: ofBands(samples.BYTES_PER_ELEMENT * 8), 277: shorts(bands), 284: shorts(1) }),
    339: ofBands(format),
    33550: doubles(cell, cell, 0),
    33922: doubles(0, 0, 0, originX, originY, 0),
    34735: keys,
    ...(raster.nodata === undefined ? {} : { 42113: ascii(raster.nodata) }),
  };
  return tiffBytes({ directories: [tags], data });
}
