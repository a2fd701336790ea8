import type { Crs } from '../geo/crs.ts';
import type { Geotransform } from '../geo/geotransform.ts';

/** Sample types as numpy names them; sub-byte and odd widths are widened to the next of these, half floats to float32. */
export type Dtype =
  | 'uint8'
  | 'int8'
  | 'uint16'
  | 'int16'
  | 'uint32'
  | 'int32'
  | 'uint64'
  | 'int64'
  | 'float32'
  | 'float64';

export type SampleArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigUint64Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

export type Codec = 'none' | 'deflate' | 'lzw' | 'zstd' | 'packbits';

/** How one image of a TIFF (the data, or its mask) is laid out in blocks; all that decoding needs, as plain data. */
export interface BlockLayout {
  readonly rows: number;
  readonly cols: number;
  readonly bandCount: number;
  readonly blockRows: number;
  readonly blockCols: number;
  readonly tiled: boolean;
  readonly codec: Codec;
  readonly predictor: 1 | 2 | 3;
  /** Whether bands are interleaved by pixel in one block, or stand in planes of their own. */
  readonly interleave: 'pixel' | 'band';
  readonly littleEndian: boolean;
  /** Bits of one sample as stored; 1 to 64. */
  readonly bits: number;
  readonly dtype: Dtype;
  readonly sampleFormat: 'uint' | 'int' | 'float';
  /** Bit order within bytes: TIFF FillOrder 2 is reversed. */
  readonly reversedBits: boolean;
}

export interface BandHeader {
  readonly dtype: Dtype;
  /** Stored marker of missing samples from the file's own tag; 64-bit integers as bigint; null where none, or out of the dtype's range. */
  readonly nodata: number | bigint | null;
  /** value = stored * scale + offset. */
  readonly scale: number;
  readonly offset: number;
  readonly description: string | null;
  readonly unit: string | null;
}

/** What the reader believes of one raster; `citysink inspect` prints this. */
export interface RasterHeader {
  readonly rows: number;
  readonly cols: number;
  readonly layout: BlockLayout;
  readonly bands: readonly BandHeader[];
  /** Pixel corner to map; null where the file has none (or only control points). PixelIsPoint is already shifted. */
  readonly geotransform: Geotransform | null;
  readonly pixelIsPoint: boolean;
  /** null where the file names none. */
  readonly crs: Crs | null;
  readonly overviews: readonly { readonly rows: number; readonly cols: number }[];
  /** Layout of the internal mask, or null. A mask sample of 0 means missing. */
  readonly mask: BlockLayout | null;
  readonly bigTiff: boolean;
  /** Things that were read but are unusual, in words: control points ignored, second image ignored ... */
  readonly remarks: readonly string[];
}
