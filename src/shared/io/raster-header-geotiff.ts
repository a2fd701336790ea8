/** The only door to geotiff and geotiff-geokeys-to-proj4: everything a raster's header says, checked and as plain data. */
import { GeoTIFF } from 'geotiff';
import { CitysinkError, toCitysinkError } from '../errors.ts';
import type { Crs } from '../geo/crs.ts';
import { crsFromEpsg, crsFromProj4, crsFromWkt } from '../geo/crs-registry.ts';
import { bandMetadata } from '../raster/gdal-metadata.ts';
import { parseNodata } from '../raster/nodata.ts';
import type { BandHeader, BlockLayout, RasterHeader } from '../raster/raster-header.ts';
import { georeferenceOf } from '../raster/tiff-georeference.ts';
import { layoutOf } from '../raster/tiff-layout.ts';
import { TAG, type TagBag, tagNumber, tagText } from '../raster/tiff-tags.ts';
import { type BlockTable, loadBlockTable } from './block-table.ts';
import type { HeaderSource } from './header-source.ts';
import { scanDirectories, type TiffDirectory, type TiffStructure } from './tiff-directory.ts';

/** A header with the tables that say where each block lies. */
export interface OpenedHeader {
  readonly header: RasterHeader;
  readonly blocks: BlockTable;
  /** Blocks of the internal mask; null where there is none. */
  readonly maskBlocks: BlockTable | null;
}

type GeoKeys = Readonly<Record<string, unknown>>;

/** One image of the file: its directory as scanned, and its tags as geotiff parsed them. */
interface ParsedImage {
  readonly directory: TiffDirectory;
  readonly tags: TagBag;
  readonly geoKeys: GeoKeys;
}

/**
 * Reads the header of the TIFF behind `source`.
 *
 * Errors: RASTER_UNSUPPORTED, RASTER_CORRUPT, RASTER_TOO_LARGE with the URL in the message, and the store's own.
 */
export async function readGeotiffHeader(source: HeaderSource): Promise<OpenedHeader> {
  try {
    return await openHeader(source);
  } catch (cause) {
    throw withUrl(cause, source.version.url);
  }
}

/** Names the file; what geotiff throws by itself is about bytes it could not read. */
function withUrl(cause: unknown, url: string): CitysinkError {
  const error =
    cause instanceof CitysinkError
      ? cause
      : new CitysinkError('RASTER_CORRUPT', `header does not parse: ${toCitysinkError(cause).message}`, { cause });
  if (!error.code.startsWith('RASTER_')) return error;
  return new CitysinkError(error.code, `${url}: ${error.message}`, {
    cause: error.cause ?? error,
    context: { ...error.context, url },
    remedy: error.remedy,
  });
}

async function openHeader(source: HeaderSource): Promise<OpenedHeader> {
  const structure = await scanDirectories(source);
  const images = await parseImages(source, structure);
  const main = images[0];
  if (main === undefined) throw new CitysinkError('RASTER_CORRUPT', 'the file has no image');
  const layout = layoutOf(main.tags, structure.littleEndian);
  const rest = sortOtherImages(images.slice(1), layout, structure.littleEndian);
  const pixelIsPoint = main.geoKeys.GTRasterTypeGeoKey === 2;
  const place = georeferenceOf(main.tags, pixelIsPoint);
  const { crs, remarks: crsRemarks } = await crsOf(main.geoKeys, place.controlPoints > 0);
  const header: RasterHeader = {
    rows: layout.rows,
    cols: layout.cols,
    layout,
    bands: bandsOf(main.tags, layout),
    geotransform: place.geotransform,
    pixelIsPoint,
    crs,
    overviews: rest.overviews,
    mask: rest.mask?.layout ?? null,
    bigTiff: structure.bigTiff,
    remarks: [...tagRemarks(main.tags, layout), ...place.remarks, ...crsRemarks, ...rest.remarks],
  };
  const blocks = await loadBlockTable(source, layout, main.directory);
  const maskBlocks = rest.mask === null ? null : await loadBlockTable(source, rest.mask.layout, rest.mask.directory);
  return { header, blocks, maskBlocks };
}

async function parseImages(source: HeaderSource, structure: TiffStructure): Promise<ParsedImage[]> {
  // geotiff does not export the class of sources; it takes any object with these members.
  const tiff = await GeoTIFF.fromSource(source as unknown as Parameters<typeof GeoTIFF.fromSource>[0]);
  return Promise.all(
    structure.directories.map(async (directory) => {
      const parsed = await tiff.parser.parseFileDirectoryAt(directory.offset);
      const tags = new Map<number, unknown>();
      for (const tag of Object.values(TAG)) {
        // The tables of blocks are read apart: geotiff reads them wrongly in big-endian files.
        if (!isBlockTable(tag) && parsed.hasTag(tag)) tags.set(tag, await parsed.loadValue(tag));
      }
      if (directory.entries.has(TAG.tileOffsets)) tags.set(TAG.tileOffsets, null);
      const hasKeys = tags.has(TAG.geoKeyDirectory);
      return { directory, tags, geoKeys: hasKeys ? ((parsed.parseGeoKeyDirectory() ?? {}) as GeoKeys) : {} };
    }),
  );
}

function isBlockTable(tag: number): boolean {
  return (
    tag === TAG.stripOffsets || tag === TAG.stripByteCounts || tag === TAG.tileOffsets || tag === TAG.tileByteCounts
  );
}

interface OtherImages {
  readonly overviews: { readonly rows: number; readonly cols: number }[];
  readonly mask: { readonly layout: BlockLayout; readonly directory: TiffDirectory } | null;
  readonly remarks: string[];
}

/** Tells overviews, the mask and unrelated images apart by NewSubfileType: bit 0 reduced, bit 2 mask. */
function sortOtherImages(images: readonly ParsedImage[], main: BlockLayout, littleEndian: boolean): OtherImages {
  const overviews: { rows: number; cols: number }[] = [];
  const remarks: string[] = [];
  let mask: OtherImages['mask'] = null;
  for (const { tags, directory } of images) {
    const kind = tagNumber(tags, TAG.newSubfileType, 0);
    const reduced = (kind & 1) !== 0 || tagNumber(tags, TAG.subfileType, 0) === 2;
    const rows = tagNumber(tags, TAG.imageLength, 0);
    const cols = tagNumber(tags, TAG.imageWidth, 0);
    const isMask = (kind & 4) !== 0;
    if (isMask && !reduced && rows === main.rows && cols === main.cols && mask === null) {
      mask = { layout: layoutOf(tags, littleEndian), directory };
    } else if (reduced && !isMask) overviews.push({ rows, cols });
    else if (!reduced) remarks.push(`another image of ${rows} x ${cols} pixels is ignored`);
  }
  return { overviews, mask, remarks };
}

function bandsOf(tags: TagBag, layout: BlockLayout): BandHeader[] {
  const text = tagText(tags, TAG.gdalNodata);
  const nodata = text === null ? null : parseNodata(text, layout.dtype);
  return bandMetadata(tagText(tags, TAG.gdalMetadata), layout.bandCount).map((band) => ({
    dtype: layout.dtype,
    nodata,
    ...band,
  }));
}

function tagRemarks(tags: TagBag, layout: BlockLayout): string[] {
  const remarks: string[] = [];
  const orientation = tagNumber(tags, TAG.orientation, 1);
  if (orientation !== 1) remarks.push(`Orientation ${orientation} is ignored: rows are read as stored`);
  const nodata = tagText(tags, TAG.gdalNodata)?.trim() ?? '';
  if (nodata !== '' && parseNodata(nodata, layout.dtype) === null) {
    remarks.push(`nodata ${nodata.slice(0, 40)} is ignored: no ${layout.dtype} sample can have it`);
  }
  return remarks;
}

interface FoundCrs {
  readonly crs: Crs | null;
  readonly remarks: string[];
}

const USER_DEFINED = 32767;

/** The CRS that the geokeys name; null with a remark where they name one that is not understood. */
async function crsOf(keys: GeoKeys, onlyControlPoints: boolean): Promise<FoundCrs> {
  // GDAL writes keys that name no system (pixels are points) for rasters that have none.
  const { GTModelTypeGeoKey: model, ProjectedCSTypeGeoKey: named, GeographicTypeGeoKey: base } = keys;
  if (model === undefined && named === undefined && base === undefined) return { crs: null, remarks: [] };
  if (onlyControlPoints) return { crs: null, remarks: ['the CRS of the control points is not used'] };
  const projected = isProjected(keys);
  const code = codeOf(projected ? keys.ProjectedCSTypeGeoKey : keys.GeographicTypeGeoKey);
  try {
    const crs = code === null ? await userDefinedCrs(keys, projected) : withUnits(await crsFromEpsg(code), keys);
    return { crs, remarks: [] };
  } catch (cause) {
    if (!(cause instanceof CitysinkError)) throw cause;
    return { crs: null, remarks: [`the CRS is not understood: ${cause.message}`] };
  }
}

function isProjected(keys: GeoKeys): boolean {
  if (keys.GTModelTypeGeoKey === 1) return true;
  if (keys.GTModelTypeGeoKey === 2) return false;
  // No kind that GeoTIFF knows: the geographic keys are those of its base, not of the coordinates.
  if (keys.GTModelTypeGeoKey === USER_DEFINED) return true;
  return keys.ProjectedCSTypeGeoKey !== undefined;
}

/** An EPSG code, or null for "user-defined" and values outside the range that GeoTIFF gives to EPSG. */
function codeOf(value: unknown): number | null {
  return typeof value === 'number' && value >= 1024 && value < USER_DEFINED ? value : null;
}

/** Metres in a linear unit by its EPSG code; only units that occur in rasters. */
const METRES_PER_UNIT: ReadonlyMap<unknown, number> = new Map<unknown, number>([
  [9001, 1],
  [9002, 0.3048],
  [9003, 1200 / 3937],
  [9036, 1000],
]);

/** Coordinates may be in another unit than the EPSG system's own: the file's unit counts (false origins stay metric). */
function withUnits(crs: Crs, keys: GeoKeys): Crs {
  const size = keys.ProjLinearUnitSizeGeoKey;
  const own = keys.ProjLinearUnitsGeoKey === USER_DEFINED && typeof size === 'number' && size > 0 ? size : undefined;
  const unit = own ?? METRES_PER_UNIT.get(keys.ProjLinearUnitsGeoKey);
  if (crs.kind === 'geographic' || unit === undefined) return crs;
  if (Math.abs(unit / crs.unitSize - 1) < 1e-9) return crs;
  const definition = crs.proj4.replaceAll(/\+(units|to_meter)=\S+/g, '');
  return crsFromProj4(`${definition} +to_meter=${unit}`, `${crs.name} in units of ${unit} m`);
}

/** ESRI's and GDAL's way to say what geokeys have no numbers for (Homolosine): well-known text in place of a name. */
function citedWkt(keys: GeoKeys): string | undefined {
  return [keys.PCSCitationGeoKey, keys.GTCitationGeoKey]
    .filter((text) => typeof text === 'string')
    .map((text) => text.replace(/^ESRI PE String = /, ''))
    .find((text) => text.startsWith('PROJCS['));
}

async function userDefinedCrs(keys: GeoKeys, projected: boolean): Promise<Crs> {
  // Loaded for the few rasters that need it: its tables are a tenth of a worker's start.
  const { default: geokeysToProj4 } = await import('geotiff-geokeys-to-proj4');
  const found = geokeysToProj4.toProj4(keys as unknown as Parameters<typeof geokeysToProj4.toProj4>[0]);
  const name = [keys.GTCitationGeoKey, keys.PCSCitationGeoKey, keys.GeogCitationGeoKey].find(
    (text) => typeof text === 'string' && text !== '',
  );
  // The library falls back to the geographic base where it does not know the projection: that would move the raster.
  if (found.isGCS === projected || !found.proj4.includes('+proj=')) {
    const wkt = projected ? citedWkt(keys) : undefined;
    if (wkt !== undefined) return withUnits(await crsFromWkt(wkt), keys);
    throw new CitysinkError('CRS_UNSUPPORTED', `user-defined system '${String(name ?? 'without a name')}'`);
  }
  const metres = found.coordinatesConversionParameters.x;
  const unit = projected && metres !== 1 ? ` +to_meter=${metres}` : '';
  const definition = found.proj4.replace(/\+axis=\S+/, '').trim() + unit;
  return crsFromProj4(definition, String(name ?? 'user-defined').split('|')[0] ?? 'user-defined');
}
