import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openRaster } from '../../src/shared/io/raster-file.ts';
import { inspectRaster } from '../../src/shared/io/raster-inspect.ts';
import { readMaskWindow, wholeWindow } from '../../src/shared/io/raster-rows.ts';
import { FileStore } from '../../src/shared/io/store-file.ts';
import { NO_TEST_DATA, testData } from '../support/test-data.ts';

/** What GDAL 3.6.2 read from one file (fields that are compared). */
interface ExpectedRaster {
  readonly open: string;
  readonly width: number;
  readonly height: number;
  readonly geotransform: readonly number[] | null;
  readonly crs: string | null;
  readonly crs_name?: string;
  readonly band: readonly {
    readonly numpy_dtype: string;
    readonly nodata: number | string | null;
    readonly overviews?: number;
    readonly description?: string;
    readonly sha256_le: string;
    readonly mask_valid?: number;
  }[];
}

/** Files that are refused, with the error that says so: codecs that are not read, and damage that GDAL reports too. */
const REFUSED: Readonly<Record<string, readonly [code: string, message: RegExp]>> = {
  'odd/byte_LZMA.tif': ['RASTER_UNSUPPORTED', /LZMA/],
  'odd/byte_LERC_DEFLATE.tif': ['RASTER_UNSUPPORTED', /LERC/],
  'odd/rgbsmall_JPEG_ycbcr.tif': ['RASTER_UNSUPPORTED', /JPEG/],
  'odd/rgbsmall_WEBP.tif': ['RASTER_UNSUPPORTED', /WebP/],
  'odd/byte_truncated.tif': ['RASTER_CORRUPT', /beyond the file's 374/],
  'odd/corrupted_deflate_singlestrip.tif': ['RASTER_CORRUPT', /tag 256 occurs twice/],
  'odd/unknown_compression.tif': ['RASTER_UNSUPPORTED', /65535/],
  'odd/toomanyblocks.tif': ['RASTER_TOO_LARGE', /3600000000 blocks/],
  'odd/excessive-memory-TIFFFillStrip.tif': ['RASTER_CORRUPT', /beyond the end of the file/],
};

/** GDAL reports a marker that no uint8 sample can have; here it is none, with a remark. */
const NODATA_OUT_OF_RANGE = new Set(['guadeloupe/U2018_CLC2018_V2020_20u1_FR_GLP.tif']);

/** User-defined systems: GDAL has no authority code for them, and neither have we. */
const USER_DEFINED_CRS: Readonly<Record<string, { kind: string; unitSize: number }>> = {
  'olinda/olinda_dem_utm25s.tif': { kind: 'projected', unitSize: 1 },
  'odd/epsg_2853_with_us_feet.tif': { kind: 'projected', unitSize: 1200 / 3937 },
};

interface Inspected {
  readonly rows: number;
  readonly cols: number;
  readonly geotransform: readonly number[] | null;
  readonly crs: { readonly epsg: number | null; readonly kind: string; readonly unitSize: number } | null;
  readonly overviews: readonly unknown[];
  readonly remarks: readonly string[];
  readonly bands: readonly {
    readonly dtype: string;
    readonly nodata: number | string | null;
    readonly description: string | null;
    readonly sha256: string;
  }[];
}

const root = testData();
const folder = join(root ?? '', 'data/real');
const store = new FileStore();

function expectedRasters(): [string, ExpectedRaster][] {
  if (root === null) return [];
  const all = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8'));
  return Object.entries({ ...all.rasters, ...all.odd });
}

function urlOf(name: string): string {
  return pathToFileURL(join(folder, name)).href;
}

describe.skipIf(root === null)(`real rasters (${root === null ? NO_TEST_DATA : 'as GDAL reads them'})`, () => {
  for (const [name, expected] of expectedRasters()) {
    const refusal = REFUSED[name];
    if (refusal !== undefined) {
      it(`${name} is refused by name`, async () => {
        const [code, message] = refusal;
        const reading = inspectRaster(store, urlOf(name), { sha256: true });
        await expect(reading).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
      });
      continue;
    }
    it(`${name} has the size, place, markers and samples that GDAL reads`, async () => {
      const found = (await inspectRaster(store, urlOf(name), { sha256: true })) as Inspected;
      expect([found.rows, found.cols]).toEqual([expected.height, expected.width]);
      expect(found.geotransform).toEqual(expected.geotransform);
      expectCrs(name, found, expected);
      expect(found.overviews).toHaveLength(expected.band[0]?.overviews ?? 0);
      expect(found.bands.map((band) => band.dtype)).toEqual(expected.band.map((band) => band.numpy_dtype));
      const description = (text: string | null | undefined) => text ?? null;
      expect(found.bands.map((band) => band.description)).toEqual(expected.band.map((b) => description(b.description)));
      const nodata = expected.band.map((band) => (NODATA_OUT_OF_RANGE.has(name) ? null : band.nodata));
      expect(found.bands.map((band) => band.nodata)).toEqual(nodata);
      expect(found.bands.map((band) => band.sha256)).toEqual(expected.band.map((band) => band.sha256_le));
    });
  }

  it('a marker that the dtype cannot hold is remarked upon', async () => {
    const found = (await inspectRaster(store, urlOf([...NODATA_OUT_OF_RANGE][0] ?? ''))) as Inspected;
    expect(found.remarks).toEqual(['nodata -128 is ignored: no uint8 sample can have it']);
  });

  it('the internal 1-bit mask has as many valid pixels as GDAL counts', async () => {
    const raster = await openRaster(store, await store.head(urlOf('odd/test3_with_1mask_1bit.tif')));
    const mask = await readMaskWindow(store, raster, wholeWindow(raster));
    expect(Array.from(mask as Uint8Array).filter((sample) => sample !== 0)).toHaveLength(100);
  });
});

function expectCrs(name: string, found: Inspected, expected: ExpectedRaster): void {
  const user = USER_DEFINED_CRS[name];
  if (user !== undefined) {
    expect(found.crs).toMatchObject({ epsg: null, kind: user.kind });
    expect(found.crs?.unitSize).toBeCloseTo(user.unitSize, 12);
    return;
  }
  const code = found.crs === null ? null : `EPSG:${found.crs.epsg}`;
  expect(code).toBe(expected.crs);
}
