import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openRaster } from '../../src/shared/io/raster-file.ts';
import { inspectRaster } from '../../src/shared/io/raster-inspect.ts';
import { readMaskWindow, readWindow, wholeWindow } from '../../src/shared/io/raster-rows.ts';
import { FileStore } from '../../src/shared/io/store-file.ts';
import { nodataInDtype } from '../../src/shared/raster/nodata.ts';

interface ExpectedFixture {
  readonly rows: number;
  readonly cols: number;
  readonly mask_valid?: number;
  readonly bands: readonly {
    readonly dtype: string;
    readonly sha256_le: string;
    readonly scale: number;
    readonly offset: number;
    readonly unit: string | null;
    readonly description: string | null;
  }[];
}

const FOLDER = join(import.meta.dirname, '../fixtures/rasters');
const EXPECTED: Record<string, ExpectedFixture> = JSON.parse(readFileSync(join(FOLDER, 'expected.json'), 'utf8'));
const store = new FileStore();
const urlOf = (name: string) => pathToFileURL(join(FOLDER, name)).href;

async function opened(name: string) {
  return openRaster(store, await store.head(urlOf(name)));
}

describe('rasters that GDAL wrote', () => {
  for (const [name, expected] of Object.entries(EXPECTED)) {
    it(`${name} decodes to GDAL's samples, with its scale, offset, unit and description`, async () => {
      const found = (await inspectRaster(store, urlOf(name), { sha256: true })) as { bands: Record<string, unknown>[] };
      expect(found).toMatchObject({ rows: expected.rows, cols: expected.cols });
      const told = found.bands.map(({ dtype, sha256, scale, offset, unit, description }) => {
        return { dtype, sha256_le: sha256, scale, offset, unit, description };
      });
      expect(told).toEqual(expected.bands.map(({ nodata: _, ...band }: Record<string, unknown>) => band));
    });
  }

  it('a window across blocks of interleaved bands is cut from the same samples', async () => {
    const raster = await opened('zstd-predictor2-uint16.tif');
    const whole = await readWindow(store, raster, 1, wholeWindow(raster));
    const window = { row: 13, col: 9, rows: 25, cols: 21 };
    const cut = await readWindow(store, raster, 1, window);
    const rows = Array.from({ length: window.rows }, (_, i) => {
      const start = (window.row + i) * raster.header.cols + window.col;
      return [...(whole as Uint16Array).subarray(start, start + window.cols)];
    });
    expect([...(cut as Uint16Array)]).toEqual(rows.flat());
  });

  it('the internal mask counts the valid pixels that GDAL counts', async () => {
    const raster = await opened('internal-mask.tif');
    const mask = await readMaskWindow(store, raster, wholeWindow(raster));
    const valid = Array.from(mask as Uint8Array).filter((sample) => sample !== 0).length;
    expect(valid).toBe(EXPECTED['internal-mask.tif']?.mask_valid);
  });

  it('markers of 64-bit integers keep every digit', async () => {
    expect((await opened('predictor2-uint64.tif')).header.bands[0]?.nodata).toBe(18446744073709551615n);
    expect((await opened('int64-nodata.tif')).header.bands[0]?.nodata).toBe(-9223372036854775808n);
  });

  it('a float marker is rounded to the dtype as its samples are', async () => {
    const raster = await opened('float32-nodata-short-digits.tif');
    expect(raster.header.bands[0]?.nodata).toBe(nodataInDtype(-3.40282306074e38, 'float32'));
  });

  it('a system without a code keeps its unit, and its false origin in metres', async () => {
    const { crs } = (await opened('user-defined-us-feet.tif')).header;
    expect(crs).toMatchObject({ epsg: null, kind: 'projected' });
    expect(crs?.unitSize).toBeCloseTo(1200 / 3937, 9);
    expect(crs?.proj4).toMatch(/\+x_0=3500000\b/);
  });

  it('a window that leaves the raster is a mistake of the request', async () => {
    const raster = await opened('packbits-uint8.tif');
    const outside = readWindow(store, raster, 0, { row: 0, col: 30, rows: 1, cols: 8 });
    await expect(outside).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
    const noBand = readWindow(store, raster, 1, wholeWindow(raster));
    await expect(noBand).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
  });
});
