import { CitysinkError } from '../errors.ts';
import { blockBands, blockCount, packedBlockBytes } from './block-grid.ts';
import type { BlockLayout, Codec, Dtype } from './raster-header.ts';
import { DTYPE_BYTES } from './samples.ts';
import { TAG, type TagBag, tagNumber, tagNumbers } from './tiff-tags.ts';

/** Largest side of an image in pixels, one more than is accepted. */
const MAX_SIDE = 2 ** 31;
/** Largest number of blocks of one image: their tables take 16 bytes a block. */
export const MAX_BLOCKS = 16 * 1024 * 1024;
/** Largest decoded block, in bytes of samples in memory. */
export const MAX_BLOCK_BYTES = 64 * 1024 * 1024;

const CODECS: ReadonlyMap<number, Codec> = new Map([
  [1, 'none'],
  [5, 'lzw'],
  [8, 'deflate'],
  [32946, 'deflate'],
  [32773, 'packbits'],
  [50000, 'zstd'],
]);

/** Names of codecs that exist and are refused; anything else is refused by its number. */
const REFUSED_CODECS: ReadonlyMap<number, string> = new Map([
  [2, 'CCITT RLE'],
  [3, 'CCITT fax 3'],
  [4, 'CCITT fax 4'],
  [6, 'old-style JPEG'],
  [7, 'JPEG'],
  [32809, 'ThunderScan'],
  [32909, 'PixarLog'],
  [34676, 'SGI LogLuv'],
  [34677, 'SGI LogLuv 24'],
  [33003, 'JPEG 2000'],
  [33004, 'JPEG 2000'],
  [33005, 'JPEG 2000'],
  [34661, 'JBIG'],
  [34712, 'JPEG 2000'],
  [34887, 'LERC'],
  [34892, 'JPEG (lossy DNG)'],
  [34925, 'LZMA'],
  [34926, 'old ZSTD'],
  [34927, 'old WebP'],
  [50001, 'WebP'],
  [50002, 'JPEG XL'],
  [52546, 'JPEG XL'],
]);

const REFUSED_PHOTOMETRIC: ReadonlyMap<number, string> = new Map([
  [6, 'YCbCr'],
  [8, 'CIE Lab'],
  [9, 'ICC Lab'],
  [10, 'ITU Lab'],
  [32844, 'LogL'],
  [32845, 'LogLuv'],
]);

function unsupported(what: string): CitysinkError {
  return new CitysinkError('RASTER_UNSUPPORTED', what);
}

function corrupt(what: string): CitysinkError {
  return new CitysinkError('RASTER_CORRUPT', what);
}

/**
 * Layout of one image from its tags, checked against the limits.
 *
 * Errors: RASTER_UNSUPPORTED names the codec, sample type or photometric that is not read; RASTER_TOO_LARGE names the
 * limit; RASTER_CORRUPT names the tag that makes no sense.
 */
export function layoutOf(tags: TagBag, littleEndian: boolean): BlockLayout {
  const rows = side(tags, TAG.imageLength, 'ImageLength');
  const cols = side(tags, TAG.imageWidth, 'ImageWidth');
  const bandCount = tagNumber(tags, TAG.samplesPerPixel, 1);
  if (bandCount < 1 || bandCount > 0xffff) throw corrupt(`SamplesPerPixel is ${bandCount}`);
  const codec = codecOf(tags);
  const samples = sampleTypeOf(tags, bandCount);
  const planar = tagNumber(tags, TAG.planarConfiguration, 1);
  if (planar !== 1 && planar !== 2) throw corrupt(`PlanarConfiguration is ${planar}`);
  const layout: BlockLayout = {
    rows,
    cols,
    bandCount,
    ...blockShape(tags, rows, cols),
    codec,
    predictor: predictorOf(tags, codec, samples),
    interleave: planar === 2 && bandCount > 1 ? 'band' : 'pixel',
    littleEndian,
    ...samples,
    reversedBits: tagNumber(tags, TAG.fillOrder, 1) === 2,
  };
  refuseTooLarge(layout);
  return layout;
}

function side(tags: TagBag, tag: number, name: string): number {
  const value = tagNumber(tags, tag, 0);
  if (value < 1) throw corrupt(`${name} is ${value}`);
  if (value >= MAX_SIDE)
    throw new CitysinkError('RASTER_TOO_LARGE', `${name} is ${value}, the limit is ${MAX_SIDE - 1}`);
  return value;
}

function codecOf(tags: TagBag): Codec {
  const photometric = tagNumber(tags, TAG.photometric, 1);
  const code = tagNumber(tags, TAG.compression, 1);
  const codec = CODECS.get(code);
  if (codec === undefined) {
    const name = REFUSED_CODECS.get(code);
    throw unsupported(name === undefined ? `compression code ${code} is not known` : `${name} compression is not read`);
  }
  const colour = REFUSED_PHOTOMETRIC.get(photometric);
  if (colour !== undefined) throw unsupported(`photometric ${colour} is not read`);
  return codec;
}

type BlockShape = Pick<BlockLayout, 'tiled' | 'blockRows' | 'blockCols'>;

function blockShape(tags: TagBag, rows: number, cols: number): BlockShape {
  const tiled = tags.has(TAG.tileWidth) || tags.has(TAG.tileOffsets);
  if (tiled) {
    const blockCols = side(tags, TAG.tileWidth, 'TileWidth');
    return { tiled, blockCols, blockRows: side(tags, TAG.tileLength, 'TileLength') };
  }
  const rowsPerStrip = tagNumber(tags, TAG.rowsPerStrip, rows);
  if (rowsPerStrip === 0) throw corrupt('RowsPerStrip is 0');
  return { tiled, blockCols: cols, blockRows: Math.min(rowsPerStrip, rows) };
}

type SampleType = Pick<BlockLayout, 'bits' | 'dtype' | 'sampleFormat'>;

const SAMPLE_FORMATS: ReadonlyMap<number, BlockLayout['sampleFormat']> = new Map([
  [1, 'uint'],
  [2, 'int'],
  [3, 'float'],
  // 4 is "undefined": libtiff and GDAL take it as unsigned.
  [4, 'uint'],
]);

function sampleTypeOf(tags: TagBag, bandCount: number): SampleType {
  const bits = same(tagNumbers(tags, TAG.bitsPerSample), 1, bandCount, 'BitsPerSample');
  const format = same(tagNumbers(tags, TAG.sampleFormat), 1, bandCount, 'SampleFormat');
  if (format === 5 || format === 6) throw unsupported('complex samples are not read');
  const sampleFormat = SAMPLE_FORMATS.get(format);
  if (sampleFormat === undefined) throw corrupt(`SampleFormat is ${format}`);
  const dtype = dtypeOf(sampleFormat, bits);
  if (dtype === null) throw unsupported(`samples of ${bits} bits (${sampleFormat}) are not read`);
  return { bits, dtype, sampleFormat };
}

/** The one value that all bands share; files whose bands differ are refused. */
function same(values: readonly number[], fallback: number, bandCount: number, name: string): number {
  const first = values[0] ?? fallback;
  for (let i = 1; i < Math.min(values.length, bandCount); i++) {
    if (values[i] !== first)
      throw unsupported(`bands of different ${name} (${values.slice(0, 8).join(', ')}) are not read`);
  }
  return first;
}

function dtypeOf(format: BlockLayout['sampleFormat'], bits: number): Dtype | null {
  if (format === 'float') return bits === 64 ? 'float64' : bits === 16 || bits === 24 || bits === 32 ? 'float32' : null;
  const whole = bits === 8 || bits === 16 || bits === 32 || bits === 64;
  if (whole) return `${format}${bits}` as Dtype;
  // Odd widths of signed integers have no agreed sign extension.
  if (format === 'int' || bits < 1 || bits > 32) return null;
  return bits < 8 ? 'uint8' : bits < 16 ? 'uint16' : 'uint32';
}

function predictorOf(tags: TagBag, codec: Codec, samples: SampleType): 1 | 2 | 3 {
  // libtiff has predictors in LZW, deflate and zstd only; elsewhere the tag means nothing.
  if (codec === 'none' || codec === 'packbits') return 1;
  const predictor = tagNumber(tags, TAG.predictor, 1);
  if (predictor === 1) return 1;
  const { bits, sampleFormat } = samples;
  if (predictor === 2) {
    if (bits === 8 || bits === 16 || bits === 32 || bits === 64) return 2;
    throw unsupported(`predictor 2 over ${bits}-bit samples is not read`);
  }
  if (predictor === 3) {
    if (sampleFormat === 'float') return 3;
    throw unsupported('predictor 3 over integer samples is not read');
  }
  throw unsupported(`predictor ${predictor} is not known`);
}

function refuseTooLarge(layout: BlockLayout): void {
  const blocks = blockCount(layout);
  if (blocks > MAX_BLOCKS) {
    throw new CitysinkError('RASTER_TOO_LARGE', `the image has ${blocks} blocks, the limit is ${MAX_BLOCKS}`);
  }
  const samples = layout.blockRows * layout.blockCols * blockBands(layout);
  const bytes = Math.max(samples * DTYPE_BYTES[layout.dtype], packedBlockBytes(layout, layout.blockRows));
  if (bytes > MAX_BLOCK_BYTES) {
    const shape = `${layout.blockRows} x ${layout.blockCols} pixels`;
    throw new CitysinkError(
      'RASTER_TOO_LARGE',
      `one block (${shape}) takes ${bytes} bytes, the limit is ${MAX_BLOCK_BYTES}`,
      {
        remedy: 'Re-tile it, for example with gdal_translate -co TILED=YES.',
      },
    );
  }
}
