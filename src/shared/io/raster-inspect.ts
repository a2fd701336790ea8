/** What `citysink inspect` prints: all that the reader believes of one raster, as JSON. */
import { createHash } from 'node:crypto';
import type { Window } from '../geo/window.ts';
import type { BandHeader, BlockLayout, RasterHeader } from '../raster/raster-header.ts';
import { sampleBytes } from '../raster/samples.ts';
import { openRaster, type RasterFile } from './raster-file.ts';
import { streamRows, wholeWindow } from './raster-rows.ts';
import type { ObjectStore } from './store.ts';

export interface InspectOptions {
  /** Only these pixels are digested; the header is that of the whole raster. */
  readonly window?: Window;
  /** Adds to each band the sha256 of its decoded samples: row order, native dtype, little-endian. */
  readonly sha256?: boolean;
  readonly signal?: AbortSignal;
}

/** Opens a raster and describes it. Errors as `openRaster` and, with a digest, `readWindow`. */
export async function inspectRaster(store: ObjectStore, url: string, options: InspectOptions = {}): Promise<object> {
  const signal = options.signal === undefined ? {} : { signal: options.signal };
  const info = await store.head(url, signal);
  const raster = await openRaster(store, info, signal);
  const digests = options.sha256 === true ? await digestBands(store, raster, options) : null;
  const bands = raster.header.bands.map((band, i) => {
    const described = describeBand(band, i);
    return digests === null ? described : { ...described, sha256: digests[i] };
  });
  const window = options.window === undefined ? {} : { window: options.window };
  return { url, sizeBytes: raster.sizeBytes, etag: raster.etag, ...describeHeader(raster.header), ...window, bands };
}

async function digestBands(store: ObjectStore, raster: RasterFile, options: InspectOptions): Promise<string[]> {
  const window = options.window ?? wholeWindow(raster);
  const indices = raster.header.bands.map((_, i) => i);
  const hashes = indices.map(() => createHash('sha256'));
  const signal = options.signal === undefined ? {} : { signal: options.signal };
  for await (const rows of streamRows(store, raster, indices, window, signal)) {
    for (const [i, samples] of rows.bands.entries()) hashes[i]!.update(sampleBytes(samples));
  }
  return hashes.map((hash) => hash.digest('hex'));
}

function describeHeader(header: RasterHeader): object {
  const { rows, cols, layout, crs } = header;
  return {
    rows,
    cols,
    // The words that other tools have for the same.
    width: cols,
    height: rows,
    crs:
      crs === null
        ? null
        : { epsg: crs.epsg, name: crs.name, kind: crs.kind, unitSize: crs.unitSize, proj4: crs.proj4 },
    geotransform: header.geotransform,
    pixelIsPoint: header.pixelIsPoint,
    ...describeLayout(layout),
    bigTiff: header.bigTiff,
    overviews: header.overviews,
    mask: header.mask === null ? null : { ...describeLayout(header.mask), bits: header.mask.bits },
    remarks: header.remarks,
  };
}

function describeLayout(layout: BlockLayout): object {
  const { codec, predictor, interleave, littleEndian } = layout;
  const blocks = { rows: layout.blockRows, cols: layout.blockCols, tiled: layout.tiled };
  return { blocks, codec, predictor, interleave, byteOrder: littleEndian ? 'little' : 'big', bits: layout.bits };
}

function describeBand(band: BandHeader, index: number): object {
  const { dtype, scale, offset, unit, description } = band;
  return { band: index + 1, dtype, nodata: jsonNumber(band.nodata), scale, offset, unit, description };
}

/** JSON has no NaN, infinity or 64-bit integer: those become strings ("nan", "inf", digits). */
function jsonNumber(value: number | bigint | null): number | string | null {
  if (typeof value === 'bigint') return value.toString();
  if (value === null || Number.isFinite(value)) return value;
  return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';
}
