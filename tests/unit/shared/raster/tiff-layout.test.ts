import { describe, expect, it } from 'vitest';
import { layoutOf } from '../../../../src/shared/raster/tiff-layout.ts';
import { TAG } from '../../../../src/shared/raster/tiff-tags.ts';

/** A good image of 100 x 80 uint8 pixels in strips of 10 rows; changes are laid over it, undefined takes a tag away. */
function layoutWith(changes: Readonly<Record<number, unknown>> = {}) {
  const tags = new Map<number, unknown>([
    [TAG.imageWidth, 80],
    [TAG.imageLength, 100],
    [TAG.bitsPerSample, [8]],
    [TAG.rowsPerStrip, 10],
  ]);
  for (const [tag, value] of Object.entries(changes)) tags.set(Number(tag), value);
  return layoutOf(tags, true);
}

describe('layouts that are read', () => {
  it('missing tags have the defaults of the TIFF specification', () => {
    expect(layoutWith()).toMatchObject({ codec: 'none', predictor: 1, bandCount: 1, dtype: 'uint8', tiled: false });
    expect(layoutWith({ [TAG.rowsPerStrip]: undefined })).toMatchObject({ blockRows: 100, blockCols: 80 });
    expect(layoutWith({ [TAG.rowsPerStrip]: 4294967295 }).blockRows).toBe(100);
  });

  it.each([
    [1, 1, 'uint8'],
    [4, 1, 'uint8'],
    [9, 1, 'uint16'],
    [17, 1, 'uint32'],
    [24, 1, 'uint32'],
    [8, 2, 'int8'],
    [64, 2, 'int64'],
    [64, 1, 'uint64'],
    [16, 3, 'float32'],
    [24, 3, 'float32'],
    [64, 3, 'float64'],
    [8, 4, 'uint8'],
  ])('%i bits of sample format %i are %s', (bits, format, dtype) => {
    expect(layoutWith({ [TAG.bitsPerSample]: [bits], [TAG.sampleFormat]: [format] }).dtype).toBe(dtype);
  });

  it('a predictor tag means nothing where libtiff has no predictor', () => {
    expect(layoutWith({ [TAG.predictor]: 2 }).predictor).toBe(1);
    expect(layoutWith({ [TAG.predictor]: 2, [TAG.compression]: 32773 }).predictor).toBe(1);
    expect(layoutWith({ [TAG.predictor]: 2, [TAG.compression]: 5 }).predictor).toBe(2);
  });
});

describe('layouts that are refused', () => {
  it.each([
    ['JPEG', { [TAG.compression]: 7, [TAG.photometric]: 6 }, 'RASTER_UNSUPPORTED', /JPEG compression/],
    ['LERC', { [TAG.compression]: 34887 }, 'RASTER_UNSUPPORTED', /LERC/],
    ['JPEG XL', { [TAG.compression]: 50002 }, 'RASTER_UNSUPPORTED', /JPEG XL/],
    ['a code that nobody knows', { [TAG.compression]: 4711 }, 'RASTER_UNSUPPORTED', /4711/],
    ['YCbCr without JPEG', { [TAG.photometric]: 6 }, 'RASTER_UNSUPPORTED', /YCbCr/],
    ['complex samples', { [TAG.sampleFormat]: [6] }, 'RASTER_UNSUPPORTED', /complex/],
    ['12-bit signed integers', { [TAG.bitsPerSample]: [12], [TAG.sampleFormat]: [2] }, 'RASTER_UNSUPPORTED', /12 bits/],
    [
      'bands of different widths',
      { [TAG.samplesPerPixel]: 2, [TAG.bitsPerSample]: [8, 16] },
      'RASTER_UNSUPPORTED',
      /8, 16/,
    ],
    ['predictor 3 over integers', { [TAG.compression]: 8, [TAG.predictor]: 3 }, 'RASTER_UNSUPPORTED', /predictor 3/],
    ['an image without width', { [TAG.imageWidth]: 0 }, 'RASTER_CORRUPT', /ImageWidth/],
    ['strips of no rows', { [TAG.rowsPerStrip]: 0 }, 'RASTER_CORRUPT', /RowsPerStrip/],
    ['a width that is a text', { [TAG.imageWidth]: 'abc' }, 'RASTER_CORRUPT', /tag 256/],
    ['one giant strip', { [TAG.imageLength]: 2e6, [TAG.rowsPerStrip]: 2e6 }, 'RASTER_TOO_LARGE', /one block/],
    ['too many blocks', { [TAG.imageLength]: 2e9, [TAG.rowsPerStrip]: 1 }, 'RASTER_TOO_LARGE', /2000000000 blocks/],
  ] as const)('%s', (_, changes, code, message) => {
    expect(() => layoutWith(changes)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });
});
