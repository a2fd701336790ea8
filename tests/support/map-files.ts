import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fromArrayBuffer } from 'geotiff';

/** Maps as another program reads them: geotiff.js for cells, GDAL for their form. */

export interface MapLevel {
  readonly rows: number;
  readonly cols: number;
  /** By row, then column; NaN where there is nodata. */
  readonly cells: Float64Array;
}

/** The full map, then its overviews. */
export async function readLevels(bytes: Uint8Array): Promise<MapLevel[]> {
  const tiff = await fromArrayBuffer(Uint8Array.from(bytes).buffer);
  const nodata = (await tiff.getImage(0)).getGDALNoData();
  const levels: MapLevel[] = [];
  for (let index = 0; index < (await tiff.getImageCount()); index++) {
    const image = await tiff.getImage(index);
    const [band] = (await image.readRasters()) as unknown as [ArrayLike<number>];
    const cells = Float64Array.from(band, (value) => (value === nodata ? Number.NaN : value));
    levels.push({ rows: image.getHeight(), cols: image.getWidth(), cells });
  }
  return levels;
}

/** The first cell in which two maps differ, or null. Lists of a million numbers are not for `toEqual`. */
export function firstDifference(found: ArrayLike<number>, wanted: ArrayLike<number>): object | null {
  if (found.length !== wanted.length) return { found: found.length, wanted: wanted.length };
  for (let cell = 0; cell < found.length; cell++)
    if (!Object.is(found[cell], wanted[cell])) return { cell, found: found[cell], wanted: wanted[cell] };
  return null;
}

export function readMapFile(runFolder: string, name: string): Promise<Buffer> {
  return readFile(join(runFolder, 'maps', `${name}.tif`));
}

const PYTHON = '/usr/bin/python3';

const CHECK = `
import json, sys
from osgeo import gdal
from osgeo_utils.samples.validate_cloud_optimized_geotiff import validate
gdal.UseExceptions()
found = {}
for path in sys.argv[1:]:
    warnings, errors, details = validate(path, full_check=True)
    data = gdal.Open(path)
    band = data.GetRasterBand(1)
    found[path] = {
        'warnings': warnings, 'errors': errors,
        'layout': data.GetMetadataItem('LAYOUT', 'IMAGE_STRUCTURE'),
        'unit': band.GetUnitType(), 'description': band.GetDescription(),
        'epsg': data.GetSpatialRef().GetAuthorityCode(None) if data.GetSpatialRef() else None,
        'transform': data.GetGeoTransform(), 'overviews': band.GetOverviewCount(),
        'checksum': band.Checksum(),
        'statistics': band.GetStatistics(False, False),
        'computed': band.ComputeStatistics(False),
    }
print(json.dumps(found))
`;

export const HAS_GDAL =
  spawnSync(PYTHON, ['-c', 'from osgeo import gdal; import osgeo_utils.samples.validate_cloud_optimized_geotiff'], {
    stdio: 'ignore',
  }).status === 0;

/** What GDAL says of a map. */
export interface GdalFindings {
  readonly warnings: readonly string[];
  readonly errors: readonly string[];
  readonly layout: string;
  readonly unit: string;
  readonly description: string;
  readonly epsg: string | null;
  readonly transform: readonly number[];
  readonly overviews: number;
  readonly statistics: readonly number[];
  readonly computed: readonly number[];
}

/** Full validation of COGs by GDAL's own script; by path. */
export function gdalFindings(paths: readonly string[]): Record<string, GdalFindings> {
  const { status, stdout, stderr } = spawnSync(PYTHON, ['-c', CHECK, ...paths], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Record<string, GdalFindings>;
}
