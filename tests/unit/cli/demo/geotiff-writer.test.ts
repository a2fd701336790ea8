import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type ClassRaster, encodeClassGeotiff } from '../../../../src/cli/demo/geotiff-writer.ts';

const PYTHON = '/usr/bin/python3';
const hasGdal = spawnSync(PYTHON, ['-c', 'from osgeo import gdal']).status === 0;
const folder = mkdtempSync(join(tmpdir(), 'citysink-geotiff-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A raster that ends inside a tile in both directions: 3 x 2 tiles of 512. */
const raster: ClassRaster = {
  rows: 1100,
  cols: 777,
  codes: Uint8Array.from({ length: 1100 * 777 }, (_, i) => (i * 31 + (i >> 7)) & 255),
  epsg: 32650,
  originX: 769_200,
  originY: 3_340_000,
  cellM: 10,
  nodata: 0,
  description: 'SYNTHETIC',
  date: '2021-10-19',
};

const READ = `
import sys, json, hashlib
from osgeo import gdal
gdal.UseExceptions()
d = gdal.Open(sys.argv[1]); b = d.GetRasterBand(1)
print(json.dumps({'size': [d.RasterYSize, d.RasterXSize], 'transform': d.GetGeoTransform(), 'epsg': d.GetSpatialRef().GetAuthorityCode(None),
  'block': b.GetBlockSize(), 'nodata': b.GetNoDataValue(), 'date': d.GetMetadataItem('TIFFTAG_DATETIME'), 'bands': d.RasterCount,
  'point': d.GetMetadataItem('AREA_OR_POINT'), 'codec': d.GetMetadataItem('COMPRESSION', 'IMAGE_STRUCTURE'),
  'sha256': hashlib.sha256(b.ReadRaster()).hexdigest()}))`;

describe('a class raster written as GeoTIFF', () => {
  test.skipIf(!hasGdal)('is read by GDAL with the same samples, place and nodata (needs python3-gdal)', () => {
    const path = join(folder, 'classes.tif');
    writeFileSync(path, encodeClassGeotiff(raster));
    expect(JSON.parse(execFileSync(PYTHON, ['-c', READ, path], { encoding: 'utf8' }))).toEqual({
      size: [1100, 777],
      transform: [769_200, 10, 0, 3_340_000, 0, -10],
      epsg: '32650',
      block: [512, 512],
      nodata: 0,
      date: '2021:10:19 00:00:00',
      bands: 1,
      point: 'Area',
      codec: 'DEFLATE',
      sha256: createHash('sha256').update(raster.codes).digest('hex'),
    });
  });

  test('is the same bytes each time it is written', () => {
    expect(encodeClassGeotiff(raster)).toEqual(encodeClassGeotiff({ ...raster, codes: raster.codes.slice() }));
  });

  test('keeps its few values in the directory where a raster is one tile', () => {
    const file = encodeClassGeotiff({ ...raster, rows: 2, cols: 3, codes: Uint8Array.of(1, 2, 3, 4, 5, 6) });
    const view = new DataView(file.buffer);
    // Tag 324, TileOffsets, is the twelfth entry: one LONG that points at the compressed tile behind the directory.
    const entry = 8 + 2 + 11 * 12;
    expect([view.getUint16(entry, true), view.getUint32(entry + 4, true)]).toEqual([324, 1]);
    // 0x78: a zlib stream with a window of 32 KiB begins there.
    expect(file[view.getUint32(entry + 8, true)]).toBe(0x78);
  });
});
